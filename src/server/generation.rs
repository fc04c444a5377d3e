//! Generations: they belong to the server, not to a connection.
//!
//! | file | noun |
//! |---|---|
//! | [`log`] | the append-only log of one generation, and cursors into it |
//! | [`task`] | the one task that owns a generation: upstream in, log out |
//! | [`silence`] | whether a model that is loaded has sent nothing for long |
//! | [`queue`] | the queue in front of a model's server, visible and fair |
//! | [`interlude`] | when nobody is in a queue |
//! | [`frames`] | a subscriber: log in, SSE frames out |
//! | [`reader`] | what it reads with; and one that makes something else of it than these frames |
//! | [`keep_alive`] | comments in a stream's silence |
//! | `snapshot` | the frame that a subscriber begins with, a piece at a time |
//! | `wakers` | who waits for a log |
//! | `forgetting` | what is old, forgotten |
//! | [`journal`] | what is said, saved as it is said |
//! | [`registry`] | all generations that can be followed or stopped |
//!
//! A generation ends in exactly one way, told by the [`crate::chat::Done`] at the end of its log. A subscriber is a
//! cursor and a wake-up; nothing is queued for it, and its leaving stops nothing. Nothing here knows of HTTP.

mod forgetting;
pub mod frames;
pub mod interlude;
pub mod journal;
pub mod keep_alive;
pub mod log;
pub mod meter;
pub mod queue;
pub mod reader;
pub mod registry;
pub mod silence;
mod snapshot;
pub mod task;
mod wakers;

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use frames::{Frames, Style};
pub use interlude::Interlude;
pub use journal::Journal;
pub use keep_alive::KeepAlive;
pub use log::{Cursor, Log, Piece};
pub use queue::Queue;
pub use reader::Reader;
pub use registry::Registry;

use super::{
    store::{Place, Stored},
    upstream::{Fault, Kind},
};
use crate::chat::{Done, Phase, Snapshot};

/// One answer being written, or written.
#[derive(Debug)]
pub struct Generation {
    /// Its name in URLs: a UUIDv7.
    pub id: String,
    /// Whose it is: the id of a user, or nothing where there are no accounts.
    pub owner: Arc<str>,
    /// The model that writes it.
    pub model: String,
    /// How the model was asked ([`Ask::manner`](super::upstream::Ask::manner)).
    manner: String,
    /// Where in which chat its answer stands, if it is one of a chat.
    pub place: Option<Place>,
    /// All that has been said.
    pub log: Log,
    /// Cancelled by `stop`: the task drops the upstream and ends the log.
    stop: CancellationToken,
    /// Cancelled by `unload`: the task drops the upstream, unloads the model and ends the log.
    hangs: CancellationToken,
    /// What came of that, before the log has its end.
    unloaded: OnceLock<Result<(), Fault>>,
    /// Whether the store knows that it has begun, and where.
    begun: AtomicBool,
    /// Whether all of it has been saved.
    saved: AtomicBool,
    /// How many follow it now: the task drops a generation that nobody has followed for long.
    followers: watch::Sender<usize>,
}

impl Generation {
    /// A new one, of which nothing has been said.
    pub fn new(owner: Arc<str>, model: String) -> Arc<Self> {
        Self::new_in(owner, model, String::new(), None)
    }

    /// The same, whose model was asked in this manner, and whose answer stands in a chat.
    pub fn new_in(
        owner: Arc<str>,
        model: String,
        manner: String,
        place: Option<Place>,
    ) -> Arc<Self> {
        let id = Uuid::now_v7().to_string();
        Self::with(id, owner, model, manner, place, Log::default())
    }

    /// One that a store has kept.
    fn restored(owner: Arc<str>, stored: Stored) -> Arc<Self> {
        let all = Snapshot {
            content: stored.content,
            thinking: stored.thinking,
            phase: Phase::Writing,
            tool_calls: stored.tool_calls.into_iter().map(Into::into).collect(),
        };
        let log = Log::restored(stored.seq, all, stored.done.unwrap_or_default());
        Self::with(stored.id, owner, stored.model, String::new(), None, log)
    }

    fn with(
        id: String,
        owner: Arc<str>,
        model: String,
        manner: String,
        place: Option<Place>,
        log: Log,
    ) -> Arc<Self> {
        Arc::new(Self {
            id,
            owner,
            model,
            manner,
            place,
            log,
            stop: CancellationToken::new(),
            hangs: CancellationToken::new(),
            unloaded: OnceLock::new(),
            begun: AtomicBool::new(false),
            saved: AtomicBool::new(false),
            followers: watch::Sender::new(0),
        })
    }

    /// Stops it, and waits until the upstream has been dropped and the log has its end; gives that end, which is
    /// another one when the generation had ended before.
    pub async fn stop(&self) -> Done {
        self.stop.cancel();
        self.log.ended().await
    }

    /// Stops it because its model hangs, and has the model unloaded; gives its end, which is another one when it had
    /// ended before.
    ///
    /// # Errors
    /// Why the model was not unloaded; it has ended all the same.
    pub async fn unload(&self) -> Result<Done, Fault> {
        self.hangs.cancel();
        let done = self.log.ended().await;
        match self.unloaded.get() {
            Some(Err(fault)) => Err(fault.clone()),
            _ => Ok(done),
        }
    }

    /// All that has been said, and how it ended; `None`: it has not.
    pub fn said(&self) -> Option<(Snapshot, Done)> {
        let end = self.log.done()?;
        let mut all = Snapshot::default();
        let mut cursor = Cursor::default();
        while cursor.is_behind(self.log.head()) {
            self.log.read(&mut cursor, |_, piece| match piece {
                Piece::Text(Kind::Content, text) => all.content.push_str(text),
                Piece::Text(Kind::Thinking, text) => all.thinking.push_str(text),
                Piece::ToolCall(call) => all.tool_calls.push(call.clone().into()),
                Piece::Phase(_) | Piece::Snapshot(_) | Piece::Done(_) => {}
            });
        }
        Some((all, end))
    }

    /// Whether all of it has been saved: then the store can answer for it.
    fn is_saved(&self) -> bool {
        self.saved.load(Ordering::Acquire)
    }

    /// Whether the store knows that it has begun, and where.
    fn is_begun(&self) -> bool {
        self.begun.load(Ordering::Acquire)
    }

    /// Notes that the store knows of it.
    fn set_begun(&self) {
        self.begun.store(true, Ordering::Release);
    }

    /// Notes that all of it has been saved.
    fn set_saved(&self) {
        self.saved.store(true, Ordering::Release);
    }

    /// Whether it runs, and its model has sent nothing for long.
    pub fn is_silent(&self) -> bool {
        self.log.current_phase() == Phase::Silent && self.log.done().is_none()
    }

    /// Subscribes; see [`Log::cursor`] for what `last_event_id` does. `None` when there is nothing left to read.
    pub fn follow(self: &Arc<Self>, last_event_id: Option<u64>) -> Option<Frames> {
        let cursor = self.log.cursor(last_event_id)?;
        let reader = Reader::new(Arc::clone(self), cursor);
        Some(Frames::new(reader, Style::Resumable))
    }

    /// Subscribes to the pieces themselves, from the first one on.
    pub fn read(self: &Arc<Self>) -> Reader {
        Reader::new(Arc::clone(self), Cursor::default())
    }

    /// Subscribes from the first entry on, without a snapshot.
    pub fn follow_from_start(self: &Arc<Self>, style: Style) -> Frames {
        Frames::new(self.read(), style)
    }
}
