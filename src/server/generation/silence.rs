//! Whether a model that is loaded has sent nothing for long.
//!
//! A model's server may hang without a word: Ollama does when a slot of the model has leaked (ollama issue 17131), and
//! then every later question to that model hangs too. So a silence is told, and who waits may have the model unloaded.
//! A token costs the time that it takes to look at the clock: the one that watches sleeps, and asks now and then.

use std::{
    convert::Infallible,
    future::pending,
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

use super::{
    super::{limits::After, upstream::Upstream},
    log::Log,
};
use crate::chat::Phase;

/// When the model was last heard of; shared by the one that reads and the one that watches.
#[derive(Debug)]
pub struct Pulse {
    begun: Instant,
    /// Milliseconds after `begun`.
    last: AtomicU64,
    /// Whether a silence has been told since.
    silent: AtomicBool,
}

impl Pulse {
    /// The model has been heard of just now.
    pub fn new() -> Self {
        Self {
            begun: Instant::now(),
            last: AtomicU64::new(0),
            silent: AtomicBool::new(false),
        }
    }

    /// The model has been heard of; gives whether that ends a silence which was told.
    pub fn beat(&self) -> bool {
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Relaxed);
        // Looked at before it is changed: a write would cost each token more than a look.
        self.silent.load(Relaxed) && self.silent.swap(false, Relaxed)
    }

    fn last(&self) -> Instant {
        self.begun + Duration::from_millis(self.last.load(Relaxed))
    }
}

impl Default for Pulse {
    fn default() -> Self {
        Self::new()
    }
}

/// Tells [`Phase::Silent`] whenever nothing has come for as long as `after` says and the model is loaded: one that is
/// being loaded has a reason to be silent. Who reads tells the phase after it, when [`Pulse::beat`] says so.
pub async fn watch(
    log: &Log,
    pulse: &Pulse,
    upstream: &dyn Upstream,
    model: &str,
    after: After,
) -> Infallible {
    let After::Time(time) = after else {
        return pending().await;
    };
    let mut due = pulse.last() + time;
    loop {
        sleep_until(due).await;
        let last = pulse.last();
        due = last + time;
        if due > Instant::now() {
            continue;
        }
        // A server that does not tell is no reason to call the model silent.
        let loaded = upstream.is_loaded(model).await.unwrap_or_default();
        // Until it is told that the model has the question, its time has not begun: it may just have been loaded.
        let asked = matches!(log.current_phase(), Phase::Reading | Phase::Writing);
        if loaded && asked && pulse.last() == last {
            pulse.silent.store(true, Relaxed);
            log.phase(Phase::Silent);
        }
        due = Instant::now() + time;
    }
}
