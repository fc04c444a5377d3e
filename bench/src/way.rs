//! The ways by which a stream is read, and the requests that each of them needs.
//!
//! Not here: the servers on those ways ([`crate::process`]), and the loads.

use std::fmt;

use serde_json::{Value, json};

/// A way to the simulator's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The simulator itself.
    Sim,
    /// nginx in front of it.
    Nginx,
    /// Brooklet's `POST /api/chat`.
    OneShot,
    /// Brooklet's `POST /api/send`, then `GET /api/follow`.
    Chat,
    /// Brooklet's `POST /api/ask`, which begins a chat that is kept, then `GET /api/follow`.
    Kept,
}

impl Way {
    /// Those of the large table: a chat that is kept is measured beside a full database alone.
    pub(crate) const ALL: [Self; 4] = [Self::Sim, Self::Nginx, Self::OneShot, Self::Chat];

    /// What `--only` calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sim => "sim",
            Self::Nginx => "nginx",
            Self::OneShot => "one-shot",
            Self::Chat => "chat",
            Self::Kept => "kept",
        }
    }

    /// The path and the body of the request that has `model` answer.
    pub(crate) fn ask(self, model: &str) -> (&'static str, Value) {
        let path = match self {
            Self::Sim | Self::Nginx | Self::OneShot => "/api/chat",
            Self::Chat => "/api/send",
            Self::Kept => return ("/api/ask", json!({"model": model, "text": "hi"})),
        };
        let messages = json!([{"role": "user", "content": "hi"}]);
        (path, json!({"model": model, "messages": messages}))
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sim => "sim",
            Self::Nginx => "nginx",
            Self::OneShot => "brooklet one-shot",
            Self::Chat => "brooklet chat",
            Self::Kept => "brooklet chat, kept",
        })
    }
}
