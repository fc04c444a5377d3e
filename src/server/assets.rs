//! The site inside the binary: WASM, script, styles, icons, each in the smallest form that the browser takes.
//!
//! A debug build reads the folder instead, so that `cargo leptos watch` shows what has just been built.

use std::borrow::Cow;

use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{
            ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
            VARY,
        },
    },
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::diagram;
use crate::error::{Error, ErrorKind};

/// What cargo-leptos puts into the site's folder, `.br` and `.gz` variants among it.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/target/site"]
#[allow_missing = true]
struct Site;

/// The variants of a file, smallest first: the name in `Accept-Encoding`, and the file's ending.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// Serves a file of the site, or says that there is none.
///
/// # Errors
/// 404.
pub async fn asset(request: Request) -> Result<Response, Error> {
    let path = request.uri().path().trim_start_matches('/');
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Error::new(
            ErrorKind::NotFound,
            format!("Nothing takes a {} at /{path}.", request.method()),
        ));
    }
    let (file, encoding) = find(path, request.headers()).ok_or_else(|| {
        Error::new(
            ErrorKind::NotFound,
            format!("There is nothing at /{path}. The chat is at /."),
        )
    })?;
    let etag = etag(&file, encoding);
    let unchanged = request
        .headers()
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|tag| tag.trim().trim_start_matches("W/") == etag);
    let body = if unchanged {
        Body::empty()
    } else {
        match file.data {
            Cow::Borrowed(embedded) => Body::from(embedded),
            Cow::Owned(read) => Body::from(read),
        }
    };
    let mut response = body.into_response();
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type(path));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    // Asked again each time and answered with 304: a new release is seen at once, an old file never beside a new one.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(etag) = etag.parse() {
        headers.insert(ETAG, etag);
    }
    if path == diagram::LIBRARY {
        // The frame that loads it has no origin, so to a browser it is another site.
        let policy = HeaderValue::from_static("cross-origin");
        headers.insert("cross-origin-resource-policy", policy);
    }
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Ok(response)
}

/// Whether the site has this file.
pub fn has(path: &str) -> bool {
    Site::get(path).is_some()
}

/// The file in the smallest variant that the browser takes, and that variant's encoding.
fn find(path: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    // The variants are no files of their own.
    if path.is_empty() || ENCODINGS.iter().any(|(_, ending)| path.ends_with(ending)) {
        return None;
    }
    ENCODINGS
        .iter()
        .filter(|(encoding, _)| accepts(headers, encoding))
        .find_map(|(encoding, ending)| {
            Some((Site::get(&format!("{path}{ending}"))?, Some(*encoding)))
        })
        .or_else(|| Some((Site::get(path)?, None)))
}

/// Whether `Accept-Encoding` names `encoding`, and not with a quality of 0.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let lists = headers.get_all(ACCEPT_ENCODING).iter();
    lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|item| {
            let (name, quality) = item.split_once(';').unwrap_or((item, "q=1"));
            let quality = quality
                .trim()
                .trim_start_matches("q=")
                .parse()
                .unwrap_or(1.0);
            name.trim().eq_ignore_ascii_case(encoding) && quality > 0.0
        })
}

fn etag(file: &EmbeddedFile, encoding: Option<&str>) -> String {
    let hash = file.metadata.sha256_hash();
    let hash: String = hash[..12]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("\"{hash}{}\"", encoding.unwrap_or_default())
}

fn content_type(path: &str) -> HeaderValue {
    let mime = mime_guess::from_path(path).first_or_octet_stream();
    let text = mime.type_() == mime_guess::mime::TEXT || mime.subtype() == "javascript";
    let charset = if text { "; charset=utf-8" } else { "" };
    format!("{mime}{charset}")
        .parse()
        .unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_taken_as_the_browser_says() {
        let says = |value: &'static str| {
            HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))])
        };
        assert!(accepts(&says("gzip, deflate, br, zstd"), "br"));
        assert!(accepts(&says("gzip;q=0.5"), "gzip"));
        assert!(!accepts(&says("gzip;q=0"), "gzip"));
        assert!(!accepts(&says("brotli"), "br"));
        assert!(!accepts(&HeaderMap::new(), "br"));
    }

    #[test]
    fn wasm_is_wasm_and_text_is_utf_8() {
        assert_eq!(content_type("pkg/a.wasm"), "application/wasm");
        assert_eq!(content_type("pkg/a.css"), "text/css; charset=utf-8");
        assert_eq!(content_type("pkg/a.js"), "text/javascript; charset=utf-8");
    }
}
