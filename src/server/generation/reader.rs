//! A subscriber that reads pieces: for what makes frames of them, or something else.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use super::{
    Cursor, Generation, Piece,
    log::{Log, Waiting},
};

/// Reads a generation's log from a cursor on.
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
    pub(super) fn new(generation: Arc<Generation>, cursor: Cursor) -> Self {
        Self {
            generation: Following::new(generation),
            cursor,
            waiting: Waiting::default(),
        }
    }

    /// What it reads.
    pub(super) fn log(&self) -> &Log {
        &self.generation.0.log
    }

    /// Waits until there is something that has not been read, and gives `each` of it; true when the end has been read.
    /// Whoever stops waiting has missed nothing.
    pub async fn read(&mut self, mut each: impl FnMut(Piece<'_>)) -> bool {
        poll_fn(|context| self.poll_read(context, |_, piece| each(piece))).await
    }

    /// The same for who is polled; `each` is given the number of the last entry inside, too.
    pub fn poll_read(
        &mut self,
        context: &Context<'_>,
        each: impl FnMut(u64, Piece<'_>),
    ) -> Poll<bool> {
        let log = &self.generation.0.log;
        log.poll_read(&mut self.cursor, &mut self.waiting, context, each)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.generation.0.log.leave(&mut self.waiting);
    }
}

/// A generation that is being followed: it knows how many do.
struct Following(Arc<Generation>);

impl Following {
    fn new(generation: Arc<Generation>) -> Self {
        generation
            .followers
            .send_modify(|followers| *followers += 1);
        Self(generation)
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.0.followers.send_modify(|followers| *followers -= 1);
    }
}
