//! Errors as HTTP answers: the status of their kind, and `{"error":{"kind":…,"message":…}}`, or a page for people.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{Html, IntoResponse, Response},
};

use crate::{error::Error, ui::failure, words::Words};

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        with_status(&self, Json(self.body()))
    }
}

/// An error where people have asked for a page.
pub fn page(words: Words, error: &Error) -> Response {
    with_page(error, failure::html(words, error))
}

/// An error that this page tells.
pub fn with_page(error: &Error, html: String) -> Response {
    with_status(error, Html(html))
}

/// An error's status and headers with a body that tells it.
pub fn with_status(error: &Error, body: impl IntoResponse) -> Response {
    let status =
        StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, body).into_response();
    if let Some(seconds) = error.retry_after() {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
