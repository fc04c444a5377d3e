//! Frames as their JSON has them: how the server and programs write and read it, and how the page does.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Done, GenerationEvent, Phase, Snapshot, Stats, Status};
use crate::{
    chat::ToolCall,
    error::Error,
    json::{Told, Value, told::told},
};

/// A frame as its JSON has it: every member of every frame, all optional.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Wire {
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ahead: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call: Option<ToolCall>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<Snapshot>,
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Stats::is_empty")]
    stats: Stats,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Error>,
}

impl From<Wire> for GenerationEvent {
    fn from(wire: Wire) -> Self {
        match wire {
            Wire {
                delta: Some(text), ..
            } => Self::Delta(text),
            Wire {
                thinking: Some(text),
                ..
            } => Self::Thinking(text),
            Wire {
                snapshot: Some(snapshot),
                ..
            } => Self::Snapshot(snapshot),
            Wire {
                done: Some(true),
                status,
                reason,
                stats,
                error,
                ..
            } => Self::Done(Done {
                status: status.unwrap_or_default(),
                reason,
                stats,
                error,
            }),
            Wire {
                phase: Some(word),
                ahead,
                ..
            } => Self::Phase(Phase::from_words(&word, ahead)),
            Wire {
                tool_call: Some(call),
                ..
            } => Self::ToolCall(call),
            _ => Self::Unknown,
        }
    }
}

impl From<GenerationEvent> for Wire {
    fn from(event: GenerationEvent) -> Self {
        let mut wire = Self::default();
        match event {
            GenerationEvent::Delta(text) => wire.delta = Some(text),
            GenerationEvent::Thinking(text) => wire.thinking = Some(text),
            GenerationEvent::Phase(phase) => {
                let (word, ahead) = phase.words();
                (wire.phase, wire.ahead) = (Some(word.into()), ahead);
            }
            GenerationEvent::ToolCall(call) => wire.tool_call = Some(call),
            GenerationEvent::Snapshot(snapshot) => wire.snapshot = Some(snapshot),
            GenerationEvent::Done(done) => {
                wire.done = Some(true);
                wire.status = Some(done.status);
                wire.reason = done.reason;
                wire.stats = done.stats;
                wire.error = done.error;
            }
            GenerationEvent::Unknown => {}
        }
        wire
    }
}

told! {
    Done { status, reason, stats, error }
    Stats { prompt_tokens, tokens, tokens_per_second, thinking_ms, first_token_ms, without_thinking }
}

impl Told for Status {
    fn told(json: &Value) -> Self {
        match json.text().unwrap_or_default().as_str() {
            "complete" => Self::Complete,
            "stopped" => Self::Stopped,
            "interrupted" => Self::Interrupted,
            _ => Self::Failed,
        }
    }
}

impl Told for Phase {
    /// Of the object that the words are in.
    fn told(json: &Value) -> Self {
        let word = String::told(&json.get("phase"));
        Self::from_words(&word, Told::told(&json.get("ahead")))
    }
}

impl Told for Snapshot {
    fn told(json: &Value) -> Self {
        Self {
            content: Told::told(&json.get("content")),
            thinking: Told::told(&json.get("thinking")),
            phase: Told::told(json),
            tool_calls: Told::told(&json.get("tool_calls")),
        }
    }
}

impl Told for GenerationEvent {
    fn told(json: &Value) -> Self {
        if let Some(text) = json.get("delta").text() {
            Self::Delta(text)
        } else if let Some(text) = json.get("thinking").text() {
            Self::Thinking(text)
        } else if let Some(snapshot) = Told::told(&json.get("snapshot")) {
            Self::Snapshot(snapshot)
        } else if json.get("done").is_true() {
            Self::Done(Told::told(json))
        } else if !json.get("phase").is_nothing() {
            Self::Phase(Told::told(json))
        } else if let Some(call) = Told::told(&json.get("tool_call")) {
            Self::ToolCall(call)
        } else {
            Self::Unknown
        }
    }
}

/// A snapshot as its JSON has it: the phase's words beside the text.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct WireSnapshot {
    content: String,
    thinking: String,
    phase: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ahead: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<ToolCall>,
}

impl From<WireSnapshot> for Snapshot {
    fn from(wire: WireSnapshot) -> Self {
        Self {
            content: wire.content,
            thinking: wire.thinking,
            phase: Phase::from_words(&wire.phase, wire.ahead),
            tool_calls: wire.tool_calls,
        }
    }
}

impl From<Snapshot> for WireSnapshot {
    fn from(snapshot: Snapshot) -> Self {
        let (word, ahead) = snapshot.phase.words();
        Self {
            content: snapshot.content,
            thinking: snapshot.thinking,
            phase: word.into(),
            ahead,
            tool_calls: snapshot.tool_calls,
        }
    }
}
