//! What a log holds: text kept once, numbered entries that say where each run of it ends, and cursors into them.
//!
//! Plain data, without a lock and without anybody who waits: those are the log's ([`super`]).

use serde_json::Value;

use crate::{
    chat::{Done, Phase, Snapshot},
    server::upstream::Kind,
};

/// How many bytes of text a reader is given at once; what a reader that lags is not given waits in the log.
pub const FRAME: usize = 64 * 1024;

/// The entries, and what they refer to.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// The text of each kind.
    texts: [String; 2],
    /// Entry `n` is at `n - 1 - base.seq`.
    entries: Vec<Entry>,
    /// What came before the first of the entries: nothing, but for a log that a store has brought back, which has
    /// its text and no longer knows where its entries were.
    base: Base,
    /// What is no text, in order.
    notes: Vec<Note>,
    /// How large the tool calls among them are.
    called: usize,
    pub(super) phase: Phase,
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
pub(super) enum Note {
    Phase(Phase),
    /// With its size as JSON, which counts like text.
    ToolCall {
        call: Value,
        size: usize,
    },
    Done(Done),
}

impl Note {
    /// A tool call, weighed.
    pub(super) fn tool_call(call: Value) -> Self {
        let size = call.to_string().len();
        Self::ToolCall { call, size }
    }
}

/// How far a reader has read. The default one has read nothing, and wants every entry rather than a snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The last entry read.
    seq: u64,
    /// Bytes read of the text of each kind.
    texts: [usize; 2],
    /// Whether the next thing to be read is all there is, at once.
    pub(super) snapshot: bool,
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
    Snapshot(Outline),
    /// The end.
    Done(&'a Done),
}

/// A snapshot without its text, which stays where it is: text is only ever appended, so it can be had later, piece by
/// piece, by [`Log::text`](super::Log::text).
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// How much of the text of each kind belongs to it.
    pub ends: [usize; 2],
    /// What the generation was doing.
    pub phase: Phase,
    /// The tools it had called.
    pub tool_calls: Vec<Value>,
}

impl Cursor {
    /// Whether entries up to `head` hold something new for it.
    pub fn is_behind(&self, head: u64) -> bool {
        self.snapshot || head > self.seq
    }
}

impl Entries {
    /// The entries of a generation that has ended, as a store has it: see [`super::Log::restored`].
    pub(super) fn restored(last: u64, all: Snapshot, done: Done) -> Self {
        let texts = [all.content, all.thinking];
        let mut entries = Self {
            base: Base {
                seq: last.saturating_sub(1),
                texts: [texts[0].len(), texts[1].len()],
            },
            texts,
            notes: all
                .tool_calls
                .into_iter()
                .map(|call| Note::tool_call(call.into()))
                .collect(),
            phase: all.phase,
            ..Self::default()
        };
        entries.note(Note::Done(done));
        entries
    }

    /// Bytes of text and of tool calls.
    pub(super) fn size(&self) -> usize {
        self.texts.iter().map(String::len).sum::<usize>() + self.called
    }

    /// The text of a kind.
    pub(super) fn text(&self, kind: Kind) -> &str {
        &self.texts[kind as usize]
    }

    /// Changes the phase, if it is another one.
    pub(super) fn set_phase(&mut self, phase: Phase) {
        if self.phase != phase {
            self.phase = phase;
            self.note(Note::Phase(phase));
        }
    }

    /// Gives back the room for what does not come any more.
    pub(super) fn shrink(&mut self) {
        self.entries.shrink_to_fit();
        self.notes.shrink_to_fit();
        for text in &mut self.texts {
            text.shrink_to_fit();
        }
    }

    /// As [`super::Log::cursor`].
    pub(super) fn cursor(&self, last: Option<u64>) -> Option<Cursor> {
        let head = self.head();
        match last {
            Some(last) if last == head && self.done().is_some() => None,
            Some(last) if last <= head && last > 0 && last >= self.base.seq => {
                Some(self.cursor_after(last))
            }
            _ => Some(Cursor {
                snapshot: true,
                ..Cursor::default()
            }),
        }
    }

    /// As [`super::Log::read`].
    pub(super) fn read(&self, cursor: &mut Cursor, mut each: impl FnMut(u64, Piece<'_>)) -> bool {
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
                    Note::ToolCall { call, size } => {
                        each(cursor.seq, Piece::ToolCall(call));
                        room = room.saturating_sub(*size);
                    }
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

    /// The number of the last entry.
    pub(super) fn head(&self) -> u64 {
        self.base.seq + self.entries.len() as u64
    }

    fn entry(&self, seq: u64) -> Option<Entry> {
        let index = seq.checked_sub(1)?.checked_sub(self.base.seq)?;
        self.entries.get(usize::try_from(index).ok()?).copied()
    }

    /// Appends text.
    pub(super) fn append(&mut self, kind: Kind, text: &str) {
        let whole = &mut self.texts[kind as usize];
        whole.push_str(text);
        // The task ends an answer long before 4 GB.
        let end = u32::try_from(whole.len()).unwrap_or(u32::MAX);
        self.entries.push(Entry::Text { kind, end });
    }

    /// Appends what is no text.
    pub(super) fn note(&mut self, note: Note) {
        let index = u32::try_from(self.notes.len()).unwrap_or(u32::MAX);
        if let Note::ToolCall { size, .. } = &note {
            self.called += size;
        }
        self.notes.push(note);
        self.entries.push(Entry::Note { index });
    }

    /// How it ended, if it has.
    pub(super) fn done(&self) -> Option<&Done> {
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
            Note::ToolCall { call, .. } => Some(call.clone()),
            _ => None,
        });
        Outline {
            ends: [self.texts[0].len(), self.texts[1].len()],
            phase: self.phase,
            tool_calls: tool_calls.collect(),
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
