//! The task that saves: which generations, when, in which order, and what becomes of what the store does not take.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::{
    super::{
        super::store::{Change, Store, StoreFault},
        Cursor,
    },
    News, Unsaved,
    entry::Entry,
};

/// How often what is new of a generation is saved: a crash must not cost more than a second of text, the time that a
/// save takes included.
pub(super) const SAVE_EVERY: Duration = Duration::from_millis(800);

/// How often it is looked which ones are due. A thousand generations that were saved all at once would take the store,
/// and a core with it, for some 20 ms; they are due at different times, as they began.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How often each generation is tried while the store fails: each try is all that it has missed.
pub(super) const RETRY_EVERY: Duration = Duration::from_secs(5);

/// How much text goes into one save, in bytes, or one answer if that is longer: a crowd that ends all at once is not
/// copied all at once.
pub(super) const MOST: usize = 4 * 1024 * 1024;

/// After how many failures of single changes, with no success between them, it is taken for the store that fails.
const MISSES: usize = 3;

/// Which entry was read and, if there was anything new, where its cursor is after that, and whether that is its end.
type Read = (usize, Option<(Cursor, bool)>);

/// The one who writes.
pub(super) struct Writer {
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
    /// One that has nothing to write yet; `fails` is where it says whether the store takes what it is given.
    pub(super) fn new(
        store: Arc<dyn Store>,
        news: mpsc::UnboundedReceiver<News>,
        closing: CancellationToken,
        fails: Arc<AtomicBool>,
    ) -> Self {
        Self {
            store,
            news,
            closing,
            live: Vec::new(),
            failing: None,
            fails,
            alone: false,
        }
    }

    /// Writes until it is closed, and then the rest.
    pub(super) async fn run(mut self) {
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
