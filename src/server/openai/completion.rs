//! An answer as one object: `chat.completion`. What an answer's end is called in OpenAI's words, and what it cost, are
//! here for streams too.

use serde::Serialize;
use serde_json::Value;

use super::{Answer, call::Call};
use crate::chat::{Done, Snapshot, Stats};

/// An answer: `{"id":…,"object":"chat.completion","created":…,"model":…,"choices":[{…}],"usage":{…}}`.
#[derive(Debug, Serialize)]
pub struct Completion {
    #[serde(flatten)]
    answer: Answer,
    object: &'static str,
    choices: [Choice; 1],
    usage: Usage,
}

#[derive(Debug, Serialize)]
struct Choice {
    index: usize,
    message: Message,
    finish_reason: &'static str,
}

#[derive(Debug, Serialize)]
struct Message {
    role: &'static str,
    /// Nothing where tools are called without a word.
    content: Option<String>,
    /// As DeepSeek and llama.cpp have it; OpenAI's own models do not tell.
    #[serde(skip_serializing_if = "String::is_empty")]
    reasoning_content: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Value>,
}

/// What an answer cost, in tokens. What Ollama does not count is 0.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Usage {
    prompt_tokens: u64,
    /// Thoughts among them.
    completion_tokens: u64,
    total_tokens: u64,
}

impl From<Stats> for Usage {
    fn from(stats: Stats) -> Self {
        let (read, written) = (stats.prompt_tokens, stats.tokens);
        let (prompt_tokens, completion_tokens) =
            (read.unwrap_or_default(), written.unwrap_or_default());
        Self {
            prompt_tokens,
            completion_tokens,
            total_tokens: prompt_tokens.saturating_add(completion_tokens),
        }
    }
}

/// Why a whole answer ended, after so many calls of tools.
pub fn finish_reason(done: &Done, calls: usize) -> &'static str {
    match done.reason.as_deref() {
        _ if calls > 0 => "tool_calls",
        Some("length") => "length",
        _ => "stop",
    }
}

impl Completion {
    /// All that has been said, and how it ended.
    pub fn new(answer: Answer, all: Snapshot, done: &Done) -> Self {
        let calls = all.tool_calls.into_iter().map(Value::from).enumerate();
        let calls = calls.map(|(number, call)| {
            // A call has nothing that JSON cannot say.
            serde_json::to_value(Call::of(&call, number, &answer.id)).unwrap_or_default()
        });
        let tool_calls: Vec<_> = calls.collect();
        let is_silent = all.content.is_empty() && !tool_calls.is_empty();
        Self {
            choices: [Choice {
                index: 0,
                finish_reason: finish_reason(done, tool_calls.len()),
                message: Message {
                    role: "assistant",
                    content: (!is_silent).then_some(all.content),
                    reasoning_content: all.thinking,
                    tool_calls,
                },
            }],
            answer,
            object: "chat.completion",
            usage: done.stats.into(),
        }
    }
}
