//! `POST /api/chat`, for programs: one request, one answer, no resume.
//!
//! The tutorial's contract, so that its client works unchanged: each frame is one `data: ` line and a blank line,
//! `{"delta":"…"}` frames and a last `{"done":true,…}`. Ollama sends nothing before its first token, so the status is
//! held until the upstream has answered or failed, but not for ever: after [`HOLD`] it is 200, and what happens later
//! is told in the stream. A client that leaves drops the upstream at once.

use std::{net::IpAddr, time::Duration};

use axum::{Extension, response::Response};
use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use super::{
    AppState, Question,
    client::Client,
    generation::{frames::Style, registry::OneShot},
    streams::Seat,
    upstream::Ask,
};
use crate::{
    chat::{Done, Snapshot},
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
    let asked = Asked::new(&state, client, ask).await?;
    let style = if asked.begun(deadline).await? {
        Style::Plain
    } else {
        Style::PlainWithPhases
    };
    let frames = asked.generation.follow_from_start(style);
    // The reader owns the generation: when it leaves, its frames are dropped, and the upstream with them.
    Ok(sse::response(frames.keeping(asked)))
}

/// What one program has asked, and nobody else can read. Dropping it drops the upstream.
#[derive(Debug)]
pub struct Asked {
    /// The answer.
    pub generation: OneShot,
    /// Its place among the open streams.
    _seat: Seat,
}

impl Asked {
    /// Asks.
    ///
    /// # Errors
    /// 429: the user has had enough; 503: too many wait, or read streams; or Brooklet shuts down.
    pub async fn new(state: &AppState, client: IpAddr, ask: Ask) -> Result<Self> {
        let seat = state.sit_down(client)?;
        Ok(Self {
            generation: state.generations.start_one_shot(ask).await?,
            _seat: seat,
        })
    }

    /// Waits until the upstream has begun to answer, but not beyond `deadline`: false, it has not.
    ///
    /// # Errors
    /// Why there will be no answer.
    pub async fn begun(&self, deadline: Instant) -> Result<bool> {
        match timeout_at(deadline, self.generation.log.begun()).await {
            Ok(Some(Done {
                error: Some(error), ..
            })) => Err(error),
            Ok(_) => Ok(true),
            Err(_) => Ok(false),
        }
    }

    /// Waits for the end, however long that takes; gives all that has been said, and how it ended.
    ///
    /// # Errors
    /// Why there is no answer, or no whole one.
    pub async fn ended(&self) -> Result<(Snapshot, Done)> {
        // Who waits follows: a generation that nobody follows is given up.
        let _following = self.generation.read();
        self.generation.log.ended().await;
        let (all, done) = self.generation.said().unwrap_or_default();
        match done.error {
            Some(error) => Err(error),
            None => Ok((all, done)),
        }
    }
}
