//! The cache behind a lock that nobody holds for long.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::cache::{Cache, Key, Outcome};
use crate::chat::finish::{Piece, PieceKind};

/// What has been finished already, for all who ask.
#[derive(Debug)]
pub(super) struct Shelf(Mutex<Cache>);

impl Shelf {
    /// One that holds so many bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self(Mutex::new(Cache::new(limit)))
    }

    /// The name of a piece. A formula has no language, and of a text it is asked for.
    pub(super) fn key(&self, piece: &Piece) -> Key {
        let language = match piece.kind {
            PieceKind::Code => &*piece.language,
            PieceKind::Math | PieceKind::Display | PieceKind::Language => "",
        };
        self.cache().key(piece.kind, language, &piece.text)
    }

    /// What a piece has become, if that is known.
    pub(super) fn get(&self, key: Key) -> Option<Outcome> {
        self.cache().get(key)
    }

    /// Keeps what a piece has become.
    pub(super) fn put(&self, key: Key, outcome: Outcome) {
        self.cache().put(key, outcome);
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
