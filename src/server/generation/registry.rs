//! All generations that can be followed or stopped, by their ids.
//!
//! The registry starts the tasks and finds their generations again; what a generation says is in its log alone.

mod known;

use std::{
    collections::HashSet,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio::time::sleep;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use known::{Finished, Known};

use super::{
    super::{
        limits::Limits,
        store::{Place, Reason, Store, Stored},
        upstream::{Ask, Batch, Upstream},
    },
    Generation, Journal,
    journal::Unsaved,
    meter::{Cost, Meter, Uncounted},
    queue::{Queue, Turn},
    task::{self, Work},
};
use crate::{
    chat::Done,
    error::{Error, ErrorKind, Result},
    words::told,
};

/// How often it is looked whether one has been there for so long.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// The generations of this server, as one user sees them: others' are not there. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    /// Whose: the id of a user, or nothing where there are no accounts.
    owner: Arc<str>,
    upstream: Arc<dyn Upstream>,
    /// Cancelled at shutdown: every task then ends its generation as interrupted.
    shutdown: CancellationToken,
    /// The tasks that have not ended: shutdown waits for them.
    tasks: TaskTracker,
    limits: Arc<Limits>,
    known: Arc<Mutex<Known>>,
    /// What answers for a generation of this user that is not in memory.
    store: Arc<dyn Store>,
    /// What brings generations into the store.
    journal: Journal,
    /// Who counts what they cost this user.
    meter: Arc<dyn Meter>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

impl Registry {
    /// A registry whose generations ask `upstream`, keep to `limits`, are kept in `store` and end with `shutdown`.
    pub fn new(
        upstream: Arc<dyn Upstream>,
        store: Arc<dyn Store>,
        limits: Limits,
        shutdown: CancellationToken,
    ) -> Self {
        let registry = Self {
            owner: Arc::default(),
            limits: Arc::new(limits),
            upstream,
            shutdown,
            tasks: TaskTracker::new(),
            known: Arc::default(),
            journal: Journal::open(Arc::clone(&store)),
            store,
            meter: Arc::new(Uncounted),
        };
        tokio::spawn(registry.clone().tidy());
        registry
    }

    /// The same, as this user sees them; `store` and `meter` are theirs too.
    pub fn of(&self, owner: Arc<str>, store: Arc<dyn Store>, meter: Arc<dyn Meter>) -> Self {
        Self {
            owner,
            store,
            meter,
            ..self.clone()
        }
    }

    /// Has what ended long ago leave memory, until the shutdown.
    async fn tidy(self) {
        let tidying = async {
            loop {
                sleep(LOOK_EVERY).await;
                self.known().forget_old(self.limits.max_finished);
            }
        };
        tokio::select! {
            () = self.shutdown.cancelled() => {}
            () = tidying => {}
        }
    }

    /// Starts a generation that can be followed and stopped by its id, and whose text begins with what was `said`
    /// before. Its answer may stand in a `place` in a chat. The same `request_id` twice is one generation.
    ///
    /// # Errors
    /// [`ErrorKind::Stopping`] during shutdown; [`ErrorKind::Busy`] when too many wait; [`ErrorKind::Limited`] when the user
    /// has had enough.
    pub async fn start(
        &self,
        ask: Ask,
        mut said: Batch,
        request_id: Option<String>,
        place: Option<Place>,
    ) -> Result<Arc<Generation>> {
        self.refuse_at_shutdown()?;
        if let Some(same) = self.begun_by(request_id.as_deref()).await? {
            return Ok(same);
        }
        let ticket = self.meter.enter().await?;
        let before = said.len();
        let generation = Generation::new_in(
            Arc::clone(&self.owner),
            ask.model.clone(),
            ask.manner(),
            place,
        );
        // Before anybody can find it, so that no reader sees the message without its beginning.
        generation.log.append(&mut said);
        let turn = {
            let mut known = self.known();
            // The store was asked meanwhile.
            self.refuse_at_shutdown()?;
            known.forget_old(self.limits.max_finished);
            let same = request_id.as_deref();
            if let Some(same) = same.and_then(|id| known.begun_by(&self.owner, id)) {
                return Ok(same);
            }
            let turn = self.enter(&mut known, &ask.model)?;
            if let Some(id) = &request_id {
                let request = (Arc::clone(&self.owner), id.clone());
                known.by_request.insert(request, generation.id.clone());
            }
            known
                .by_id
                .insert(generation.id.clone(), Arc::clone(&generation));
            turn
        };
        let kept = self
            .journal
            .keep(Arc::clone(&generation), request_id.clone());
        let (registry, ended) = (self.clone(), Arc::clone(&generation));
        let cost = Cost::of(&ask, before, Arc::clone(&ticket));
        let work = self.work(&generation, ask, turn, cost);
        self.tasks.spawn(async move {
            let done = work.await;
            let journal = &registry.journal;
            let saved = journal.end(Arc::clone(&ended), done.clone()).await;
            ticket.settle().await;
            ended.log.finish(match saved {
                Ok(()) => done,
                Err(unsaved) => and_unsaved(done, unsaved),
            });
            registry.known().finished.push_back(Finished {
                at: Instant::now(),
                generation: ended,
                request_id,
            });
        });
        // It runs already; but nobody is told an id that a crash could make unknown.
        kept.await;
        Ok(generation)
    }

    /// The generation that this request began before, in memory or in the store.
    async fn begun_by(&self, request_id: Option<&str>) -> Result<Option<Arc<Generation>>> {
        let Some(request_id) = request_id else {
            return Ok(None);
        };
        if let Some(known) = self.known().begun_by(&self.owner, request_id) {
            return Ok(Some(known));
        }
        Ok(self.ended(self.store.begun_by(request_id).await?))
    }

    /// Starts a generation for one reader: nobody else can find it, and it ends when the guard is dropped.
    ///
    /// # Errors
    /// [`ErrorKind::Stopping`] during shutdown; [`ErrorKind::Busy`] when too many wait; [`ErrorKind::Limited`] when the user
    /// has had enough.
    pub async fn start_one_shot(&self, ask: Ask) -> Result<OneShot> {
        self.refuse_at_shutdown()?;
        let ticket = self.meter.enter().await?;
        let generation = Generation::new(Arc::clone(&self.owner), ask.model.clone());
        let turn = {
            let mut known = self.known();
            let turn = self.enter(&mut known, &ask.model)?;
            let id = generation.id.clone();
            known.one_shots.insert(id, Arc::clone(&generation));
            turn
        };
        let cost = Cost::of(&ask, 0, Arc::clone(&ticket));
        let work = self.work(&generation, ask, turn, cost);
        let (registry, writing) = (self.clone(), Arc::clone(&generation));
        self.tasks.spawn(async move {
            let done = work.await;
            ticket.settle().await;
            registry.known().one_shots.remove(&writing.id);
            writing.log.finish(done);
        });
        Ok(OneShot(generation))
    }

    /// The generation of this id, from memory or from the store.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is none, or none any more; [`ErrorKind::Internal`] when the store fails.
    pub async fn get(&self, id: &str) -> Result<Arc<Generation>> {
        let known = self.known().by_id.get(id).cloned();
        if let Some(known) = known.filter(|it| it.owner == self.owner) {
            return Ok(known);
        }
        self.ended(self.store.generation(id).await?)
            .ok_or_else(|| Error::told(ErrorKind::NotFound, told::generation_gone()))
    }

    /// Those that the store should have and does not, oldest first, and whether it knows that they have begun: none,
    /// unless it fails.
    pub fn unsaved(&self) -> Vec<(Arc<Generation>, bool)> {
        if !self.journal.fails() {
            return Vec::new();
        }
        let known = self.known();
        let ours = known.by_id.values().filter(|it| it.owner == self.owner);
        let unsaved = ours.filter(|it| !it.is_saved());
        let mut unsaved: Vec<_> = unsaved.map(|it| (Arc::clone(it), it.is_begun())).collect();
        unsaved.sort_by(|(one, _), (other, _)| one.id.cmp(&other.id));
        unsaved
    }

    /// Whose generations run or wait.
    pub fn owners(&self) -> HashSet<Arc<str>> {
        let known = self.known();
        let all = known.by_id.values().chain(known.one_shots.values());
        all.filter(|it| it.log.done().is_none())
            .map(|it| Arc::clone(&it.owner))
            .collect()
    }

    /// Stops all generations of a user.
    pub fn stop_all_of(&self, owner: &str) {
        let known = self.known();
        let all = known.by_id.values().chain(known.one_shots.values());
        all.filter(|it| &*it.owner == owner)
            .for_each(|it| it.stop.cancel());
    }

    /// Waits until every task has ended and everything has been saved; to be called after the shutdown token has been
    /// cancelled.
    ///
    /// `last` is done in between: what else there is to save.
    pub async fn all_ended(&self, last: impl Future<Output = ()>) {
        self.tasks.close();
        self.tasks.wait().await;
        last.await;
        self.journal.close().await;
    }

    /// The queue of the server that has the model.
    pub fn queue(&self, model: &str) -> Queue {
        self.queue_in(&mut self.known(), model).clone()
    }

    /// Runs what is to be done beside the generations, and has to end by itself at shutdown, which waits for it.
    pub fn beside(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(work);
    }

    fn queue_in<'a>(&self, known: &'a mut Known, model: &str) -> &'a Queue {
        let servers = self.upstream.servers_of(model);
        let places = self.limits.max_parallel.saturating_mul(servers);
        let room = self.limits.max_queued;
        let server = self.upstream.server_of(model).to_owned();
        let queue = known.queues.entry(server);
        let each = self.limits.max_parallel_per_user.unwrap_or(places);
        queue.or_insert_with(|| Queue::new(places, each, room))
    }

    /// A way through the queue of the server that has the model.
    fn enter(&self, known: &mut Known, model: &str) -> Result<Turn> {
        self.queue_in(known, model)
            .enter(&self.owner)
            .map_err(|full| {
                let waiting = full.waiting.to_string();
                Error::told(ErrorKind::Busy, told::model_busy(&waiting))
            })
    }

    /// The work of a generation; gives how it ended, even if it is the work itself that failed.
    fn work(
        &self,
        generation: &Arc<Generation>,
        ask: Ask,
        turn: Turn,
        cost: Cost,
    ) -> impl Future<Output = Done> + use<> {
        let work = Work {
            upstream: Arc::clone(&self.upstream),
            ask,
            turn,
            cost,
            limits: Arc::clone(&self.limits),
            shutdown: self.shutdown.clone(),
        };
        let work = task::run(Arc::clone(generation), work);
        async move {
            let failed = |_| Done {
                error: Some(Error::told(ErrorKind::Internal, told::brooklet_failed())),
                ..Done::default()
            };
            AssertUnwindSafe(work)
                .catch_unwind()
                .await
                .unwrap_or_else(failed)
        }
    }

    /// A generation that the store answers for. One that runs is in memory: if it was not found there, it has begun, or
    /// has ended, since.
    fn ended(&self, stored: Option<Stored>) -> Option<Arc<Generation>> {
        let ended = stored.filter(|stored| stored.done.is_some());
        ended.map(|stored| Generation::restored(Arc::clone(&self.owner), stored))
    }

    fn refuse_at_shutdown(&self) -> Result<()> {
        if self.shutdown.is_cancelled() {
            return Err(Error::told(ErrorKind::Stopping, told::shutting_down()));
        }
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An end that has not been saved, which whoever reads it is told.
fn and_unsaved(done: Done, unsaved: Unsaved) -> Done {
    let sentence = match unsaved.reason {
        Some(Reason::Full) => told::unsaved_full(),
        Some(Reason::Disk) => told::unsaved_disk(),
        Some(Reason::Locked) => told::unsaved_locked(),
        Some(Reason::Damaged) => told::unsaved_damaged(),
        None => told::unsaved_odd(),
    };
    let error = match done.error {
        Some(error) => error.and(sentence),
        None => Error::told(ErrorKind::Unsaved, sentence),
    };
    Done {
        error: Some(error),
        ..done
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
