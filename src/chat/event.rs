//! The frames of a stream: what a subscriber of a generation reads, one JSON object a frame.
//!
//! ```text
//! {"phase":"queued","ahead":2}   {"phase":"loading"}   {"phase":"reading"}   {"phase":"writing"}   {"phase":"silent"}
//! {"thinking":"text"}   {"delta":"text"}   {"tool_call":{…}}
//! {"snapshot":{"content":"…","thinking":"…","phase":"writing"}}
//! {"done":true,"status":"complete","reason":"stop","stats":{…},"error":{…}}
//! ```
//!
//! How frames are told apart is by their first member, so that the tutorial's client, which looks for `delta` and
//! `done` alone, reads them too. A member that this version does not know makes a frame
//! [`GenerationEvent::Unknown`], never an error. The bytes around the JSON are made in [`crate::sse`].

mod wire;

use serde::{Deserialize, Serialize};

use self::wire::{Wire, WireSnapshot};
use super::ToolCall;
use crate::error::Error;
#[cfg(feature = "ssr")]
use crate::words::Words;

/// One frame of a generation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub enum GenerationEvent {
    /// More of the answer.
    Delta(String),
    /// More of the reasoning that precedes an answer.
    Thinking(String),
    /// What the generation is doing.
    Phase(Phase),
    /// The model calls a tool.
    ToolCall(ToolCall),
    /// All there is up to this frame's id: it replaces what the reader had.
    Snapshot(Snapshot),
    /// The end; nothing follows.
    Done(Done),
    /// A frame of a later version: to be passed over.
    Unknown,
}

/// What a generation is doing, as far as a person waiting for it wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Waiting for others to end; with none ahead, as at the beginning, its turn has come.
    Queued {
        /// How many have to end first.
        ahead: u32,
    },
    /// The model is being loaded.
    Loading,
    /// The model has the question and has not yet written anything.
    Reading,
    /// Text is coming.
    Writing,
    /// The model is in memory and has sent nothing for long: it hangs, perhaps. It may do so before its first word or
    /// in the midst of its text; when text comes after all, it is [`Phase::Writing`] again.
    Silent,
}

impl Default for Phase {
    fn default() -> Self {
        Self::Queued { ahead: 0 }
    }
}

/// The whole of a generation at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WireSnapshot", into = "WireSnapshot")]
pub struct Snapshot {
    /// The answer so far.
    pub content: String,
    /// The reasoning so far.
    pub thinking: String,
    /// What it is doing.
    pub phase: Phase,
    /// The tools it has called so far.
    pub tool_calls: Vec<ToolCall>,
}

/// How a generation ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// In one word.
    pub status: Status,
    /// The model's own word for it: `stop`, `length`, and whatever else a server says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it cost.
    #[serde(default, skip_serializing_if = "Stats::is_empty")]
    pub stats: Stats,
    /// Why it failed or was interrupted; or that it has not been saved, however it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
}

impl Done {
    /// The same as it is told to people who read these words.
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn in_words(mut self, words: Words) -> Self {
        self.error = self.error.map(|error| error.in_words(words));
        self
    }

    /// Whether it is no good end.
    pub const fn has_failed(&self) -> bool {
        matches!(self.status, Status::Failed | Status::Interrupted)
    }
}

/// In one word: how a generation ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The model said that it was done.
    Complete,
    /// Somebody stopped it.
    Stopped,
    /// The stream broke off: the model's server went away, or Brooklet was shut down.
    Interrupted,
    /// The model's server reported an error.
    #[default]
    #[serde(other)]
    Failed,
}

/// What a generation cost. A number that the model's server did not give is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Tokens read: the prompt, cached ones included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_tokens: Option<u64>,
    /// Tokens written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// Tokens written a second, by the model's server's own clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_per_second: Option<f64>,
    /// Milliseconds that it thought before it answered, by Brooklet's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_ms: Option<u64>,
    /// Milliseconds from the request to the first token, by Brooklet's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<u64>,
    /// Whether the model was to think, and was asked anew without, since it cannot.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_thinking: bool,
}

impl Stats {
    /// Whether there is no number at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Phase {
    /// Its word, and how many are ahead where the word is `queued`.
    pub const fn words(self) -> (&'static str, Option<u32>) {
        match self {
            Self::Queued { ahead } => ("queued", Some(ahead)),
            Self::Loading => ("loading", None),
            Self::Reading => ("reading", None),
            Self::Writing => ("writing", None),
            Self::Silent => ("silent", None),
        }
    }

    /// The phase of these words; a word of a later version is read as [`Phase::Reading`].
    fn from_words(word: &str, ahead: Option<u32>) -> Self {
        match word {
            "queued" => Self::Queued {
                ahead: ahead.unwrap_or(0),
            },
            "loading" => Self::Loading,
            "writing" => Self::Writing,
            "silent" => Self::Silent,
            _ => Self::Reading,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;
    use crate::{error::ErrorKind, json};

    /// Every frame beside its JSON: the contract of the stream, read from both sides.
    #[test]
    fn every_frame_has_the_json_of_the_contract() {
        let frames = [
            (
                GenerationEvent::Delta("a \"b\"\n".into()),
                r#"{"delta":"a \"b\"\n"}"#,
            ),
            (
                GenerationEvent::Thinking("hm".into()),
                r#"{"thinking":"hm"}"#,
            ),
            (
                GenerationEvent::Phase(Phase::Queued { ahead: 2 }),
                r#"{"phase":"queued","ahead":2}"#,
            ),
            (
                GenerationEvent::Phase(Phase::Loading),
                r#"{"phase":"loading"}"#,
            ),
            (
                GenerationEvent::Phase(Phase::Silent),
                r#"{"phase":"silent"}"#,
            ),
            (
                GenerationEvent::ToolCall(ToolCall::from(
                    serde_json::json!({"function":{"name":"now"}}),
                )),
                r#"{"tool_call":{"function":{"name":"now"}}}"#,
            ),
            (
                GenerationEvent::Snapshot(Snapshot {
                    content: "so far".into(),
                    phase: Phase::Writing,
                    ..Snapshot::default()
                }),
                r#"{"snapshot":{"content":"so far","thinking":"","phase":"writing"}}"#,
            ),
            (
                GenerationEvent::Done(Done {
                    status: Status::Complete,
                    reason: Some("stop".into()),
                    stats: Stats {
                        tokens: Some(3),
                        ..Stats::default()
                    },
                    error: None,
                }),
                r#"{"done":true,"status":"complete","reason":"stop","stats":{"tokens":3}}"#,
            ),
            (
                GenerationEvent::Done(Done {
                    status: Status::Failed,
                    error: Some(Error::new(ErrorKind::Upstream, "It broke.")),
                    ..Done::default()
                }),
                r#"{"done":true,"status":"failed","error":{"kind":"upstream","message":"It broke."}}"#,
            ),
        ];
        for (event, wire) in frames {
            assert_eq!(serde_json::to_string(&event).unwrap(), wire);
            assert_eq!(
                serde_json::from_str::<GenerationEvent>(wire).unwrap(),
                event
            );
            let told: GenerationEvent = json::read(wire).unwrap();
            match (told, event) {
                // The page has no use for the object as it came.
                (GenerationEvent::ToolCall(told), GenerationEvent::ToolCall(call)) => {
                    assert_eq!((told.name, told.arguments), (call.name, call.arguments));
                }
                (told, event) => assert_eq!(told, event),
            }
        }
    }

    #[test]
    fn a_frame_of_a_later_version_is_passed_over() {
        let event: GenerationEvent = serde_json::from_str(r#"{"weather":{"rain":true}}"#).unwrap();
        assert_eq!(event, GenerationEvent::Unknown);
    }
}
