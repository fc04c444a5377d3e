//! Comments in a stream's silence, so that nothing on the way takes its connection for dead.

use std::{
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Interval, MissedTickBehavior, interval};

/// The longest silence. A comment is due when nothing was written between two ticks, of which there are two in it.
pub(super) const SILENCE: Duration = Duration::from_secs(15);

/// When a comment is due.
#[derive(Debug)]
pub struct KeepAlive {
    ticks: Interval,
    /// Whether anything was written since the last tick.
    written: bool,
}

impl Default for KeepAlive {
    fn default() -> Self {
        let mut ticks = interval(SILENCE / 2);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.reset();
        Self {
            ticks,
            written: true,
        }
    }
}

impl KeepAlive {
    /// Something is being written.
    pub const fn written(&mut self) {
        self.written = true;
    }

    /// Waits until nothing has been written for long; the comment that is due then counts as written.
    pub fn poll_due(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.ticks.poll_tick(context));
            if !std::mem::take(&mut self.written) {
                self.written = true;
                return Poll::Ready(());
            }
        }
    }
}
