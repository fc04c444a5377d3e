//! What can go wrong, told to people: one error type for the whole boundary.
//!
//! An [`Error`] leaves Brooklet in one of two ways: before a stream has begun as an HTTP status with a JSON body
//! (`server::reply`), after it has begun as the `error` of the last frame ([`crate::chat::Done`]). Causes inside the
//! server (a refused connection, a broken line) have types of their own and become an `Error` where they leave it.

use std::fmt;

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::words::{Sentence, told as sentences};
use crate::{
    json::{self, Told, Value, told::told},
    words::Words,
};

/// What went wrong, in one word for programs.
///
/// A word that this version does not know is read as [`ErrorKind::Internal`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The request cannot be understood: the message names the field.
    BadRequest,
    /// Nobody who is known has asked: sign in, or show a key.
    SignedOut,
    /// The request came from another web site's page, asked for a host name that is not ours, or for what its caller may
    /// not do.
    Forbidden,
    /// There is no such model, generation, chat or message (any more).
    NotFound,
    /// The request's body is larger than the server takes.
    TooLarge,
    /// The request's URL is longer than the server takes.
    TooLong,
    /// The request's body came too slowly.
    TooSlow,
    /// The model's server took the request and said no: a model without thinking asked to think, for one.
    Refused,
    /// The model's server does not answer at its address.
    Unreachable,
    /// The model's server answered with something that is no answer, or failed.
    Upstream,
    /// The model's server is full: try again later.
    Busy,
    /// Its caller has asked too often, or had enough for now.
    Limited,
    /// Nobody had followed the generation for long.
    Abandoned,
    /// Brooklet is shutting down.
    Stopping,
    /// An answer that may be whole, but has not been saved.
    Unsaved,
    /// Brooklet itself could not be reached: made by the browser, never sent.
    Offline,
    /// A fault in Brooklet.
    #[default]
    #[serde(other)]
    Internal,
}

impl ErrorKind {
    /// The HTTP status that goes with it.
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest | Self::Refused => 400,
            Self::SignedOut => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::TooSlow => 408,
            Self::TooLarge => 413,
            Self::TooLong => 414,
            Self::Limited => 429,
            Self::Unreachable | Self::Upstream => 502,
            Self::Busy | Self::Abandoned | Self::Stopping | Self::Offline => 503,
            Self::Internal | Self::Unsaved => 500,
        }
    }

    /// How long to wait before trying again, in seconds; for the kinds that pass by themselves.
    pub const fn retry_after(self) -> Option<u32> {
        match self {
            Self::Busy => Some(5),
            Self::Stopping => Some(2),
            _ => None,
        }
    }
}

/// An error as it is told to people and programs: `{"kind":"not_found","message":"…"}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// One word for programs.
    #[serde(default)]
    pub kind: ErrorKind,
    /// Whole sentences: what happened, why, and what to do.
    #[serde(default)]
    pub message: String,
    /// The same by names, one after the other, so that it can be said in another language; empty: it is in English alone.
    #[cfg(feature = "ssr")]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<Sentence>,
    /// How long to wait before trying again, in seconds, where that is known better than by the kind.
    #[cfg(feature = "ssr")]
    #[serde(skip)]
    pub wait: Option<u32>,
}

/// What every fallible call at the boundary gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The largest request body that is taken, in bytes.
pub const MAX_BODY: usize = 10_000_000;

/// How the message of a 502 begins, so that a program can tell whose fault it was by the text alone.
const UPSTREAM_PREFIX: &str = "upstream error: ";

impl Error {
    /// An error of this kind with this text.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            #[cfg(feature = "ssr")]
            said: Vec::new(),
            #[cfg(feature = "ssr")]
            wait: None,
        }
    }

    /// An error of this kind that this is told of, in whatever language.
    #[cfg(feature = "ssr")]
    pub fn told(kind: ErrorKind, sentence: Sentence) -> Self {
        let message = sentence.said_in(Words::default()).unwrap_or_default();
        Self {
            said: vec![sentence],
            ..Self::new(kind, message)
        }
    }

    /// This error, which passes after so many seconds.
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn after(self, seconds: u32) -> Self {
        Self {
            wait: Some(seconds),
            ..self
        }
    }

    /// How long to wait before trying again, in seconds; `None`: it does not pass by itself.
    #[cfg(feature = "ssr")]
    pub fn retry_after(&self) -> Option<u32> {
        self.wait.or_else(|| self.kind.retry_after())
    }

    /// This error, and that there is something else to be told.
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn and(mut self, sentence: Sentence) -> Self {
        if self.said.is_empty() {
            self.said.push(sentences::as_is(&self.message));
        }
        self.said.push(sentence);
        let message = self.in_words(Words::default()).message;
        Self { message, ..self }
    }

    /// The same as it is told to people who read these words.
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn in_words(&self, words: Words) -> Self {
        let said = self.said.iter().map(|sentence| sentence.said_in(words));
        let said: Option<Vec<_>> = said.collect();
        let said = said.filter(|said| !said.is_empty());
        // A sentence of a later version is told as that one has put it.
        let message = said.map_or_else(|| self.message.clone(), |said| said.join(" "));
        Self::new(self.kind, message)
    }

    /// The request cannot be understood.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::BadRequest, message)
    }

    /// The request's body is larger than [`MAX_BODY`].
    #[cfg(feature = "ssr")]
    pub fn too_large() -> Self {
        let megabytes = (MAX_BODY / 1_000_000).to_string();
        Self::told(ErrorKind::TooLarge, sentences::too_large(&megabytes))
    }

    /// The body of the HTTP answer that carries this error.
    pub fn body(&self) -> ErrorBody {
        let mut error = Self::new(self.kind, self.message.clone());
        if self.kind.status() == 502 {
            error.message.insert_str(0, UPSTREAM_PREFIX);
        }
        ErrorBody { error }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// The JSON of an error answer: `{"error":{"kind":"bad_request","message":"…"}}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The error itself; a 502's message begins with `upstream error: `.
    pub error: Error,
}

impl From<ErrorBody> for Error {
    fn from(body: ErrorBody) -> Self {
        let mut error = body.error;
        if let Some(cause) = error.message.strip_prefix(UPSTREAM_PREFIX) {
            error.message = cause.to_owned();
        }
        error
    }
}

told! {
    ErrorBody { error }
}

impl Told for Error {
    fn told(json: &Value) -> Self {
        let message: String = Told::told(&json.get("message"));
        Self::new(Told::told(&json.get("kind")), message)
    }
}

impl Told for ErrorKind {
    fn told(json: &Value) -> Self {
        match json.text().unwrap_or_default().as_str() {
            "bad_request" => Self::BadRequest,
            "signed_out" => Self::SignedOut,
            "forbidden" => Self::Forbidden,
            "not_found" => Self::NotFound,
            "too_large" => Self::TooLarge,
            "refused" => Self::Refused,
            "unreachable" => Self::Unreachable,
            "upstream" => Self::Upstream,
            "busy" => Self::Busy,
            "limited" => Self::Limited,
            "abandoned" => Self::Abandoned,
            "stopping" => Self::Stopping,
            "unsaved" => Self::Unsaved,
            "offline" => Self::Offline,
            _ => Self::Internal,
        }
    }
}

/// How long to wait before a server function is tried again, in seconds: leptos carries an error's status and body, but no
/// header. 0: it does not pass by itself.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug, Default)]
pub struct Wait(std::sync::Arc<std::sync::atomic::AtomicU32>);

#[cfg(feature = "ssr")]
impl Wait {
    /// How long.
    pub fn get(&self) -> u32 {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn set(&self, seconds: Option<u32>) {
        let seconds = seconds.unwrap_or_default();
        self.0.store(seconds, std::sync::atomic::Ordering::Relaxed);
    }
}

/// How server functions carry an [`Error`]: the same JSON and status as everywhere else.
#[derive(Debug)]
pub struct ErrorEncoding;

impl leptos::server_fn::ContentType for ErrorEncoding {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl leptos::server_fn::FormatType for ErrorEncoding {
    const FORMAT_TYPE: leptos::server_fn::Format = leptos::server_fn::Format::Text;
}

impl leptos::server_fn::Encodes<Error> for ErrorEncoding {
    type Error = serde_json::Error;

    fn encode(error: &Error) -> Result<leptos::server_fn::Bytes, Self::Error> {
        #[cfg(feature = "ssr")]
        if let Some(wait) = leptos::prelude::use_context::<Wait>() {
            wait.set(error.retry_after());
        }
        // Where leptos answers it is known to whom.
        #[cfg(feature = "ssr")]
        let error = &error.in_words(Words::here());
        <JsonEncoding as leptos::server_fn::Encodes<ErrorBody>>::encode(&error.body())
    }
}

impl leptos::server_fn::Decodes<Error> for ErrorEncoding {
    type Error = &'static str;

    fn decode(bytes: leptos::server_fn::Bytes) -> Result<Error, Self::Error> {
        let text = str::from_utf8(&bytes).ok();
        let body: Option<ErrorBody> = text.and_then(json::read);
        body.map(Error::from).ok_or("no JSON")
    }
}

impl FromServerFnError for Error {
    type Encoder = ErrorEncoding;

    fn from_server_fn_error(fault: ServerFnErrorErr) -> Self {
        match fault {
            // In the browser this is about an answer that is not ours, such as a proxy's error page.
            ServerFnErrorErr::Deserialization(_) if cfg!(not(feature = "ssr")) => {
                Self::new(ErrorKind::Offline, Words::here().not_brooklet())
            }
            ServerFnErrorErr::Args(why) | ServerFnErrorErr::Deserialization(why) => {
                Self::bad_request(format!("The request could not be read: {why}."))
            }
            ServerFnErrorErr::MissingArg(name) => {
                Self::bad_request(format!("The request lacks `{name}`."))
            }
            ServerFnErrorErr::Request(_) => {
                Self::new(ErrorKind::Offline, Words::here().unreachable())
            }
            other => Self::new(ErrorKind::Internal, format!("Brooklet failed: {other}.")),
        }
    }

    fn status_code(&self) -> http::StatusCode {
        http::StatusCode::from_u16(self.kind.status())
            .unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    #[test]
    fn a_502_names_the_upstream_on_the_wire_and_only_there() {
        let error = Error::new(ErrorKind::Upstream, "Ollama fell over.");
        let wire = serde_json::to_string(&error.body()).unwrap();
        assert_eq!(
            wire,
            r#"{"error":{"kind":"upstream","message":"upstream error: Ollama fell over."}}"#
        );
        let back: ErrorBody = serde_json::from_str(&wire).unwrap();
        assert_eq!(Error::from(back), error);
    }

    #[test]
    fn the_page_reads_every_kind() {
        for kind in [
            ErrorKind::BadRequest,
            ErrorKind::SignedOut,
            ErrorKind::Forbidden,
            ErrorKind::NotFound,
            ErrorKind::TooLarge,
            ErrorKind::Refused,
            ErrorKind::Unreachable,
            ErrorKind::Upstream,
            ErrorKind::Busy,
            ErrorKind::Limited,
            ErrorKind::Abandoned,
            ErrorKind::Stopping,
            ErrorKind::Unsaved,
            ErrorKind::Offline,
            ErrorKind::Internal,
        ] {
            let body = Error::new(kind, "No.").body();
            let wire = serde_json::to_string(&body).unwrap();
            let read: ErrorBody = json::read(&wire).unwrap();
            assert_eq!(Error::from(read), Error::new(kind, "No."));
        }
    }

    #[test]
    fn an_unknown_kind_from_a_newer_server_is_still_read() {
        let error: Error = serde_json::from_str(r#"{"kind":"quota","message":"No."}"#).unwrap();
        assert_eq!(error, Error::new(ErrorKind::Internal, "No."));
    }
}
