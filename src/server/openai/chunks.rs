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
        one_shot::Asked,
        upstream::Kind,
    },
    Answer, Refusal,
    call::Call,
    completion::{Usage, finish_reason},
};
use crate::{chat::Done, sse};

/// The chunks of an answer as bytes.
#[derive(Debug)]
pub struct Chunks {
    reader: Reader,
    keep_alive: KeepAlive,
    form: Form,
    /// Whether anything was written.
    begun: bool,
    ended: bool,
    /// When the reader leaves, its chunks are dropped, and the upstream with them.
    _asked: Asked,
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

impl Chunks {
    /// Those of what has been asked, with what it cost if that is wanted.
    pub fn new(answer: &Answer, asked: Asked, usage: bool) -> Self {
        Self {
            reader: asked.generation.read(),
            keep_alive: KeepAlive::default(),
            form: Form::new(answer, usage),
            begun: false,
            ended: false,
            _asked: asked,
        }
    }
}

impl sse::Source for Chunks {
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
