//! What of the quotas is one caller's: the meters of their user, of the key if a program asks, and of the address.

use std::sync::Arc;

use super::{
    Allowance, Quotas,
    enough::Whose,
    meter::{Meter, Period},
};
use crate::{
    error::Result,
    server::{
        Boxed,
        generation::meter::{Meter as OfGenerations, Ticket, Used},
        store::ledger::Usage,
    },
};

/// The meters of one caller: those of their user, of the key if a program asks, and of the address if there is a limit for
/// such.
#[derive(Clone, Debug)]
pub struct Metered {
    pub(super) quotas: Arc<Quotas>,
    /// Each with what it may have; the user's is the first.
    pub(super) own: Vec<(Whose, Allowance)>,
}

impl Metered {
    /// Lets one more request pass.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Limited`] when there were too many.
    pub fn request(&self) -> Result<()> {
        // The key's first: what it may not have is not its user's loss.
        for (whose, allowance) in self.own.iter().rev() {
            if let Some(most) = allowance.requests_per_minute {
                self.quotas.count(whose.clone(), most)?;
            }
        }
        Ok(())
    }

    /// How many tokens the user has had today and this month, and may have.
    ///
    /// # Errors
    /// When that could not be read.
    pub async fn used(&self) -> Result<[(u64, Option<u64>); 2]> {
        let now = self.quotas.clock.now();
        let Some((whose, allowance)) = self.own.first() else {
            return Ok([(0, None); 2]);
        };
        self.quotas.load(whose).await?;
        let mut meters = self.quotas.meters();
        let meter = meters.entry(whose.clone()).or_default();
        let most = [allowance.tokens_per_day, allowance.tokens_per_month];
        let used = [Period::Day, Period::Month].map(|period| meter.tokens(period, now));
        Ok([(used[0], most[0]), (used[1], most[1])])
    }

    async fn enter(&self) -> Result<Arc<dyn Ticket>> {
        let quotas = &self.quotas;
        let now = quotas.clock.now();
        let mut meters = loop {
            for (whose, _) in &self.own {
                quotas.load(whose).await?;
            }
            let meters = quotas.meters();
            // One may have been thrown away in between.
            let is_loaded = |whose| meters.get(whose).is_some_and(Meter::is_loaded);
            if self.own.iter().all(|(whose, _)| is_loaded(whose)) {
                break meters;
            }
        };
        for (whose, allowance) in &self.own {
            let meter = meters.entry(whose.clone()).or_default();
            let held = meter.holds(allowance, now);
            held.map_err(|enough| whose.told(enough))?;
        }
        for (whose, _) in &self.own {
            meters.entry(whose.clone()).or_default().at_once += 1;
        }
        drop(meters);
        Ok(Arc::new(Entered(self.clone())))
    }

    fn add(&self, used: &Used) {
        let now = self.quotas.clock.now();
        for (whose, allowance) in &self.own {
            {
                let mut meters = self.quotas.meters();
                let meter = meters.entry(whose.clone()).or_default();
                meter.add(used.prompt_tokens + used.tokens, now);
            }
            // What an address has had is kept for its limit alone.
            let of_tokens = allowance.tokens_per_day.or(allowance.tokens_per_month);
            if matches!(whose, Whose::Address(_)) && of_tokens.is_none() {
                continue;
            }
            let usage = Usage {
                user: whose.name().as_ref().to_owned(),
                day: Period::Day.first_day(now),
                model: used.model.clone(),
                answers: 1,
                prompt_tokens: used.prompt_tokens,
                tokens: used.tokens,
            };
            self.quotas.owe(usage);
        }
    }
}

impl OfGenerations for Metered {
    fn enter(&self) -> Boxed<'_, Result<Arc<dyn Ticket>>> {
        Box::pin(self.enter())
    }
}

/// That a generation of a caller waits or runs.
#[derive(Debug)]
struct Entered(Metered);

impl Ticket for Entered {
    fn may_run(&self) -> Result<()> {
        let Metered { quotas, own } = &self.0;
        let now = quotas.clock.now();
        let mut meters = quotas.meters();
        for (whose, allowance) in own {
            let meter = meters.entry(whose.clone()).or_default();
            let held = meter.has_tokens(allowance, now);
            held.map_err(|enough| whose.told(enough))?;
        }
        Ok(())
    }

    fn used(&self, used: Used) {
        self.0.add(&used);
    }

    fn settle(&self) -> Boxed<'_, ()> {
        Box::pin(self.0.quotas.settle())
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut meters = self.0.quotas.meters();
        for (whose, _) in &self.0.own {
            if let Some(meter) = meters.get_mut(whose) {
                meter.at_once = meter.at_once.saturating_sub(1);
            }
        }
    }
}
