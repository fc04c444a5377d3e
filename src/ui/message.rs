//! How messages look, as HTML: on the server those of a page, in the browser those that come while it is open.
//!
//! Both make them of the same text, so that a message that was seen coming is what it will be after a reload. What can
//! be pressed says by `data-act` what it is for (`pressed`); how a message is brought into the document is in `messages`,
//! how an answer changes while it comes in `live`.

use super::{attached, icons};
use crate::{
    chat::{Done, Status},
    markdown::escape,
    words::Words,
};

/// Appends the beginning of what somebody has written. In which language that is, and from which side it is read, is the
/// text's to say and not the page's: `language` is empty where it cannot be told, and `None` where the server is to be asked
/// (`finishing`).
pub fn begin(class: &str, language: Option<&str>, html: &mut String) {
    html.push_str("<div");
    attribute("class", class, html);
    html.push_str(r#" lang=""#);
    html.push_str(language.unwrap_or_default());
    html.push('"');
    if language.is_none() {
        html.push_str(r#" data-finish="language""#);
    }
    html.push_str(r#" dir="auto">"#);
}

/// The messages that stand in one place of a chat, of which one is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// All of them, oldest first. None: it is alone.
    pub ids: &'a [String],
    /// Which of them is shown.
    pub shown: usize,
}

impl Place<'_> {
    /// In numbers: `2 / 3`; of one that is alone nothing.
    pub fn numbers(&self) -> String {
        if self.ids.is_empty() {
            return String::new();
        }
        let mut numbers = (self.shown + 1).to_string();
        numbers.push_str(" / ");
        numbers.push_str(&self.ids.len().to_string());
        numbers
    }
}

/// An answer, as far as it has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answered<'a> {
    /// Its id; empty until the server has it.
    pub id: &'a str,
    /// The generation that writes it, or has written it.
    pub generation: &'a str,
    /// The model.
    pub model: &'a str,
    /// The reasoning before it, as HTML.
    pub thinking: &'a str,
    /// In which language that is; see [`begin`].
    pub thinking_in: Option<&'a str>,
    /// The tools that the model has called, as HTML.
    pub calls: &'a str,
    /// What is said, as HTML.
    pub content: &'a str,
    /// In which language that is.
    pub content_in: Option<&'a str>,
    /// Whether that is more than blanks.
    pub has_text: bool,
    /// How it ended; `None` while it is being written.
    pub done: Option<&'a Done>,
}

/// What says of which text an answer's element is: another generation, or one that has ended, and it is another.
pub fn stamp(generation: &str, done: Option<&Done>) -> String {
    let mut stamp = generation.to_owned();
    stamp.push_str(match done.map(|done| done.status) {
        None => "",
        Some(Status::Complete) => " complete",
        Some(Status::Stopped) => " stopped",
        Some(Status::Interrupted) => " interrupted",
        Some(Status::Failed) => " failed",
    });
    stamp
}

/// A question; its id is empty until the server has it.
pub fn question(
    words: Words,
    id: &str,
    text: &str,
    language: Option<&str>,
    place: Place<'_>,
) -> String {
    let mut html = String::with_capacity(text.len() + 1024);
    html.push_str(r#"<div class="asked""#);
    attribute("id", id, &mut html);
    attribute("data-place", &place.numbers(), &mut html);
    html.push_str(r#"><article class="question""#);
    attribute("aria-label", words.you(), &mut html);
    html.push('>');
    begin("", language, &mut html);
    attached::write(words, text, &mut html);
    html.push_str("</div></article>");
    actions(words, !id.is_empty(), Speaker::Person, place, &mut html);
    html.push_str("</div>");
    html
}

/// An answer.
pub fn answer(words: Words, it: &Answered<'_>, place: Place<'_>) -> String {
    let mut html = String::with_capacity(it.content.len() + it.thinking.len() + 2048);
    html.push_str(r#"<article class="answer""#);
    attribute("aria-label", words.answer(), &mut html);
    html.push_str(r#" aria-busy=""#);
    html.push_str(if it.done.is_none() { "true" } else { "false" });
    html.push('"');
    attribute("id", it.id, &mut html);
    attribute("data-generation", it.generation, &mut html);
    attribute("data-stamp", &stamp(it.generation, it.done), &mut html);
    attribute("data-place", &place.numbers(), &mut html);
    html.push_str(r#"><h2 class="model">"#);
    escape(it.model, &mut html);
    html.push_str("</h2>");
    if !it.thinking.is_empty() {
        let time = it.done.and_then(|done| done.stats.thinking_ms);
        thoughts(
            &thought_for(words, time),
            it.thinking,
            it.thinking_in,
            &mut html,
        );
    }
    html.push_str(r#"<div class="calls">"#);
    html.push_str(it.calls);
    html.push_str(r#"</div><div class="text">"#);
    begin("blocks", it.content_in, &mut html);
    html.push_str(it.content);
    html.push_str(r#"</div></div><div class="state"></div><div class="foot">"#);
    if let Some(done) = it.done {
        ending(words, done, it.has_text, !it.id.is_empty(), &mut html);
    }
    html.push_str("</div>");
    let speaker = Speaker::Model(it.done.is_some_and(|done| !done.has_failed()));
    let may_act = !it.id.is_empty() && it.done.is_some();
    actions(words, may_act, speaker, place, &mut html);
    html.push_str("</article>");
    html
}

/// The fold of the reasoning, with what is always seen of it.
pub fn thoughts(summary: &str, thinking: &str, language: Option<&str>, html: &mut String) {
    html.push_str(r#"<details class="thinking"><summary>"#);
    html.push_str(summary);
    html.push_str("</summary>");
    begin("blocks", language, html);
    html.push_str(thinking);
    html.push_str("</div></details>");
}

/// How long it thought, as one says it.
pub fn thought_for(words: Words, milliseconds: Option<u64>) -> String {
    milliseconds.map_or_else(
        || words.thoughts().to_owned(),
        |milliseconds| words.thought_for(milliseconds),
    )
}

/// Appends how an answer ended: numbers when all went well, else a sentence; and what to do about one that was cut.
/// What the server has never had (`is_known`), it has nothing to tell of.
pub fn ending(words: Words, done: &Done, has_text: bool, is_known: bool, html: &mut String) {
    let failed = done.has_failed();
    let cut = failed || done.status == Status::Stopped || done.reason.as_deref() == Some("length");
    let mut buttons = String::new();
    if cut && has_text {
        button("go_on", words.continue_it(), &mut buttons);
    }
    if failed {
        // What has text stays as it is, and another answer stands beside it.
        button(
            if has_text { "again" } else { "retry" },
            words.retry(),
            &mut buttons,
        );
        let text = done.error.as_ref().map(|error| &*error.message);
        notice(text.unwrap_or_else(|| words.broke_off()), &buttons, html);
        if is_known {
            account(words.details(), html);
        }
        return;
    }
    html.push_str(r#"<div class="ending">"#);
    account(&facts(words, done), html);
    html.push_str(&buttons);
    html.push_str("</div>");
    if let Some(error) = &done.error {
        html.push_str(r#"<p class="notice">"#);
        sentence(&error.message, html);
        html.push_str("</p>");
    }
}

/// Appends a box with a sentence, and what can be done about it.
pub fn notice(text: &str, buttons: &str, html: &mut String) {
    html.push_str(r#"<div class="notice" role="alert"><p>"#);
    sentence(text, html);
    html.push_str(r#"</p><div class="notice-actions">"#);
    html.push_str(buttons);
    html.push_str("</div></div>");
}

/// Appends a sentence in which what stands between backticks is code.
pub fn sentence(text: &str, html: &mut String) {
    for (at, part) in text.split('`').enumerate() {
        let code = at % 2 == 1;
        html.push_str(if code { "<code>" } else { "" });
        escape(part, html);
        html.push_str(if code { "</code>" } else { "" });
    }
}

/// Appends a button with a word on it.
pub fn button(act: &str, label: &str, html: &mut String) {
    html.push_str(r#"<button type="button""#);
    attribute("data-act", act, html);
    html.push('>');
    html.push_str(label);
    html.push_str("</button>");
}

/// Who has said a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The person.
    Person,
    /// The model; and whether the answer ended well.
    Model(bool),
}

/// Appends what can be done with a message: look at what else stands in its place, and put something else there.
/// `may_act`: the server has it, and it is not being written.
fn actions(words: Words, may_act: bool, speaker: Speaker, place: Place<'_>, html: &mut String) {
    html.push_str(r#"<div class="actions">"#);
    if !place.ids.is_empty() {
        let to = |at: Option<usize>| at.and_then(|at| place.ids.get(at)).map_or("", |it| it);
        let (earlier, later) = (to(place.shown.checked_sub(1)), to(Some(place.shown + 1)));
        small(
            "show",
            words.earlier_version(),
            icons::LEFT,
            Some(earlier),
            html,
        );
        html.push_str(r#"<span class="place">"#);
        html.push_str(&place.numbers());
        html.push_str("</span>");
        small(
            "show",
            words.later_version(),
            icons::RIGHT,
            Some(later),
            html,
        );
    }
    if may_act {
        acts(words, speaker, html);
    }
    html.push_str("</div>");
}

/// Appends the buttons of what can be done with a message that is whole; what is seldom wanted is in a menu (`more`).
pub fn acts(words: Words, speaker: Speaker, html: &mut String) {
    html.push_str(r#"<span class="acts">"#);
    small("copy", words.copy(), icons::COPY, None, html);
    match speaker {
        Speaker::Person => small("edit", words.edit(), icons::EDIT, None, html),
        Speaker::Model(true) => small("again", words.answer_again(), icons::AGAIN, None, html),
        // Of one that has failed the notice says so.
        Speaker::Model(false) => {}
    }
    small("delete", words.delete(), icons::BIN, None, html);
    html.push_str(r#"<details class="menu"><summary class="small" data-act="more""#);
    attribute("aria-label", words.more(), html);
    attribute("title", words.more(), html);
    html.push('>');
    icons::write(icons::MORE, html);
    html.push_str("</summary></details></span>");
}

/// A small button with a drawing on it. One that leads `to` a message leads nowhere if that is empty.
fn small(act: &str, label: &str, icon: &str, to: Option<&str>, html: &mut String) {
    html.push_str(r#"<button class="small" type="button""#);
    attribute("data-act", act, html);
    attribute("aria-label", label, html);
    attribute("title", label, html);
    match to {
        Some("") => html.push_str(" disabled"),
        to => attribute("data-to", to.unwrap_or_default(), html),
    }
    html.push('>');
    icons::write(icon, html);
    html.push_str("</button>");
}

/// What is shown on demand: how an answer came about (`answer_panel`). `facts` is what is always seen of it.
fn account(facts: &str, html: &mut String) {
    html.push_str(r#"<details class="facts"><summary class="stats">"#);
    html.push_str(facts);
    html.push_str("</summary><div></div></details>");
}

/// What there is to say under an answer that ended well.
fn facts(words: Words, done: &Done) -> String {
    let mut facts = String::new();
    let mut say = |fact: &str| {
        facts.push_str(if facts.is_empty() { "" } else { " · " });
        facts.push_str(fact);
    };
    match (done.status, done.reason.as_deref()) {
        (Status::Stopped, _) => say(words.stopped()),
        (_, Some("length")) => say(words.cut_off()),
        _ => {}
    }
    if done.stats.without_thinking {
        say(words.without_thinking());
    }
    if let Some(tokens) = done.stats.tokens {
        say(&words.tokens(tokens));
    }
    if let Some(rate) = done.stats.tokens_per_second {
        say(&words.tokens_a_second(&words.tenths(rate)));
    }
    if facts.is_empty() {
        facts.push_str(words.details());
    }
    facts
}

/// An attribute, if it says anything.
fn attribute(name: &str, value: &str, html: &mut String) {
    if value.is_empty() {
        return;
    }
    html.push(' ');
    html.push_str(name);
    html.push_str("=\"");
    escape(value, html);
    html.push('"');
}
