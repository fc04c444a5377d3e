//! How much is enough for one: requests a minute, generations at once, tokens a day and a month; for each user, each key and
//! each address. [`Allowance`] is how much, [`Quotas`] holds everybody to theirs, [`Metered`] is one caller's.
//!
//! What has been used is kept in memory and in the store's ledger: an answer counts when it has ended, by the tokens that the
//! model's server tells, or by its length where it does not (an answer that was stopped). How much the server takes in
//! all is said in [`super::limits`].

mod allowance;
mod enough;
mod meter;

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tracing::error;

pub use allowance::Allowance;
use enough::{Enough, What, Whose};
use meter::{Meter, Period};

use super::{
    Boxed,
    client::household,
    clock::Clock,
    generation::meter::{Meter as OfGenerations, Ticket, Used},
    store::{Ledger, ledger::Usage},
};
use crate::error::Result;

/// The first day of the month that a time (milliseconds since 1970) is in, as days since 1970 in UTC.
pub fn first_of_month(now: u64) -> i64 {
    Period::Month.first_day(now)
}

/// Beyond how many meters those at rest are thrown away: what they know is in the ledger. And how often it is looked, in
/// milliseconds.
const MANY: usize = 50_000;
const SWEPT_EVERY: u64 = 60_000;

/// Everybody's meters.
#[derive(Debug)]
pub struct Quotas {
    /// What each user may have of whom nothing else is said.
    usual: Allowance,
    /// What each address may have, whoever asks from it.
    of_address: Allowance,
    ledger: Arc<dyn Ledger>,
    clock: Clock,
    meters: Mutex<HashMap<Whose, Meter>>,
    /// When those at rest were thrown away: milliseconds since 1970.
    swept: AtomicU64,
    /// What the ledger has not taken yet.
    owed: Mutex<Owed>,
    /// Whether it took nothing the last time.
    fails: AtomicBool,
}

/// What somebody has used of a model on a day, by these.
type Owed = HashMap<(Arc<str>, i64, String), Usage>;

/// The meters of one caller: those of their user, of the key if a program asks, and of the address if there is a limit for
/// such.
#[derive(Clone, Debug)]
pub struct Metered {
    quotas: Arc<Quotas>,
    /// Each with what it may have; the user's is the first.
    own: Vec<(Whose, Allowance)>,
}

impl Quotas {
    /// `usual`: what each user may have; `of_address`: what each address may.
    pub fn new(
        usual: Allowance,
        of_address: Allowance,
        ledger: Arc<dyn Ledger>,
        clock: Clock,
    ) -> Self {
        Self {
            usual,
            of_address,
            ledger,
            clock,
            meters: Mutex::default(),
            swept: AtomicU64::new(0),
            owed: Mutex::default(),
            fails: AtomicBool::new(false),
        }
    }

    /// Lets one more request from this address pass. This machine is not counted, as a proxy speaks for many.
    ///
    /// # Errors
    /// [`Limited`](crate::error::ErrorKind::Limited) when there were too many.
    pub fn request_from(&self, address: IpAddr) -> Result<()> {
        match self.of_address.requests_per_minute {
            Some(most) if !address.is_loopback() => {
                self.count(Whose::Address(household(address)), most)
            }
            _ => Ok(()),
        }
    }

    /// The meters of a caller of this user, of this key, at this address.
    pub fn of(
        self: &Arc<Self>,
        user: (Arc<str>, &Allowance),
        key: Option<(Arc<str>, &Allowance)>,
        address: Option<IpAddr>,
    ) -> Metered {
        let (id, own) = user;
        let mut all = vec![(Whose::User(id), own.over(&self.usual))];
        all.extend(key.map(|(id, allowance)| (Whose::Key(id), *allowance)));
        // Its requests are counted before it is known who asks.
        let of_address = Allowance {
            requests_per_minute: None,
            ..self.of_address
        };
        if let Some(address) = address.filter(|it| !it.is_loopback())
            && of_address != Allowance::default()
        {
            all.push((Whose::Address(household(address)), of_address));
        }
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
        let swept = self.swept.load(Ordering::Relaxed);
        if meters.len() >= MANY && now.abs_diff(swept) >= SWEPT_EVERY {
            self.swept.store(now, Ordering::Relaxed);
            meters.retain(|_, meter| !meter.rests(now));
        }
        let meter = meters.entry(whose.clone()).or_default();
        meter.request(most, now).map_err(|wait| {
            let (what, used) = (What::Requests, most);
            whose.told(Enough {
                what,
                used,
                most,
                wait,
            })
        })
    }

    /// Reads from the ledger what somebody has used before this process, once.
    async fn load(&self, whose: &Whose) -> Result<()> {
        let now = self.clock.now();
        let loaded =
            |meters: &HashMap<Whose, Meter>| meters.get(whose).is_some_and(Meter::is_loaded);
        if loaded(&self.meters()) {
            return Ok(());
        }
        let since = Period::Month.first_day(now);
        let usage = self.ledger.usage(Some(&whose.name()), since).await?;
        let mut meters = self.meters();
        // Others may have asked meanwhile.
        if !loaded(&meters) {
            meters.entry(whose.clone()).or_default().load(&usage, now);
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
    /// [`Limited`](crate::error::ErrorKind::Limited) when there were too many.
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
