//! The log of one generation: text kept once, entries numbered from 1, and cursors into it.
//!
//! One task appends; any number of readers hold a [`Cursor`] and are woken by one watch channel, whose value is the
//! number of the last entry. Appending and reading take the same lock, and the channel is told after the lock has
//! been given back: a reader that finds nothing new compares the channel's value with its cursor before it sleeps,
//! so that no entry can fall between snapshot and subscription, and none can be read twice. This one lock is why no
//! model checker is needed: there is no state outside of it but a number that only grows.
//!
//! An entry's number (`seq`) says nothing of bytes or memory: any other log that numbers its entries could stand here.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::watch;

use super::super::upstream::{Batch, Kind};
use crate::chat::{Done, Phase, Snapshot};

/// How many bytes of text a reader is given at once; what a reader that lags is not given waits in the log.
pub const FRAME: usize = 64 * 1024;

/// The append-only log of a generation.
#[derive(Debug)]
pub struct Log {
    state: Mutex<State>,
    /// The number of the last entry; told after each append.
    head: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    /// The text of each kind.
    texts: [String; 2],
    /// Entry `n` is at `n - 1`.
    entries: Vec<Entry>,
    /// What is no text, in order.
    notes: Vec<Note>,
    phase: Phase,
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
    Snapshot(Snapshot),
    /// The end.
    Done(&'a Done),
}

impl Default for Log {
    fn default() -> Self {
        Self {
            state: Mutex::default(),
            head: watch::Sender::new(0),
        }
    }
}

impl Log {
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
        self.write(|state| state.note(Note::Done(done)));
    }

    /// Waits for the end.
    pub async fn ended(&self) -> Done {
        let mut head = self.head.subscribe();
        loop {
            if let Some(done) = self.state().done() {
                return done.clone();
            }
            // The sender lives as long as `self`.
            let _ = head.changed().await;
        }
    }

    /// Waits for the first text or the end, whichever is first; gives the end if the log has no text.
    pub async fn begun(&self) -> Option<Done> {
        let mut head = self.head.subscribe();
        loop {
            {
                let state = self.state();
                if state.texts.iter().any(|text| !text.is_empty()) {
                    return None;
                }
                if let Some(done) = state.done() {
                    return Some(done.clone());
                }
            }
            let _ = head.changed().await;
        }
    }

    /// A cursor for a reader that has seen the entry `last`: it gets exactly the entries after it. One that has seen
    /// nothing, or something that this log does not have, begins with a snapshot. `None`: it has seen the end.
    pub fn cursor(&self, last: Option<u64>) -> Option<Cursor> {
        let state = self.state();
        let head = state.head();
        match last {
            Some(last) if last == head && state.done().is_some() => None,
            Some(last) if last <= head && last > 0 => Some(state.cursor_after(last)),
            _ => Some(Cursor {
                snapshot: true,
                ..Cursor::default()
            }),
        }
    }

    /// Gives `each` what comes after the cursor, with the number of the last entry inside, and moves the cursor on:
    /// everything, or as much as [`FRAME`] holds. True when the end has been read.
    pub fn read(&self, cursor: &mut Cursor, mut each: impl FnMut(u64, Piece<'_>)) -> bool {
        let state = self.state();
        let mut room = FRAME;
        if cursor.snapshot {
            *cursor = state.cursor_after(state.text_head());
            each(cursor.seq, Piece::Snapshot(state.snapshot()));
        }
        while let Some(entry) = state.entry(cursor.seq + 1) {
            cursor.seq += 1;
            match entry {
                Entry::Note { index } => match &state.notes[index as usize] {
                    Note::Phase(phase) => each(cursor.seq, Piece::Phase(*phase)),
                    Note::ToolCall(call) => each(cursor.seq, Piece::ToolCall(call)),
                    Note::Done(done) => {
                        each(cursor.seq, Piece::Done(done));
                        return true;
                    }
                },
                Entry::Text { kind, end } => {
                    let (from, mut to) = (cursor.texts[kind as usize], end as usize);
                    while let Some(Entry::Text { kind: next, end }) = state.entry(cursor.seq + 1)
                        && next == kind
                        && to - from < room
                    {
                        (cursor.seq, to) = (cursor.seq + 1, end as usize);
                    }
                    cursor.texts[kind as usize] = to;
                    let text = &state.texts[kind as usize][from..to];
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

    /// The number of the last entry, to be waited on.
    pub fn head(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }

    /// Changes the state unless the log has ended, and tells the readers once.
    fn write(&self, change: impl FnOnce(&mut State)) {
        let head = {
            let mut state = self.state();
            if state.done().is_some() {
                return;
            }
            change(&mut state);
            state.head()
        };
        self.head.send_if_modified(|told| {
            let news = head > *told;
            *told = head.max(*told);
            news
        });
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
    fn head(&self) -> u64 {
        self.entries.len() as u64
    }

    fn entry(&self, seq: u64) -> Option<Entry> {
        let index = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.entries.get(index).copied()
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

    fn snapshot(&self) -> Snapshot {
        let tool_calls = self.notes.iter().filter_map(|note| match note {
            Note::ToolCall(call) => Some(call.clone()),
            _ => None,
        });
        Snapshot {
            content: self.texts[Kind::Content as usize].clone(),
            thinking: self.texts[Kind::Thinking as usize].clone(),
            phase: self.phase,
            tool_calls: tool_calls.collect(),
        }
    }

    /// The cursor of a reader that has read the entries up to `seq`.
    fn cursor_after(&self, seq: u64) -> Cursor {
        let read = &self.entries[..usize::try_from(seq).unwrap_or(usize::MAX)];
        let end_of = |wanted: Kind| {
            let end = read.iter().rev().find_map(|entry| match entry {
                Entry::Text { kind, end } if *kind == wanted => Some(*end as usize),
                _ => None,
            });
            end.unwrap_or(0)
        };
        Cursor {
            seq,
            texts: Kind::ALL.map(end_of),
            snapshot: false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use proptest::prelude::*;

    use super::*;

    fn log(pieces: &[(Kind, &str)]) -> Log {
        let log = Log::default();
        for (kind, text) in pieces {
            let mut batch = Batch::default();
            batch.push(*kind, text);
            log.append(&mut batch);
        }
        log
    }

    /// What a reader is given, in words: `3 content de`.
    fn told(log: &Log, cursor: &mut Cursor) -> Vec<String> {
        let mut told = Vec::new();
        log.read(cursor, |seq, piece| {
            told.push(match piece {
                Piece::Text(Kind::Content, text) => format!("{seq} content {text}"),
                Piece::Text(Kind::Thinking, text) => format!("{seq} thinking {text}"),
                Piece::Snapshot(all) => format!("{seq} all {}|{}", all.thinking, all.content),
                Piece::Phase(phase) => format!("{seq} {}", phase.words().0),
                Piece::ToolCall(call) => format!("{seq} {call}"),
                Piece::Done(done) => format!("{seq} {:?}", done.status),
            });
        });
        told
    }

    #[test]
    fn what_has_not_been_seen_is_one_frame_for_each_kind() {
        let log = log(&[
            (Kind::Thinking, "a"),
            (Kind::Thinking, "b"),
            (Kind::Content, "c"),
            (Kind::Content, "d"),
            (Kind::Content, "e"),
        ]);
        let mut cursor = log.cursor(Some(1)).unwrap();
        assert_eq!(told(&log, &mut cursor), ["2 thinking b", "5 content cde"]);
        assert!(told(&log, &mut cursor).is_empty());
        log.finish(Done::default());
        assert_eq!(told(&log, &mut cursor), ["6 Failed"]);
        assert_eq!(log.cursor(Some(6)), None);
    }

    #[test]
    fn a_new_reader_begins_with_all_there_is() {
        let log = log(&[(Kind::Thinking, "t"), (Kind::Content, "c")]);
        let mut cursor = log.cursor(None).unwrap();
        assert!(cursor.is_behind(0));
        assert_eq!(told(&log, &mut cursor), ["2 all t|c"]);
        log.finish(Done::default());
        assert_eq!(told(&log, &mut cursor), ["3 Failed"]);
        let mut late = log.cursor(None).unwrap();
        assert_eq!(told(&log, &mut late), ["2 all t|c", "3 Failed"]);
        let mut foreign = log.cursor(Some(99)).unwrap();
        assert_eq!(told(&log, &mut foreign), ["2 all t|c", "3 Failed"]);
    }

    proptest! {
        /// A cursor after entry `n` reads exactly the entries after it, in their order, wherever `n` is.
        #[test]
        fn a_resume_at_any_entry_reads_exactly_the_rest(
            entries in proptest::collection::vec((any::<bool>(), "[a-zé🎉]{1,9}"), 1..40)
        ) {
            let log = Log::default();
            for (thinks, text) in &entries {
                let mut batch = Batch::default();
                batch.push(if *thinks { Kind::Thinking } else { Kind::Content }, text);
                log.append(&mut batch);
            }
            for seen in 1..=entries.len() {
                let mut cursor = log.cursor(Some(seen as u64)).unwrap();
                let (mut read, mut last) = (Vec::<(bool, String)>::new(), seen as u64);
                log.read(&mut cursor, |seq, piece| {
                    assert!(seq > last);
                    last = seq;
                    read.push(match piece {
                        Piece::Text(kind, text) => (kind == Kind::Thinking, text.to_owned()),
                        other => panic!("{other:?}"),
                    });
                });
                let mut rest = Vec::<(bool, String)>::new();
                for (thinks, text) in &entries[seen..] {
                    match rest.last_mut() {
                        Some((kind, run)) if kind == thinks => run.push_str(text),
                        _ => rest.push((*thinks, text.clone())),
                    }
                }
                prop_assert_eq!(read, rest);
                prop_assert_eq!(last, entries.len() as u64);
            }
        }
    }

    #[test]
    fn a_reader_that_lags_is_given_a_piece_at_a_time() {
        let log = log(&[]);
        let text = "x".repeat(FRAME / 2);
        for _ in 0..5 {
            let mut batch = Batch::default();
            batch.push(Kind::Content, &text);
            log.append(&mut batch);
        }
        let mut cursor = Cursor::default();
        let mut sizes = Vec::new();
        while cursor.is_behind(5) {
            sizes.push(told(&log, &mut cursor).len());
        }
        assert_eq!(sizes, [1, 1, 1]);
    }

    #[test]
    fn nothing_follows_the_end() {
        let log = log(&[(Kind::Content, "a")]);
        log.finish(Done::default());
        log.finish(Done::default());
        log.phase(Phase::Writing);
        assert_eq!(*log.head().borrow(), 2);
    }
}
