//! What this tab keeps over a reload: the conversation; and this browser: the model that was chosen.
//!
//! It stands in for the store until that comes. A browser that forbids storage forgets, and nothing else happens.

use leptos::prelude::window;
use serde::{Deserialize, Serialize};
use web_sys::Storage;

use crate::chat::Done;

/// The key of the conversation in the tab's storage; the number is the form's version.
const CONVERSATION: &str = "brooklet.conversation.1";

/// The key of the chosen model in the browser's storage.
const MODEL: &str = "brooklet.model";

/// A turn of the conversation as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub enum SavedTurn {
    /// What the person asked.
    Question(String),
    /// What the model answered.
    Answer(Box<SavedAnswer>),
}

/// An answer as it is kept.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedAnswer {
    /// Its text so far.
    pub content: String,
    /// Its reasoning so far.
    pub thinking: String,
    /// The model that writes it.
    pub model: Option<String>,
    /// Where the rest of it can be had.
    pub generation: Option<String>,
    /// The id of the request for it.
    pub request_id: String,
    /// How it ended.
    pub done: Option<Done>,
}

/// Keeps the conversation.
pub fn save(turns: &[SavedTurn]) {
    if let (Some(storage), Ok(json)) = (tab(), serde_json::to_string(turns)) {
        // Full storage keeps what it had.
        let _ = storage.set_item(CONVERSATION, &json);
    }
}

/// The conversation that was kept; what cannot be read is nothing.
pub fn load() -> Vec<SavedTurn> {
    tab()
        .and_then(|storage| storage.get_item(CONVERSATION).ok()?)
        .and_then(|json| serde_json::from_slice(json.as_bytes()).ok())
        .unwrap_or_default()
}

/// Keeps the chosen model.
pub fn save_model(model: &str) {
    if let Some(storage) = browser() {
        let _ = storage.set_item(MODEL, model);
    }
}

/// The model that was chosen last.
pub fn load_model() -> Option<String> {
    browser()?.get_item(MODEL).ok()?
}

fn tab() -> Option<Storage> {
    window().session_storage().ok()?
}

fn browser() -> Option<Storage> {
    window().local_storage().ok()?
}
