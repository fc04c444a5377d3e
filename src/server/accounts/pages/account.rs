//! `/account`: what is one's own. Who a program is known by, how one signs in, and where one has.

mod sections;

use axum::{
    Form,
    extract::rejection::FormRejection,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde::Deserialize;

use super::{
    super::{
        Mode, Visitor,
        own::{NewKey, Proof},
        token, totp,
    },
    frame::{Note, allowance, page, unreadable, wanted},
    usage,
};
use crate::{
    error::{Error, Result},
    server::{AppState, reply},
    words::Words,
};

/// What the forms of this page hold; `do` says which one it is.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Act {
    #[serde(rename = "do")]
    what: String,
    id: String,
    name: String,
    password: String,
    new: String,
    code: String,
    secret: String,
    chat: String,
    read: String,
    days: String,
    requests: String,
    at_once: String,
    day: String,
    month: String,
}

impl std::fmt::Debug for Act {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Act")
            .field("what", &self.what)
            .finish_non_exhaustive()
    }
}

/// `GET /account`.
pub async fn show(state: AppState, headers: HeaderMap, words: Words) -> Result<Response> {
    draw(&state, &headers, words, &Note::default(), None).await
}

/// `POST /account`: does one thing, and shows the page.
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
    let setting = (act.what == "second")
        .then(|| unspelled(&act.secret))
        .flatten();
    let done = apply(&state, act, words, &visitor).await;
    let drawn = match done {
        // A reload does nothing again.
        Ok(None) => return Redirect::to("/account").into_response(),
        Ok(Some(Shown::Note(note))) => draw(&state, &headers, words, &note, None).await,
        Ok(Some(Shown::Secret(secret))) => {
            draw(&state, &headers, words, &Note::default(), Some(&secret)).await
        }
        Err(error) => {
            // What was scanned already is scanned once.
            let note = Note::of(error);
            draw(&state, &headers, words, &note, setting.as_deref()).await
        }
    };
    drawn.unwrap_or_else(|error| reply::page(words, &error))
}

/// What is shown of what was done, this once.
enum Shown {
    Note(Note),
    /// The secret of a second factor that is being set up.
    Secret(Vec<u8>),
}

async fn apply(
    state: &AppState,
    act: Act,
    words: Words,
    visitor: &Visitor,
) -> Result<Option<Shown>> {
    let (accounts, caller) = (&state.accounts, &state.caller);
    let signs_in_here = !accounts.mode.is_elsewhere();
    let proof = Proof {
        password: act.password,
        code: act.code,
    };
    match &*act.what {
        "password" if signs_in_here => {
            let changed = accounts.change_password(caller, proof, act.new, visitor);
            changed.await?;
            let sentence = words.password_changed();
            return Ok(Some(Shown::Note(Note::once(sentence, Vec::new()))));
        }
        "end" => accounts.end_session(caller, Some(&act.id), visitor).await?,
        "end_others" => accounts.end_session(caller, None, visitor).await?,
        "begin_second" if signs_in_here => {
            let secret = token::random::<20>().map_err(|_| Error::default())?;
            return Ok(Some(Shown::Secret(secret.to_vec())));
        }
        "second" if signs_in_here => {
            let secret = unspelled(&act.secret).ok_or_else(Error::default)?;
            let set = accounts.set_second(caller, &secret, proof, visitor);
            let note = Note::once(words.recovery_codes(), set.await?);
            return Ok(Some(Shown::Note(note)));
        }
        "drop_second" if signs_in_here => {
            accounts.drop_second(caller, proof, visitor).await?;
        }
        "make_key" => {
            let key = NewKey {
                name: act.name,
                chat: !act.chat.is_empty(),
                read: !act.read.is_empty(),
                days: wanted(&act.days)?.map(|days| u32::try_from(days).unwrap_or(u32::MAX)),
                allowance: allowance(&act.requests, &act.at_once, &act.day, &act.month)?,
                proof,
            };
            let secret = accounts.make_key(caller, key, visitor).await?;
            let note = Note::once(words.key_made(), vec![secret]);
            return Ok(Some(Shown::Note(note)));
        }
        "drop_key" => accounts.drop_key(caller, &act.id, visitor).await?,
        _ => return Err(Error::bad_request("The form's `do` is none that there is.")),
    }
    Ok(None)
}

async fn draw(
    state: &AppState,
    headers: &HeaderMap,
    words: Words,
    note: &Note,
    second: Option<&[u8]>,
) -> Result<Response> {
    let (accounts, caller) = (&state.accounts, &state.caller);
    let user = &caller.user;
    let keys = accounts.credentials.keys(&user.id).await?;
    let sessions = accounts.credentials.sessions(&user.id).await?;
    // What has just been set counts.
    let account = accounts.account_of_caller(caller).await?;
    let (has_totp, has_password) = (account.totp.is_some(), accounts.has_password(&account));
    let metered = caller.metered(&accounts.quotas, None);
    let used = metered.used().await?;
    let today = accounts.today();
    let since = today - usage::DAYS + 1;
    let usage = accounts.ledger.usage(Some(&user.id), since).await?;
    let admin = caller.is_admin().then(|| {
        view! { <a href="/admin">{words.administration()}</a> }
    });
    let signs_in_here = !accounts.mode.is_elsewhere();
    // Who a proxy names at each request has no session to end.
    let has_sessions = accounts.mode != Mode::Header;
    let sign_out = has_sessions.then(|| {
        view! { <form method="post" action="/logout"><button>{words.sign_out()}</button></form> }
    });
    let body = view! {
        <div class="who">
            <p>{words.signed_in_as(&user.name)}</p>
            {admin}
            {sign_out}
        </div>
        {usage::section(words, used, &usage, today)}
        {sections::keys_section(words, &keys, has_password, has_totp)}
        {signs_in_here.then(|| sections::password_section(words, &user.name, has_totp))}
        {signs_in_here.then(|| sections::second_section(words, caller, has_totp, second))}
        {has_sessions.then(|| sections::sessions_section(words, caller, &sessions))}
    };
    Ok(page(words, headers, words.account(), true, note, body))
}

/// A secret of the second factor, from how it is spelled.
fn unspelled(text: &str) -> Option<Vec<u8>> {
    let secret = totp::unspelled(text)?;
    (16..=64).contains(&secret.len()).then_some(secret)
}
