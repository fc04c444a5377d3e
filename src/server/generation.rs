//! Generations: they belong to the server, not to a connection.
//!
//! | file | noun |
//! |---|---|
//! | [`log`] | the append-only log of one generation, and cursors into it |
//! | [`task`] | the one task that owns a generation: upstream in, log out |
//! | [`queue`] | the queue in front of a model's server, visible and fair |
//! | [`frames`] | a subscriber: log in, SSE frames out |
//! | [`registry`] | all generations that can be followed or stopped |
//!
//! A generation ends in exactly one way, told by the [`crate::chat::Done`] at the end of its log. A subscriber is a
//! cursor and a wake-up; nothing is queued for it, and its leaving stops nothing. Nothing here knows of HTTP.

pub mod frames;
pub mod log;
pub mod queue;
pub mod registry;
pub mod task;

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use frames::{Frames, Style};
pub use log::{Cursor, Log, Piece};
pub use queue::Queue;
pub use registry::Registry;

use crate::chat::Done;

/// One answer being written, or written.
#[derive(Debug)]
pub struct Generation {
    /// Its name in URLs: a UUIDv7.
    pub id: String,
    /// The model that writes it.
    pub model: String,
    /// All that has been said.
    pub log: Log,
    /// Cancelled by `stop`: the task drops the upstream and ends the log.
    stop: CancellationToken,
    /// How many follow it now: the task drops a generation that nobody has followed for long.
    followers: watch::Sender<usize>,
}

impl Generation {
    /// A new one, of which nothing has been said.
    fn new(model: String) -> Arc<Self> {
        Arc::new(Self {
            id: Uuid::now_v7().to_string(),
            model,
            log: Log::default(),
            stop: CancellationToken::new(),
            followers: watch::Sender::new(0),
        })
    }

    /// Stops it, and waits until the upstream has been dropped and the log has its end; gives that end, which is
    /// another one when the generation had ended before.
    pub async fn stop(&self) -> Done {
        self.stop.cancel();
        self.log.ended().await
    }

    /// Subscribes; see [`Log::cursor`] for what `last_event_id` does. `None` when there is nothing left to read.
    pub fn follow(self: &Arc<Self>, last_event_id: Option<u64>) -> Option<Frames> {
        let cursor = self.log.cursor(last_event_id)?;
        Some(Frames::new(Arc::clone(self), cursor, Style::Resumable))
    }

    /// Subscribes from the first entry on, without a snapshot.
    pub fn follow_from_start(self: &Arc<Self>, style: Style) -> Frames {
        Frames::new(Arc::clone(self), Cursor::default(), style)
    }
}
