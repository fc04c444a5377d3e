//! `/admin`: the accounts of others, links by which more come in, and what has happened. Of what is said in chats nothing is
//! here.

mod sections;

use std::collections::HashMap;

use axum::{
    Form,
    extract::{
        Query,
        rejection::{FormRejection, QueryRejection},
    },
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde::Deserialize;

use super::{
    super::Visitor,
    frame::{Note, allowance, page, unreadable},
};
use crate::{
    error::{Error, ErrorKind, Result},
    server::{
        AppState,
        quota::Allowance,
        reply,
        store::users::{Role, UserChange, folded},
    },
    words::{Words, told},
};

/// How many events are on a page.
const EVENTS: u32 = 100;

/// What the forms of this page hold; `do` says which one it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Act {
    #[serde(rename = "do")]
    what: String,
    id: String,
    name: String,
    role: String,
    requests: String,
    at_once: String,
    day: String,
    month: String,
}

impl Act {
    fn allowance(&self) -> Result<Allowance> {
        allowance(&self.requests, &self.at_once, &self.day, &self.month)
    }
}

/// Which events are shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Since {
    before: Option<i64>,
}

/// `GET /admin`.
pub async fn show(
    state: AppState,
    since: Result<Query<Since>, QueryRejection>,
    headers: HeaderMap,
    words: Words,
) -> Result<Response> {
    let before = since.ok().and_then(|Query(since)| since.before);
    draw(&state, &headers, words, &Note::default(), before).await
}

/// `POST /admin`: does one thing, and shows the page.
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
    let note = match apply(&state, act, words, &visitor).await {
        // A reload does nothing again.
        Ok(None) => return Redirect::to("/admin").into_response(),
        Ok(Some(note)) => note,
        Err(error) => Note::of(error),
    };
    let drawn = draw(&state, &headers, words, &note, None).await;
    drawn.unwrap_or_else(|error| reply::page(words, &error))
}

async fn apply(
    state: &AppState,
    act: Act,
    words: Words,
    visitor: &Visitor,
) -> Result<Option<Note>> {
    let (accounts, caller) = (&state.accounts, &state.caller);
    let signs_in_here = !accounts.mode.is_elsewhere();
    let to = match &*act.what {
        "invite" if signs_in_here => {
            let link = accounts
                .invite(caller, Role::of(&act.role), visitor)
                .await?;
            return Ok(Some(Note::once(words.invitation_made(), vec![link])));
        }
        "take_back" => {
            accounts.take_back(caller, &act.id, visitor).await?;
            return Ok(None);
        }
        "reset" if signs_in_here => {
            let link = accounts.reset(caller, &act.id, visitor).await?;
            return Ok(Some(Note::once(words.reset_made(), vec![link])));
        }
        "end" => {
            accounts.sign_out_of_all(caller, &act.id, visitor).await?;
            return Ok(None);
        }
        "limit_key" => {
            let limits = act.allowance()?.json();
            accounts
                .limit_key(caller, &act.id, &limits, visitor)
                .await?;
            return Ok(None);
        }
        "drop_key" => {
            accounts.drop_key_of(caller, &act.id, visitor).await?;
            return Ok(None);
        }
        "role" => UserChange::Role(Role::of(&act.role)),
        "limits" => UserChange::Limits(act.allowance()?.json()),
        "disable" => UserChange::Disabled(true),
        "enable" => UserChange::Disabled(false),
        "drop_second" => UserChange::LostSecond,
        "delete" => {
            let users = accounts.users.users().await?;
            let user = users.iter().find(|user| user.id == act.id);
            if user.is_some_and(|user| folded(&user.name) != folded(&act.name)) {
                let sentence = told::name_differs();
                return Err(Error::told(ErrorKind::BadRequest, sentence));
            }
            UserChange::Delete
        }
        _ => return Err(Error::bad_request("The form's `do` is none that there is.")),
    };
    accounts.change(caller, &act.id, to, visitor).await?;
    Ok(None)
}

async fn draw(
    state: &AppState,
    headers: &HeaderMap,
    words: Words,
    note: &Note,
    before: Option<i64>,
) -> Result<Response> {
    let accounts = &state.accounts;
    let users = accounts.users.users().await?;
    let links = accounts.credentials.links().await?;
    let events = accounts.ledger.events(before, EVENTS).await?;
    let keys = accounts.credentials.all_keys().await?;
    let own = state.caller.user.id.clone();
    let signs_in_here = !accounts.mode.is_elsewhere();
    let month = accounts.ledger.usage(None, accounts.month()).await?;
    let mut tokens = HashMap::<&str, u64>::new();
    for usage in &month {
        *tokens.entry(&usage.user).or_default() += usage.prompt_tokens + usage.tokens;
    }
    let usual = accounts.quotas.usual();
    let body = view! {
        <div class="who">
            <p><a href="/account">{words.account()}</a></p>
            <p><a href="/models">{words.models()}</a></p>
        </div>
        {sections::users_section(words, &users, &own, accounts.mode, &tokens, usual)}
        {sections::keys_section(words, &keys, &users)}
        {signs_in_here.then(|| sections::links_section(words, &links, &users))}
        {sections::events_section(words, &events)}
    };
    Ok(page(
        words,
        headers,
        words.administration(),
        true,
        note,
        body,
    ))
}
