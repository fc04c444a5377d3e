//! All that takes Ollama time, and belongs to the server: begun, looked at, cancelled, gone on with after a restart. What one
//! of them is, and how it is worked on, is the matter of [`super::job`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::spawn_blocking;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

use super::{
    job::{End, Job, Task},
    name::ModelName,
};
use crate::{
    error::{Error, ErrorKind, Result},
    server::{catalogue::Catalogue, store::Unfinished, upstream::ollama::Ollama},
    words::told,
};

/// How many there may be at once.
const MOST: usize = 16;

/// How many are shown that are over.
const MOST_OVER: usize = 20;

/// All jobs; cheap to clone.
#[derive(Clone, Debug)]
pub struct Jobs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    ollama: Ollama,
    /// Told when there is another model.
    catalogue: Arc<Catalogue>,
    /// Which downloads go on after a restart.
    unfinished: Unfinished,
    /// Had by who writes that: what is written last is what is so.
    writing: Mutex<()>,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    all: Mutex<Vec<Arc<Job>>>,
}

impl Jobs {
    /// None yet.
    pub fn new(
        ollama: Ollama,
        catalogue: Arc<Catalogue>,
        unfinished: Unfinished,
        shutdown: CancellationToken,
    ) -> Self {
        Self(Arc::new(Inner {
            ollama,
            catalogue,
            unfinished,
            writing: Mutex::default(),
            shutdown,
            tasks: TaskTracker::new(),
            all: Mutex::default(),
        }))
    }

    /// Goes on with the downloads that the end of the process has cut off.
    pub async fn resume(&self) {
        let file = self.0.unfinished.clone();
        let names = match spawn_blocking(move || file.read()).await {
            Ok(Ok(names)) => names,
            Ok(Err(error)) => {
                warn!("which downloads were under way could not be read: {error}");
                return;
            }
            Err(_) => return,
        };
        let mut jobs = Vec::new();
        for name in names {
            // Somebody may have written something else into the file.
            match ModelName::read(&name).and_then(|name| self.add(name, Task::Pull)) {
                Ok(job) => jobs.extend(job),
                Err(error) => warn!("a download does not go on: {error}"),
            }
        }
        for job in jobs {
            info!(model = %job.name, "a download goes on");
            self.spawn(job);
        }
    }

    /// Begins one, unless it is under way already: gives which of the two. Whoever asks need not wait for its end.
    ///
    /// # Errors
    /// [`ErrorKind::BadRequest`] when something else is being done to a model of that name, [`ErrorKind::Busy`] when there
    /// are too many.
    pub async fn begin(&self, name: ModelName, task: Task) -> Result<bool> {
        let Some(job) = self.add(name, task)? else {
            return Ok(false);
        };
        // At once: whoever asks may leave at any moment.
        self.spawn(Arc::clone(&job));
        job.kept.cancelled().await;
        Ok(true)
    }

    /// Whether something is being done to a model of this name.
    pub fn is_on(&self, name: &ModelName) -> bool {
        self.find(name).is_some_and(|job| job.is_on())
    }

    /// Waits until all of them have let go of Ollama, and what goes on after a restart is kept; to be called after the
    /// shutdown token has been cancelled.
    pub async fn ended(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// Adds one that nobody works on yet; `None`: it is under way already.
    fn add(&self, name: ModelName, task: Task) -> Result<Option<Arc<Job>>> {
        let mut all = self.all();
        let is_same = |it: &Arc<Job>| it.name.means(name.as_str());
        if let Some(job) = all.iter().find(|it| it.is_on() && is_same(it)) {
            if job.is_pull() && task == Task::Pull {
                return Ok(None);
            }
            let sentence = told::model_under_way(name.as_str());
            return Err(Error::told(ErrorKind::BadRequest, sentence));
        }
        if all.iter().filter(|it| it.is_on()).count() >= MOST {
            let sentence = told::jobs_many(&MOST.to_string());
            return Err(Error::told(ErrorKind::Busy, sentence));
        }
        all.retain(|it| !is_same(it));
        if all.iter().filter(|it| !it.is_on()).count() >= MOST_OVER
            && let Some(oldest) = all.iter().position(|it| !it.is_on())
        {
            all.remove(oldest);
        }
        let job = Arc::new(Job::new(name, task));
        all.push(Arc::clone(&job));
        Ok(Some(job))
    }

    fn spawn(&self, job: Arc<Job>) {
        let jobs = self.clone();
        self.0.tasks.spawn(async move { jobs.work(&job).await });
    }

    async fn work(&self, job: &Arc<Job>) {
        let _ended = job.ended.clone().drop_guard();
        self.keep().await;
        job.kept.cancel();
        match job.work(&self.0.ollama, &self.0.shutdown).await {
            // What is not over is in the file.
            End::Stopping => return,
            End::Over => self.0.catalogue.forget(),
            End::Cancelled => self.all().retain(|it| !Arc::ptr_eq(it, job)),
        }
        self.keep().await;
    }

    /// Cancels the one for this model, and waits until Ollama has been let go of; one that is over is not shown any more.
    pub async fn cancel(&self, name: &ModelName) {
        let job = self.find(name);
        if let Some(job) = job {
            if job.is_on() {
                job.cancel.cancel();
                job.ended.cancelled().await;
            }
            self.all().retain(|it| !Arc::ptr_eq(it, &job) || it.is_on());
        }
    }

    /// All, in the order in which they were begun.
    pub fn list(&self) -> Vec<Arc<Job>> {
        self.all().clone()
    }

    fn find(&self, name: &ModelName) -> Option<Arc<Job>> {
        let all = self.all();
        all.iter().find(|it| it.name.means(name.as_str())).cloned()
    }

    /// Keeps which downloads are to go on after a restart. Without a place to keep that they go on for now.
    async fn keep(&self) {
        let inner = Arc::clone(&self.0);
        let written = spawn_blocking(move || {
            let _one = inner.writing.lock().unwrap_or_else(PoisonError::into_inner);
            let names: Vec<_> = {
                let all = inner.all.lock().unwrap_or_else(PoisonError::into_inner);
                let pulls = all.iter().filter(|it| it.is_pull() && it.is_on());
                pulls.map(|it| it.name.to_string()).collect()
            };
            inner.unfinished.write(&names)
        });
        if let Ok(Err(error)) = written.await {
            warn!("downloads would not go on after a restart: {error}");
        }
    }

    fn all(&self) -> MutexGuard<'_, Vec<Arc<Job>>> {
        self.0.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
