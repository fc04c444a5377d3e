//! SQLite: one file in the data folder, one writer, a few readers.
//!
//! What a generation says while it runs is appended to a log of pieces; when it ends, its text goes into its own row as
//! a whole, and its pieces are of no use any more. After a crash the pieces are all there is of what was running.
//!
//! Write-ahead logging with `synchronous=NORMAL`: what has been committed survives the end of the process, however it
//! comes; the last moments may be lost when the machine itself loses power, but the file stays whole.
//!
//! [`inspection`] and [`copy`] are what is done with the file from outside, while it is in use or not.

mod chats;
mod collecting;
pub mod copy;
mod credentials;
mod desk;
mod forget;
pub mod inspection;
mod ledger;
mod list;
mod place;
mod schema;
mod search;
mod touch;
mod users;
mod values;
mod whole;
mod writing;

use std::{
    collections::HashMap,
    fs::OpenOptions,
    ops::Deref,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use futures_util::TryStreamExt;
use sqlx::{
    Row, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::Notify;

use forget::Edge;
use schema::bring_up_to_date;
use values::{calls, milliseconds, unsigned};
use writing::{Running, end, write_all};

use super::{Change, Folder, Store, StoreFault, Stored};
use crate::{
    chat::{Done, Status},
    error::{Error, ErrorKind},
    server::Boxed,
    words::told,
};

/// The file's name.
pub const FILE: &str = "brooklet.db";

/// How far the end of a generation that a crash cut off is put behind what was saved of it: readers may have been
/// told entries that were not, and none of those may pass for the end.
const BEYOND: u64 = 1_000_000;

/// How much of the file a connection keeps in memory, which it never gives back: negative means kibibytes.
const CACHE: &str = "-256";

/// How long a writer waits for another process that looks into the file, such as a backup.
const PATIENCE: Duration = Duration::from_secs(5);

/// The store, as one user sees it: whatever is asked of it is about what is theirs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sqlite {
    database: Arc<Database>,
    /// The id of the user; empty where there are no accounts.
    owner: Arc<str>,
}

/// The file, of everybody.
#[derive(Debug)]
pub struct Database {
    writer: SqlitePool,
    readers: SqlitePool,
    /// Which pieces are still of use.
    running: Mutex<Running>,
    /// What it is called where it fails.
    file: PathBuf,
    /// Told when something was written that has words.
    written: Notify,
    /// How far what is old has been looked through.
    forgotten: Mutex<Edge>,
    /// The folder is ours as long as the file is open; `None`: another process has it.
    _folder: Option<Folder>,
}

impl Deref for Sqlite {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.database
    }
}

impl Sqlite {
    /// The file, of everybody.
    pub fn database(&self) -> Arc<Database> {
        Arc::clone(&self.database)
    }

    /// The same, as this user sees it.
    pub fn of(&self, owner: Arc<str>) -> Self {
        Self {
            database: Arc::clone(&self.database),
            owner,
        }
    }

    /// Opens the file in `folder`, brings its schema up to date, and marks as interrupted what a crash has cut off.
    ///
    /// # Errors
    /// When the file cannot be opened, is damaged or locked, is of a later version, or is not ours: it is as it was
    /// then.
    pub async fn open(folder: Folder) -> Result<Self, StoreFault> {
        let file = folder.file(FILE);
        let opened = Self::open_file(folder, &file).await;
        opened.map_err(|fault| inspection::explained(&file, fault))
    }

    /// Opens the file beside a Brooklet that serves from it, perhaps: for what is done to it from a terminal. There has to
    /// be one, of this version.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub async fn beside(file: &Path) -> Result<Self, StoreFault> {
        let opened = Self::open_beside(file).await;
        opened.map_err(|fault| inspection::explained(file, fault))
    }

    async fn open_beside(file: &Path) -> Result<Self, StoreFault> {
        if !file.exists() {
            return Err(StoreFault::Missing(file.display().to_string()));
        }
        inspection::sound(file).await?;
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options(file))
            .await?;
        schema::is_current(&writer, file).await?;
        Ok(Self::of_pools(writer.clone(), writer, file, None))
    }

    fn of_pools(
        writer: SqlitePool,
        readers: SqlitePool,
        file: &Path,
        folder: Option<Folder>,
    ) -> Self {
        let database = Database {
            writer,
            readers,
            running: Mutex::default(),
            file: file.to_owned(),
            written: Notify::new(),
            forgotten: Mutex::default(),
            _folder: folder,
        };
        Self {
            database: Arc::new(database),
            owner: Arc::default(),
        }
    }

    async fn open_file(folder: Folder, file: &Path) -> Result<Self, StoreFault> {
        keep_private(file).map_err(|cause| StoreFault::Folder {
            folder: file.display().to_string(),
            cause,
        })?;
        inspection::sound(file).await?;
        let options = options(file).create_if_missing(true);
        // A connection to a file needs no test before its use; and one that is dropped within it, when its user is
        // cancelled, would be closed when nobody waits for that any more: the log beside the file would stay.
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await?;
        bring_up_to_date(&writer, file).await?;
        // One is there from the beginning, and stays: on a disk that is full none could be opened once all are closed,
        // since what readers share is a file.
        let readers = SqlitePoolOptions::new()
            .max_connections(2)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.read_only(true))
            .await?;
        let store = Self::of_pools(writer, readers, file, Some(folder));
        store.recover().await?;
        // Something may be left of the last time.
        store.written.notify_one();
        Ok(store)
    }

    /// The generation that `sql` finds by its owner and `key`.
    async fn find(&self, sql: &'static str, key: &str) -> Result<Option<Stored>, StoreFault> {
        let found = sqlx::query(sql).bind(&*self.owner).bind(key);
        let Some(row) = found.fetch_optional(&self.readers).await? else {
            return Ok(None);
        };
        let done: Option<&str> = row.try_get("done")?;
        Ok(Some(Stored {
            id: row.try_get("id")?,
            model: row.try_get("model")?,
            content: row.try_get("content")?,
            thinking: row.try_get("thinking")?,
            tool_calls: calls(row.try_get("tool_calls")?),
            seq: unsigned(row.try_get("seq")?),
            done: done.map(|done| serde_json::from_str(done).unwrap_or_default()),
        }))
    }
}

impl Database {
    /// What was being written when the last process ended is interrupted: no task of this one writes it.
    async fn recover(&self) -> Result<(), StoreFault> {
        let interrupted = Done {
            status: Status::Interrupted,
            error: Some(Error::told(ErrorKind::Stopping, told::ended_unexpectedly())),
            ..Done::default()
        };
        let mut transaction = self.writer.begin().await?;
        let running = sqlx::query_scalar("SELECT id FROM generations WHERE done IS NULL")
            .fetch_all(&mut *transaction)
            .await?;
        let mut cut: HashMap<String, Change> = running
            .into_iter()
            .map(|id: String| (id, Change::default()))
            .collect();
        let mut pieces =
            sqlx::query("SELECT * FROM pieces ORDER BY number").fetch(&mut *transaction);
        while let Some(piece) = pieces.try_next().await? {
            let Some(change) = cut.get_mut(piece.try_get::<&str, _>("generation")?) else {
                continue;
            };
            change.seq = unsigned(piece.try_get("seq")?);
            change.content += piece.try_get("content")?;
            change.thinking += piece.try_get("thinking")?;
            change
                .tool_calls
                .extend(calls(piece.try_get("tool_calls")?));
        }
        drop(pieces);
        for (id, mut change) in cut {
            change.seq += BEYOND;
            end(&mut transaction, &Change { id, ..change }, &interrupted).await?;
        }
        sqlx::query("DELETE FROM pieces")
            .execute(&mut *transaction)
            .await?;
        // Numbers go on where they were.
        let last = sqlx::query_scalar("SELECT seq FROM sqlite_sequence WHERE name = 'pieces'")
            .fetch_optional(&mut *transaction)
            .await?;
        transaction.commit().await?;
        *self.running() = Running::after(last.unwrap_or_default());
        Ok(())
    }

    /// What SQLite said, in a sentence of ours where there is one.
    fn fault(&self, error: sqlx::Error) -> StoreFault {
        inspection::fault(&self.file, error)
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Sqlite {
    fn save(&self, changes: Vec<Change>) -> Boxed<'_, Result<(), StoreFault>> {
        Box::pin(async move {
            let acquired = self.writer.acquire().await;
            let mut connection = acquired.map_err(|error| self.fault(error))?;
            let useless = self.running().useless();
            let saved = write_all(&mut connection, &changes, useless).await;
            if let Ok(last) = saved {
                self.running().note(&changes, last, useless);
                self.written.notify_one();
            } else {
                // What a connection thinks of its transaction after a failure need not be so: one that is still open
                // would take in what is saved from now on and never commit it. The next save opens another one.
                connection.close_on_drop();
            }
            saved.map(drop).map_err(|error| self.fault(error))
        })
    }

    fn generation<'a>(&'a self, id: &'a str) -> Boxed<'a, Result<Option<Stored>, StoreFault>> {
        Box::pin(self.find("SELECT * FROM generations WHERE owner = ?1 AND id = ?2", id))
    }

    fn begun_by<'a>(
        &'a self,
        request_id: &'a str,
    ) -> Boxed<'a, Result<Option<Stored>, StoreFault>> {
        Box::pin(self.find(
            "SELECT * FROM generations WHERE owner = ?1 AND request_id = ?2",
            request_id,
        ))
    }

    fn forget_before(&self, time: SystemTime) -> Boxed<'_, Result<bool, StoreFault>> {
        Box::pin(self.forget_some(milliseconds(time)))
    }

    fn close(&self) -> Boxed<'_, ()> {
        Box::pin(async move {
            self.readers.close().await;
            self.writer.close().await;
        })
    }
}

/// How a connection to the file is to be.
fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .pragma("cache_size", CACHE)
        .busy_timeout(PATIENCE)
}

/// Makes the file, if need be, for its owner's eyes alone; SQLite gives those beside it the same mode. The folder may
/// have been there before, and be open to all.
fn keep_private(file: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

#[cfg(test)]
mod tests;
