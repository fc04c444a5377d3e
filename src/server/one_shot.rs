//! `POST /api/chat`, for programs: one request, one answer, no resume.
//!
//! The tutorial's contract, so that its client works unchanged: each frame is one `data: ` line and a blank line,
//! `{"delta":"…"}` frames and a last `{"done":true,…}`. Ollama sends nothing before its first token, so the status is
//! held until the upstream has answered or failed, but not for ever: after [`HOLD`] it is 200, and what happens later
//! is told in the stream. A client that leaves drops the upstream at once.

use std::time::Duration;

use axum::{Extension, response::Response};
use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use super::{AppState, Question, client::Client, generation::frames::Style};
use crate::{
    error::{Error, Result},
    json, sse,
};

/// How long the status is held.
pub const HOLD: Duration = Duration::from_secs(10);

/// Answers `POST /api/chat`.
///
/// # Errors
/// 400 names the field; 404 unknown model; 413 over 10 MB; 502 the upstream failed before its first token; 503 it is
/// busy, or Brooklet shuts down.
pub async fn chat(
    state: AppState,
    Extension(Client(client)): Extension<Client>,
    body: Bytes,
) -> Result<Response> {
    let deadline = Instant::now() + HOLD;
    let question: Question = json::read_request(&body)
        .map_err(|why| Error::bad_request(format!("The request could not be read: {why}.")))?;
    let ask = question.into_ask(&state.catalogue).await?;
    let pass = state.streams.enter(client)?;
    let generation = state.generations.start_one_shot(ask)?;
    let style = match timeout_at(deadline, generation.log.begun()).await {
        Ok(Some(done)) if done.error.is_some() => return Err(done.error.unwrap_or_default()),
        Ok(_) => Style::Plain,
        Err(_) => Style::PlainWithPhases,
    };
    let frames = generation.follow_from_start(style);
    // The reader owns the generation: when it leaves, its frames are dropped, and the upstream with them.
    Ok(sse::response(frames.keeping((generation, pass))))
}
