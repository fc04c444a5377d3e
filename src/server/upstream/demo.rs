//! The built-in demo, and the choice between it and Ollama.
//!
//! The demo is no second code path: it is `ollama-sim` behind a port of this machine, read like any Ollama. It is
//! started when somebody first asks it, and says itself that it is a script. Which model a request means is decided
//! by the model's name alone.

use std::sync::Arc;

use reqwest::header::HeaderMap;
use tokio::sync::OnceCell;

use super::{Ask, Fault, Host, Reply, Upstream, ollama::Ollama};
use crate::{
    chat::{Model, model::DEMO_MODEL},
    server::Boxed,
};

/// Ollama, and the demo beside it.
pub struct WithDemo {
    upstream: Arc<dyn Upstream>,
    /// The demo, once somebody has asked it; it ends with this value.
    demo: OnceCell<(ollama_sim::Running, Ollama)>,
}

impl std::fmt::Debug for WithDemo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WithDemo").finish_non_exhaustive()
    }
}

impl WithDemo {
    /// Sends what is asked of the demo's model to the demo and all else to `upstream`.
    pub fn new(upstream: Arc<dyn Upstream>) -> Self {
        Self {
            upstream,
            demo: OnceCell::new(),
        }
    }

    async fn demo(&self) -> Result<&Ollama, Fault> {
        let start = async || {
            let failed = |error: &dyn std::fmt::Display| {
                Fault::Model(format!("the built-in demo could not be started: {error}"))
            };
            let demo = ollama_sim::Running::start().await.map_err(|e| failed(&e))?;
            let host: Host = demo.url().parse().map_err(|e: String| failed(&e))?;
            let client = Ollama::new(host, HeaderMap::new()).map_err(|e| failed(&e))?;
            Ok((demo, client))
        };
        self.demo
            .get_or_try_init(start)
            .await
            .map(|(_, client)| client)
    }
}

impl Upstream for WithDemo {
    fn chat(&self, ask: Ask) -> Boxed<'_, Result<Box<dyn Reply>, Fault>> {
        Box::pin(async move {
            if ask.model == DEMO_MODEL {
                self.demo().await?.chat(ask).await
            } else {
                self.upstream.chat(ask).await
            }
        })
    }

    fn models(&self) -> Boxed<'_, Result<Vec<Model>, Fault>> {
        self.upstream.models()
    }

    fn is_loaded<'a>(&'a self, model: &'a str) -> Boxed<'a, Result<bool, Fault>> {
        if model == DEMO_MODEL {
            return Box::pin(async { Ok(true) });
        }
        self.upstream.is_loaded(model)
    }

    fn unload<'a>(&'a self, model: &'a str) -> Boxed<'a, Result<(), Fault>> {
        if model == DEMO_MODEL {
            // A script fills no memory.
            return Box::pin(async { Ok(()) });
        }
        self.upstream.unload(model)
    }

    fn server_of<'a>(&'a self, model: &'a str) -> &'a str {
        if model == DEMO_MODEL {
            return "demo";
        }
        self.upstream.server_of(model)
    }

    fn servers_of(&self, model: &str) -> usize {
        if model == DEMO_MODEL {
            return 1;
        }
        self.upstream.servers_of(model)
    }
}
