//! The frame in which diagrams are drawn: a document that can do nothing but draw.
//!
//! What a model writes is drawn by a large library (Mermaid) that has had its holes. So it runs in a frame without an
//! origin (`sandbox`), whose policy allows it no network, no form and no other document, and no script but the two that
//! are named here. Page and frame send each other messages and know nothing else of one another. The page's side is
//! `ui/diagram.rs`. The library itself is a file of the site, of which a binary that was built without it says so.

use axum::{
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS},
    },
    response::{Html, IntoResponse, Response},
};

use super::{accounts::token, assets};

/// Where the library is in the site.
pub(super) const LIBRARY: &str = "diagram/mermaid.js";

/// What is in the frame besides the library.
const SCRIPT: &str = include_str!("diagram/frame.js");

/// The page's colours, of which the script makes those of diagrams.
const COLOURS: &str = include_str!("../../style/tokens.css");

/// The frame's document. A frame without an origin has no `'self'` that one could rely on, so its scripts are allowed
/// by a number that is used once.
pub async fn frame() -> Response {
    // Without randomness no script runs.
    let nonce = token::new().unwrap_or_default();
    let (status, library) = if assets::has(LIBRARY) {
        let tag = format!("<script nonce=\"{nonce}\" src=\"/{LIBRARY}\"></script>\n");
        (StatusCode::OK, tag)
    } else {
        (StatusCode::NOT_FOUND, String::new())
    };
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Diagram</title>\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <style>{COLOURS}html, body {{ margin: 0; overflow: hidden; }} svg {{ display: block; margin: auto; }}</style>\n\
         <body>\n{library}<script nonce=\"{nonce}\">\n{SCRIPT}</script>\n"
    );
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src data:; \
         connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; \
         sandbox allow-scripts"
    );
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    if let Ok(policy) = policy.parse() {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (X_FRAME_OPTIONS, "SAMEORIGIN"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-dns-prefetch-control"), "off"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
