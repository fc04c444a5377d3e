//! What time it is: the system's, or one that a test sets.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A clock; cheap to clone. Without a hand it shows the system's time.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// What it shows, if somebody has it by the hand: milliseconds since 1970.
    hand: Option<Arc<AtomicU64>>,
}

impl Clock {
    /// One that begins with the system's time, and goes on by [`Clock::advance`] alone.
    pub fn by_hand() -> Self {
        let now = Self::default().now();
        Self {
            hand: Some(Arc::new(AtomicU64::new(now))),
        }
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> u64 {
        if let Some(hand) = &self.hand {
            return hand.load(Ordering::Acquire);
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
    }

    /// Has so much time pass; the system's clock cannot be told to.
    pub fn advance(&self, time: Duration) {
        if let Some(hand) = &self.hand {
            hand.fetch_add(milliseconds(time), Ordering::AcqRel);
        }
    }
}

/// A time in milliseconds.
pub fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
