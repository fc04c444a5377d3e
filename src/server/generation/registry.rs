//! All generations that can be followed or stopped, by their ids.
//!
//! The registry starts the tasks and finds their generations again; what a generation says is in its log alone.

use std::{
    collections::{HashMap, VecDeque},
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    super::{
        limits::Limits,
        upstream::{Ask, Upstream},
    },
    Generation,
    queue::{Queue, Turn},
    task::{self, Work},
};
use crate::{
    chat::Done,
    error::{Error, ErrorKind, Result},
};

/// How long, at the least, a generation can be read after its end. Long, until there is a store that answers for it.
const KEEP_FINISHED: Duration = Duration::from_secs(60 * 60);

/// Who asks, until there are accounts: everybody is one user.
const EVERYBODY: &str = "";

/// The generations of this server.
#[derive(Clone)]
pub struct Registry {
    upstream: Arc<dyn Upstream>,
    /// Cancelled at shutdown: every task then ends its generation as interrupted.
    shutdown: CancellationToken,
    /// The tasks that have not ended: shutdown waits for them.
    tasks: TaskTracker,
    limits: Arc<Limits>,
    known: Arc<Mutex<Known>>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Known {
    by_id: HashMap<String, Arc<Generation>>,
    by_request: HashMap<String, String>,
    /// Ids and request ids of what has ended, oldest first.
    finished: VecDeque<Finished>,
    /// The queue of each server.
    queues: HashMap<&'static str, Queue>,
}

struct Finished {
    at: Instant,
    id: String,
    request_id: Option<String>,
}

impl Registry {
    /// A registry whose generations ask `upstream`, keep to `limits` and end with `shutdown`.
    pub fn new(upstream: Arc<dyn Upstream>, limits: Limits, shutdown: CancellationToken) -> Self {
        Self {
            limits: Arc::new(limits),
            upstream,
            shutdown,
            tasks: TaskTracker::new(),
            known: Arc::default(),
        }
    }

    /// Starts a generation that can be followed and stopped by its id. The same `request_id` twice is one generation.
    ///
    /// # Errors
    /// [`ErrorKind::Stopping`] during shutdown; [`ErrorKind::Busy`] when too many wait.
    pub fn start(&self, ask: Ask, request_id: Option<String>) -> Result<Arc<Generation>> {
        self.refuse_at_shutdown()?;
        let generation = Generation::new(ask.model.clone());
        let turn = {
            let mut known = self.known();
            known.forget_old(self.limits.max_finished);
            if let Some(id) = &request_id
                && let Some(same) = known.by_request.get(id).and_then(|id| known.by_id.get(id))
            {
                return Ok(Arc::clone(same));
            }
            let turn = self.enter(&mut known, &ask.model)?;
            if let Some(id) = &request_id {
                known.by_request.insert(id.clone(), generation.id.clone());
            }
            known
                .by_id
                .insert(generation.id.clone(), Arc::clone(&generation));
            turn
        };
        let (registry, id) = (self.clone(), generation.id.clone());
        let work = self.work(&generation, ask, turn);
        self.tasks.spawn(async move {
            work.await;
            registry.known().finished.push_back(Finished {
                at: Instant::now(),
                id,
                request_id,
            });
        });
        Ok(generation)
    }

    /// Starts a generation for one reader: nobody else can find it, and it ends when the guard is dropped.
    ///
    /// # Errors
    /// [`ErrorKind::Stopping`] during shutdown; [`ErrorKind::Busy`] when too many wait.
    pub fn start_one_shot(&self, ask: Ask) -> Result<OneShot> {
        self.refuse_at_shutdown()?;
        let generation = Generation::new(ask.model.clone());
        let turn = self.enter(&mut self.known(), &ask.model)?;
        self.tasks.spawn(self.work(&generation, ask, turn));
        Ok(OneShot(generation))
    }

    /// The generation of this id.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is none, or none any more.
    pub fn get(&self, id: &str) -> Result<Arc<Generation>> {
        self.known().by_id.get(id).cloned().ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                "There is no such generation, or it ended too long ago. Ask again.",
            )
        })
    }

    /// Waits until every task has ended; to be called after the shutdown token has been cancelled.
    pub async fn ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// A way through the queue of the server that has the model.
    fn enter(&self, known: &mut Known, model: &str) -> Result<Turn> {
        let (places, room) = (self.limits.max_parallel, self.limits.max_queued);
        known
            .queues
            .entry(self.upstream.server_of(model))
            .or_insert_with(|| Queue::new(places, room))
            .enter(EVERYBODY)
            .map_err(|full| {
                Error::new(
                    ErrorKind::Busy,
                    format!(
                        "The model is busy, and {} questions wait for it already. Try again in a moment.",
                        full.waiting
                    ),
                )
            })
    }

    /// The work of a generation: it ends the log, even if it is the work itself that fails.
    fn work(
        &self,
        generation: &Arc<Generation>,
        ask: Ask,
        turn: Turn,
    ) -> impl Future<Output = ()> + use<> {
        let generation = Arc::clone(generation);
        let work = Work {
            upstream: Arc::clone(&self.upstream),
            ask,
            turn,
            limits: Arc::clone(&self.limits),
            shutdown: self.shutdown.clone(),
        };
        let work = task::run(Arc::clone(&generation), work);
        async move {
            if AssertUnwindSafe(work).catch_unwind().await.is_err() {
                generation.log.finish(Done {
                    error: Some(Error::new(
                        ErrorKind::Internal,
                        "Brooklet failed while it read the answer; its log says where. Try again.",
                    )),
                    ..Done::default()
                });
            }
        }
    }

    fn refuse_at_shutdown(&self) -> Result<()> {
        if self.shutdown.is_cancelled() {
            return Err(Error::new(
                ErrorKind::Stopping,
                "Brooklet is shutting down. Try again when it is back.",
            ));
        }
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Forgets what ended too long ago, or is too much.
    fn forget_old(&mut self, max_finished: usize) {
        while let Some(oldest) = self.finished.front()
            && (self.finished.len() > max_finished || oldest.at.elapsed() > KEEP_FINISHED)
        {
            self.by_id.remove(&oldest.id);
            if let Some(request_id) = &oldest.request_id {
                self.by_request.remove(request_id);
            }
            self.finished.pop_front();
        }
    }
}

/// A generation whose reader is its only one: dropping this stops it.
#[derive(Debug)]
pub struct OneShot(Arc<Generation>);

impl std::ops::Deref for OneShot {
    type Target = Arc<Generation>;

    fn deref(&self) -> &Arc<Generation> {
        &self.0
    }
}

impl Drop for OneShot {
    fn drop(&mut self) {
        self.0.stop.cancel();
    }
}
