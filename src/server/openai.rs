//! `/v1`: OpenAI's API, for programs that speak it: chat completions and the list of models.
//!
//! | file | noun |
//! |---|---|
//! | [`request`] | what a program sends, read, checked and made what a model is asked |
//! | [`message`] | the messages in it: roles, parts, images, calls of tools |
//! | [`completion`] | an answer as one object |
//! | [`chunks`] | an answer as a stream |
//! | [`call`] | a model's call of a tool, as both have it |
//! | [`refusal`] | errors |
//!
//! Only the form is another one: an answer is asked for, waits and ends as that of `POST /api/chat`
//! ([`one_shot`](super::one_shot)), with its queue, its limits and its way to hold the status. Nothing that a request
//! names is fetched. What OpenAI offers and Ollama does not is refused by name, and never passed over when it would
//! change the answer.

pub mod call;
pub mod chunks;
pub mod completion;
pub mod message;
pub mod refusal;
pub mod request;

use std::time::SystemTime;

use axum::{
    Extension, Json,
    extract::{Path, rejection::PathRejection},
    http::{Method, Uri},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::Serialize;
use tokio::time::Instant;

pub use refusal::Refusal;

use self::{chunks::Chunks, completion::Completion, request::Request};
use super::{
    AppState,
    client::Client,
    generation::Generation,
    one_shot::{Asked, HOLD},
    upstream::ollama::same_model,
};
use crate::{
    chat::Model,
    error::{Error, ErrorKind},
    json, sse,
};

/// Whether what is at this path speaks OpenAI's API.
pub fn is_at(path: &str) -> bool {
    path.starts_with("/v1/")
}

/// Answers `POST /v1/chat/completions`: a `chat.completion`, or with `stream` a stream of `chat.completion.chunk`s.
///
/// # Errors
/// 400 names the field in `param`; 404 unknown model; 413 over 10 MB; 502 the upstream failed, in a stream before its
/// first token; 503 it is busy, or Brooklet shuts down.
pub async fn chat(
    state: AppState,
    Extension(Client(client)): Extension<Client>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let deadline = Instant::now() + HOLD;
    let request: Request = json::read_request(&body).map_err(Refusal::unread)?;
    drop(body);
    let form = request.form();
    let ask = request.into_ask(&state.catalogue).await?;
    let asked = Asked::new(&state, client, ask).await?;
    let answer = Answer::of(&asked.generation);
    if form.stream {
        asked.begun(deadline).await?;
        let reader = asked.generation.read();
        // The reader owns the generation: when it leaves, its chunks are dropped, and the upstream with them.
        let chunks = Chunks::new(&answer, reader, form.usage, asked);
        return Ok(sse::response(chunks));
    }
    let (all, done) = asked.ended().await?;
    Ok(Json(Completion::new(answer, all, &done)).into_response())
}

/// What names an answer.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// `chatcmpl-` and a UUIDv7.
    pub id: String,
    /// When it was asked for, in seconds since 1970.
    pub created: u64,
    /// The model that was asked.
    pub model: String,
}

impl Answer {
    fn of(generation: &Generation) -> Self {
        Self {
            id: format!("chatcmpl-{}", generation.id),
            created: SystemTime::UNIX_EPOCH
                .elapsed()
                .map_or(0, |since| since.as_secs()),
            model: generation.model.clone(),
        }
    }
}

/// A model as OpenAI lists it.
#[derive(Debug, Serialize)]
pub struct Listed {
    id: String,
    object: &'static str,
    /// Always 0: Ollama does not say when a model was made.
    created: u64,
    /// Its folder: whose it is in a hub, `library` for Ollama's own.
    owned_by: String,
}

impl From<Model> for Listed {
    fn from(model: Model) -> Self {
        let folder = model.name.rsplit_once('/').map(|(folder, _)| folder);
        Self {
            owned_by: folder.unwrap_or("library").to_owned(),
            id: model.name,
            object: "model",
            created: 0,
        }
    }
}

/// A list as OpenAI gives it.
#[derive(Debug, Serialize)]
pub struct List {
    object: &'static str,
    data: Vec<Listed>,
}

/// Answers `GET /v1/models`.
///
/// # Errors
/// 502, 503: the upstream does not tell.
pub async fn models(state: AppState) -> Result<Json<List>, Refusal> {
    let data = listed(&state).await?.into_iter().map(Into::into);
    Ok(Json(List {
        object: "list",
        data: data.collect(),
    }))
}

/// Answers `GET /v1/models/{model}`, whose name may hold slashes, and lack its tag.
///
/// # Errors
/// 404 there is no such model; 502, 503: the upstream does not tell.
pub async fn model(
    state: AppState,
    name: Result<Path<String>, PathRejection>,
) -> Result<Json<Listed>, Refusal> {
    // What is no text names none.
    let name = name.map_or_else(|_| String::new(), |Path(name)| name);
    let mut models = listed(&state).await?.into_iter();
    let model = models.find(|model| same_model(&model.name, &name));
    let unknown = || {
        let sentence =
            format!("There is no model `{name}`. `GET /v1/models` lists those that there are.");
        Error::new(ErrorKind::NotFound, sentence)
    };
    Ok(Json(model.ok_or_else(unknown)?.into()))
}

async fn listed(state: &AppState) -> Result<Vec<Model>, Error> {
    let models = state.catalogue.list().await;
    match models.error {
        Some(error) => Err(error),
        None => Ok(models.models),
    }
}

/// Answers for a route of this API that is asked by a method that it has not: 405.
pub async fn wrong_method(method: Method, uri: Uri) -> Response {
    Refusal::wrong_method(&method, uri.path())
}

/// Answers for what OpenAI has and Brooklet does not: 404.
pub async fn unknown(method: Method, uri: Uri) -> Refusal {
    Refusal::no_route(&method, uri.path())
}
