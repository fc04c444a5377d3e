//! The journal: what generations say, saved as they say it, off the token path.
//!
//! One task writes for all of them. It reads each log as any subscriber does, by a cursor, about once a second, and
//! saves what is new of those that are due together: a crash costs less than a second of text, whoever generates does
//! not wait, and no token is touched. How a generation ends is saved before anybody is told, so that nobody is told an
//! end that a crash takes back (unless the store fails, which is told with the end, and in the server's log). A cursor
//! moves on only when what it has read has been saved, so that a store that fails (a full disk) is told everything once
//! it works again. What saved text becomes is [`Store`]'s matter.
//!
//! Here is the way to that task; what it does is in `journal/writer`, and what it saves in `journal/entry`.

mod entry;
mod writer;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use tokio::sync::{mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::writer::Writer;
use super::{
    super::store::{Begun, Reason, Store},
    Generation, forgetting,
};
use crate::chat::Done;

/// How much time is between two saves of what begins, at the least: a crowd is saved together, and one who comes alone
/// does not wait.
const GATHER_BEGINS: Duration = Duration::from_millis(2);

/// The same for what ends: nobody waits for its first token then.
const GATHER_ENDS: Duration = Duration::from_millis(20);

/// The way to the task that saves; cheap to clone.
#[derive(Clone, Debug)]
pub struct Journal {
    news: mpsc::UnboundedSender<News>,
    /// Cancelled when nothing begins any more: the rest is saved, and the store closed.
    closing: CancellationToken,
    task: TaskTracker,
    /// Whether the last save failed.
    fails: Arc<AtomicBool>,
}

/// What the writer is told, and whom to tell when that has been saved, or could not be.
enum News {
    Begun(Arc<Generation>, Begun, oneshot::Sender<Saved>),
    Ended(Arc<Generation>, Done, oneshot::Sender<Saved>),
}

/// What came of a save.
type Saved = Result<(), Unsaved>;

/// Something has not been saved: it is in memory, and will be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsaved {
    /// Why; `None`: only the log can say.
    pub reason: Option<Reason>,
}

impl News {
    /// How long after a save it may wait for others.
    const fn gather(&self) -> Duration {
        match self {
            Self::Begun(..) => GATHER_BEGINS,
            Self::Ended(..) => GATHER_ENDS,
        }
    }
}

impl Journal {
    /// Begins to write to `store`.
    pub fn open(store: Arc<dyn Store>) -> Self {
        let (sender, news) = mpsc::unbounded_channel();
        let (closing, task) = (CancellationToken::new(), TaskTracker::new());
        let fails = Arc::<AtomicBool>::default();
        task.spawn(forgetting::forget(Arc::clone(&store), closing.clone()));
        let writer = Writer::new(store, news, closing.clone(), Arc::clone(&fails));
        task.spawn(writer.run());
        task.close();
        Self {
            news: sender,
            closing,
            task,
            fails,
        }
    }

    /// Whether the store does not take what it is given: then what it says of chats is not all there is.
    pub fn fails(&self) -> bool {
        self.fails.load(Ordering::Acquire)
    }

    /// Saves a generation from now on; completes when it is known to the store, so that whoever has been told its id
    /// finds it again whatever happens. (Or when the store fails, which is told in the log: the answer is worth more.)
    pub fn keep(
        &self,
        generation: Arc<Generation>,
        request_id: Option<String>,
    ) -> impl Future<Output = ()> + use<> {
        let (waiting, saved) = oneshot::channel();
        let begun = Begun {
            owner: Arc::clone(&generation.owner),
            model: generation.model.clone(),
            asked: generation.manner.clone(),
            request_id,
            place: generation.place.clone(),
            at: SystemTime::now(),
        };
        self.tell(News::Begun(generation, begun, waiting));
        async move {
            let _ = saved.await;
        }
    }

    /// Saves the end of a generation whose log is still open; completes when it has been saved.
    ///
    /// # Errors
    /// When the store fails. It is tried again then, for as long as the process lives.
    pub async fn end(&self, generation: Arc<Generation>, done: Done) -> Saved {
        let (waiting, saved) = oneshot::channel();
        self.tell(News::Ended(generation, done, waiting));
        // Nobody answers when the journal has been closed, or never knew it.
        saved.await.unwrap_or(Ok(()))
    }

    fn tell(&self, news: News) {
        // Fails only when the journal has been closed: nothing begins or ends any more then.
        let _ = self.news.send(news);
    }

    /// Saves the rest and closes the store; to be called once every generation has ended.
    pub async fn close(&self) {
        self.closing.cancel();
        self.task.wait().await;
    }
}

#[cfg(test)]
mod tests;
