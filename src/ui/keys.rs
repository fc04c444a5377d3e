//! Commands, and the keys that ask for them: everything can be done without a mouse.
//!
//! The keys are one family, Alt and Shift and a letter, that no browser has for itself. What the commands are called is
//! said by the server, in the help and in the palette (`palette_panel`).

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::{conversation::Conversation, spoken};
use crate::client::{frames::at_next_frame, preferences};

/// The code of the key beside the command; the letter is the code's last.
pub const KEYS: [(&str, &str); 12] = [
    ("KeyN", "new"),
    ("KeyF", "search"),
    ("KeyM", "model"),
    ("KeyX", "stop"),
    ("KeyC", "copy"),
    ("KeyR", "again"),
    ("KeyW", "write"),
    ("KeyL", "list"),
    ("KeyS", "settings"),
    ("KeyT", "prompts"),
    ("KeyP", "preferences"),
    ("KeyK", "keys"),
];

/// Has keys do what they ask for, wherever the focus is.
pub fn listen(conversation: Conversation) {
    let _ = window_event_listener(ev::keydown, move |event| {
        // While an input method is composing, keys are its own.
        if event.default_prevented() || event.is_composing() {
            return;
        }
        let Some(command) = command_of(&event) else {
            return;
        };
        // Under a dialog nothing is done; that the palette goes away is.
        if conversation.panel.is_open() {
            if command == "palette" {
                event.prevent_default();
                conversation.panel.shut();
            }
            return;
        }
        event.prevent_default();
        run(conversation, command, "");
    });
}

fn command_of(event: &ev::KeyboardEvent) -> Option<&'static str> {
    let control = event.ctrl_key() || event.meta_key();
    match (control, event.alt_key(), event.shift_key()) {
        (true, false, false) if event.key().eq_ignore_ascii_case("k") => Some("palette"),
        (false, true, true) => {
            let code = event.code();
            let found = KEYS.iter().find(|(key, _)| *key == code);
            found.map(|(_, command)| *command)
        }
        (false, false, _)
            if event.key() == "?" && !is_writing() && preferences::get("keys").is_empty() =>
        {
            Some("keys")
        }
        _ => None,
    }
}

/// Does what a command asks for; `item`: with what.
pub fn run(conversation: Conversation, command: &str, item: &str) {
    let shelf = conversation.shelf;
    match command {
        "palette" | "keys" | "settings" | "prompts" | "preferences" => {
            conversation.show(command, None);
        }
        "new" => conversation.open(None),
        "chat" => conversation.open(Some(item.to_owned())),
        "preset" => conversation.begin_with(item),
        "model" if item.is_empty() => focus(".picker select"),
        "model" => {
            conversation.choose(item.to_owned());
            spoken::say(item);
        }
        "stop" => conversation.stop(),
        "copy" => press_last("copy"),
        "again" => press_last("again"),
        "write" => focus("#question"),
        "search" | "list" => {
            // Where there is no room for it, it has to come first.
            let room = find(".drawer").is_none_or(|it| it.offset_parent().is_none());
            let wanted = if command == "list" {
                ".sidebar .new"
            } else {
                ".search"
            };
            if room {
                focus(wanted);
            } else {
                shelf.open.set(true);
                at_next_frame(move || focus(wanted));
            }
        }
        _ => {}
    }
}

/// Presses the button of the last answer that is whole.
fn press_last(act: &str) {
    let all = document().query_selector_all(&format!(".answer .acts [data-act={act}]"));
    let Ok(all) = all else {
        return;
    };
    let last = all.length().checked_sub(1).and_then(|at| all.item(at));
    if let Some(last) = last.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        last.click();
    }
}

/// Whether what is typed goes into a text.
fn is_writing() -> bool {
    let focused = document().active_element();
    focused.is_some_and(|it| it.matches("input:not([type=checkbox]), textarea, select") == Ok(true))
}

fn focus(selector: &str) {
    if let Some(found) = find(selector) {
        let _ = found.focus();
    }
}

fn find(selector: &str) -> Option<HtmlElement> {
    let found: Option<Element> = document().query_selector(selector).ok().flatten();
    found?.dyn_into().ok()
}
