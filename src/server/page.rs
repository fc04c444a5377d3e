//! The pages that people open: all that one begins with is there before the script is, or without it.

use std::sync::{Arc, OnceLock};

use axum::{
    body::{Body, to_bytes},
    extract::{Path, Request, rejection::PathRejection},
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY},
    },
    response::{Html, IntoResponse, Response},
};
use leptos::{nonce::use_nonce, prelude::provide_context};
use uuid::Uuid;

use super::{
    AppState,
    accounts::Mode,
    client::Client,
    language,
    plain::{self, live::Live},
    reply, shelf,
};
use crate::{
    app,
    chat::{Opening, path::LAST},
    error::{Error, Result},
    ui::{
        chat_list::{FirstList, Own},
        failure,
        messages::FirstMessages,
        palette_panel,
        plain::{Made, Plain},
    },
    words::Words,
};

/// What is put where an answer is to come. Nothing else in a page looks so: text in it is escaped.
const HERE: &str = "<!--live-->";

/// A new chat.
pub async fn new_chat(state: AppState, request: Request) -> Response {
    page(state, None, request).await
}

/// A chat. With `?all` all of its messages are in it, with `?live` an answer that is being written comes with it, as HTML.
pub async fn chat(
    state: AppState,
    chat: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    // What is not even text is the name of no chat.
    let Path(chat) = chat.unwrap_or_else(|_| Path(String::new()));
    page(state, Some(chat), request).await
}

/// What is shown where this server cannot be reached.
pub async fn offline(words: Words) -> Html<String> {
    Html(failure::offline(words))
}

async fn page(state: AppState, chat: Option<String>, request: Request) -> Response {
    let words = language::words(request.headers());
    let made = make(state, words, chat, request).await;
    made.unwrap_or_else(|error| reply::page(words, &error))
}

async fn make(
    state: AppState,
    words: Words,
    chat: Option<String>,
    request: Request,
) -> Result<Response> {
    let query = request.uri().query().map(str::to_owned);
    let asks = |what| query.as_deref() == Some(what);
    let liked = language::liked(request.headers());
    let client = request.extensions().get().copied();
    let count = (!asks("all")).then_some(LAST);
    let mut transcript = shelf::transcript(&state, words, chat.as_deref(), count).await?;
    let missing = chat.is_some() && transcript.chat.is_none();
    let running = plain::running(&state, &transcript).await;
    let live = match &running {
        Some(generation) if asks("live") => {
            let Client(client) = client.ok_or_else(Error::default)?;
            let seat = state.sit_down(client)?;
            if let Some(last) = transcript.messages.last_mut() {
                HERE.clone_into(&mut last.html);
            }
            let chat = transcript.chat.as_deref().unwrap_or_default();
            Some(Live::new(
                words,
                chat,
                generation,
                state.finisher.clone(),
                seat,
            ))
        }
        _ => None,
    };
    let models = state.catalogue.at_hand().await;
    let nonce = Uuid::now_v7().to_string();
    let plain = Plain::new(Made {
        words,
        transcript: &transcript,
        models: models.as_ref(),
        running: running
            .as_ref()
            .filter(|_| live.is_none())
            .map(|generation| &*generation.id),
        nonce: &nonce,
    });
    let list = shelf::first(&state, words, chat.as_deref()).await;
    let messages = std::mem::take(&mut transcript.messages);
    let title = transcript.chat.as_ref().map(|_| transcript.title.clone());
    let opening = Arc::new(Opening {
        transcript,
        begun: !messages.is_empty(),
        missing,
        problem: models.and_then(|models| models.in_words(words).problem(words)),
    });
    let own = (state.accounts.mode != Mode::None)
        .then(|| Own::new(words, &state.caller.user.id, &state.caller.user.name));
    let messages: String = messages.into_iter().map(|message| message.html).collect();
    let context = move || {
        provide_context(Arc::clone(&opening));
        provide_context(FirstMessages(messages.clone()));
        provide_context(FirstList(list.clone()));
        if let Some(own) = &own {
            provide_context(own.clone());
        }
        provide_context(plain.clone());
        provide_context(words);
    };
    let once = Arc::new(OnceLock::new());
    let seen = Arc::clone(&once);
    let shell = move || {
        // What leptos gives its own scripts.
        if let Some(nonce) = use_nonce() {
            let _ = seen.set(nonce.to_string());
        }
        app::shell(
            state.leptos.clone(),
            words,
            title.clone(),
            liked,
            palette_panel::frame(words),
        )
    };
    let mut response = leptos_axum::render_app_async_with_context(context, shell)(request).await;
    let nonce = once.get().map_or("", String::as_str);
    if let Ok(policy) = policy(nonce).parse() {
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
    }
    if missing {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    match live {
        Some(live) => Ok(with_answer(response, live).await),
        None => Ok(response),
    }
}

/// What a page may do: run scripts that have this number, and what those import; ask this server; and show a diagram's frame,
/// which is ours. Images of other hosts are loaded when somebody asks for one.
fn policy(nonce: &str) -> String {
    // `cargo leptos watch` tells the page by a socket to load itself again.
    let watch = std::env::var_os("LEPTOS_WATCH").map_or("", |_| " ws:");
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data: http: https:; connect-src 'self'{watch}; frame-src 'self'; worker-src 'self'; \
         manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// The page, in which the answer comes while it is read.
async fn with_answer(response: Response, live: Live) -> Response {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let html = String::from_utf8_lossy(&body);
    let Some((before, after)) = html.split_once(HERE) else {
        return (parts, body).into_response();
    };
    let stream = live.between(before.to_owned(), after.to_owned());
    let mut response = (parts, Body::from_stream(stream)).into_response();
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    // As for every stream: who stands between passes it on as it comes.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("no-store, no-transform"),
    );
    response
}
