//! What else can be done with a message: copy it, have it read aloud, have it answered by another model.

use std::time::Duration;

use gloo_timers::future::sleep;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, SpeechSynthesis, SpeechSynthesisUtterance};

use super::{clipboard, conversation::Conversation, message, messages, spoken};
use crate::{chat::api, markdown::escape, words::Words};

/// Puts what there is to do into the menu of a message, whose always seen part this is.
pub fn fill(conversation: Conversation, summary: &Element, message: &Element) {
    if let Some(old) = summary.next_element_sibling() {
        old.remove();
    }
    let mut html = String::from(r#"<div class="verbs">"#);
    let words = Words::here();
    message::button("copy_text", words.copy_as_text(), &mut html);
    match voice() {
        Some(voice) if voice.speaking() => {
            message::button("quiet", words.stop_reading(), &mut html);
        }
        Some(_) => message::button("aloud", words.read_aloud(), &mut html),
        None => {}
    }
    if message.class_list().contains("answer") {
        conversation.models.with_untracked(|models| {
            let models = models.iter().flat_map(|models| &models.models);
            for (at, model) in models.enumerate() {
                if at == 0 {
                    html.push_str(r#"<p class="day">"#);
                    html.push_str(words.answer_again_with());
                    html.push_str("</p>");
                }
                html.push_str(r#"<button type="button" data-act="again_with" data-to=""#);
                escape(&model.name, &mut html);
                html.push_str(r#"">"#);
                escape(&model.name, &mut html);
                html.push_str("</button>");
            }
        });
    }
    html.push_str("</div>");
    let _ = summary.insert_adjacent_html("afterend", &html);
}

/// Copies a message as it was written, a model's in Markdown.
pub fn copy(conversation: Conversation, button: &Element, message: &Element) {
    let (chat, id) = (conversation.chat.get_untracked(), messages::id_of(message));
    let button = button.clone();
    let question = message
        .class_list()
        .contains("asked")
        .then(|| messages::question_of(message));
    spawn_local(async move {
        let source = match question {
            Some(question) => Ok(question),
            None => api::panel("source".to_owned(), chat, id, 0).await,
        };
        match source {
            Ok(source) => tell(&button, clipboard::copy(&source).await).await,
            Err(error) => conversation.tell(Words::not_copied_why, &error),
        }
    });
}

/// Copies a message as it is read: its text without marks.
pub fn copy_text(button: &Element, message: &Element) {
    let (button, text) = (button.clone(), text_of(message));
    spawn_local(async move { tell(&button, clipboard::copy(&text).await).await });
}

/// Says on a button for a moment whether something was copied.
async fn tell(button: &Element, copied: bool) {
    let (text, class) = if copied {
        (Words::here().copied(), "copied")
    } else {
        (Words::here().not_copied(), "not-copied")
    };
    spoken::say(text);
    let label = button.get_attribute("title");
    let _ = button.class_list().add_1(class);
    let _ = button.set_attribute("title", text);
    sleep(Duration::from_secs(2)).await;
    let _ = button.class_list().remove_1(class);
    match label {
        Some(label) if label != text => drop(button.set_attribute("title", &label)),
        _ => {}
    }
}

/// Reads a message aloud, a block at a time: some browsers end in the midst of a long text.
pub fn read_aloud(message: &Element) {
    let Some(voice) = voice() else {
        return;
    };
    voice.cancel();
    let blocks = message.query_selector_all(".question, .text > .blocks > *");
    let Ok(blocks) = blocks else {
        return;
    };
    for at in 0..blocks.length() {
        let block = blocks
            .item(at)
            .and_then(|it| it.dyn_into::<HtmlElement>().ok());
        // Code is not to be listened to.
        let Some(block) = block.filter(|it| !it.class_list().contains("code")) else {
            continue;
        };
        if let Ok(utterance) = SpeechSynthesisUtterance::new_with_text(&block.inner_text()) {
            voice.speak(&utterance);
        }
    }
}

/// Ends that.
pub fn be_quiet() {
    if let Some(voice) = voice() {
        voice.cancel();
    }
}

fn voice() -> Option<SpeechSynthesis> {
    window().speech_synthesis().ok()
}

/// The text of a message as it is seen, without what can be pressed in it.
fn text_of(message: &Element) -> String {
    let shown = message.query_selector(".question, .text > .blocks");
    let Some(shown) = shown.ok().flatten() else {
        return String::new();
    };
    let mut text = String::new();
    let blocks = shown.children();
    for at in 0..blocks.length() {
        let block = blocks
            .item(at)
            .and_then(|it| it.dyn_into::<HtmlElement>().ok());
        let Some(block) = block else {
            continue;
        };
        let code = block.query_selector("pre > code").ok().flatten();
        text.push_str(if text.is_empty() { "" } else { "\n\n" });
        match code {
            Some(code) => text.push_str(super::finishing::source(&code).trim_end()),
            // Each item of a list is a paragraph; where they stand close, they do so here.
            None if block.matches("ul:not(.loose), ol:not(.loose)") == Ok(true) => {
                text.push_str(&block.inner_text().trim().replace("\n\n", "\n"));
            }
            None => text.push_str(block.inner_text().trim()),
        }
    }
    if text.is_empty() {
        return shown.text_content().unwrap_or_default();
    }
    text
}
