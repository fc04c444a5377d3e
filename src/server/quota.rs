//! How much is enough for one: requests a minute, generations at once, tokens a day and a month; for each user, each key and
//! each address. [`Allowance`] is how much, [`Quotas`] holds everybody to theirs, [`Metered`] is one caller's.
//!
//! What has been used is kept in memory and in the store's ledger: an answer counts when it has ended, by the tokens that the
//! model's server tells, or by its length where it does not (an answer that was stopped). How much the server takes in
//! all is said in [`super::limits`].

mod allowance;
mod meter;

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tracing::error;

pub use allowance::Allowance;
use meter::{Meter, Period};

use super::{
    Boxed,
    client::household,
    clock::Clock,
    generation::meter::{Meter as OfGenerations, Ticket, Used},
    store::{Ledger, ledger::Usage},
};
use crate::{
    error::{Error, ErrorKind, Result},
    words::told,
};

/// The first day of the month that a time (milliseconds since 1970) is in, as days since 1970 in UTC.
pub fn first_of_month(now: u64) -> i64 {
    Period::Month.first_day(now)
}

/// How many meters there are at the most; those of addresses are thrown away first.
const MOST: usize = 50_000;

/// Everybody's meters.
#[derive(Debug)]
pub struct Quotas {
    /// What each user may have of whom nothing else is said.
    usual: Allowance,
    /// What each address may have, in requests a minute, whoever asks from it.
    of_address: Option<u64>,
    ledger: Arc<dyn Ledger>,
    clock: Clock,
    meters: Mutex<HashMap<Whose, Meter>>,
    /// What the ledger has not taken yet.
    owed: Mutex<Owed>,
    /// Whether it took nothing the last time.
    fails: AtomicBool,
}

/// What somebody has used of a model on a day, by these.
type Owed = HashMap<(Arc<str>, i64, String), Usage>;

/// Whose a meter is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Whose {
    /// A user's or a key's, by its id.
    Id(Arc<str>),
    /// An address's.
    Address(IpAddr),
}

/// The meters of one caller: those of their user and, if a program asks, of its key.
#[derive(Clone, Debug)]
pub struct Metered {
    quotas: Arc<Quotas>,
    /// Each with what it may have.
    own: Vec<(Arc<str>, Allowance)>,
}

impl Quotas {
    /// `usual`: what each user may have; `of_address`: how many requests a minute an address.
    pub fn new(
        usual: Allowance,
        of_address: Option<u64>,
        ledger: Arc<dyn Ledger>,
        clock: Clock,
    ) -> Self {
        Self {
            usual,
            of_address,
            ledger,
            clock,
            meters: Mutex::default(),
            owed: Mutex::default(),
            fails: AtomicBool::new(false),
        }
    }

    /// Lets one more request from this address pass. This machine is not counted, as a proxy speaks for many.
    ///
    /// # Errors
    /// [`ErrorKind::Limited`] when there were too many.
    pub fn request_from(&self, address: IpAddr) -> Result<()> {
        let Some(most) = self.of_address.filter(|_| !address.is_loopback()) else {
            return Ok(());
        };
        self.count(Whose::Address(household(address)), most)
    }

    /// The meters of a caller of this user, and of this key.
    pub fn of(
        self: &Arc<Self>,
        user: (Arc<str>, &Allowance),
        key: Option<(Arc<str>, &Allowance)>,
    ) -> Metered {
        let (id, own) = user;
        let mut all = vec![(id, own.over(&self.usual))];
        all.extend(key.map(|(id, allowance)| (id, *allowance)));
        Metered {
            quotas: Arc::clone(self),
            own: all,
        }
    }

    /// What a user may have who has this allowance.
    pub fn usual(&self) -> &Allowance {
        &self.usual
    }

    fn count(&self, whose: Whose, most: u64) -> Result<()> {
        let now = self.clock.now();
        let mut meters = self.meters();
        if meters.len() >= MOST {
            meters.retain(|whose, _| matches!(whose, Whose::Id(_)));
        }
        let meter = meters.entry(whose).or_default();
        meter.request(most, now).map_err(|seconds| {
            let (most, wait) = (most.to_string(), seconds.to_string());
            Error::told(ErrorKind::Limited, told::too_many_requests(&most, &wait)).after(seconds)
        })
    }

    /// Reads from the ledger what somebody has used before this process, once.
    async fn load(&self, id: &Arc<str>) -> Result<()> {
        let now = self.clock.now();
        let loaded = |meters: &HashMap<Whose, Meter>| {
            let meter = meters.get(&Whose::Id(Arc::clone(id)));
            meter.is_some_and(Meter::is_loaded)
        };
        if loaded(&self.meters()) {
            return Ok(());
        }
        let since = Period::Month.first_day(now);
        let usage = self.ledger.usage(Some(id), since).await?;
        let mut meters = self.meters();
        // Others may have asked meanwhile.
        if !loaded(&meters) {
            let meter = meters.entry(Whose::Id(Arc::clone(id))).or_default();
            meter.load(&usage, now);
        }
        Ok(())
    }

    /// Writes down what the ledger has not taken yet; a disk that is full keeps nobody from asking, and is told once.
    pub async fn settle(&self) {
        let owed = std::mem::take(&mut *self.owed());
        let mut failed = false;
        for usage in owed.into_values() {
            // One that fails is enough to wait for: the others are tried with the next answer.
            failed = failed || self.ledger.add_usage(usage.clone()).await.is_err();
            if failed {
                self.owe(usage);
            }
        }
        let failed_before = self.fails.swap(failed, Ordering::Relaxed);
        if failed && !failed_before {
            // Why is the journal's to tell.
            error!("what was used cannot be kept for now; it is tried again with each answer");
        }
    }

    /// Adds to what has to be written down.
    fn owe(&self, usage: Usage) {
        let key = (Arc::from(&*usage.user), usage.day, usage.model.clone());
        let mut owed = self.owed();
        let sum = owed.entry(key).or_insert_with(|| Usage {
            user: usage.user.clone(),
            day: usage.day,
            model: usage.model.clone(),
            ..Usage::default()
        });
        sum.answers += usage.answers;
        sum.prompt_tokens += usage.prompt_tokens;
        sum.tokens += usage.tokens;
    }

    fn owed(&self) -> MutexGuard<'_, Owed> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn meters(&self) -> MutexGuard<'_, HashMap<Whose, Meter>> {
        self.meters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Metered {
    /// Lets one more request pass.
    ///
    /// # Errors
    /// [`ErrorKind::Limited`] when there were too many.
    pub fn request(&self) -> Result<()> {
        // The key's first: what it may not have is not its user's loss.
        for (id, allowance) in self.own.iter().rev() {
            if let Some(most) = allowance.requests_per_minute {
                self.quotas.count(Whose::Id(Arc::clone(id)), most)?;
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
        let Some((id, allowance)) = self.own.first() else {
            return Ok([(0, None); 2]);
        };
        self.quotas.load(id).await?;
        let mut meters = self.quotas.meters();
        let meter = meters.entry(Whose::Id(Arc::clone(id))).or_default();
        let most = [allowance.tokens_per_day, allowance.tokens_per_month];
        let used = [Period::Day, Period::Month].map(|period| meter.tokens(period, now));
        Ok([(used[0], most[0]), (used[1], most[1])])
    }

    async fn enter(&self) -> Result<Arc<dyn Ticket>> {
        let quotas = &self.quotas;
        for (id, _) in &self.own {
            quotas.load(id).await?;
        }
        let now = quotas.clock.now();
        let mut meters = quotas.meters();
        for (id, allowance) in &self.own {
            let meter = meters.entry(Whose::Id(Arc::clone(id))).or_default();
            meter.holds(allowance, now)?;
        }
        for (id, _) in &self.own {
            let meter = meters.entry(Whose::Id(Arc::clone(id))).or_default();
            meter.at_once += 1;
        }
        drop(meters);
        Ok(Arc::new(Entered(self.clone())))
    }

    fn add(&self, used: &Used) {
        let now = self.quotas.clock.now();
        for (id, _) in &self.own {
            {
                let mut meters = self.quotas.meters();
                let meter = meters.entry(Whose::Id(Arc::clone(id))).or_default();
                meter.add(used.prompt_tokens + used.tokens, now);
            }
            let usage = Usage {
                user: id.as_ref().to_owned(),
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
        for (id, allowance) in own {
            let meter = meters.entry(Whose::Id(Arc::clone(id))).or_default();
            meter.has_tokens(allowance, now)?;
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
        for (id, _) in &self.0.own {
            if let Some(meter) = meters.get_mut(&Whose::Id(Arc::clone(id))) {
                meter.at_once = meter.at_once.saturating_sub(1);
            }
        }
    }
}
