//! By what people and programs are known: one trait, [`Credentials`]. Of every secret only a hash is known here.

use std::collections::HashSet;

use super::{
    StoreFault,
    users::{Role, User},
};
use crate::server::Boxed;

/// SHA-256 of a secret.
pub type Hash = [u8; 32];

/// Where sessions, links, keys and codes are kept.
pub trait Credentials: std::fmt::Debug + Send + Sync + 'static {
    /// Keeps a session of a user who may come in, and whose password has this hash still, if one is named; false: they may
    /// not, or it has not.
    ///
    /// # Errors
    /// When it could not be written.
    fn add_session<'a>(
        &'a self,
        hash: Hash,
        session: Session,
        password: Option<&'a str>,
    ) -> Boxed<'a, Result<bool, StoreFault>>;

    /// The session of this secret, and whose it is; `None`: there is none.
    ///
    /// # Errors
    /// When it could not be read.
    fn session(&self, hash: Hash) -> Boxed<'_, Result<Option<(Session, User)>, StoreFault>>;

    /// All sessions of a user, the one that was used last first.
    ///
    /// # Errors
    /// When they could not be read.
    fn sessions<'a>(&'a self, user: &'a str) -> Boxed<'a, Result<Vec<Session>, StoreFault>>;

    /// Notes when a session was used.
    ///
    /// # Errors
    /// When it could not be written.
    fn touch_session(&self, hash: Hash, at: u64) -> Boxed<'_, Result<(), StoreFault>>;

    /// Ends sessions of a user; gives how many.
    ///
    /// # Errors
    /// When it could not be written.
    fn end_sessions<'a>(
        &'a self,
        user: &'a str,
        which: Which<'a>,
    ) -> Boxed<'a, Result<u64, StoreFault>>;

    /// The ids of all sessions that were used since `seen` and begun since `made`, and of all keys that are good at `now`, of
    /// those who may come in.
    ///
    /// # Errors
    /// When they could not be read.
    fn good(
        &self,
        seen: u64,
        made: u64,
        now: u64,
    ) -> Boxed<'_, Result<HashSet<String>, StoreFault>>;

    /// Ends the sessions of those who have no password.
    ///
    /// # Errors
    /// When it could not be written.
    fn end_sessions_without_password(&self) -> Boxed<'_, Result<(), StoreFault>>;

    /// Forgets sessions that were not used since `seen`, or were begun before `made`, and what has expired by `now`.
    ///
    /// # Errors
    /// When it could not be written.
    fn forget_credentials(
        &self,
        seen: u64,
        made: u64,
        now: u64,
    ) -> Boxed<'_, Result<(), StoreFault>>;

    /// Keeps a link; one for the set-up takes the place of those that were.
    ///
    /// # Errors
    /// When it could not be written.
    fn add_link(&self, hash: Hash, link: Link) -> Boxed<'_, Result<(), StoreFault>>;

    /// The link of this secret; `None`: there is none (any more).
    ///
    /// # Errors
    /// When it could not be read.
    fn link(&self, hash: Hash) -> Boxed<'_, Result<Option<Link>, StoreFault>>;

    /// All of them, the newest first.
    ///
    /// # Errors
    /// When they could not be read.
    fn links(&self) -> Boxed<'_, Result<Vec<Link>, StoreFault>>;

    /// Uses a link up, or takes it back; false: it was not there.
    ///
    /// # Errors
    /// When it could not be written.
    fn take_link<'a>(&'a self, id: &'a str) -> Boxed<'a, Result<bool, StoreFault>>;

    /// Uses up one of the codes by which a user comes in without their second factor; false: it was not there.
    ///
    /// # Errors
    /// When it could not be written.
    fn take_code<'a>(&'a self, user: &'a str, code: Hash) -> Boxed<'a, Result<bool, StoreFault>>;

    /// Keeps a key of a user who may come in, and whose password has this hash still, if one is named; false: they may not,
    /// or it has not.
    ///
    /// # Errors
    /// When it could not be written.
    fn add_key<'a>(
        &'a self,
        hash: Hash,
        key: Key,
        password: Option<&'a str>,
    ) -> Boxed<'a, Result<bool, StoreFault>>;

    /// The key of this secret, and whose it is; `None`: there is none.
    ///
    /// # Errors
    /// When it could not be read.
    fn key(&self, hash: Hash) -> Boxed<'_, Result<Option<(Key, User)>, StoreFault>>;

    /// All keys of a user, the newest first.
    ///
    /// # Errors
    /// When they could not be read.
    fn keys<'a>(&'a self, user: &'a str) -> Boxed<'a, Result<Vec<Key>, StoreFault>>;

    /// All keys of everybody, by their users, the newest first.
    ///
    /// # Errors
    /// When they could not be read.
    fn all_keys(&self) -> Boxed<'_, Result<Vec<Key>, StoreFault>>;

    /// Has a key have these limits (a JSON object); false: there is no such key.
    ///
    /// # Errors
    /// When it could not be written.
    fn limit_key<'a>(&'a self, id: &'a str, limits: &'a str)
    -> Boxed<'a, Result<bool, StoreFault>>;

    /// Takes a key of a user back; gives its name, if it was there.
    ///
    /// # Errors
    /// When it could not be written.
    fn drop_key<'a>(
        &'a self,
        user: &'a str,
        id: &'a str,
    ) -> Boxed<'a, Result<Option<String>, StoreFault>>;

    /// Notes when, and from where, a key was used.
    ///
    /// # Errors
    /// When it could not be written.
    fn touch_key<'a>(
        &'a self,
        hash: Hash,
        at: u64,
        address: &'a str,
    ) -> Boxed<'a, Result<(), StoreFault>>;
}

/// A browser in which somebody has signed in. Times are milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// By which its user can speak of it.
    pub id: String,
    /// Whose: the id.
    pub user: String,
    /// When it began.
    pub made_at: u64,
    /// When it was last used, to some minutes.
    pub seen_at: u64,
    /// What the browser calls itself.
    pub agent: String,
    /// From where it came.
    pub address: String,
}

/// Which sessions of a user.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// The one of this id.
    One(&'a str),
    /// All but that one.
    AllBut(&'a str),
    /// All.
    All,
}

/// What a link is good for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkKind {
    /// The first account.
    Setup,
    /// One more.
    #[default]
    Invitation,
    /// A new password.
    Reset,
}

impl LinkKind {
    /// As it is kept.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Invitation => "invitation",
            Self::Reset => "reset",
        }
    }

    /// The one of this code.
    pub fn of(code: &str) -> Self {
        match code {
            "setup" => Self::Setup,
            "reset" => Self::Reset,
            _ => Self::Invitation,
        }
    }
}

/// A link that is good once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// By which one can speak of it.
    pub id: String,
    /// What it is good for.
    pub kind: LinkKind,
    /// What one becomes by it.
    pub role: Role,
    /// Whose password it is for: the id.
    pub user: Option<String>,
    /// Who made it: the id.
    pub made_by: Option<String>,
    /// When it was made: milliseconds since 1970.
    pub made_at: u64,
    /// Until when it is good.
    pub expires_at: u64,
}

/// What a program is known by. Times are milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// By which its user can speak of it.
    pub id: String,
    /// Whose: the id.
    pub user: String,
    /// What they call it.
    pub name: String,
    /// Its first letters.
    pub begins: String,
    /// What it may do: some of `chat` and `read`, with a space between.
    pub scopes: String,
    /// What of its user's limits is another for it: a JSON object.
    pub limits: String,
    /// When it was made.
    pub made_at: u64,
    /// Until when it is good; `None`: for ever.
    pub expires_at: Option<u64>,
    /// When it was last used, to a minute.
    pub used_at: Option<u64>,
    /// From where.
    pub address: String,
}
