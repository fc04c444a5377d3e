//! What can be pressed in a message: its buttons, and in an answer's text what stands at code, images that are loaded when
//! asked for, footnotes.

use std::time::Duration;

use gloo_timers::future::sleep;
use leptos::{ev, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::{
    clipboard, conversation::Conversation, diagram, far, finishing::source, messages, more,
    panel::show_account, sidebar::shut_menus,
};
use crate::words::Words;

/// Does what was pressed.
pub fn pressed(conversation: Conversation, event: &ev::MouseEvent) {
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    let Some(target) = target else {
        return;
    };
    let closest = |selector: &str| target.closest(selector).ok().flatten();
    if let Some(button) = closest("[data-act]") {
        act(conversation, &button);
    } else if let Some(summary) = closest(".facts > summary") {
        if let (Some(message), Some(place)) =
            (messages::of(&summary), summary.next_element_sibling())
            && place.child_element_count() == 0
        {
            show_account(messages::id_of(&message), place);
        }
    } else if let Some(button) = closest("[data-code]") {
        if let Some(figure) = button.closest("figure.code").ok().flatten() {
            press_code(&button, &figure);
        }
    } else if let Some(button) = closest("[data-image]") {
        load(&button);
    } else if let Some(link) = closest("a[data-note]") {
        event.prevent_default();
        show_note(&link);
    }
}

/// Does what a button of a message is for.
fn act(conversation: Conversation, button: &Element) {
    let Some(message) = messages::of(button) else {
        return;
    };
    let told = |name| button.get_attribute(name).unwrap_or_default();
    let verb = told("data-act");
    if verb == "more" {
        more::fill(conversation, button, &message);
        return;
    }
    shut_menus(None);
    match &*verb {
        "copy" => more::copy(conversation, button, &message),
        "copy_text" => more::copy_text(button, &message),
        "aloud" => more::read_aloud(&message),
        "quiet" => more::be_quiet(),
        "again_with" => conversation.answer_again(&message, Some(told("data-to"))),
        "show" => conversation.turn_to(told("data-to"), told("aria-label")),
        "edit" => conversation.edit(&message),
        "again" => conversation.answer_again(&message, None),
        "retry" => conversation.ask_again(&message, false),
        "go_on" => conversation.ask_again(&message, true),
        "delete" => conversation.delete(&message),
        "unload" => {
            let _ = button.set_attribute("disabled", "");
            conversation.unload();
        }
        _ => {}
    }
}

fn press_code(button: &Element, figure: &Element) {
    let code = figure.query_selector("code").ok().flatten();
    let Some(code) = code else {
        return;
    };
    match button.get_attribute("data-code").as_deref() {
        Some("draw") => diagram::draw(figure),
        Some("copy") => copy(button.clone(), code),
        Some("download") => download(figure, &code),
        Some("wrap") => {
            let wraps = figure.class_list().toggle("wrap").unwrap_or_default();
            let _ = button.set_attribute("aria-pressed", &wraps.to_string());
        }
        Some("unfold") => {
            let _ = figure.class_list().remove_1("folded");
            button.remove();
        }
        _ => {}
    }
}

/// Copies, and says so on the button for a moment.
fn copy(button: Element, code: Element) {
    spawn_local(async move {
        let (text, words) = (source(&code), Words::here());
        let copied = clipboard::copy_shown(&text, &code).await;
        button.set_text_content(Some(if copied {
            words.copied()
        } else {
            words.not_copied()
        }));
        sleep(Duration::from_secs(2)).await;
        // What it says now may be what was said of an earlier copy.
        button.set_text_content(Some(words.copy()));
    });
}

fn download(figure: &Element, code: &Element) {
    let text = source(code);
    let language = figure.get_attribute("data-language").unwrap_or_default();
    let text: String = js_sys::encode_uri_component(&text).into();
    let link = document().create_element("a");
    if let Some(link) = link.ok().and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        let _ = link.set_attribute("href", &format!("data:text/plain;charset=utf-8,{text}"));
        let _ = link.set_attribute("download", &format!("code.{}", ending(&language)));
        link.click();
    }
}

/// How files of a language end.
fn ending(language: &str) -> &str {
    match language {
        "rust" => "rs",
        "python" => "py",
        "javascript" => "js",
        "typescript" => "ts",
        "bash" | "shell" | "console" => "sh",
        "markdown" => "md",
        "ruby" => "rb",
        "kotlin" => "kt",
        "haskell" => "hs",
        "csharp" | "c#" => "cs",
        "c++" => "cpp",
        "mermaid" => "mmd",
        other if !other.is_empty() && other.bytes().all(|it| it.is_ascii_alphanumeric()) => other,
        _ => "txt",
    }
}

/// Loads an image, as its reader has asked.
fn load(button: &Element) {
    let Ok(image) = document().create_element("img") else {
        return;
    };
    let alt = button.query_selector(".alt").ok().flatten();
    let alt = alt.and_then(|it| it.text_content()).unwrap_or_default();
    let address = button.get_attribute("data-image").unwrap_or_default();
    for (name, value) in [
        ("alt", &*alt),
        ("referrerpolicy", "no-referrer"),
        ("src", &*address),
    ] {
        let _ = image.set_attribute(name, value);
    }
    let _ = button.replace_with_with_node_1(&image);
}

/// Goes to the footnote of a reference.
fn show_note(link: &Element) {
    let label = link.get_attribute("data-note");
    let Some(answer) = link.closest(".blocks").ok().flatten() else {
        return;
    };
    far::tell(&answer, far::WHOLE);
    let Ok(notes) = answer.query_selector_all(".footnote[data-note]") else {
        return;
    };
    let notes = (0..notes.length()).filter_map(|at| notes.item(at)?.dyn_into::<HtmlElement>().ok());
    for note in notes.filter(|note| note.get_attribute("data-note") == label) {
        let _ = note.set_attribute("tabindex", "-1");
        note.scroll_into_view();
        let _ = note.focus();
    }
}
