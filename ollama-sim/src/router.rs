//! Which path leads where, in one table. Only what is too small for a file of
//! its own is answered here.

use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::refusal::Refusal;
use crate::script::Script;
use crate::sim::{Seen, Sim};
use crate::stats::Stats;
use crate::{chat, embed, library, openai, origin, pull};

/// The Ollama whose wire this is.
const VERSION: &str = "0.33.0";

pub(crate) fn router(sim: Sim) -> Router {
    Router::new()
        .route("/", get(async || "Ollama is running"))
        .route(
            "/api/version",
            get(async || Json(json!({ "version": VERSION }))),
        )
        .route("/api/tags", get(library::tags))
        .route("/api/ps", get(library::ps))
        .route("/api/show", post(library::show))
        .route("/api/chat", post(chat::chat))
        .route("/api/generate", post(chat::generate))
        .route("/api/embed", post(embed::embed))
        .route("/api/pull", post(pull::pull))
        .route("/api/create", post(pull::create))
        .route("/api/copy", post(library::copy))
        .route("/api/delete", delete(library::delete))
        .route("/v1/chat/completions", post(openai::chat))
        .route("/v1/models", get(openai::models))
        .route("/sim/stats", get(stats))
        .route("/sim/requests", get(requests))
        .route("/sim/text", get(text))
        .fallback(async || (StatusCode::NOT_FOUND, "404 page not found"))
        .method_not_allowed_fallback(async || {
            (StatusCode::METHOD_NOT_ALLOWED, "405 method not allowed")
        })
        // Ollama takes bodies of any size: they hold images.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(origin::check))
        .with_state(sim)
}

async fn stats(State(sim): State<Sim>) -> Json<Stats> {
    Json(sim.stats())
}

async fn requests(State(sim): State<Sim>) -> Json<Vec<Seen>> {
    Json(sim.seen())
}

#[derive(Deserialize)]
struct Text {
    model: String,
    #[serde(default)]
    question: String,
}

/// What a model says when no fault cuts it, for tests in other languages.
async fn text(Query(query): Query<Text>) -> Result<Json<Value>, Refusal> {
    let script =
        Script::parse(&query.model).map_err(|error| Refusal::model(&query.model, &error))?;
    let script = script.asked(&query.question);
    Ok(Json(
        json!({ "content": script.content(), "thinking": script.thinking() }),
    ))
}
