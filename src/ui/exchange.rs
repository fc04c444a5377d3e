//! How a question is sent and its answer followed: from the verbs of [`Conversation`] to the server and back.

use futures_util::future::abortable;
use leptos::{prelude::*, task::spawn_local};

use super::{
    conversation::Conversation,
    turn::{Reply, Turn, TurnBody},
};
use crate::{
    chat::{Status, api},
    client::{
        follow::{self, Ended, Link},
        frames::EachFrame,
        memory::{self, Pending},
    },
    error::{Error, ErrorKind},
};

impl Conversation {
    /// Sends for a reply unless the server has it already, and follows it to its end.
    pub(super) fn run(self, key: u32, reply: Reply) {
        self.running.set(Some(key));
        self.attention.set(());
        reply.stopping.set(false);
        self.trouble.set(None);
        let (running, handle) = abortable(async move {
            if let Some(generation) = self.send(key, &reply).await {
                self.follow(key, &reply, &generation).await;
            }
            // Another chat may have been opened meanwhile.
            if self.running.get_untracked() == Some(key) {
                self.running.set(None);
                self.link.set(Link::Live);
                if reply.stopping.get_untracked() {
                    self.attention.set(());
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
        let Some(reply) = untrack(|| self.running_reply()) else {
            return;
        };
        reply.stopping.set(true);
        // Without one it is still being sent for: then it is stopped as soon as it has one.
        if reply.generation.with_untracked(Option::is_some) {
            self.tell_stop(reply, false);
        }
    }

    /// Ends an answer whose model hangs, and frees the model.
    pub fn unload(self, reply: &Reply) {
        reply.stopping.set(true);
        self.tell_stop(reply.clone(), true);
    }

    /// Has the server begin the reply; `None` when that failed, which the reply then tells.
    async fn send(self, key: u32, reply: &Reply) -> Option<String> {
        if let Some(generation) = reply.generation.get_untracked() {
            return Some(generation);
        }
        let (question, answer) = self.pair(key)?;
        let chat = self.chat.get_untracked();
        let model = reply.model.get_untracked();
        let request_id = reply.request_id.get_untracked();
        let begun = match (chat, answer.id.get_untracked()) {
            (Some(chat), Some(answer)) => api::go_on(chat, answer, model, Some(request_id)).await,
            (chat, _) => {
                let TurnBody::Question(text) = &question.body else {
                    return None;
                };
                let pending = Pending {
                    chat,
                    parent: self.before(question.key),
                    text: text.to_string(),
                    model,
                    request_id,
                };
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
        };
        match begun {
            Ok(begun) => {
                memory::save_pending(None);
                reply.model.set(Some(begun.model));
                reply.generation.set(Some(begun.generation.clone()));
                let twice = |turns: &Vec<Turn>| {
                    let mut others = turns.iter().filter(|turn| turn.key != key);
                    others.any(|turn| turn.is(&begun.answer))
                };
                if self.turns.with_untracked(twice) {
                    // The server had it before the page was reloaded, and so it is on the path already.
                    let ours = [question.key, key];
                    self.turns
                        .update(|turns| turns.retain(|turn| !ours.contains(&turn.key)));
                    self.leave();
                    self.reload();
                    return None;
                }
                question.id.set(Some(begun.question));
                answer.id.set(Some(begun.answer));
                if self.chat.with_untracked(Option::is_none) {
                    self.settle(begun.chat, begun.title);
                } else if begun.title.is_some() {
                    self.title.set(begun.title);
                }
                self.refresh_list();
                if reply.stopping.get_untracked() {
                    self.tell_stop(reply.clone(), false);
                }
                Some(begun.generation)
            }
            Err(error) => {
                // What could not arrive is kept for after a reload; what was refused is not.
                if error.kind != ErrorKind::Offline {
                    memory::save_pending(None);
                }
                reply.fail(Status::Failed, error);
                None
            }
        }
    }

    /// Appends what the generation says to the reply's signal, whose readers are told once a frame.
    async fn follow(self, key: u32, reply: &Reply, generation: &str) {
        let frame = EachFrame::default();
        let on_event = |seq, event| {
            reply
                .answer
                .update_untracked(|answer| answer.apply(seq, event));
            let answer = reply.answer.clone();
            frame.request(move || answer.notify());
        };
        let on_link = |link| {
            if self.running.get_untracked() == Some(key) && self.link.get_untracked() != link {
                self.link.set(link);
            }
        };
        if follow::follow(generation, on_event, on_link).await == Ended::Gone {
            reply.fail(Status::Interrupted, lost());
        }
    }

    fn tell_stop(self, reply: Reply, unload: bool) {
        spawn_local(async move {
            let generation = reply.generation.get_untracked().unwrap_or_default();
            let told = if unload {
                api::unload(generation).await
            } else {
                api::stop(generation).await
            };
            if let Err(error) = told {
                reply.stopping.set(false);
                self.tell("It could not be stopped", &error);
            }
        });
    }

    /// The question that is answered by the turn with this key, and that turn.
    fn pair(self, key: u32) -> Option<(Turn, Turn)> {
        self.turns.with_untracked(|turns| {
            let at = turns.iter().position(|turn| turn.key == key)?;
            Some((turns.get(at.checked_sub(1)?)?.clone(), turns[at].clone()))
        })
    }
}

/// What is said of an answer whose rest is gone.
fn lost() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "Brooklet was restarted and no longer has the rest of this answer. What had arrived is kept.",
    )
}
