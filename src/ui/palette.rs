//! The palette: what is typed in it, and which of what that finds is chosen. How it looks is the server's matter
//! (`palette_panel`).

use leptos::{ev, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

use super::conversation::Conversation;
use crate::{chat::api, client::memory};

/// Where the server puts what it has found.
const FOUND: &str = "#found";

/// Whether single keys do something is known here alone.
pub fn shown(dialog: &Element) {
    let single = dialog.query_selector("[data-single]").ok().flatten();
    if let Some(single) = single.and_then(|it| it.dyn_into::<HtmlInputElement>().ok()) {
        single.set_checked(memory::single_keys());
    }
}

/// Has the server find what is typed.
pub fn typed(conversation: Conversation, event: &ev::Event) {
    let target = event
        .target()
        .and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
    let Some(input) = target else {
        return;
    };
    if input.matches("[data-single]") == Ok(true) {
        memory::set_single_keys(input.checked());
        return;
    }
    if input.matches("[role=combobox]") != Ok(true) {
        return;
    }
    let text = input.value();
    spawn_local(async move {
        let found = api::panel("found".to_owned(), None, Some(text.clone()), 0).await;
        // More may have been typed meanwhile.
        if input.value() != text {
            return;
        }
        match (found, document().query_selector(FOUND)) {
            (Ok(found), Ok(Some(place))) => {
                place.set_inner_html(&found);
                choose(&input, &place, 0);
            }
            (Err(error), _) => conversation.tell("It could not be looked for", &error),
            _ => {}
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
        return;
    }
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
