//! What was asked before, in the composer again: by ↑ in an empty box, and further back; ↓ the other way.

use leptos::{ev, prelude::*};

use super::{conversation::Conversation, messages};

/// Where among the questions one is; `Copy`, like the signals it is made of.
#[derive(Clone, Copy, Debug)]
pub struct Recall {
    conversation: Conversation,
    /// Which of them is in the box, the last one first; 0: none.
    at: StoredValue<usize>,
}

impl Recall {
    /// Before the first key.
    pub fn new(conversation: Conversation) -> Self {
        Self {
            conversation,
            at: StoredValue::new(0),
        }
    }

    /// What the box is to hold, if this key asks for another question; `now`: what it holds. What one has begun to change
    /// stays.
    pub fn pressed(self, event: &ev::KeyboardEvent, now: &str) -> Option<String> {
        let back = steps(event)?;
        let asked = messages::questions(&*self.conversation.list.get_untracked()?);
        let at = self.at.get_value();
        let text = |at: usize| match at.checked_sub(1) {
            Some(at) => asked.get(at).cloned().unwrap_or_default(),
            None => String::new(),
        };
        if now != text(at) {
            self.at.set_value(0);
            return None;
        }
        let next = if back { at + 1 } else { at.checked_sub(1)? };
        if next > asked.len() {
            return None;
        }
        self.at.set_value(next);
        Some(text(next))
    }
}

/// Whether a key asks for what was asked before (`true`), or after it.
fn steps(event: &ev::KeyboardEvent) -> Option<bool> {
    let plain = !(event.shift_key() || event.ctrl_key() || event.alt_key() || event.meta_key());
    match &*event.key() {
        "ArrowUp" if plain => Some(true),
        "ArrowDown" if plain => Some(false),
        _ => None,
    }
}
