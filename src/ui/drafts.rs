//! What is being written is kept by the server, so that it survives a reload and is there on another device.

use std::time::Duration;

use gloo_timers::future::sleep;
use leptos::{prelude::*, task::spawn_local};

use super::conversation::Conversation;
use crate::chat::api;

/// How long nothing is written before it is kept.
const PAUSE: Duration = Duration::from_millis(500);

/// What is written in a chat, or in a new one, and has not been kept yet.
type Pending = (Option<String>, String);

/// The draft of the composer; `Copy`, like the signals it is made of.
#[derive(Clone, Copy, Debug)]
pub struct Drafts {
    conversation: Conversation,
    /// How often something has been written.
    written: StoredValue<u32>,
    pending: StoredValue<Option<Pending>>,
}

impl Drafts {
    /// One of which nothing has been written yet.
    pub fn new(conversation: Conversation) -> Self {
        Self {
            conversation,
            written: StoredValue::new(0),
            pending: StoredValue::default(),
        }
    }

    /// Keeps what has been written, once nothing more is for a moment.
    pub fn written(self, text: String) {
        // What is written in the place of an earlier question is none of its own.
        if self.conversation.editing.with_untracked(Option::is_some) {
            return;
        }
        let chat = self.conversation.chat.get_untracked();
        if self
            .pending
            .with_value(|pending| pending.as_ref().is_some_and(|it| it.0 != chat))
        {
            self.flush();
        }
        self.pending.set_value(Some((chat, text)));
        let now = self.next();
        spawn_local(async move {
            sleep(PAUSE).await;
            if self.written.get_value() == now {
                self.flush();
            }
        });
    }

    /// Keeps it at once: another chat is opened.
    pub fn flush(self) {
        if let Some((chat, text)) = self.pending.try_update_value(Option::take).flatten() {
            spawn_local(async move {
                // What cannot be kept is still in the box, or was.
                let _ = api::draft(chat, text).await;
            });
        }
    }

    /// It is on its way: what has not been kept by now need not be. The server drops what it has kept when it has the
    /// question, and not before.
    pub fn sent(self) {
        self.pending.set_value(None);
        self.next();
    }

    fn next(self) -> u32 {
        self.written.update_value(|written| *written += 1);
        self.written.get_value()
    }
}
