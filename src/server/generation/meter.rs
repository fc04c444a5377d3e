//! What a generation costs whom: traits, so that nothing here knows who counts.

use super::super::Boxed;
use crate::error::Result;

/// Who counts the generations of one caller.
pub trait Meter: std::fmt::Debug + Send + Sync + 'static {
    /// Lets one more generation begin; it waits or runs until the ticket is dropped.
    ///
    /// # Errors
    /// [`ErrorKind::Limited`](crate::error::ErrorKind::Limited) when the caller has had enough.
    fn enter(&self) -> Boxed<'_, Result<Box<dyn Ticket>>>;
}

/// That a generation waits or runs.
pub trait Ticket: std::fmt::Debug + Send + Sync + 'static {
    /// Counts what it has cost.
    fn used(&self, used: Used) -> Boxed<'_, ()>;
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

/// Nobody counts.
#[derive(Clone, Copy, Debug)]
pub struct Uncounted;

impl Meter for Uncounted {
    fn enter(&self) -> Boxed<'_, Result<Box<dyn Ticket>>> {
        Box::pin(async { Ok(Box::new(Self) as Box<dyn Ticket>) })
    }
}

impl Ticket for Uncounted {
    fn used(&self, _: Used) -> Boxed<'_, ()> {
        Box::pin(async {})
    }
}
