//! Whether the page is seen: a hidden tab holds no connection.
//!
//! A browser allows six connections to a server of HTTP/1.1, over all its tabs; a hidden tab that held one for its
//! stream would take it from those that are seen.

use js_sys::{Function, Promise};
use leptos::prelude::document;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

const EVENT: &str = "visibilitychange";

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
    let mut listening = None;
    let change = Promise::new(&mut |resolve, _| {
        // Without the event there is nothing to wait for; then the page is taken to stay as it is.
        let _ = document().add_event_listener_with_callback(EVENT, &resolve);
        listening = Some(Listening(resolve));
    });
    let _ = JsFuture::from(change).await;
    drop(listening);
}

/// What is told of a change until this is dropped: most waits are given up, since what they were for has ended.
struct Listening(Function);

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = document().remove_event_listener_with_callback(EVENT, &self.0);
        // Who waits for a promise is kept by it until it is kept.
        let _ = self.0.call0(&JsValue::NULL);
    }
}
