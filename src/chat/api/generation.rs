//! One answer as it comes: asked for, followed, stopped; and the models that can be asked.
//!
//! | function | path | in | out |
//! |---|---|---|---|
//! | [`send`] | `POST /api/send` | JSON | JSON [`Sent`] |
//! | [`follow`] | `GET /api/follow?generation=…` | query, `Last-Event-ID` | `text/event-stream` of [`GenerationEvent`] |
//! | [`stop`] | `POST /api/stop` | JSON | JSON [`Stopped`] |
//! | [`unload`] | `POST /api/unload` | JSON | JSON [`Stopped`] |
//! | [`models`] | `GET /api/models` | nothing | JSON [`Models`] |
//!
//! The bodies only pass on to `server::verbs`.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::{
    chat::{GenerationEvent, Message, Models, Status},
    error::Error,
    json::{Json, PageJson, told::told},
    sse::{EventStream, Sse},
};

/// The answer to [`send`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The generation that has begun: to be given to [`follow`] and [`stop`].
    pub generation: String,
    /// The model that answers.
    pub model: String,
}

/// The answer to [`stop`] and to [`unload`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// How the generation ended: `stopped` or, by [`unload`], `interrupted`; or what it was already when it had ended
    /// before.
    pub status: Status,
}

told! {
    Stopped { status }
}

/// Asks the model: registers a generation, which runs whether or not anybody follows it.
///
/// Either `message`, one question, or `messages`, the whole conversation, is needed; without `model` the default one
/// answers. The same `request_id` twice is one generation.
///
/// `messages` whose last one is the assistant's, and not empty, ask it to go on after those words: the generation's
/// text begins with them (and with the `thinking` beside them), so that its snapshot is the whole message.
///
/// # Errors
/// 400 names the field that cannot be read; 413 over 10 MB; 502 when a model has to be chosen and its server does not
/// answer; 503 during shutdown. That the model's server fails is told by [`follow`], since it happens later.
#[server(name = SendArgs, endpoint = "send", input = Json, output = Json)]
pub async fn send(
    message: Option<String>,
    messages: Option<Vec<Message>>,
    model: Option<String>,
    think: Option<serde_json::Value>,
    options: Option<serde_json::Map<String, serde_json::Value>>,
    request_id: Option<String>,
) -> Result<Sent, Error> {
    use crate::server::{AppState, Question, verbs};

    let messages = messages.map(|messages| messages.iter().map(Question::message).collect());
    let question = Question {
        message,
        messages,
        model,
        think,
        options,
        ..Question::default()
    };
    verbs::send(&expect_context::<AppState>(), question, request_id).await
}

/// Follows a generation. Without `Last-Event-ID` the first frame is a snapshot of all there is; with it come exactly
/// the entries after it; then it is live. After the end: 204.
///
/// # Errors
/// 404 when there is no such generation (any more).
#[server(name = FollowArgs, endpoint = "follow", input = GetUrl, output = EventStream)]
pub async fn follow(generation: String) -> Result<Sse<GenerationEvent>, Error> {
    use axum::http::request::Parts;

    use crate::{
        server::{AppState, client::Client, verbs},
        words::Words,
    };

    let parts = use_context::<Parts>();
    let last_event_id = parts.as_ref().and_then(|parts| {
        let id = parts.headers.get("last-event-id")?;
        id.to_str().ok()?.parse().ok()
    });
    let client = parts
        .as_ref()
        .and_then(|parts| parts.extensions.get().copied());
    let Client(client) = client.ok_or_else(Error::default)?;
    verbs::follow(
        &expect_context::<AppState>(),
        Words::here(),
        &generation,
        last_event_id,
        client,
    )
    .await
}

/// Stops a generation and keeps its text so far. Answers when the connection to the model's server has been dropped;
/// stopping twice, or after the end, is no error.
///
/// # Errors
/// 404 when there is no such generation (any more).
#[server(name = StopArgs, endpoint = "stop", input = Json, output = PageJson)]
pub async fn stop(generation: String) -> Result<Stopped, Error> {
    crate::server::verbs::stop(&expect_context::<crate::server::AppState>(), &generation).await
}

/// Frees a model that hangs: ends the generation, which keeps its text so far, as `interrupted`, and then has the
/// model's server unload the model, which is loaded anew with the next question. Answers when both have been done.
///
/// # Errors
/// 400 unless the generation runs and is in the phase `silent`; 404 when there is no such generation (any more); 502
/// when the model could not be unloaded.
#[server(name = UnloadArgs, endpoint = "unload", input = Json, output = PageJson)]
pub async fn unload(generation: String) -> Result<Stopped, Error> {
    crate::server::verbs::unload(&expect_context::<crate::server::AppState>(), &generation).await
}

/// Lists the models; that their server does not answer is part of the list, not an error.
///
/// # Errors
/// None of its own.
#[server(name = ModelsArgs, endpoint = "models", input = GetUrl, output = PageJson)]
pub async fn models() -> Result<Models, Error> {
    use crate::{server::verbs, words::Words};

    let state = expect_context::<crate::server::AppState>();
    let words = Words::here();
    Ok(verbs::models(&state).await.in_words(words))
}
