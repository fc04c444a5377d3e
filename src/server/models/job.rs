//! One thing that takes Ollama time: a model that is downloaded, or made of another. It belongs to the server, whoever looks
//! at it; which ones there are is the matter of [`super::jobs`].

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{name::ModelName, progress::Progress, trouble};
use crate::{
    error::Error,
    server::upstream::{
        Fault,
        fault::excerpt,
        ollama::{Ollama, library::Recipe, status::Status},
    },
    words::{Said, Words},
};

/// How long it is waited before a download goes on that the network has cut off, each time that it has brought nothing.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_secs(15),
];

/// How what Ollama says begins, and what that is called here.
const STATUSES: [(&str, Said); 9] = [
    ("pulling manifest", Words::job_looks),
    ("pulling ", Words::job_downloads),
    ("verifying", Words::job_verifies),
    ("writing manifest", Words::job_writes),
    ("removing", Words::job_writes),
    ("using existing layer", Words::job_makes),
    ("creating new layer", Words::job_makes),
    ("parsing", Words::job_makes),
    ("success", Words::job_writes),
];

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// A model is downloaded.
    Pull,
    /// A model is made of another.
    Create(Recipe),
}

/// Where a job stands.
#[derive(Clone, Debug)]
pub enum Stage {
    /// It goes on; what is being done.
    On(Said),
    /// The network has cut it off: it goes on in a moment; how often that has been so.
    Again(usize),
    /// It is done.
    Done,
    /// It has come to nothing.
    Failed(Error),
}

/// A job.
#[derive(Debug)]
pub struct Job {
    /// The model that is to come.
    pub name: ModelName,
    /// What is to be done.
    pub task: Task,
    state: Mutex<State>,
    /// Cancelled when it is known that it goes on after a restart.
    pub kept: CancellationToken,
    /// Cancelled when somebody does not want it any more.
    pub cancel: CancellationToken,
    /// Cancelled when nothing more happens, and Ollama has been let go of.
    pub ended: CancellationToken,
}

/// How it is with a job.
#[derive(Clone, Debug)]
pub struct State {
    /// Where it stands.
    pub stage: Stage,
    /// How far it is.
    pub progress: Progress,
}

impl State {
    /// Whether it goes on.
    pub const fn is_on(&self) -> bool {
        matches!(self.stage, Stage::On(_) | Stage::Again(_))
    }
}

/// How the work on a job came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is done, or has failed.
    Over,
    /// Somebody does not want it any more.
    Cancelled,
    /// Brooklet ends: it goes on after the next start.
    Stopping,
}

impl Job {
    /// One that nobody works on yet.
    pub fn new(name: ModelName, task: Task) -> Self {
        let stage = match task {
            Task::Pull => Stage::On(Words::job_looks),
            Task::Create(_) => Stage::On(Words::job_makes),
        };
        Self {
            name,
            task,
            state: Mutex::new(State {
                stage,
                progress: Progress::default(),
            }),
            kept: CancellationToken::new(),
            cancel: CancellationToken::new(),
            ended: CancellationToken::new(),
        }
    }

    /// How it is with it now.
    pub fn now(&self) -> State {
        self.state().clone()
    }

    /// Whether it goes on.
    pub fn is_on(&self) -> bool {
        self.state().is_on()
    }

    /// Whether it is a download.
    pub fn is_pull(&self) -> bool {
        self.task == Task::Pull
    }

    /// Has `ollama` do it, until it is done, has failed, is cancelled, or Brooklet ends.
    pub async fn work(&self, ollama: &Ollama, shutdown: &CancellationToken) -> End {
        // Whatever is waited for is dropped first, and with it the connection to Ollama.
        let result = tokio::select! {
            biased;
            () = shutdown.cancelled() => return End::Stopping,
            () = self.cancel.cancelled() => return End::Cancelled,
            result = self.attempts(ollama) => result,
        };
        let model = self.name.as_str();
        let stage = match result {
            Ok(()) => {
                info!(model, "Ollama has a new model");
                Stage::Done
            }
            Err(fault) => {
                let why = excerpt(fault.to_string().as_bytes());
                warn!(model, "a model has not come: {why}");
                Stage::Failed(trouble::of_work(model, fault))
            }
        };
        self.state().stage = stage;
        End::Over
    }

    async fn attempts(&self, ollama: &Ollama) -> Result<(), Fault> {
        let (mut tries, mut reached) = (0, 0);
        loop {
            let fault = match self.attempt(ollama).await {
                Err(fault) if self.is_pull() && trouble::is_passing(&fault) => fault,
                ended => return ended,
            };
            let pause = {
                let mut state = self.state();
                let completed = state.progress.completed();
                if completed > reached {
                    (tries, reached) = (0, completed);
                }
                let Some(pause) = PAUSES.get(tries) else {
                    return Err(fault);
                };
                tries += 1;
                state.stage = Stage::Again(tries);
                state.progress.rest();
                *pause
            };
            let why = excerpt(fault.to_string().as_bytes());
            info!(model = %self.name, "a download is tried again: {why}");
            sleep(pause).await;
        }
    }

    async fn attempt(&self, ollama: &Ollama) -> Result<(), Fault> {
        let hear = |status: Status<'_>| self.hear(&status);
        match &self.task {
            Task::Pull => ollama.pull(self.name.as_str(), hear).await,
            Task::Create(recipe) => ollama.create(recipe, hear).await,
        }
    }

    /// Takes in a line of Ollama's: the last one is all that is kept of it.
    fn hear(&self, status: &Status<'_>) {
        let mut state = self.state();
        state.progress.take_in(status, Instant::now());
        let known = STATUSES
            .iter()
            .find(|(begins, _)| status.status.starts_with(begins));
        state.stage = Stage::On(known.map_or(Words::job_works, |(_, said)| *said));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use reqwest::header::HeaderMap;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_does_not_come_is_tried_three_times_more_and_no_longer() {
        // Nobody is there.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string().parse().unwrap();
        drop(listener);
        let ollama = Ollama::new(host, HeaderMap::new()).unwrap();
        let shutdown = CancellationToken::new();
        let job = Job::new(ModelName::read("a").unwrap(), Task::Pull);
        let begun = Instant::now();
        assert_eq!(job.work(&ollama, &shutdown).await, End::Over);
        assert!(begun.elapsed() >= PAUSES.iter().sum::<Duration>());
        assert!(begun.elapsed() < Duration::from_secs(30));
        assert!(matches!(job.now().stage, Stage::Failed(_)) && !job.is_on());
        // What is in between can be ended at any time.
        let job = Job::new(ModelName::read("a").unwrap(), Task::Pull);
        let cancelled = async {
            while !matches!(job.now().stage, Stage::Again(2)) {
                sleep(Duration::from_millis(100)).await;
            }
            job.cancel.cancel();
        };
        let (end, ()) = tokio::join!(job.work(&ollama, &shutdown), cancelled);
        assert_eq!(end, End::Cancelled);
        shutdown.cancel();
        let job = Job::new(ModelName::read("a").unwrap(), Task::Pull);
        assert_eq!(job.work(&ollama, &shutdown).await, End::Stopping);
        assert!(job.is_on());
    }
}
