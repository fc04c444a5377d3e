//! Ollama over HTTP.
//!
//! Ollama sends nothing, not even headers, before its first token, which may take minutes: so there is no total
//! timeout, and dropping the response is the one cancel signal. No header of a browser's request is passed on:
//! Ollama refuses a foreign `Origin`.

use std::{
    future::poll_fn,
    task::{Poll, ready},
    time::Duration,
};

use reqwest::{
    Client, StatusCode,
    header::{HOST, HeaderMap, HeaderValue, USER_AGENT},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;
use tokio::time::{sleep, timeout};

use super::{
    Ask, Fault, Host, Reply, Upstream,
    answer::{Answer, Body, innermost, plainly},
    fault::excerpt,
    line,
    wire::{self, WireFault},
};
use crate::{chat::Model, server::Boxed};

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a short question, such as the list of models, may take.
const SHORT_TIMEOUT: Duration = Duration::from_secs(5);

/// How much of a refusal's body is read, in bytes.
const LONGEST_REFUSAL: usize = 64 * 1024;

/// How Brooklet calls itself.
const NAME: &str = concat!("brooklet/", env!("CARGO_PKG_VERSION"));

/// Who reaches a server through something else has it in one of these.
const PROXIES: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];

/// How often it is asked whether a model is still there that is being unloaded.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

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
    /// The headers of a question on a connection of our own; `None` where there is TLS, a login or a proxy on the
    /// way, which are the client's.
    plain: Option<HeaderMap>,
}

impl Ollama {
    /// The Ollama server at `host`; `headers` go along with every request, for a proxy in front of it.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(host: Host, headers: HeaderMap) -> reqwest::Result<Self> {
        choose_cryptography();
        let plain = plain_headers(&host, &headers);
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .default_headers(headers)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .tcp_keepalive(Duration::from_secs(30))
            .tcp_nodelay(true)
            .user_agent(NAME);
        let client = if host.is_loopback() {
            client.no_proxy()
        } else {
            client
        };
        Ok(Self {
            client: client.build()?,
            host,
            plain,
        })
    }

    /// Why no answer came at all.
    fn no_answer(&self, error: &reqwest::Error) -> Fault {
        if error.is_timeout() {
            self.unreachable("no answer in time".to_owned())
        } else if error.is_connect() {
            self.unreachable(innermost(error))
        } else {
            Fault::Nothing(innermost(error))
        }
    }

    /// That nobody answers at its address.
    fn unreachable(&self, cause: String) -> Fault {
        Fault::Unreachable {
            host: self.host.to_string(),
            cause,
        }
    }

    /// That it is not Ollama who answers.
    fn not_ollama(&self, text: String) -> Fault {
        Fault::NotOllama {
            host: self.host.to_string(),
            text,
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
        if response.status() != StatusCode::OK {
            let status = response.status();
            return Err(match self.refusal(status, &mut response.into()).await {
                // No model was asked for, so none is unknown.
                Fault::UnknownModel(text) => self.not_ollama(text),
                fault => fault,
            });
        }
        let body = response.bytes().await.map_err(|e| self.no_answer(&e))?;
        serde_json::from_slice(&body).map_err(|_| self.not_ollama(excerpt(&body)))
    }

    /// What an answer other than 200 says.
    async fn refusal(&self, status: StatusCode, body: &mut Body) -> Fault {
        let mut bytes = Vec::new();
        let read = poll_fn(|context| {
            while bytes.len() < LONGEST_REFUSAL
                && ready!(body.poll_read(context, |more| bytes.extend_from_slice(more))) == Ok(true)
            {
            }
            Poll::Ready(())
        });
        // What has come by then, or before it broke, says what there is to say.
        let _ = timeout(SHORT_TIMEOUT, read).await;
        let body = bytes;
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

    /// Posts what is asked; gives the body of the answer.
    async fn post(&self, ask: &impl Serialize) -> Result<Body, Fault> {
        let (status, mut body) = self.answer_to(ask).await?;
        if status != StatusCode::OK {
            return Err(self.refusal(status, &mut body).await);
        }
        Ok(body)
    }

    /// The answer, whatever it is.
    async fn answer_to(&self, ask: &impl Serialize) -> Result<(StatusCode, Body), Fault> {
        let url = self.host.route("api/chat");
        if let (Some(headers), Some(address)) = (&self.plain, self.host.plain()) {
            // What is asked has nothing that JSON cannot say.
            let body = serde_json::to_vec(ask).unwrap_or_default();
            let posted = wire::post(address, url.path(), headers, &body, CONNECT_TIMEOUT).await;
            return match posted {
                Ok((status, wire)) => Ok((status, Body::Wire(wire))),
                Err(WireFault::Connect(error)) => Err(self.unreachable(plainly(&error))),
                Err(WireFault::Broken(error)) => Err(Fault::Nothing(plainly(&error))),
                Err(WireFault::Garbled(bytes)) => Err(self.not_ollama(excerpt(&bytes))),
            };
        }
        let request = self.client.post(url).json(ask);
        let response = request.send().await.map_err(|e| self.no_answer(&e))?;
        Ok((response.status(), response.into()))
    }
}

impl Upstream for Ollama {
    fn chat(&self, ask: Ask) -> Boxed<'_, Result<Box<dyn Reply>, Fault>> {
        Box::pin(async move {
            let body = self.post(&ask).await?;
            let answer = Answer::new(self.host.to_string(), body);
            Ok(Box::new(answer) as Box<dyn Reply>)
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

    fn unload<'a>(&'a self, model: &'a str) -> Boxed<'a, Result<(), Fault>> {
        Box::pin(async move {
            // A chat in which nothing is asked: Ollama's way to say so.
            let nothing = json!({"model": model, "messages": [], "keep_alive": 0});
            let posted = timeout(SHORT_TIMEOUT, self.post(&nothing)).await;
            posted.unwrap_or_else(|_| Err(self.unreachable("no answer in time".to_owned())))?;
            // Ollama answers before it is done. While it waits for others' answers, it may take long.
            let gone = async {
                while self.is_loaded(model).await? {
                    sleep(LOOK_AGAIN).await;
                }
                Ok(())
            };
            timeout(SHORT_TIMEOUT, gone).await.unwrap_or(Ok(()))
        })
    }

    fn server_of(&self, _: &str) -> &'static str {
        "ollama"
    }
}

/// The headers of a question to `host`, if nothing is on the way.
fn plain_headers(host: &Host, headers: &HeaderMap) -> Option<HeaderMap> {
    let proxied = || PROXIES.iter().any(|name| std::env::var_os(name).is_some());
    let authority = host.authority()?;
    if !host.is_loopback() && proxied() {
        return None;
    }
    let mut all = HeaderMap::new();
    all.insert(USER_AGENT, HeaderValue::from_static(NAME));
    all.insert(HOST, authority.parse().ok()?);
    all.extend(headers.clone());
    Some(all)
}

/// Whether two names mean one model: without a tag it is `latest`, and the case does not matter.
pub fn same_model(a: &str, b: &str) -> bool {
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
