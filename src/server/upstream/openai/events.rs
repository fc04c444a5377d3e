//! What the events of an answer come to: its text, its tool calls put together of their fragments, and its end.

use std::{ops::ControlFlow, time::Instant};

use serde_json::{Value, json};

use super::{
    super::{
        Batch, Finish, Kind,
        answer::Dialect,
        line::{Line, error_text},
    },
    event::{Event, Timings, Usage},
};

/// How long the arguments of all tool calls of an answer may be, in bytes, and how many calls there may be: they are not in
/// the log yet, which has a bound of its own.
const LONGEST_CALLS: usize = 1024 * 1024;
const MOST_CALLS: usize = 128;

/// What has been read of an answer.
#[derive(Debug, Default)]
pub struct Events {
    calls: Vec<Call>,
    /// How long their arguments are, in bytes.
    length: usize,
    /// Why no more comes, once that has been said.
    reason: Option<String>,
    usage: Usage,
    timings: Timings,
    /// When its first text came: most servers have no clock of their own.
    begun: Option<Instant>,
    end: Option<Line>,
    understood: usize,
    junk: usize,
}

/// A tool call of which not all may have come yet.
#[derive(Debug)]
struct Call {
    index: u64,
    id: String,
    name: String,
    /// JSON, as text.
    arguments: String,
}

impl Dialect for Events {
    fn take_in(&mut self, line: &[u8], batch: &mut Batch) -> ControlFlow<()> {
        let said = match line.split_first_chunk() {
            Some((b"data:", said)) => said.trim_ascii_start(),
            // A whole answer in one, of a server that does not stream.
            _ if line.starts_with(b"{") => line,
            // Older llama.cpp tells a failure so.
            _ if line.starts_with(b"error:") => {
                return self.fails(&line[b"error:".len()..]);
            }
            _ => {
                // Comments, and fields of the format that say nothing here, are passed over in silence.
                let known: [&[u8]; 4] = [b":", b"event:", b"id:", b"retry:"];
                self.junk += usize::from(!known.iter().any(|it| line.starts_with(it)));
                return ControlFlow::Continue(());
            }
        };
        if said == b"[DONE]" {
            self.understood += 1;
            self.end = Some(Line::Done(self.finish(batch)));
            return ControlFlow::Break(());
        }
        let Some(event) = Event::read(said) else {
            self.junk += 1;
            return ControlFlow::Continue(());
        };
        self.understood += 1;
        if let Some(error) = &event.error {
            self.end = Some(Line::Error(error_text(error)));
            return ControlFlow::Break(());
        }
        self.take(event, batch);
        if self.length > LONGEST_CALLS || self.calls.len() > MOST_CALLS {
            let sentence = format!(
                "it calls tools without an end: over {MOST_CALLS} calls, or 1 MB of arguments"
            );
            self.calls.clear();
            self.end = Some(Line::Error(sentence));
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn end(&mut self, is_over: bool, batch: &mut Batch) -> Option<Line> {
        // Some close without a last word once they have said why no more comes.
        let is_told = is_over && self.reason.is_some();
        let end = self.end.take();
        end.or_else(|| is_told.then(|| Line::Done(self.finish(batch))))
    }

    fn counts(&self) -> (usize, usize) {
        (self.understood, self.junk)
    }
}

impl Events {
    fn fails(&mut self, text: &[u8]) -> ControlFlow<()> {
        self.understood += 1;
        let text = String::from_utf8_lossy(text.trim_ascii()).into_owned();
        self.end = Some(Line::Error(error_text(&Value::String(text))));
        ControlFlow::Break(())
    }

    fn take(&mut self, event: Event<'_>, batch: &mut Batch) {
        if let Some(choice) = event.choices.0 {
            let delta = choice.delta;
            // Who sends both says the same by them.
            let thought = match &*delta.reasoning_content.0 {
                "" => &delta.reasoning,
                _ => &delta.reasoning_content,
            };
            batch.push(Kind::Thinking, &thought.0);
            batch.push(Kind::Content, &delta.content.0);
            if self.begun.is_none() && !batch.is_empty() {
                self.begun = Some(Instant::now());
            }
            for fragment in delta.tool_calls.iter().flatten() {
                self.join(fragment);
            }
            if !choice.finish_reason.0.is_empty() {
                self.reason = Some(match &*choice.finish_reason.0 {
                    // Ollama's word for it, which has none for this.
                    "tool_calls" | "function_call" => "stop".to_owned(),
                    reason => reason.to_owned(),
                });
            }
        }
        self.usage = event.usage.unwrap_or(self.usage);
        self.timings = event.timings.unwrap_or(self.timings);
    }

    /// Puts a fragment of a tool call to where it belongs.
    fn join(&mut self, fragment: &Value) {
        let text = |value: Option<&Value>| match value {
            Some(Value::String(text)) => text.clone(),
            // Some send the arguments as what they are.
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        let function = fragment.get("function");
        let of = |name: &str| text(function.and_then(|function| function.get(name)));
        let id = text(fragment.get("id"));
        let last = self.calls.last().map(|call| call.index);
        let next = || last.map_or(0, |last| last.saturating_add(1));
        // Who does not number them begins another one by its name.
        let index = fragment.get("index").and_then(Value::as_u64);
        let index = index.unwrap_or_else(|| match last {
            Some(last) if id.is_empty() && of("name").is_empty() => last,
            _ => next(),
        });
        let at = self.calls.iter().position(|call| call.index == index);
        let at = at.unwrap_or_else(|| {
            self.calls.push(Call {
                index,
                id: String::new(),
                name: String::new(),
                arguments: String::new(),
            });
            self.calls.len() - 1
        });
        let arguments = of("arguments");
        self.length += arguments.len() + id.len();
        let call = &mut self.calls[at];
        call.id.push_str(&id);
        call.name.push_str(&of("name"));
        call.arguments.push_str(&arguments);
    }

    /// Ends the answer: tool calls are whole now, and are told as Ollama tells them.
    fn finish(&mut self, batch: &mut Batch) -> Finish {
        for call in self.calls.drain(..) {
            let arguments = match call.arguments.trim() {
                "" => json!({}),
                text => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
            };
            let function = json!({"index": call.index, "name": call.name, "arguments": arguments});
            batch.push_tool_call(if call.id.is_empty() {
                json!({"function": function})
            } else {
                json!({"id": call.id, "function": function})
            });
        }
        let (told, measured) = (self.timings.predicted_ms, self.begun);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a time is positive, and not that long"
        )]
        let told = told.map(|milliseconds| (milliseconds * 1e6) as u64);
        let measured =
            measured.map(|begun| u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
        Finish {
            reason: self.reason.take(),
            prompt_tokens: self.usage.prompt_tokens,
            tokens: self.usage.completion_tokens.or(self.timings.predicted_n),
            nanoseconds: told.or(measured),
        }
    }
}

#[cfg(test)]
mod tests;
