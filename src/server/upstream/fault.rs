//! What can go wrong between Brooklet and the model's server, and how it is told to people.

use thiserror::Error;

use crate::error::{Error, ErrorKind};
use crate::words::{Sentence, told};

/// Why there is no answer, or no more of it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// Nobody answers at its address.
    #[error(
        "Ollama does not answer at {host} ({cause}). Start it with `ollama serve`, then try again."
    )]
    Unreachable {
        /// Where it should be.
        host: String,
        /// Why the connection failed: `connection refused`.
        cause: String,
    },
    /// It does not have the model: its own sentence.
    #[error("{0}")]
    UnknownModel(String),
    /// It understood the request and refused it: its own sentence.
    #[error("{0}")]
    Refused(String),
    /// It has too much to do: its own sentence.
    #[error("Ollama is busy: {0}")]
    Busy(String),
    /// It answered with a status that says that it failed.
    #[error("Ollama at {host} answered with HTTP {status}: {text}")]
    Status {
        /// Where it is.
        host: String,
        /// The HTTP status.
        status: u16,
        /// What it said, or the beginning of it.
        text: String,
    },
    /// It answered 200 with something that is not Ollama's.
    #[error("What answers at {host} does not speak Ollama's protocol: {text}")]
    NotOllama {
        /// Where it is.
        host: String,
        /// The beginning of what it said.
        text: String,
    },
    /// The model failed: an error line in the stream, in the server's own words.
    #[error("Ollama reports: {0}")]
    Model(String),
    /// It does not take the key that it was shown: its own sentence.
    #[error("the key is not taken: {0}")]
    Key(String),
    /// It has no way to take a model out of memory.
    #[error("a model cannot be taken out of its memory")]
    CannotUnload,
    /// The stream ended, or broke, before it began.
    #[error("Ollama broke the answer off before its first word ({0}). Try again.")]
    Nothing(String),
    /// The stream ended, or broke, before the model was done.
    #[error("Ollama ended the answer before the model was done ({0}). The text so far is kept.")]
    Incomplete(String),
    /// One of another server than Ollama.
    #[error("{server}: {fault}")]
    Elsewhere {
        /// What its operator calls it.
        server: String,
        /// Which one.
        fault: Box<Self>,
    },
}

impl Fault {
    /// The same of the server that is called so, which is not Ollama.
    #[must_use]
    pub fn of(self, server: &str) -> Self {
        Self::Elsewhere {
            server: server.to_owned(),
            fault: Box::new(self),
        }
    }

    /// Whether there is text before it that is of use.
    pub fn is_in_midst(&self) -> bool {
        match self {
            Self::Incomplete(_) => true,
            Self::Elsewhere { fault, .. } => fault.is_in_midst(),
            _ => false,
        }
    }

    /// Whether it was refused for the wish that the model think.
    pub fn is_of_thinking(&self) -> bool {
        match self {
            Self::Refused(text) => {
                let text = text.to_ascii_lowercase();
                // Ollama's words, and what servers of OpenAI's API call the wish.
                [
                    "does not support thinking",
                    "reasoning_effort",
                    "enable_thinking",
                    "chat_template_kwargs",
                ]
                .iter()
                .any(|part| text.contains(part))
            }
            Self::Elsewhere { fault, .. } => fault.is_of_thinking(),
            _ => false,
        }
    }

    /// The word for programs that goes with it.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Elsewhere { fault, .. } => fault.kind(),
            Self::CannotUnload => ErrorKind::BadRequest,
            Self::Unreachable { .. } => ErrorKind::Unreachable,
            Self::UnknownModel(_) => ErrorKind::NotFound,
            Self::Refused(_) => ErrorKind::Refused,
            Self::Busy(_) => ErrorKind::Busy,
            Self::Status { .. }
            | Self::NotOllama { .. }
            | Self::Key(_)
            | Self::Model(_)
            | Self::Nothing(_)
            | Self::Incomplete(_) => ErrorKind::Upstream,
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let kind = fault.kind();
        let sentence = match fault {
            Fault::Elsewhere { server, fault } => elsewhere(&server, *fault),
            // Ollama can do it.
            Fault::CannotUnload => told::server_keeps_models("Ollama"),
            Fault::Unreachable { host, cause } => told::ollama_unreachable(&host, &cause),
            // Ollama has no keys.
            Fault::UnknownModel(text) | Fault::Refused(text) | Fault::Key(text) => {
                told::as_is(&text)
            }
            Fault::Busy(text) => told::ollama_busy(&text),
            Fault::Status { host, status, text } => {
                told::ollama_status(&host, &status.to_string(), &text)
            }
            Fault::NotOllama { host, text } => told::ollama_foreign(&host, &text),
            Fault::Model(text) => told::ollama_reports(&text),
            Fault::Nothing(why) => told::ollama_nothing(&why),
            Fault::Incomplete(why) => told::ollama_incomplete(&why),
        };
        Self::told(kind, sentence)
    }
}

/// What is told of a fault of another server than Ollama.
fn elsewhere(server: &str, fault: Fault) -> Sentence {
    match fault {
        Fault::Unreachable { host, cause } => told::server_unreachable(server, &host, &cause),
        Fault::UnknownModel(text) | Fault::Refused(text) => told::as_is(&text),
        Fault::Busy(text) => told::server_busy(server, &text),
        Fault::Status { host, status, text } => {
            told::server_status(server, &host, &status.to_string(), &text)
        }
        Fault::NotOllama { host, text } => told::server_foreign(server, &host, &text),
        Fault::Key(text) => told::server_key(server, &text),
        Fault::CannotUnload => told::server_keeps_models(server),
        Fault::Model(text) => told::server_reports(server, &text),
        Fault::Nothing(why) => told::server_nothing(server, &why),
        Fault::Incomplete(why) => told::server_incomplete(server, &why),
        Fault::Elsewhere { server, fault } => elsewhere(&server, *fault),
    }
}

/// The first words of a body that is not what was expected, on one line.
pub fn excerpt(body: &[u8]) -> String {
    const LONGEST: usize = 300;

    let text = String::from_utf8_lossy(&body[..body.len().min(4 * LONGEST)]);
    let words: Vec<_> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    match words.join(" ") {
        empty if empty.is_empty() => "an empty answer".to_owned(),
        text => text.chars().take(LONGEST).collect(),
    }
}
