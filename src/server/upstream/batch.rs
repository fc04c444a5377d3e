//! What has been decoded and is not yet in a log.
//!
//! A batch holds everything that one read of the network brought, so that a log is locked, and its readers are woken,
//! once a read and not once a token. It is used again and again: no allocation a token.

/// What a piece of a generation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text of the answer.
    Content,
    /// Text of the reasoning.
    Thinking,
}

impl Kind {
    /// Both, in the order of their numbers.
    pub const ALL: [Self; 2] = [Self::Content, Self::Thinking];
}

/// Runs of text, in order; neighbours of one kind are one run.
#[derive(Debug, Default)]
pub struct Batch {
    text: String,
    /// Each run's kind and where it ends in `text`.
    runs: Vec<(Kind, usize)>,
    tool_calls: Vec<serde_json::Value>,
}

impl Batch {
    /// Appends text; none is nothing.
    pub fn push(&mut self, kind: Kind, text: &str) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        match self.runs.last_mut() {
            Some((last, end)) if *last == kind => *end = self.text.len(),
            _ => self.runs.push((kind, self.text.len())),
        }
    }

    /// Appends a tool call: Ollama's object, whole.
    pub fn push_tool_call(&mut self, call: serde_json::Value) {
        self.tool_calls.push(call);
    }

    /// The runs of text, in order.
    pub fn runs(&self) -> impl Iterator<Item = (Kind, &str)> {
        let mut start = 0;
        self.runs.iter().map(move |(kind, end)| {
            let run = &self.text[start..*end];
            start = *end;
            (*kind, run)
        })
    }

    /// Takes the tool calls out.
    pub fn take_tool_calls(&mut self) -> std::vec::Drain<'_, serde_json::Value> {
        self.tool_calls.drain(..)
    }

    /// Appends all of another one, which is empty then.
    pub fn take_in(&mut self, other: &mut Self) {
        for (kind, text) in other.runs() {
            self.push(kind, text);
        }
        self.tool_calls.append(&mut other.tool_calls);
        other.clear();
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.tool_calls.is_empty()
    }

    /// Bytes of text in it.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Empties it, and keeps its room.
    pub fn clear(&mut self) {
        self.text.clear();
        self.runs.clear();
        self.tool_calls.clear();
    }
}
