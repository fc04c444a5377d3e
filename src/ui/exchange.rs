//! How a question is sent and its answer followed: from the verbs of [`Conversation`] to the server and back.

use std::slice::from_ref;

use futures_util::future::abortable;
use leptos::{prelude::*, task::spawn_local};
use web_sys::Element;

use super::{
    conversation::Conversation,
    finishing,
    message::{self, Speaker},
    messages,
    reply::Reply,
};
use crate::{
    chat::{Status, api},
    client::{
        follow::{self, Ended, Link},
        frames::EachFrame,
        memory::{self, Pending},
    },
    error::{Error, ErrorKind, Result},
    words::Words,
};

/// For how long after a key what comes gives way to it, in milliseconds.
const HAND: f64 = 50.0;

impl Conversation {
    /// Sends for a reply unless the server has it already, and follows it to its end.
    pub(super) fn run(self, reply: Reply) {
        reply.set_runs(true);
        self.running.set(true);
        self.attention.set(());
        self.stopping.set(false);
        self.trouble.set(None);
        let (running, handle) = abortable(async move {
            if let Some(generation) = self.send(&reply).await {
                self.follow(&reply, &generation).await;
            }
            if reply.set_runs(false) {
                self.running.set(false);
                self.link.set(Link::Live);
                if self.stopping.get_untracked() {
                    self.attention.set(());
                }
                // After a failure it waits until somebody has seen to that.
                if !reply.has_failed() && self.queued.with_untracked(Option::is_some) {
                    self.ask_queued();
                    return;
                }
            }
            // One that goes away answers no more questions.
            if !reply.was_cut_by_shutdown() {
                self.refresh_list();
            }
            if self.models.with_untracked(|models| {
                models.as_ref().is_none_or(|models| models.error.is_some())
            }) {
                self.load_models();
            }
        });
        self.following.set_value(Some(handle));
        spawn_local(async move {
            let _ = running.await;
        });
    }

    /// Stops the running answer; its text so far stays.
    pub fn stop(self) {
        let Some(reply) = self.running_reply() else {
            return;
        };
        self.stopping.set(true);
        // Without one it is still being sent for: then it is stopped as soon as it has one.
        if let Some(generation) = reply.generation() {
            self.tell_stop(generation, false);
        }
    }

    /// Ends the running answer, whose model hangs, and frees the model.
    pub fn unload(self) {
        if let Some(generation) = self.running_reply().and_then(|reply| reply.generation()) {
            self.stopping.set(true);
            self.tell_stop(generation, true);
        }
    }

    /// Has the server begin the reply; `None` when that failed, which the reply then tells.
    async fn send(self, reply: &Reply) -> Option<String> {
        if let Some(generation) = reply.generation() {
            return Some(generation);
        }
        let (list, article) = (self.list.get_untracked()?, reply.article());
        let question = article.previous_element_sibling()?;
        let begun = match (self.chat.get_untracked(), reply.id()) {
            (Some(chat), Some(answer)) => {
                api::go_on(chat, answer, reply.model(), Some(reply.request_id())).await
            }
            (chat, _) => {
                let pending = Pending {
                    chat,
                    parent: messages::before(&list, Some(&question)),
                    text: messages::question_of(&question),
                    model: reply.model(),
                    request_id: reply.request_id(),
                };
                ask(pending).await
            }
        };
        match begun {
            Ok(begun) => {
                memory::save_pending(None);
                let twin = messages::find(&list, &begun.answer);
                if twin.is_some_and(|twin| twin != *article) {
                    // The server had it before the page was reloaded, and so it is on the path already.
                    question.remove();
                    article.remove();
                    self.forget_replies();
                    self.reload();
                    return None;
                }
                messages::put_text(article, ".model", &begun.model);
                reply.set_generation(Some(begun.generation.clone()));
                article.set_id(&begun.answer);
                know(&question, &begun.question);
                if self.chat.with_untracked(Option::is_none) {
                    self.settle(begun.chat, begun.title);
                } else if begun.title.is_some() {
                    self.title.set(begun.title);
                }
                self.refresh_list();
                if self.stopping.get_untracked() {
                    self.tell_stop(begun.generation.clone(), false);
                }
                Some(begun.generation)
            }
            Err(error) => {
                // What could not arrive, or was nobody's, is kept for after a reload; what was refused is not.
                if !matches!(error.kind, ErrorKind::Offline | ErrorKind::SignedOut) {
                    memory::save_pending(None);
                }
                reply.fail(Status::Failed, error);
                None
            }
        }
    }

    /// Appends what the generation says to the reply's signal, whose readers are told once a frame.
    async fn follow(self, reply: &Reply, generation: &str) {
        let frame = EachFrame::default();
        let on_event = |seq, event| {
            reply
                .answer()
                .update_untracked(|answer| answer.apply(seq, event));
            let answer = reply.answer().clone();
            // What a hand types is seen first.
            let types = move |now| self.typed.try_get_value().is_some_and(|at| now - at < HAND);
            frame.request(types, move || answer.notify());
        };
        let on_link = |link| {
            if reply.runs() && self.link.get_untracked() != link {
                self.link.set(link);
            }
        };
        match follow::follow(generation, on_event, on_link).await {
            // What comes after it finds the end drawn, in a tab without frames too.
            Ended::Done => reply.answer().notify(),
            Ended::Gone => reply.fail(Status::Interrupted, lost()),
            Ended::SignedOut => {
                let error = Error::new(ErrorKind::SignedOut, Words::here().signed_out_here());
                reply.fail(Status::Interrupted, error);
            }
        }
    }

    fn tell_stop(self, generation: String, unload: bool) {
        spawn_local(async move {
            let told = if unload {
                api::unload(generation).await
            } else {
                api::stop(generation).await
            };
            if let Err(error) = told {
                self.stopping.set(false);
                self.tell(Words::not_stopped, &error);
            }
        });
    }
}

/// Asks, and keeps what is asked until the server has it.
async fn ask(pending: Pending) -> Result<api::Asked> {
    memory::save_pending(Some(&pending));
    let Pending {
        chat,
        parent,
        text,
        model,
        request_id,
    } = pending;
    api::ask(chat, parent, Some(text), model, Some(request_id)).await
}

/// Has a question be the message of this id: something can be done with it then.
fn know(question: &Element, id: &str) {
    if messages::id_of(question).as_deref() == Some(id) {
        return;
    }
    question.set_id(id);
    let mut acts = String::new();
    message::acts(Words::here(), Speaker::Person, &mut acts);
    messages::put(question, ".actions", &acts);
    finishing::finish(from_ref(question));
}

/// What is said of an answer whose rest is gone.
fn lost() -> Error {
    Error::new(ErrorKind::NotFound, Words::here().lost_rest())
}
