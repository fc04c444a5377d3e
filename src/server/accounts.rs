//! Who may come in: accounts, sessions, links and keys. One check ([`access`]) stands before every route.
//!
//! | file | noun |
//! |---|---|
//! | [`access`] | who may ask for what, and the check that holds every request to it |
//! | [`caller`] | who asks |
//! | [`cookie`] | what a browser is known by |
//! | [`entry`] | signing in and out, and links by which one comes in |
//! | [`flags`] | what is said at the start of people who sign in elsewhere |
//! | [`mode`] | how people come in at all |
//! | [`named`] | people whom another server names |
//! | [`oidc`] | people who sign in at an OIDC provider |
//! | [`own`] | what people do with what is theirs: password, second factor, sessions, keys |
//! | [`pages`] | the forms: sign in, account, administration |
//! | [`people`] | what administrators do with the accounts of others |
//! | [`password`] | passwords: how they are kept, and which are taken |
//! | [`proxy_header`] | the header by which a proxy in front says who asks |
//! | [`seldom`] | what is noted once in a while |
//! | [`slowing`] | wrong passwords |
//! | [`token`] | secrets that are made here |
//! | [`totp`] | the second factor |
//!
//! What is kept is the store's matter ([`super::store::users`], [`super::store::credentials`], [`super::store::ledger`]).
//! Whose chats a handler sees is decided by [`super::state`], from the [`Caller`] that the check has found.

pub mod access;
pub mod caller;
pub mod cookie;
pub mod entry;
pub mod flags;
pub mod mode;
pub mod named;
pub mod oidc;
pub mod own;
pub mod pages;
pub mod password;
pub mod people;
pub mod proxy_header;
pub mod seldom;
pub mod slowing;
pub mod token;
pub mod totp;

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Notify, time::sleep};
use tracing::{error, info, warn};

pub use access::Access;
pub use caller::{Caller, Visitor};
use flags::Elsewhere;
pub use mode::Mode;
use password::Passwords;
use seldom::Seldom;
use slowing::Slowing;

use super::{
    Config,
    clock::{Clock, milliseconds},
    quota::{self, Allowance, Quotas},
    store::{
        Credentials, Ledger, Users,
        credentials::{Hash, Link, LinkKind},
        ledger::Event,
        sqlite::Database,
        users::{Role, User},
    },
};
use crate::error::Result;

/// For how long a browser that is not used stays signed in.
pub const IDLE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// For how long it stays signed in at all.
pub const LONGEST: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// For how long a link is good.
pub const LINK: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// For how long what has happened is kept.
const KEPT: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// For how long it is believed who a secret belongs to: that long after `brooklet user disable` nobody is served any more.
const BELIEVED: Duration = Duration::from_secs(1);

/// How many secrets are believed at once.
const MOST_BELIEVED: usize = 20_000;

/// How often what has expired is thrown away.
const TIDY_EVERY: Duration = Duration::from_secs(60 * 60);

/// How many passwords are looked at at once: each takes 19 MiB and a core for some tens of milliseconds.
const PLACES: usize = 2;

/// All accounts of this server.
#[derive(Debug)]
pub struct Accounts {
    /// How people come in.
    pub mode: Mode,
    /// What time it is.
    pub clock: Clock,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// By what they are known.
    pub credentials: Arc<dyn Credentials>,
    /// What they have used, and what has happened.
    pub ledger: Arc<dyn Ledger>,
    /// How much each may have.
    pub quotas: Arc<Quotas>,
    passwords: Passwords,
    slowing: Slowing,
    seldom: Seldom,
    /// Where browsers find this server: without a slash at the end.
    home: String,
    /// Whether that is known, or a guess.
    is_public: bool,
    /// Who signs people in, if it is not we.
    elsewhere: Elsewhere,
    believed: Mutex<HashMap<Shown, Believed>>,
    /// Told when something has changed about who may come in.
    changes: Notify,
    /// Whether it is known that there is an account.
    has_users: AtomicBool,
}

/// What somebody is known by, for a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Shown {
    /// A secret of theirs, of which this is kept.
    Secret(Hash),
    /// What a proxy says of them, which is no secret: a secret that looks so is another thing.
    Named(Hash),
    /// Nothing: nobody signs in.
    Nothing,
}

/// Who somebody is, as it was lately.
#[derive(Clone, Debug)]
struct Believed {
    caller: Caller,
    /// When it was looked up: milliseconds since 1970.
    at: u64,
}

impl Accounts {
    /// Those that `database` has, for a server that `config` asks for and that listens on `address`; `elsewhere`: who signs
    /// people in, if it is not we. Prints the link by which
    /// the first account is made to the log, if there is none and one is needed.
    ///
    /// # Errors
    /// When the database cannot be used, or the system has no randomness.
    pub async fn open(
        config: &Config,
        address: SocketAddr,
        database: Arc<Database>,
        elsewhere: Elsewhere,
    ) -> io::Result<Self> {
        let mode = config.auth_mode(address);
        let home = config.public_url.clone();
        let limits = &config.limits;
        let part = limits.max_parallel + limits.max_queued.div_ceil(2);
        let part = u64::try_from(part.max(1)).unwrap_or(u64::MAX);
        let usual = limits.allowance.over(&Allowance {
            // One user alone does not keep all others out.
            at_once: (mode != Mode::None).then_some(part),
            ..Allowance::default()
        });
        let (ledger, clock) = (database.clone(), config.clock.clone());
        let quotas = Quotas::new(usual, limits.of_client(), ledger, clock);
        let accounts = Self {
            mode,
            clock: config.clock.clone(),
            users: database.clone(),
            credentials: database.clone(),
            ledger: database,
            quotas: Arc::new(quotas),
            passwords: Passwords::new(PLACES),
            slowing: Slowing::default(),
            seldom: Seldom::default(),
            is_public: home.is_some(),
            home: home.unwrap_or_else(|| guess(address, &config.host_name)),
            elsewhere,
            believed: Mutex::default(),
            changes: Notify::new(),
            has_users: AtomicBool::new(false),
        };
        let users = accounts.users.users().await.map_err(io::Error::other)?;
        match mode {
            Mode::Password if users.is_empty() => accounts.offer_set_up().await?,
            Mode::Oidc => {
                if let Some(oidc) = &accounts.elsewhere.oidc {
                    let ended = accounts.end_sessions_of_others(oidc).await;
                    ended.map_err(io::Error::other)?;
                }
            }
            Mode::Password => {
                // They have come in where others said who signs in, and could not now.
                let ended = accounts.credentials.end_sessions_without_password().await;
                ended.map_err(io::Error::other)?;
            }
            Mode::None | Mode::Header => {}
        }
        Ok(accounts)
    }

    /// Prints the link by which the first account is made.
    async fn offer_set_up(&self) -> io::Result<()> {
        let link = self
            .make_link(LinkKind::Setup, Role::Admin, None, None)
            .await;
        let link = link.map_err(io::Error::other)?;
        warn!(
            "there is no account yet. Open {link} in a browser to make the first one, which looks after the others. The \
             link is good once, and for three days; each start prints another one until there is an account."
        );
        Ok(())
    }

    /// Which day it is, as days since 1970 in UTC.
    pub fn today(&self) -> i64 {
        let day = self.clock.now() / milliseconds(Duration::from_secs(24 * 60 * 60));
        i64::try_from(day).unwrap_or_default()
    }

    /// The first day of this month, in the same way.
    pub fn month(&self) -> i64 {
        quota::first_of_month(self.clock.now())
    }

    /// Where browsers find this server: without a slash at the end.
    pub fn home(&self) -> &str {
        &self.home
    }

    /// Who everybody is where nobody signs in: the first administrator, where there are accounts, so that who had some finds
    /// the chats from before them, and nobody in particular elsewhere.
    async fn everybody(&self) -> Result<Caller> {
        if let Some(caller) = self.believed(&Shown::Nothing) {
            return Ok(caller);
        }
        let users = self.users.users().await?;
        let admins = users.into_iter().filter(|it| it.role == Role::Admin);
        let first = admins.min_by(|one, other| one.id.cmp(&other.id));
        let caller = first.map_or_else(Caller::default, Caller::everybody);
        self.believe(Shown::Nothing, caller.clone());
        Ok(caller)
    }

    /// Whether there is no account yet.
    ///
    /// # Errors
    /// When that could not be read.
    pub async fn is_empty(&self) -> Result<bool> {
        if self.has_users.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let none = self.users.users().await?.is_empty();
        // Once there is one there is always one: an administrator is never the last to go.
        self.has_users.store(!none, Ordering::Relaxed);
        Ok(none)
    }

    /// Whether browsers are known to reach this server by TLS alone.
    pub fn is_behind_tls(&self) -> bool {
        self.is_public && self.home.starts_with("https://")
    }

    /// A link that is good once, for so many days.
    async fn make_link(
        &self,
        kind: LinkKind,
        role: Role,
        user: Option<String>,
        made_by: Option<String>,
    ) -> Result<String> {
        let (secret, now) = (
            token::new().map_err(entry::no_randomness)?,
            self.clock.now(),
        );
        let link = Link {
            id: entry::new_id(),
            kind,
            role,
            user,
            made_by,
            made_at: now,
            expires_at: now + milliseconds(LINK),
        };
        self.credentials
            .add_link(token::hash(&secret), link)
            .await?;
        Ok(format!("{}/join?link={secret}", self.home))
    }

    /// Takes note of what has happened: in the store, and without it in the log, so that it is not lost.
    pub async fn note(&self, kind: &str, about: &User, visitor: &Visitor, detail: &str) {
        self.note_by(kind, about, "", visitor.address, detail).await;
    }

    /// The same of what anybody can have happen as often as they like: once for each address and a while.
    async fn note_seldom(&self, kind: &'static str, about: &User, visitor: &Visitor, detail: &str) {
        let now = self.clock.now();
        if self.seldom.is_time(kind, &about.id, visitor.address, now) {
            self.note(kind, about, visitor, detail).await;
        }
    }

    /// The same, where somebody else has done it.
    async fn note_by(&self, kind: &str, about: &User, actor: &str, address: IpAddr, detail: &str) {
        let event = Event {
            at: self.clock.now(),
            kind: kind.to_owned(),
            user: Some(about.id.clone()).filter(|id| !id.is_empty()),
            name: about.name.clone(),
            actor: actor.to_owned(),
            address: address.to_string(),
            detail: detail.to_owned(),
            ..Event::default()
        };
        info!(kind, user = %about.id, actor, %address, "account");
        if let Err(fault) = self.ledger.note(event).await {
            error!(kind, user = %about.id, %address, "what has happened to an account could not be kept: {fault}");
        }
    }

    /// Throws away what has expired, now and then, for as long as the process lives.
    pub async fn tidy(self: Arc<Self>) {
        loop {
            let now = self.clock.now();
            let before = |time| now.saturating_sub(milliseconds(time));
            let forgotten = self
                .credentials
                .forget_credentials(before(IDLE), before(LONGEST), now)
                .await;
            let events = self.ledger.forget_events(before(KEPT)).await;
            let usage = self.ledger.forget_usage_of_addresses(self.month()).await;
            if let Err(fault) = forgotten.and(events).and(usage) {
                error!("what has expired could not be thrown away: {fault}");
            }
            sleep(TIDY_EVERY).await;
        }
    }

    /// Who it is, if that was looked up a moment ago.
    fn believed(&self, shown: &Shown) -> Option<Caller> {
        let now = self.clock.now();
        let believed = self.all_believed();
        let found = believed.get(shown)?;
        // A clock that has been set back is no reason to believe for longer.
        let lately = found.at..found.at + milliseconds(BELIEVED);
        lately.contains(&now).then(|| found.caller.clone())
    }

    /// Has it be believed for a moment.
    fn believe(&self, shown: Shown, caller: Caller) {
        let at = self.clock.now();
        let mut believed = self.all_believed();
        if believed.len() >= MOST_BELIEVED {
            believed.clear();
        }
        believed.insert(shown, Believed { caller, at });
    }

    /// Nothing is believed any more: something has changed.
    fn doubt(&self) {
        self.all_believed().clear();
        self.changes.notify_one();
    }

    /// Waits until something has changed about who may come in; for one who waits.
    pub async fn changed(&self) {
        self.changes.notified().await;
    }

    fn all_believed(&self) -> MutexGuard<'_, HashMap<Shown, Believed>> {
        self.believed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where browsers may find a server that listens on this address.
fn guess(address: SocketAddr, names: &[String]) -> String {
    let (ip, port) = (address.ip(), address.port());
    match names.first() {
        Some(name) => format!("http://{name}:{port}"),
        None if ip.is_unspecified() => format!("http://localhost:{port}"),
        None => format!("http://{address}"),
    }
}
