//! What the server adds to Markdown once a block is closed: colours of code, and formulas as MathML; and which language a text
//! is in.
//!
//! | file | what it is |
//! |---|---|
//! | `workshop` | the one thread that does it, which leaves when there is nothing to do |
//! | `code` | code with colours; `language` finds its grammar, `class` what is coloured |
//! | `math` | formulas |
//! | `tongue` | the language of a text |
//! | `cache`, `shelf` | what has been finished already |
//! | `sheet` | the pieces of a page that is rendered at once |
//!
//! Markdown itself is not known here, only how it writes text in HTML: a piece comes as its writer wrote it, and goes as
//! HTML that can be put in its place as it is (a text as the code of its language), or as nothing when it is to stay
//! plain. No piece is a reason for an error.

mod cache;
mod class;
mod code;
mod language;
mod math;
mod sheet;
mod shelf;
mod tongue;
mod workshop;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::oneshot, time::timeout};

use self::{
    cache::Outcome,
    shelf::Shelf,
    workshop::{Job, Workshop},
};
use crate::{
    chat::finish::{Piece, PieceKind, SAMPLE},
    error::{Error, ErrorKind, Result},
    words::{Words, told},
};

pub use sheet::Sheet;

/// How many pieces are taken at once.
pub const MOST_PIECES: usize = 200;

/// How much of what was finished is kept, in bytes.
const KEPT: usize = 4_000_000;

/// After this long an answer ends where it is.
const LONG: Duration = Duration::from_secs(1);

/// Who has waited so long for one piece is told to come back.
const PATIENCE: Duration = Duration::from_secs(10);

/// Finishes pieces of Markdown; cheap to clone.
#[derive(Clone, Debug)]
pub struct Finisher {
    shelf: Arc<Shelf>,
    workshop: Arc<Workshop>,
}

impl Default for Finisher {
    fn default() -> Self {
        let shelf = Arc::new(Shelf::new(KEPT));
        Self {
            workshop: Arc::new(Workshop::new(Arc::clone(&shelf))),
            shelf,
        }
    }
}

impl Finisher {
    /// Finishes pieces in their order; see [`crate::chat::api::finish`].
    ///
    /// # Errors
    /// When there are too many pieces, or others have so many that these would wait for too long.
    pub async fn finish(&self, pieces: Vec<Piece>) -> Result<Vec<Option<String>>> {
        if pieces.len() > MOST_PIECES {
            return Err(Error::bad_request(format!(
                "`pieces` has over {MOST_PIECES} pieces. Send fewer at once."
            )));
        }
        let started = Instant::now();
        let mut finished = Vec::with_capacity(pieces.len());
        for piece in pieces {
            if !finished.is_empty() && started.elapsed() > LONG {
                break;
            }
            let outcome = self.one(piece).await?;
            finished.push(outcome.map(|html| html.as_ref().to_owned()));
        }
        Ok(finished)
    }

    /// For the pieces of a page that is rendered at once, on a thread that may wait.
    pub fn sheet(&self, words: Words) -> Sheet<'_> {
        Sheet::new(self, words)
    }

    async fn one(&self, piece: Piece) -> Result<Outcome> {
        if piece.is_plain() {
            return Ok(None);
        }
        let key = self.shelf.key(&piece);
        if let Some(outcome) = self.shelf.get(key) {
            return Ok(outcome);
        }
        let (tell, told) = oneshot::channel();
        let tell = Box::new(move |outcome| {
            // Who does not wait any more is no harm.
            let _ = tell.send(outcome);
        });
        self.workshop.bring(Job { key, piece, tell });
        // That there is no thread for it is no error either.
        timeout(PATIENCE, told)
            .await
            .map(Result::unwrap_or_default)
            .map_err(|_| Error::told(ErrorKind::Busy, told::finisher_busy()))
    }
}

impl Piece {
    /// Whether it needs no look to see that it stays plain.
    fn is_plain(&self) -> bool {
        match self.kind {
            PieceKind::Code => self.language.is_empty() || self.text.len() > code::LONGEST,
            PieceKind::Math | PieceKind::Display => self.text.len() > math::LONGEST,
            PieceKind::Language => self.text.len() > SAMPLE,
        }
    }
}

#[cfg(test)]
mod tests;
