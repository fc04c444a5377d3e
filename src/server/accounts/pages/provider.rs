//! To the provider that signs people in, and back: `/oidc/begin` and `/oidc/end`.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Query, State, rejection::QueryRejection},
    http::{
        HeaderMap, HeaderValue,
        header::{CACHE_CONTROL, SET_COOKIE},
    },
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde::Deserialize;

use super::{
    super::{
        Visitor, cookie,
        entry::no_randomness,
        oidc::{Oidc, Return},
        token,
    },
    entrance::{Where, inside},
    frame::{Note, page},
};
use crate::{
    error::Result,
    server::{
        Server,
        client::{Client, Secure},
    },
    words::Words,
};

/// With what a browser comes back.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Back {
    state: String,
    code: String,
    error: String,
    iss: String,
}

impl std::fmt::Debug for Back {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Back").finish_non_exhaustive()
    }
}

/// `GET /oidc/begin?to=…`: leads to the provider.
pub async fn begin(
    State(server): State<Arc<Server>>,
    Extension(Client(client)): Extension<Client>,
    Extension(Secure(secure)): Extension<Secure>,
    query: Result<Query<Where>, QueryRejection>,
    headers: HeaderMap,
    words: Words,
) -> Response {
    let Some(oidc) = &server.accounts.elsewhere.oidc else {
        return Redirect::to("/login").into_response();
    };
    let Query(Where { to }) = query.unwrap_or_default();
    // A link of another site signs nobody in whom the provider knows already: whoever follows it is asked first.
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if matches!(site, Some(b"cross-site" | b"same-site")) {
        return Redirect::to("/login").into_response();
    }
    let begun = async {
        // Two tabs of a browser may be away at once.
        let browser = match cookie::trip(&headers, secure) {
            Some(browser) => browser,
            None => token::new().map_err(no_randomness)?,
        };
        let url = oidc.begin(&to, &browser, client).await?;
        Ok((cookie::set_trip(&browser, secure), url))
    };
    match begun.await {
        Ok((cookie, url)) => {
            let alone = (CACHE_CONTROL, HeaderValue::from_static("no-store"));
            let cookie = cookie.map(|it| [(SET_COOKIE, it)]);
            ([alone], cookie, Redirect::to(&url)).into_response()
        }
        Err(error) => sign_in_page(words, &headers, oidc, &Note::of(error), &to),
    }
}

/// `GET /oidc/end?state=…&code=…`: where the provider leads back to.
pub async fn end(
    State(server): State<Arc<Server>>,
    Extension(Client(client)): Extension<Client>,
    Extension(Secure(secure)): Extension<Secure>,
    query: Result<Query<Back>, QueryRejection>,
    headers: HeaderMap,
    words: Words,
) -> Response {
    let Some(oidc) = &server.accounts.elsewhere.oidc else {
        return Redirect::to("/login").into_response();
    };
    let Query(back) = query.unwrap_or_default();
    let back = Return {
        state: back.state,
        code: back.code,
        error: back.error,
        issuer: back.iss,
    };
    let visitor = Visitor::new(client, secure, &headers);
    let browser = cookie::trip(&headers, secure);
    let accounts = &server.accounts;
    let signed_in = accounts.sign_in_by(oidc, back, browser.as_deref(), &visitor);
    match signed_in.await {
        Ok((secret, to)) => inside(&secret, secure, &to),
        Err(error) => sign_in_page(words, &headers, oidc, &Note::of(error), "/"),
    }
}

/// What `/login` is where a provider signs people in.
pub async fn login(words: Words, headers: &HeaderMap, oidc: &Oidc, to: &str) -> Response {
    let there = oidc.is_there().await;
    let note = there.err().map(Note::of).unwrap_or_default();
    sign_in_page(words, headers, oidc, &note, to)
}

fn sign_in_page(words: Words, headers: &HeaderMap, oidc: &Oidc, note: &Note, to: &str) -> Response {
    let to: String = form_urlencoded::byte_serialize(to.as_bytes()).collect();
    // No form: to where it leads, a page's policy would not let it be sent.
    let body = view! {
        <p>
            <a class="button primary" href=format!("/oidc/begin?to={to}")>
                {words.sign_in_at(oidc.name())}
            </a>
        </p>
    };
    page(words, headers, words.sign_in(), false, note, body)
}
