//! A chat with all that is known of it: what an export tells, and no page reads.
//!
//! [`crate::chat::Chat`] is what pages and programs read all the time, and has what they need of it.

use serde_json::Value;

use crate::chat::{Done, Role, Settings};

/// A chat. Times are milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Whole {
    /// Its name in URLs.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Whose words that is.
    pub titled_by: TitledBy,
    /// When it began.
    pub begun_at: u64,
    /// When something was last asked in it.
    pub asked_at: u64,
    /// Whether it stays at the top of the list.
    pub pinned: bool,
    /// Whether it is in the archive.
    pub archived: bool,
    /// The folder that it is in.
    pub folder: Option<String>,
    /// How models are asked in it.
    pub settings: Settings,
    /// The last message of the path that is shown.
    pub leaf: Option<String>,
    /// All messages, a parent before its children, siblings by age.
    pub messages: Vec<WholeMessage>,
}

/// Whose words a title is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TitledBy {
    /// The beginning of the first question.
    #[default]
    Question,
    /// A person's.
    Person,
    /// A model's.
    Model,
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct WholeMessage {
    /// A UUIDv7.
    pub id: String,
    /// What it follows; `None`: the chat begins with it.
    pub parent: Option<String>,
    /// Who says it.
    pub role: Role,
    /// What is said; of an answer that is being written, what has been saved so far.
    pub content: String,
    /// When it came into the chat.
    pub made_at: u64,
    /// How it came about, if it is an answer.
    pub written: Option<WholeWritten>,
}

/// How an answer came about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WholeWritten {
    /// The generation that writes it, or has written it.
    pub generation: String,
    /// The model.
    pub model: String,
    /// When that generation began: later than the message was made, if it has gone on.
    pub begun_at: u64,
    /// How the model was asked: `think`, `keep_alive` and `options`, as far as they were set.
    pub asked: Option<Value>,
    /// The reasoning before it.
    pub thinking: String,
    /// The tools it called.
    pub tool_calls: Vec<Value>,
    /// How it ended; `None` while it is being written.
    pub done: Option<Done>,
}
