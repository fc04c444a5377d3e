//! The pieces of one page that is rendered at once: what is known is taken, a little is finished, the rest is for later.

use std::{
    sync::mpsc::sync_channel,
    time::{Duration, Instant},
};

use super::{Finisher, tongue, workshop::Job};
use crate::{
    chat::finish::{Piece, PieceKind},
    markdown::{Finish, Finished},
    words::Words,
};

/// How much code that is not known yet is finished for a page, in bytes.
const MOST_CODE: usize = 64_000;

/// How many formulas.
const MOST_FORMULAS: usize = 200;

/// How long a page waits for all of that. What comes later is there for who asks later.
const PATIENCE: Duration = Duration::from_millis(100);

/// Finishes the pieces of one page. Waits, so it is for threads that may.
#[derive(Debug)]
pub struct Sheet<'a> {
    finisher: &'a Finisher,
    words: Words,
    code: usize,
    formulas: usize,
    patience: Duration,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(finisher: &'a Finisher, words: Words) -> Self {
        Self {
            finisher,
            words,
            code: MOST_CODE,
            formulas: MOST_FORMULAS,
            patience: PATIENCE,
        }
    }

    /// Takes what a piece costs from what is left; `false` when that is not enough.
    fn afford(&mut self, piece: &Piece) -> bool {
        let (left, cost) = match piece.kind {
            PieceKind::Code => (&mut self.code, piece.text.len()),
            PieceKind::Math | PieceKind::Display => (&mut self.formulas, 1),
            // It is told by the way.
            PieceKind::Language => return true,
        };
        let enough = cost <= *left && !self.patience.is_zero();
        if enough {
            *left -= cost;
        }
        enough
    }

    /// In which language this Markdown is, by its BCP 47 code; of what cannot be told nothing.
    pub fn language(&self, markdown: &str) -> String {
        let piece = Piece {
            kind: PieceKind::Language,
            language: String::new(),
            text: tongue::sample(markdown),
        };
        let shelf = &self.finisher.shelf;
        let key = shelf.key(&piece);
        let known = shelf.get(key).unwrap_or_else(|| {
            let found = tongue::of(&piece.text).map(Into::into);
            shelf.put(key, found.clone());
            found
        });
        known.map_or_else(String::new, |code| code.as_ref().to_owned())
    }

    fn finish(&mut self, piece: Piece) -> Finished {
        if piece.is_plain() {
            return Finished::Never;
        }
        let shelf = &self.finisher.shelf;
        let key = shelf.key(&piece);
        let outcome = match shelf.get(key) {
            Some(outcome) => outcome,
            None if !self.afford(&piece) => return Finished::Later,
            None => {
                let (tell, told) = sync_channel(1);
                let tell = Box::new(move |outcome| {
                    // Who does not wait any more is no harm.
                    let _ = tell.try_send(outcome);
                });
                self.finisher.workshop.bring(Job { key, piece, tell });
                let started = Instant::now();
                let outcome = told.recv_timeout(self.patience);
                self.patience = self.patience.saturating_sub(started.elapsed());
                let Ok(outcome) = outcome else {
                    return Finished::Later;
                };
                outcome
            }
        };
        outcome.map_or(Finished::Never, |html| {
            Finished::Done(html.as_ref().to_owned())
        })
    }
}

impl Finish for Sheet<'_> {
    fn words(&self) -> Words {
        self.words
    }

    fn folds(&self) -> bool {
        true
    }

    fn code(&mut self, language: &str, code: &str) -> Finished {
        self.finish(Piece {
            kind: PieceKind::Code,
            language: language.to_owned(),
            text: code.to_owned(),
        })
    }

    fn math(&mut self, source: &str, display: bool) -> Finished {
        let kind = if display {
            PieceKind::Display
        } else {
            PieceKind::Math
        };
        self.finish(Piece {
            kind,
            language: String::new(),
            text: source.to_owned(),
        })
    }
}
