//! Interludes: times in which nobody is in a queue, for work that must not delay anybody.
//!
//! One has an interlude at a time, first come first served. Whoever has it is told the moment somebody enters the
//! queue, and lets go of the model's server then. The queue itself waits for nobody's interlude: it lets people in as if
//! there were none. Nothing here knows what an interlude is used for.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard, watch};

/// The interludes of one queue; cheap to share.
#[derive(Clone, Debug, Default)]
pub struct Interludes {
    crowd: watch::Sender<Crowd>,
    /// Who is next. Its holder has the interlude, or waits for it before all others.
    next: Arc<Mutex<()>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Crowd {
    /// How many are in the queue, those who run and those who wait.
    now: usize,
    /// How many have ever entered it: who leaves soon has come all the same.
    ever: u64,
}

/// A time in which nobody is in the queue; given back when dropped.
#[derive(Debug)]
pub struct Interlude {
    crowd: watch::Receiver<Crowd>,
    /// How many had entered before it began.
    before: u64,
    _alone: OwnedMutexGuard<()>,
}

impl Interludes {
    /// Somebody enters the queue: the interlude is over.
    pub(super) fn end(&self) {
        self.crowd.send_modify(|crowd| {
            crowd.now += 1;
            crowd.ever += 1;
        });
    }

    /// Somebody who had entered leaves the queue.
    pub(super) fn begin(&self) {
        self.crowd.send_modify(|crowd| crowd.now -= 1);
    }

    /// Waits until nobody is in the queue, and nobody else has the interlude.
    pub async fn next(&self) -> Interlude {
        let alone = Arc::clone(&self.next).lock_owned().await;
        let mut crowd = self.crowd.subscribe();
        // The sender is here: waiting for a number cannot fail.
        let empty = crowd.wait_for(|crowd| crowd.now == 0).await;
        let before = empty.map_or(0, |crowd| crowd.ever);
        Interlude {
            crowd,
            before,
            _alone: alone,
        }
    }
}

impl Interlude {
    /// Completes when somebody has entered the queue.
    pub async fn over(&mut self) {
        // Without a sender there is no queue any more, and with it goes what is done beside it.
        let before = self.before;
        let _ = self.crowd.wait_for(|crowd| crowd.ever != before).await;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use futures_util::FutureExt;

    use super::{super::Queue, *};

    fn is_over(interlude: &mut Interlude) -> bool {
        interlude.over().now_or_never().is_some()
    }

    #[test]
    fn an_interlude_waits_for_those_who_run_and_those_who_wait() {
        let queue = Queue::new(1, 1, 10);
        let (running, waiting) = (
            queue.enter(&"a".into()).unwrap(),
            queue.enter(&"b".into()).unwrap(),
        );
        let mut next = Box::pin(queue.interlude());
        assert!((&mut next).now_or_never().is_none());
        drop(waiting);
        assert!((&mut next).now_or_never().is_none());
        drop(running);
        let mut interlude = next.now_or_never().unwrap();
        assert!(!is_over(&mut interlude));
    }

    #[test]
    fn it_is_over_when_somebody_enters_who_does_not_wait_for_it() {
        let queue = Queue::new(1, 1, 0);
        let mut interlude = queue.interlude().now_or_never().unwrap();
        let mut turn = queue.enter(&"a".into()).unwrap();
        assert!(turn.come(|_| ()).now_or_never().is_some());
        assert!(is_over(&mut interlude));
        // Who finds no room has not entered.
        assert!(queue.enter(&"b".into()).is_err());
        drop((turn, interlude));
        // Nor has it to be seen who enters.
        let mut interlude = queue.interlude().now_or_never().unwrap();
        drop(queue.enter(&"c".into()).unwrap());
        assert!(is_over(&mut interlude));
        drop(interlude);
        assert!(queue.interlude().now_or_never().is_some());
    }

    #[test]
    fn one_has_it_at_a_time_and_in_order() {
        let queue = Queue::new(1, 1, 10);
        let first = queue.interlude().now_or_never().unwrap();
        let mut second = Box::pin(queue.interlude());
        let mut third = Box::pin(queue.interlude());
        assert!((&mut second).now_or_never().is_none());
        assert!((&mut third).now_or_never().is_none());
        drop(first);
        assert!((&mut third).now_or_never().is_none());
        let second = second.now_or_never().unwrap();
        drop(second);
        assert!(third.now_or_never().is_some());
    }
}
