//! Ollama over HTTP: `/api/chat` and what else of it is needed to chat. What is done with its models is in [`library`], how
//! it tells of that in [`status`].
//!
//! Ollama sends nothing, not even headers, before its first token, which may take minutes. It refuses a foreign `Origin`.

pub mod library;
pub mod status;

use std::time::Duration;

use reqwest::{StatusCode, header::HeaderMap};
use serde::Deserialize;
use serde_json::json;
use tokio::time::{sleep, timeout};

use super::{
    Ask, Fault, Host, Reply, Upstream,
    answer::Answer,
    fault::excerpt,
    http::{SHORT_TIMEOUT, Server},
    line::{self, Tally},
};
use crate::{chat::Model, server::Boxed};

/// How often it is asked whether a model is still there that is being unloaded.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Where a question goes.
const CHAT: &str = "api/chat";

/// An Ollama server.
#[derive(Clone, Debug)]
pub struct Ollama(Server);

impl Ollama {
    /// The Ollama server at `host`; `headers` go along with every request, for a proxy in front of it.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(host: Host, headers: HeaderMap) -> reqwest::Result<Self> {
        Server::new(host, headers, refusal).map(Self)
    }

    /// Where it is.
    pub const fn host(&self) -> &Host {
        self.0.host()
    }

    /// The models that are in memory.
    ///
    /// # Errors
    /// [`Fault`] says why the server did not tell.
    pub async fn in_memory(&self) -> Result<Vec<String>, Fault> {
        let loaded: Tags = self.0.get("api/ps").await?;
        let loaded = loaded.models.unwrap_or_default().into_iter();
        Ok(loaded.map(|tag| tag.name).collect())
    }
}

/// What an answer other than 200 says.
fn refusal(host: &Host, status: StatusCode, body: &[u8]) -> Fault {
    match (status, line::error_in_body(body)) {
        (StatusCode::NOT_FOUND, Some(sentence)) => Fault::UnknownModel(sentence),
        (StatusCode::BAD_REQUEST, Some(sentence)) => Fault::Refused(sentence),
        (StatusCode::SERVICE_UNAVAILABLE, sentence) => {
            Fault::Busy(sentence.unwrap_or_else(|| excerpt(body)))
        }
        (status, sentence) => Fault::Status {
            host: host.to_string(),
            status: status.as_u16(),
            text: sentence.unwrap_or_else(|| excerpt(body)),
        },
    }
}

impl Upstream for Ollama {
    fn chat(&self, ask: Ask) -> Boxed<'_, Result<Box<dyn Reply>, Fault>> {
        Box::pin(async move {
            let body = self.0.post(CHAT, &ask).await?;
            let answer = Answer::<Tally>::new(self.0.host().to_string(), body);
            Ok(Box::new(answer) as Box<dyn Reply>)
        })
    }

    fn models(&self) -> Boxed<'_, Result<Vec<Model>, Fault>> {
        Box::pin(async move {
            let tags: Tags = self.0.get("api/tags").await?;
            let models = tags.models.unwrap_or_default().into_iter();
            Ok(models.filter(Tag::can_chat).map(Tag::into_model).collect())
        })
    }

    fn is_loaded<'a>(&'a self, model: &'a str) -> Boxed<'a, Result<bool, Fault>> {
        Box::pin(async move {
            let loaded = self.in_memory().await?;
            Ok(loaded.iter().any(|name| same_model(name, model)))
        })
    }

    fn unload<'a>(&'a self, model: &'a str) -> Boxed<'a, Result<(), Fault>> {
        Box::pin(async move {
            // A chat in which nothing is asked: Ollama's way to say so.
            let nothing = json!({"model": model, "messages": [], "keep_alive": 0});
            let posted = timeout(SHORT_TIMEOUT, self.0.post(CHAT, &nothing)).await;
            posted.unwrap_or_else(|_| Err(self.0.unreachable("no answer in time".to_owned())))?;
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

    fn server_of<'a>(&'a self, _: &'a str) -> &'a str {
        "ollama"
    }
}

/// Whether two names mean one model: without a tag it is `latest`, without a folder it is in Ollama's own library, and the
/// case does not matter.
pub fn same_model(a: &str, b: &str) -> bool {
    let whole = |name: &str| {
        let name = name.to_ascii_lowercase();
        // Where they are unless something else is said.
        let name = name.strip_prefix("registry.ollama.ai/").unwrap_or(&name);
        let name = name.strip_prefix("library/").unwrap_or(name).to_owned();
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
            server: String::new(),
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
        for same in ["library/qwen3", "registry.ollama.ai/library/Qwen3:latest"] {
            assert!(same_model(same, "qwen3"), "{same}");
        }
        assert!(!same_model("someone/qwen3", "qwen3"));
    }
}
