//! What a browser is known by: one cookie, which no script reads and no other site sends.
//!
//! Behind TLS its name begins with `__Host-`: a browser takes it then only from this very host, over TLS, for all paths.

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};

use super::LONGEST;

/// The cookie's name without TLS.
const PLAIN: &str = "brooklet";

/// The same behind TLS.
const SECURE: &str = "__Host-brooklet";

/// The secret of the session that a request comes with. By TLS only what TLS has set counts: the other one may have been put
/// there by a neighbour, another host of the same domain.
pub fn session(headers: &HeaderMap, secure: bool) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter();
    let cookies = lines.filter_map(|line| line.to_str().ok());
    let mut plain = None;
    for (name, value) in cookies.flat_map(|line| line.split(';')).filter_map(parse) {
        match name {
            // What only TLS can have set goes before what anybody in between could.
            SECURE => return Some(value.to_owned()),
            PLAIN if plain.is_none() && !secure => plain = Some(value.to_owned()),
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
    let seconds = LONGEST.as_secs();
    header(secret, seconds, secure)
}

/// The header that has a browser forget it.
pub fn clear(secure: bool) -> Option<HeaderValue> {
    header("", 0, secure)
}

fn header(value: &str, seconds: u64, secure: bool) -> Option<HeaderValue> {
    let (name, more) = if secure {
        (SECURE, "; Secure")
    } else {
        (PLAIN, "")
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
