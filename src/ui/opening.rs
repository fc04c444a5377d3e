//! How a chat is opened and shown: from its address to the turns of its path.

use leptos::{prelude::*, task::spawn_local};

use super::{
    conversation::Conversation,
    navigation,
    turn::{Siblings, Turn},
};
use crate::{
    chat::{Path, Touch, api, thread::LAST},
    client::memory,
    error::ErrorKind,
};

impl Conversation {
    /// Opens a chat, or a new one. What is being written is written on.
    pub fn open(self, chat: Option<String>) {
        navigation::go(chat.as_deref());
        self.show_named(chat);
    }

    /// The same, at one of its messages.
    pub fn open_at(self, chat: Option<String>, message: Option<String>) {
        let Some(message) = message else {
            self.open(chat);
            return;
        };
        navigation::go_to(chat.as_deref(), &message);
        self.travel(chat);
    }

    /// Shows the chat, and the message, that the address names by now.
    pub fn travel(self, chat: Option<String>) {
        let message = navigation::fragment();
        let elsewhere = self.chat.with_untracked(|open| *open != chat) || !self.is_settled();
        if elsewhere || message.is_none() {
            self.show_named(chat);
        }
        if let Some(message) = message {
            self.seek(message);
        }
    }

    /// Has a message of the open chat be shown, wherever in it that is.
    pub(super) fn seek(self, message: String) {
        if self.has(&message) && self.is_settled() {
            self.sought.set(Some(message));
            return;
        }
        let chat = self.chat.get_untracked();
        self.through.set_value(Some(message.clone()));
        spawn_local(async move {
            self.load().await;
            // Another one may have been opened meanwhile.
            let (Some(id), true) = (&chat, self.chat.with_untracked(|open| *open == chat)) else {
                return;
            };
            // On another path than the one that is shown.
            if !self.has(&message) {
                let shown = Touch::Show(message.clone());
                if let Err(error) = api::touch(vec![id.clone()], shown).await {
                    self.tell("It could not be shown", &error);
                    return;
                }
                self.load().await;
            }
            self.sought.set(Some(message));
        });
    }

    fn has(self, message: &str) -> bool {
        self.turns
            .with_untracked(|turns| turns.iter().any(|turn| turn.is(message)))
    }

    /// Shows the chat that the address names.
    pub fn show_named(self, chat: Option<String>) {
        self.leave();
        // Who goes elsewhere does not ask any more what could not be sent.
        memory::save_pending(None);
        self.trouble.set(None);
        self.editing.set(None);
        self.missing.set(false);
        // What is being written stays in its chat.
        if self.chat.with_untracked(|open| *open != chat) {
            self.draft.set(String::new());
        }
        self.chat.set(chat);
        self.count.set_value(LAST);
        self.through.set_value(None);
        self.refresh_list();
        if self.chat.with_untracked(Option::is_none) {
            self.draw(&Path::default());
            self.chosen.set(memory::load_model());
            self.attention.set(());
        }
        self.reload();
    }

    /// Shows more of what was said before.
    pub fn show_earlier(self) {
        self.count.update_value(|count| *count += LAST);
        self.reload();
    }

    /// Shows another one of the messages that stand in one place.
    pub fn turn_to(self, message: String) {
        let Some(chat) = self.chat.get_untracked() else {
            return;
        };
        spawn_local(async move {
            match api::touch(vec![chat], Touch::Show(message)).await {
                Ok(()) => self.reload(),
                Err(error) => self.tell("It could not be shown", &error),
            }
        });
    }

    /// Asks the server for the open chat, and shows it.
    pub(super) fn reload(self) {
        spawn_local(async move { self.load().await });
    }

    /// The same; completes when it is shown.
    async fn load(self) {
        let chat = self.chat.get_untracked();
        let (count, through) = (Some(self.count.get_value()), self.through.get_value());
        let loaded = api::path(chat.clone(), count, through).await;
        // Another one may have been opened meanwhile.
        if self.chat.with_untracked(|open| *open != chat) {
            return;
        }
        match loaded {
            Ok(path) => {
                // What is being written here is newer than what is kept of it.
                let opened = !self.is_settled() || chat.is_none();
                // A question may have been asked in a new one meanwhile.
                if chat.is_some() {
                    self.draw(&path);
                }
                if opened && !path.draft.is_empty() {
                    self.draft.set(path.draft);
                }
                self.follow_unfinished();
            }
            Err(error) if error.kind == ErrorKind::NotFound => {
                self.turns.set(Vec::new());
                self.shown.set_value(None);
                self.chat.set(None);
                self.missing.set(true);
            }
            Err(error) => self.tell("The chat could not be loaded", &error),
        }
    }

    /// Whether what is shown is what is open.
    pub(super) fn is_settled(self) -> bool {
        let shown = self.shown.get_value();
        self.chat.with_untracked(|open| *open == shown)
    }

    /// Has the page be that of a chat which has begun with what is shown.
    pub(super) fn settle(self, chat: String, title: Option<String>) {
        navigation::go(Some(&chat));
        self.title.set(title);
        self.shown.set_value(Some(chat.clone()));
        self.chat.set(Some(chat));
    }

    /// Shows the path through a chat. What is drawn already, and still the same, stays.
    pub(super) fn draw(self, path: &Path) {
        let shown = self.turns.get_untracked();
        let mut turns = Vec::with_capacity(path.steps.len());
        for step in &path.steps {
            let same = shown.iter().find(|turn| turn.shows(&step.message));
            turns.push(same.map_or_else(
                || Turn::of(self.new_key(), step),
                |same| {
                    let siblings = Siblings::of(step);
                    if same.siblings.with_untracked(|known| *known != siblings) {
                        same.siblings.set(siblings);
                    }
                    same.clone()
                },
            ));
        }
        let running = self.running.get_untracked();
        if running.is_some_and(|key| turns.iter().all(|turn| turn.key != key)) {
            self.leave();
        }
        self.chat.set(path.chat.clone());
        self.shown.set_value(path.chat.clone());
        self.title
            .set(Some(path.title.clone()).filter(|title| !title.is_empty()));
        if path.model.is_some() {
            self.chosen.set(path.model.clone());
        }
        self.earlier.set(path.earlier);
        self.turns.set(turns);
    }

    /// Follows the answer on the path that is being written, if there is one.
    pub(super) fn follow_unfinished(self) {
        if self.running.get_untracked().is_some() {
            return;
        }
        let unfinished = self.turns.with_untracked(|turns| {
            let mut replies = turns
                .iter()
                .rev()
                .filter_map(|turn| Some((turn.key, turn.reply()?)));
            let found = replies.find(|(_, reply)| !reply.is_done());
            found.map(|(key, reply)| (key, reply.clone()))
        });
        if let Some((key, reply)) = unfinished {
            self.run(key, reply);
        }
    }
}
