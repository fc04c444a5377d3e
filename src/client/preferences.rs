//! How one likes the page: kept in cookies, so that the server's documents are so from the first byte on.
//!
//! Which there are, and what they can be, is said by `ui::preferences`. What is set stands as `data-…` on the document's
//! element, for styles and for whoever asks; what is as usual is not set.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlDocument;

/// How long it is kept, in seconds: a year.
const AGE: &str = "31536000";

/// What a preference is; empty: as usual.
pub fn get(name: &str) -> String {
    let root = document().document_element();
    let set = root.and_then(|root| root.get_attribute(&attribute(name)));
    set.unwrap_or_default()
}

/// Sets it for this browser.
pub fn set(name: &str, value: &str) {
    if let Some(root) = document().document_element() {
        let _ = if value.is_empty() {
            root.remove_attribute(&attribute(name))
        } else {
            root.set_attribute(&attribute(name), value)
        };
    }
    if let Ok(html) = document().dyn_into::<HtmlDocument>() {
        let age = if value.is_empty() { "0" } else { AGE };
        let cookie = format!("brooklet-{name}={value}; path=/; max-age={age}; samesite=lax");
        // Who forbids cookies has it until the page is left.
        let _ = html.set_cookie(&cookie);
    }
}

fn attribute(name: &str) -> String {
    format!("data-{name}")
}
