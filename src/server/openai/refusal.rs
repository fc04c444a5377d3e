//! Errors as OpenAI's clients read them: `{"error":{"message":…,"type":…,"param":…,"code":…}}` with the status of their
//! kind.

use axum::{
    Json,
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::super::reply;
use crate::{
    error::{Error, ErrorKind},
    json::Mistake,
};

/// An error, and which field of the request it is about.
#[derive(Debug)]
pub struct Refusal {
    error: Error,
    param: Option<String>,
    code: Option<&'static str>,
}

/// The JSON of an error.
#[derive(Debug, Serialize)]
pub struct Body<'a> {
    error: Told<'a>,
}

#[derive(Debug, Serialize)]
struct Told<'a> {
    message: String,
    #[serde(rename = "type")]
    kind: &'static str,
    param: Option<&'a str>,
    code: Option<&'static str>,
}

/// What OpenAI calls an error of this kind: its `type`, and its `code`.
const fn called(kind: ErrorKind) -> (&'static str, Option<&'static str>) {
    const REQUEST: &str = "invalid_request_error";
    const SERVER: &str = "server_error";
    match kind {
        ErrorKind::BadRequest | ErrorKind::Refused => (REQUEST, None),
        ErrorKind::SignedOut => ("authentication_error", Some("invalid_api_key")),
        ErrorKind::Forbidden => ("permission_error", None),
        ErrorKind::NotFound => (REQUEST, Some("model_not_found")),
        ErrorKind::TooLarge => (REQUEST, Some("request_too_large")),
        ErrorKind::TooLong => (REQUEST, Some("url_too_long")),
        ErrorKind::TooSlow => (REQUEST, Some("request_timeout")),
        ErrorKind::Unreachable => (SERVER, Some("upstream_unreachable")),
        ErrorKind::Upstream => (SERVER, Some("upstream_error")),
        ErrorKind::Limited => ("rate_limit_error", Some("rate_limit_exceeded")),
        ErrorKind::Busy => (SERVER, Some("overloaded")),
        ErrorKind::Stopping => (SERVER, Some("shutting_down")),
        ErrorKind::Abandoned | ErrorKind::Unsaved | ErrorKind::Offline | ErrorKind::Internal => {
            (SERVER, None)
        }
    }
}

impl Refusal {
    /// 400: a field is not what it should be, which `what` says after its name: `must be 1`.
    pub fn field(param: impl Into<String>, what: &str) -> Self {
        let param = param.into();
        let error = Error::bad_request(format!("`{param}` {what}."));
        Self::about(param, error)
    }

    /// An error that is about a field.
    pub fn about(param: impl Into<String>, error: Error) -> Self {
        Self {
            param: Some(param.into()),
            ..Self::from(error)
        }
    }

    /// 400: what was sent is not the JSON of a request.
    pub fn unread(mistake: Mistake) -> Self {
        let error = Error::bad_request(format!("The request could not be read: {mistake}."));
        Self {
            param: mistake.field,
            ..Self::from(error)
        }
    }

    /// 404: nothing is there.
    pub fn no_route(method: &Method, path: &str) -> Self {
        let sentence = format!(
            "There is no {method} {path}. Brooklet has POST /v1/chat/completions, GET /v1/models and GET \
             /v1/models/{{model}} of OpenAI's API."
        );
        Self {
            error: Error::new(ErrorKind::NotFound, sentence),
            param: None,
            code: Some("unknown_url"),
        }
    }

    /// 405: something is there, and takes another method.
    pub fn wrong_method(method: &Method, path: &str) -> Response {
        let sentence = format!(
            "{path} is not asked by {method}: it takes POST /v1/chat/completions, GET /v1/models and GET /v1/models/{{model}}."
        );
        let refusal = Self {
            error: Error::new(ErrorKind::BadRequest, sentence),
            param: None,
            code: Some("method_not_supported"),
        };
        (StatusCode::METHOD_NOT_ALLOWED, Json(refusal.body())).into_response()
    }

    /// What is told of it.
    pub fn body(&self) -> Body<'_> {
        Body {
            error: Told {
                message: self.error.body().error.message,
                kind: called(self.error.kind).0,
                param: self.param.as_deref(),
                code: self.code,
            },
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self {
            code: called(error.kind).1,
            // What may not be found by a request for an answer is its model.
            param: (error.kind == ErrorKind::NotFound).then(|| "model".to_owned()),
            error,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        reply::with_status(&self.error, Json(self.body()))
    }
}
