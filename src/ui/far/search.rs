//! Whether one searches the page by the browser's own keys: one listener for all answers, since each key comes by here.

use std::sync::{
    Once,
    atomic::{AtomicBool, Ordering},
};

use leptos::prelude::window;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, KeyboardEvent};

use super::{WHOLE, tell};

/// What says that one searches no more: sent to the window.
pub(super) const OVER: &str = "search-over";

/// Whether the search was asked for last, and nothing else since.
static IS_ON: AtomicBool = AtomicBool::new(false);

/// Whether one searches.
pub(super) fn is_on() -> bool {
    IS_ON.load(Ordering::Relaxed)
}

/// Looks at each key and touch from now on; once is enough.
pub(super) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let on_hand = Closure::<dyn Fn(Event)>::new(|event: Event| look(&event));
        for name in ["keydown", "pointerdown"] {
            let listener = on_hand.as_ref().unchecked_ref();
            let _ = window().add_event_listener_with_callback(name, listener);
        }
        // It lives as long as the page.
        on_hand.forget();
    });
}

fn look(event: &Event) {
    let Some(searches) = asks_to_search(event) else {
        return;
    };
    let searched = IS_ON.swap(searches, Ordering::Relaxed);
    if searches {
        tell(&window(), WHOLE);
    } else if searched {
        tell(&window(), OVER);
    }
}

/// Whether a key is one that browsers search the page by; `None`: it is half of one at the most.
fn asks_to_search(event: &Event) -> Option<bool> {
    let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
        return Some(false);
    };
    let key = event.key();
    match &*key {
        "Control" | "Meta" | "Shift" | "Alt" => None,
        "F3" => Some(true),
        _ if !event.ctrl_key() && !event.meta_key() => Some(false),
        // The letter, or where it would be among letters of another script.
        "f" | "g" | "F" | "G" => Some(true),
        _ => Some(!key.is_ascii() && ["KeyF", "KeyG"].contains(&&*event.code())),
    }
}
