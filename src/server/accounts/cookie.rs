//! What a browser is known by: a cookie, which no script reads and no other site sends; and another one by which it is known
//! again when a provider leads it back.
//!
//! Behind TLS its name begins with `__Host-`: a browser takes it then only from this very host, over TLS, for all paths.

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};

use super::{LONGEST, oidc::trips::AWAY};

/// A cookie's name without TLS, and behind it.
#[derive(Clone, Copy)]
struct Name {
    plain: &'static str,
    secure: &'static str,
}

/// The cookie of a session.
const SESSION: Name = Name {
    plain: "brooklet",
    secure: "__Host-brooklet",
};

/// That of somebody who is at the provider. It comes along when another site leads here, by a link, not by a form (`Lax`).
const TRIP: Name = Name {
    plain: "brooklet-oidc",
    secure: "__Host-brooklet-oidc",
};

/// How long its secret is, in letters.
const TRIP_LETTERS: usize = 43;

/// The secret of the session that a request comes with. By TLS only what TLS has set counts: the other one may have been put
/// there by a neighbour, another host of the same domain.
pub fn session(headers: &HeaderMap, secure: bool) -> Option<String> {
    value(SESSION, headers, secure)
}

/// The secret of a browser that was sent to the provider.
pub fn trip(headers: &HeaderMap, secure: bool) -> Option<String> {
    value(TRIP, headers, secure).filter(|secret| secret.len() == TRIP_LETTERS)
}

fn value(wanted: Name, headers: &HeaderMap, secure: bool) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter();
    let cookies = lines.filter_map(|line| line.to_str().ok());
    let mut plain = None;
    for (name, value) in cookies.flat_map(|line| line.split(';')).filter_map(parse) {
        match name {
            // What only TLS can have set goes before what anybody in between could.
            name if name == wanted.secure => return Some(value.to_owned()),
            name if name == wanted.plain && plain.is_none() && !secure => {
                plain = Some(value.to_owned());
            }
            _ => {}
        }
    }
    plain
}

fn parse(cookie: &str) -> Option<(&str, &str)> {
    let (name, value) = cookie.trim().split_once('=')?;
    (!value.is_empty()).then_some((name, value))
}

/// The header that has a browser keep the secret of a session; `secure`: it has come by TLS.
pub fn set(secret: &str, secure: bool) -> Option<HeaderValue> {
    header(SESSION, secret, LONGEST.as_secs(), secure)
}

/// The header that has a browser forget it.
pub fn clear(secure: bool) -> Option<HeaderValue> {
    header(SESSION, "", 0, secure)
}

/// The header that has a browser keep a secret for as long as it may be at the provider.
pub fn set_trip(secret: &str, secure: bool) -> Option<HeaderValue> {
    header(TRIP, secret, AWAY.as_secs(), secure)
}

fn header(name: Name, value: &str, seconds: u64, secure: bool) -> Option<HeaderValue> {
    let (name, more) = if secure {
        (name.secure, "; Secure")
    } else {
        (name.plain, "")
    };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{more}")
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    #[test]
    fn the_secret_is_found_among_other_cookies() {
        for (lines, found) in [
            (&["theme=dark; brooklet=abc; x=y"][..], Some("abc")),
            (&["brooklet=", "a=b"], None),
            (&["brooklet=abc; __Host-brooklet=def"], Some("def")),
            (&["a=b", "brooklet=abc; brooklet=def"], Some("abc")),
            (&["xbrooklet=abc; brooklet"], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(COOKIE, HeaderValue::from_static(line));
            }
            assert_eq!(session(&headers, false).as_deref(), found, "{lines:?}");
            let by_tls = found.filter(|found| *found == "def" && lines.concat().contains("__Host"));
            assert_eq!(session(&headers, true).as_deref(), by_tls, "{lines:?}");
        }
    }

    #[test]
    fn no_script_reads_it_and_no_other_site_sends_it() {
        let plain = set("abc", false).unwrap();
        assert_eq!(
            plain,
            "brooklet=abc; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax"
        );
        let secure = clear(true).unwrap();
        assert_eq!(
            secure,
            "__Host-brooklet=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"
        );
    }
}
