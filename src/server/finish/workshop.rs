//! The one thread that finishes pieces, one after the other, off the threads that serve.
//!
//! It comes with the first piece and leaves when there has been nothing to do for a while, and with it goes all that it
//! had unpacked: a language in use takes 10 to 70 MB. A thread of its own gives that back whole, and has the deep stack
//! that a deep formula takes.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

use super::{
    cache::{Key, Outcome},
    code::Highlighter,
    math::Formulas,
    shelf::Shelf,
    tongue,
};
use crate::chat::finish::{Piece, PieceKind};

/// How deep its stack is; what is not used of it takes no memory.
pub(super) const STACK: usize = 64 * 1024 * 1024;

/// How long it waits for more.
const PATIENCE: Duration = Duration::from_secs(30);

/// A piece to be finished, and who is told. What nobody waits for any more is finished too, for the next who asks.
pub(super) struct Job {
    pub(super) key: Key,
    pub(super) piece: Piece,
    pub(super) tell: Box<dyn FnOnce(Outcome) + Send>,
}

/// Where pieces are brought to.
#[derive(Debug)]
pub(super) struct Workshop {
    shelf: Arc<Shelf>,
    door: Arc<Door>,
}

/// The way in, as long as somebody is inside.
type Door = Mutex<Option<Sender<Job>>>;

impl Workshop {
    /// One with nobody in it yet; what is finished comes on the shelf.
    pub(super) fn new(shelf: Arc<Shelf>) -> Self {
        Self {
            shelf,
            door: Arc::default(),
        }
    }

    /// Brings a piece. If there is nobody to finish it, and nobody can be had, who waits is told nothing and its way of
    /// hearing is dropped.
    pub(super) fn bring(&self, job: Job) {
        let mut door = self.door.lock().unwrap_or_else(PoisonError::into_inner);
        let job = match &*door {
            Some(inside) => match inside.send(job) {
                Ok(()) => return,
                Err(back) => back.0,
            },
            None => job,
        };
        let (inside, jobs) = channel();
        let (shelf, way) = (Arc::clone(&self.shelf), Arc::clone(&self.door));
        let thread = thread::Builder::new().name("finish".to_owned());
        let started = thread
            .stack_size(STACK)
            .spawn(move || work(&jobs, &shelf, &way));
        if let Err(error) = started {
            tracing::warn!("code and formulas stay plain: no thread for them ({error})");
            return;
        }
        // The thread has begun to listen, or will.
        let _ = inside.send(job);
        *door = Some(inside);
    }
}

fn work(jobs: &Receiver<Job>, shelf: &Shelf, door: &Door) {
    let mut tools = Tools::default();
    loop {
        let job = jobs.recv_timeout(PATIENCE).ok().or_else(|| {
            // Nobody brings anything while the door is held: what came last is taken, or the door is shut.
            let mut door = door.lock().unwrap_or_else(PoisonError::into_inner);
            let last = jobs.try_recv().ok();
            if last.is_none() {
                *door = None;
            }
            last
        });
        let Some(Job { key, piece, tell }) = job else {
            return;
        };
        // Two may have asked for the same.
        let outcome = shelf.get(key).unwrap_or_else(|| {
            let finished = catch_unwind(AssertUnwindSafe(|| tools.finish(&piece)));
            let outcome = finished.unwrap_or_else(|_| {
                tracing::debug!("a piece could not be finished and stays plain");
                tools = Tools::default();
                None
            });
            shelf.put(key, outcome.clone());
            outcome
        });
        tell(outcome);
    }
}

/// What is taken out when it is needed.
#[derive(Debug, Default)]
struct Tools {
    highlighter: Option<Highlighter>,
    formulas: Option<Formulas>,
}

impl Tools {
    fn finish(&mut self, piece: &Piece) -> Outcome {
        let Piece {
            kind,
            language,
            text,
        } = piece;
        let html = match kind {
            PieceKind::Code => {
                let highlighter = self.highlighter.get_or_insert_with(Highlighter::new);
                highlighter.html(language, text)
            }
            PieceKind::Math | PieceKind::Display => {
                let formulas = self.formulas.get_or_insert_with(Formulas::new);
                formulas.html(text, *kind == PieceKind::Display)
            }
            PieceKind::Language => tongue::of(text).map(str::to_owned),
        };
        html.map(Into::into)
    }
}
