//! `/models`: what is done with the models of Ollama, by forms that need no script. Models of other servers are those servers'
//! own matter.
//!
//! | file | noun |
//! |---|---|
//! | [`act`] | what the forms hold, and what is done then |
//! | [`name`] | what models are called |
//! | [`jobs`] | all that takes Ollama time |
//! | [`job`] | one such thing, which is the server's and not a connection's |
//! | [`progress`] | how far a download is |
//! | [`trouble`] | what can go wrong, told to people |
//! | `list` | what stands on the page |
//! | `one` | what stands on the page of one model |
//! | [`amount`] | sizes and durations |
//!
//! While something goes on a small script (`live.js`) shows how far it is; without it one loads the page anew.

pub mod act;
pub mod amount;
pub mod job;
pub mod jobs;
mod list;
pub mod name;
mod one;
pub mod progress;
pub mod trouble;

use std::sync::Arc;

use axum::{
    Form,
    extract::{
        Query,
        rejection::{FormRejection, QueryRejection},
    },
    http::{HeaderMap, header::CONTENT_SECURITY_POLICY},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use self::{
    act::{Act, apply},
    jobs::Jobs,
    name::ModelName,
};
use super::{
    AppState,
    accounts::{
        Mode, Visitor,
        pages::frame::{Note, page, page_with, unreadable},
        token,
    },
    catalogue::Catalogue,
    guard::POLICY,
    reply,
    store::Unfinished,
    upstream::ollama::Ollama,
};
use crate::{
    error::{Error, Result},
    words::Words,
};

/// Where the page is.
const PATH: &str = "/models";

/// What shows how far it is while something goes on.
const LIVE: &str = include_str!("models/live.js");

/// What is done with the models of Ollama.
#[derive(Debug)]
pub struct Models {
    /// The Ollama that has them.
    ollama: Ollama,
    /// What takes it time.
    pub jobs: Jobs,
}

impl Models {
    /// What is done with those of `ollama`.
    pub fn new(
        ollama: Ollama,
        catalogue: &Arc<Catalogue>,
        unfinished: Unfinished,
        shutdown: CancellationToken,
    ) -> Self {
        let jobs = Jobs::new(ollama.clone(), Arc::clone(catalogue), unfinished, shutdown);
        Self { ollama, jobs }
    }
}

/// What is shown: one model, the form for another, or all.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    about: Option<String>,
    add: Option<String>,
}

/// `GET /models`.
pub async fn show(
    state: AppState,
    wanted: Result<Query<Wanted>, QueryRejection>,
    headers: HeaderMap,
    words: Words,
) -> Response {
    let wanted = wanted.map(|Query(wanted)| wanted).unwrap_or_default();
    let note = Note::default();
    match wanted.about {
        Some(model) => draw_one(&state, &headers, words, &note, &model).await,
        None if wanted.add.is_some() => draw_form(&headers, words, &note, ""),
        None => draw(&state, &headers, words, note).await,
    }
}

/// `POST /models`: does one thing, and shows the page.
pub async fn change(
    state: AppState,
    visitor: Visitor,
    headers: HeaderMap,
    words: Words,
    form: Result<Form<Act>, FormRejection>,
) -> Response {
    let act = match form {
        Ok(Form(act)) => act,
        Err(why) => return reply::page(words, &unreadable(&why)),
    };
    // Who leaves meanwhile changes nothing of it.
    let act = Arc::new(act);
    let doing = {
        let (state, act) = (state.clone(), Arc::clone(&act));
        tokio::spawn(async move { apply(&state, &act, words, &visitor).await })
    };
    let error = match doing.await.unwrap_or_else(|_| Err(Error::default())) {
        // A reload does nothing again.
        Ok(()) => return Redirect::to(PATH).into_response(),
        Err(error) => error,
    };
    let note = Note::of(error);
    match &*act.what {
        "pull" => draw_form(&headers, words, &note, &act.name),
        "delete" | "copy" | "create" => draw_one(&state, &headers, words, &note, &act.model).await,
        _ => draw(&state, &headers, words, note).await,
    }
}

/// All models, and what goes on.
async fn draw(state: &AppState, headers: &HeaderMap, words: Words, mut note: Note) -> Response {
    let Models { ollama, jobs } = &state.models;
    // First: what is done by now is in Ollama's list.
    let jobs: Vec<_> = jobs
        .list()
        .iter()
        .map(|job| (Arc::clone(job), job.now()))
        .collect();
    let (listed, loaded) = tokio::join!(ollama.listed(), ollama.loaded());
    let is_known = listed.is_ok();
    let listed = listed.unwrap_or_else(|fault| {
        note.error.get_or_insert_with(|| fault.into());
        Vec::new()
    });
    // What is loaded is only said besides.
    let loaded = loaded.unwrap_or_default();
    let is_of_accounts = state.accounts.mode != Mode::None;
    let body = view! {
        {is_of_accounts.then(|| view! {
            <div class="who"><p><a href="/admin">{words.administration()}</a></p></div>
        })}
        {list::jobs_section(words, &jobs)}
        {list::add_section(words, "")}
        {is_known.then(|| list::models_section(words, &listed, &loaded, state.accounts.clock.now()))}
    };
    let is_on = jobs.iter().any(|(_, state)| state.is_on());
    if !is_on {
        return page(words, headers, words.models(), true, &note, body);
    }
    // Without randomness no script runs.
    let nonce = token::new().unwrap_or_default();
    let live = view! { <script type="module" nonce=nonce.clone() inner_html=LIVE></script> };
    let mut response = page_with(words, headers, words.models(), true, &note, live, body);
    if let Ok(policy) = format!("{POLICY}; script-src 'nonce-{nonce}'").parse() {
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// The form for a model that is to be downloaded, in which so much is typed already.
fn draw_form(headers: &HeaderMap, words: Words, note: &Note, typed: &str) -> Response {
    let body = view! {
        {to_all(words)}
        {list::add_section(words, typed)}
    };
    page(words, headers, words.models(), true, note, body)
}

/// One model.
async fn draw_one(
    state: &AppState,
    headers: &HeaderMap,
    words: Words,
    note: &Note,
    model: &str,
) -> Response {
    let described = match ModelName::read(model) {
        Ok(name) => {
            let described = state.models.ollama.described(name.as_str()).await;
            let described = described.map_err(|fault| trouble::of_model(name.as_str(), fault));
            described.map(|described| (name, described))
        }
        Err(error) => Err(error),
    };
    match described {
        Ok((name, described)) => {
            let body = view! {
                {to_all(words)}
                {one::sections(words, &name, &described)}
            };
            page(words, headers, name.as_str(), true, note, body)
        }
        Err(error) => {
            // What was done wrong comes before what is not there.
            let note = Note::of(note.error.clone().unwrap_or(error));
            page(words, headers, words.models(), true, &note, to_all(words))
        }
    }
}

/// The way back.
fn to_all(words: Words) -> impl IntoView {
    view! { <div class="who"><p><a href=PATH>{words.all_models()}</a></p></div> }
}
