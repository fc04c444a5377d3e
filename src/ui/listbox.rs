//! What is found as one types, and which of it is chosen: in the palette and in the composer. How it looks is the server's
//! matter (`palette_panel`, `prompts_panel`).

use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::{chat::api, error::Result};

/// That what is there is not yet what was typed.
const BUSY: &str = "aria-busy";

/// That Enter has been pressed meanwhile.
const WANTED: &str = "data-wanted";

/// Has the server find what is typed in its panel of this name, and puts it into `place`; `still` says whether it is still
/// wanted then. `then` is told what came of it, and whether the first of it is wanted already.
pub fn find(
    panel: &str,
    typed: String,
    place: Element,
    still: impl Fn() -> bool + 'static,
    then: impl FnOnce(bool, Result<()>) + 'static,
) {
    let _ = place.set_attribute(BUSY, "true");
    let panel = panel.to_owned();
    spawn_local(async move {
        let found = api::panel(panel, None, Some(typed), 0).await;
        // What was forgotten meanwhile opens nothing again.
        if !place.is_connected() || !is_busy(&place) || !still() {
            return;
        }
        let wanted = place.has_attribute(WANTED);
        for mark in [BUSY, WANTED] {
            let _ = place.remove_attribute(mark);
        }
        then(wanted, found.map(|html| place.set_inner_html(&html)));
    });
}

/// What is asked for is no longer wanted.
pub fn forget(place: &Element) {
    for mark in [BUSY, WANTED] {
        let _ = place.remove_attribute(mark);
    }
}

/// Whether it is being looked for.
pub fn is_busy(place: &Element) -> bool {
    place.has_attribute(BUSY)
}

/// Does what is chosen; while it is being looked for, as soon as it is there.
pub fn take(place: &Element) {
    if is_busy(place) {
        let _ = place.set_attribute(WANTED, "");
        return;
    }
    let chosen = place.query_selector("[aria-selected=true]").ok().flatten();
    if let Some(chosen) = chosen.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        chosen.click();
    }
}

/// How far a key goes among what is found.
pub fn step(key: &str) -> Option<i32> {
    match key {
        "ArrowDown" => Some(1),
        "ArrowUp" => Some(-1),
        _ => None,
    }
}

/// Chooses what stands so many steps after what is chosen; 0: the first. After the last comes the first. Gives whether
/// there is anything.
pub fn choose(input: &Element, place: &Element, step: i32) -> bool {
    let all = place.query_selector_all("[role=option]");
    let all: Vec<Element> = all.map_or_else(
        |_| Vec::new(),
        |all| {
            let all = (0..all.length()).filter_map(|at| all.item(at)?.dyn_into().ok());
            all.collect()
        },
    );
    let is_chosen = |it: &Element| it.get_attribute("aria-selected").as_deref() == Some("true");
    let count = i32::try_from(all.len()).unwrap_or_default();
    if count == 0 {
        let _ = input.remove_attribute("aria-activedescendant");
        return false;
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
    true
}
