//! Who may ask, and how much at once: checks that stand before every handler.
//!
//! A page of another web site can make a browser send requests to this machine, and a host name under its control
//! can be made to mean this machine (DNS rebinding). So a server that listens on this machine alone answers only for
//! names of this machine, and nothing is changed by a request that another site's page makes. Who asks, and whether they
//! may, is looked at here too, by [`super::accounts::access`]: before anything is read of a body.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Uri,
        header::{
            ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, EXPECT, HOST, ORIGIN,
            REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
            X_FRAME_OPTIONS,
        },
        request::Parts,
        uri::Authority,
    },
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http_body::Body as _;
use tracing::info;

use super::{
    Server,
    accounts::Mode,
    body::{Held, throw_away},
    client::{Client, Secure},
    connection::Peer,
    language, openai, reply,
};
use crate::{
    error::{Error, ErrorKind, Result},
    words::told,
};

/// The longest path and query of a URL, in bytes.
const LONGEST_URL: usize = 8000;

/// What a document may do that says nothing of it itself: be read. The service worker is one, and asks for pages.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The host names that this server answers for.
#[derive(Debug)]
pub struct Hosts {
    /// Names beside those of this machine; `None`: any.
    named: Option<Vec<String>>,
}

impl Hosts {
    /// Those of a server that listens on `address` and is also known by `names`. One that listens for others and is
    /// given no name answers for any.
    pub fn new(address: SocketAddr, names: &[String]) -> Self {
        let names = names.iter().map(|name| name.to_ascii_lowercase());
        Self {
            named: (address.ip().is_loopback() || names.len() > 0).then(|| names.collect()),
        }
    }

    /// Whether a request for `host` (`name` or `name:port`) is for this server.
    fn include(&self, host: &str) -> bool {
        let Some(named) = &self.named else {
            return true;
        };
        let name = without_port(host).to_ascii_lowercase();
        // A number cannot be made to mean another machine.
        name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
            || name == "localhost"
            || name.ends_with(".localhost")
            || named.contains(&name)
    }
}

/// The layer before every route: refuses what came by way of another web site (403), has too long an address (414), comes
/// from nobody who may (401, 403), or has a body that is too large (413) or too slow (408), and gives every answer the headers
/// that keep browsers from guessing and framing.
pub async fn guard(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let mut response = match admit(&server, request).await {
        Ok((request, held)) => {
            let response = next.run(request).await;
            drop(held);
            response
        }
        Err(refusal) => refusal,
    };
    let headers = response.headers_mut();
    if server.accounts.mode != Mode::None {
        // What is one person's is nobody's to keep who comes after them; files of the site say themselves that all may have them.
        let alone = HeaderValue::from_static("no-store");
        headers.entry(CACHE_CONTROL).or_insert(alone);
    }
    if server.accounts.is_behind_tls() {
        let always = HeaderValue::from_static("max-age=31536000");
        headers.insert(STRICT_TRANSPORT_SECURITY, always);
    }
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        // Without one, a form of ours would not say where it comes from (`Origin: null`).
        (REFERRER_POLICY, "same-origin"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ] {
        // What has one of its own knows better.
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The request, if it may pass: with who asks it, and its whole body, which takes so much room.
async fn admit(server: &Server, mut request: Request) -> Result<(Request, Held), Response> {
    // Who waits to be told before it sends its body has not sent it.
    let waits = request.headers().contains_key(EXPECT);
    let checked = match check(server, &mut request) {
        Ok(()) => server.accounts.admit(&mut request).await,
        Err(error) => Err(error),
    };
    let (parts, mut body) = request.into_parts();
    let read = match checked {
        Ok(()) if body.is_end_stream() => return Ok((Request::from_parts(parts, body), None)),
        Ok(()) => server.bodies.read(&mut body).await,
        Err(error) => Err(error),
    };
    match read {
        Ok((body, held)) => Ok((Request::from_parts(parts, body.into()), held)),
        Err(error) => {
            if !waits {
                throw_away(body).await;
            }
            Err(refusal(&parts, error))
        }
    }
}

/// How a request is refused: people who are not known are led to where they sign in, and back.
fn refusal(parts: &Parts, error: Error) -> Response {
    let accepts = parts.headers.get(ACCEPT).and_then(|it| it.to_str().ok());
    let is_person = accepts.is_some_and(|it| it.contains("text/html"));
    let refused = |error: Error| {
        if openai::is_at(parts.uri.path()) {
            openai::Refusal::from(error).into_response()
        } else {
            error.into_response()
        }
    };
    let is_nobody = error.kind == ErrorKind::SignedOut;
    if error.kind == ErrorKind::Forbidden || is_nobody && parts.headers.contains_key(AUTHORIZATION)
    {
        // The path alone: what stands behind it may be a secret.
        let client = parts.extensions.get().map(|Client(client)| *client);
        info!(?client, path = parts.uri.path(), why = ?error.kind, "refused");
    }
    if !is_person {
        let mut response = refused(error);
        if is_nobody {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
        }
        return response;
    }
    if !is_nobody || parts.method != Method::GET {
        // What a form holds can be had back by going back.
        return reply::page(language::words(&parts.headers), &error);
    }
    let to = parts.uri.path_and_query().map_or("/", |it| it.as_str());
    let to: String = form_urlencoded::byte_serialize(to.as_bytes()).collect();
    Redirect::to(&format!("/login?to={to}")).into_response()
}

/// Looks at all but the body.
fn check(server: &Server, request: &mut Request) -> Result<()> {
    let (headers, method) = (request.headers(), request.method());
    let host = host(headers, request.uri());
    // Who names a host in the address as well is to mean us by both.
    let named = request.uri().authority().map(Authority::as_str);
    let mut hosts = host.into_iter().chain(named);
    if let Some(host) = hosts.find(|host| !server.hosts.include(host)) {
        return Err(Error::new(
            ErrorKind::Forbidden,
            format!(
                "This Brooklet does not answer for `{}`. If that is its name, start it with `--host-name {0}`.",
                without_port(host)
            ),
        ));
    }
    if !matches!(*method, Method::GET | Method::HEAD) && comes_from_elsewhere(headers, host) {
        return Err(Error::new(
            ErrorKind::Forbidden,
            "This request was made by a page of another web site; Brooklet takes those of its own page and of programs only.",
        ));
    }
    let uri = request.uri();
    let length = uri.path_and_query().map_or(0, |it| it.as_str().len());
    if length > LONGEST_URL {
        let sentence = told::address_too_long(&LONGEST_URL.to_string());
        return Err(Error::told(ErrorKind::TooLong, sentence));
    }
    if let Some(Peer(peer)) = request.extensions().get() {
        let client = server.proxies.client(peer.ip(), headers);
        let secure =
            Secure(server.accounts.is_behind_tls() || server.proxies.say_tls(peer.ip(), headers));
        request.extensions_mut().insert(client);
        request.extensions_mut().insert(secure);
    }
    Ok(())
}

fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    match headers.get(HOST) {
        // A host that is not text is no host of ours.
        Some(host) => Some(host.to_str().unwrap_or("?")),
        None => uri.authority().map(Authority::as_str),
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Whether a page of another site made this request. A browser says so itself; an old one, or one that speaks plain
/// HTTP over a network, at least names the page's origin. Programs say neither.
fn comes_from_elsewhere(headers: &HeaderMap, host: Option<&str>) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return !matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(ORIGIN) else {
        return false;
    };
    let authority = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"));
    match (authority, host) {
        (Some((_, authority)), Some(host)) => !authority.eq_ignore_ascii_case(host),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_own_names_only() {
        let address = SocketAddr::from(([127, 0, 0, 1], 3000));
        let hosts = Hosts::new(address, &["Chat.Example".to_owned()]);
        for host in [
            "127.0.0.1:3000",
            "localhost",
            "[::1]:3000",
            "a.localhost:1",
            "chat.example:443",
        ] {
            assert!(hosts.include(host), "{host}");
        }
        for host in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "",
        ] {
            assert!(!hosts.include(host), "{host}");
        }
        let everywhere = SocketAddr::from(([0, 0, 0, 0], 3000));
        assert!(Hosts::new(everywhere, &[]).include("evil.example"));
        let named = Hosts::new(everywhere, &["chat.example".to_owned()]);
        assert!(named.include("chat.example") && !named.include("evil.example"));
    }
}
