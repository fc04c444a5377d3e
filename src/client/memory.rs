//! What this tab keeps over a reload: a question that the server may not have yet, and where one reads in each chat; and
//! this browser: the model that was chosen. A browser that forbids storage forgets, and nothing else happens.

use leptos::prelude::{document, window};
use serde::Serialize;
use web_sys::Storage;

use crate::json::{self, told::told};

/// What the key of the question in the tab's storage begins with; the number is the form's version.
const PENDING: &str = "brooklet.pending.1.";

/// What the key of the place in a chat begins with.
const PLACE: &str = "brooklet.place.";

/// The key of the chosen model in the browser's storage.
const MODEL: &str = "brooklet.model";

/// A question on its way to the server.
#[derive(Debug, Serialize)]
pub struct Pending {
    /// The chat; `None`: a new one.
    pub chat: Option<String>,
    /// The message that it follows.
    pub parent: Option<String>,
    /// What is asked.
    pub text: String,
    /// Whom.
    pub model: Option<String>,
    /// The id of the request: sent twice, it is answered once.
    pub request_id: String,
}

/// Keeps a question, or forgets the last one.
pub fn save_pending(pending: Option<&Pending>) {
    let Some(storage) = tab() else {
        return;
    };
    // Full storage keeps what it had.
    let _ = match pending.and_then(|pending| serde_json::to_string(pending).ok()) {
        Some(json) => storage.set_item(&pending_key(), &json),
        None => storage.remove_item(&pending_key()),
    };
}

/// The question that was kept; what cannot be read is nothing.
pub fn load_pending() -> Option<Pending> {
    let json = tab()?.get_item(&pending_key()).ok()??;
    json::read(&json)
}

/// The key of the question of whoever has signed in: another one does not ask it.
fn pending_key() -> String {
    let own = document().query_selector("[data-user]").ok().flatten();
    let user = own.and_then(|own| own.get_attribute("data-user"));
    PENDING.to_owned() + &user.unwrap_or_default()
}

told! {
    Pending { chat, parent, text, model, request_id }
}

/// Keeps the message that one reads in a chat, and how many pixels below the upper edge it begins; at the bottom nothing.
pub fn save_place(chat: &str, place: Option<(&str, i32)>) {
    let Some(storage) = tab() else {
        return;
    };
    let key = format!("{PLACE}{chat}");
    let _ = match place {
        Some((message, above)) => storage.set_item(&key, &format!("{message} {above}")),
        None => storage.remove_item(&key),
    };
}

/// What was kept of that.
pub fn load_place(chat: &str) -> Option<(String, i32)> {
    let place = tab()?.get_item(&format!("{PLACE}{chat}")).ok()??;
    let (message, above) = place.split_once(' ')?;
    Some((message.to_owned(), above.parse().ok()?))
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
