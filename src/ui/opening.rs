//! How a chat is opened and shown: from its address to the turns of its path.

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{
    conversation::Conversation,
    navigation,
    turn::{Siblings, Turn},
};
use crate::{
    chat::{Path, Touch, api, path::LAST},
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
        self.panel.shut();
        self.trouble.set(None);
        self.editing.set(None);
        self.missing.set(false);
        if self.chat.with_untracked(|open| *open != chat) {
            // What is being written stays in its chat.
            self.draft.set(String::new());
            self.shown.set_value(None);
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

    /// Opens a chat that has begun, or been set otherwise, from the chat `before`. What is being written in a new one goes
    /// on in the one that it has become.
    pub(super) fn open_set(self, before: Option<String>, chat: Option<String>) {
        if before.is_none() || before == chat {
            navigation::go(chat.as_deref());
            self.chat.set(chat.clone());
            // How it is set is what is to be shown anew.
            self.shown.set_value(None);
            self.show_named(chat);
        } else {
            self.open(chat);
        }
    }

    /// Shows more of what was said before.
    pub fn show_earlier(self) {
        let here = self.turns.with_untracked(Vec::len);
        let here = u32::try_from(here).unwrap_or(u32::MAX);
        self.count.set_value(here.saturating_add(LAST));
        self.through.set_value(None);
        self.reload();
    }

    /// Shows another one of the messages that stand in one place. What was pressed for it, which has this label, is
    /// another one then, and has the focus.
    pub fn turn_to(self, message: String, label: &'static str) {
        let Some(chat) = self.chat.get_untracked() else {
            return;
        };
        spawn_local(async move {
            match api::touch(vec![chat], Touch::Show(message.clone())).await {
                Ok(()) => {
                    self.load().await;
                    focus_in(message, label);
                }
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
        self.asked.update_value(|asked| *asked += 1);
        let asked = self.asked.get_value();
        let chat = self.chat.get_untracked();
        let (count, through) = (Some(self.count.get_value()), self.through.get_value());
        let loaded = api::path(chat.clone(), count, through).await;
        // Another one may have been opened meanwhile, or this one asked for again; and a question that is on its way to
        // the server has the server's answer shown.
        let overtaken = self.asked.get_value() != asked
            || self.chat.with_untracked(|open| *open != chat)
            || self.is_sending();
        if overtaken {
            return;
        }
        match loaded {
            Ok(path) => {
                let opened = !self.is_settled() || chat.is_none();
                if chat.is_some() {
                    self.draw(&path);
                }
                // What is being written and chosen here is newer than what is kept of it.
                if opened && path.model.is_some() {
                    self.chosen.set(path.model);
                }
                if opened && !path.draft.is_empty() {
                    self.draft.set(path.draft);
                }
                self.follow_unfinished();
            }
            Err(error) if error.kind == ErrorKind::NotFound => {
                self.draw(&Path::default());
                self.missing.set(true);
            }
            Err(error) => self.tell("The chat could not be loaded", &error),
        }
    }

    /// Asks for the open chat once more where it could not be had.
    pub fn try_again(self) {
        if !self.is_settled() {
            self.reload();
        }
    }

    /// Whether what is shown is what is open.
    pub(super) fn is_settled(self) -> bool {
        let shown = self.shown.get_value();
        self.chat.with_untracked(|open| *open == shown)
    }

    /// Whether a question is on its way to the server.
    fn is_sending(self) -> bool {
        let running = untrack(|| self.running_reply());
        running.is_some_and(|reply| reply.generation.with_untracked(Option::is_none))
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

/// Gives the focus to what has this label in a message, or to what stands beside it: at either end of the versions there
/// is one way only.
fn focus_in(message: String, label: &str) {
    let wanted = format!(".actions [aria-label=\"{label}\"]:not(:disabled)");
    let _ = request_animation_frame(move || {
        let Some(message) = document().get_element_by_id(&message) else {
            return;
        };
        let found = [&*wanted, ".actions button:not(:disabled)"]
            .into_iter()
            .find_map(|selector| message.query_selector(selector).ok().flatten());
        if let Some(found) = found.as_ref().and_then(|it| it.dyn_ref::<HtmlElement>()) {
            let _ = found.focus();
        }
    });
}
