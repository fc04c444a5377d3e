//! Which chat the address names: `/` a new one, `/c/{id}` that one. Three addresses need no router.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsValue;

/// The address of a chat; of a new one without an id.
pub fn address(chat: Option<&str>) -> String {
    chat.map_or_else(|| "/".to_owned(), |id| format!("/c/{id}"))
}

/// Has the address name a chat, as a step that the browser's Back goes back from.
pub fn go(chat: Option<&str>) {
    let address = address(chat);
    if location().pathname().as_deref() == Ok(&*address) {
        return;
    }
    if let Ok(history) = window().history() {
        // A browser that refuses shows another address, and nothing else happens.
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

/// Has the address name a message of a chat.
pub fn go_to(chat: Option<&str>, message: &str) {
    let address = format!("{}#{message}", address(chat));
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

/// The message that the address names.
pub fn fragment() -> Option<String> {
    let hash = location().hash().ok()?;
    hash.strip_prefix('#')
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
}

/// Tells which chat the address names whenever the person goes back or forward.
pub fn on_travel(tell: impl Fn(Option<String>) + 'static) {
    // It lives as long as the page.
    let _ = window_event_listener(ev::popstate, move |_| tell(named()));
}

fn named() -> Option<String> {
    let path = location().pathname().ok()?;
    path.strip_prefix("/c/").map(str::to_owned)
}

/// Whether a click asks for what a script may do in its place: not for another tab or window.
pub fn is_plain(click: &ev::MouseEvent) -> bool {
    click.button() == 0
        && !(click.meta_key() || click.ctrl_key() || click.shift_key() || click.alt_key())
}
