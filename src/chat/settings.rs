//! How a model is asked: in a chat, and by a preset that chats begin with; and what can be set, within which bounds.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[cfg(feature = "ssr")]
use crate::words::{Said, Words};

/// How a model is asked. What is not set is the model's matter, or its server's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Which model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What the model is told before everything else.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub system: String,
    /// Whether, or how hard, to think first: true, false, or a level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub think: Option<Value>,
    /// How long the model stays in memory after an answer: a duration such as `5m`, or seconds; negative: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<Value>,
    /// Ollama's model options.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub options: Map<String, Value>,
}

/// Settings with a name, for new chats.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    /// A UUIDv7.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// How a model is asked.
    pub settings: Settings,
}

/// A change of the presets: `{"make":{"name":…,"settings":{…}}}`, `{"change":{"id":…,"name":…,"settings":{…}}}` or
/// `{"delete":"id"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PresetChange {
    /// A new one.
    Make {
        /// Its name.
        name: String,
        /// How a model is asked.
        settings: Settings,
    },
    /// One is another from now on; chats that began with it stay as they are.
    Change(Preset),
    /// One is deleted.
    Delete(String),
}

/// An option of Ollama's.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name, as Ollama has it.
    pub name: &'static str,
    /// What people call it.
    pub label: Said,
    /// What it may be.
    pub kind: Kind,
    /// What it is unless set.
    pub usual: Said,
    /// What it does.
    pub help: Said,
}

/// What an option may be.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A number between two bounds.
    Number(f64, f64),
    /// A whole number between two bounds.
    Whole(i64, i64),
    /// A list of texts.
    Texts,
}

/// What can be set, in the order in which people are shown it.
#[cfg(feature = "ssr")]
pub const SETTINGS: [Setting; 9] = [
    Setting {
        name: "temperature",
        label: Words::temperature,
        kind: Kind::Number(0.0, 2.0),
        usual: |_| "0.8",
        help: Words::temperature_help,
    },
    Setting {
        name: "top_p",
        label: Words::top_p,
        kind: Kind::Number(0.0, 1.0),
        usual: |_| "0.9",
        help: Words::top_p_help,
    },
    Setting {
        name: "top_k",
        label: Words::top_k,
        kind: Kind::Whole(0, 1000),
        usual: |_| "40",
        help: Words::top_k_help,
    },
    Setting {
        name: "min_p",
        label: Words::min_p,
        kind: Kind::Number(0.0, 1.0),
        usual: |_| "0",
        help: Words::min_p_help,
    },
    Setting {
        name: "repeat_penalty",
        label: Words::repeat_penalty,
        kind: Kind::Number(0.0, 2.0),
        usual: |_| "1.1",
        help: Words::repeat_penalty_help,
    },
    Setting {
        name: "seed",
        label: Words::seed,
        kind: Kind::Whole(-1, 2_147_483_647),
        usual: Words::seed_usual,
        help: Words::seed_help,
    },
    Setting {
        name: "num_predict",
        label: Words::longest,
        kind: Kind::Whole(-1, 1_000_000),
        usual: Words::longest_usual,
        help: Words::longest_help,
    },
    Setting {
        name: "num_ctx",
        label: Words::context,
        kind: Kind::Whole(256, 10_000_000),
        usual: Words::context_usual,
        help: Words::context_help,
    },
    Setting {
        name: "stop",
        label: Words::stop_at,
        kind: Kind::Texts,
        usual: Words::stop_at_usual,
        help: Words::stop_at_help,
    },
];

/// The levels of thinking: their values in a form, and what people call them.
#[cfg(feature = "ssr")]
pub const THINKING: [(&str, Said); 7] = [
    ("", Words::think_unset),
    ("false", Words::think_off),
    ("true", Words::think_on),
    ("low", Words::think_low),
    ("medium", Words::think_medium),
    ("high", Words::think_high),
    ("max", Words::think_max),
];
