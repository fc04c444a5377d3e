//! The reducer: an [`Answer`] is what a stream's frames add up to, whatever happened to the connection meanwhile.
//!
//! Pure data: the browser feeds it from an `EventSource`, tests feed it by hand. When the page draws it is decided
//! elsewhere (`client::frames`).

use super::{Done, GenerationEvent, Phase, ToolCall};

/// An answer as far as it has been read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The id of the last frame taken in; 0 before the first.
    pub seq: u64,
    /// The answer's text.
    pub content: String,
    /// The reasoning's text.
    pub thinking: String,
    /// The tools that the model has called.
    pub tool_calls: Vec<ToolCall>,
    /// Which of the texts there are though they are not here: the server has them, and the page shows them already.
    pub kept: Kept,
    /// Whether reasoning is what came last.
    pub thinks: bool,
    /// What the generation is doing.
    pub phase: Phase,
    /// How often a snapshot has replaced the text: who draws by appending must start again when it changes.
    pub epoch: u32,
    /// How it ended; `None` while it runs.
    pub done: Option<Done>,
}

/// Which texts of an answer the page shows though they have not been read here: the server has drawn them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// What is said.
    pub content: bool,
    /// The reasoning.
    pub thinking: bool,
}

impl Answer {
    /// Takes in the frame with this id.
    ///
    /// A frame that has been seen is passed over: a reader that resumes may be told a thing twice, the person never.
    pub fn apply(&mut self, seq: u64, event: GenerationEvent) {
        let replaces = matches!(event, GenerationEvent::Snapshot(_));
        if self.done.is_some() || (seq <= self.seq && !replaces) {
            return;
        }
        self.seq = seq;
        self.thinks = match event {
            GenerationEvent::Thinking(_) => true,
            GenerationEvent::Delta(_) | GenerationEvent::Snapshot(_) => false,
            _ => self.thinks,
        };
        match event {
            GenerationEvent::Delta(text) => self.content.push_str(&text),
            GenerationEvent::Thinking(text) => self.thinking.push_str(&text),
            GenerationEvent::Phase(phase) => self.phase = phase,
            GenerationEvent::Snapshot(snapshot) => {
                // What is the same so far need not be drawn anew.
                if !snapshot.content.starts_with(&self.content)
                    || !snapshot.thinking.starts_with(&self.thinking)
                {
                    self.epoch += 1;
                }
                self.kept = Kept::default();
                self.content = snapshot.content;
                self.thinking = snapshot.thinking;
                self.tool_calls = snapshot.tool_calls;
                self.phase = snapshot.phase;
            }
            GenerationEvent::Done(done) => self.done = Some(done),
            GenerationEvent::ToolCall(call) => self.tool_calls.push(call),
            GenerationEvent::Unknown => {}
        }
    }

    /// Opens an answer that has ended for more: what is there stays, and what comes follows it, under numbers of its
    /// own.
    pub fn go_on(&mut self) {
        self.seq = 0;
        self.phase = Phase::default();
        self.done = None;
    }

    /// Whether there is any text of the answer.
    pub fn has_content(&self) -> bool {
        self.kept.content || !self.content.is_empty()
    }

    /// Whether there is any reasoning.
    pub fn has_thinking(&self) -> bool {
        self.kept.thinking || !self.thinking.is_empty()
    }

    /// Whether reasoning comes: before the answer's text, or again in the midst of it.
    pub fn is_musing(&self) -> bool {
        self.done.is_none() && (self.thinks || !self.has_content())
    }

    /// Begins anew, with nothing.
    pub fn clear(&mut self) {
        self.epoch += 1;
        self.content.clear();
        self.thinking.clear();
        self.tool_calls.clear();
        self.kept = Kept::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Snapshot, Status};

    fn delta(text: &str) -> GenerationEvent {
        GenerationEvent::Delta(text.into())
    }

    #[test]
    fn a_frame_told_twice_is_read_once() {
        let mut answer = Answer::default();
        answer.apply(1, delta("a"));
        answer.apply(1, delta("a"));
        answer.apply(2, delta("b"));
        assert_eq!(answer.content, "ab");
    }

    #[test]
    fn a_snapshot_replaces_and_says_so_only_if_it_differs() {
        let snapshot = |content: &str| {
            GenerationEvent::Snapshot(Snapshot {
                content: content.into(),
                ..Snapshot::default()
            })
        };
        let mut answer = Answer::default();
        answer.apply(1, delta("ab"));
        answer.apply(5, snapshot("abcd"));
        assert_eq!(
            (answer.content.as_str(), answer.epoch, answer.seq),
            ("abcd", 0, 5)
        );
        answer.apply(3, snapshot("xy"));
        assert_eq!(
            (answer.content.as_str(), answer.epoch, answer.seq),
            ("xy", 1, 3)
        );
    }

    #[test]
    fn an_answer_that_goes_on_is_not_drawn_anew() {
        let mut answer = Answer::default();
        answer.apply(7, delta("ab"));
        answer.apply(8, GenerationEvent::Done(Done::default()));
        answer.go_on();
        let snapshot = Snapshot {
            content: "ab".into(),
            ..Snapshot::default()
        };
        answer.apply(1, GenerationEvent::Snapshot(snapshot));
        answer.apply(2, delta("c"));
        assert_eq!((answer.content.as_str(), answer.epoch), ("abc", 0));
        assert_eq!(answer.done, None);
    }

    #[test]
    fn a_model_may_think_again() {
        let thought = || GenerationEvent::Thinking("hm".into());
        let mut answer = Answer::default();
        let mut musing = Vec::new();
        let events = [
            thought(),
            delta("a"),
            GenerationEvent::Phase(Phase::Writing),
            thought(),
            delta("b"),
            thought(),
            GenerationEvent::Done(Done::default()),
        ];
        for (seq, event) in (1..).zip(events) {
            answer.apply(seq, event);
            musing.push(answer.is_musing());
        }
        assert_eq!(musing, [true, false, false, true, false, true, false]);
        assert_eq!((&*answer.content, &*answer.thinking), ("ab", "hmhmhm"));
    }

    #[test]
    fn nothing_follows_the_end() {
        let mut answer = Answer::default();
        answer.apply(
            1,
            GenerationEvent::Done(Done {
                status: Status::Stopped,
                ..Done::default()
            }),
        );
        answer.apply(2, delta("late"));
        assert_eq!(answer.content, "");
    }
}
