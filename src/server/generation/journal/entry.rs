//! A generation that is being saved: how far it has been, and what is new of it.

use std::sync::Arc;

use tokio::{sync::oneshot, time::Instant};

use super::{
    super::{
        super::{
            store::{Begun, Change},
            upstream::Kind,
        },
        Cursor, Generation, Piece,
    },
    Saved,
};
use crate::chat::Done;

/// A generation that is being saved.
pub(super) struct Entry {
    pub(super) generation: Arc<Generation>,
    /// What is saved once; `None` when it has been.
    pub(super) begun: Option<Begun>,
    /// How it ends, before its log says so.
    pub(super) end: Option<Done>,
    /// How far it has been saved.
    pub(super) cursor: Cursor,
    /// When it is to be saved again.
    pub(super) due: Instant,
    /// Who waits for its being saved: whoever began it, and its task at its end.
    pub(super) waiting: Vec<oneshot::Sender<Saved>>,
}

impl Entry {
    /// The chat in which its answer stands, if it is one of a chat.
    pub(super) fn chat(&self) -> Option<&str> {
        self.generation.place.as_ref().map(|place| &*place.chat)
    }

    /// Tells those who wait for its being saved.
    pub(super) fn tell(&mut self, saved: Saved) {
        for waiting in self.waiting.drain(..) {
            // Whoever has gone away need not know.
            let _ = waiting.send(saved);
        }
    }

    /// What there is to save of it, and where the cursor is after that.
    pub(super) fn news(&self) -> Option<(Change, Cursor)> {
        let log = &self.generation.log;
        // What has ended is saved as a whole.
        let mut cursor = if self.end.is_some() {
            Cursor::default()
        } else {
            self.cursor
        };
        let mut change = Change {
            id: self.generation.id.clone(),
            begun: self.begun.clone(),
            ..Change::default()
        };
        let mut ended = false;
        while !ended && cursor.is_behind(log.head()) {
            ended = log.read(&mut cursor, |seq, piece| {
                change.seq = seq;
                match piece {
                    Piece::Text(Kind::Content, text) => change.content.push_str(text),
                    Piece::Text(Kind::Thinking, text) => change.thinking.push_str(text),
                    Piece::ToolCall(call) => change.tool_calls.push(call.clone()),
                    // Its readers may have been told that it has not been saved.
                    Piece::Done(done) => {
                        change.done = Some(self.end.as_ref().unwrap_or(done).clone());
                    }
                    Piece::Phase(_) | Piece::Snapshot(_) => {}
                }
            });
        }
        // The log has its end only after this has been saved; that will be the next entry.
        if let Some(end) = self.end.as_ref().filter(|_| change.done.is_none()) {
            change.seq = log.head() + 1;
            change.done = Some(end.clone());
        }
        let new = change.begun.is_some() || change.seq > 0;
        new.then_some((change, cursor))
    }
}
