//! Several servers as one: a model's name says where it is. Those of a server beside Ollama begin with what its operator
//! calls it (`llama.cpp/qwen3`); all others are Ollama's, which has no servers in its names, but may have a slash.

use std::sync::Arc;

use futures_util::future::join_all;

use super::{Ask, Fault, Reply, Upstream, openai::OpenAi};
use crate::{chat::Model, server::Boxed};

/// Ollama, and servers beside it.
pub struct Several {
    ollama: Arc<dyn Upstream>,
    others: Vec<OpenAi>,
}

impl std::fmt::Debug for Several {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Several").finish_non_exhaustive()
    }
}

impl Several {
    /// `ollama` for all that no name of `others` stands before.
    pub fn new(ollama: Arc<dyn Upstream>, others: Vec<OpenAi>) -> Self {
        Self { ollama, others }
    }

    /// Who has a model, and what it is called there.
    fn whose<'a>(&self, model: &'a str) -> (&dyn Upstream, &'a str) {
        let other = model.split_once('/').and_then(|(server, rest)| {
            let found = self.others.iter().find(|other| other.name() == server);
            found.map(|other| (other, rest))
        });
        match other {
            Some((other, rest)) => (other, rest),
            None => (&*self.ollama, model),
        }
    }

    /// What another server lists, by the names by which it is asked here.
    async fn of_other(other: &OpenAi) -> Result<Vec<Model>, Fault> {
        let models = other.models().await?.into_iter();
        let renamed = models.map(|model| Model {
            name: format!("{}/{}", other.name(), model.name),
            ..model
        });
        Ok(renamed.collect())
    }
}

impl Upstream for Several {
    fn chat(&self, mut ask: Ask) -> Boxed<'_, Result<Box<dyn Reply>, Fault>> {
        Box::pin(async move {
            let model = std::mem::take(&mut ask.model);
            let (server, name) = self.whose(&model);
            name.clone_into(&mut ask.model);
            server.chat(ask).await
        })
    }

    fn models(&self) -> Boxed<'_, Result<Vec<Model>, Fault>> {
        Box::pin(async move {
            let others = join_all(self.others.iter().map(Self::of_other));
            let (ollama, others) = tokio::join!(self.ollama.models(), others);
            let mut all = Vec::new();
            let mut faults = Vec::new();
            for list in std::iter::once(ollama).chain(others) {
                match list {
                    Ok(models) => all.extend(models),
                    Err(fault) => faults.push(fault),
                }
            }
            if all.is_empty()
                && let Some(fault) = faults.into_iter().next()
            {
                return Err(fault);
            }
            Ok(all)
        })
    }

    fn is_loaded<'a>(&'a self, model: &'a str) -> Boxed<'a, Result<bool, Fault>> {
        let (server, name) = self.whose(model);
        server.is_loaded(name)
    }

    fn unload<'a>(&'a self, model: &'a str) -> Boxed<'a, Result<(), Fault>> {
        let (server, name) = self.whose(model);
        server.unload(name)
    }

    fn server_of<'a>(&'a self, model: &'a str) -> &'a str {
        let (server, name) = self.whose(model);
        server.server_of(name)
    }

    fn servers_of(&self, model: &str) -> usize {
        let (server, name) = self.whose(model);
        server.servers_of(name)
    }
}
