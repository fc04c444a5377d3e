//! How many tokens each has had, and what has happened to accounts: one trait, [`Ledger`].

use super::StoreFault;
use crate::server::Boxed;

/// How an address is called where a user is expected, and it follows: no id has a space in it.
pub const OF_ADDRESS: &str = "address ";

/// Where that is kept.
pub trait Ledger: std::fmt::Debug + Send + Sync + 'static {
    /// Adds to what a user has had of a model on a day.
    ///
    /// # Errors
    /// When it could not be written.
    fn add_usage(&self, usage: Usage) -> Boxed<'_, Result<(), StoreFault>>;

    /// What a user (or everybody, each for themselves) has had since a day, by day, then by user and model.
    ///
    /// # Errors
    /// When it could not be read.
    fn usage<'a>(
        &'a self,
        user: Option<&'a str>,
        since: i64,
    ) -> Boxed<'a, Result<Vec<Usage>, StoreFault>>;

    /// Forgets what addresses have had before a day.
    ///
    /// # Errors
    /// When it could not be written.
    fn forget_usage_of_addresses(&self, before: i64) -> Boxed<'_, Result<(), StoreFault>>;

    /// Notes what has happened.
    ///
    /// # Errors
    /// When it could not be written.
    fn note(&self, event: Event) -> Boxed<'_, Result<(), StoreFault>>;

    /// At most `count` of what has happened before the event `before`, or last; the newest first.
    ///
    /// # Errors
    /// When it could not be read.
    fn events(&self, before: Option<i64>, count: u32) -> Boxed<'_, Result<Vec<Event>, StoreFault>>;

    /// Forgets what happened before that: milliseconds since 1970.
    ///
    /// # Errors
    /// When it could not be written.
    fn forget_events(&self, before: u64) -> Boxed<'_, Result<(), StoreFault>>;
}

/// What a user has had of a model on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The id of the user or of the key, or the address.
    pub user: String,
    /// Days since 1970, in UTC.
    pub day: i64,
    /// The model.
    pub model: String,
    /// How many answers.
    pub answers: u64,
    /// How many tokens were read for them.
    pub prompt_tokens: u64,
    /// How many they are.
    pub tokens: u64,
}

/// What has happened to an account. Nothing in it is a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Its number: later ones have greater ones. 0: it is not kept yet.
    pub number: i64,
    /// When: milliseconds since 1970.
    pub at: u64,
    /// What: a code, such as `signed_in`.
    pub kind: String,
    /// Whose account it is about: the id, if it is known.
    pub user: Option<String>,
    /// Its name then, or the one that was tried.
    pub name: String,
    /// The name of who did it, if it is somebody else.
    pub actor: String,
    /// From where.
    pub address: String,
    /// What else there is to know.
    pub detail: String,
}
