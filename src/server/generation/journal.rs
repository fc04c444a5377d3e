//! The journal: what generations say, saved as they say it, off the token path.
//!
//! One task writes for all of them. It reads each log as any subscriber does, by a cursor, about once a second, and
//! saves what is new of those that are due together: a crash costs less than a second of text, whoever generates does
//! not wait, and no token is touched. How a generation ends is saved before anybody is told, so that nobody is told an
//! end that a crash takes back (unless the store fails, which is told with the end, and in the server's log). A cursor
//! moves on only when what it has read has been saved, so that a store that fails (a full disk) is told everything once
//! it works again. What saved text becomes is [`Store`]'s matter.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, sleep_until},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{error, warn};

use super::{
    super::{
        store::{Begun, Change, Reason, Store, StoreFault},
        upstream::Kind,
    },
    Cursor, Generation, Piece, forgetting,
};
use crate::chat::Done;

/// How often what is new of a generation is saved: a crash must not cost more than a second of text, the time that a
/// save takes included.
const SAVE_EVERY: Duration = Duration::from_millis(800);

/// How much time is between two saves of what begins, at the least: a crowd is saved together, and one who comes alone
/// does not wait.
const GATHER_BEGINS: Duration = Duration::from_millis(2);

/// The same for what ends: nobody waits for its first token then.
const GATHER_ENDS: Duration = Duration::from_millis(20);

/// How often it is looked which ones are due. A thousand generations that were saved all at once would take the store,
/// and a core with it, for some 20 ms; they are due at different times, as they began.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How often each generation is tried while the store fails: each try is all that it has missed.
const RETRY_EVERY: Duration = Duration::from_secs(5);

/// How much text goes into one save, in bytes, or one answer if that is longer: a crowd that ends all at once is not
/// copied all at once.
const MOST: usize = 4 * 1024 * 1024;

/// After how many failures of single changes, with no success between them, it is taken for the store that fails.
const MISSES: usize = 3;

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

/// Which entry was read and, if there was anything new, where its cursor is after that, and whether that is its end.
type Read = (usize, Option<(Cursor, bool)>);

/// A generation that is being saved.
struct Entry {
    generation: Arc<Generation>,
    /// What is saved once; `None` when it has been.
    begun: Option<Begun>,
    /// How it ends, before its log says so.
    end: Option<Done>,
    /// How far it has been saved.
    cursor: Cursor,
    /// When it is to be saved again.
    due: Instant,
    /// Who waits for its being saved: whoever began it, and its task at its end.
    waiting: Vec<oneshot::Sender<Saved>>,
}

impl Journal {
    /// Begins to write to `store`.
    pub fn open(store: Arc<dyn Store>) -> Self {
        let (sender, news) = mpsc::unbounded_channel();
        let (closing, task) = (CancellationToken::new(), TaskTracker::new());
        let fails = Arc::<AtomicBool>::default();
        let writer = Writer {
            store,
            news,
            closing: closing.clone(),
            live: Vec::new(),
            failing: None,
            fails: Arc::clone(&fails),
            alone: false,
        };
        task.spawn(forgetting::forget(
            Arc::clone(&writer.store),
            closing.clone(),
        ));
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

/// The one who writes.
struct Writer {
    store: Arc<dyn Store>,
    news: mpsc::UnboundedReceiver<News>,
    closing: CancellationToken,
    /// Those of which not everything has been saved.
    live: Vec<Entry>,
    /// Why the last save failed, if it did.
    failing: Option<Unsaved>,
    /// The same, for those who ask.
    fails: Arc<AtomicBool>,
    /// Whether each is saved on its own, since one of them may be what the store does not take.
    alone: bool,
}

impl Writer {
    async fn run(mut self) {
        let mut next = Instant::now();
        // When there was a save last, and when those who wait for one are to have it.
        let (mut saved, mut soon) = (next, None);
        loop {
            tokio::select! {
                biased;
                () = self.closing.cancelled() => break,
                () = sleep_until(soon.unwrap_or(saved)), if soon.is_some() => {
                    self.take_in_all();
                    // With them goes what is due: it must not wait for a moment in which nothing begins.
                    saved = Instant::now();
                    self.save(|entry| !entry.waiting.is_empty() || entry.due <= saved).await;
                    soon = None;
                }
                Some(news) = self.news.recv() => {
                    let when = saved + news.gather();
                    soon = Some(soon.map_or(when, |soon: Instant| soon.min(when)));
                    self.take_in(news);
                }
                () = sleep_until(next), if !self.live.is_empty() => {
                    let now = Instant::now();
                    self.save(|entry| entry.due <= now).await;
                    next = now + LOOK_EVERY;
                }
            }
        }
        self.take_in_all();
        self.save(|_| true).await;
        // Whoever waits for us says how long; what is lost then is told.
        while self.failing.is_some() && !self.live.is_empty() {
            sleep(SAVE_EVERY).await;
            self.save(|_| true).await;
        }
        self.store.close().await;
    }

    fn take_in_all(&mut self) {
        while let Ok(news) = self.news.try_recv() {
            self.take_in(news);
        }
    }

    fn take_in(&mut self, news: News) {
        match news {
            News::Begun(generation, begun, waiting) => self.live.push(Entry {
                generation,
                begun: Some(begun),
                end: None,
                cursor: Cursor::default(),
                due: Instant::now() + SAVE_EVERY,
                waiting: vec![waiting],
            }),
            News::Ended(generation, done, waiting) => {
                let mut live = self.live.iter_mut();
                if let Some(entry) = live.find(|it| Arc::ptr_eq(&it.generation, &generation)) {
                    entry.end = Some(done);
                    entry.waiting.push(waiting);
                }
            }
        }
    }

    /// Saves what is new of those that `which` chooses, and lets go of what has ended and has been saved. While the store
    /// fails it is all of them, in their order: an answer may stand in a chat below one that is not saved either.
    async fn save(&mut self, which: impl Fn(&Entry) -> bool) {
        let all = 0..self.live.len();
        let mut chosen: VecDeque<_> = all
            .clone()
            .filter(|index| which(&self.live[*index]))
            .collect();
        if self.failing.is_some() && !chosen.is_empty() {
            chosen = all.collect();
        }
        let (mut tried, mut failure, mut misses) = (false, None, 0);
        let mut stuck = HashMap::new();
        while !chosen.is_empty() {
            let (changes, read) = self.news(&mut chosen, &stuck);
            if changes.is_empty() {
                self.settle(read);
                continue;
            }
            tried = true;
            let several = changes.len() > 1;
            let Err(fault) = self.store.save(changes).await else {
                misses = 0;
                self.settle(read);
                continue;
            };
            if several && fault.may_be_of_one() {
                // Which one it is shows when each is on its own.
                self.alone = true;
                for (index, _) in read.into_iter().rev() {
                    chosen.push_front(index);
                }
                continue;
            }
            misses += 1;
            // Before anybody is told.
            self.fails.store(true, Ordering::Release);
            let unsaved = Unsaved {
                reason: fault.reason(),
            };
            let (missed, quiet): (Vec<_>, _) = read.into_iter().partition(|(_, at)| at.is_some());
            self.settle(quiet);
            let mut left: Vec<_> = missed.into_iter().map(|(index, _)| index).collect();
            if fault.may_be_of_one() && misses < MISSES {
                let chats = left.iter().filter_map(|index| self.live[*index].chat());
                stuck.extend(chats.map(|chat| (chat.to_owned(), unsaved)));
            } else {
                left.extend(chosen.drain(..));
            }
            self.put_off(&left, unsaved);
            failure = Some(fault);
        }
        self.live.retain(|entry| !entry.generation.is_saved());
        if tried {
            self.alone = failure.as_ref().is_some_and(StoreFault::may_be_of_one);
            self.tell_of(failure);
        }
    }

    /// What there is to save of the next of those that are chosen, up to [`MOST`] or one change, and where their cursors are
    /// after that. What stands in a chat that is stuck waits.
    fn news(
        &mut self,
        chosen: &mut VecDeque<usize>,
        stuck: &HashMap<String, Unsaved>,
    ) -> (Vec<Change>, Vec<Read>) {
        let (mut changes, mut read, mut size) = (Vec::new(), Vec::new(), 0);
        let most = if self.alone { 1 } else { MOST };
        while size < most
            && let Some(index) = chosen.pop_front()
        {
            let entry = &self.live[index];
            if let Some(unsaved) = entry.chat().and_then(|chat| stuck.get(chat)) {
                self.put_off(&[index], *unsaved);
                continue;
            }
            let news = entry.news();
            let cursor = news.map(|(change, cursor)| {
                // What is nothing but a beginning counts as well.
                size += 1 + change.content.len() + change.thinking.len();
                let ended = change.done.is_some();
                changes.push(change);
                (cursor, ended)
            });
            read.push((index, cursor));
        }
        (changes, read)
    }

    /// Takes note of whether a save failed; says so when that changes.
    fn tell_of(&mut self, failure: Option<StoreFault>) {
        match &failure {
            Some(fault) if self.failing.is_none() => error!(
                "answers could not be saved: {}. They are in memory, and it is tried again.",
                fault.to_string().trim_end_matches('.')
            ),
            // As loud as what it ends.
            None if self.failing.is_some() => warn!("answers are saved again"),
            _ => {}
        }
        self.fails.store(failure.is_some(), Ordering::Release);
        self.failing = failure.map(|fault| Unsaved {
            reason: fault.reason(),
        });
    }

    /// Moves on those that have been saved: each by where its cursor is now, and whether that is its end.
    fn settle(&mut self, read: Vec<Read>) {
        let due = Instant::now() + SAVE_EVERY;
        for (index, cursor) in read {
            let entry = &mut self.live[index];
            entry.due = due;
            if let Some((cursor, ended)) = cursor {
                entry.tell(Ok(()));
                if entry.begun.take().is_some() {
                    entry.generation.set_begun();
                }
                entry.cursor = cursor;
                if ended {
                    entry.generation.set_saved();
                }
            }
        }
    }

    /// Has those wait that could not be saved.
    fn put_off(&mut self, indices: &[usize], unsaved: Unsaved) {
        let due = Instant::now() + RETRY_EVERY;
        for index in indices {
            let entry = &mut self.live[*index];
            entry.due = due;
            entry.tell(Err(unsaved));
        }
    }
}

impl Entry {
    /// The chat in which its answer stands, if it is one of a chat.
    fn chat(&self) -> Option<&str> {
        self.generation.place.as_ref().map(|place| &*place.chat)
    }

    /// Tells those who wait for its being saved.
    fn tell(&mut self, saved: Saved) {
        for waiting in self.waiting.drain(..) {
            // Whoever has gone away need not know.
            let _ = waiting.send(saved);
        }
    }

    /// What there is to save of it, and where the cursor is after that.
    fn news(&self) -> Option<(Change, Cursor)> {
        let log = &self.generation.log;
        // What has ended is saved as a whole.
        let mut cursor = if self.end.is_some() {
            Cursor::default()
        } else {
            self.cursor
        };
        let mut change = Change {
            id: self.generation.id.clone(),
            begun: self.begun.clone(),
            ..Change::default()
        };
        let mut ended = false;
        while !ended && cursor.is_behind(log.head()) {
            ended = log.read(&mut cursor, |seq, piece| {
                change.seq = seq;
                match piece {
                    Piece::Text(Kind::Content, text) => change.content.push_str(text),
                    Piece::Text(Kind::Thinking, text) => change.thinking.push_str(text),
                    Piece::ToolCall(call) => change.tool_calls.push(call.clone()),
                    // Its readers may have been told that it has not been saved.
                    Piece::Done(done) => {
                        change.done = Some(self.end.as_ref().unwrap_or(done).clone());
                    }
                    Piece::Phase(_) | Piece::Snapshot(_) => {}
                }
            });
        }
        // The log has its end only after this has been saved; that will be the next entry.
        if let Some(end) = self.end.as_ref().filter(|_| change.done.is_none()) {
            change.seq = log.head() + 1;
            change.done = Some(end.clone());
        }
        let new = change.begun.is_some() || change.seq > 0;
        new.then_some((change, cursor))
    }
}

#[cfg(test)]
mod tests;
