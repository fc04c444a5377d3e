//! The models from outside: the list, a model's description, what is loaded.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::catalogue::{self, Model};
use crate::clock;
use crate::refusal::Refusal;
use crate::request::{decode, named};
use crate::sim::Sim;

/// The body of the requests that only name a model; the older field is `name`.
#[derive(Deserialize)]
struct Named {
    model: Option<String>,
    name: Option<String>,
}

/// The model that the body names.
pub(crate) fn model(body: &Bytes) -> Result<String, Refusal> {
    let body: Named = decode(body)?;
    named(body.model.or(body.name))
}

pub(crate) async fn tags() -> Json<Value> {
    Json(catalogue::tags())
}

pub(crate) async fn show(body: Bytes) -> Result<Json<Value>, Refusal> {
    let name = model(&body)?;
    let known = Model::describe(&name).map_err(|error| Refusal::model(&name, &error))?;
    Ok(Json(known.show()))
}

pub(crate) async fn ps(State(sim): State<Sim>) -> Json<Value> {
    sim.count(|stats| stats.looked += 1);
    let loaded = sim.memory().loaded().into_iter();
    // Only what can be described was ever loaded.
    let models = loaded.filter_map(|(name, expires)| {
        let model = Model::describe(&name).ok()?;
        let mut entry = model.entry(&name);
        entry["expires_at"] = clock::rfc3339_text(expires).into();
        entry["size_vram"] = entry["size"].clone();
        entry["context_length"] = model.context().into();
        Some(entry)
    });
    Json(json!({ "models": models.collect::<Vec<_>>() }))
}

/// The catalogue is fixed, so nothing in it can be deleted.
pub(crate) async fn delete(body: Bytes) -> Result<(), Refusal> {
    let name = model(&body)?;
    Err(Refusal::new(
        StatusCode::NOT_FOUND,
        format!("model '{name}' not found"),
    ))
}
