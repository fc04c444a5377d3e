//! The state of the page: the turns, what runs, and the verbs that change them.
//!
//! Everything here is a signal or a verb. The conversation is kept in the tab until the store comes; the generation
//! that answers belongs to the server, so that a reload finds it again.

use leptos::{prelude::*, task::spawn_local};

use super::turn::{Reply, Turn, TurnBody};
use crate::{
    chat::{Models, Status, api},
    client::{
        follow::{self, Ended, Link},
        frames::EachFrame,
        ids, memory,
    },
    error::{Error, ErrorKind},
};

/// The conversation of this tab; `Copy`, like the signals it is made of.
#[derive(Clone, Copy, Debug)]
pub struct Conversation {
    /// The turns, oldest first.
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
    /// Why the last stop, or unloading, failed.
    pub trouble: RwSignal<Option<Error>>,
    next_key: StoredValue<u32>,
}

impl Conversation {
    /// An empty one.
    #[allow(
        clippy::new_without_default,
        reason = "it makes signals, which belong to the component that calls it"
    )]
    pub fn new() -> Self {
        Self {
            turns: RwSignal::default(),
            running: RwSignal::default(),
            link: RwSignal::default(),
            models: RwSignal::default(),
            chosen: RwSignal::default(),
            attention: RwSignal::default(),
            trouble: RwSignal::default(),
            next_key: StoredValue::new(0),
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

    /// Takes up what this tab has kept, and follows the answer that was still being written.
    pub fn resume(self) {
        self.chosen.set(memory::load_model());
        self.load_models();
        let turns: Vec<_> = memory::load()
            .into_iter()
            .map(|saved| Turn::load(self.new_key(), saved))
            .collect();
        let mut unfinished = turns.iter().rev().filter_map(|turn| match &turn.body {
            TurnBody::Reply(reply) if !reply.is_done() => Some((turn.key, reply.clone())),
            _ => None,
        });
        let newest = unfinished.next();
        // One runs at a time, so there is no other unless something went wrong.
        for (_, reply) in unfinished {
            reply.fail(Status::Interrupted, lost());
        }
        self.turns.set(turns);
        if let Some((key, reply)) = newest {
            self.run(key, reply);
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

    /// Asks.
    pub fn ask(self, text: &str) {
        if self.running.get_untracked().is_some() {
            return;
        }
        let reply = Reply::new(untrack(|| self.model()));
        let key = self.new_key();
        let answer = self.new_key();
        self.turns.update(|turns| {
            turns.push(Turn {
                key,
                body: TurnBody::Question(text.into()),
            });
            turns.push(Turn {
                key: answer,
                body: TurnBody::Reply(reply.clone()),
            });
        });
        self.run(answer, reply);
    }

    /// Asks once more for an answer that was cut: to go on after its text, or to begin anew. A request that never
    /// arrived is sent again under its own id, so that it is answered once even if it did arrive; what is not the same
    /// request has another.
    pub fn ask_again(self, key: u32, reply: &Reply, go_on: bool) {
        if self.running.get_untracked().is_some() {
            return;
        }
        let done = reply.answer.with_untracked(|answer| answer.done.clone());
        let offline = done
            .and_then(|done| done.error)
            .is_some_and(|error| error.kind == ErrorKind::Offline);
        // What was sent began with the text, if there was any.
        if !offline || go_on != reply.has_text() {
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
                answer.epoch += 1;
                answer.content.clear();
                answer.thinking.clear();
            }
        });
        self.run(key, reply.clone());
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

    /// Begins anew.
    pub fn clear(self) {
        if self.running.get_untracked().is_some() {
            self.stop();
        }
        self.running.set(None);
        self.link.set(Link::Live);
        self.trouble.set(None);
        self.turns.set(Vec::new());
        self.save();
        self.attention.set(());
    }

    /// Keeps the conversation over a reload.
    pub fn save(self) {
        let turns: Vec<_> = self
            .turns
            .with_untracked(|turns| turns.iter().map(Turn::save).collect());
        memory::save(&turns);
    }

    /// Whether the person has asked for a stop that has not come about yet.
    pub fn is_stopping(self) -> bool {
        self.running_reply()
            .is_some_and(|reply| reply.stopping.get())
    }

    fn new_key(self) -> u32 {
        let key = self.next_key.get_value();
        self.next_key.set_value(key + 1);
        key
    }

    fn running_reply(self) -> Option<Reply> {
        let key = self.running.get()?;
        self.turns.with(|turns| {
            turns
                .iter()
                .find(|turn| turn.key == key)
                .and_then(|turn| match &turn.body {
                    TurnBody::Reply(reply) => Some(reply.clone()),
                    TurnBody::Question(_) => None,
                })
        })
    }

    /// Sends for a reply unless the server has it already, and follows it to its end.
    fn run(self, key: u32, reply: Reply) {
        self.running.set(Some(key));
        self.attention.set(());
        reply.stopping.set(false);
        self.trouble.set(None);
        self.save();
        spawn_local(async move {
            if let Some(generation) = self.send(key, &reply).await {
                self.save();
                self.follow(key, &reply, &generation).await;
            }
            // Another conversation may have begun meanwhile.
            if self.running.get_untracked() == Some(key) {
                self.running.set(None);
                self.link.set(Link::Live);
                self.save();
                if reply.stopping.get_untracked() {
                    self.attention.set(());
                }
            }
            if self.models.with_untracked(|models| {
                models.as_ref().is_none_or(|models| models.error.is_some())
            }) {
                self.load_models();
            }
        });
    }

    /// Registers the generation; `None` when that failed, which the reply then tells.
    async fn send(self, key: u32, reply: &Reply) -> Option<String> {
        if let Some(generation) = reply.generation.get_untracked() {
            return Some(generation);
        }
        let messages = self.turns.with_untracked(|turns| {
            let before = turns.iter().take_while(|turn| turn.key != key);
            let begun = reply.has_text().then(|| reply.message(true)).flatten();
            before.filter_map(Turn::message).chain(begun).collect()
        });
        let (model, request_id) = (
            reply.model.get_untracked(),
            reply.request_id.get_untracked(),
        );
        match api::send(None, Some(messages), model, None, None, Some(request_id)).await {
            Ok(sent) => {
                reply.model.set(Some(sent.model));
                reply.generation.set(Some(sent.generation.clone()));
                if reply.stopping.get_untracked() {
                    self.tell_stop(reply.clone(), false);
                }
                Some(sent.generation)
            }
            Err(error) => {
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
                self.trouble.set(Some(error));
            }
        });
    }
}

/// What is said of an answer whose rest is gone.
fn lost() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "Brooklet was restarted and no longer has the rest of this answer. What had arrived is kept.",
    )
}
