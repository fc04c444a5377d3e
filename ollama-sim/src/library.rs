//! The models from outside: the list, a model's description, what is loaded,
//! and what is done with them at once. What takes time lives in `pull`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::catalogue::Model;
use crate::clock;
use crate::refusal::Refusal;
use crate::request::{decode, named};
use crate::script::canonical;
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

pub(crate) async fn tags(State(sim): State<Sim>) -> Json<Value> {
    Json(sim.stock().tags())
}

pub(crate) async fn show(State(sim): State<Sim>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let name = model(&body)?;
    sim.note("show", decode(&body)?);
    if let Some(shown) = sim.stock().show(&name) {
        return Ok(Json(shown));
    }
    Err(match Model::describe(&name) {
        Ok(_) => Refusal::missing(&name),
        Err(error) => Refusal::model(&name, &error),
    })
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

pub(crate) async fn delete(State(sim): State<Sim>, body: Bytes) -> Result<(), Refusal> {
    let name = model(&body)?;
    sim.note("delete", decode(&body)?);
    if !sim.stock().delete(&name) {
        return Err(Refusal::missing(&name));
    }
    sim.memory().forget(&canonical(&name));
    Ok(())
}

/// The body of `/api/copy`.
#[derive(Deserialize)]
struct Copy {
    source: String,
    destination: String,
}

pub(crate) async fn copy(State(sim): State<Sim>, body: Bytes) -> Result<(), Refusal> {
    let copy: Copy = decode(&body)?;
    sim.note("copy", decode(&body)?);
    if sim
        .stock()
        .derive(&copy.source, &copy.destination, Map::new())
    {
        return Ok(());
    }
    let text = format!("model \"{}\" not found", copy.source);
    Err(Refusal::new(StatusCode::NOT_FOUND, text))
}
