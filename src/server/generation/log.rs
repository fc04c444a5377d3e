//! The log of one generation: entries numbered from 1, which one task appends and any number of readers read.
//!
//! A reader holds a [`Cursor`] and is woken when there is something new. Text and entries (`entries`) and the list of
//! those who wait (`wakers`) are under one lock. A reader that finds nothing is put on the list before the lock is
//! given back, and who appends takes everybody off it while it has the lock: so no entry can fall between reading and
//! waiting, or between snapshot and subscription, and none can be read twice. This one lock is why no model checker is
//! needed: there is no state outside of it, and each step under it is whole.
//!
//! Nothing is queued for a reader. One that is slow finds, when it comes back, more to read at once.
//!
//! An entry's number (`seq`) says nothing of bytes or memory: any other log that numbers its entries could stand here.

mod entries;

use std::{
    future::poll_fn,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

pub use entries::{Cursor, FRAME, Outline, Piece};
use entries::{Entries, Note};

use super::{
    super::upstream::{Batch, Kind},
    wakers::{Place, Wakers},
};
use crate::chat::{Done, Phase, Snapshot};

/// The append-only log of a generation.
#[derive(Debug, Default)]
pub struct Log {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: Entries,
    /// Those who wait for the next entry.
    wakers: Wakers,
}

/// A reader's way to wait for the next entry; see [`Log::poll_read`]. To be given back by [`Log::leave`].
#[derive(Debug, Default)]
pub struct Waiting(Place);

impl Log {
    /// The log of a generation that has ended, as a store has it. `last` is the number of its end. A reader that has
    /// seen an entry before that begins with a snapshot, unless it had read all that came before the end.
    pub fn restored(last: u64, all: Snapshot, done: Done) -> Self {
        Self {
            state: Mutex::new(State {
                entries: Entries::restored(last, all, done),
                wakers: Wakers::default(),
            }),
        }
    }

    /// Appends what has been decoded and empties the batch: one entry for each run of text, one wake-up in all.
    /// After the end nothing is appended any more. Gives the bytes there are, of
    /// text and of tool calls.
    pub fn append(&self, batch: &mut Batch) -> usize {
        let mut size = 0;
        if !batch.is_empty() {
            self.write(|entries| {
                for (kind, text) in batch.runs() {
                    entries.append(kind, text);
                }
                for call in batch.take_tool_calls() {
                    entries.note(Note::tool_call(call));
                }
                size = entries.size();
            });
        }
        batch.clear();
        size
    }

    /// What the generation is doing.
    pub fn current_phase(&self) -> Phase {
        self.state().entries.phase
    }

    /// Tells what the generation is doing, if that has changed.
    pub fn phase(&self, phase: Phase) {
        self.write(|entries| entries.set_phase(phase));
    }

    /// Ends the log. The first end stays.
    pub fn finish(&self, done: Done) {
        self.write(|entries| {
            entries.note(Note::Done(done));
            // It may be kept for minutes.
            entries.shrink();
        });
    }

    /// Waits for the end.
    pub async fn ended(&self) -> Done {
        self.until(|entries| entries.done().cloned()).await
    }

    /// Waits for the first text or the end, whichever is first; gives the end if the log has no text.
    pub async fn begun(&self) -> Option<Done> {
        self.until(|entries| {
            if Kind::ALL.iter().any(|kind| !entries.text(*kind).is_empty()) {
                return Some(None);
            }
            entries.done().cloned().map(Some)
        })
        .await
    }

    /// How it ended, if it has.
    pub fn done(&self) -> Option<Done> {
        self.state().entries.done().cloned()
    }

    /// A cursor for a reader that has seen the entry `last`: it gets exactly the entries after it. One that has seen
    /// nothing, or something that this log does not have, begins with a snapshot. `None`: it has seen the end.
    pub fn cursor(&self, last: Option<u64>) -> Option<Cursor> {
        self.state().entries.cursor(last)
    }

    /// Gives `each` what comes after the cursor, with the number of the last entry inside, and moves the cursor on:
    /// everything, or as much as [`FRAME`] holds, or a snapshot. True when the end has been read.
    pub fn read(&self, cursor: &mut Cursor, each: impl FnMut(u64, Piece<'_>)) -> bool {
        self.state().entries.read(cursor, each)
    }

    /// The same; when there is nothing, the reader waits, and is woken when there is.
    pub fn poll_read(
        &self,
        cursor: &mut Cursor,
        waiting: &mut Waiting,
        context: &Context<'_>,
        each: impl FnMut(u64, Piece<'_>),
    ) -> Poll<bool> {
        let mut state = self.state();
        if cursor.is_behind(state.entries.head()) {
            return Poll::Ready(state.entries.read(cursor, each));
        }
        state.wakers.wait(&mut waiting.0, context.waker());
        Poll::Pending
    }

    /// A reader that may be waiting goes away.
    pub fn leave(&self, waiting: &mut Waiting) {
        self.state().wakers.leave(&mut waiting.0);
    }

    /// Gives `take` the text of a kind from `from` on, as far as `to` and no more than about [`FRAME`]; says where
    /// that ended. `from` and `to` must be where an entry ends, or what an earlier call gave.
    pub fn text(&self, kind: Kind, from: usize, to: usize, take: impl FnOnce(&str)) -> usize {
        let state = self.state();
        let text = state.entries.text(kind);
        let mut end = to.min(text.len());
        if end > from + FRAME {
            end = text.floor_char_boundary(from + FRAME);
        }
        take(text.get(from..end).unwrap_or_default());
        end
    }

    /// How long all that has been said is, in bytes.
    pub fn length(&self) -> usize {
        let state = self.state();
        let kinds = [Kind::Content, Kind::Thinking];
        kinds
            .map(|kind| state.entries.text(kind).len())
            .iter()
            .sum()
    }

    /// The number of the last entry.
    pub fn head(&self) -> u64 {
        self.state().entries.head()
    }

    /// Changes the entries unless the log has ended, and wakes those who wait.
    fn write(&self, change: impl FnOnce(&mut Entries)) {
        let woken = {
            let mut state = self.state();
            if state.entries.done().is_some() {
                return;
            }
            let before = state.entries.head();
            change(&mut state.entries);
            if state.entries.head() == before {
                return;
            }
            state.wakers.take()
        };
        // Not under the lock, which is the first thing that they want.
        woken.wake();
    }

    /// Waits until `found` finds something.
    async fn until<T>(&self, found: impl Fn(&Entries) -> Option<T>) -> T {
        struct Guard<'a>(&'a Log, Place);

        impl Drop for Guard<'_> {
            fn drop(&mut self) {
                self.0.state().wakers.leave(&mut self.1);
            }
        }

        let mut guard = Guard(self, Place::default());
        poll_fn(|context| {
            let mut state = self.state();
            if let Some(found) = found(&state.entries) {
                return Poll::Ready(found);
            }
            state.wakers.wait(&mut guard.1, context.waker());
            Poll::Pending
        })
        .await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while appending leaves what was appended: every entry is pushed after its text.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
