//! `/v1/chat/completions` and `/v1/models`: the same scripted models behind
//! OpenAI's API, as llama.cpp's server and vLLM speak it. An answer is always
//! a stream; a request is turned into Ollama's words and read as such.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::chat::respond;
use crate::lines::Shape;
use crate::refusal::Refusal;
use crate::request::{Ask, decode};
use crate::sim::Sim;

/// Options that go by another name here.
const OPTIONS: [(&str, &str); 4] = [
    ("max_tokens", "num_predict"),
    ("temperature", "temperature"),
    ("seed", "seed"),
    ("stop", "stop"),
];

pub(crate) async fn models(State(sim): State<Sim>) -> Json<Value> {
    let tags = sim.stock().tags();
    let models = tags["models"].as_array().into_iter().flatten();
    let data = models.map(|model| {
        json!({"id": model["name"], "object": "model", "created": 1_700_000_000, "owned_by": "sim"})
    });
    Json(json!({"object": "list", "data": data.collect::<Vec<_>>()}))
}

pub(crate) async fn chat(
    State(sim): State<Sim>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Told> {
    let body: Value = decode(&body)?;
    sim.remember(&headers, body.clone());
    if body["stream"] != true {
        let text = "the simulator answers with streams alone";
        return Err(Refusal::bad(text).into());
    }
    let ask = Ask::read(translated(&body), Shape::OpenAi)?;
    Ok(respond(sim, ask, Shape::OpenAi).await?)
}

/// The request in Ollama's words.
fn translated(body: &Value) -> Value {
    let mut options = Map::new();
    for (theirs, ours) in OPTIONS {
        if let Some(value) = body.get(theirs) {
            options.insert(ours.to_owned(), value.clone());
        }
    }
    let messages = body["messages"].as_array().cloned().unwrap_or_default();
    let messages = messages.into_iter().map(|mut message| {
        // Text in parts is read as one.
        if let Some(parts) = message["content"].as_array() {
            let texts = parts.iter().filter_map(|part| part["text"].as_str());
            message["content"] = texts.collect::<String>().into();
        }
        message
    });
    json!({
        "model": body["model"],
        "messages": messages.collect::<Vec<_>>(),
        "stream": true,
        "think": body.get("reasoning_effort").or_else(|| body["chat_template_kwargs"].get("enable_thinking")),
        "options": options,
        "tools": body.get("tools"),
    })
}

/// A refusal as OpenAI tells it.
#[derive(Debug)]
pub(crate) struct Told(Refusal);

impl From<Refusal> for Told {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        let (status, text) = self.0.into_parts();
        let kind = match status {
            StatusCode::NOT_FOUND => "not_found_error",
            status if status.is_server_error() => "server_error",
            _ => "invalid_request_error",
        };
        let error = json!({"message": text, "type": kind, "param": null, "code": status.as_u16()});
        (status, Json(json!({"error": error}))).into_response()
    }
}
