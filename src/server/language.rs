//! In which language somebody is answered: as is set in a cookie, or as the browser asks for.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{
        HeaderMap,
        header::{ACCEPT_LANGUAGE, COOKIE},
        request::Parts,
    },
};

use crate::{app::Liked, ui::preferences, words::Words};

/// How somebody likes the page, as the cookies of a request have it.
pub fn liked(headers: &HeaderMap) -> Liked {
    let cookies = headers.get_all(COOKIE).iter();
    preferences::read(cookies.filter_map(|cookies| cookies.to_str().ok()))
}

/// The words for whoever sends these headers.
pub fn words(headers: &HeaderMap) -> Words {
    if let Some(words) = liked(headers).language.and_then(Words::of) {
        return words;
    }
    let accepted = headers.get_all(ACCEPT_LANGUAGE).iter();
    let accepted = accepted.filter_map(|it| it.to_str().ok());
    accepted_by(accepted).unwrap_or_default()
}

/// The language that is liked best of those that there are.
fn accepted_by<'a>(accepted: impl Iterator<Item = &'a str>) -> Option<Words> {
    let ranges = accepted.flat_map(|it| it.split(','));
    let known = ranges.filter_map(|range| {
        let (code, quality) = range.split_once(';').unwrap_or((range, "q=1"));
        let quality = quality.trim().strip_prefix("q=")?.trim().parse::<f32>();
        let quality = quality.ok().filter(|quality| *quality > 0.0)?;
        Some((Words::of(code.trim())?, quality))
    });
    // Of those that are liked as well the first.
    let best = known.reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.map(|(words, _)| words)
}

impl<S: Sync> FromRequestParts<S> for Words {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(words(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_one_that_is_liked_best() {
        for (accepted, code) in [
            ("de-AT,de;q=0.9,en;q=0.8", Some("de")),
            ("fr, en;q=0.5, de;q=0.7", Some("de")),
            ("en, de", Some("en")),
            ("de;q=0, en;q=0.1", Some("en")),
            ("fr", None),
            ("*", None),
            ("de;q=x", None),
            (";;,,q=", None),
        ] {
            let found = accepted_by([accepted].into_iter()).map(Words::code);
            assert_eq!(found, code, "{accepted}");
        }
    }
}
