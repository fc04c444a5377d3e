//! The palette: what is typed in it, and which of what that finds is chosen; and the form of preferences. How they look is
//! the server's matter (`palette_panel`, `preferences`).

use leptos::{ev, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

use super::conversation::Conversation;
use crate::{chat::api, client::preferences};

/// Where the server puts what it has found.
const FOUND: &str = "#found";

/// That what is there is not yet what was typed.
const BUSY: &str = "aria-busy";

/// That Enter has been pressed meanwhile.
const WANTED: &str = "data-wanted";

/// Fills in what is known here alone: what is preferred; and has the palette find all there is.
pub fn shown(conversation: Conversation, dialog: &Element) {
    let input = dialog.query_selector("[role=combobox]").ok().flatten();
    if let Some(input) = input.and_then(|it| it.dyn_into().ok()) {
        find(conversation, input);
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
    } else if input.matches("[role=combobox]") == Ok(true) {
        find(conversation, input);
    }
}

/// Has the server find what stands in the box. Enter, pressed before that is there, takes the first of it.
fn find(conversation: Conversation, input: HtmlInputElement) {
    let Ok(Some(place)) = document().query_selector(FOUND) else {
        return;
    };
    let _ = place.set_attribute(BUSY, "true");
    let text = input.value();
    spawn_local(async move {
        let found = api::panel("found".to_owned(), None, Some(text.clone()), 0).await;
        // More may have been typed meanwhile, or the palette shut.
        if input.value() != text || !place.is_connected() {
            return;
        }
        let wanted = place.has_attribute(WANTED);
        for mark in [BUSY, WANTED] {
            let _ = place.remove_attribute(mark);
        }
        match found {
            Ok(found) => {
                place.set_inner_html(&found);
                choose(&input, &place, 0);
                if wanted {
                    take(&place);
                }
            }
            Err(error) => conversation.tell("It could not be looked for", &error),
        }
    });
}

/// The arrows choose, and Enter takes.
pub fn pressed(event: &ev::KeyboardEvent) {
    let target = event
        .target()
        .and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
    let (Some(input), Ok(Some(place))) = (target, document().query_selector(FOUND)) else {
        return;
    };
    let step = match &*event.key() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        "Enter" => 0,
        _ => return,
    };
    event.prevent_default();
    if step != 0 {
        choose(&input, &place, step);
    } else if place.has_attribute(BUSY) {
        let _ = place.set_attribute(WANTED, "");
    } else {
        take(&place);
    }
}

/// Does what is chosen.
fn take(place: &Element) {
    let chosen = place.query_selector("[aria-selected=true]").ok().flatten();
    if let Some(chosen) = chosen.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        chosen.click();
    }
}

/// Chooses what stands so many steps after what is chosen; 0: the first. After the last comes the first.
fn choose(input: &Element, place: &Element, step: i32) {
    let Ok(all) = place.query_selector_all("[role=option]") else {
        return;
    };
    let all: Vec<Element> = (0..all.length())
        .filter_map(|at| all.item(at)?.dyn_into().ok())
        .collect();
    let is_chosen = |it: &Element| it.get_attribute("aria-selected").as_deref() == Some("true");
    let count = i32::try_from(all.len()).unwrap_or_default();
    if count == 0 {
        let _ = input.remove_attribute("aria-activedescendant");
        return;
    }
    let at = match all.iter().position(is_chosen) {
        Some(at) => i32::try_from(at).unwrap_or_default() + step,
        None => 0,
    };
    let next = usize::try_from(at.rem_euclid(count)).unwrap_or_default();
    for (at, option) in all.iter().enumerate() {
        let chosen = if at == next { "true" } else { "false" };
        let _ = option.set_attribute("aria-selected", chosen);
    }
    let _ = input.set_attribute("aria-activedescendant", &all[next].id());
    all[next].scroll_into_view_with_bool(false);
}
