//! One line of Ollama's `/api/chat`, read.
//!
//! The usual line is read without a copy. What is not usual (a field of another type, a server that is only almost
//! Ollama) is read once more, leniently: unknown fields and values never fail, and what is not a JSON object at all
//! is [`Line::Junk`]. How lines make an answer is [`super::answer`]'s matter.

use std::ops::ControlFlow;

use serde::Deserialize;
use serde_json::Value;

use super::{Batch, Finish, Kind, answer::Dialect, text::Text};

/// What a line said, apart from the text, which went into the batch.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// More is to come.
    More,
    /// The model is done.
    Done(Finish),
    /// The server reports an error, in its own words.
    Error(String),
    /// Not a JSON object.
    Junk,
}

/// Reads a line; its text and tool calls go into `batch`.
pub fn read(line: &[u8], batch: &mut Batch) -> Line {
    match serde_json::from_slice::<Usual<'_>>(line) {
        Ok(usual) => usual.take_in(batch),
        Err(_) => match serde_json::from_slice(line) {
            Ok(Value::Object(fields)) => read_leniently(&fields, batch),
            _ => Line::Junk,
        },
    }
}

/// A line as Ollama documents it.
#[derive(Deserialize)]
struct Usual<'a> {
    #[serde(borrow, default)]
    message: UsualMessage<'a>,
    #[serde(default)]
    done: bool,
    #[serde(borrow, default)]
    done_reason: Text<'a>,
    prompt_eval_count: Option<u64>,
    eval_count: Option<u64>,
    eval_duration: Option<u64>,
    error: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UsualMessage<'a> {
    #[serde(borrow)]
    content: Text<'a>,
    #[serde(borrow)]
    thinking: Text<'a>,
    tool_calls: Option<Vec<Value>>,
}

impl Usual<'_> {
    fn take_in(self, batch: &mut Batch) -> Line {
        if let Some(error) = self.error {
            return Line::Error(error_text(&error));
        }
        batch.push(Kind::Thinking, &self.message.thinking.0);
        batch.push(Kind::Content, &self.message.content.0);
        for call in self.message.tool_calls.into_iter().flatten() {
            batch.push_tool_call(call);
        }
        if !self.done {
            return Line::More;
        }
        Line::Done(Finish {
            reason: Some(self.done_reason.0.into_owned()).filter(|reason| !reason.is_empty()),
            prompt_tokens: self.prompt_eval_count,
            tokens: self.eval_count,
            nanoseconds: self.eval_duration,
        })
    }
}

/// The same for a line in which something has an unexpected type: that thing is passed over.
fn read_leniently(fields: &serde_json::Map<String, Value>, batch: &mut Batch) -> Line {
    if let Some(error) = fields.get("error").filter(|error| !error.is_null()) {
        return Line::Error(error_text(error));
    }
    let message = fields.get("message");
    let text = |name| message.and_then(|message| message.get(name)?.as_str());
    batch.push(Kind::Thinking, text("thinking").unwrap_or_default());
    batch.push(Kind::Content, text("content").unwrap_or_default());
    let calls = message.and_then(|message| message.get("tool_calls")?.as_array());
    for call in calls.into_iter().flatten() {
        batch.push_tool_call(call.clone());
    }
    if fields.get("done").and_then(Value::as_bool) != Some(true) {
        return Line::More;
    }
    let number = |name| fields.get(name).and_then(Value::as_u64);
    Line::Done(Finish {
        reason: fields
            .get("done_reason")
            .and_then(|reason| reason.as_str().map(str::to_owned)),
        prompt_tokens: number("prompt_eval_count"),
        tokens: number("eval_count"),
        nanoseconds: number("eval_duration"),
    })
}

/// The sentence in an error, which comes as a string, as an object with `message`, or as a string that holds such an
/// object once more as JSON.
pub fn error_text(error: &Value) -> String {
    fn unwrap(error: &Value, depth: u8) -> Option<String> {
        match error {
            Value::String(text) => Some(
                serde_json::from_str::<Value>(text)
                    .ok()
                    .filter(|inner| inner.is_object() && depth > 0)
                    .and_then(|inner| unwrap(&inner, depth - 1))
                    .unwrap_or_else(|| text.clone()),
            ),
            Value::Object(fields) => ["error", "message"]
                .iter()
                .find_map(|name| fields.get(*name).filter(|inner| !inner.is_null()))
                .filter(|_| depth > 0)
                .and_then(|inner| unwrap(inner, depth - 1)),
            _ => None,
        }
    }
    unwrap(error, 4).unwrap_or_else(|| error.to_string())
}

/// The sentence in the body of an error answer; `None` when it is not Ollama's JSON.
pub fn error_in_body(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.get("error").map(error_text)
}

/// What the lines of an answer have come to so far.
#[derive(Debug, Default)]
pub struct Tally {
    /// The line that ended the answer.
    end: Option<Line>,
    /// Lines that were Ollama's.
    understood: usize,
    /// Lines that were not, and were passed over.
    junk: usize,
}

impl Dialect for Tally {
    fn take_in(&mut self, line: &[u8], batch: &mut Batch) -> ControlFlow<()> {
        match read(line, batch) {
            Line::Junk => self.junk += 1,
            Line::More => self.understood += 1,
            end => {
                self.understood += 1;
                self.end = Some(end);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    fn end(&mut self, _: bool, _: &mut Batch) -> Option<Line> {
        self.end.take()
    }

    fn counts(&self) -> (usize, usize) {
        (self.understood, self.junk)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::ndjson::Decoder, *};

    type Runs = Vec<(Kind, String)>;

    /// Everything that an upstream's bytes come to.
    fn events<'a>(
        chunks: impl Iterator<Item = &'a [u8]>,
    ) -> (Runs, Vec<Value>, Option<Line>, usize) {
        let (mut decoder, mut tally, mut batch) =
            (Decoder::default(), Tally::default(), Batch::default());
        let mut broken = false;
        for chunk in chunks {
            broken = decoder
                .push(chunk, |line| tally.take_in(line, &mut batch))
                .is_ok_and(|flow| flow.is_break());
            if broken {
                break;
            }
        }
        if !broken {
            let _ = decoder.finish(|line| tally.take_in(line, &mut batch));
        }
        let runs = batch
            .runs()
            .map(|(kind, text)| (kind, text.to_owned()))
            .collect();
        (
            runs,
            batch.take_tool_calls().collect(),
            tally.end,
            tally.junk,
        )
    }

    /// Lines as an upstream may send them: usual, odd, and no lines of Ollama's at all.
    fn any_line() -> impl Strategy<Value = String> {
        let text = "[a-zé🎉\\n\"<\u{0}\u{7f}]{0,12}";
        prop_oneof![
            8 => text.prop_map(|text| serde_json::json!({"message": {"content": text}}).to_string()),
            4 => text.prop_map(|text| serde_json::json!({"message": {"thinking": text, "content": ""}}).to_string()),
            1 => Just(r#"{"message":{"content":"a","tool_calls":[{"id":"1"}]}}"#.to_owned()),
            1 => Just(r#"{"message":{"content":7},"done":null,"new":[1]}"#.to_owned()),
            1 => Just(String::new()),
            1 => "[a-z<>{}\"]{1,9}",
            1 => Just(r#"{"done":true,"done_reason":"stop","eval_count":3}"#.to_owned()),
            1 => Just(r#"{"error":{"message":"it broke"}}"#.to_owned()),
        ]
    }

    proptest! {
        /// Any cut of any stream gives the same events.
        #[test]
        fn cuts_do_not_matter(
            lines in proptest::collection::vec((any_line(), prop_oneof![Just("\n"), Just("\r\n")]), 0..30),
            ended in any::<bool>(),
            cuts in proptest::collection::vec(1_usize..40, 0..200),
        ) {
            let mut bytes: Vec<u8> = Vec::new();
            for (line, end) in &lines {
                bytes.extend_from_slice(line.as_bytes());
                bytes.extend_from_slice(end.as_bytes());
            }
            if !ended {
                bytes.pop();
            }
            let mut rest = &bytes[..];
            let mut chunks = Vec::new();
            for cut in cuts {
                let (chunk, after) = rest.split_at(cut.min(rest.len()));
                chunks.push(chunk);
                rest = after;
            }
            chunks.push(rest);
            prop_assert_eq!(events(chunks.into_iter()), events([&bytes[..]].into_iter()));
        }
    }

    fn one(line: &str) -> (Line, Vec<(Kind, String)>) {
        let mut batch = Batch::default();
        let line = read(line.as_bytes(), &mut batch);
        let runs = batch.runs().map(|(kind, text)| (kind, text.to_owned()));
        (line, runs.collect())
    }

    #[test]
    fn lines_are_read_whatever_their_fields() {
        let content = |text: &str| vec![(Kind::Content, text.to_owned())];
        let cases = [
            (
                r#"{"message":{"content":"Hi"},"done":false}"#,
                Line::More,
                content("Hi"),
            ),
            (
                r#"{"message":{"content":"a\nb"}}"#,
                Line::More,
                content("a\nb"),
            ),
            (
                r#"{"message":{"content":null,"tool_calls":null}}"#,
                Line::More,
                vec![],
            ),
            (r#"{"message":null}"#, Line::More, vec![]),
            (
                r#"{"message":{"content":"x","role":7},"done":"no","new":{}}"#,
                Line::More,
                content("x"),
            ),
            (r#"{"message":{"content":7}}"#, Line::More, vec![]),
            (
                r#"{"done":true,"done_reason":3,"eval_count":-1}"#,
                Line::Done(Finish::default()),
                vec![],
            ),
            ("[1]", Line::Junk, vec![]),
            ("<html>", Line::Junk, vec![]),
        ];
        for (json, line, runs) in cases {
            assert_eq!(one(json), (line, runs), "{json}");
        }
    }

    #[test]
    fn thinking_comes_before_content_and_apart_from_it() {
        let (_, runs) = one(r#"{"message":{"content":"c","thinking":"t"}}"#);
        assert_eq!(
            runs,
            [
                (Kind::Thinking, "t".to_owned()),
                (Kind::Content, "c".to_owned())
            ]
        );
    }

    #[test]
    fn an_error_is_found_in_each_of_its_shapes() {
        for (json, text) in [
            (r#"{"error":"it broke"}"#, "it broke"),
            (r#"{"error":{"message":"it broke","type":"t"}}"#, "it broke"),
            (
                r#"{"error":"{\"error\":{\"message\":\"it broke\"}}"}"#,
                "it broke",
            ),
            (
                r#"{"error":{"error":{"code":400,"message":"it broke"}}}"#,
                "it broke",
            ),
            (r#"{"StatusCode":429,"error":"it broke"}"#, "it broke"),
            (r#"{"error":17}"#, "17"),
        ] {
            assert_eq!(one(json).0, Line::Error(text.to_owned()), "{json}");
        }
    }
}
