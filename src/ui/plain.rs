//! What of the page works without a script, or before it has come: plain forms and links, made on the server alone.
//!
//! They stand in the page as HTML; what is of no use with a script is in `<noscript>`, and what is of none without one
//! is hidden by `public/plain.css`. What the forms do is in `server::plain`.

use super::{calls, message, model_picker};
use crate::{
    chat::{Done, Models, Phase, ToolCall, Transcript, model::DEMO_MODEL},
    markdown::escape,
    words::Words,
};

/// The plain parts of one page, as HTML.
#[derive(Clone, Debug, Default)]
pub struct Plain {
    /// What the composer's form knows of the chat.
    pub fields: String,
    /// What was being written.
    pub draft: String,
    /// In the bar: the models, and a way to a new chat.
    pub bar: String,
    /// What a page with a script has in the place of these models, until it has asked for them itself.
    pub picker: String,
    /// Before the messages: a way to those before them.
    pub earlier: String,
    /// Above the composer: what needs a script, and what can be done about an answer that is being written.
    pub note: String,
}

/// What a page is made of.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a> {
    /// In which language.
    pub words: Words,
    /// The chat, or a new one.
    pub transcript: &'a Transcript,
    /// The models, as far as they are known.
    pub models: Option<&'a Models>,
    /// The generation that writes the last answer, if one does and is not shown as it comes.
    pub running: Option<&'a str>,
    /// What makes the ids of requests that come from this page.
    pub nonce: &'a str,
}

impl Plain {
    /// The plain parts of a page.
    pub fn new(made: Made<'_>) -> Self {
        let Made {
            words,
            transcript,
            models,
            running,
            nonce,
        } = made;
        let chat = transcript.chat.as_deref().unwrap_or_default();
        let parent = transcript.messages.last();
        let mut fields = String::new();
        hidden("chat", chat, &mut fields);
        hidden("parent", parent.map_or("", |it| &*it.id), &mut fields);
        hidden("nonce", nonce, &mut fields);
        fields.push_str(r#"<noscript><input type="hidden" name="plain" value="1"></noscript>"#);
        let mut draft = String::new();
        if !transcript.draft.is_empty() {
            // A first line feed is not of the text.
            draft.push('\n');
            escape(&transcript.draft, &mut draft);
        }
        let mut earlier = String::new();
        if transcript.earlier > 0 {
            link("?all", words.show_earlier(), &mut earlier);
        }
        let chosen = transcript.model.as_deref();
        let usual = models.and_then(|models| models.default.as_deref());
        let selected = chosen.or(usual).unwrap_or_default();
        Self {
            fields,
            draft,
            bar: bar(words, models, selected),
            picker: model_picker::options(words, models, selected),
            earlier,
            note: note(words, chat, running),
        }
    }
}

fn bar(words: Words, models: Option<&Models>, selected: &str) -> String {
    let mut html = String::from(r#"<label><span class="sr">"#);
    html.push_str(words.model());
    html.push_str(r#"</span><select name="model" form="composer">"#);
    let mut option = |name: &str, label: &str| {
        html.push_str("<option value=\"");
        escape(name, &mut html);
        html.push('"');
        if name == selected {
            html.push_str(" selected");
        }
        html.push('>');
        escape(label, &mut html);
        html.push_str("</option>");
    };
    let listed = models.map(|it| &*it.models).unwrap_or_default();
    let is_listed = |name: &str| name == DEMO_MODEL || listed.iter().any(|it| it.name == name);
    match selected {
        "" => option("", words.usual_model()),
        name if !is_listed(name) => option(name, name),
        _ => {}
    }
    for model in listed {
        option(&model.name, &model.name);
    }
    option(DEMO_MODEL, words.demo());
    html.push_str("</select></label> ");
    link("/", words.new_chat(), &mut html);
    html.push_str(r##" <a class="to-list" href="#chats">"##);
    html.push_str(words.chats());
    html.push_str("</a>");
    html
}

fn note(words: Words, chat: &str, running: Option<&str>) -> String {
    let mut html = String::new();
    if let Some(generation) = running {
        html.push_str("<p>");
        html.push_str(words.being_written());
        html.push(' ');
        link("?live", words.show_as_it_comes(), &mut html);
        html.push_str("</p>");
        halt(words, chat, generation, &mut html);
    }
    html.push_str("<p>");
    html.push_str(words.without_script());
    html.push_str("</p>");
    html
}

fn link(to: &str, label: &str, html: &mut String) {
    for piece in ["<a href=\"", to, "\">", label, "</a>"] {
        html.push_str(piece);
    }
}

/// Appends a form that stops an answer.
fn halt(words: Words, chat: &str, generation: &str, html: &mut String) {
    html.push_str(r#"<form class="halt" method="post" action="/halt">"#);
    hidden("chat", chat, html);
    hidden("generation", generation, html);
    html.push_str("<button>");
    html.push_str(words.stop());
    html.push_str("</button></form>");
}

/// Appends what a form says without being asked.
pub fn hidden(name: &str, value: &str, html: &mut String) {
    html.push_str(r#"<input type="hidden" name=""#);
    html.push_str(name);
    html.push_str("\" value=\"");
    escape(value, html);
    html.push_str("\">");
}

/// Appends the beginning of an answer that comes: what follows it is what it says, piece by piece.
pub fn begin(words: Words, chat: &str, generation: &str, model: &str, html: &mut String) {
    html.push_str(r#"<article class="answer" aria-label=""#);
    html.push_str(words.answer());
    html.push_str(r#""><h2 class="model">"#);
    escape(model, html);
    html.push_str("</h2>");
    halt(words, chat, generation, html);
}

/// Appends what it does; it is seen as long as nothing follows.
pub fn phase(words: Words, phase: Phase, html: &mut String) {
    let told = match phase {
        Phase::Queued { ahead: 0 } => return,
        Phase::Queued { ahead } => words.waiting(ahead.into()),
        Phase::Loading => words.loading_model().to_owned(),
        Phase::Reading => words.reading().to_owned(),
        Phase::Writing => words.writing().to_owned(),
        Phase::Silent => words.hanging().to_owned(),
    };
    html.push_str(r#"<p class="waiting">"#);
    html.push_str(&told);
    html.push_str("</p>");
}

/// Appends the calls of tools.
pub fn tool_call(words: Words, call: ToolCall, html: &mut String) {
    html.push_str(r#"<div class="calls">"#);
    html.push_str(&calls::html(words, &[call]));
    html.push_str("</div>");
}

/// Appends the beginning of a text of an answer that comes.
pub fn open(words: Words, thinking: bool, html: &mut String) {
    if thinking {
        html.push_str(r#"<details class="thinking" open><summary>"#);
        html.push_str(words.thoughts());
        html.push_str("</summary>");
    } else {
        html.push_str(r#"<div class="text">"#);
    }
    message::begin("blocks", Some(""), html);
}

/// Appends the end of one.
pub fn close(thinking: bool, html: &mut String) {
    html.push_str(if thinking {
        "</div></details>"
    } else {
        "</div></div>"
    });
}

/// Appends its end.
pub fn end(words: Words, done: &Done, html: &mut String) {
    html.push_str(r#"<div class="foot">"#);
    // Its buttons need a script.
    let done = done.clone().in_words(words);
    message::ending(words, &done, false, false, html);
    html.push_str("</div></article>");
}
