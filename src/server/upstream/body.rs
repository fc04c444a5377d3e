//! The body of an answer while it is coming, from wherever it comes; and why it broke off, in words.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_util::Stream;

use super::wire::Wire;

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
    pub const fn is_shared(&self) -> bool {
        matches!(self, Self::Client(_))
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
