//! One turn of the conversation: a question, or an answer as it comes.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    chat::{Answer, ChatMessage, Done, Drawn, Phase, Role, Status, Step},
    client::ids,
    error::{Error, ErrorKind},
};

/// A turn, with a key that is its own as long as the page lives.
#[derive(Clone, Debug)]
pub struct Turn {
    /// What the list of turns knows it by.
    pub key: u32,
    /// The message that it is in the chat; `None` until the server has it.
    pub id: ArcRwSignal<Option<String>>,
    /// What stands in its place.
    pub siblings: ArcRwSignal<Siblings>,
    /// What it is.
    pub body: TurnBody,
    /// What was drawn of it by the server.
    pub drawn: Arc<Drawn>,
}

/// The messages that stand in one place of a chat, of which one is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Siblings {
    /// All of them, oldest first. None: it is alone.
    pub ids: Vec<String>,
    /// Which of them is shown.
    pub shown: usize,
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

impl Turn {
    /// One that the server does not have yet.
    pub fn new(key: u32, body: TurnBody) -> Self {
        Self {
            key,
            id: ArcRwSignal::default(),
            siblings: ArcRwSignal::default(),
            body,
            drawn: Arc::default(),
        }
    }

    /// A message of a chat, on the path that is shown.
    pub fn of(key: u32, step: &Step) -> Self {
        let message = &step.message;
        let written = message.written.as_deref();
        let body = match (message.role, written) {
            (Role::Assistant, Some(written)) => TurnBody::Reply(Reply {
                answer: ArcRwSignal::new(Answer {
                    kept: step.drawn.kept,
                    phase: Phase::Writing,
                    done: written.done.clone(),
                    ..Answer::default()
                }),
                model: ArcRwSignal::new(Some(written.model.clone())),
                generation: ArcRwSignal::new(Some(written.generation.clone())),
                request_id: ArcRwSignal::default(),
                stopping: ArcRwSignal::default(),
            }),
            // What is drawn of it has the text.
            _ => TurnBody::Question("".into()),
        };
        Self {
            key,
            id: ArcRwSignal::new(Some(message.id.clone())),
            siblings: ArcRwSignal::new(Siblings::of(step)),
            body,
            drawn: Arc::new(step.drawn.clone()),
        }
    }

    /// Whether it shows that message as it is, so that what is drawn of it can stay.
    pub fn shows(&self, message: &ChatMessage) -> bool {
        let generation = message.written.as_ref().map(|written| &written.generation);
        self.is(&message.id)
            && match &self.body {
                TurnBody::Question(_) => true,
                TurnBody::Reply(reply) => {
                    let shown = &reply.generation;
                    shown.with_untracked(|shown| shown.as_ref() == generation)
                }
            }
    }

    /// Whether it is the message of this id.
    pub fn is(&self, message: &str) -> bool {
        self.id.with_untracked(|id| id.as_deref() == Some(message))
    }

    /// Its text as the page shows it.
    pub fn shown_text(&self) -> String {
        let id = self.id.get_untracked();
        let shown = id.and_then(|id| document().get_element_by_id(&id));
        let shown = shown.and_then(|it| it.query_selector(".question").ok().flatten());
        shown.and_then(|it| it.text_content()).unwrap_or_default()
    }

    /// The reply, if it is one.
    pub fn reply(&self) -> Option<&Reply> {
        match &self.body {
            TurnBody::Question(_) => None,
            TurnBody::Reply(reply) => Some(reply),
        }
    }
}

impl Siblings {
    /// What stands in the place of a message on a path.
    pub fn of(step: &Step) -> Self {
        let shown = step.siblings.iter().position(|id| *id == step.message.id);
        Self {
            ids: step.siblings.clone(),
            shown: shown.unwrap_or_default(),
        }
    }
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

    /// Whether it has text after which it can go on; a model takes blanks alone for nothing.
    pub fn has_text(&self) -> bool {
        self.answer
            .with_untracked(|answer| answer.kept.content || !answer.content.trim().is_empty())
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

    /// Whether it has ended because the server does.
    pub fn was_cut_by_shutdown(&self) -> bool {
        let done = self.answer.with_untracked(|answer| answer.done.clone());
        let error = done.and_then(|done| done.error);
        error.is_some_and(|error| error.kind == ErrorKind::Stopping)
    }

    /// Whether it has ended badly.
    pub fn has_failed(&self) -> bool {
        self.answer
            .with_untracked(|answer| answer.done.as_ref().is_some_and(Done::has_failed))
    }

    /// Whether it has ended.
    pub fn is_done(&self) -> bool {
        self.answer.with_untracked(|answer| answer.done.is_some())
    }
}
