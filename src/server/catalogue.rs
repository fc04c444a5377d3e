//! Which models there are, and which one answers when a request names none.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::time::timeout;

use super::upstream::Upstream;
use crate::{
    chat::{Model, Models},
    error::{Error, ErrorKind, Result},
    words::told,
};

/// How long a default taken from the list stays: a program that names no model should not cost a list each time.
const DEFAULT_FOR: Duration = Duration::from_secs(10);

/// How long a page waits for a list of models that may be had any moment.
const PATIENCE: Duration = Duration::from_millis(150);

/// The models of the upstream.
pub struct Catalogue {
    upstream: Arc<dyn Upstream>,
    /// The model that the configuration names.
    configured: Option<String>,
    /// The first model of the list, and when it was read.
    first: Mutex<Option<(Instant, String)>>,
    /// What the list was when it was read last, and when that was asked for.
    known: Mutex<Option<(Instant, Models)>>,
    /// Had by who reads for all.
    reading: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalogue").finish_non_exhaustive()
    }
}

impl Catalogue {
    /// The models of `upstream`; `configured` answers when a request names none.
    pub fn new(upstream: Arc<dyn Upstream>, configured: Option<String>) -> Self {
        Self {
            upstream,
            configured,
            first: Mutex::default(),
            known: Mutex::default(),
            reading: tokio::sync::Mutex::default(),
        }
    }

    /// All that the model picker shows; a server that does not answer is part of it.
    pub async fn list(&self) -> Models {
        let begun = Instant::now();
        let models = self.read().await;
        let mut known = self.known();
        // What was asked for later is newer, whichever comes first.
        if known.as_ref().is_none_or(|(at, _)| *at <= begun) {
            *known = Some((begun, models.clone()));
        }
        models
    }

    /// The same where it is at hand, for a page that waits for no other server: as it was read last, and read anew for who
    /// comes next if that is long ago. Only where there were no models one waits, and not for long: who reads that there are
    /// none sees to that, and comes back. `None`: nothing is known yet.
    pub async fn at_hand(self: &Arc<Self>) -> Option<Models> {
        let known = self.known().clone();
        let (is_fresh, known) = match known {
            Some((at, models)) => (at.elapsed() <= DEFAULT_FOR, Some(models)),
            None => (false, None),
        };
        let has_models = known.as_ref().is_some_and(|it| !it.models.is_empty());
        if has_models && is_fresh {
            return known;
        }
        let catalogue = Arc::clone(self);
        // What nobody waits for to the end is known to who comes next all the same.
        let reading = tokio::spawn(async move { catalogue.read_by_one().await });
        if has_models {
            return known;
        }
        match timeout(PATIENCE, reading).await {
            Ok(Ok(models)) => Some(models),
            _ => known,
        }
    }

    /// Other models are there than were: whoever asks next is told which.
    pub fn forget(&self) {
        *self.known() = None;
        *self.first() = None;
    }

    /// The list as somebody has read it since this was asked for: one reads for all who ask at once.
    async fn read_by_one(&self) -> Models {
        let asked = Instant::now();
        let _one = self.reading.lock().await;
        let known = self.known().clone();
        match known {
            Some((at, models)) if at >= asked => models,
            _ => self.list().await,
        }
    }

    fn known(&self) -> MutexGuard<'_, Option<(Instant, Models)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read(&self) -> Models {
        match self.upstream.models().await {
            Ok(models) => Models {
                default: self.configured.clone().or_else(|| first(&models)),
                models,
                error: None,
            },
            Err(fault) => Models {
                models: Vec::new(),
                default: self.configured.clone(),
                error: Some(fault.into()),
            },
        }
    }

    /// The model for a request that names none.
    ///
    /// # Errors
    /// When none is configured, and the upstream does not answer or has none.
    pub async fn default(&self) -> Result<String> {
        if let Some(model) = &self.configured {
            return Ok(model.clone());
        }
        if let Some((at, model)) = &*self.first()
            && at.elapsed() < DEFAULT_FOR
        {
            return Ok(model.clone());
        }
        // Who finds nothing asks: nobody waits for another's question to a server that may not answer.
        let models = self.upstream.models().await?;
        let model = first(&models).ok_or_else(no_model)?;
        *self.first() = Some((Instant::now(), model.clone()));
        Ok(model)
    }

    fn first(&self) -> MutexGuard<'_, Option<(Instant, String)>> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn first(models: &[Model]) -> Option<String> {
    models.first().map(|model| model.name.clone())
}

fn no_model() -> Error {
    Error::told(ErrorKind::NotFound, told::no_model())
}
