//! Prompts that are saved: questions that are asked again and again, with blanks to be filled in.

use serde::{Deserialize, Serialize};

/// A question to be asked again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// A UUIDv7.
    pub id: String,
    /// What it is called, and found by: 1 to 100 characters.
    pub name: String,
    /// The question, 1 byte to 100 kB; what is to be filled in stands in double braces, as in `{{topic}}`.
    pub text: String,
}

/// A change of the saved prompts: `{"make":{"name":…,"text":…}}`, `{"change":{"id":…,"name":…,"text":…}}` or
/// `{"delete":"id"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptChange {
    /// Makes one.
    Make {
        /// What it is called.
        name: String,
        /// The question.
        text: String,
    },
    /// Gives one another name and another text.
    Change(Prompt),
    /// Deletes one.
    Delete(String),
}
