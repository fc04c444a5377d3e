//! How far a download is: the bytes of all of its blobs, how fast they come, and how long it may take.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use tokio::time::Instant;

use crate::server::upstream::ollama::status::Status;

/// Over how long the speed is taken.
const WINDOW: Duration = Duration::from_secs(5);

/// How far apart what it is taken from is: Ollama tells of it every 60 ms.
const APART: Duration = Duration::from_millis(250);

/// How many blobs are counted; a model has some ten.
const MOST: usize = 1000;

/// How far a download is.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// What is there, and what there is to come, of each blob.
    blobs: HashMap<String, (u64, u64)>,
    /// What was there when, oldest first.
    samples: VecDeque<(Instant, u64)>,
}

impl Progress {
    /// Takes in what a line says; gives whether it was about a blob.
    pub fn take_in(&mut self, status: &Status<'_>, now: Instant) -> bool {
        let Some(digest) = &status.digest else {
            return false;
        };
        let told = (
            status.completed.unwrap_or_default(),
            status.total.unwrap_or_default(),
        );
        let is_room = self.blobs.len() < MOST;
        match self.blobs.get_mut(&**digest) {
            Some(blob) => *blob = told,
            None if is_room => drop(self.blobs.insert(digest.to_string(), told)),
            None => {}
        }
        let completed = self.completed();
        let last = self.samples.back().copied();
        // A part that has to come again says nothing of the network.
        if last.is_some_and(|(_, before)| completed < before) {
            self.samples.clear();
        }
        let is_due = last.is_none_or(|(at, _)| now.duration_since(at) >= APART);
        if is_due || self.samples.is_empty() {
            self.samples.push_back((now, completed));
        }
        // One that is older stays, so that there is always something to compare with.
        while self.samples.len() > 2 && now.duration_since(self.samples[1].0) >= WINDOW {
            self.samples.pop_front();
        }
        true
    }

    /// The network is begun with anew; what is there stays there.
    pub fn rest(&mut self) {
        self.samples.clear();
    }

    /// The bytes that are there.
    pub fn completed(&self) -> u64 {
        let sum = self.blobs.values().map(|(completed, _)| *completed);
        sum.fold(0, u64::saturating_add)
    }

    /// The bytes of all blobs that have been told of: Ollama fetches one after the other.
    pub fn total(&self) -> u64 {
        let sum = self.blobs.values().map(|(_, total)| *total);
        sum.fold(0, u64::saturating_add)
    }

    /// Bytes a second of late; `None`: nothing can be said yet.
    pub fn speed(&self, now: Instant) -> Option<u64> {
        let (begun, before) = self.samples.front()?;
        let took = now.duration_since(*begun);
        if took < APART {
            return None;
        }
        let come = self.completed().saturating_sub(*before);
        let speed = u128::from(come) * 1000 / took.as_millis();
        u64::try_from(speed).ok()
    }

    /// How long it goes on like that; `None`: nothing can be said, or nothing comes.
    pub fn left(&self, now: Instant) -> Option<Duration> {
        let speed = self.speed(now).filter(|speed| *speed > 0)?;
        let left = self.total().saturating_sub(self.completed());
        Some(Duration::from_secs(left.div_ceil(speed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(digest: &str, completed: u64, total: u64) -> Status<'_> {
        Status {
            digest: Some(digest.into()),
            completed: Some(completed).filter(|it| *it > 0),
            total: Some(total).filter(|it| *it > 0),
            ..Status::default()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn blobs_add_up_and_the_speed_is_that_of_late() {
        let begun = Instant::now();
        let after = |milliseconds| begun + Duration::from_millis(milliseconds);
        let mut progress = Progress::default();
        assert!(!progress.take_in(&Status::default(), begun));
        assert_eq!((progress.total(), progress.speed(begun)), (0, None));
        progress.take_in(&blob("a", 0, 10_000), begun);
        assert_eq!((progress.completed(), progress.total()), (0, 10_000));
        for tick in 1..=100 {
            progress.take_in(&blob("a", tick * 60, 10_000), after(tick * 60));
        }
        assert_eq!(progress.speed(after(6000)), Some(1000));
        assert_eq!(progress.left(after(6000)), Some(Duration::from_secs(4)));
        // What a moment ago was fast is not for ever.
        for tick in 101..=300 {
            progress.take_in(&blob("a", 6000, 10_000), after(tick * 60));
        }
        assert_eq!(progress.speed(after(18_000)), Some(0));
        assert_eq!(progress.left(after(18_000)), None);
        // A part comes again, and another blob.
        progress.take_in(&blob("a", 2000, 10_000), after(18_060));
        assert_eq!(progress.speed(after(18_060)), None);
        progress.take_in(&blob("b", 500, 500), after(19_060));
        assert_eq!((progress.completed(), progress.total()), (2500, 10_500));
        assert_eq!(progress.speed(after(19_060)), Some(500));
        assert_eq!(progress.left(after(19_060)), Some(Duration::from_secs(16)));
    }
}
