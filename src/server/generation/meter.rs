//! What a generation costs, and whom: traits, so that nothing here knows who counts.

use std::sync::Arc;

use super::{
    super::{Boxed, upstream::Ask},
    Generation,
};
use crate::{
    chat::{Done, Phase, Status},
    error::Result,
};

/// Who counts the generations of one caller.
pub trait Meter: std::fmt::Debug + Send + Sync + 'static {
    /// Lets one more generation begin; it waits or runs until the ticket is dropped.
    ///
    /// # Errors
    /// [`ErrorKind::Limited`](crate::error::ErrorKind::Limited) when the caller has had enough.
    fn enter(&self) -> Boxed<'_, Result<Arc<dyn Ticket>>>;
}

/// That a generation waits or runs.
pub trait Ticket: std::fmt::Debug + Send + Sync + 'static {
    /// Whether it may still run, when its turn has come: its caller may have had enough meanwhile.
    ///
    /// # Errors
    /// [`ErrorKind::Limited`](crate::error::ErrorKind::Limited) when they have.
    fn may_run(&self) -> Result<()>;

    /// Counts what it has cost.
    fn used(&self, used: Used);

    /// Writes down what was counted.
    fn settle(&self) -> Boxed<'_, ()>;
}

/// What a generation has cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// The model.
    pub model: String,
    /// How many tokens were read for it.
    pub prompt_tokens: u64,
    /// How many it is.
    pub tokens: u64,
}

/// What is known of the cost of a generation before it runs.
#[derive(Clone, Debug)]
pub struct Cost {
    /// Who counts it.
    pub ticket: Arc<dyn Ticket>,
    /// How much the model has to read, in bytes.
    read: usize,
    /// How much of the answer was written before, in bytes.
    before: usize,
}

impl Cost {
    /// That of an answer to what is asked, of which so many bytes were written before.
    pub fn of(ask: &Ask, before: usize, ticket: Arc<dyn Ticket>) -> Self {
        let contents = ask.messages.iter().map(|message| &message["content"]);
        let read = contents.filter_map(|it| it.as_str()).map(str::len).sum();
        Self {
            ticket,
            read,
            before,
        }
    }

    /// Counts it. Where the model's server does not say how many tokens there were, as of an answer that was stopped, four
    /// bytes are one. What was not read costs nothing, nor what has failed without a word.
    pub fn pay(&self, generation: &Generation, done: &Done) {
        let written = generation.log.length().saturating_sub(self.before);
        let phase = generation.log.current_phase();
        let is_read = !matches!(phase, Phase::Queued { .. } | Phase::Loading);
        let is_for_nothing = written == 0 && (!is_read || done.status == Status::Failed);
        if done.stats.tokens.is_none() && is_for_nothing {
            return;
        }
        let about = |bytes: usize| u64::try_from(bytes.div_ceil(4)).unwrap_or(u64::MAX);
        let stats = &done.stats;
        self.ticket.used(Used {
            model: generation.model.clone(),
            prompt_tokens: stats.prompt_tokens.unwrap_or_else(|| about(self.read)),
            tokens: stats.tokens.unwrap_or_else(|| about(written)),
        });
    }
}

/// Nobody counts.
#[derive(Clone, Copy, Debug)]
pub struct Uncounted;

impl Meter for Uncounted {
    fn enter(&self) -> Boxed<'_, Result<Arc<dyn Ticket>>> {
        Box::pin(async { Ok(Arc::new(Self) as Arc<dyn Ticket>) })
    }
}

impl Ticket for Uncounted {
    fn may_run(&self) -> Result<()> {
        Ok(())
    }

    fn used(&self, _: Used) {}

    fn settle(&self) -> Boxed<'_, ()> {
        Box::pin(async {})
    }
}
