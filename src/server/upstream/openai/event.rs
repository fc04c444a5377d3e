//! One event of an answer, read: the JSON behind `data:`.
//!
//! The usual event is read without a copy. What is not usual is read once more, leniently: unknown fields and values never
//! fail.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use serde_json::Value;

use super::super::text::Text;

/// What an event says.
#[derive(Debug, Default, Deserialize)]
pub struct Event<'a> {
    /// What is said, and why no more is.
    #[serde(borrow, default)]
    pub choices: First<'a>,
    /// What it has come to.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// llama.cpp's clock.
    #[serde(default)]
    pub timings: Option<Timings>,
    /// That it failed.
    #[serde(default)]
    pub error: Option<Value>,
}

/// The first of the choices: there is one, unless several were asked for.
#[derive(Debug, Default)]
pub struct First<'a>(pub Option<Choice<'a>>);

/// An answer, or a piece of one.
#[derive(Debug, Default, Deserialize)]
pub struct Choice<'a> {
    /// A piece of it; the whole of it, where a server does not stream.
    #[serde(borrow, default, alias = "message")]
    pub delta: Delta<'a>,
    /// Why no more comes: `stop`, `length`, `tool_calls`, …
    #[serde(borrow, default)]
    pub finish_reason: Text<'a>,
}

/// A piece of an answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Delta<'a> {
    /// Text of the answer.
    #[serde(borrow)]
    pub content: Text<'a>,
    /// Text of the reasoning, as most call it.
    #[serde(borrow)]
    pub reasoning_content: Text<'a>,
    /// The same, as Ollama and newer vLLM do.
    #[serde(borrow)]
    pub reasoning: Text<'a>,
    /// Calls of tools, or fragments of them.
    pub tool_calls: Option<Vec<Value>>,
}

/// Tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Of the prompt.
    pub prompt_tokens: Option<u64>,
    /// Of the answer.
    pub completion_tokens: Option<u64>,
}

/// llama.cpp's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Timings {
    /// For how long the answer was written, in milliseconds.
    pub predicted_ms: Option<f64>,
    /// How many tokens it has.
    pub predicted_n: Option<u64>,
}

impl<'a> Event<'a> {
    /// Reads one; `None`: it is no JSON object.
    pub fn read(json: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(json).ok().or_else(|| {
            let fields: serde_json::Map<String, Value> = serde_json::from_slice(json).ok()?;
            Some(leniently(&fields))
        })
    }
}

/// One in which something has an unexpected type: that thing is passed over.
fn leniently(fields: &serde_json::Map<String, Value>) -> Event<'static> {
    let choice = fields.get("choices").and_then(|choices| choices.get(0));
    let of = |name: &str| choice.and_then(|choice| choice.get(name));
    let delta = of("delta").or_else(|| of("message"));
    let text = |value: Option<&Value>| {
        let text = value.and_then(Value::as_str).unwrap_or_default();
        Text(text.to_owned().into())
    };
    let part = |name: &str| delta.and_then(|delta| delta.get(name));
    let calls = part("tool_calls").and_then(Value::as_array);
    let read = |name: &str| fields.get(name).cloned().unwrap_or_default();
    Event {
        choices: First(choice.map(|_| Choice {
            delta: Delta {
                content: text(part("content")),
                reasoning_content: text(part("reasoning_content")),
                reasoning: text(part("reasoning")),
                tool_calls: calls.cloned(),
            },
            finish_reason: text(of("finish_reason")),
        })),
        usage: serde_json::from_value(read("usage")).ok().flatten(),
        timings: serde_json::from_value(read("timings")).ok().flatten(),
        error: fields
            .get("error")
            .filter(|error| !error.is_null())
            .cloned(),
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for First<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FirstVisitor;

        impl<'de> Visitor<'de> for FirstVisitor {
            type Value = First<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list or null")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let first = list.next_element()?;
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(First(first))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(First::default())
            }
        }

        deserializer.deserialize_any(FirstVisitor)
    }
}
