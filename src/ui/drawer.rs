//! The list of chats where there is no room beside the chat: it comes over it, and has the focus while it is there.

use leptos::{ev, html, prelude::*};
use web_sys::HtmlElement;

use crate::client::effect::effect;

/// From here on there is room, as sidebar.css has it.
const ROOM: &str = "(min-width: 56.01rem)";

/// Has the focus go into the list when it comes, and back to the button that it came by.
pub fn attend(open: RwSignal<bool>, button: NodeRef<html::Button>) {
    let mut before = false;
    effect(move || {
        let open = open.get();
        if open {
            focus_on(".sidebar .new");
        } else if before
            && focus_is_lost()
            && let Some(button) = button.get_untracked()
        {
            let _ = button.focus();
        }
        before = open;
    });
    // A phone that is turned may have room.
    effect(move || {
        let _ = window_event_listener(ev::resize, move |_| {
            let room = window().match_media(ROOM).ok().flatten();
            if open.get_untracked() && room.is_some_and(|room| room.matches()) {
                open.set(false);
            }
        });
    });
}

/// Whether what has the focus goes away with the list, or nothing has it.
fn focus_is_lost() -> bool {
    !document()
        .query_selector(".desk :focus")
        .is_ok_and(|it| it.is_some())
}

fn focus_on(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(found) = found.and_then(|it| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(it).ok())
    {
        let _ = found.focus();
    }
}
