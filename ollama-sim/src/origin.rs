//! Ollama's guard against foreign pages: whoever hands on a browser's `Origin`
//! to it gets an empty 403, and so does a server of ours that does.

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The hosts whose pages may ask, with any port.
const HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "0.0.0.0"];

/// The schemes of programs that are no web pages.
const SCHEMES: [&str; 5] = ["app", "file", "tauri", "vscode-webview", "vscode-file"];

pub(crate) async fn check(request: Request, next: Next) -> Response {
    if welcome(request.headers()) {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

fn welcome(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let Some(origin) = text(header::ORIGIN) else {
        return true;
    };
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    let host = authority.split(':').next().unwrap_or("");
    match scheme {
        "http" | "https" => HOSTS.contains(&host) || text(header::HOST) == Some(authority),
        other => SCHEMES.contains(&other),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn foreign_pages_are_not_welcome() {
        let origins = [
            ("http://localhost:5173", true),
            ("https://127.0.0.1", true),
            ("http://brook.example:11434", true),
            ("tauri://localhost", true),
            ("http://brook.example", false),
            ("http://localhost.evil.example", false),
            ("null", false),
        ];
        for (origin, expected) in origins {
            let headers = [
                (
                    header::HOST,
                    HeaderValue::from_static("brook.example:11434"),
                ),
                (header::ORIGIN, HeaderValue::from_static(origin)),
            ];
            assert_eq!(
                welcome(&headers.into_iter().collect()),
                expected,
                "{origin}"
            );
        }
        assert!(welcome(&HeaderMap::new()));
    }
}
