//! Errors before an answer begins: a status and Ollama's words for it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::script::ScriptError;

/// A status with `{"error":"text"}`.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    text: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self {
            status,
            text: text.into(),
        }
    }

    pub(crate) fn bad(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    pub(crate) fn internal(text: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, text)
    }

    /// The status, and the words.
    pub(crate) fn into_parts(self) -> (StatusCode, String) {
        (self.status, self.text)
    }

    /// There is no such model.
    pub(crate) fn missing(name: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("model '{name}' not found"))
    }

    /// What is wrong with the model's name.
    pub(crate) fn model(name: &str, error: &ScriptError) -> Self {
        match error {
            ScriptError::Unknown => Self::missing(name),
            ScriptError::Invalid(_) => Self::bad(error.to_string()),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.text }))).into_response()
    }
}
