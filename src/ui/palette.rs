//! The palette: what is typed in it; and what panels hold that is known to the browser alone. How they look is the server's
//! matter (`palette_panel`, `preferences`).

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, HtmlTextAreaElement};

use super::{conversation::Conversation, listbox};
use crate::{client::preferences, words::Words};

/// Where the server puts what it has found.
const FOUND: &str = "#found";

/// Fills in what is known here alone: what is preferred, and what is being written, which may be saved; and has the
/// palette find all there is.
pub fn shown(conversation: Conversation, dialog: &Element) {
    let find_in = |selector| dialog.query_selector(selector).ok().flatten();
    if let Some(input) = find_in("[role=combobox]").and_then(|it| it.dyn_into().ok()) {
        find(conversation, input);
    }
    if let Some(text) = find_in("[data-draft]").and_then(|it| it.dyn_into().ok()) {
        let text: HtmlTextAreaElement = text;
        let question = document().get_element_by_id("question");
        let question = question.and_then(|it| it.dyn_into::<HtmlTextAreaElement>().ok());
        if let Some(question) = question.filter(|_| text.value().is_empty()) {
            text.set_value(&question.value());
        }
    }
    let Ok(all) = dialog.query_selector_all("[data-preference]") else {
        return;
    };
    for at in 0..all.length() {
        let one = all
            .item(at)
            .and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
        if let Some(one) = one.filter(|one| preferences::get(&one.name()) == one.value()) {
            one.set_checked(true);
        }
    }
}

/// Has the server find what is typed, and keeps what is preferred.
pub fn typed(conversation: Conversation, event: &ev::Event) {
    let target = event
        .target()
        .and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
    let Some(input) = target else {
        return;
    };
    if input.matches("[data-preference]") == Ok(true) {
        preferences::set(&input.name(), &input.value());
        // Another language is another document.
        if input.name() == "language" {
            let _ = window().location().reload();
        }
    } else if input.matches("[role=combobox]") == Ok(true) {
        find(conversation, input);
    }
}

/// Has the server find what stands in the box. Enter, pressed before that is there, takes the first of it.
fn find(conversation: Conversation, input: HtmlInputElement) {
    let Ok(Some(place)) = document().query_selector(FOUND) else {
        return;
    };
    let text = input.value();
    let still = {
        let (input, text) = (input.clone(), text.clone());
        move || input.value() == text
    };
    let found = place.clone();
    listbox::find(
        "found",
        text,
        place,
        still,
        move |wanted, came| match came {
            Ok(()) => {
                listbox::choose(&input, &found, 0);
                if wanted {
                    listbox::take(&found);
                }
            }
            Err(error) => conversation.tell(Words::not_found_out, &error),
        },
    );
}

/// The arrows choose, and Enter takes.
pub fn pressed(event: &ev::KeyboardEvent) {
    let target = event
        .target()
        .and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
    let (Some(input), Ok(Some(place))) = (target, document().query_selector(FOUND)) else {
        return;
    };
    if let Some(step) = listbox::step(&event.key()) {
        event.prevent_default();
        listbox::choose(&input, &place, step);
    } else if event.key() == "Enter" {
        event.prevent_default();
        listbox::take(&place);
    }
}
