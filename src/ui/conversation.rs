//! The state of the page: the chat that is open, what runs in it, and the verbs that change them.
//!
//! Everything here is a signal or a verb. Chats and generations belong to the server; what is here is what is shown of
//! them, and its messages are in the document itself ([`super::messages`]). How a question is sent and its answer followed is in [`super::exchange`], how a chat is opened in
//! [`super::opening`].

use futures_util::future::AbortHandle;
use leptos::{html, prelude::*, task::spawn_local};
use web_sys::Element;

use super::{
    message::{self, Answered, Place},
    messages, navigation,
    panel::Panel,
    reply::Reply,
    shelf::Shelf,
};
use crate::{
    chat::{Models, Opening, Touch, api},
    client::{
        follow::Link,
        ids,
        memory::{self, Pending},
        scroll::Follow,
    },
    error::Error,
    words::Words,
};

/// The conversation of this tab; `Copy`, like the signals it is made of.
#[derive(Clone, Copy, Debug)]
pub struct Conversation {
    /// The chat that is open; `None`: a new one.
    pub chat: RwSignal<Option<String>>,
    /// What it is called.
    pub title: RwSignal<Option<String>>,
    /// Whether there is a message.
    pub begun: RwSignal<bool>,
    /// Whether an answer is being asked for or followed.
    pub running: RwSignal<bool>,
    /// Whether the person has asked for a stop of it that has not come about yet.
    pub stopping: RwSignal<bool>,
    /// How the connection to the server is.
    pub link: RwSignal<Link>,
    /// The models; `None` until they have been asked for.
    pub models: RwSignal<Option<Models>>,
    /// Why there was nobody to ask when the server made the page, if so.
    pub problem: StoredValue<Option<String>>,
    /// The model that the person has chosen.
    pub chosen: RwSignal<Option<String>>,
    /// The question that is asked once the running answer has ended.
    pub queued: RwSignal<Option<String>>,
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
    /// Whether there are messages before those that are shown.
    pub earlier: RwSignal<bool>,
    /// Where the messages are.
    pub list: NodeRef<html::Div>,
    /// Where in them one reads.
    pub follow: Follow,
    /// What was being written in a chat when it was opened.
    pub draft: RwSignal<String>,
    /// When something was typed last into the question, by the clock of events, in milliseconds.
    pub typed: StoredValue<f64>,
    /// The dialog.
    pub panel: Panel,
    /// Ends the following of the running answer, which goes on without this tab.
    pub(super) following: StoredValue<Option<AbortHandle>>,
    /// The answers that have come while the page is open, and are on it.
    replies: StoredValue<Vec<Reply>, LocalStorage>,
    /// The chat whose messages are shown: for a moment it may be another one than that which is open.
    pub(super) shown: StoredValue<Option<String>>,
    /// The message that is wanted, however far back it is.
    pub(super) through: StoredValue<Option<String>>,
    /// The message before which others are being asked for.
    pub(super) asked_before: StoredValue<Option<String>>,
    /// How often the chat has been asked for: an answer that was overtaken by a later one is none.
    pub(super) asked: StoredValue<u32>,
}

/// A question in whose place another one is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editing {
    /// The message before it.
    before: Option<String>,
    /// What the other one is to begin with.
    pub text: String,
}

impl Conversation {
    /// What the page begins with: the messages stand in the document.
    pub fn new(opening: &Opening) -> Self {
        let transcript = &opening.transcript;
        let title = Some(transcript.title.clone()).filter(|title| !title.is_empty());
        Self {
            chat: RwSignal::new(transcript.chat.clone()),
            title: RwSignal::new(title),
            begun: RwSignal::new(opening.begun),
            running: RwSignal::default(),
            stopping: RwSignal::default(),
            link: RwSignal::default(),
            models: RwSignal::default(),
            problem: StoredValue::new(opening.problem.clone()),
            chosen: RwSignal::new(transcript.model.clone()),
            queued: RwSignal::default(),
            attention: RwSignal::default(),
            trouble: RwSignal::default(),
            missing: RwSignal::new(opening.missing),
            editing: RwSignal::default(),
            shelf: Shelf::new(),
            earlier: RwSignal::new(transcript.earlier != 0),
            list: NodeRef::new(),
            follow: Follow::new(),
            draft: RwSignal::new(transcript.draft.clone()),
            typed: StoredValue::new(f64::NEG_INFINITY),
            panel: Panel::new(),
            following: StoredValue::default(),
            replies: StoredValue::new_local(Vec::new()),
            through: StoredValue::default(),
            asked_before: StoredValue::default(),
            asked: StoredValue::new(0),
            shown: StoredValue::new(transcript.chat.clone()),
        }
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
        match navigation::fragment() {
            Some(message) => self.seek(message),
            None => self.go_back(),
        }
        match memory::load_pending() {
            Some(pending) if pending.chat == self.chat.get_untracked() => self.send_again(&pending),
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
        !self.running.get_untracked() && self.is_settled()
    }

    /// Asks.
    pub fn ask(self, text: &str) {
        if !self.may_ask() {
            return;
        }
        if let Some(Editing { before, .. }) = self.editing.get_untracked() {
            self.editing.set(None);
            let text = text.to_owned();
            let model = untrack(|| self.model());
            self.branch(before.clone(), Some(Editing { before, text }), model);
            return;
        }
        self.missing.set(false);
        let model = untrack(|| self.model());
        if let Some(reply) = self.push(text, model.as_deref()) {
            self.run(reply);
        }
    }

    /// Has this be asked once the running answer has ended; with what is to be asked then already, if there is something.
    pub fn queue(self, text: &str) {
        self.queued.update(|queued| {
            let queued = queued.get_or_insert_default();
            if !queued.is_empty() {
                queued.push_str("\n\n");
            }
            queued.push_str(text);
        });
    }

    /// Asks what is queued.
    pub fn ask_queued(self) {
        if self.may_ask()
            && let Some(text) = self.queued.try_update(Option::take).flatten()
        {
            self.ask(&text);
        }
    }

    /// Has the next question stand in the place of one that was asked before.
    pub fn edit(self, question: &Element) {
        let Some(list) = self.list.get_untracked() else {
            return;
        };
        self.trouble.set(None);
        self.editing.set(Some(Editing {
            before: messages::before(&list, Some(question)),
            text: messages::question_of(question),
        }));
        self.attention.set(());
    }

    /// Has the question before this answer be answered once more, by this model or the chosen one: what there is stays as
    /// it is, and the new answer stands beside it.
    pub fn answer_again(self, answer: &Element, model: Option<String>) {
        if let (Some(list), true) = (self.list.get_untracked(), self.may_ask()) {
            let model = model.or_else(|| untrack(|| self.model()));
            self.branch(messages::before(&list, Some(answer)), None, model);
        }
    }

    /// Asks once more for an answer that was cut, in its place: to go on after its text, or to begin anew.
    pub fn ask_again(self, answer: &Element, go_on: bool) {
        if !self.may_ask() {
            return;
        }
        let reply = self.reply_of(answer);
        reply.reopen(go_on);
        // An answer has one hand: what goes on stays with its model.
        if !go_on {
            let model = untrack(|| self.model());
            messages::put_text(answer, ".model", &model.unwrap_or_default());
        }
        self.run(reply);
    }

    /// Answers the question `parent` once more, or asks another one in the place of one that stands after it. Nothing is
    /// overwritten; and what cannot be asked is not lost.
    fn branch(self, parent: Option<String>, edited: Option<Editing>, model: Option<String>) {
        let chat = self.chat.get_untracked();
        let text = edited.as_ref().map(|edited| edited.text.clone());
        spawn_local(async move {
            let request_id = Some(ids::request_id());
            match api::ask(chat, parent, text, model, request_id).await {
                Ok(_) => self.reload(),
                Err(error) => {
                    if edited.is_some() {
                        self.editing.set(edited);
                    }
                    self.tell(Words::not_asked, &error);
                }
            }
        });
    }

    /// Deletes a message with all that hangs below it, once the person has said so again.
    pub fn delete(self, message: &Element) {
        let (Some(chat), Some(message)) = (self.chat.get_untracked(), messages::id_of(message))
        else {
            return;
        };
        let question = Words::here().delete_message_sure();
        if window().confirm_with_message(question) != Ok(true) {
            return;
        }
        spawn_local(async move {
            match api::touch(vec![chat], Touch::DeleteMessage(message)).await {
                Ok(()) => {
                    self.reload();
                    self.attention.set(());
                }
                Err(error) => self.tell(Words::not_deleted, &error),
            }
        });
    }

    /// Has the list say what there is, and which chat is open.
    pub fn refresh_list(self) {
        self.shelf.refresh(self.chat.get_untracked());
    }

    /// The reply that is being written.
    pub(super) fn running_reply(self) -> Option<Reply> {
        self.replies
            .with_value(|replies| replies.iter().find(|reply| reply.runs()).cloned())
    }

    /// The reply whose element this is.
    pub(super) fn reply_of(self, article: &Element) -> Reply {
        let known = self.replies.with_value(|replies| {
            let mut replies = replies.iter();
            replies.find(|reply| reply.article() == article).cloned()
        });
        known.unwrap_or_else(|| {
            let reply = Reply::of(article.clone());
            self.replies
                .update_value(|replies| replies.push(reply.clone()));
            reply
        })
    }

    /// Forgets the replies that are not on the page any more.
    pub(super) fn forget_replies(self) {
        if self
            .running_reply()
            .is_some_and(|reply| !reply.article().is_connected())
        {
            self.leave();
        }
        self.replies
            .update_value(|replies| replies.retain(|reply| reply.article().is_connected()));
    }

    /// Says what could not be done, and why.
    pub(super) fn tell(self, what: impl FnOnce(Words, &str) -> String, error: &Error) {
        self.trouble.set(Some(what(Words::here(), &error.message)));
    }

    /// Lets go of the answer that is being followed: it goes on without this tab.
    pub(super) fn leave(self) {
        if let Some(following) = self.following.try_update_value(Option::take).flatten() {
            following.abort();
        }
        if let Some(reply) = self.running_reply() {
            reply.set_runs(false);
        }
        self.running.set(false);
        self.link.set(Link::Live);
    }

    /// Sends a question once more that this tab had not heard of when it was reloaded.
    fn send_again(self, pending: &Pending) {
        // It may be on the path already: then the server says where, and the chat is shown as it is.
        if let Some(reply) = self.push(&pending.text, pending.model.as_deref()) {
            reply.set_request_id(pending.request_id.clone());
            self.run(reply);
        }
    }

    /// Puts a question and its reply at the end; gives the reply.
    fn push(self, text: &str, model: Option<&str>) -> Option<Reply> {
        let list = self.list.get_untracked()?;
        let words = Words::here();
        let answered = Answered {
            model: model.unwrap_or_default(),
            ..Answered::default()
        };
        messages::put_after(
            &list,
            &message::question(words, "", text, None, Place::default()),
        )?;
        let article =
            messages::put_after(&list, &message::answer(words, &answered, Place::default()))?;
        self.begun.set(true);
        Some(self.reply_of(&article))
    }
}
