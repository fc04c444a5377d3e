//! How a model is asked: in a chat, and by a preset that chats begin with; and what can be set, within which bounds.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name, as Ollama has it.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// What it is unless set.
    pub usual: &'static str,
    /// What it does.
    pub help: &'static str,
}

/// What an option may be.
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
pub const SETTINGS: [Setting; 9] = [
    Setting {
        name: "temperature",
        label: "Temperature",
        kind: Kind::Number(0.0, 2.0),
        usual: "0.8",
        help: "Higher is more varied, lower is more to the point; 0 always takes the likeliest word.",
    },
    Setting {
        name: "top_p",
        label: "Top P",
        kind: Kind::Number(0.0, 1.0),
        usual: "0.9",
        help: "Only the likeliest words that together reach this probability are taken.",
    },
    Setting {
        name: "top_k",
        label: "Top K",
        kind: Kind::Whole(0, 1000),
        usual: "40",
        help: "Only so many of the likeliest words are taken; 0 takes all.",
    },
    Setting {
        name: "min_p",
        label: "Min P",
        kind: Kind::Number(0.0, 1.0),
        usual: "0",
        help: "Words that are less likely than this part of the likeliest one are not taken.",
    },
    Setting {
        name: "repeat_penalty",
        label: "Repeat penalty",
        kind: Kind::Number(0.0, 2.0),
        usual: "1.1",
        help: "Above 1, words that were just used are less likely.",
    },
    Setting {
        name: "seed",
        label: "Seed",
        kind: Kind::Whole(-1, 2_147_483_647),
        usual: "by chance",
        help: "The same seed gives the same answer to the same question.",
    },
    Setting {
        name: "num_predict",
        label: "Longest answer",
        kind: Kind::Whole(-1, 1_000_000),
        usual: "no limit",
        help: "In tokens; -1 sets no limit.",
    },
    Setting {
        name: "num_ctx",
        label: "Context",
        kind: Kind::Whole(256, 10_000_000),
        usual: "by the server",
        help: "How much the model has before its eyes, in tokens. A change loads the model anew, and more takes more memory.",
    },
    Setting {
        name: "stop",
        label: "Stop at",
        kind: Kind::Texts,
        usual: "nothing",
        help: "The answer ends before any of these texts; one a line.",
    },
];

/// The levels of thinking: their values in a form, and what people call them.
pub const THINKING: [(&str, &str); 7] = [
    ("", "As the model does"),
    ("false", "Off"),
    ("true", "On"),
    ("low", "Low"),
    ("medium", "Medium"),
    ("high", "High"),
    ("max", "Most"),
];
