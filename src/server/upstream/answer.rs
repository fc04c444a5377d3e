//! One answer of Ollama's while it is coming: bytes to lines, lines to a batch, and what its end means.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_util::Stream;
use tracing::warn;

use super::{
    Batch, Fault, Finish, Reply,
    fault::excerpt,
    line::{Line, Tally},
    ndjson::{Decoder, TooLong},
    wire::Wire,
};

/// How much text is read in one go before readers get to see it.
const BATCH: usize = 64 * 1024;

/// Where an answer's bytes come from.
pub enum Body {
    /// A connection of our own.
    Wire(Wire),
    /// The client library.
    Client(Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>),
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

impl From<reqwest::Response> for Body {
    fn from(response: reqwest::Response) -> Self {
        Self::Client(Box::pin(response.bytes_stream()))
    }
}

impl Body {
    /// Gives `each` what has arrived. False: that was all.
    ///
    /// # Errors
    /// Why it broke off, in words.
    pub fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        mut each: impl FnMut(&[u8]),
    ) -> Poll<Result<bool, String>> {
        match self {
            Self::Wire(wire) => wire
                .poll_read(context, each)
                .map_err(|error| plainly(&error)),
            Self::Client(stream) => Poll::Ready(match ready!(stream.as_mut().poll_next(context)) {
                Some(Ok(bytes)) => {
                    each(&bytes);
                    Ok(true)
                }
                Some(Err(error)) => Err(innermost(&error)),
                None => Ok(false),
            }),
        }
    }

    /// Whether its connection can be used again once the body has been read to its end.
    const fn is_shared(&self) -> bool {
        matches!(self, Self::Client(_))
    }
}

/// An answer of Ollama's while it is coming.
#[derive(Debug)]
pub struct Answer {
    host: String,
    body: Body,
    lines: Lines,
    /// What the last line said: kept for one more look at the body, so that its connection can be used again.
    ended: Option<Result<Finish, Fault>>,
}

impl Answer {
    /// What `body`, which comes from `host`, says.
    pub fn new(host: String, body: Body) -> Self {
        Self {
            host,
            body,
            lines: Lines::default(),
            ended: None,
        }
    }
}

/// The lines of an answer, and what is needed to say what was wrong with them.
#[derive(Debug, Default)]
struct Lines {
    decoder: Decoder,
    tally: Tally,
    /// The answer's first bytes, as long as nothing in it was Ollama's.
    head: Vec<u8>,
}

impl Lines {
    /// Reads a chunk, or the rest at the end of the body; gives the line that ended the answer.
    fn read(&mut self, chunk: Option<&[u8]>, batch: &mut Batch) -> Result<Option<Line>, Fault> {
        let Self {
            decoder,
            tally,
            head,
        } = self;
        let each = |line: &[u8]| tally.take_in(line, batch);
        let decoded = match chunk {
            Some(chunk) => decoder.push(chunk, each),
            None => decoder.finish(each),
        };
        if let (Some(chunk), 0) = (chunk, tally.understood) {
            let room = 1024_usize.saturating_sub(head.len());
            head.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        match decoded {
            Ok(_) => Ok(tally.end.take()),
            Err(TooLong) => Err(Fault::Incomplete("a line of over 16 MB".into())),
        }
    }

    /// What the end of an answer means.
    fn conclude(&self, end: Option<Line>, cause: &str, host: &str) -> Result<Finish, Fault> {
        if self.tally.junk > 0 {
            warn!(lines = self.tally.junk, %host, "lines that are no JSON were passed over");
        }
        match end {
            Some(Line::Done(finish)) => Ok(finish),
            Some(Line::Error(sentence)) => Err(Fault::Model(sentence)),
            _ if self.tally.understood > 0 => Err(Fault::Incomplete(cause.to_owned())),
            _ if self.head.is_empty() => Err(Fault::Nothing(cause.to_owned())),
            _ => Err(Fault::NotOllama {
                host: host.to_owned(),
                text: excerpt(&self.head),
            }),
        }
    }
}

impl Reply for Answer {
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        batch: &mut Batch,
    ) -> Poll<Result<Option<Finish>, Fault>> {
        let Self {
            host,
            body,
            lines,
            ended,
        } = self;
        let mut progress = false;
        while batch.len() < BATCH && (ended.is_none() || body.is_shared()) {
            let mut read = Ok(None);
            let arrived = body.poll_read(context, |bytes| {
                if matches!(read, Ok(None)) {
                    read = lines.read(Some(bytes), batch);
                }
            });
            let Poll::Ready(more) = arrived else {
                if ended.is_none() && !progress {
                    return Poll::Pending;
                }
                break;
            };
            progress = true;
            if ended.is_some() {
                break;
            }
            *ended = Some(match (read?, more) {
                (None, Ok(true)) => continue,
                (None, Ok(false)) => {
                    let end = lines.read(None, batch)?;
                    lines.conclude(end, "the stream ended", host)
                }
                (None, Err(cause)) => lines.conclude(None, &cause, host),
                (end, _) => lines.conclude(end, "", host),
            });
        }
        Poll::Ready(ended.take().transpose())
    }
}

/// The innermost reason of an error, which is the one that a person can do something about.
pub fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    plainly(cause)
}

/// A cause in the middle of a sentence.
pub fn plainly(cause: &dyn std::error::Error) -> String {
    let text = cause.to_string();
    // `Connection refused (os error 111)`: the number tells a person nothing.
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_lowercase().chain(characters).collect())
        .unwrap_or_default()
}
