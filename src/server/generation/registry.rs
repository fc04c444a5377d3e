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
use uuid::Uuid;

use super::{
    super::upstream::{Ask, Upstream},
    Generation, Log, task,
};
use crate::{
    chat::Done,
    error::{Error, ErrorKind, Result},
};

/// How long, at the least, a generation can be read after its end. Long, until there is a store that answers for it.
const KEEP_FINISHED: Duration = Duration::from_secs(60 * 60);

/// How many generations are kept; beyond it the oldest that have ended make room.
const KEEP: usize = 1000;

/// The generations of this server.
#[derive(Clone)]
pub struct Registry {
    upstream: Arc<dyn Upstream>,
    /// Cancelled at shutdown: every task then ends its generation as interrupted.
    shutdown: CancellationToken,
    /// The tasks that have not ended: shutdown waits for them.
    tasks: TaskTracker,
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
}

struct Finished {
    at: Instant,
    id: String,
    request_id: Option<String>,
}

impl Registry {
    /// A registry whose generations ask `upstream` and end with `shutdown`.
    pub fn new(upstream: Arc<dyn Upstream>, shutdown: CancellationToken) -> Self {
        Self {
            upstream,
            shutdown,
            tasks: TaskTracker::new(),
            known: Arc::default(),
        }
    }

    /// Starts a generation that can be followed and stopped by its id. The same `request_id` twice is one generation.
    ///
    /// # Errors
    /// [`ErrorKind::Stopping`] during shutdown.
    pub fn start(&self, ask: Ask, request_id: Option<String>) -> Result<Arc<Generation>> {
        self.refuse_at_shutdown()?;
        let generation = new(&ask);
        {
            let mut known = self.known();
            known.forget_old();
            if let Some(id) = &request_id {
                if let Some(same) = known.by_request.get(id).and_then(|id| known.by_id.get(id)) {
                    return Ok(Arc::clone(same));
                }
                known.by_request.insert(id.clone(), generation.id.clone());
            }
            known
                .by_id
                .insert(generation.id.clone(), Arc::clone(&generation));
        }
        let (registry, id) = (self.clone(), generation.id.clone());
        let work = self.work(&generation, ask);
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
    /// [`ErrorKind::Stopping`] during shutdown.
    pub fn start_one_shot(&self, ask: Ask) -> Result<OneShot> {
        self.refuse_at_shutdown()?;
        let generation = new(&ask);
        self.tasks.spawn(self.work(&generation, ask));
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

    /// The work of a generation: it ends the log, even if it is the work itself that fails.
    fn work(&self, generation: &Arc<Generation>, ask: Ask) -> impl Future<Output = ()> + use<> {
        let generation = Arc::clone(generation);
        let work = task::run(
            Arc::clone(&generation),
            Arc::clone(&self.upstream),
            ask,
            self.shutdown.clone(),
        );
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
    fn forget_old(&mut self) {
        while let Some(oldest) = self.finished.front()
            && (self.by_id.len() >= KEEP || oldest.at.elapsed() > KEEP_FINISHED)
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

fn new(ask: &Ask) -> Arc<Generation> {
    Arc::new(Generation {
        id: Uuid::now_v7().to_string(),
        model: ask.model.clone(),
        log: Log::default(),
        stop: CancellationToken::new(),
    })
}
