//! Where the tokens come from: one trait, [`Upstream`], and who fulfils it.
//!
//! | file | noun |
//! |---|---|
//! | [`batch`] | [`Batch`]: what has been decoded and is not yet in a log |
//! | [`ndjson`] | bytes in, lines out |
//! | [`line`](mod@line) | one line of Ollama's, read |
//! | [`text`] | text in a line, borrowed |
//! | [`fault`] | what can go wrong, in sentences |
//! | [`host`] | `OLLAMA_HOST` in all its forms |
//! | [`ollama`] | Ollama over HTTP |
//! | [`openai`] | servers that speak OpenAI's API |
//! | [`others`] | what is said at the start of servers beside Ollama |
//! | [`pool`] | several Ollamas as one |
//! | [`several`] | several servers as one |
//! | [`http`] | a server, and how it is asked |
//! | [`answer`] | one answer while it is coming |
//! | [`body`] | the body of one |
//! | [`wire`] | the connection of one answer, read by whoever wants the answer |
//! | [`chunks`] | what frames the body of an HTTP answer |
//! | [`demo`] | the built-in demo, and the choice between it and Ollama |
//!
//! Nothing here knows of our own HTTP, of generations or of stores.

pub mod answer;
pub mod batch;
pub mod body;
pub mod chunks;
pub mod demo;
pub mod fault;
pub mod host;
pub mod http;
pub mod line;
pub mod ndjson;
pub mod ollama;
pub mod openai;
pub mod others;
pub mod pool;
pub mod several;
pub mod text;
pub mod wire;

use std::task::{Context, Poll};

use serde::Serialize;

pub use batch::{Batch, Kind};
pub use fault::Fault;
pub use host::Host;

use super::Boxed;
use crate::chat::Model;

/// A server with models.
pub trait Upstream: Send + Sync + 'static {
    /// Asks a model. Completes when the server has begun to answer, which with Ollama is at its first token: minutes,
    /// when it has to load the model first. Dropping the future, or the [`Reply`], cancels at once.
    ///
    /// # Errors
    /// [`Fault`] says why the server did not begin to answer.
    fn chat(&self, ask: Ask) -> Boxed<'_, Result<Box<dyn Reply>, Fault>>;

    /// Lists the models, in the server's order.
    ///
    /// # Errors
    /// [`Fault`] says why the server did not tell.
    fn models(&self) -> Boxed<'_, Result<Vec<Model>, Fault>>;

    /// Whether a model is in memory, ready to read.
    ///
    /// # Errors
    /// [`Fault`] says why the server did not tell.
    fn is_loaded<'a>(&'a self, model: &'a str) -> Boxed<'a, Result<bool, Fault>>;

    /// Takes a model out of memory; completes when it is gone, or soon if the server waits for other answers by it.
    ///
    /// # Errors
    /// [`Fault`] says why the server did not do it.
    fn unload<'a>(&'a self, model: &'a str) -> Boxed<'a, Result<(), Fault>>;

    /// Which server answers for a model: the models of one server share its queue.
    fn server_of<'a>(&'a self, model: &'a str) -> &'a str;

    /// How many machines that server is: each has places of its own in its queue.
    fn servers_of(&self, _model: &str) -> usize {
        1
    }
}

/// An answer while it is coming.
pub trait Reply: Send {
    /// Reads all that has arrived into `batch`: `Ok(None)` says that there is more to come.
    ///
    /// # Errors
    /// A [`Fault`] ends the answer; what had arrived before it is in `batch`.
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        batch: &mut Batch,
    ) -> Poll<Result<Option<Finish>, Fault>>;
}

impl dyn Reply {
    /// Waits until something has been read into `batch`, or the answer has ended.
    ///
    /// # Errors
    /// As [`Reply::poll_read`].
    pub async fn read(&mut self, batch: &mut Batch) -> Result<Option<Finish>, Fault> {
        std::future::poll_fn(|context| self.poll_read(context, batch)).await
    }
}

/// How a model ended an answer by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finish {
    /// The server's word: `stop`, `length`, …
    pub reason: Option<String>,
    /// Tokens of the prompt.
    pub prompt_tokens: Option<u64>,
    /// Tokens of the answer.
    pub tokens: Option<u64>,
    /// Nanoseconds spent on writing the answer.
    pub nanoseconds: Option<u64>,
}

impl Finish {
    /// Tokens a second, to a tenth.
    pub fn tokens_per_second(&self) -> Option<f64> {
        let (tokens, nanoseconds) = (self.tokens?, self.nanoseconds.filter(|n| *n > 0)?);
        #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = tokens as f64 * 1e9 / nanoseconds as f64;
        Some((rate * 10.0).round() / 10.0)
    }
}

/// What a model is asked: Ollama's own names, which other servers' adapters translate.
#[derive(Clone, Debug, Serialize)]
pub struct Ask {
    /// Which model.
    pub model: String,
    /// The conversation: objects with `role` and `content`, the newest last.
    pub messages: Vec<serde_json::Value>,
    /// Always true: an answer is a stream.
    pub stream: bool,
    /// Whether, or how hard, to think first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub think: Option<serde_json::Value>,
    /// How long the model stays in memory after the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<serde_json::Value>,
    /// Ollama's model options.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<serde_json::Map<String, serde_json::Value>>,
    /// The form that the answer is held to: `"json"`, or a JSON Schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<serde_json::Value>,
    /// The tools that the model may call: objects with `type` and `function`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<serde_json::Value>,
}

impl Ask {
    /// How the model is asked, apart from what: a JSON object. It has what a chat keeps, which has no format and no tools.
    pub fn manner(&self) -> String {
        #[derive(Serialize)]
        struct Manner<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            think: Option<&'a serde_json::Value>,
            #[serde(skip_serializing_if = "Option::is_none")]
            keep_alive: Option<&'a serde_json::Value>,
            #[serde(skip_serializing_if = "Option::is_none")]
            options: Option<&'a serde_json::Map<String, serde_json::Value>>,
        }
        let manner = Manner {
            think: self.think.as_ref(),
            keep_alive: self.keep_alive.as_ref(),
            options: self.options.as_ref(),
        };
        // It has nothing that JSON cannot say.
        serde_json::to_string(&manner).unwrap_or_default()
    }
}
