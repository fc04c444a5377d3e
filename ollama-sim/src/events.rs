//! How each event of OpenAI's API is spelt, as `lines` spells Ollama's lines:
//! from the same steps, so that the same scripts and faults can be asked for
//! by either.

use std::fmt::Write;

use bytes::{BufMut, BytesMut};

use crate::json::{escape, quoted};
use crate::lines::Metrics;
use crate::steps::Tail;
use crate::token::Kind;

/// A tool call in three fragments: who is called, and with what.
const CALL: [&str; 3] = [
    r#"{"index":0,"id":"call_ab12cd34","type":"function","function":{"name":"get_weather","arguments":""}}"#,
    r#"{"index":0,"function":{"arguments":"{\"city\":"}}"#,
    r#"{"index":0,"function":{"arguments":"\"Paris\"}"}}"#,
];

/// What ends a stream.
const LAST: &str = "data: [DONE]";

/// What every event begins with.
pub(crate) fn front(model: &str) -> BytesMut {
    let mut front = BytesMut::from(
        &br#"data: {"id":"chatcmpl-sim","object":"chat.completion.chunk","created":1700000000,"model":"#[..],
    );
    front.put_slice(&quoted(model));
    front
}

/// An event with a piece of text, up to its last brace.
pub(crate) fn piece(out: &mut BytesMut, front: &[u8], extra: &str, kind: Kind, text: &str) {
    begin(out, front, extra);
    out.put_slice(match kind {
        Kind::Thinking => br#"{"reasoning_content":""#,
        Kind::Content => br#"{"content":""#,
    });
    escape(text, out);
    out.put_slice(br#""},"finish_reason":null}]"#);
}

/// The events of a tool call.
pub(crate) fn call(out: &mut BytesMut, front: &[u8], extra: &str, end: &str) {
    for fragment in CALL {
        begin(out, front, extra);
        // Writing to a growing buffer cannot fail.
        let _ = write!(
            out,
            r#"{{"tool_calls":[{fragment}]}},"finish_reason":null}}]}}{end}"#
        );
    }
}

/// The events that end an answer, without the last line break.
pub(crate) fn done(
    out: &mut BytesMut,
    front: &[u8],
    (extra, end): (&str, &str),
    tail: &Tail,
    reason: Option<&str>,
    metrics: Option<&Metrics>,
) {
    for (kind, text) in [
        (Kind::Thinking, &tail.thinking),
        (Kind::Content, &tail.content),
    ] {
        if !text.is_empty() {
            piece(out, front, extra, kind, text);
            out.put_slice(b"}");
            out.put_slice(end.as_bytes());
        }
    }
    if tail.call {
        call(out, front, extra, end);
    }
    begin(out, front, extra);
    out.put_slice(br#"{},"finish_reason":"#);
    match reason {
        Some(reason) => out.put_slice(&quoted(reason)),
        None => out.put_slice(b"null"),
    }
    out.put_slice(b"}]}");
    out.put_slice(end.as_bytes());
    if let Some(metrics) = metrics {
        out.put_slice(front);
        let (prompt, tokens) = (metrics.prompt_tokens, metrics.tokens);
        let total = prompt + tokens;
        let _ = write!(
            out,
            r#","choices":[],"usage":{{"prompt_tokens":{prompt},"completion_tokens":{tokens},"total_tokens":{total}}}}}{end}"#
        );
    }
    out.put_slice(LAST.as_bytes());
}

fn begin(out: &mut BytesMut, front: &[u8], extra: &str) {
    out.put_slice(front);
    out.put_slice(extra.as_bytes());
    out.put_slice(br#","choices":[{"index":0,"delta":"#);
}
