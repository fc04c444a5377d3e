//! What the model picker shows: models, the server they live on, and whether it answers.

use serde::{Deserialize, Serialize};

use crate::{error::Error, json::told::told, words::Words};

/// The name of the built-in demo: a script, not a language model.
pub const DEMO_MODEL: &str = "brooklet-demo";

/// A model that can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// Its name, as in requests: `llama3.2:latest`; of another server's `server/name`.
    pub name: String,
    /// What tells it apart at a glance: `3.2B · Q4_K_M`; empty where the server says nothing.
    #[serde(default)]
    pub details: String,
    /// What the operator calls the server that has it; empty: Ollama.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub server: String,
}

impl Model {
    /// What the server that has it is called.
    pub fn server_name(&self) -> &str {
        match &*self.server {
            "" => "Ollama",
            name => name,
        }
    }

    /// What it is called there.
    pub fn name_there(&self) -> &str {
        let rest = self.name.strip_prefix(&*self.server);
        let rest = rest.and_then(|rest| rest.strip_prefix('/'));
        rest.filter(|_| !self.server.is_empty())
            .unwrap_or(&self.name)
    }
}

/// The answer to `GET /api/models`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Models {
    /// The models that can be asked, in the server's order; the built-in demo is not among them.
    pub models: Vec<Model>,
    /// The model that answers when a request names none.
    #[serde(default)]
    pub default: Option<String>,
    /// Why there are none, when the model's server cannot be asked.
    #[serde(default)]
    pub error: Option<Error>,
}

impl Models {
    /// Whether a model of this name can be asked; the demo always can.
    pub fn offers(&self, name: &str) -> bool {
        name == DEMO_MODEL || self.models.iter().any(|model| model.name == name)
    }

    /// The same as it is told to people who read these words.
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn in_words(mut self, words: Words) -> Self {
        self.error = self.error.map(|error| error.in_words(words));
        self
    }

    /// Why there is nobody to ask, if so.
    pub fn problem(&self, words: Words) -> Option<String> {
        match &self.error {
            Some(error) => Some(error.message.clone()),
            None if self.models.is_empty() => Some(words.no_model_yet().to_owned()),
            None => None,
        }
    }
}

told! {
    Model { name, details, server }
    Models { models, default, error }
}
