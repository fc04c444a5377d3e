//! Who waits for a log: every waiting reader's waker, taken out and woken all at once.
//!
//! It lives under the log's own lock, so that a reader that finds nothing is on the list before anything can be
//! appended. A reader that leaves takes its waker with it: those of a generation that says nothing for an hour do not
//! pile up. In the usual case, one reader, nothing is allocated.

use std::{mem, task::Waker};

/// The wakers of those who wait.
#[derive(Debug, Default)]
pub(super) struct Wakers {
    /// One place each; one whose reader has left is empty.
    places: Vec<Option<Waker>>,
    /// Empty places.
    free: Vec<u32>,
    /// How often everybody has been woken: a place of an earlier round is no place any more.
    round: u64,
}

/// Where a reader waits; the default one does not.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// The round, counted from 1.
    round: u64,
    index: u32,
}

/// Wakers that have been taken out, to be woken once the lock has been given back.
#[derive(Debug, Default)]
pub(super) struct Woken {
    first: Option<Waker>,
    others: Vec<Option<Waker>>,
}

impl Wakers {
    /// Puts a reader on the list, or notes its new waker if it is on it.
    pub(super) fn wait(&mut self, place: &mut Place, waker: &Waker) {
        if let Some(mine) = self.place(place) {
            match mine {
                Some(mine) => mine.clone_from(waker),
                None => *mine = Some(waker.clone()),
            }
            return;
        }
        let index = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            u32::try_from(self.places.len() - 1).unwrap_or(u32::MAX)
        });
        *place = Place {
            round: self.round + 1,
            index,
        };
        if let Some(mine) = self.place(place) {
            *mine = Some(waker.clone());
        }
    }

    /// Takes a reader off the list.
    pub(super) fn leave(&mut self, place: &mut Place) {
        let index = place.index;
        if let Some(mine) = self.place(place) {
            *mine = None;
            self.free.push(index);
        }
        *place = Place::default();
    }

    /// Takes everybody off the list.
    pub(super) fn take(&mut self) -> Woken {
        self.round += 1;
        self.free.clear();
        let first = self.places.pop().flatten();
        // With one reader the list keeps its room; with more it is handed over as it is.
        let others = if self.places.is_empty() {
            Vec::new()
        } else {
            mem::take(&mut self.places)
        };
        Woken { first, others }
    }

    fn place(&mut self, place: &Place) -> Option<&mut Option<Waker>> {
        if place.round != self.round + 1 {
            return None;
        }
        self.places.get_mut(place.index as usize)
    }
}

impl Woken {
    /// Wakes them.
    pub(super) fn wake(self) {
        for waker in self.others.into_iter().chain([self.first]).flatten() {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl std::task::Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn counting() -> (Arc<Count>, Waker) {
        let count = Arc::new(Count::default());
        (Arc::clone(&count), Arc::clone(&count).into())
    }

    #[test]
    fn each_reader_is_woken_once_however_often_it_asks() {
        let mut wakers = Wakers::default();
        let readers: Vec<_> = (0..3).map(|_| counting()).collect();
        let mut places: Vec<_> = (0..3).map(|_| Place::default()).collect();
        for round in 1..=2 {
            for _ in 0..2 {
                for (place, (_, waker)) in places.iter_mut().zip(&readers) {
                    wakers.wait(place, waker);
                }
            }
            wakers.take().wake();
            for (count, _) in &readers {
                assert_eq!(count.0.load(Ordering::Relaxed), round);
            }
        }
        wakers.take().wake();
        assert_eq!(readers[0].0.0.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn those_who_leave_are_not_woken_and_leave_nothing_behind() {
        let mut wakers = Wakers::default();
        let (stayed, waker) = counting();
        let mut place = Place::default();
        wakers.wait(&mut place, &waker);
        let (left, waker) = counting();
        for _ in 0..100 {
            let mut place = Place::default();
            wakers.wait(&mut place, &waker);
            wakers.leave(&mut place);
        }
        assert_eq!(wakers.places.len(), 2);
        assert_eq!(Arc::strong_count(&left), 2, "ours and the waker's");
        wakers.take().wake();
        // One that was woken is not on the list any more, so its leaving takes nobody else off it.
        let mut stale = place;
        let mut next = Place::default();
        wakers.wait(&mut next, &waker);
        wakers.leave(&mut stale);
        wakers.take().wake();
        assert_eq!(stayed.0.load(Ordering::Relaxed), 1);
        assert_eq!(left.0.load(Ordering::Relaxed), 1);
    }
}
