//! What lasts: two traits, [`Store`] for generations and [`Chats`] for the chats that they belong to, and who fulfils
//! them.
//!
//! | file | noun |
//! |---|---|
//! | [`chats`] | what can be done with chats |
//! | [`folder`] | the data folder, which one process has at a time |
//! | [`sqlite`] | SQLite, one file in that folder |
//! | [`whole`] | a chat with all that is known of it |
//! | [`words`] | from text to the words by which it is found |
//!
//! Nothing here knows of HTTP, of upstreams, or of when to save: that is `generation::journal`'s matter.

pub mod chats;
pub mod folder;
pub mod sqlite;
pub mod whole;
pub mod words;

use std::time::SystemTime;

use serde_json::Value;
use thiserror::Error as Fault;
use tracing::error;

pub use chats::{Chats, Place, Question};
pub use folder::Folder;
pub use sqlite::Sqlite;
pub use whole::Whole;

use super::Boxed;
use crate::{
    chat::Done,
    error::{Error, ErrorKind},
};

/// Where generations are kept.
pub trait Store: Send + Sync + 'static {
    /// Saves changes, all or none of them.
    ///
    /// # Errors
    /// When they could not be written: a full disk, for one.
    fn save(&self, changes: Vec<Change>) -> Boxed<'_, Result<(), StoreFault>>;

    /// A generation, once it has ended; while it runs, only that it has begun. `None`: it never was, or is forgotten.
    ///
    /// # Errors
    /// When it could not be read.
    fn generation<'a>(&'a self, id: &'a str) -> Boxed<'a, Result<Option<Stored>, StoreFault>>;

    /// The generation that a request began, by the client's own id of the request.
    ///
    /// # Errors
    /// When it could not be read.
    fn begun_by<'a>(&'a self, request_id: &'a str)
    -> Boxed<'a, Result<Option<Stored>, StoreFault>>;

    /// Forgets some of what is old: generations that were begun before `time` and whose answers are in no chat, and
    /// chats that were deleted before it. Gives whether there may be more.
    ///
    /// # Errors
    /// When that could not be written.
    fn forget_before(&self, time: SystemTime) -> Boxed<'_, Result<bool, StoreFault>>;

    /// Writes out what is still in memory and lets go of the files.
    fn close(&self) -> Boxed<'_, ()>;
}

/// What has come of a generation since it was last saved; when it has ended, all that it has said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// Which generation.
    pub id: String,
    /// What there is to know of it when it is saved for the first time.
    pub begun: Option<Begun>,
    /// The number of the last entry in here; 0: there is nothing new in it.
    pub seq: u64,
    /// Its answer, or more of it.
    pub content: String,
    /// Its reasoning, or more of it.
    pub thinking: String,
    /// Its tool calls, or more of them.
    pub tool_calls: Vec<Value>,
    /// How it ended.
    pub done: Option<Done>,
}

impl Change {
    /// Whether it is more of what is still being said.
    fn is_piece(&self) -> bool {
        self.done.is_none()
            && !(self.content.is_empty() && self.thinking.is_empty() && self.tool_calls.is_empty())
    }
}

/// A generation that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The model that writes it.
    pub model: String,
    /// The client's own id of the request.
    pub request_id: Option<String>,
    /// Where in which chat its answer stands, if it is one of a chat.
    pub place: Option<Place>,
    /// When.
    pub at: SystemTime,
}

/// A generation as it was saved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stored {
    /// Its name in URLs.
    pub id: String,
    /// The model that wrote it.
    pub model: String,
    /// The answer.
    pub content: String,
    /// The reasoning.
    pub thinking: String,
    /// The tools it called.
    pub tool_calls: Vec<Value>,
    /// The number of the entry that ended it; 0 while it runs.
    pub seq: u64,
    /// How it ended; `None` while it runs.
    pub done: Option<Done>,
}

/// What can go wrong with a store.
#[derive(Debug, Fault)]
pub enum StoreFault {
    /// The data folder cannot be used.
    #[error("the data folder {folder} cannot be used: {cause}. Choose another with --data-dir.")]
    Folder {
        /// Which.
        folder: String,
        /// Why.
        cause: std::io::Error,
    },
    /// Another Brooklet has the data folder.
    #[error(
        "another Brooklet has the data folder {0} already. Stop it, or choose another folder with --data-dir."
    )]
    Taken(String),
    /// The file was written by a later version.
    #[error(
        "{0} was written by a newer Brooklet. Start that one, or choose another folder with --data-dir."
    )]
    Newer(String),
    /// The file was written by something between two versions.
    #[error(
        "{0} was written by a Brooklet that was never released. Move it away, or choose another folder with --data-dir."
    )]
    Odd(String),
    /// SQLite says no.
    #[error("the database says: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database could not be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

impl From<StoreFault> for Error {
    fn from(fault: StoreFault) -> Self {
        // It is closed at the end, while the last requests are still answered.
        if matches!(fault, StoreFault::Database(sqlx::Error::PoolClosed)) {
            return Self::new(
                ErrorKind::Stopping,
                "Brooklet is shutting down. Try again when it is back.",
            );
        }
        error!("the store failed: {fault}");
        Self::new(
            ErrorKind::Internal,
            "Brooklet could not use its database; its log says why. Try again.",
        )
    }
}
