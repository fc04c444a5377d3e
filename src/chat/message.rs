//! Who says what in a chat.

use serde::{Deserialize, Serialize};

use crate::json::{Told, Value};

/// Who speaks; the words of Ollama's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions to the model, not shown as a turn.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// One message of a conversation, as it is sent to the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What is said: Markdown or plain text.
    pub content: String,
    /// The reasoning before it, where the model is to have it again: in an answer that goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<String>,
}

impl Told for Role {
    fn told(json: &Value) -> Self {
        match json.text().unwrap_or_default().as_str() {
            "system" => Self::System,
            "assistant" => Self::Assistant,
            _ => Self::User,
        }
    }
}
