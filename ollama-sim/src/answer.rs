//! An answer under way: each line when it is due, in chunks as the script
//! wants them. Which lines there are lives in `steps`, their spelling in
//! `lines`.

use std::future::pending;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, sleep_until};

use crate::fault::{Break, Fault};
use crate::lines::{Lines, Metrics, Shape};
use crate::quirk::Quirk;
use crate::refusal::Refusal;
use crate::request::Ask;
use crate::script::Script;
use crate::stats::Open;
use crate::steps::{Step, Steps, Tail};
use crate::token::Kind;

/// A chunk is closed once it has this many bytes: about 250 lines, enough to
/// make the cost of a chunk vanish.
const CHUNK: usize = 32 << 10;

/// How long the last bytes before a reset have to leave: hyper throws away
/// what is still in its buffer when the body fails.
const LAST_BYTES: Duration = Duration::from_millis(20);

/// What comes after the lines that are written.
#[derive(Debug, PartialEq, Eq)]
enum Ahead {
    Lines,
    Stall,
    Reset,
    End,
}

/// An answer under way.
#[derive(Debug)]
pub(crate) struct Answer {
    script: Script,
    steps: Steps,
    lines: Lines,
    ahead: Ahead,
    since: Since,
    /// When the first line was due.
    spoke: Option<Instant>,
    prompt_tokens: u64,
    /// A chunk has been handed over.
    begun: bool,
    // Last, so that it is the last to be dropped.
    open: Open,
}

/// When what comes before an answer took place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Since {
    pub(crate) asked: Instant,
    pub(crate) loaded: Instant,
}

impl Answer {
    /// The answer to `ask`, all waits before it being over.
    pub(crate) fn new(ask: Ask, shape: Shape, open: Open, since: Since) -> Self {
        Self {
            steps: Steps::new(&ask.script),
            lines: Lines::new(shape, &ask.model, &ask.script),
            script: ask.script,
            ahead: Ahead::Lines,
            since,
            spoke: None,
            prompt_tokens: ask.prompt_tokens,
            begun: false,
            open,
        }
    }

    /// Returns when there is something to send, or nothing more. Ollama holds
    /// back even the headers until then.
    pub(crate) async fn ready(&mut self) {
        if self.lines.len() == 0 && self.ahead == Ahead::Lines {
            self.fill().await;
        }
        if self.lines.len() == 0 && self.ahead == Ahead::Stall {
            pending::<()>().await;
        }
    }

    /// The next chunk of the body.
    pub(crate) async fn next(&mut self) -> Option<io::Result<Bytes>> {
        // Once pending, hyper sends what it has: each chunk leaves by itself.
        if self.begun && (self.script.cut.is_some() || self.script.batch.is_some()) {
            yield_now().await;
        }
        self.begun = true;
        self.ready().await;
        if self.lines.len() > 0 {
            let chunk = self
                .lines
                .take(self.script.cut.map_or(usize::MAX, usize::from));
            if self.lines.len() == 0 && self.ahead == Ahead::End {
                self.open.complete();
            }
            return Some(Ok(chunk));
        }
        let reset = self.ahead == Ahead::Reset;
        if reset {
            sleep(LAST_BYTES).await;
            self.ahead = Ahead::End;
        }
        self.open.complete();
        reset.then(|| {
            Err(io::Error::new(
                io::ErrorKind::ConnectionReset,
                "as the script says",
            ))
        })
    }

    /// Writes at least a line, and as many more as are due and fit.
    async fn fill(&mut self) {
        let most = self.script.batch.map_or(usize::MAX, usize::from);
        let mut written = 0;
        while self.ahead == Ahead::Lines && written < most && self.lines.len() < CHUNK {
            if let Some(due) = self.due() {
                // What is written goes out before a wait, unless a number of
                // lines is asked for.
                if written > 0 && self.script.batch.is_none() {
                    break;
                }
                sleep_until(due).await;
            }
            if written == 0 {
                self.lines.refresh();
            }
            match self.steps.next() {
                Some(step) => self.write(step),
                None => self.ahead = Ahead::End,
            }
            written += 1;
        }
    }

    /// When the next step may come, if that is later than now. The schedule
    /// counts from the first token, so that delays do not add up.
    fn due(&mut self) -> Option<Instant> {
        if self.script.rate == 0.0 && self.spoke.is_some() {
            return None;
        }
        let now = Instant::now();
        let start = *self.spoke.get_or_insert(now);
        if self.script.rate == 0.0 {
            return None;
        }
        let after = Duration::try_from_secs_f64(self.steps.begun() as f64 / self.script.rate);
        // What no clock can show is as good as never.
        let due = after.ok().and_then(|after| start.checked_add(after));
        Some(due.unwrap_or(now + Duration::from_secs(1 << 30))).filter(|due| *due > now)
    }

    fn write(&mut self, step: Step) {
        match step {
            Step::Token(token) => self.lines.token(&token),
            Step::Empty => self.lines.empty(),
            Step::Junk => self.lines.junk(),
            Step::Call => self.lines.call(),
            Step::Break(kind) => self.break_off(kind),
            Step::Done(tail) => {
                self.done(&tail);
                if !self.script.has(Quirk::NoNewline) {
                    self.lines.raw(self.lines.end());
                }
                self.finish();
            }
        }
    }

    /// After the last line. One that is too short for its promised length
    /// would lose its last bytes as well if it simply ended.
    fn finish(&mut self) {
        let short = self.script.fault == Some(Fault::BadLength);
        self.ahead = if short { Ahead::Reset } else { Ahead::End };
    }

    fn break_off(&mut self, kind: Break) {
        if let Some(line) = kind.line() {
            self.lines.failure(line);
        }
        self.ahead = match kind {
            Break::Stall => Ahead::Stall,
            Break::Reset => Ahead::Reset,
            _ => Ahead::End,
        };
    }

    /// Writes the done line without a line break.
    fn done(&mut self, tail: &Tail) {
        let metrics = self.metrics();
        let reason = if self.script.has(Quirk::Extra) {
            "sim_unknown"
        } else {
            &*self.script.reason
        };
        let reason = (!self.script.has(Quirk::NoReason)).then_some(reason);
        let metrics = (!self.script.has(Quirk::NoMetrics)).then_some(&metrics);
        self.lines.done(tail, reason, metrics);
    }

    fn metrics(&self) -> Metrics {
        let now = Instant::now();
        let Since { asked, loaded } = self.since;
        let spoke = self.spoke.unwrap_or(now);
        Metrics {
            total: now - asked,
            load: loaded - asked,
            prompt_tokens: self.prompt_tokens,
            prompt: spoke - loaded,
            tokens: self.steps.begun() as u64,
            eval: now - spoke,
        }
    }

    /// Writes the whole answer as one JSON object, for `stream: false`. A break
    /// in its midst is an error of the whole, except a clean end, which leaves
    /// what was said.
    pub(crate) async fn gather(&mut self) -> Result<(), Refusal> {
        let mut whole = Tail::default();
        loop {
            if let Some(due) = self.due() {
                sleep_until(due).await;
            }
            match self.steps.next() {
                Some(Step::Token(token)) => match token.kind {
                    Kind::Thinking => whole.thinking.push_str(&token.text),
                    Kind::Content => whole.content.push_str(&token.text),
                },
                Some(Step::Empty | Step::Junk) => {}
                Some(Step::Call) => whole.call = true,
                Some(Step::Done(tail)) => {
                    whole.thinking.push_str(&tail.thinking);
                    whole.content.push_str(&tail.content);
                    whole.call |= tail.call;
                }
                Some(Step::Break(Break::Stall)) => pending::<()>().await,
                Some(Step::Break(Break::Eof)) | None => break,
                Some(Step::Break(_)) => {
                    self.open.complete();
                    let text = "an error was encountered while running the model: unexpected EOF";
                    return Err(Refusal::internal(text));
                }
            }
        }
        self.done(&whole);
        self.finish();
        Ok(())
    }
}
