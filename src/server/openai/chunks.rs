//! An answer as a stream: `chat.completion.chunk`s.
//!
//! ```text
//! data: {"id":…,"object":"chat.completion.chunk","created":…,"model":…,"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}
//! data: {…"delta":{"reasoning_content":"…"}…}      data: {…"delta":{"content":"…"}…}      data: {…"delta":{"tool_calls":[{…}]}…}
//! data: {…"delta":{},"finish_reason":"stop"…}
//! data: {…"choices":[],"usage":{…}}                 with `stream_options.include_usage`; others have `"usage":null` then
//! data: [DONE]
//! ```
//!
//! An answer that fails ends with `data: {"error":{…}}`, and without `[DONE]`. Text that has come meanwhile is one chunk,
//! as in [`generation::frames`](super::super::generation::frames); phases are not told, silence is broken by comments.

use std::task::{Context, Poll, ready};

use serde::Serialize;

use super::{
    super::{
        generation::{KeepAlive, Piece, Reader},
        upstream::Kind,
    },
    Answer, Refusal,
    call::Call,
    completion::{Usage, finish_reason},
};
use crate::{chat::Done, sse};

/// The chunks of an answer as bytes.
#[derive(Debug)]
pub struct Chunks<T> {
    reader: Reader,
    keep_alive: KeepAlive,
    form: Form,
    /// Whether anything was written.
    begun: bool,
    ended: bool,
    /// What lives as long as the reader does.
    _kept: T,
}

/// How a chunk is written.
#[derive(Debug)]
struct Form {
    /// What every chunk begins with, up to its choices.
    front: Vec<u8>,
    /// The answer's id.
    id: String,
    /// Whether what it cost is to be told.
    usage: bool,
    /// How many tools have been called.
    calls: usize,
}

impl<T> Chunks<T> {
    /// Those of what is read, with what it cost if that is wanted; `kept` is kept for as long as there is a reader.
    pub fn new(answer: &Answer, reader: Reader, usage: bool, kept: T) -> Self {
        Self {
            reader,
            keep_alive: KeepAlive::default(),
            form: Form::new(answer, usage),
            begun: false,
            ended: false,
            _kept: kept,
        }
    }
}

impl<T: Send + 'static> sse::Source for Chunks<T> {
    /// About 64 kB of text at the most.
    fn poll_fill(&mut self, context: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<bool> {
        let before = out.len();
        loop {
            if self.ended {
                return Poll::Ready(false);
            }
            if !std::mem::replace(&mut self.begun, true) {
                self.form
                    .write_delta(out, b"\"role\":\"assistant\",\"content\":", "");
            }
            let form = &mut self.form;
            let read = self
                .reader
                .poll_read(context, |_, piece| form.write(out, piece));
            if let Poll::Ready(ended) = read {
                self.ended = ended;
            }
            if out.len() > before {
                self.keep_alive.written();
                return Poll::Ready(true);
            }
            // What was read was nothing for this reader, or there was nothing.
            if read.is_pending() {
                ready!(self.keep_alive.poll_due(context));
                out.extend_from_slice(sse::COMMENT);
                return Poll::Ready(true);
            }
        }
    }
}

impl Form {
    fn new(answer: &Answer, usage: bool) -> Self {
        let mut front = Vec::new();
        write_json(&mut front, answer);
        // The object goes on.
        front.pop();
        front.extend_from_slice(b",\"object\":\"chat.completion.chunk\",\"choices\":[");
        Self {
            front,
            id: answer.id.clone(),
            usage,
            calls: 0,
        }
    }

    /// Writes a piece. Text, which is nearly all there is, is written without a copy.
    fn write(&mut self, out: &mut Vec<u8>, piece: Piece<'_>) {
        match piece {
            Piece::Text(Kind::Content, text) => self.write_delta(out, b"\"content\":", text),
            Piece::Text(Kind::Thinking, text) => {
                self.write_delta(out, b"\"reasoning_content\":", text);
            }
            Piece::ToolCall(call) => {
                let mut call = Call::of(call, self.calls, &self.id);
                call.index = Some(self.calls);
                self.calls += 1;
                self.write_delta(out, b"\"tool_calls\":", &[call]);
            }
            Piece::Done(done) => self.write_end(out, done),
            // A reader from the first entry on is given no snapshot.
            Piece::Phase(_) | Piece::Snapshot(_) => {}
        }
    }

    /// Writes a chunk whose delta ends with this member.
    fn write_delta(&self, out: &mut Vec<u8>, member: &[u8], value: &(impl Serialize + ?Sized)) {
        self.write_chunk(out, |json| {
            json.extend_from_slice(b"{\"index\":0,\"delta\":{");
            json.extend_from_slice(member);
            write_json(json, value);
            json.extend_from_slice(b"},\"finish_reason\":null}");
        });
    }

    fn write_end(&self, out: &mut Vec<u8>, done: &Done) {
        if let Some(error) = &done.error {
            let refusal = Refusal::from(error.clone());
            sse::write_frame(out, None, |json| write_json(json, &refusal.body()));
            return;
        }
        self.write_chunk(out, |json| {
            json.extend_from_slice(b"{\"index\":0,\"delta\":{},\"finish_reason\":");
            write_json(json, finish_reason(done, self.calls));
            json.push(b'}');
        });
        if self.usage {
            sse::write_frame(out, None, |json| {
                json.extend_from_slice(&self.front);
                json.extend_from_slice(b"],\"usage\":");
                write_json(json, &Usage::from(done.stats));
                json.push(b'}');
            });
        }
        sse::write_frame(out, None, |json| json.extend_from_slice(b"[DONE]"));
    }

    fn write_chunk(&self, out: &mut Vec<u8>, choice: impl FnOnce(&mut Vec<u8>)) {
        sse::write_frame(out, None, |json| {
            json.extend_from_slice(&self.front);
            choice(json);
            let end: &[u8] = if self.usage {
                b"],\"usage\":null}"
            } else {
                b"]}"
            };
            json.extend_from_slice(end);
        });
    }
}

/// Writes what JSON can always say; writing to a Vec cannot fail.
fn write_json(json: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    let _ = serde_json::to_writer(json, value);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use std::{future::poll_fn, sync::Arc, time::Duration};

    use serde_json::{Value, json};
    use tokio::time::Instant;

    use super::*;
    use crate::{
        chat::{Phase, Status},
        error::{Error, ErrorKind},
        server::{generation::Generation, upstream::Batch},
        sse::Source,
    };

    fn chunks(generation: &Arc<Generation>) -> Chunks<()> {
        let answer = Answer {
            id: "chatcmpl-1".to_owned(),
            created: 7,
            model: "a \"model\"".to_owned(),
        };
        Chunks::new(&answer, generation.read(), false, ())
    }

    /// What the next connection that can take bytes is given; `None` at the end.
    async fn next(chunks: &mut Chunks<()>) -> Option<String> {
        let mut out = Vec::new();
        let more = poll_fn(|context| chunks.poll_fill(context, &mut out)).await;
        more.then(|| String::from_utf8_lossy(&out).into_owned())
    }

    fn say(generation: &Generation, kind: Kind, text: &str) {
        let mut batch = Batch::default();
        batch.push(kind, text);
        generation.log.append(&mut batch);
    }

    /// The deltas and what else there is in frames.
    fn deltas(frames: &str) -> Vec<Value> {
        let frames = frames.split_terminator("\n\n").map(|frame| {
            let frame: Value = serde_json::from_str(frame.strip_prefix("data: ").unwrap()).unwrap();
            frame.pointer("/choices/0/delta").cloned().unwrap_or(frame)
        });
        frames.collect()
    }

    /// By a clock that stands still until there is nothing to do.
    #[tokio::test(start_paused = true)]
    async fn the_role_comes_at_once_and_then_comments_until_there_is_text() {
        let generation = Generation::new(Arc::default(), "m".to_owned());
        let mut chunks = chunks(&generation);
        let begun = Instant::now();
        assert_eq!(
            next(&mut chunks).await.as_deref(),
            Some(concat!(
                r#"data: {"id":"chatcmpl-1","created":7,"model":"a \"model\"","object":"chat.completion.chunk","#,
                r#""choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
                "\n\n"
            ))
        );
        assert_eq!(begun.elapsed(), Duration::ZERO);
        // Where it stands in the queue is told to nobody here, and keeps no connection alive.
        generation.log.phase(Phase::Queued { ahead: 3 });
        generation.log.phase(Phase::Loading);
        let comment = next(&mut chunks).await.unwrap();
        assert_eq!(comment.as_bytes(), sse::COMMENT);
        assert!(begun.elapsed() <= Duration::from_secs(15));
        say(&generation, Kind::Content, "a");
        say(&generation, Kind::Content, "b");
        let frames = next(&mut chunks).await.unwrap();
        assert_eq!(deltas(&frames), [json!({"content": "ab"})]);
    }

    #[tokio::test]
    async fn pieces_keep_their_order_and_calls_are_counted() {
        let generation = Generation::new(Arc::default(), "m".to_owned());
        let mut chunks = chunks(&generation);
        next(&mut chunks).await;
        say(&generation, Kind::Thinking, "hm");
        say(&generation, Kind::Content, "so");
        let mut batch = Batch::default();
        for name in ["f", "g"] {
            batch.push_tool_call(json!({"function": {"name": name, "arguments": {}}}));
        }
        generation.log.append(&mut batch);
        generation.log.finish(Done {
            status: Status::Complete,
            ..Done::default()
        });
        let frames = next(&mut chunks).await.unwrap();
        let whole = frames.strip_suffix("data: [DONE]\n\n").unwrap();
        let call = |index: usize, name: &str| {
            let function = json!({"name": name, "arguments": "{}"});
            let id = format!("call_1_{index}");
            json!({"tool_calls": [{"index": index, "id": id, "type": "function", "function": function}]})
        };
        let expected = [
            json!({"reasoning_content": "hm"}),
            json!({"content": "so"}),
            call(0, "f"),
            call(1, "g"),
            json!({}),
        ];
        assert_eq!(deltas(whole), expected);
        assert_eq!(next(&mut chunks).await, None);
    }

    #[tokio::test]
    async fn an_error_is_the_last_frame() {
        let generation = Generation::new(Arc::default(), "m".to_owned());
        let mut chunks = chunks(&generation);
        next(&mut chunks).await;
        generation.log.finish(Done {
            error: Some(Error::new(ErrorKind::Stopping, "Brooklet ends.")),
            ..Done::default()
        });
        let frames = next(&mut chunks).await.unwrap();
        let error = json!({
            "message": "Brooklet ends.", "type": "server_error", "param": null, "code": "shutting_down",
        });
        assert_eq!(deltas(&frames), [json!({ "error": error })]);
        assert_eq!(next(&mut chunks).await, None);
    }
}
