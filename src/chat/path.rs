//! The path through a chat that is shown, as the server has it: messages in the order of the conversation.
//!
//! The tree that it leads through is in `thread`; what a page has of it is in `transcript`.

use super::{ChatMessage, Role};

/// The path through a chat that is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// The chat; `None`: a new one.
    pub chat: Option<String>,
    /// What it is called.
    pub title: String,
    /// The model that is asked in it.
    pub model: Option<String>,
    /// How many messages before these are not here.
    pub earlier: u32,
    /// From its beginning to its leaf.
    pub steps: Vec<Step>,
}

/// A message on a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The message.
    pub message: ChatMessage,
    /// All that stand in its place, itself included, oldest first. None: it is alone.
    pub siblings: Vec<String>,
}

/// How much of a long path a page has at first, and has more at a time.
pub const LAST: u32 = 40;

/// How many messages stand before one that is sought.
const BEFORE: usize = 4;

impl Path {
    /// The part of it before the message `before`; all of it without one, or if there is no such message.
    #[must_use]
    pub fn up_to(mut self, before: Option<&str>) -> Self {
        if let Some(at) = before.and_then(|id| self.place_of(id)) {
            self.steps.truncate(at);
        }
        self
    }

    /// Its last `count` messages, and as many more as it takes to have the message `through`. It begins with a
    /// question, as long as there is one.
    #[must_use]
    pub fn end(mut self, count: Option<u32>, through: Option<&str>) -> Self {
        let count = count.map_or(usize::MAX, |count| count as usize);
        let mut from = self.steps.len().saturating_sub(count);
        if let Some(at) = through.and_then(|id| self.place_of(id)) {
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

    fn place_of(&self, message: &str) -> Option<usize> {
        self.steps
            .iter()
            .position(|step| step.message.id == message)
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
        for (before, earlier, last) in [("16", 12, "15"), ("4", 0, "3"), ("gone", 16, "19")] {
            let part = path.clone().up_to(Some(before)).end(Some(4), None);
            let found = part.steps.last().map(|step| &*step.message.id);
            assert_eq!((part.earlier, found), (earlier, Some(last)), "{before}");
        }
    }
}
