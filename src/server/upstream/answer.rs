//! One answer while it is coming: bytes to lines, lines to a batch, and what its end means. What a line says is its
//! [`Dialect`]'s matter.

use std::{
    ops::ControlFlow,
    task::{Context, Poll},
};

use tracing::warn;

use super::{
    Batch, Fault, Finish, Reply,
    body::Body,
    fault::excerpt,
    line::Line,
    ndjson::{Decoder, TooLong},
};

/// How much text is read in one go before readers get to see it.
const BATCH: usize = 64 * 1024;

/// What the lines of an answer come to, in the language that a server speaks.
pub trait Dialect: Default + Send {
    /// Reads a line into `batch`; breaks when it ends the answer.
    fn take_in(&mut self, line: &[u8], batch: &mut Batch) -> ControlFlow<()>;

    /// The line that has ended the answer, or, at the end of the body, what has been said in place of one.
    fn end(&mut self, is_over: bool, batch: &mut Batch) -> Option<Line>;

    /// How many lines were of this language, and how many were not and were passed over.
    fn counts(&self) -> (usize, usize);
}

/// An answer while it is coming.
#[derive(Debug)]
pub struct Answer<D> {
    host: String,
    body: Body,
    lines: Lines<D>,
    /// What the last line said: kept for one more look at the body, so that its connection can be used again.
    ended: Option<Result<Finish, Fault>>,
}

impl<D: Dialect> Answer<D> {
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
struct Lines<D> {
    decoder: Decoder,
    dialect: D,
    /// The answer's first bytes, as long as nothing in it was of the language.
    head: Vec<u8>,
}

impl<D: Dialect> Lines<D> {
    /// Reads a chunk, or the rest at the end of the body; gives the line that ended the answer.
    fn read(&mut self, chunk: Option<&[u8]>, batch: &mut Batch) -> Result<Option<Line>, Fault> {
        let Self {
            decoder,
            dialect,
            head,
        } = self;
        let each = |line: &[u8]| dialect.take_in(line, batch);
        let decoded = match chunk {
            Some(chunk) => decoder.push(chunk, each),
            None => decoder.finish(each),
        };
        if let (Some(chunk), (0, _)) = (chunk, dialect.counts()) {
            let room = 1024_usize.saturating_sub(head.len());
            head.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        match decoded {
            Ok(_) => Ok(dialect.end(chunk.is_none(), batch)),
            Err(TooLong) => Err(Fault::Incomplete("a line of over 16 MB".into())),
        }
    }

    /// What the end of an answer means.
    fn conclude(&self, end: Option<Line>, cause: &str, host: &str) -> Result<Finish, Fault> {
        let (understood, junk) = self.dialect.counts();
        if junk > 0 {
            warn!(lines = junk, %host, "lines that are no JSON were passed over");
        }
        match end {
            Some(Line::Done(finish)) => Ok(finish),
            Some(Line::Error(sentence)) => Err(Fault::Model(sentence)),
            _ if understood > 0 => Err(Fault::Incomplete(cause.to_owned())),
            _ if self.head.is_empty() => Err(Fault::Nothing(cause.to_owned())),
            _ => Err(Fault::NotOllama {
                host: host.to_owned(),
                text: excerpt(&self.head),
            }),
        }
    }
}

impl<D: Dialect> Reply for Answer<D> {
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
