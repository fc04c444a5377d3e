//! The state of the page: the chat that is open, its turns, what runs, and the verbs that change them.
//!
//! Everything here is a signal or a verb. Chats and generations belong to the server; what is here is what is shown of
//! them. How a question is sent and its answer followed is in [`super::exchange`], how a chat is opened in
//! [`super::opening`].

use std::sync::Arc;

use futures_util::future::AbortHandle;
use leptos::{prelude::*, task::spawn_local};

use super::{
    navigation,
    panel::Panel,
    shelf::Shelf,
    turn::{Reply, Turn, TurnBody},
};
use crate::{
    chat::{Models, Opening, Touch, api, path::LAST},
    client::{
        follow::Link,
        ids,
        memory::{self, Pending},
    },
    error::{Error, ErrorKind},
};

/// The conversation of this tab; `Copy`, like the signals it is made of.
#[derive(Clone, Copy, Debug)]
pub struct Conversation {
    /// The chat that is open; `None`: a new one.
    pub chat: RwSignal<Option<String>>,
    /// What it is called.
    pub title: RwSignal<Option<String>>,
    /// The turns of the path that is shown, oldest first.
    pub turns: RwSignal<Vec<Turn>>,
    /// The key of the turn that is being answered.
    pub running: RwSignal<Option<u32>>,
    /// How the connection to the server is.
    pub link: RwSignal<Link>,
    /// The models; `None` until they have been asked for.
    pub models: RwSignal<Option<Models>>,
    /// The model that the person has chosen.
    pub chosen: RwSignal<Option<String>>,
    /// Told when the composer should have the focus: what had it is gone.
    pub attention: RwSignal<()>,
    /// What could not be done, and why.
    pub trouble: RwSignal<Option<String>>,
    /// Whether the address names a chat that there is not.
    pub missing: RwSignal<bool>,
    /// The question in whose place another one is being written.
    pub editing: RwSignal<Option<Editing>>,
    /// The list of chats.
    pub shelf: Shelf,
    /// How many messages there are before the turns.
    pub earlier: RwSignal<u32>,
    /// The message that is sought: told once it is on the page.
    pub sought: RwSignal<Option<String>>,
    /// What was being written in a chat when it was opened.
    pub draft: RwSignal<String>,
    /// The dialog.
    pub panel: Panel,
    /// Ends the following of the running answer, which goes on without this tab.
    pub(super) following: StoredValue<Option<AbortHandle>>,
    /// The chat whose turns are shown: for a moment it may be another one than that which is open.
    pub(super) shown: StoredValue<Option<String>>,
    /// How many of a chat's last messages are wanted.
    pub(super) count: StoredValue<u32>,
    /// The message that is wanted, however far back it is.
    pub(super) through: StoredValue<Option<String>>,
    /// How often the chat has been asked for: an answer that was overtaken by a later one is none.
    pub(super) asked: StoredValue<u32>,
    next_key: StoredValue<u32>,
}

/// A question in whose place another one is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editing {
    /// Its turn's key.
    key: u32,
    /// What the other one is to begin with.
    pub text: Arc<str>,
}

impl Conversation {
    /// What the page begins with.
    pub fn new(opening: &Opening) -> Self {
        let conversation = Self {
            chat: RwSignal::default(),
            title: RwSignal::default(),
            turns: RwSignal::default(),
            running: RwSignal::default(),
            link: RwSignal::default(),
            models: RwSignal::default(),
            chosen: RwSignal::default(),
            attention: RwSignal::default(),
            trouble: RwSignal::default(),
            missing: RwSignal::new(opening.missing),
            editing: RwSignal::default(),
            shelf: Shelf::new(),
            earlier: RwSignal::default(),
            sought: RwSignal::default(),
            draft: RwSignal::default(),
            panel: Panel::new(),
            following: StoredValue::default(),
            count: StoredValue::new(LAST),
            through: StoredValue::default(),
            asked: StoredValue::new(0),
            shown: StoredValue::default(),
            next_key: StoredValue::new(0),
        };
        conversation.draw(&opening.path);
        conversation.chosen.set(opening.path.model.clone());
        conversation.draft.set(opening.path.draft.clone());
        conversation
    }

    /// The model that will be asked: the chosen one while there is such a model, else the default.
    pub fn model(self) -> Option<String> {
        let chosen = self.chosen.get();
        self.models.with(|models| {
            let Some(models) = models else {
                return chosen;
            };
            // While the models are not known, the choice stands.
            chosen
                .filter(|name| models.error.is_some() || models.offers(name))
                .or_else(|| models.default.clone())
        })
    }

    /// In the browser, once the page is awake: follows the answer that is being written, and sends the question that
    /// the server may not have yet.
    pub fn wake(self) {
        if self.chosen.with_untracked(Option::is_none) {
            self.chosen.set(memory::load_model());
        }
        self.load_models();
        if let Some(message) = navigation::fragment() {
            self.seek(message);
        }
        match memory::load_pending() {
            Some(pending) if pending.chat == self.chat.get_untracked() => self.send_again(pending),
            _ => self.follow_unfinished(),
        }
    }

    /// Asks for the models.
    pub fn load_models(self) {
        spawn_local(async move {
            let models = api::models().await.unwrap_or_else(|error| Models {
                error: Some(error),
                ..Models::default()
            });
            self.models.set(Some(models));
        });
    }

    /// Chooses the model for what is asked from now on.
    pub fn choose(self, model: String) {
        memory::save_model(&model);
        self.chosen.set(Some(model));
    }

    /// Gives the chat of this id another name.
    pub fn rename(self, chat: String, title: String) {
        if self
            .chat
            .with_untracked(|open| open.as_ref() == Some(&chat))
        {
            self.title.set(Some(title.clone()));
        }
        self.shelf.touch(vec![chat], Touch::Rename(title));
    }

    /// Whether something can be asked now: nothing is being written here, and what is shown is what is open.
    pub fn may_ask(self) -> bool {
        self.running.get_untracked().is_none() && self.is_settled()
    }

    /// Asks.
    pub fn ask(self, text: &str) {
        if !self.may_ask() {
            return;
        }
        if let Some(Editing { key, .. }) = self.editing.get_untracked() {
            self.editing.set(None);
            let text = text.into();
            self.branch(self.before(key), Some(Editing { key, text }));
            return;
        }
        self.missing.set(false);
        let reply = Reply::new(untrack(|| self.model()));
        let key = self.push(text, &reply);
        self.run(key, reply);
    }

    /// Has the next question stand in the place of one that was asked before.
    pub fn edit(self, key: u32) {
        let Some(turn) = self.turn(key) else {
            return;
        };
        if let TurnBody::Question(text) = &turn.body {
            let text = match &**text {
                "" => turn.shown_text().into(),
                _ => Arc::clone(text),
            };
            self.trouble.set(None);
            self.editing.set(Some(Editing { key, text }));
            self.attention.set(());
        }
    }

    /// Asks once more for an answer that was cut: to go on after its text, or to begin anew. What has text stays as it
    /// is when it is begun anew, and the new answer stands beside it. A request that never arrived is sent again under
    /// its own id, so that it is answered once even if it did arrive; what is not the same request has another.
    pub fn ask_again(self, key: u32, reply: &Reply, go_on: bool) {
        if self.running.get_untracked().is_some() {
            return;
        }
        let id = self.turn(key).and_then(|turn| turn.id.get_untracked());
        if reply.has_text() && !go_on && id.is_some() {
            self.branch(self.before(key), None);
            return;
        }
        let done = reply.answer.with_untracked(|answer| answer.done.clone());
        let error = done.and_then(|done| done.error);
        if error.is_none_or(|error| error.kind != ErrorKind::Offline) {
            reply.request_id.set(ids::request_id());
        }
        reply.generation.set(None);
        // An answer has one hand: what goes on stays with its model.
        if !go_on {
            reply.model.set(untrack(|| self.model()));
        }
        reply.answer.update(|answer| {
            answer.go_on();
            if !go_on {
                answer.clear();
            }
        });
        self.run(key, reply.clone());
    }

    /// Answers the question `parent` once more, or asks another one in the place of one that stands after it. Nothing is
    /// overwritten; and what cannot be asked is not lost.
    fn branch(self, parent: Option<String>, edited: Option<Editing>) {
        let (chat, model) = (self.chat.get_untracked(), untrack(|| self.model()));
        let text = edited.as_ref().map(|edited| edited.text.to_string());
        spawn_local(async move {
            let request_id = Some(ids::request_id());
            match api::ask(chat, parent, text, model, request_id).await {
                Ok(_) => self.reload(),
                Err(error) => {
                    if edited.is_some() {
                        self.editing.set(edited);
                    }
                    self.tell("It could not be asked", &error);
                }
            }
        });
    }

    /// Deletes a message with all that hangs below it, once the person has said so again.
    pub fn delete(self, key: u32) {
        let message = self.turn(key).and_then(|turn| turn.id.get_untracked());
        let (Some(chat), Some(message)) = (self.chat.get_untracked(), message) else {
            return;
        };
        let question =
            "Delete this message, and everything that follows it? This cannot be undone.";
        if window().confirm_with_message(question) != Ok(true) {
            return;
        }
        spawn_local(async move {
            match api::touch(vec![chat], Touch::DeleteMessage(message)).await {
                Ok(()) => {
                    self.reload();
                    self.attention.set(());
                }
                Err(error) => self.tell("It could not be deleted", &error),
            }
        });
    }

    /// The message before a turn, if the server has it.
    pub fn before(self, key: u32) -> Option<String> {
        self.turns.with_untracked(|turns| {
            let at = turns.iter().position(|turn| turn.key == key)?;
            turns[..at]
                .iter()
                .rev()
                .find_map(|turn| turn.id.get_untracked())
        })
    }

    /// Whether the person has asked for a stop that has not come about yet.
    pub fn is_stopping(self) -> bool {
        self.running_reply()
            .is_some_and(|reply| reply.stopping.get())
    }

    /// Has the list say what there is, and which chat is open.
    pub fn refresh_list(self) {
        self.shelf.refresh(self.chat.get_untracked());
    }

    /// The reply that is being written.
    pub(super) fn running_reply(self) -> Option<Reply> {
        let key = self.running.get()?;
        self.turns.with(|turns| {
            let turn = turns.iter().find(|turn| turn.key == key)?;
            turn.reply().cloned()
        })
    }

    /// A turn by its key.
    pub(super) fn turn(self, key: u32) -> Option<Turn> {
        self.turns
            .with_untracked(|turns| turns.iter().find(|turn| turn.key == key).cloned())
    }

    /// Says what could not be done, and why.
    pub(super) fn tell(self, what: &str, error: &Error) {
        self.trouble.set(Some(format!("{what}: {}", error.message)));
    }

    /// Lets go of the answer that is being followed: it goes on without this tab.
    pub(super) fn leave(self) {
        if let Some(following) = self.following.try_update_value(Option::take).flatten() {
            following.abort();
        }
        self.running.set(None);
        self.link.set(Link::Live);
    }

    /// Sends a question once more that this tab had not heard of when it was reloaded.
    fn send_again(self, pending: Pending) {
        let reply = Reply::new(pending.model);
        reply.request_id.set(pending.request_id);
        // It may be on the path already: then the server says where, and the chat is shown as it is.
        let key = self.push(&pending.text, &reply);
        self.run(key, reply);
    }

    /// Puts a question and its reply at the end; gives the reply's key.
    fn push(self, text: &str, reply: &Reply) -> u32 {
        let (question, answer) = (self.new_key(), self.new_key());
        self.turns.update(|turns| {
            turns.push(Turn::new(question, TurnBody::Question(text.into())));
            turns.push(Turn::new(answer, TurnBody::Reply(reply.clone())));
        });
        answer
    }

    pub(super) fn new_key(self) -> u32 {
        let key = self.next_key.get_value();
        self.next_key.set_value(key + 1);
        key
    }
}
