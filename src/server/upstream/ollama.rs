//! Ollama over HTTP.
//!
//! Ollama sends nothing, not even headers, before its first token, which may take minutes: so there is no total
//! timeout, and dropping the response is the one cancel signal. No header of a browser's request is passed on:
//! Ollama refuses a foreign `Origin`.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::Stream;
use reqwest::{Client, Response, StatusCode, header::HeaderMap};
use serde::{Deserialize, de::DeserializeOwned};
use tracing::warn;

use super::{
    Ask, Batch, Boxed, Fault, Finish, Host, Reply, Upstream,
    fault::excerpt,
    line::{self, Line, Tally},
    ndjson::{Decoder, TooLong},
};
use crate::chat::Model;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a short question, such as the list of models, may take.
const SHORT_TIMEOUT: Duration = Duration::from_secs(5);

/// How much text is read in one go before readers get to see it.
const BATCH: usize = 64 * 1024;

/// Chooses the cryptography of this process, which reqwest leaves to the program: ring, as it builds with nothing but
/// a C compiler. To be called before a client is made; the first call counts.
pub fn choose_cryptography() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// An Ollama server.
#[derive(Clone, Debug)]
pub struct Ollama {
    host: Host,
    client: Client,
}

impl Ollama {
    /// The Ollama server at `host`; `headers` go along with every request, for a proxy in front of it.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(host: Host, headers: HeaderMap) -> reqwest::Result<Self> {
        choose_cryptography();
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .default_headers(headers)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .tcp_keepalive(Duration::from_secs(30))
            .tcp_nodelay(true)
            .user_agent(concat!("brooklet/", env!("CARGO_PKG_VERSION")));
        let client = if host.is_loopback() {
            client.no_proxy()
        } else {
            client
        };
        Ok(Self {
            client: client.build()?,
            host,
        })
    }

    /// Why no answer came at all.
    fn no_answer(&self, error: &reqwest::Error) -> Fault {
        let host = self.host.to_string();
        if error.is_timeout() {
            let cause = "no answer in time".to_owned();
            Fault::Unreachable { host, cause }
        } else if error.is_connect() {
            let cause = root_cause(error);
            Fault::Unreachable { host, cause }
        } else {
            Fault::Nothing(root_cause(error))
        }
    }

    /// Asks a short question.
    async fn get<T: DeserializeOwned>(&self, route: &str) -> Result<T, Fault> {
        let request = self.client.get(self.host.route(route));
        let response = request
            .timeout(SHORT_TIMEOUT)
            .send()
            .await
            .map_err(|e| self.no_answer(&e))?;
        let not_ollama = |text| Fault::NotOllama {
            host: self.host.to_string(),
            text,
        };
        if response.status() != StatusCode::OK {
            return Err(match self.refusal(response).await {
                // No model was asked for, so none is unknown.
                Fault::UnknownModel(text) => not_ollama(text),
                fault => fault,
            });
        }
        let body = response.bytes().await.map_err(|e| self.no_answer(&e))?;
        serde_json::from_slice(&body).map_err(|_| not_ollama(excerpt(&body)))
    }

    /// What an answer other than 200 says.
    async fn refusal(&self, response: Response) -> Fault {
        let status = response.status();
        let body = tokio::time::timeout(SHORT_TIMEOUT, response.bytes()).await;
        let body = body.ok().and_then(Result::ok).unwrap_or_default();
        let own_words = line::error_in_body(&body);
        match (status, own_words) {
            (StatusCode::NOT_FOUND, Some(sentence)) => Fault::UnknownModel(sentence),
            (StatusCode::BAD_REQUEST, Some(sentence)) => Fault::Refused(sentence),
            (StatusCode::SERVICE_UNAVAILABLE, sentence) => {
                Fault::Busy(sentence.unwrap_or_else(|| excerpt(&body)))
            }
            (status, sentence) => Fault::Status {
                host: self.host.to_string(),
                status: status.as_u16(),
                text: sentence.unwrap_or_else(|| excerpt(&body)),
            },
        }
    }
}

impl Upstream for Ollama {
    fn chat(&self, ask: Ask) -> Boxed<'_, Result<Box<dyn Reply>, Fault>> {
        Box::pin(async move {
            let request = self.client.post(self.host.route("api/chat")).json(&ask);
            let response = request.send().await.map_err(|e| self.no_answer(&e))?;
            if response.status() != StatusCode::OK {
                return Err(self.refusal(response).await);
            }
            Ok(Box::new(OllamaReply {
                host: self.host.to_string(),
                body: Box::pin(response.bytes_stream()),
                lines: Lines::default(),
                ended: None,
            }) as Box<dyn Reply>)
        })
    }

    fn models(&self) -> Boxed<'_, Result<Vec<Model>, Fault>> {
        Box::pin(async move {
            let tags: Tags = self.get("api/tags").await?;
            let models = tags.models.unwrap_or_default().into_iter();
            Ok(models.filter(Tag::can_chat).map(Tag::into_model).collect())
        })
    }

    fn is_loaded<'a>(&'a self, model: &'a str) -> Boxed<'a, Result<bool, Fault>> {
        Box::pin(async move {
            let loaded: Tags = self.get("api/ps").await?;
            let mut loaded = loaded.models.unwrap_or_default().into_iter();
            Ok(loaded.any(|tag| same_model(&tag.name, model)))
        })
    }

    fn server_of(&self, _: &str) -> &'static str {
        "ollama"
    }
}

/// Whether two names mean one model: without a tag it is `latest`, and the case does not matter.
fn same_model(a: &str, b: &str) -> bool {
    let whole = |name: &str| {
        let name = name.to_ascii_lowercase();
        let tagged = name
            .rsplit('/')
            .next()
            .is_some_and(|last| last.contains(':'));
        if tagged { name } else { name + ":latest" }
    };
    whole(a) == whole(b)
}

/// An answer of Ollama's while it is coming.
struct OllamaReply {
    host: String,
    body: Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    lines: Lines,
    /// What the last line said: kept for one more look at the body, so that its connection can be used again.
    ended: Option<Result<Finish, Fault>>,
}

/// The lines of an answer, and what is needed to say what was wrong with them.
#[derive(Default)]
struct Lines {
    decoder: Decoder,
    tally: Tally,
    /// The answer's first bytes, as long as nothing in it was Ollama's.
    head: Vec<u8>,
}

impl Lines {
    /// Reads a chunk, or the rest at the end of the body; gives the line that ended the answer.
    fn read(&mut self, chunk: Option<&[u8]>, batch: &mut Batch) -> Result<Option<Line>, Fault> {
        let Self {
            decoder,
            tally,
            head,
        } = self;
        let each = |line: &[u8]| tally.take_in(line, batch);
        let decoded = match chunk {
            Some(chunk) => decoder.push(chunk, each),
            None => decoder.finish(each),
        };
        if let (Some(chunk), 0) = (chunk, tally.understood) {
            let room = 1024_usize.saturating_sub(head.len());
            head.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        match decoded {
            Ok(_) => Ok(tally.end.take()),
            Err(TooLong) => Err(Fault::Incomplete("a line of over 16 MB".into())),
        }
    }

    /// What the end of an answer means.
    fn conclude(&self, end: Option<Line>, cause: &str, host: &str) -> Result<Finish, Fault> {
        if self.tally.junk > 0 {
            warn!(lines = self.tally.junk, %host, "lines that are no JSON were passed over");
        }
        match end {
            Some(Line::Done(finish)) => Ok(finish),
            Some(Line::Error(sentence)) => Err(Fault::Model(sentence)),
            _ if self.tally.understood > 0 => Err(Fault::Incomplete(cause.to_owned())),
            _ if self.head.is_empty() => Err(Fault::Nothing(cause.to_owned())),
            _ => Err(Fault::NotOllama {
                host: host.to_owned(),
                text: excerpt(&self.head),
            }),
        }
    }
}

impl Reply for OllamaReply {
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        batch: &mut Batch,
    ) -> Poll<Result<Option<Finish>, Fault>> {
        let mut progress = false;
        while batch.len() < BATCH {
            let chunk = match self.body.as_mut().poll_next(context) {
                Poll::Ready(chunk) => chunk,
                Poll::Pending => {
                    if let Some(end) = self.ended.take() {
                        return Poll::Ready(end.map(Some));
                    }
                    if progress {
                        return Poll::Ready(Ok(None));
                    }
                    return Poll::Pending;
                }
            };
            progress = true;
            if self.ended.is_some() {
                break;
            }
            let end = match chunk {
                Some(Ok(chunk)) => match self.lines.read(Some(&chunk), batch)? {
                    None => continue,
                    end => self.lines.conclude(end, "", &self.host),
                },
                Some(Err(error)) => self.lines.conclude(None, &root_cause(&error), &self.host),
                None => {
                    let end = self.lines.read(None, batch)?;
                    self.lines.conclude(end, "the stream ended", &self.host)
                }
            };
            self.ended = Some(end);
        }
        match self.ended.take() {
            Some(end) => Poll::Ready(end.map(Some)),
            None => Poll::Ready(Ok(None)),
        }
    }
}

/// The innermost reason of an error, which is the one that a person can do something about.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let text = cause.to_string();
    // `Connection refused (os error 111)`: the number tells a person nothing.
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_lowercase().chain(characters).collect())
        .unwrap_or_default()
}

#[derive(Deserialize)]
struct Tags {
    models: Option<Vec<Tag>>,
}

/// A model in Ollama's list; only what the picker shows.
#[derive(Deserialize)]
struct Tag {
    name: String,
    #[serde(default)]
    details: Option<TagDetails>,
    #[serde(default)]
    capabilities: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TagDetails {
    parameter_size: Option<String>,
    quantization_level: Option<String>,
}

impl Tag {
    /// A model that only embeds cannot chat; an old server does not say what a model can do.
    fn can_chat(&self) -> bool {
        self.capabilities
            .as_ref()
            .is_none_or(|can| can.iter().any(|it| it == "completion"))
    }

    fn into_model(self) -> Model {
        let details = self.details.unwrap_or_default();
        let parts = [details.parameter_size, details.quantization_level];
        let parts: Vec<_> = parts
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .collect();
        Model {
            name: self.name,
            details: parts.join(" · "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_without_a_tag_is_the_latest() {
        assert!(same_model("Llama3.2", "llama3.2:latest"));
        assert!(same_model("hf.co:443/a/b", "hf.co:443/a/b:latest"));
        assert!(!same_model("llama3.2:1b", "llama3.2"));
    }
}
