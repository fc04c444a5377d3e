//! An answer that is asked for and comes while the page is open: its element, its text, and how it is asked for.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use leptos::{prelude::*, reactive::effect::RenderEffect};
use web_sys::Element;

use super::{live::Live, messages};
use crate::{
    chat::{Answer, Done, Kept, Phase, Status},
    client::ids,
    error::{Error, ErrorKind},
};

/// An answer, and what is known of how it comes about. Cheap to clone: all clones are the same reply.
#[derive(Clone)]
pub struct Reply(Rc<Inner>);

struct Inner {
    /// Its element.
    article: Element,
    /// The text so far. Its readers are told at most once per animation frame.
    answer: ArcRwSignal<Answer>,
    /// The generation, once the server has named it.
    generation: RefCell<Option<String>>,
    /// The id of the request: the same for each try to send it, another for another answer.
    request_id: RefCell<String>,
    /// Whether it is being asked for or followed.
    runs: Cell<bool>,
    /// What draws the text; as long as the element is there, since it has what is far from sight.
    drawing: RefCell<Option<RenderEffect<()>>>,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").finish_non_exhaustive()
    }
}

impl Reply {
    /// One whose element is this article, with what the server has drawn in it. Nothing is drawn before it is asked for.
    pub fn of(article: Element) -> Self {
        let has = |selector| article.query_selector(selector).ok().flatten().is_some();
        let kept = Kept {
            content: has(".text > .blocks > *"),
            thinking: has(".thinking"),
        };
        let phase = if kept.content {
            Phase::Writing
        } else {
            Phase::default()
        };
        Self(Rc::new(Inner {
            generation: RefCell::new(article.get_attribute("data-generation")),
            article,
            answer: ArcRwSignal::new(Answer {
                kept,
                phase,
                ..Answer::default()
            }),
            request_id: RefCell::new(ids::request_id()),
            runs: Cell::new(false),
            drawing: RefCell::default(),
        }))
    }

    /// Its element.
    pub fn article(&self) -> &Element {
        &self.0.article
    }

    /// The text so far.
    pub fn answer(&self) -> &ArcRwSignal<Answer> {
        &self.0.answer
    }

    /// Its id; `None` until the server has it.
    pub fn id(&self) -> Option<String> {
        messages::id_of(self.article())
    }

    /// The model that was asked.
    pub fn model(&self) -> Option<String> {
        let heading = self.article().query_selector(".model").ok().flatten();
        let model = heading.and_then(|it| it.text_content());
        model.filter(|model| !model.is_empty())
    }

    /// The generation, once the server has named it.
    pub fn generation(&self) -> Option<String> {
        self.0.generation.borrow().clone()
    }

    /// Takes note that this generation writes it.
    pub fn set_generation(&self, generation: Option<String>) {
        let attribute = generation.as_deref().unwrap_or_default();
        for name in ["data-generation", "data-stamp"] {
            let _ = self.article().set_attribute(name, attribute);
        }
        self.0.generation.replace(generation);
    }

    /// The id of the request.
    pub fn request_id(&self) -> String {
        self.0.request_id.borrow().clone()
    }

    /// Has the request be this one.
    pub fn set_request_id(&self, id: String) {
        self.0.request_id.replace(id);
    }

    /// Whether it is being asked for or followed.
    pub fn runs(&self) -> bool {
        self.0.runs.get()
    }

    /// Says so, or that it is no more; whether that is news.
    pub fn set_runs(&self, runs: bool) -> bool {
        if runs && self.0.drawing.borrow().is_none() {
            self.draw();
        }
        self.0.runs.replace(runs) != runs
    }

    /// Asks once more: to go on after its text, or to begin anew. A request that never arrived is sent again under its
    /// own id, so that it is answered once even if it did arrive; what is not the same request has another.
    pub fn reopen(&self, go_on: bool) {
        let done = self.answer().with_untracked(|answer| answer.done.clone());
        let error = done.and_then(|done| done.error);
        if error.is_none_or(|error| error.kind != ErrorKind::Offline) {
            self.set_request_id(ids::request_id());
        }
        self.set_generation(None);
        self.answer().update(|answer| {
            answer.go_on();
            if !go_on {
                answer.clear();
            }
        });
    }

    /// Ends it with an error of this side's.
    pub fn fail(&self, status: Status, error: Error) {
        self.answer().update(|answer| {
            answer.done = Some(Done {
                status,
                error: Some(error),
                ..Done::default()
            });
        });
    }

    /// Whether it has ended badly.
    pub fn has_failed(&self) -> bool {
        self.answer()
            .with_untracked(|answer| answer.done.as_ref().is_some_and(Done::has_failed))
    }

    /// Whether it has ended because the server does.
    pub fn was_cut_by_shutdown(&self) -> bool {
        let done = self.answer().with_untracked(|answer| answer.done.clone());
        let error = done.and_then(|done| done.error);
        error.is_some_and(|error| error.kind == ErrorKind::Stopping)
    }

    /// Has its text drawn whenever there is more of it.
    fn draw(&self) {
        let answer = self.answer().clone();
        let live = RefCell::new(Live::new(self.article(), &answer));
        let drawing =
            RenderEffect::new(move |_| answer.with(|answer| live.borrow_mut().draw(answer)));
        self.0.drawing.replace(Some(drawing));
    }
}
