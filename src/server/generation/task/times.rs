//! When what of an answer came: its first token, and the end of its thoughts.

use tokio::time::Instant;

use super::super::super::upstream::{Batch, Kind};

/// What was when, in milliseconds.
pub(super) struct Times {
    begun: Instant,
    /// Until the first token.
    pub(super) first_token: Option<u64>,
    /// From the first token of the reasoning to the first of the answer.
    pub(super) thinking: Option<u64>,
    /// Whether the model was asked anew, without.
    pub(super) without_thinking: bool,
    thinks: bool,
    writes: bool,
}

impl Times {
    pub(super) fn new() -> Self {
        Self {
            begun: Instant::now(),
            first_token: None,
            thinking: None,
            without_thinking: false,
            thinks: false,
            writes: false,
        }
    }

    /// Takes the times of what has come, and says whether it is the first.
    pub(super) fn begins(&mut self, batch: &Batch) -> bool {
        if batch.is_empty() || self.writes {
            return false;
        }
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let is_first = self.first_token.is_none();
        let first = *self.first_token.get_or_insert(now);
        for (kind, _) in batch.runs() {
            match kind {
                Kind::Thinking => self.thinks = true,
                Kind::Content => self.writes = true,
            }
            if self.writes {
                self.thinking = self.thinks.then_some(now - first);
                break;
            }
        }
        is_first
    }
}
