//! The path through a chat that is shown: what a page has of it, and how it is drawn.
//!
//! The tree that it leads through is in `thread`.

use serde::{Deserialize, Serialize};

use super::{ChatMessage, Role};
use crate::json::told::told;

/// The path through a chat that is shown: what a page needs of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Path {
    /// The chat; `None`: a new one.
    pub chat: Option<String>,
    /// What it is called.
    pub title: String,
    /// The model that is asked in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What is being written in it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub draft: String,
    /// How many messages before these are not here.
    #[serde(default)]
    pub earlier: u32,
    /// From its beginning to its leaf.
    pub steps: Vec<Step>,
}

/// A message on a path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The message; without its texts once they are drawn.
    pub message: ChatMessage,
    /// Its texts as HTML.
    #[serde(default)]
    pub drawn: Drawn,
    /// All that stand in its place, itself included, oldest first. None: it is alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub siblings: Vec<String>,
}

/// A message's texts as finished HTML. In a document that is rendered whole they stand in their places, and are not told a
/// second time beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// What is said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub content: String,
    /// The reasoning before it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub thinking: String,
    /// The tools that the model has called.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub calls: String,
    /// Which of the texts there are, drawn here or elsewhere.
    #[serde(default)]
    pub kept: Kept,
}

/// Which texts of an answer are there though they are not told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What is said.
    pub content: bool,
    /// The reasoning.
    pub thinking: bool,
}

impl Drawn {
    /// The same without the HTML.
    #[must_use]
    pub fn elsewhere(&self) -> Self {
        Self {
            kept: self.kept,
            ..Self::default()
        }
    }
}

/// What a page begins with: the server puts it into the document, and the browser takes it from there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// The path through the chat that its address names, or through a new one.
    pub path: Path,
    /// Whether its address names a chat that there is not.
    pub missing: bool,
}

impl Opening {
    /// The same without the texts.
    #[must_use]
    pub fn without_texts(&self) -> Self {
        let mut opening = self.clone();
        for step in &mut opening.path.steps {
            step.drawn = step.drawn.elsewhere();
        }
        opening
    }
}

told! {
    Opening { path, missing }
    Path { chat, title, model, draft, earlier, steps }
    Step { message, drawn, siblings }
    Drawn { content, thinking, calls, kept }
    Kept { content, thinking }
}

/// How much of a long path a page has at first.
pub const LAST: u32 = 40;

/// How many messages stand before one that is sought.
const BEFORE: usize = 4;

impl Path {
    /// Its last `count` messages, and as many more as it takes to have the message `through`. It begins with a
    /// question, as long as there is one.
    pub fn end(mut self, count: Option<u32>, through: Option<&str>) -> Self {
        let count = count.map_or(usize::MAX, |count| count as usize);
        let mut from = self.steps.len().saturating_sub(count);
        let sought = self
            .steps
            .iter()
            .position(|step| Some(&*step.message.id) == through);
        if let Some(at) = sought {
            from = from.min(at.saturating_sub(BEFORE));
        }
        while from > 0
            && self
                .steps
                .get(from)
                .is_some_and(|step| step.message.role == Role::Assistant)
        {
            from -= 1;
        }
        self.steps.drain(..from);
        self.earlier = u32::try_from(from).unwrap_or(u32::MAX);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_has_an_end() {
        let names: Vec<_> = (0..20).map(|number| number.to_string()).collect();
        let steps = names.iter().enumerate().map(|(at, id)| Step {
            message: ChatMessage {
                id: id.clone(),
                parent: None,
                role: if at % 2 == 0 {
                    Role::User
                } else {
                    Role::Assistant
                },
                content: String::new(),
                written: None,
            },
            drawn: Drawn::default(),
            siblings: Vec::new(),
        });
        let path = Path {
            steps: steps.collect(),
            ..Path::default()
        };
        for (count, through, earlier) in [
            (None, None, 0),
            (Some(4), None, 16),
            // Not without its question.
            (Some(3), None, 16),
            (Some(0), None, 20),
            (Some(50), None, 0),
            (Some(4), Some("10"), 6),
            (Some(4), Some("19"), 14),
            (Some(4), Some("0"), 0),
            (Some(4), Some("gone"), 16),
        ] {
            let end = path.clone().end(count, through);
            assert_eq!(end.earlier, earlier, "{count:?} {through:?}");
            assert_eq!(end.steps.len(), 20 - earlier as usize);
        }
    }
}
