//! A server that speaks OpenAI's API: llama.cpp's, vLLM, LM Studio, or one that somebody runs for others.
//!
//! | file | noun |
//! |---|---|
//! | [`request`] | what is asked, in its words |
//! | [`event`] | one event of its answer, read |
//! | [`events`] | what the events of an answer come to |
//!
//! Of its address the part before `/chat/completions` is named. It knows nothing of loading a model, of how long one stays
//! in memory or of how large its window is to be: that was settled where it was started.

pub mod event;
pub mod events;
pub mod request;

use std::task::{Context, Poll};

use reqwest::{
    StatusCode,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Ask, Batch, Fault, Finish, Host, Reply, Upstream, answer::Answer, fault::excerpt, http::Server,
    line::error_text,
};
use crate::{chat::Model, server::Boxed};
use events::Events;

/// A server that speaks OpenAI's API.
#[derive(Clone, Debug)]
pub struct OpenAi {
    /// What its operator calls it.
    name: String,
    server: Server,
}

impl OpenAi {
    /// The server at `host`, called `name`; `key` is shown to it.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(name: String, host: Host, key: Option<HeaderValue>) -> reqwest::Result<Self> {
        let headers: HeaderMap = key.into_iter().map(|key| (AUTHORIZATION, key)).collect();
        let server = Server::new(host, headers, refusal)?;
        Ok(Self { name, server })
    }

    /// What its operator calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A fault of this server.
    fn own(&self, fault: Fault) -> Fault {
        fault.of(&self.name)
    }
}

impl Upstream for OpenAi {
    fn chat(&self, ask: Ask) -> Boxed<'_, Result<Box<dyn Reply>, Fault>> {
        Box::pin(async move {
            let asked = request::body(ask);
            let body = self.server.post("chat/completions", &asked).await;
            let body = body.map_err(|fault| self.own(fault))?;
            let answer = Answer::new(self.server.host().to_string(), body);
            let name = self.name.clone();
            Ok(Box::new(Coming { name, answer }) as Box<dyn Reply>)
        })
    }

    fn models(&self) -> Boxed<'_, Result<Vec<Model>, Fault>> {
        Box::pin(async move {
            let list: Result<List, _> = self.server.get("models").await;
            let list = list.map_err(|fault| self.own(fault))?;
            let models = list.data.unwrap_or_default().into_iter();
            Ok(models.map(|listed| listed.into_model(&self.name)).collect())
        })
    }

    fn is_loaded<'a>(&'a self, _: &'a str) -> Boxed<'a, Result<bool, Fault>> {
        // It does not tell; most have loaded theirs before they listen.
        Box::pin(async { Ok(true) })
    }

    fn unload<'a>(&'a self, _: &'a str) -> Boxed<'a, Result<(), Fault>> {
        Box::pin(async { Err(self.own(Fault::CannotUnload)) })
    }

    fn server_of<'a>(&'a self, _: &'a str) -> &'a str {
        &self.name
    }
}

/// An answer whose faults are told as this server's.
struct Coming {
    name: String,
    answer: Answer<Events>,
}

impl Reply for Coming {
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        batch: &mut Batch,
    ) -> Poll<Result<Option<Finish>, Fault>> {
        let read = self.answer.poll_read(context, batch);
        read.map_err(|fault| fault.of(&self.name))
    }
}

/// What an answer other than 200 says.
fn refusal(host: &Host, status: StatusCode, body: &[u8]) -> Fault {
    let parsed: Option<Value> = serde_json::from_slice(body).ok();
    let own_words = parsed.as_ref().and_then(sentence);
    let text = || own_words.clone().unwrap_or_else(|| excerpt(body));
    // A path that there is not is told by a `detail` alone.
    let is_about_model = parsed
        .as_ref()
        .is_some_and(|body| body.get("detail").is_none());
    match (status, &own_words) {
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => Fault::Key(text()),
        (StatusCode::NOT_FOUND, Some(sentence)) if is_about_model => {
            Fault::UnknownModel(sentence.clone())
        }
        (
            StatusCode::BAD_REQUEST
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY,
            Some(sentence),
        ) => Fault::Refused(sentence.clone()),
        (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE, _) => Fault::Busy(text()),
        _ => Fault::Status {
            host: host.to_string(),
            status: status.as_u16(),
            text: text(),
        },
    }
}

/// The sentence in an error: OpenAI's `error`, vLLM's older `message`, or the `detail` of who only passes on.
fn sentence(body: &Value) -> Option<String> {
    let found = ["error", "message", "detail"]
        .iter()
        .find_map(|name| body.get(*name).filter(|it| !it.is_null()));
    found.map(error_text)
}

/// The answer to `GET /models`.
#[derive(Deserialize)]
struct List {
    data: Option<Vec<Listed>>,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    /// llama.cpp's.
    #[serde(default)]
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    n_params: Option<u64>,
}

impl Listed {
    fn into_model(self, server: &str) -> Model {
        let size = self.meta.and_then(|meta| meta.n_params);
        Model {
            name: self.id,
            details: size.map(billions).unwrap_or_default(),
            server: server.to_owned(),
        }
    }
}

/// A number of parameters, as models are told apart by it.
fn billions(count: u64) -> String {
    match count {
        1_000_000_000.. => format!("{}.{}B", count / 1_000_000_000, count / 100_000_000 % 10),
        1_000_000.. => format!("{}M", count / 1_000_000),
        _ => format!("{}K", count / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_as_people_tell_them() {
        assert_eq!(billions(3_212_749_888), "3.2B");
        assert_eq!(billions(494_032_768), "494M");
        assert_eq!(billions(620_000), "620K");
    }

    #[test]
    fn what_is_wrong_is_found_in_every_form() {
        let fault = |status: u16, body: &str| {
            let host = Host::default();
            let status = StatusCode::from_u16(status).unwrap_or_default();
            refusal(&host, status, body.as_bytes())
        };
        let openai =
            r#"{"error":{"message":"no such thing","type":"invalid_request_error","code":null}}"#;
        for body in [
            openai,
            r#"{"error":"no such thing"}"#,
            r#"{"object":"error","message":"no such thing","code":40401}"#,
        ] {
            let text = "no such thing".to_owned();
            assert_eq!(
                fault(404, body),
                Fault::UnknownModel(text.clone()),
                "{body}"
            );
            assert_eq!(fault(400, body), Fault::Refused(text.clone()), "{body}");
            assert_eq!(fault(429, body), Fault::Busy(text.clone()), "{body}");
            assert_eq!(fault(401, body), Fault::Key(text), "{body}");
        }
        // Another program, or a path that it does not have.
        for (status, body) in [
            (404, r#"{"detail":"Not Found"}"#),
            (404, "404 page not found"),
            (502, "<html>"),
            (400, "bad"),
        ] {
            assert!(
                matches!(fault(status, body), Fault::Status { .. }),
                "{body}"
            );
        }
    }
}
