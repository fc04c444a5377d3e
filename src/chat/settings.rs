//! How a model is asked: in a chat, and by a preset that chats begin with.

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
