//! Forms without a script: what the page posts by itself, before its script has come or where there is none.
//!
//! A form is answered by the address of the page that shows what has come of it, so that a reload asks nothing again. How
//! an answer comes as HTML is in [`live`], how forms and links look in `ui::plain`.

pub mod live;

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    sync::Arc,
};

use axum::{
    Form,
    extract::rejection::FormRejection,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    AppState,
    generation::Generation,
    reply,
    threads::{self, Asking},
};
use crate::{
    chat::Transcript,
    error::{Error, ErrorKind, Result},
    ui::failure,
    words::{Words, told},
};

/// A question as a form has it: what is not known is empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The chat.
    pub chat: String,
    /// The last message of it that the page shows.
    pub parent: String,
    /// What makes the id of the request: the page's own.
    pub nonce: String,
    /// The model.
    pub model: String,
    /// The question.
    pub text: String,
    /// Whether there is no script.
    pub plain: String,
}

/// What a form stops.
#[derive(Debug, Deserialize)]
pub struct Halted {
    chat: String,
    generation: String,
}

/// `POST /ask`: asks, and shows the chat.
pub async fn ask(
    state: AppState,
    words: Words,
    form: Result<Form<Asked>, FormRejection>,
) -> Response {
    let Form(asked) = match form {
        Ok(form) => form,
        Err(why) => return refused(words, &why),
    };
    let is_plain = !asked.plain.is_empty();
    if asked.text.trim().is_empty() {
        return see(&asked.chat, false);
    }
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    // A browser sends a line's end as two characters.
    let text = asked.text.replace("\r\n", "\n");
    let asking = Asking {
        chat: some(&asked.chat),
        parent: some(&asked.parent),
        request_id: some(&asked.nonce).map(|nonce| request_id(&nonce, &asked)),
        model: some(&asked.model),
        text: Some(text.trim_end().to_owned()),
    };
    match threads::ask(&state, asking).await {
        Ok(begun) => see(&begun.chat, is_plain),
        Err(error) => {
            let fields = [
                ("chat", &*asked.chat),
                ("parent", &asked.parent),
                ("nonce", &asked.nonce),
                ("model", &asked.model),
                ("plain", &asked.plain),
            ];
            let question = failure::Question {
                text: &text,
                fields: &fields,
            };
            reply::with_page(&error, failure::refused(words, &error, &question))
        }
    }
}

/// `POST /halt`: stops an answer, and shows its chat.
pub async fn halt(
    state: AppState,
    words: Words,
    form: Result<Form<Halted>, FormRejection>,
) -> Response {
    let Form(halted) = match form {
        Ok(form) => form,
        Err(why) => return refused(words, &why),
    };
    // What has ended, or is gone, need not be stopped.
    if let Ok(generation) = state.generations.get(&halted.generation).await {
        generation.stop().await;
    }
    see(&halted.chat, false)
}

/// The generation that writes the last answer that is shown, if one does.
pub async fn running(state: &AppState, transcript: &Transcript) -> Option<Arc<Generation>> {
    // The stamp of one that has ended says how.
    let last = transcript.messages.last()?;
    let unfinished = !last.stamp.is_empty() && !last.stamp.contains(' ');
    let generation = state.generations.get(&last.stamp);
    if unfinished {
        generation.await.ok()
    } else {
        None
    }
}

/// The address of a chat, or of an answer that comes in it.
fn see(chat: &str, live: bool) -> Response {
    let is_id = !chat.is_empty()
        && chat
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'-');
    let to = match (is_id, live) {
        (false, _) => "/".to_owned(),
        (true, false) => format!("/c/{chat}"),
        (true, true) => format!("/c/{chat}?live"),
    };
    Redirect::to(&to).into_response()
}

/// The same question from the same page is one; another question from it, by way of Back, another.
fn request_id(nonce: &str, asked: &Asked) -> String {
    let mut hasher = DefaultHasher::new();
    (&asked.text, &asked.model, &asked.parent).hash(&mut hasher);
    let nonce: String = nonce.chars().take(36).collect();
    format!("{nonce}-{:016x}", hasher.finish())
}

fn refused(words: Words, why: &FormRejection) -> Response {
    let error = if why.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Error::too_large()
    } else {
        Error::told(
            ErrorKind::BadRequest,
            told::form_unreadable(&why.to_string()),
        )
    };
    reply::page(words, &error)
}
