//! The simulator's state and its face for tests: what was asked, how the
//! answers ended. What it answers lives in `chat` and `library`.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::http::HeaderMap;
use serde::Serialize;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::memory::Memory;
use crate::stats::Stats;
use crate::stock::Stock;
use crate::{door, router};

/// How many requests are remembered.
const REMEMBERED: usize = 1000;

/// A simulated Ollama. Clones share one state.
#[derive(Clone, Debug, Default)]
pub struct Sim {
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    stats: watch::Sender<Stats>,
    pulls: watch::Sender<Stats>,
    seen: Mutex<VecDeque<Seen>>,
    orders: Mutex<VecDeque<Order>>,
    memory: Memory,
    stock: Stock,
}

/// A request about the models themselves, as it came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Order {
    /// The last part of its path: `pull`, `create`, `copy`, `delete` or `show`.
    pub what: &'static str,
    /// The JSON body.
    pub body: Value,
}

/// A request to `/api/chat` as it came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Names (in lower case) and values, in the order of arrival.
    pub headers: Vec<(String, String)>,
    /// The JSON body.
    pub body: Value,
}

impl Seen {
    /// The first value of the header `name`, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

impl Sim {
    /// A simulator to which nobody has spoken yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ollama's routes, and the simulator's own under `/sim/`.
    pub fn router(&self) -> Router {
        router::router(self.clone())
    }

    /// Answers on `listener` until `shutdown` comes; then cuts every open
    /// connection at once. Dropping the future cuts them too.
    ///
    /// # Errors
    ///
    /// When the listener fails for good.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        door::serve(listener, self.router(), shutdown).await
    }

    /// The count of answers now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        *self.state.stats.borrow()
    }

    /// Waits until the count satisfies `wanted`, and returns it; at once if it
    /// does already. What has come and gone between two looks is not seen, so
    /// ask for `started`, `completed` and `dropped`, which only grow, where
    /// `open` may be brief.
    pub async fn until(&self, wanted: impl Fn(&Stats) -> bool) -> Stats {
        met(&self.state.stats, wanted).await
    }

    /// The count of pulls now; those of creations are among them.
    #[must_use]
    pub fn pulls(&self) -> Stats {
        *self.state.pulls.borrow()
    }

    /// The same for pulls as [`Self::until`] for answers.
    pub async fn until_pulls(&self, wanted: impl Fn(&Stats) -> bool) -> Stats {
        met(&self.state.pulls, wanted).await
    }

    /// The last 1000 requests about the models themselves, oldest first.
    #[must_use]
    pub fn orders(&self) -> Vec<Order> {
        self.ordered().iter().cloned().collect()
    }

    /// The bodies of the last 1000 requests to `/api/chat`, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Value> {
        self.log().iter().map(|seen| seen.body.clone()).collect()
    }

    /// The last 1000 requests to `/api/chat` with their headers, oldest first.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.log().iter().cloned().collect()
    }

    /// The names of the models that are loaded now, as `/api/ps` lists them.
    #[must_use]
    pub fn loaded(&self) -> Vec<String> {
        self.memory()
            .loaded()
            .into_iter()
            .map(|(name, _)| name)
            .collect()
    }

    pub(crate) fn remember(&self, headers: &HeaderMap, body: Value) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers = headers
            .iter()
            .map(|(n, v)| (n.to_string(), text(v.as_bytes())))
            .collect();
        let mut log = self.log();
        if log.len() == REMEMBERED {
            log.pop_front();
        }
        log.push_back(Seen { headers, body });
    }

    pub(crate) fn note(&self, what: &'static str, body: Value) {
        let mut orders = self.ordered();
        if orders.len() == REMEMBERED {
            orders.pop_front();
        }
        orders.push_back(Order { what, body });
    }

    pub(crate) fn count_pulls(&self, change: impl FnOnce(&mut Stats)) {
        self.state.pulls.send_modify(change);
    }

    pub(crate) fn stock(&self) -> &Stock {
        &self.state.stock
    }

    pub(crate) fn count(&self, change: impl FnOnce(&mut Stats)) {
        self.state.stats.send_modify(change);
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.state.memory
    }

    fn ordered(&self) -> MutexGuard<'_, VecDeque<Order>> {
        self.state
            .orders
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self) -> MutexGuard<'_, VecDeque<Seen>> {
        self.state
            .seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until a count satisfies `wanted`.
async fn met(count: &watch::Sender<Stats>, wanted: impl Fn(&Stats) -> bool) -> Stats {
    let mut watcher = count.subscribe();
    let met = watcher
        .wait_for(|stats| wanted(stats))
        .await
        .map(|stats| *stats);
    // The sender outlives this, so the wait cannot end without an answer.
    met.unwrap_or_default()
}
