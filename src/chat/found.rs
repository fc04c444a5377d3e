//! What a search has found.

use serde::{Deserialize, Serialize};

use super::{ChatEntry, Role};

/// What a search has found, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Chats whose titles hold all that was looked for.
    pub chats: Vec<ChatEntry>,
    /// Messages that do.
    pub messages: Vec<Hit>,
    /// Whether there are more messages; they come after the last one's `number`.
    pub more: bool,
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The chat that it is in.
    pub chat: String,
    /// What that is called.
    pub title: String,
    /// The message: `/c/{chat}#{message}` shows it.
    pub message: String,
    /// Its place in the order of all messages.
    pub number: u64,
    /// Who says it.
    pub role: Role,
    /// When it was said: milliseconds since 1970.
    pub made_at: u64,
    /// What stands around the hit.
    pub excerpt: Excerpt,
}

/// A piece of a text, in one line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// Its parts, one after the other.
    pub parts: Vec<ExcerptPart>,
}

/// A part of a text that was looked for as a whole, or was not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcerptPart {
    /// The text.
    pub text: String,
    /// Whether it is what was looked for.
    pub hit: bool,
}

impl Excerpt {
    /// Appends a part, unless there is nothing in it.
    pub fn push(&mut self, text: &str, hit: bool) {
        match self.parts.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.hit == hit => last.text.push_str(text),
            _ => self.parts.push(ExcerptPart {
                text: text.to_owned(),
                hit,
            }),
        }
    }
}
