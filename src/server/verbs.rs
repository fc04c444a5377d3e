//! What the server functions of [`crate::chat::api`] do.

use std::net::IpAddr;

use super::{AppState, Question, question};
use crate::{
    chat::{
        GenerationEvent, Models,
        api::{Sent, Stopped},
    },
    error::{Error, Result},
    sse::Sse,
    words::Words,
};

/// The longest `request_id`: a UUID and room to spare.
const LONGEST_REQUEST_ID: usize = 64;

/// Registers a generation and gives its id.
///
/// # Errors
/// See [`crate::chat::api::send`].
pub async fn send(
    state: &AppState,
    question: Question,
    request_id: Option<String>,
) -> Result<Sent> {
    check_request_id(request_id.as_deref())?;
    let ask = question.into_ask(&state.catalogue).await?;
    let said = question::said_before(&ask.messages);
    let generation = state.generations.start(ask, said, request_id, None).await?;
    Ok(Sent {
        generation: generation.id.clone(),
        model: generation.model.clone(),
    })
}

/// Subscribes to a generation.
///
/// # Errors
/// See [`crate::chat::api::follow`].
pub async fn follow(
    state: &AppState,
    words: Words,
    generation: &str,
    last_event_id: Option<u64>,
    client: IpAddr,
) -> Result<Sse<GenerationEvent>> {
    let generation = state.generations.get(generation).await?;
    let Some(frames) = generation.follow(last_event_id) else {
        return Ok(Sse::ended());
    };
    let seat = state.sit_down(client)?;
    // The reader owns its place among the open streams.
    Ok(Sse::new(frames.keeping(seat).speaking(words)))
}

/// Stops a generation; gives how it ended.
///
/// # Errors
/// See [`crate::chat::api::stop`].
pub async fn stop(state: &AppState, generation: &str) -> Result<Stopped> {
    let done = state.generations.get(generation).await?.stop().await;
    Ok(Stopped {
        status: done.status,
    })
}

/// Ends a generation whose model hangs, then unloads the model; gives how the generation ended.
///
/// # Errors
/// See [`crate::chat::api::unload`].
pub async fn unload(state: &AppState, generation: &str) -> Result<Stopped> {
    let generation = state.generations.get(generation).await?;
    if !generation.is_silent() {
        return Err(Error::bad_request(
            "The model is not silent, so it was not unloaded: `unload` is for a generation in the phase `silent`.",
        ));
    }
    let done = generation.unload().await?;
    Ok(Stopped {
        status: done.status,
    })
}

/// Lists the models.
pub async fn models(state: &AppState) -> Models {
    state.catalogue.list().await
}

/// Holds a client's own id of a request to its form.
///
/// # Errors
/// 400 names the field.
pub fn check_request_id(request_id: Option<&str>) -> Result<()> {
    if request_id.is_some_and(|id| id.is_empty() || id.len() > LONGEST_REQUEST_ID) {
        return Err(Error::bad_request(format!(
            "`request_id` must have 1 to {LONGEST_REQUEST_ID} characters. A UUIDv7 is a good one."
        )));
    }
    Ok(())
}
