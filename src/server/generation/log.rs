//! The log of one generation: text kept once, entries numbered from 1, and cursors into it.
//!
//! One task appends; any number of readers hold a [`Cursor`] and are woken when there is something new. Text, entries
//! and the list of those who wait (`wakers`) are under one lock. A reader that finds nothing is put on the list before
//! the lock is given back, and who appends takes everybody off it while it has the lock: so no entry can fall between
//! reading and waiting, or between snapshot and subscription, and none can be read twice. This one lock is why no
//! model checker is needed: there is no state outside of it, and each step under it is whole.
//!
//! Nothing is queued for a reader. One that is slow finds, when it comes back, more to read at once.
//!
//! An entry's number (`seq`) says nothing of bytes or memory: any other log that numbers its entries could stand here.

use std::{
    future::poll_fn,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use serde_json::Value;

use super::{
    super::upstream::{Batch, Kind},
    wakers::{Place, Wakers},
};
use crate::chat::{Done, Phase, Snapshot};

/// How many bytes of text a reader is given at once; what a reader that lags is not given waits in the log.
pub const FRAME: usize = 64 * 1024;

/// The append-only log of a generation.
#[derive(Debug, Default)]
pub struct Log {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The text of each kind.
    texts: [String; 2],
    /// Entry `n` is at `n - 1 - base.seq`.
    entries: Vec<Entry>,
    /// What came before the first of the entries: nothing, but for a log that a store has brought back, which has
    /// its text and no longer knows where its entries were.
    base: Base,
    /// What is no text, in order.
    notes: Vec<Note>,
    phase: Phase,
    /// Those who wait for the next entry.
    wakers: Wakers,
}

/// Entries that are gone, and what they came to.
#[derive(Clone, Copy, Debug, Default)]
struct Base {
    /// The number of the last of them.
    seq: u64,
    /// How long the text of each kind was after it.
    texts: [usize; 2],
}

/// One entry: where it ends in its text. Where it begins is where its forerunner of the same kind ends.
#[derive(Clone, Copy, Debug)]
enum Entry {
    Text { kind: Kind, end: u32 },
    Note { index: u32 },
}

/// An entry that is not text.
#[derive(Debug)]
enum Note {
    Phase(Phase),
    ToolCall(Value),
    Done(Done),
}

/// How far a reader has read. The default one has read nothing, and wants every entry rather than a snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The last entry read.
    seq: u64,
    /// Bytes read of the text of each kind.
    texts: [usize; 2],
    /// Whether the next thing to be read is all there is, at once.
    snapshot: bool,
}

/// A reader's way to wait for the next entry; see [`Log::poll_read`]. To be given back by [`Log::leave`].
#[derive(Debug, Default)]
pub struct Waiting(Place);

/// What a reader is given: one piece makes one frame.
#[derive(Debug)]
pub enum Piece<'a> {
    /// Text of one or more entries of one kind.
    Text(Kind, &'a str),
    /// A change of phase.
    Phase(Phase),
    /// A tool call.
    ToolCall(&'a Value),
    /// All there is.
    Snapshot(Outline),
    /// The end.
    Done(&'a Done),
}

/// A snapshot without its text, which stays where it is: text is only ever appended, so it can be had later, piece by
/// piece, by [`Log::text`].
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// How much of the text of each kind belongs to it.
    pub ends: [usize; 2],
    /// What the generation was doing.
    pub phase: Phase,
    /// The tools it had called.
    pub tool_calls: Vec<Value>,
}

impl Log {
    /// The log of a generation that has ended, as a store has it. `last` is the number of its end. A reader that has
    /// seen an entry before that begins with a snapshot, unless it had read all that came before the end.
    pub fn restored(last: u64, all: Snapshot, done: Done) -> Self {
        let texts = [all.content, all.thinking];
        let mut state = State {
            base: Base {
                seq: last.saturating_sub(1),
                texts: [texts[0].len(), texts[1].len()],
            },
            texts,
            notes: all.tool_calls.into_iter().map(Note::ToolCall).collect(),
            phase: all.phase,
            ..State::default()
        };
        state.note(Note::Done(done));
        Self {
            state: Mutex::new(state),
        }
    }

    /// Appends what has been decoded and empties the batch: one entry for each run of text, one wake-up in all.
    /// After the end nothing is appended any more. Gives the bytes of text there are.
    pub fn append(&self, batch: &mut Batch) -> usize {
        let mut length = 0;
        if !batch.is_empty() {
            self.write(|state| {
                for (kind, text) in batch.runs() {
                    state.append(kind, text);
                }
                for call in batch.take_tool_calls() {
                    state.note(Note::ToolCall(call));
                }
                length = state.texts.iter().map(String::len).sum();
            });
        }
        batch.clear();
        length
    }

    /// What the generation is doing.
    pub fn current_phase(&self) -> Phase {
        self.state().phase
    }

    /// Tells what the generation is doing, if that has changed.
    pub fn phase(&self, phase: Phase) {
        self.write(|state| {
            if state.phase != phase {
                state.phase = phase;
                state.note(Note::Phase(phase));
            }
        });
    }

    /// Ends the log. The first end stays.
    pub fn finish(&self, done: Done) {
        self.write(|state| {
            state.note(Note::Done(done));
            // It may be kept for minutes, and nothing is added any more.
            state.entries.shrink_to_fit();
            state.notes.shrink_to_fit();
            for text in &mut state.texts {
                text.shrink_to_fit();
            }
        });
    }

    /// Waits for the end.
    pub async fn ended(&self) -> Done {
        self.until(|state| state.done().cloned()).await
    }

    /// Waits for the first text or the end, whichever is first; gives the end if the log has no text.
    pub async fn begun(&self) -> Option<Done> {
        self.until(|state| {
            if state.texts.iter().any(|text| !text.is_empty()) {
                return Some(None);
            }
            state.done().cloned().map(Some)
        })
        .await
    }

    /// How it ended, if it has.
    pub fn done(&self) -> Option<Done> {
        self.state().done().cloned()
    }

    /// All there is.
    pub fn snapshot(&self) -> Snapshot {
        self.state().snapshot()
    }

    /// A cursor for a reader that has seen the entry `last`: it gets exactly the entries after it. One that has seen
    /// nothing, or something that this log does not have, begins with a snapshot. `None`: it has seen the end.
    pub fn cursor(&self, last: Option<u64>) -> Option<Cursor> {
        let state = self.state();
        let head = state.head();
        match last {
            Some(last) if last == head && state.done().is_some() => None,
            Some(last) if last <= head && last > 0 && last >= state.base.seq => {
                Some(state.cursor_after(last))
            }
            _ => Some(Cursor {
                snapshot: true,
                ..Cursor::default()
            }),
        }
    }

    /// Gives `each` what comes after the cursor, with the number of the last entry inside, and moves the cursor on:
    /// everything, or as much as [`FRAME`] holds, or a snapshot. True when the end has been read.
    pub fn read(&self, cursor: &mut Cursor, each: impl FnMut(u64, Piece<'_>)) -> bool {
        self.state().read(cursor, each)
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
        if cursor.is_behind(state.head()) {
            return Poll::Ready(state.read(cursor, each));
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
        let text = &state.texts[kind as usize];
        let mut end = to.min(text.len());
        if end > from + FRAME {
            end = text.floor_char_boundary(from + FRAME);
        }
        take(text.get(from..end).unwrap_or_default());
        end
    }

    /// The number of the last entry.
    pub fn head(&self) -> u64 {
        self.state().head()
    }

    /// Changes the state unless the log has ended, and wakes those who wait.
    fn write(&self, change: impl FnOnce(&mut State)) {
        let woken = {
            let mut state = self.state();
            if state.done().is_some() {
                return;
            }
            let before = state.head();
            change(&mut state);
            if state.head() == before {
                return;
            }
            state.wakers.take()
        };
        // Not under the lock, which is the first thing that they want.
        woken.wake();
    }

    /// Waits until `found` finds something.
    async fn until<T>(&self, found: impl Fn(&State) -> Option<T>) -> T {
        struct Guard<'a>(&'a Log, Place);

        impl Drop for Guard<'_> {
            fn drop(&mut self) {
                self.0.state().wakers.leave(&mut self.1);
            }
        }

        let mut guard = Guard(self, Place::default());
        poll_fn(|context| {
            let mut state = self.state();
            if let Some(found) = found(&state) {
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

impl Cursor {
    /// Whether entries up to `head` hold something new for it.
    pub fn is_behind(&self, head: u64) -> bool {
        self.snapshot || head > self.seq
    }
}

impl State {
    fn read(&self, cursor: &mut Cursor, mut each: impl FnMut(u64, Piece<'_>)) -> bool {
        if cursor.snapshot {
            *cursor = self.cursor_after(self.text_head());
            each(cursor.seq, Piece::Snapshot(self.outline()));
            return false;
        }
        let mut room = FRAME;
        while let Some(entry) = self.entry(cursor.seq + 1) {
            cursor.seq += 1;
            match entry {
                Entry::Note { index } => match &self.notes[index as usize] {
                    Note::Phase(phase) => each(cursor.seq, Piece::Phase(*phase)),
                    Note::ToolCall(call) => each(cursor.seq, Piece::ToolCall(call)),
                    Note::Done(done) => {
                        each(cursor.seq, Piece::Done(done));
                        return true;
                    }
                },
                Entry::Text { kind, end } => {
                    let (from, mut to) = (cursor.texts[kind as usize], end as usize);
                    while let Some(Entry::Text { kind: next, end }) = self.entry(cursor.seq + 1)
                        && next == kind
                        && to - from < room
                    {
                        (cursor.seq, to) = (cursor.seq + 1, end as usize);
                    }
                    cursor.texts[kind as usize] = to;
                    let text = &self.texts[kind as usize][from..to];
                    each(cursor.seq, Piece::Text(kind, text));
                    room = room.saturating_sub(text.len());
                }
            }
            if room == 0 {
                break;
            }
        }
        false
    }

    fn head(&self) -> u64 {
        self.base.seq + self.entries.len() as u64
    }

    fn entry(&self, seq: u64) -> Option<Entry> {
        let index = seq.checked_sub(1)?.checked_sub(self.base.seq)?;
        self.entries.get(usize::try_from(index).ok()?).copied()
    }

    fn append(&mut self, kind: Kind, text: &str) {
        let whole = &mut self.texts[kind as usize];
        whole.push_str(text);
        // The task ends an answer long before 4 GB.
        let end = u32::try_from(whole.len()).unwrap_or(u32::MAX);
        self.entries.push(Entry::Text { kind, end });
    }

    fn note(&mut self, note: Note) {
        let index = u32::try_from(self.notes.len()).unwrap_or(u32::MAX);
        self.notes.push(note);
        self.entries.push(Entry::Note { index });
    }

    fn done(&self) -> Option<&Done> {
        match self.notes.last() {
            Some(Note::Done(done)) => Some(done),
            _ => None,
        }
    }

    /// The last entry that a snapshot covers: all but the end, which is a frame of its own.
    fn text_head(&self) -> u64 {
        self.head() - u64::from(self.done().is_some())
    }

    fn outline(&self) -> Outline {
        let tool_calls = self.notes.iter().filter_map(|note| match note {
            Note::ToolCall(call) => Some(call.clone()),
            _ => None,
        });
        Outline {
            ends: [self.texts[0].len(), self.texts[1].len()],
            phase: self.phase,
            tool_calls: tool_calls.collect(),
        }
    }

    fn snapshot(&self) -> Snapshot {
        let Outline {
            phase, tool_calls, ..
        } = self.outline();
        Snapshot {
            content: self.texts[Kind::Content as usize].clone(),
            thinking: self.texts[Kind::Thinking as usize].clone(),
            phase,
            tool_calls,
        }
    }

    /// The cursor of a reader that has read the entries up to `seq`.
    fn cursor_after(&self, seq: u64) -> Cursor {
        let count = usize::try_from(seq.saturating_sub(self.base.seq)).unwrap_or(usize::MAX);
        let read = &self.entries[..count.min(self.entries.len())];
        let end_of = |wanted: Kind| {
            let end = read.iter().rev().find_map(|entry| match entry {
                Entry::Text { kind, end } if *kind == wanted => Some(*end as usize),
                _ => None,
            });
            end.unwrap_or(self.base.texts[wanted as usize])
        };
        Cursor {
            seq,
            texts: Kind::ALL.map(end_of),
            snapshot: false,
        }
    }
}

#[cfg(test)]
mod tests;
