//! Whether the page is seen: a hidden tab holds no connection.
//!
//! A browser allows six connections to a server of HTTP/1.1, over all its tabs; a hidden tab that held one for its
//! stream would take it from those that are seen.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AddEventListenerOptions, js_sys::Promise};

/// Waits until the page is hidden; at once when it is.
pub async fn hidden() {
    while !document().hidden() {
        change().await;
    }
}

/// Waits until the page is shown; at once when it is.
pub async fn shown() {
    while document().hidden() {
        change().await;
    }
}

/// Waits until the page is hidden or shown.
async fn change() {
    let once = AddEventListenerOptions::new();
    once.set_once(true);
    let change = Promise::new(&mut |resolve, _| {
        // Without the event there is nothing to wait for; then the page is taken to stay as it is.
        let _ = document().add_event_listener_with_callback_and_add_event_listener_options(
            "visibilitychange",
            resolve.unchecked_ref(),
            &once,
        );
    });
    let _ = JsFuture::from(change).await;
}
