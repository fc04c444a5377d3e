//! A subscriber that reads pieces instead of frames: for what makes something else of them.

use std::{future::poll_fn, sync::Arc};

use super::{Cursor, Generation, Piece, frames::Following, log::Waiting};

/// Reads a generation's log from its first entry on.
pub struct Reader {
    generation: Following,
    cursor: Cursor,
    waiting: Waiting,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl Reader {
    pub(super) fn new(generation: Arc<Generation>) -> Self {
        Self {
            generation: Following::new(generation),
            cursor: Cursor::default(),
            waiting: Waiting::default(),
        }
    }

    /// Waits until there is something that has not been read, and gives `each` of it; true when the end has been read.
    /// Whoever stops waiting has missed nothing.
    pub async fn read(&mut self, mut each: impl FnMut(Piece<'_>)) -> bool {
        let log = &self.generation.0.log;
        let (cursor, waiting) = (&mut self.cursor, &mut self.waiting);
        poll_fn(|context| log.poll_read(cursor, waiting, context, |_, piece| each(piece))).await
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.generation.0.log.leave(&mut self.waiting);
    }
}
