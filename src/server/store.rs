//! What lasts: traits, [`Store`] for generations, [`Chats`] for the chats that they belong to and [`Desk`] for what lies
//! beside them, which are of one user; [`Users`], [`Credentials`] and [`Ledger`] for all users; and who fulfils them.
//!
//! | file | noun |
//! |---|---|
//! | [`chats`] | what can be done with chats |
//! | [`credentials`] | by what people and programs are known: sessions, links, keys, codes |
//! | [`desk`] | what can be done with presets, saved prompts and drafts |
//! | [`folder`] | the data folder, which one process has at a time |
//! | [`ledger`] | how many tokens each has had, and what has happened to accounts |
//! | [`sqlite`] | SQLite, one file in that folder; its backups |
//! | [`unfinished`] | downloads that go on after a restart |
//! | [`users`] | who there is |
//! | [`whole`] | a chat with all that is known of it |
//! | [`words`] | from text to the words by which it is found |
//!
//! Nothing here knows of HTTP, of upstreams, or of when to save: that is `generation::journal`'s matter.

pub mod chats;
pub mod credentials;
pub mod desk;
pub mod folder;
pub mod ledger;
pub mod sqlite;
pub mod unfinished;
pub mod users;
pub mod whole;
pub mod words;

use std::{sync::Arc, time::SystemTime};

use serde_json::Value;
use thiserror::Error as Fault;
use tracing::error;

pub use chats::{Chats, Place, Question};
pub use credentials::Credentials;
pub use desk::Desk;
pub use folder::Folder;
pub use ledger::Ledger;
pub use sqlite::Sqlite;
pub use unfinished::Unfinished;
pub use users::Users;
pub use whole::Whole;

use super::Boxed;
use crate::{
    chat::Done,
    error::{Error, ErrorKind},
    words::told,
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
    /// Whose it is: the id of a user, or nothing where there are no accounts.
    pub owner: Arc<str>,
    /// The model that writes it.
    pub model: String,
    /// How the model was asked: a JSON object.
    pub asked: String,
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
    /// The file was written by an earlier version.
    #[error(
        "{0} was written by an older Brooklet. Start this one once to bring it up to date, then try again."
    )]
    Older(String),
    /// The file was written by something between two versions.
    #[error(
        "{0} was written by a Brooklet that was never released. Move it away, or choose another folder with --data-dir."
    )]
    Odd(String),
    /// There is no database.
    #[error(
        "there is no database {0}. Name the folder that it is in with --data-dir; a Brooklet that is started makes one."
    )]
    Missing(String),
    /// The file is whole, but not ours.
    #[error(
        "{0} is a database, but not one of Brooklet's. Move it away, or choose another folder with --data-dir."
    )]
    Foreign(String),
    /// The file is not as it was written.
    #[error(
        "the database {file} is damaged: {cause}. A disk that fails can do that, or another program that wrote into it. \
         Nothing was changed. `brooklet db check` looks at all of it; `brooklet restore FILE` puts a backup in its \
         place, and keeps this one beside it. Without a backup, `sqlite3 {file} .recover` (sqlite.org) writes out, as \
         SQL, what can still be read of it."
    )]
    Damaged {
        /// Which.
        file: String,
        /// What is wrong.
        cause: String,
    },
    /// Another program has the file for itself.
    #[error(
        "another program has locked the database {0}: one that shows databases, perhaps, or one that backs up or \
         synchronises files. Nothing was changed. Close that program, and try again."
    )]
    Locked(String),
    /// There is something of the name that a copy was to have.
    #[error(
        "{0} is there already, and nothing is overwritten. Name another file, or move it away."
    )]
    Exists(String),
    /// A file could not be written.
    #[error(
        "{file} cannot be written: {cause}. See whether its folder is there, may be written to, and has room; then try \
         again."
    )]
    File {
        /// Which.
        file: String,
        /// Why.
        cause: std::io::Error,
    },
    /// There is no room on the disk.
    #[error(
        "the disk is full, so {0} could not be written. Nothing that was stored is lost. Make room on the disk."
    )]
    Full(String),
    /// The disk does not do what it is asked for.
    #[error(
        "{file} could not be read or written: {cause}. Nothing that was stored is lost. See whether its folder is there \
         and may be written to, and whether the disk is in order."
    )]
    Disk {
        /// Which.
        file: String,
        /// What SQLite says.
        cause: String,
    },
    /// A backup is not one that can be restored.
    #[error("{file} cannot be restored: {why}. Nothing was changed.")]
    Unfit {
        /// Which.
        file: String,
        /// Why.
        why: String,
    },
    /// SQLite says no.
    #[error("the database says: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database could not be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

/// Why something could not be saved, where that tells people something who cannot read the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The disk is full.
    Full,
    /// The data folder could not be written to.
    Disk,
    /// Another program has locked the database.
    Locked,
    /// The database is damaged.
    Damaged,
}

impl StoreFault {
    /// Whether it may be about one change alone: others would be taken.
    pub const fn may_be_of_one(&self) -> bool {
        matches!(
            self,
            Self::Damaged { .. } | Self::Database(sqlx::Error::Database(_))
        )
    }

    /// Why something could not be saved; `None`: only the log can say.
    pub const fn reason(&self) -> Option<Reason> {
        match self {
            Self::Full(_) => Some(Reason::Full),
            Self::Disk { .. } => Some(Reason::Disk),
            Self::Locked(_) => Some(Reason::Locked),
            Self::Damaged { .. } => Some(Reason::Damaged),
            _ => None,
        }
    }
}

impl From<StoreFault> for Error {
    fn from(fault: StoreFault) -> Self {
        // It is closed at the end, while the last requests are still answered.
        if matches!(fault, StoreFault::Database(sqlx::Error::PoolClosed)) {
            return Self::told(ErrorKind::Stopping, told::shutting_down());
        }
        error!("the store failed: {fault}");
        let sentence = match fault.reason() {
            Some(Reason::Full) => told::database_full(),
            Some(Reason::Disk) => told::database_disk(),
            Some(Reason::Locked) => told::database_locked(),
            Some(Reason::Damaged) => told::database_damaged(),
            None => told::database_odd(),
        };
        Self::told(ErrorKind::Internal, sentence)
    }
}
