//! How many answers (and pulls) were begun and how they ended, and the guards
//! that keep the counts right whichever way one ends.

use serde::Serialize;

use crate::memory::KeepAlive;
use crate::sim::Sim;

/// The answers (of `/api/chat` and `/api/generate`) since the simulator began.
///
/// An answer counts from the moment its request is understood, so also while
/// the client waits for the headers. `started == open + completed + dropped`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// All that were begun.
    pub started: u64,
    /// Those being answered now.
    pub open: u64,
    /// Those which the simulator has brought to their scripted end, a scripted
    /// fault included.
    pub completed: u64,
    /// Those whose client went away before that.
    pub dropped: u64,
    /// How often somebody has asked what is in memory.
    pub looked: u64,
}

/// An answer under way. Dropped before [`Open::complete`], it counts as
/// dropped by the client: the body stream owns it, and hyper drops the body
/// as soon as it sees the connection closed.
#[derive(Debug)]
pub(crate) struct Open {
    sim: Sim,
    model: String,
    keep_alive: KeepAlive,
    complete: bool,
}

impl Open {
    pub(crate) fn new(sim: Sim, model: String, keep_alive: KeepAlive) -> Self {
        sim.count(|stats| {
            stats.started += 1;
            stats.open += 1;
        });
        Self {
            sim,
            model,
            keep_alive,
            complete: false,
        }
    }

    /// The last byte has been handed over.
    pub(crate) fn complete(&mut self) {
        if !self.complete {
            self.complete = true;
            self.sim.count(|stats| {
                stats.open -= 1;
                stats.completed += 1;
            });
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.sim.memory().rest(&self.model, self.keep_alive);
        if !self.complete {
            self.sim.count(|stats| {
                stats.open -= 1;
                stats.dropped += 1;
            });
        }
    }
}

/// A pull, or a creation, under way; counted as an [`Open`] is.
#[derive(Debug)]
pub(crate) struct Pulling {
    sim: Sim,
    complete: bool,
}

impl Pulling {
    pub(crate) fn new(sim: Sim) -> Self {
        sim.count_pulls(|stats| {
            stats.started += 1;
            stats.open += 1;
        });
        Self {
            sim,
            complete: false,
        }
    }

    /// The last line has been handed over.
    pub(crate) fn complete(&mut self) {
        if !self.complete {
            self.complete = true;
            self.sim.count_pulls(|stats| {
                stats.open -= 1;
                stats.completed += 1;
            });
        }
    }
}

impl Drop for Pulling {
    fn drop(&mut self) {
        if !self.complete {
            self.sim.count_pulls(|stats| {
                stats.open -= 1;
                stats.dropped += 1;
            });
        }
    }
}
