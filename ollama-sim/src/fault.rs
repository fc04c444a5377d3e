//! The ways in which an answer goes wrong: instead of it, or in its midst.
//! Ollama's own words are verbatim.

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// The answer breaks once this many content tokens are sent; at 0 before
    /// its first line, at the script's number of tokens before the done line.
    Midway(Break, usize),
    /// Something else comes in place of the answer.
    Instead(&'static Instead),
    /// The answer is whole, but its `Content-Length` promises more.
    BadLength,
}

/// How an answer breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// A last line `{"error":"text"}`.
    Error,
    /// A last line whose error is an object.
    ErrorObject,
    /// A last line whose error is JSON as text.
    ErrorNested,
    /// A last line as ollama.com's models write it, without a line break.
    ErrorCloud,
    /// A clean end of the body without a done line.
    Eof,
    /// The connection ends in the middle of the body.
    Reset,
    /// Nothing more, until the client leaves.
    Stall,
}

impl Break {
    /// Each break by its name in a script, with what it does.
    pub const ALL: [(&str, Self, &str); 7] = [
        ("error", Self::Error, "an error line"),
        (
            "errorobject",
            Self::ErrorObject,
            "an error line with an object",
        ),
        (
            "errornested",
            Self::ErrorNested,
            "an error line with JSON as text",
        ),
        (
            "errorcloud",
            Self::ErrorCloud,
            "an error line as from ollama.com, without line break",
        ),
        ("eof", Self::Eof, "a clean end without done line"),
        ("reset", Self::Reset, "the connection is cut"),
        ("stall", Self::Stall, "silence until the client leaves"),
    ];

    /// The last line with its line break, for those that have one.
    pub(crate) const fn line(self) -> Option<&'static str> {
        Some(match self {
            Self::Error => concat!(
                r#"{"error":"an error was encountered while running the model: unexpected EOF"}"#,
                "\n"
            ),
            Self::ErrorObject => concat!(
                r#"{"error":{"message":"model runner crashed","type":"server_error"}}"#,
                "\n"
            ),
            Self::ErrorNested => CONTEXT_EXCEEDED,
            Self::ErrorCloud => {
                r#"{"StatusCode":429,"Status":"429 Too Many Requests","error":"you've reached your usage limit"}"#
            }
            Self::Eof | Self::Reset | Self::Stall => return None,
        })
    }
}

const CONTEXT_EXCEEDED: &str = concat!(
    r#"{"error":"{\"error\":{\"code\":400,\"message\":\"request (2026 tokens) exceeds the available "#,
    r#"context size (256 tokens), try increasing it\",\"type\":\"exceed_context_size_error\","#,
    r#"\"n_prompt_tokens\":2026,\"n_ctx\":256}}"}"#,
    "\n"
);

/// A whole response in place of the answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Instead {
    /// Its name in a script.
    pub name: &'static str,
    /// Its status.
    pub status: u16,
    /// Its `Content-Type`; none if empty.
    pub kind: &'static str,
    /// Its body.
    pub body: &'static str,
}

const JSON: &str = "application/json; charset=utf-8";

impl Instead {
    /// All there are.
    pub const ALL: &'static [Self] = &[
        Self {
            name: "empty",
            status: 200,
            kind: "application/x-ndjson",
            body: "",
        },
        Self {
            name: "empty403",
            status: 403,
            kind: "",
            body: "",
        },
        Self {
            name: "text404",
            status: 404,
            kind: "text/plain",
            body: "404 page not found",
        },
        Self {
            name: "html502",
            status: 502,
            kind: "text/html",
            body: "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad \
                   Gateway</h1></center>\r\n<hr><center>nginx/1.27.0</center>\r\n</body>\r\n</html>\r\n",
        },
        Self {
            name: "busy503",
            status: 503,
            kind: JSON,
            body: r#"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#,
        },
        Self {
            name: "crash500",
            status: 500,
            kind: JSON,
            body: concat!(
                r#"{"error":"model runner has unexpectedly stopped, this may be due to resource "#,
                r#"limitations or an internal error, check ollama server logs for details"}"#
            ),
        },
        Self {
            name: "context400",
            status: 400,
            kind: JSON,
            body: CONTEXT_EXCEEDED,
        },
        Self {
            name: "signin401",
            status: 401,
            kind: JSON,
            body: r#"{"error":"unauthorized","signin_url":"https://ollama.com/connect?name=sim&key=c2lt"}"#,
        },
    ];
}

impl IntoResponse for &Instead {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or_default();
        if !self.kind.is_empty() {
            let kind = header::HeaderValue::from_static(self.kind);
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        response
    }
}

impl Fault {
    /// Reads `KIND` or `KIND@N`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let place = |at: &str| {
            let place = at.parse::<usize>();
            place.map_err(|_| format!("\"{at}\" is not a number of tokens"))
        };
        let (name, at) = match text.split_once('@') {
            None => (text, None),
            Some((name, at)) => (name, Some(place(at)?)),
        };
        let midway = Break::ALL.iter().find(|(known, ..)| *known == name);
        let instead = Instead::ALL.iter().find(|known| known.name == name);
        match (midway, instead, at) {
            (Some((_, kind, _)), _, at) => Ok(Self::Midway(*kind, at.unwrap_or(0))),
            (_, Some(instead), None) => Ok(Self::Instead(instead)),
            (_, _, None) if name == "badlen" => Ok(Self::BadLength),
            (_, Some(_), Some(_)) => Err(format!("fault \"{name}\" has no place")),
            _ => Err(format!("unknown fault \"{name}\"")),
        }
    }
}
