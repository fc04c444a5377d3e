//! Where people come in and go: `/login`, `/join` and `/logout`.

use std::sync::Arc;

use axum::{
    Extension, Form,
    extract::{
        Query, State,
        rejection::{FormRejection, QueryRejection},
    },
    http::{HeaderMap, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde::Deserialize;

use super::{
    super::{Mode, Visitor, cookie, entry::Attempt},
    frame::{Note, code_if_any, field, page, unreadable},
    provider,
};
use crate::{
    error::{Error, Result},
    server::{
        Server,
        client::Secure,
        connection::Peer,
        reply,
        store::{credentials::LinkKind, users::User},
    },
    words::Words,
};

/// Where one goes after signing in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Where {
    pub(super) to: String,
}

/// What the form of `/login` holds.
#[derive(Deserialize)]
#[serde(default)]
pub struct SignIn {
    name: String,
    password: String,
    code: String,
    to: String,
}

impl Default for SignIn {
    fn default() -> Self {
        Self {
            name: String::new(),
            password: String::new(),
            code: String::new(),
            to: "/".to_owned(),
        }
    }
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").finish_non_exhaustive()
    }
}

/// What the form of `/join` holds.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Joining {
    link: String,
    name: String,
    password: String,
}

impl std::fmt::Debug for Joining {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Joining").finish_non_exhaustive()
    }
}

/// `GET /login`: the form; who is in already goes on.
pub async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    peer: Option<Extension<Peer>>,
    query: Result<Query<Where>, QueryRejection>,
    headers: HeaderMap,
    words: Words,
) -> Result<Response> {
    let Query(Where { to }) = query.unwrap_or_default();
    let peer = peer.map(|Extension(peer)| peer);
    let caller = server.accounts.caller(peer, &headers, &visitor).await;
    if let Ok(Some(_)) = caller {
        return Ok(Redirect::to(within(&to)).into_response());
    }
    if server.accounts.mode == Mode::Header {
        // Why somebody may not come in who is named.
        let note = caller.err().map(Note::of).unwrap_or_default();
        let body = view! { <p>{words.proxy_signs_in()}</p> };
        let title = words.sign_in();
        return Ok(page(words, &headers, title, false, &note, body));
    }
    caller?;
    if let Some(oidc) = &server.accounts.elsewhere.oidc {
        return Ok(provider::login(words, &headers, oidc, &to).await);
    }
    let nobody = server.accounts.is_empty().await?;
    let attempt = SignIn {
        to,
        ..SignIn::default()
    };
    Ok(sign_in_page(
        words,
        &headers,
        &Note::default(),
        &attempt,
        nobody,
    ))
}

/// `POST /login`: signs in.
pub async fn sign_in(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    Extension(Secure(secure)): Extension<Secure>,
    headers: HeaderMap,
    words: Words,
    form: Result<Form<SignIn>, FormRejection>,
) -> Response {
    let mut form = match form {
        Ok(Form(form)) => form,
        Err(why) => return reply::page(words, &unreadable(&why)),
    };
    match server.accounts.mode {
        Mode::Password => {}
        Mode::None => return Redirect::to("/").into_response(),
        // There are no passwords, and what was sent is not looked at.
        Mode::Header | Mode::Oidc => return Redirect::to("/login").into_response(),
    }
    let attempt = Attempt {
        name: form.name.clone(),
        password: std::mem::take(&mut form.password),
        code: std::mem::take(&mut form.code),
    };
    match server.accounts.sign_in(attempt, &visitor).await {
        Ok(secret) => inside(&secret, secure, &form.to),
        Err(error) => sign_in_page(words, &headers, &Note::of(error), &form, false),
    }
}

/// `POST /logout`: signs out.
pub async fn sign_out(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    Extension(Secure(secure)): Extension<Secure>,
    words: Words,
) -> Response {
    if let Err(error) = server.accounts.sign_out(&visitor).await {
        return reply::page(words, &error);
    }
    let cleared = cookie::clear(secure).map(|it| [(SET_COOKIE, it)]);
    // What the page has kept in the browser goes too, where the browser takes that (by TLS alone).
    let forgotten = [("clear-site-data", "\"storage\"")];
    (cleared, forgotten, Redirect::to("/login")).into_response()
}

/// `GET /join?link=…`: the form that a link leads to.
pub async fn offer(
    State(server): State<Arc<Server>>,
    query: Result<Query<Joining>, QueryRejection>,
    headers: HeaderMap,
    words: Words,
) -> Response {
    let Query(joining) = query.unwrap_or_default();
    match server.accounts.link(&joining.link).await {
        Ok((link, user)) => {
            let user = user.as_ref();
            join_page(words, &headers, &Note::default(), &joining, link.kind, user)
        }
        Err(error) => reply::page(words, &error),
    }
}

/// `POST /join`: comes in by a link.
pub async fn join(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    Extension(Secure(secure)): Extension<Secure>,
    headers: HeaderMap,
    words: Words,
    form: Result<Form<Joining>, FormRejection>,
) -> Response {
    let mut form = match form {
        Ok(Form(form)) => form,
        Err(why) => return reply::page(words, &unreadable(&why)),
    };
    let accounts = &server.accounts;
    if accounts.mode == Mode::None {
        return Redirect::to("/").into_response();
    }
    let password = std::mem::take(&mut form.password);
    let joined = accounts.join(&form.link, &form.name, password, &visitor);
    match joined.await {
        Ok(Some(secret)) => inside(&secret, secure, "/"),
        Ok(None) => Redirect::to("/login").into_response(),
        Err(error) => match accounts.link(&form.link).await {
            Ok((link, user)) => {
                let (note, user) = (Note::of(error), user.as_ref());
                join_page(words, &headers, &note, &form, link.kind, user)
            }
            // The link has done what it was for, or is gone.
            Err(_) => reply::page(words, &error),
        },
    }
}

/// The answer to who has shown who they are.
pub(super) fn inside(secret: &str, secure: bool, to: &str) -> Response {
    let Some(cookie) = cookie::set(secret, secure) else {
        return Error::default().into_response();
    };
    ([(SET_COOKIE, cookie)], Redirect::to(within(to))).into_response()
}

/// An address within this site: nobody is led elsewhere from here.
fn within(to: &str) -> &str {
    let is_path = to.starts_with('/') && !to[1..].starts_with(['/', '\\']);
    let is_plain = to.bytes().all(|byte| byte.is_ascii_graphic());
    if is_path && is_plain && !to.starts_with("/login") {
        to
    } else {
        "/"
    }
}

fn sign_in_page(
    words: Words,
    headers: &HeaderMap,
    note: &Note,
    attempt: &SignIn,
    nobody: bool,
) -> Response {
    let hint = nobody.then(|| view! { <p class="hint">{words.no_account_yet()}</p> });
    let body = view! {
        {hint}
        <form class="settings" method="post" action="/login">
            <input type="hidden" name="to" value=attempt.to.clone()/>
            {field("name", "text", words.account_name(), &attempt.name, "username")}
            {field("password", "password", words.password(), "", "current-password")}
            {code_if_any(words.second_code())}
            <p class="hint">{words.second_code_hint()}</p>
            <p><button class="primary">{words.sign_in()}</button></p>
        </form>
    };
    page(words, headers, words.sign_in(), false, note, body)
}

fn join_page(
    words: Words,
    headers: &HeaderMap,
    note: &Note,
    joining: &Joining,
    kind: LinkKind,
    user: Option<&User>,
) -> Response {
    let (title, why) = match kind {
        LinkKind::Setup => (words.set_up(), words.set_up_why()),
        LinkKind::Invitation => (words.join_in(), words.join_in_why()),
        LinkKind::Reset => (words.new_password(), words.new_password_why()),
    };
    let name = match user {
        // Password managers want to know whose it is.
        Some(user) => {
            view! { <input type="hidden" name="name" autocomplete="username" value=user.name.clone()/> }
                .into_any()
        }
        None => field("name", "text", words.account_name(), &joining.name, "username").into_any(),
    };
    let body = view! {
        <p class="hint">{why}</p>
        <form class="settings" method="post" action="/join">
            <input type="hidden" name="link" value=joining.link.clone()/>
            {name}
            {field("password", "password", words.new_password(), "", "new-password")}
            <p class="hint">{words.password_hint()}</p>
            <p><button class="primary">{words.go_on()}</button></p>
        </form>
    };
    page(words, headers, title, false, note, body)
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn nobody_is_led_elsewhere() {
        for (to, leads) in [
            ("/c/abc?all", "/c/abc?all"),
            ("/", "/"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
            ("/login?to=/login", "/"),
        ] {
            assert_eq!(within(to), leads, "{to}");
        }
    }
}
