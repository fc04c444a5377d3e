//! How each line of an answer is spelt, byte by byte. It runs once per token,
//! so whatever does not change is spelt once; which lines there are lives in
//! `steps`.

use std::fmt::Write;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};

use crate::clock::{self, STAMP};
use crate::events;
use crate::json::{escape, quoted};
use crate::quirk::Quirk;
use crate::script::Script;
use crate::steps::Tail;
use crate::token::{Kind, Token};

/// Which endpoint's lines these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Chat,
    Generate,
    /// Not lines but events, of another API.
    OpenAi,
}

/// The tool call of the quirks `tool` and `tooldone`.
const CALL: &str = concat!(
    r#","tool_calls":[{"id":"call_ab12cd34","function":{"index":0,"name":"get_weather","#,
    r#""arguments":{"city":"Paris"}}}]"#
);

/// The unknown fields of the quirk `extra`.
const EXTRA: &str = r#","sim_future":{"list":[1,null,"x"],"kind":"sim-unknown"},"logprobs":null"#;

/// A line as some proxies and loggers slip it in.
const JUNK: &str = "I am not JSON {";

/// How long everything took and how much it was. Zeros are not written, as Go
/// omits them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Metrics {
    pub(crate) total: Duration,
    pub(crate) load: Duration,
    pub(crate) prompt_tokens: u64,
    pub(crate) prompt: Duration,
    pub(crate) tokens: u64,
    pub(crate) eval: Duration,
}

impl Metrics {
    fn write(&self, out: &mut BytesMut) {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let fields = [
            ("total_duration", nanos(self.total)),
            ("load_duration", nanos(self.load)),
            ("prompt_eval_count", self.prompt_tokens),
            ("prompt_eval_duration", nanos(self.prompt)),
            ("eval_count", self.tokens),
            ("eval_duration", nanos(self.eval)),
        ];
        for (name, number) in fields.into_iter().filter(|(_, number)| *number > 0) {
            // Writing to a growing buffer cannot fail.
            let _ = write!(out, ",\"{name}\":{number}");
        }
    }
}

/// The lines of one answer that are written and not yet taken.
#[derive(Debug)]
pub(crate) struct Lines {
    out: BytesMut,
    shape: Shape,
    /// `{"model":"…","created_at":"`
    front: BytesMut,
    stamp: [u8; STAMP],
    /// What comes between the time and the content, and after the message.
    around: (&'static str, &'static str),
    extra: &'static str,
    end: &'static str,
    /// What the next content line is padded to.
    long: usize,
}

impl Lines {
    pub(crate) fn new(shape: Shape, model: &str, script: &Script) -> Self {
        let front = if shape == Shape::OpenAi {
            events::front(model)
        } else {
            let mut front = BytesMut::from(&b"{\"model\":"[..]);
            front.put_slice(&quoted(model));
            front.put_slice(b",\"created_at\":\"");
            front
        };
        // An event ends with a blank line.
        let is_event = shape == Shape::OpenAi;
        Self {
            out: BytesMut::new(),
            shape,
            front,
            stamp: clock::rfc3339(clock::since_epoch()),
            around: match shape {
                Shape::Chat => (r#","message":{"role":"assistant","content":""#, "}"),
                Shape::Generate | Shape::OpenAi => (r#","response":""#, ""),
            },
            extra: if script.has(Quirk::Extra) { EXTRA } else { "" },
            end: match (
                script.has(Quirk::Crlf),
                script.has(Quirk::Blank) || is_event,
            ) {
                (false, false) => "\n",
                (false, true) => "\n\n",
                (true, false) => "\r\n",
                (true, true) => "\r\n\r\n",
            },
            long: script.long,
        }
    }

    /// How many bytes are waiting.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    /// Takes the first `most` bytes, or all if there are fewer.
    pub(crate) fn take(&mut self, most: usize) -> Bytes {
        self.out.split_to(most.min(self.out.len())).freeze()
    }

    /// Sets the time that the lines from now on carry. One time for a chunk
    /// is precise enough, and all that full speed can afford.
    pub(crate) fn refresh(&mut self) {
        self.stamp = clock::rfc3339(clock::since_epoch());
    }

    pub(crate) fn token(&mut self, token: &Token) {
        let start = self.out.len();
        match (self.shape, token.kind) {
            (Shape::OpenAi, kind) => {
                events::piece(&mut self.out, &self.front, self.extra, kind, &token.text);
            }
            (_, Kind::Thinking) => self.message("", &token.text, false),
            (_, Kind::Content) => self.message(&token.text, "", false),
        }
        if self.shape != Shape::OpenAi {
            self.out.put_slice(b",\"done\":false");
        }
        if self.long > 0 && token.kind == Kind::Content {
            self.pad(start);
        }
        self.out.put_slice(b"}");
        self.out.put_slice(self.end.as_bytes());
    }

    pub(crate) fn empty(&mut self) {
        if self.shape == Shape::OpenAi {
            events::piece(&mut self.out, &self.front, self.extra, Kind::Content, "");
            self.raw("}");
            return self.raw(self.end);
        }
        self.message("", "", false);
        self.not_done();
    }

    pub(crate) fn call(&mut self) {
        if self.shape == Shape::OpenAi {
            return events::call(&mut self.out, &self.front, self.extra, self.end);
        }
        self.message("", "", true);
        self.not_done();
    }

    /// A line that says that it failed, with its line break if it has one.
    pub(crate) fn failure(&mut self, line: &str) {
        if self.shape == Shape::OpenAi {
            self.raw("data: ");
        }
        self.raw(line);
    }

    pub(crate) fn junk(&mut self) {
        self.raw(JUNK);
        self.raw(self.end);
    }

    /// Text as it is, without a line break.
    pub(crate) fn raw(&mut self, text: &str) {
        self.out.put_slice(text.as_bytes());
    }

    /// The done line, without a line break.
    pub(crate) fn done(&mut self, tail: &Tail, reason: Option<&str>, metrics: Option<&Metrics>) {
        if self.shape == Shape::OpenAi {
            let around = (self.extra, self.end);
            return events::done(&mut self.out, &self.front, around, tail, reason, metrics);
        }
        self.message(&tail.content, &tail.thinking, tail.call);
        self.raw(",\"done\":true");
        if let Some(reason) = reason {
            self.raw(",\"done_reason\":\"");
            escape(reason, &mut self.out);
            self.raw("\"");
        }
        if let Some(metrics) = metrics {
            metrics.write(&mut self.out);
        }
        self.raw("}");
    }

    /// What ends a line.
    pub(crate) const fn end(&self) -> &'static str {
        self.end
    }

    fn not_done(&mut self) {
        self.raw(",\"done\":false}");
        self.raw(self.end);
    }

    /// Everything up to the end of the message.
    fn message(&mut self, content: &str, thinking: &str, call: bool) {
        let (before, after) = self.around;
        let out = &mut self.out;
        out.put_slice(&self.front);
        out.put_slice(&self.stamp);
        out.put_slice(b"\"");
        out.put_slice(self.extra.as_bytes());
        out.put_slice(before.as_bytes());
        escape(content, out);
        out.put_slice(b"\"");
        if !thinking.is_empty() {
            out.put_slice(b",\"thinking\":\"");
            escape(thinking, out);
            out.put_slice(b"\"");
        }
        if call {
            out.put_slice(CALL.as_bytes());
        }
        out.put_slice(after.as_bytes());
    }

    /// Pads the line that began at `start` to the length asked for, once.
    fn pad(&mut self, start: usize) {
        const FIELD: &str = ",\"padding\":\"";
        let length = self.out.len() - start + FIELD.len() + "\"}".len();
        let missing = std::mem::take(&mut self.long).saturating_sub(length);
        self.raw(FIELD);
        self.out.put_bytes(b'x', missing);
        self.raw("\"");
    }
}
