//! How an answer's element changes while the answer comes.
//!
//! Told once a frame what there is by now, it changes what is another than it was. Text is drawn by what `growing` has
//! loaded for that; what an answer looks like at its end is said in `message`.

use std::slice::from_ref;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDetailsElement};

use super::{
    calls, finishing,
    growing::Growing,
    message::{self, Speaker},
    messages, spoken,
};
use crate::{
    chat::{Answer, Done, Phase, Status},
    words::Words,
};

/// The element of an answer that comes.
#[derive(Debug)]
pub struct Live {
    article: Element,
    answer: ArcRwSignal<Answer>,
    content: Option<Growing>,
    thinking: Option<Growing>,
    /// Whether the model thinks, and since when, in milliseconds.
    musing: Option<f64>,
    /// How many calls of tools are shown.
    calls: usize,
    /// What is said while nothing comes.
    phase: Option<Phase>,
    /// Whether the end is shown; `None`: nothing has been drawn.
    ended: Option<bool>,
}

impl Live {
    /// For this article; `answer` is told when there is something new to draw it with.
    pub fn new(article: &Element, answer: &ArcRwSignal<Answer>) -> Self {
        Self {
            article: article.clone(),
            answer: answer.clone(),
            content: None,
            thinking: None,
            musing: None,
            calls: 0,
            phase: None,
            ended: None,
        }
    }

    /// Has the element show this.
    pub fn draw(&mut self, answer: &Answer) {
        let ended = answer.done.is_some();
        // Nobody is told of an end before the text is there.
        let mut drawn = true;
        if answer.has_thinking() {
            drawn = self.think(answer);
        }
        let calls = &answer.tool_calls;
        if calls.len() != self.calls {
            self.calls = calls.len();
            messages::put(&self.article, ".calls", &calls::html(Words::here(), calls));
        }
        let content = self.content.get_or_insert_with(|| {
            let root = self.article.query_selector(".text > .blocks");
            Growing::new(root.ok().flatten(), &self.answer, true)
        });
        drawn &= content.draw(answer, &answer.content, ended);
        let phase = (!ended).then_some(answer.phase);
        // What is waited for is waited for until it is seen: nothing goes before something has come in its place.
        if phase != self.phase && drawn {
            let before = self.phase.and_then(waiting_for);
            self.phase = phase;
            let waiting = phase.and_then(waiting_for);
            if let Some(text) = waiting.as_ref().filter(|_| waiting != before) {
                spoken::say(text);
            }
            let html = waiting.map_or_else(String::new, |text| state(&text, phase));
            messages::put(&self.article, ".state", &html);
        }
        if self.ended != Some(ended) && (drawn || !ended) {
            self.ended = Some(ended);
            self.show_end(answer, answer.done.as_ref());
        }
    }

    /// Shows how it ended, or that it goes on.
    fn show_end(&self, answer: &Answer, done: Option<&Done>) {
        let (article, words) = (&self.article, Words::here());
        let busy = if done.is_none() { "true" } else { "false" };
        let _ = article.set_attribute("aria-busy", busy);
        if let Ok(Some(acts)) = article.query_selector(".acts") {
            acts.remove();
        }
        let mut foot = String::new();
        if let Some(done) = done {
            // Of one that has failed the notice is read out.
            match done.status {
                Status::Complete => spoken::say(words.answer_complete()),
                Status::Stopped => spoken::say(words.stopped_said()),
                Status::Interrupted | Status::Failed => {}
            }
            let is_known = messages::id_of(article).is_some();
            let has_text = answer.kept.content || !answer.content.trim().is_empty();
            message::ending(words, done, has_text, is_known, &mut foot);
            let generation = article.get_attribute("data-generation");
            let stamp = message::stamp(&generation.unwrap_or_default(), Some(done));
            let _ = article.set_attribute("data-stamp", &stamp);
            if is_known && let Ok(Some(actions)) = article.query_selector(".actions") {
                let mut acts = String::new();
                message::acts(words, Speaker::Model(!done.has_failed()), &mut acts);
                let _ = actions.insert_adjacent_html("beforeend", &acts);
            }
        }
        messages::put(article, ".foot", &foot);
        if done.is_some() {
            finishing::finish(from_ref(article));
        } else {
            finishing::listen(article);
        }
    }

    /// Shows the reasoning: open while it comes, and how long it took after that. Gives whether it is drawn.
    fn think(&mut self, answer: &Answer) -> bool {
        let fold = |article: &Element| article.query_selector(".thinking").ok().flatten();
        if fold(&self.article).is_none()
            && let Ok(Some(calls)) = self.article.query_selector(".calls")
        {
            let mut html = String::new();
            message::thoughts("", "", None, &mut html);
            let _ = calls.insert_adjacent_html("beforebegin", &html);
        }
        let Some(fold) = fold(&self.article) else {
            return true;
        };
        let begins = self.thinking.is_none();
        let thinking = self.thinking.get_or_insert_with(|| {
            let root = fold.query_selector(".blocks");
            Growing::new(root.ok().flatten(), &self.answer, false)
        });
        let musing = answer.is_musing();
        let drawn = thinking.draw(answer, &answer.thinking, !musing);
        let told = answer.done.as_ref().and_then(|done| done.stats.thinking_ms);
        let changes = begins || musing != self.musing.is_some();
        if !changes && told.is_none() {
            return drawn;
        }
        let summary = if musing {
            self.musing = Some(js_sys::Date::now());
            Words::here().thinking().to_owned()
        } else {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a time is small and not negative"
            )]
            let seen = self
                .musing
                .take()
                .map(|begun| (js_sys::Date::now() - begun) as u64);
            message::thought_for(Words::here(), told.or(seen))
        };
        if let Ok(Some(place)) = fold.query_selector("summary") {
            place.set_text_content(Some(&summary));
        }
        if changes && let Some(fold) = fold.dyn_ref::<HtmlDetailsElement>() {
            fold.set_open(musing);
        }
        drawn
    }
}

/// What a person is told while nothing comes.
fn waiting_for(phase: Phase) -> Option<String> {
    let words = Words::here();
    Some(match phase {
        Phase::Writing => return None,
        Phase::Loading => words.loading_model().to_owned(),
        Phase::Queued { ahead } if ahead > 0 => words.queued(u64::from(ahead)),
        Phase::Silent => words.silent().to_owned(),
        Phase::Queued { .. } | Phase::Reading => words.thinking().to_owned(),
    })
}

/// That as HTML, and what can be done about a model that says nothing.
fn state(text: &str, phase: Option<Phase>) -> String {
    let mut html =
        String::from(r#"<p class="waiting"><span class="pulse" aria-hidden="true"></span>"#);
    html.push_str(text);
    html.push_str("</p>");
    if phase == Some(Phase::Silent) {
        html.push_str(r#"<p class="silence">"#);
        message::button("unload", Words::here().unload(), &mut html);
        html.push_str(Words::here().unload_why());
        html.push_str("</p>");
    }
    html
}
