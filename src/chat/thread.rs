//! A chat as the server keeps it: a tree of messages, and the path through it that is shown.
//!
//! Two questions after one answer, or two answers to one question, are siblings: nothing is overwritten. The path is
//! told by its last message, the leaf. Pure data, for both sides; where it is kept is `server::store`'s matter.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Done, Role, Settings, ToolCall};
use crate::json::told::told;

/// A chat.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chat {
    /// Its name in URLs: a UUIDv7.
    pub id: String,
    /// What the list calls it.
    pub title: String,
    /// The last message of the path that is shown; `None`: there is no message.
    pub leaf: Option<String>,
    /// How models are asked in it.
    #[serde(default)]
    pub settings: Settings,
    /// All messages, a parent before its children, siblings by age.
    pub messages: Vec<ChatMessage>,
}

/// A message in the tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// A UUIDv7.
    pub id: String,
    /// What it follows; `None`: the chat begins with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Who says it: [`Role::User`] or [`Role::Assistant`].
    pub role: Role,
    /// What is said; empty while an answer is being written: then its generation has it.
    pub content: String,
    /// How it came about, if it is an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<Box<Written>>,
}

/// How an answer came about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// The generation that writes it, or has written it: what `follow` and `stop` want.
    pub generation: String,
    /// The model.
    pub model: String,
    /// The reasoning before it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub thinking: String,
    /// The tools that the model has called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// How it ended; `None` while it is being written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Done>,
}

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

impl Chat {
    /// The path to the leaf; to the newest message if there is no such leaf.
    pub fn into_path(self) -> Path {
        let mut children: HashMap<Option<&str>, Vec<&str>> = HashMap::new();
        for message in &self.messages {
            let siblings = children.entry(message.parent.as_deref()).or_default();
            siblings.push(&message.id);
        }
        let mut path = self
            .leaf
            .as_deref()
            .map(|leaf| self.up_to(leaf))
            .unwrap_or_default();
        if path.is_empty()
            && let Some(newest) = self.messages.last()
        {
            path = self.up_to(&newest.id);
        }
        let mut siblings: HashMap<String, Vec<String>> = HashMap::new();
        for message in path {
            let all = &children[&message.parent.as_deref()];
            let others = all.iter().filter(|_| all.len() > 1);
            siblings.insert(
                message.id.clone(),
                others.map(|id| (*id).to_owned()).collect(),
            );
        }
        // A parent stands before its children, so that the order is that of the path.
        let steps = self.messages.into_iter().filter_map(|message| {
            let siblings = siblings.remove(&message.id)?;
            Some(Step {
                message,
                drawn: Drawn::default(),
                siblings,
            })
        });
        Path {
            chat: Some(self.id),
            title: self.title,
            model: self.settings.model,
            draft: String::new(),
            earlier: 0,
            steps: steps.collect(),
        }
    }

    /// The messages from the beginning to the one of this id; none if there is no such one.
    pub fn up_to(&self, id: &str) -> Vec<&ChatMessage> {
        let places: HashMap<&str, &ChatMessage> =
            self.messages.iter().map(|it| (&*it.id, it)).collect();
        let mut path = Vec::new();
        let mut next = places.get(id);
        while let Some(message) = next {
            path.push(*message);
            let parent = message.parent.as_deref();
            // Whatever the data says, no path is longer than all there is.
            next = parent
                .filter(|_| path.len() < self.messages.len())
                .and_then(|it| places.get(it));
        }
        path.reverse();
        path
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

/// A change of a chat: `{"rename":"…"}`, `{"pin":true}`, `{"archive":true}`, `{"move":"…"}`, `{"show":"…"}`, `"delete"`,
/// `"restore"` or `{"delete_message":"…"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Touch {
    /// It is called so, because a person says so.
    Rename(String),
    /// Whether it stays at the top of the list.
    Pin(bool),
    /// Whether it is kept out of the list, in the archive.
    Archive(bool),
    /// It is in this folder; `None`: in none.
    Move(Option<String>),
    /// The path through this message is shown, to the newest one below it.
    Show(String),
    /// It is deleted, but can be had back for thirty days.
    Delete,
    /// It is had back.
    Restore,
    /// A message is deleted, with all that hangs below it.
    DeleteMessage(String),
}

told! {
    Opening { path, missing }
    Path { chat, title, model, draft, earlier, steps }
    Step { message, drawn, siblings }
    Drawn { content, thinking, calls, kept }
    Kept { content, thinking }
    ChatMessage { id, parent, role, content, written }
    Written { generation, model, thinking, tool_calls, done }
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
    use crate::{chat::Status, json};

    /// A chat of messages that are told by their names and parents.
    fn chat(leaf: Option<&str>, messages: &[(&str, Option<&str>)]) -> Chat {
        Chat {
            leaf: leaf.map(str::to_owned),
            messages: messages
                .iter()
                .map(|(id, parent)| ChatMessage {
                    id: (*id).to_owned(),
                    parent: parent.map(str::to_owned),
                    role: Role::User,
                    content: String::new(),
                    written: None,
                })
                .collect(),
            ..Chat::default()
        }
    }

    /// Of each message on the path its name, its place among its siblings, and how many they are.
    fn steps(chat: &Chat) -> Vec<(String, usize, usize)> {
        let steps = chat.clone().into_path().steps.into_iter();
        steps
            .map(
                |Step {
                     message, siblings, ..
                 }| {
                    let place = siblings.iter().position(|id| *id == message.id);
                    (
                        message.id,
                        place.map_or(1, |at| at + 1),
                        siblings.len().max(1),
                    )
                },
            )
            .collect()
    }

    fn named(steps: &[(&str, usize, usize)]) -> Vec<(String, usize, usize)> {
        let steps = steps.iter();
        steps
            .map(|(id, place, count)| ((*id).to_owned(), *place, *count))
            .collect()
    }

    /// Two beginnings; the first has two answers, and the second of these a question after it.
    const TREE: [(&str, Option<&str>); 6] = [
        ("a", None),
        ("b", Some("a")),
        ("c", Some("a")),
        ("d", None),
        ("e", Some("c")),
        ("f", Some("d")),
    ];

    #[test]
    fn a_path_is_told_by_its_leaf() {
        for (leaf, wanted) in [
            (Some("e"), &[("a", 1, 2), ("c", 2, 2), ("e", 1, 1)][..]),
            (Some("b"), &[("a", 1, 2), ("b", 1, 2)]),
            (None, &[("d", 2, 2), ("f", 1, 1)]),
            (Some("gone"), &[("d", 2, 2), ("f", 1, 1)]),
        ] {
            assert_eq!(steps(&chat(leaf, &TREE)), named(wanted), "{leaf:?}");
        }
        assert_eq!(steps(&chat(None, &[])), []);
    }

    #[test]
    fn the_page_reads_a_path_as_it_is() {
        let mut chat = chat(Some("e"), &TREE);
        chat.messages[4].role = Role::Assistant;
        chat.messages[4].written = Some(Box::new(Written {
            generation: "g".to_owned(),
            done: Some(Done {
                status: Status::Complete,
                ..Done::default()
            }),
            ..Written::default()
        }));
        let opening = Opening {
            path: chat.into_path(),
            missing: false,
        };
        let wire = serde_json::to_string(&opening).unwrap_or_default();
        assert_eq!(json::read(&wire), Some(opening), "{wire}");
    }

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

    /// Whatever a file may hold, nothing runs for ever.
    #[test]
    fn a_circle_ends() {
        let chat = chat(Some("a"), &[("a", Some("b")), ("b", Some("a"))]);
        assert_eq!(steps(&chat).len(), 2);
    }
}
