//! What the journal promises, with a store that can fail. By a clock that stands still until there is nothing to do.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

use std::sync::Mutex;

use tokio::time::{Instant, sleep};

use super::{
    writer::{LOOK_EVERY, MOST, RETRY_EVERY, SAVE_EVERY},
    *,
};
use crate::{
    error::{Error, ErrorKind},
    server::{
        Boxed,
        store::{Change, Place, StoreFault, Stored},
        upstream::{Batch, Kind},
    },
};

/// Keeps what it is given, unless it is broken.
#[derive(Default)]
struct Shelf {
    saved: Mutex<Vec<Change>>,
    broken: Mutex<bool>,
    /// The generation that it does not take, as if its page were damaged.
    refused: Mutex<String>,
    closed: Mutex<bool>,
    /// The most text that one save had.
    largest: Mutex<usize>,
    /// How long a save takes.
    slow: Mutex<Duration>,
}

impl Shelf {
    /// Everything that was saved of a generation: all its pieces, or, when it has ended, the whole.
    fn content(&self) -> String {
        let saved = self.saved.lock().unwrap();
        let end = saved.iter().find(|change| change.done.is_some());
        end.map_or_else(
            || saved.iter().map(|change| &*change.content).collect(),
            |end| end.content.clone(),
        )
    }

    fn is_ended(&self) -> bool {
        let saved = self.saved.lock().unwrap();
        saved.iter().any(|change| change.done.is_some())
    }

    fn set_broken(&self, broken: bool) {
        *self.broken.lock().unwrap() = broken;
    }
}

impl Store for Shelf {
    fn save(&self, changes: Vec<Change>) -> Boxed<'_, Result<(), StoreFault>> {
        Box::pin(async move {
            if *self.broken.lock().unwrap() {
                return Err(StoreFault::Full("the test's".to_owned()));
            }
            if changes
                .iter()
                .any(|it| it.id == *self.refused.lock().unwrap())
            {
                return Err(StoreFault::Damaged {
                    file: "the test's".to_owned(),
                    cause: "one page".to_owned(),
                });
            }
            let size = changes.iter().map(|change| change.content.len()).sum();
            {
                let mut largest = self.largest.lock().unwrap();
                *largest = largest.max(size);
            }
            let slow = *self.slow.lock().unwrap();
            sleep(slow).await;
            self.saved.lock().unwrap().extend(changes);
            Ok(())
        })
    }

    fn generation<'a>(&'a self, _: &'a str) -> Boxed<'a, Result<Option<Stored>, StoreFault>> {
        Box::pin(async { Ok(None) })
    }

    fn begun_by<'a>(&'a self, _: &'a str) -> Boxed<'a, Result<Option<Stored>, StoreFault>> {
        Box::pin(async { Ok(None) })
    }

    fn forget_before(&self, _: SystemTime) -> Boxed<'_, Result<bool, StoreFault>> {
        Box::pin(async { Ok(false) })
    }

    fn close(&self) -> Boxed<'_, ()> {
        Box::pin(async { *self.closed.lock().unwrap() = true })
    }
}

fn open() -> (Arc<Shelf>, Journal, Arc<Generation>) {
    let shelf = Arc::new(Shelf::default());
    let journal = Journal::open(Arc::<Shelf>::clone(&shelf));
    (
        shelf,
        journal,
        Generation::new(Arc::default(), "m".to_owned()),
    )
}

fn say(generation: &Generation, text: &str) {
    let mut batch = Batch::default();
    batch.push(Kind::Content, text);
    generation.log.append(&mut batch);
}

#[tokio::test(start_paused = true)]
async fn what_begins_and_ends_is_saved_before_anybody_is_told_and_the_rest_within_a_second() {
    let (shelf, journal, generation) = open();
    journal.keep(Arc::clone(&generation), None).await;
    assert!(shelf.saved.lock().unwrap()[0].begun.is_some());
    say(&generation, "a");
    let said = Instant::now();
    while shelf.content().is_empty() {
        sleep(Duration::from_millis(1)).await;
    }
    assert!(said.elapsed() <= SAVE_EVERY + LOOK_EVERY);
    assert!(said.elapsed() < Duration::from_secs(1));
    say(&generation, "b");
    let saved = journal.end(Arc::clone(&generation), Done::default()).await;
    assert_eq!(saved, Ok(()));
    assert_eq!((&*shelf.content(), shelf.is_ended()), ("ab", true));
    assert!(generation.is_saved());
    assert!(generation.log.done().is_none(), "that is for others to say");
}

/// Beginnings without a pause do not keep what is due waiting, however long a save takes.
#[tokio::test(start_paused = true)]
async fn what_is_due_is_saved_while_others_begin() {
    let (shelf, journal, generation) = open();
    *shelf.slow.lock().unwrap() = 2 * GATHER_BEGINS;
    journal.keep(Arc::clone(&generation), None).await;
    say(&generation, "a");
    let said = Instant::now();
    while shelf.content().is_empty() {
        assert!(said.elapsed() < Duration::from_secs(1));
        // Nobody waits for these, so that there is always one that has begun.
        drop(journal.keep(Generation::new(Arc::default(), "m".to_owned()), None));
        sleep(Duration::from_millis(1)).await;
    }
}

/// An end that comes before the beginning has been saved does not let the beginning pass for saved.
#[tokio::test(start_paused = true)]
async fn who_waits_for_the_beginning_waits_though_the_end_comes() {
    let (shelf, journal, generation) = open();
    // A save has just been, so that the next one is gathered.
    journal
        .keep(Generation::new(Arc::default(), "m".to_owned()), None)
        .await;
    let begun = journal.keep(Arc::clone(&generation), None);
    let ended = journal.end(Arc::clone(&generation), Done::default());
    let ((), ended) = tokio::join!(
        async {
            begun.await;
            let saved = shelf.saved.lock().unwrap();
            assert!(saved.iter().any(|change| change.id == generation.id));
        },
        ended
    );
    ended.unwrap();
}

/// A crowd that ends at once is saved a part at a time, and whole.
#[tokio::test(start_paused = true)]
async fn much_text_is_saved_in_parts() {
    let (shelf, journal, _) = open();
    let crowd: Vec<_> = (0..5)
        .map(|_| Generation::new(Arc::default(), "m".to_owned()))
        .collect();
    let long = "x".repeat(MOST / 2);
    for generation in &crowd {
        journal.keep(Arc::clone(generation), None).await;
        say(generation, &long);
    }
    let ends = crowd
        .iter()
        .map(|it| journal.end(Arc::clone(it), Done::default()));
    let ended = futures_util::future::join_all(ends).await;
    assert!(ended.iter().all(Result::is_ok));
    let saved = shelf.saved.lock().unwrap();
    let ended = saved.iter().filter(|change| change.done.is_some());
    assert_eq!(
        ended.map(|it| it.content.len()).sum::<usize>(),
        5 * long.len()
    );
    assert!(shelf.largest.lock().unwrap().le(&(MOST + long.len())));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_is_told_everything_when_it_works_again() {
    let (shelf, journal, generation) = open();
    shelf.set_broken(true);
    // Nobody is kept waiting by it.
    journal.keep(Arc::clone(&generation), None).await;
    say(&generation, "a");
    let saved = journal.end(Arc::clone(&generation), Done::default()).await;
    let reason = Some(Reason::Full);
    assert_eq!(saved, Err(Unsaved { reason }));
    // What its readers are told of that is not what is saved.
    generation.log.finish(Done {
        error: Some(Error::new(ErrorKind::Unsaved, "")),
        ..Done::default()
    });
    assert!(!generation.is_saved());
    sleep(Duration::from_secs(60)).await;
    shelf.set_broken(false);
    sleep(RETRY_EVERY + LOOK_EVERY).await;
    assert_eq!((&*shelf.content(), shelf.is_ended()), ("a", true));
    assert!(generation.is_saved());
    let saved = shelf.saved.lock().unwrap();
    assert_eq!(saved.iter().filter(|it| it.begun.is_some()).count(), 1);
    let ends: Vec<_> = saved.iter().filter_map(|it| it.done.as_ref()).collect();
    assert_eq!(ends, [&Done::default()]);
}

#[tokio::test(start_paused = true)]
async fn the_last_save_is_tried_until_it_is_done() {
    let (shelf, journal, generation) = open();
    shelf.set_broken(true);
    journal.keep(Arc::clone(&generation), None).await;
    say(&generation, "a");
    let saved = journal.end(generation, Done::default()).await;
    assert!(saved.is_err());
    let mending = async {
        sleep(Duration::from_secs(3)).await;
        shelf.set_broken(false);
    };
    tokio::join!(journal.close(), mending);
    assert_eq!((&*shelf.content(), shelf.is_ended()), ("a", true));
    assert!(*shelf.closed.lock().unwrap());
}

fn in_chat(chat: &str) -> Arc<Generation> {
    let place = Place {
        chat: chat.to_owned(),
        ..Place::default()
    };
    Generation::new_in(Arc::default(), "m".to_owned(), String::new(), Some(place))
}

impl Shelf {
    /// Which of these have been saved, in the order in which their beginnings were.
    fn begun(&self, of: &[&Arc<Generation>]) -> Vec<usize> {
        let saved = self.saved.lock().unwrap();
        let begun = saved.iter().filter(|change| change.begun.is_some());
        begun
            .filter_map(|change| of.iter().position(|it| it.id == change.id))
            .collect()
    }
}

/// An answer hangs on the one before it: whoever comes first when there is room again brings in those before.
#[tokio::test(start_paused = true)]
async fn what_could_not_be_saved_is_saved_in_its_order() {
    let (shelf, journal, _) = open();
    let [first, second, third] = ["a", "a", "b"].map(in_chat);
    shelf.set_broken(true);
    journal.keep(Arc::clone(&first), None).await;
    assert!(journal.fails());
    assert!(
        journal
            .end(Arc::clone(&first), Done::default())
            .await
            .is_err()
    );
    journal.keep(Arc::clone(&second), None).await;
    shelf.set_broken(false);
    journal.keep(Arc::clone(&third), None).await;
    assert_eq!(shelf.begun(&[&first, &second, &third]), [0, 1, 2]);
    assert!(first.is_saved() && second.is_begun() && !second.is_saved());
    assert!(!journal.fails());
}

/// What fails by itself keeps waiting what stands in the same chat, and nobody else.
#[tokio::test(start_paused = true)]
async fn one_that_is_not_taken_holds_up_its_own_chat_alone() {
    let (shelf, journal, _) = open();
    let [quiet, odd, below, other] = ["b", "a", "a", "b"].map(in_chat);
    journal.keep(Arc::clone(&quiet), None).await;
    shelf.refused.lock().unwrap().clone_from(&odd.id);
    // They are saved together.
    let [one, two, three] = [&odd, &below, &other].map(|it| journal.keep(Arc::clone(it), None));
    tokio::join!(one, two, three);
    assert_eq!(shelf.begun(&[&odd, &below, &other]), [2]);
    assert!(journal.fails());
    let [held_up, saved] = [&below, &other].map(|it| journal.end(Arc::clone(it), Done::default()));
    let (held_up, saved) = tokio::join!(held_up, saved);
    let reason = Some(Reason::Damaged);
    assert_eq!((held_up, saved), (Err(Unsaved { reason }), Ok(())));
    sleep(2 * RETRY_EVERY).await;
    assert_eq!(shelf.begun(&[&odd, &below, &other]), [2]);
    shelf.refused.lock().unwrap().clear();
    sleep(2 * RETRY_EVERY).await;
    assert_eq!(shelf.begun(&[&odd, &below, &other]), [2, 0, 1]);
    assert!(!journal.fails());
    assert!(below.is_saved() && other.is_saved() && !quiet.is_saved());
}
