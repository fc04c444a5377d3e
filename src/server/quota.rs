//! How much is enough for one: requests a minute, generations at once, tokens a day and a month; for each user, each key and
//! each address. [`Allowance`] is how much, [`Quotas`] holds everybody to theirs, [`Metered`] is one caller's.
//!
//! What has been used is kept in memory and in the store's ledger: an answer counts when it has ended, by the tokens that the
//! model's server tells, or by its length where it does not (an answer that was stopped). How much the server takes in
//! all is said in [`super::limits`].

mod allowance;
mod enough;
mod meter;
mod metered;

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
pub use metered::Metered;

use super::{
    client::household,
    clock::Clock,
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
    /// [`crate::error::ErrorKind::Limited`] when there were too many.
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
