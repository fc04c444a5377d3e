//! How a chat is opened and shown: from its address to the messages of its path.

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::{conversation::Conversation, finishing, messages, navigation};
use crate::{
    chat::{Touch, Transcript, api, path::LAST},
    client::{frames::at_next_frame, memory, scroll::Follow},
    error::ErrorKind,
    words::Words,
};

impl Conversation {
    /// Opens a chat at its end, or a new one. What is being written is written on.
    pub fn open(self, chat: Option<String>) {
        if let Some(chat) = &chat {
            memory::save_place(chat, None);
        }
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
            self.show_message(message);
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
                    self.tell(Words::not_shown, &error);
                    return;
                }
                self.load().await;
            }
            self.show_message(message);
        });
    }

    /// Shows a message that is on the page, once that is laid out, and gives it the focus.
    fn show_message(self, message: String) {
        at_next_frame(move || {
            if let Some(message) = document().get_element_by_id(&message) {
                self.follow.show(&message);
            }
        });
    }

    /// Goes to where one was reading in the open chat when one left it.
    pub(super) fn go_back(self) {
        let chat = self.chat.get_untracked();
        let Some(message) = Follow::kept(chat.as_deref()) else {
            return;
        };
        if self.has(&message) {
            self.follow.back(chat.as_deref());
            return;
        }
        self.through.set_value(Some(message));
        spawn_local(async move {
            self.load().await;
            if self.chat.with_untracked(|open| *open == chat) {
                self.follow.back(chat.as_deref());
            }
        });
    }

    /// Keeps where one reads in the chat that is shown.
    pub fn keep_place(self) {
        if let Some(list) = self.list.get_untracked() {
            self.follow.keep(self.shown.get_value().as_deref(), &list);
        }
    }

    fn has(self, message: &str) -> bool {
        let list = self.list.get_untracked();
        list.is_some_and(|list| messages::find(&list, message).is_some())
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
            self.keep_place();
            self.follow.to_bottom();
            // What is being written stays in its chat, what is queued with it.
            self.queued.set(None);
            self.draft.set(String::new());
            self.shown.set_value(None);
        }
        self.through.set_value(Follow::kept(chat.as_deref()));
        self.chat.set(chat);
        self.refresh_list();
        if self.chat.with_untracked(Option::is_none) {
            self.draw(&Transcript::default());
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

    /// Shows more of what was said before the messages that are shown.
    pub fn show_earlier(self) {
        let (Some(list), Some(chat)) = (self.list.get_untracked(), self.chat.get_untracked())
        else {
            return;
        };
        let first = list.first_element_child();
        let before = first.as_ref().and_then(messages::id_of);
        if !self.earlier.get_untracked() || before == self.asked_before.get_value() {
            return;
        }
        self.asked_before.set_value(before.clone());
        spawn_local(async move {
            let earlier = api::path(Some(chat), Some(LAST), before, None).await;
            self.asked_before.set_value(None);
            // Another chat may be shown by now, or another path.
            if list.first_element_child() != first {
                return;
            }
            match earlier {
                Ok(path) => {
                    self.follow
                        .hold(|| messages::put_before(&list, &path.messages));
                    finishing::finish(&[list.into()]);
                    self.earlier.set(path.earlier != 0);
                }
                Err(error) => self.tell(Words::not_earlier, &error),
            }
        });
    }

    /// Shows another one of the messages that stand in one place. What was pressed for it, which has this label, is
    /// another one then, and has the focus.
    pub fn turn_to(self, message: String, label: String) {
        let Some(chat) = self.chat.get_untracked() else {
            return;
        };
        spawn_local(async move {
            match api::touch(vec![chat], Touch::Show(message.clone())).await {
                Ok(()) => {
                    self.load().await;
                    focus_in(message, &label);
                }
                Err(error) => self.tell(Words::not_shown, &error),
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
        let through = self.through.get_value();
        let loaded = api::path(chat.clone(), Some(LAST), None, through).await;
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
                if opened {
                    self.follow.back(chat.as_deref());
                }
                // What is being written and chosen here is newer than what is kept of it.
                if opened && path.model.is_some() {
                    self.chosen.set(path.model);
                }
                if opened && !path.draft.is_empty() {
                    self.draft.set(path.draft);
                }
                self.follow_unfinished();
                self.ask_queued();
            }
            Err(error) if error.kind == ErrorKind::NotFound => {
                self.draw(&Transcript::default());
                self.missing.set(true);
            }
            Err(error) => self.tell(Words::not_loaded, &error),
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
        let running = self.running_reply();
        running.is_some_and(|reply| reply.generation().is_none())
    }

    /// Has the page be that of a chat which has begun with what is shown.
    pub(super) fn settle(self, chat: String, title: Option<String>) {
        navigation::go(Some(&chat));
        self.title.set(title);
        self.shown.set_value(Some(chat.clone()));
        self.chat.set(Some(chat));
    }

    /// Shows the path through a chat. What is shown already, and still the same, stays.
    pub(super) fn draw(self, path: &Transcript) {
        let Some(list) = self.list.get_untracked() else {
            return;
        };
        let kept = messages::place(&list, &path.messages);
        self.forget_replies();
        finishing::finish(&[list.into()]);
        self.chat.set(path.chat.clone());
        self.shown.set_value(path.chat.clone());
        self.title
            .set(Some(path.title.clone()).filter(|title| !title.is_empty()));
        self.earlier.set(path.earlier > kept);
        self.begun.set(!path.messages.is_empty());
    }

    /// Follows the answer on the path that is being written, if there is one.
    pub(super) fn follow_unfinished(self) {
        if self.running.get_untracked() {
            return;
        }
        let Some(list) = self.list.get_untracked() else {
            return;
        };
        if let Some(unfinished) = last(&list, ".answer[aria-busy=true]") {
            self.run(self.reply_of(&unfinished));
        }
    }
}

/// The last element in a list that a selector names.
fn last(list: &Element, selector: &str) -> Option<Element> {
    let all = list.query_selector_all(selector).ok()?;
    all.item(all.length().checked_sub(1)?)?.dyn_into().ok()
}

/// Gives the focus to what has this label in a message, or to what stands beside it: at either end of the versions there
/// is one way only.
fn focus_in(message: String, label: &str) {
    let wanted = format!(".actions [aria-label=\"{label}\"]:not(:disabled)");
    at_next_frame(move || {
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
