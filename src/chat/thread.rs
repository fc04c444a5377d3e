//! A chat as the server keeps it: a tree of messages, and the path through it that is shown.
//!
//! Two questions after one answer, or two answers to one question, are siblings: nothing is overwritten. The path is
//! told by its last message, the leaf. Pure data; where it is kept is `server::store`'s matter.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Done, Path, Role, Settings, Step, ToolCall};
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
            Some(Step { message, siblings })
        });
        Path {
            chat: Some(self.id),
            title: self.title,
            model: self.settings.model,
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

#[cfg(test)]
mod tests {
    use super::*;

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
            .map(|Step { message, siblings }| {
                let place = siblings.iter().position(|id| *id == message.id);
                (
                    message.id,
                    place.map_or(1, |at| at + 1),
                    siblings.len().max(1),
                )
            })
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

    /// Whatever a file may hold, nothing runs for ever.
    #[test]
    fn a_circle_ends() {
        let chat = chat(Some("a"), &[("a", Some("b")), ("b", Some("a"))]);
        assert_eq!(steps(&chat).len(), 2);
    }
}
