//! Who may ask, and how much at once: checks that stand before every handler.
//!
//! A page of another web site can make a browser send requests to this machine, and a host name under its control
//! can be made to mean this machine (DNS rebinding). So a server that listens on this machine alone answers only for
//! names of this machine, and nothing is changed by a request that another site's page makes. Accounts are not here.

use std::net::{IpAddr, SocketAddr};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Method, Uri,
        header::{CONTENT_LENGTH, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::Next,
    response::Response,
};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};

use super::AppState;
use crate::error::{Error, ErrorKind, MAX_BODY, Result};

/// How much of a body that is too large is read and thrown away, so that its sender gets to read our answer.
const LINGER: usize = 100_000_000;

/// The host names that this server answers for.
#[derive(Debug)]
pub struct Hosts {
    /// Names beside those of this machine; `None`: any.
    named: Option<Vec<String>>,
}

impl Hosts {
    /// Those of a server that listens on `address` and is also known by `names`.
    pub fn new(address: SocketAddr, names: &[String]) -> Self {
        let names = names.iter().map(|name| name.to_ascii_lowercase());
        Self {
            named: address.ip().is_loopback().then(|| names.collect()),
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

/// The layer before every route.
///
/// # Errors
/// 403 for a request that came by way of another web site; 413 for a body over 10 MB.
pub async fn guard(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response> {
    let (headers, method) = (request.headers(), request.method());
    let host = host(headers, request.uri());
    if let Some(host) = host
        && !state.hosts.include(host)
    {
        return Err(Error::new(
            ErrorKind::Forbidden,
            format!(
                "This Brooklet answers only for this machine, not for `{}`. If that is its name, start it with `--host-name {0}`.",
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
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > MAX_BODY) {
        throw_away(request.into_body()).await;
        return Err(Error::too_large());
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

/// Reads a whole body of up to [`MAX_BODY`] bytes.
///
/// # Errors
/// 413 for a larger one; 400 when the connection breaks.
pub async fn read_body(body: Body) -> Result<Bytes> {
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(Error::too_large()),
        Err(error) => Err(Error::bad_request(format!(
            "The request broke off: {error}."
        ))),
    }
}

async fn throw_away(body: Body) {
    let mut body = Limited::new(body, LINGER);
    while let Some(Ok(_)) = body.frame().await {}
}

fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    match headers.get(HOST) {
        // A host that is not text is no host of ours.
        Some(host) => Some(host.to_str().unwrap_or("?")),
        None => uri.authority().map(|authority| authority.as_str()),
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
    }
}
