//! One turn of the conversation: a question, or an answer as it comes.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    chat::{Answer, Done, Message, Role, Status},
    client::{
        ids,
        memory::{SavedAnswer, SavedTurn},
    },
    error::Error,
};

/// A turn, with a key that is its own as long as the page lives.
#[derive(Clone, Debug)]
pub struct Turn {
    /// What the list of turns knows it by.
    pub key: u32,
    /// What it is.
    pub body: TurnBody,
}

/// What a turn is.
#[derive(Clone, Debug)]
pub enum TurnBody {
    /// What the person asked.
    Question(Arc<str>),
    /// What the model answers.
    Reply(Reply),
}

/// An answer, and what is known of how it comes about. Cheap to clone: all clones are the same reply.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The text so far. Its readers are told at most once per animation frame.
    pub answer: ArcRwSignal<Answer>,
    /// The model that was asked.
    pub model: ArcRwSignal<Option<String>>,
    /// The generation, once the server has named it.
    pub generation: ArcRwSignal<Option<String>>,
    /// The id of the request: the same for each try to send it, another for another answer.
    pub request_id: ArcRwSignal<String>,
    /// Whether the person wants it to stop.
    pub stopping: ArcRwSignal<bool>,
}

impl Reply {
    /// A reply of which nothing has come yet.
    pub fn new(model: Option<String>) -> Self {
        Self {
            answer: ArcRwSignal::default(),
            model: ArcRwSignal::new(model),
            generation: ArcRwSignal::default(),
            request_id: ArcRwSignal::new(ids::request_id()),
            stopping: ArcRwSignal::default(),
        }
    }

    /// The message that the model is told of it, if there is anything to tell; the reasoning goes along with an answer
    /// that is to go on.
    pub fn message(&self, with_thinking: bool) -> Option<Message> {
        self.answer.with_untracked(|answer| {
            let thinking =
                (with_thinking && !answer.thinking.is_empty()).then(|| answer.thinking.clone());
            (!answer.content.is_empty()).then(|| Message {
                role: Role::Assistant,
                content: answer.content.clone(),
                thinking,
            })
        })
    }

    /// Whether it has text after which it can go on; a model takes blanks alone for nothing.
    pub fn has_text(&self) -> bool {
        self.answer
            .with_untracked(|answer| !answer.content.trim().is_empty())
    }

    /// Ends it with an error of this side's.
    pub fn fail(&self, status: Status, error: Error) {
        self.answer.update(|answer| {
            answer.done = Some(Done {
                status,
                error: Some(error),
                ..Done::default()
            });
        });
    }

    /// Whether it has ended.
    pub fn is_done(&self) -> bool {
        self.answer.with_untracked(|answer| answer.done.is_some())
    }
}

impl Turn {
    /// The message that the model is told of this turn, if there is anything to tell.
    pub fn message(&self) -> Option<Message> {
        match &self.body {
            TurnBody::Question(text) => Some(Message {
                role: Role::User,
                content: text.to_string(),
                thinking: None,
            }),
            TurnBody::Reply(reply) => reply.message(false),
        }
    }

    /// The turn as it is kept.
    pub fn save(&self) -> SavedTurn {
        match &self.body {
            TurnBody::Question(text) => SavedTurn::Question(text.to_string()),
            TurnBody::Reply(reply) => {
                let Answer {
                    content,
                    thinking,
                    done,
                    ..
                } = reply.answer.get_untracked();
                SavedTurn::Answer(Box::new(SavedAnswer {
                    content,
                    thinking,
                    done,
                    model: reply.model.get_untracked(),
                    generation: reply.generation.get_untracked(),
                    request_id: reply.request_id.get_untracked(),
                }))
            }
        }
    }

    /// The turn that was kept.
    pub fn load(key: u32, saved: SavedTurn) -> Self {
        let body = match saved {
            SavedTurn::Question(text) => TurnBody::Question(text.into()),
            SavedTurn::Answer(saved) => TurnBody::Reply(Reply {
                answer: ArcRwSignal::new(Answer {
                    content: saved.content,
                    thinking: saved.thinking,
                    done: saved.done,
                    ..Answer::default()
                }),
                model: ArcRwSignal::new(saved.model),
                generation: ArcRwSignal::new(saved.generation),
                request_id: ArcRwSignal::new(saved.request_id),
                stopping: ArcRwSignal::default(),
            }),
        };
        Self { key, body }
    }
}
