//! SQLite: one file in the data folder, one writer, a few readers.
//!
//! Write-ahead logging with `synchronous=NORMAL`: what has been committed survives the end of the process, however it
//! comes; the last moments may be lost when the machine itself loses power, but the file stays whole.

use std::{
    borrow::Cow,
    fs::OpenOptions,
    path::Path,
    sync::LazyLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;
use sqlx::{
    AssertSqlSafe, Connection, Row, SqlSafeStr, SqlStr, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Begun, Change, Folder, Store, StoreFault, Stored};
use crate::{
    chat::{Done, Status},
    error::{Error, ErrorKind},
    server::Boxed,
};

/// The file's name.
const FILE: &str = "brooklet.db";

/// The schema, step by step; what has been released is never changed.
const MIGRATIONS: [(i64, &str, &str); 1] = [(
    1,
    "generations",
    include_str!("../../../migrations/0001_generations.sql"),
)];

/// Whose generations they are, until there are accounts: everybody is one user.
const EVERYBODY: &str = "";

/// How far the end of a generation that a crash cut off is put behind what was saved of it: readers may have been
/// told entries that were not, and none of those may pass for the end.
const BEYOND: i64 = 1_000_000;

/// How many generations are forgotten at once: there is one writer, and others wait for it.
const AT_ONCE: i64 = 100;

/// How long a writer waits for another process that looks into the file, such as a backup.
const PATIENCE: Duration = Duration::from_secs(5);

/// The store.
#[derive(Debug)]
pub struct Sqlite {
    writer: SqlitePool,
    readers: SqlitePool,
    /// The folder is ours as long as the file is open.
    _folder: Folder,
}

impl Sqlite {
    /// Opens the file in `folder`, brings its schema up to date, and marks as interrupted what a crash has cut off.
    ///
    /// # Errors
    /// When the file cannot be opened, or is of a later version.
    pub async fn open(folder: Folder) -> Result<Self, StoreFault> {
        let file = folder.file(FILE);
        keep_private(&file).map_err(|cause| StoreFault::Folder {
            folder: file.display().to_string(),
            cause,
        })?;
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(PATIENCE);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await?;
        match migrator().run(&writer).await {
            Ok(()) => {}
            Err(MigrateError::VersionMissing(_)) => {
                return Err(StoreFault::Newer(file.display().to_string()));
            }
            Err(error) => return Err(error.into()),
        }
        let readers = SqlitePoolOptions::new()
            .max_connections(2)
            .connect_lazy_with(options.read_only(true));
        let store = Self {
            writer,
            readers,
            _folder: folder,
        };
        store.recover().await?;
        Ok(store)
    }

    /// What was being written when the last process ended is interrupted: no task of this one writes it.
    async fn recover(&self) -> Result<(), StoreFault> {
        let interrupted = Done {
            status: Status::Interrupted,
            error: Some(Error::new(
                ErrorKind::Stopping,
                "Brooklet ended unexpectedly while the answer was being written. The text so far is kept.",
            )),
            ..Done::default()
        };
        sqlx::query(
            "UPDATE generations SET done = ?1, seq = ?2 + COALESCE(
                 (SELECT MAX(pieces.seq) FROM pieces WHERE pieces.generation = generations.id), 0)
             WHERE done IS NULL",
        )
        .bind(json(&interrupted))
        .bind(BEYOND)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// The generation that `sql` finds by its owner and `key`.
    async fn find(&self, sql: &'static str, key: &str) -> Result<Option<Stored>, StoreFault> {
        let found = sqlx::query(sql).bind(EVERYBODY).bind(key);
        let Some(row) = found.fetch_optional(&self.readers).await? else {
            return Ok(None);
        };
        let mut stored = Stored {
            id: row.try_get("id")?,
            model: row.try_get("model")?,
            seq: unsigned(row.try_get("seq")?),
            done: row
                .try_get::<Option<String>, _>("done")?
                .map(|done| serde_json::from_str(&done).unwrap_or_default()),
            ..Stored::default()
        };
        let pieces = sqlx::query(
            "SELECT content, thinking, tool_calls FROM pieces WHERE generation = ?1 ORDER BY seq",
        )
        .bind(&stored.id)
        .fetch_all(&self.readers)
        .await?;
        for piece in pieces {
            stored.content += piece.try_get("content")?;
            stored.thinking += piece.try_get("thinking")?;
            if let Some(calls) = piece.try_get::<Option<&str>, _>("tool_calls")? {
                let calls: Vec<Value> = serde_json::from_str(calls).unwrap_or_default();
                stored.tool_calls.extend(calls);
            }
        }
        Ok(Some(stored))
    }
}

impl Store for Sqlite {
    fn save(&self, changes: Vec<Change>) -> Boxed<'_, Result<(), StoreFault>> {
        Box::pin(async move {
            let mut connection = self.writer.acquire().await?;
            let saved = write_all(&mut connection, changes).await;
            if saved.is_err() {
                // What a connection thinks of its transaction after a failure need not be so: one that is still open
                // would take in what is saved from now on and never commit it. The next save opens another one.
                connection.close_on_drop();
            }
            Ok(saved?)
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
        Box::pin(async move {
            let forgotten = sqlx::query(
                "DELETE FROM generations WHERE id IN (
                     SELECT id FROM generations WHERE begun_at < ?1 AND done IS NOT NULL LIMIT ?2)",
            )
            .bind(milliseconds(time))
            .bind(AT_ONCE)
            .execute(&self.writer)
            .await?;
            Ok(signed(forgotten.rows_affected()) == AT_ONCE)
        })
    }

    fn close(&self) -> Boxed<'_, ()> {
        Box::pin(async move {
            self.readers.close().await;
            self.writer.close().await;
        })
    }
}

/// Writes changes in a transaction of their own: each statement costs a trip to SQLite's thread and back, so what is
/// most, the pieces, goes many at a time.
async fn write_all(
    connection: &mut SqliteConnection,
    changes: Vec<Change>,
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    for change in &changes {
        if let Some(begun) = &change.begun {
            begin(&mut transaction, &change.id, begun).await?;
        }
    }
    let pieces: Vec<_> = changes.iter().filter(|it| it.has_text()).collect();
    let (many, few) = pieces.as_chunks::<MANY>();
    for pieces in many {
        append(&mut transaction, &MANY_PIECES, pieces).await?;
    }
    for piece in few {
        append(&mut transaction, &ONE_PIECE, &[*piece]).await?;
    }
    for change in changes {
        if let Some(done) = &change.done {
            end(&mut transaction, &change.id, change.seq, done).await?;
        }
    }
    transaction.commit().await
}

async fn begin(
    connection: &mut SqliteConnection,
    id: &str,
    begun: &Begun,
) -> Result<(), sqlx::Error> {
    // All or nothing: a request that is there already must not keep the others out, or its text.
    sqlx::query(
        "INSERT INTO generations (id, owner, request_id, model, begun_at, seq) VALUES (?1, ?2,
             CASE WHEN EXISTS (SELECT 1 FROM generations WHERE owner = ?2 AND request_id = ?3)
                  THEN NULL ELSE ?3 END, ?4, ?5, 0)",
    )
    .bind(id)
    .bind(EVERYBODY)
    .bind(begun.request_id.as_deref())
    .bind(&begun.model)
    .bind(milliseconds(begun.at))
    .execute(connection)
    .await?;
    Ok(())
}

/// Appends what is new by `sql`, which has room for exactly so many pieces.
async fn append(
    connection: &mut SqliteConnection,
    sql: &SqlStr,
    pieces: &[&Change],
) -> Result<(), sqlx::Error> {
    let mut query = sqlx::query(sql.clone());
    for piece in pieces {
        let called = (!piece.tool_calls.is_empty()).then(|| json(&piece.tool_calls));
        query = query
            .bind(&*piece.id)
            .bind(signed(piece.seq))
            .bind(&*piece.content)
            .bind(&*piece.thinking)
            .bind(called);
    }
    query.execute(connection).await?;
    Ok(())
}

async fn end(
    connection: &mut SqliteConnection,
    id: &str,
    seq: u64,
    done: &Done,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE generations SET done = ?2, seq = ?3 WHERE id = ?1")
        .bind(id)
        .bind(json(done))
        .bind(signed(seq))
        .execute(connection)
        .await?;
    Ok(())
}

/// How many pieces are appended by one statement, where there are so many.
const MANY: usize = 32;

static ONE_PIECE: LazyLock<SqlStr> = LazyLock::new(|| append_pieces(1));
static MANY_PIECES: LazyLock<SqlStr> = LazyLock::new(|| append_pieces(MANY));

/// The statement that appends so many pieces. There is nothing in it that anybody else has written.
fn append_pieces(count: usize) -> SqlStr {
    let rows = vec!["(?, ?, ?, ?, ?)"; count].join(", ");
    AssertSqlSafe(format!(
        "INSERT INTO pieces (generation, seq, content, thinking, tool_calls) VALUES {rows}"
    ))
    .into_sql_str()
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

fn migrator() -> Migrator {
    let migrations = MIGRATIONS.map(|(version, name, sql)| {
        Migration::new(
            version,
            Cow::Borrowed(name),
            MigrationType::Simple,
            SqlStr::from_static(sql),
            false,
        )
    });
    Migrator::with_migrations(migrations.to_vec())
}

fn json(value: &impl serde::Serialize) -> String {
    // What is saved here has nothing that JSON cannot say.
    serde_json::to_string(value).unwrap_or_default()
}

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    fn change(id: &str, content: String) -> Change {
        Change {
            id: id.to_owned(),
            begun: Some(Begun {
                model: "m".to_owned(),
                request_id: None,
                at: SystemTime::now(),
            }),
            seq: 1,
            content,
            ..Change::default()
        }
    }

    /// A failure can leave a transaction open of which nobody knows: here it is opened behind sqlx's back.
    #[tokio::test]
    async fn after_a_failure_what_is_saved_is_saved() {
        let home = tempfile::tempdir().unwrap();
        let store = Sqlite::open(Folder::take(home.path()).unwrap())
            .await
            .unwrap();
        sqlx::query("BEGIN").execute(&store.writer).await.unwrap();
        let lost = store.save(vec![change("a", "lost".to_owned())]).await;
        assert!(lost.is_err());
        store
            .save(vec![change("b", "kept".to_owned())])
            .await
            .unwrap();
        // The readers see what has been committed, and nothing else.
        assert_eq!(store.generation("a").await.unwrap(), None);
        let kept = store.generation("b").await.unwrap().unwrap();
        assert_eq!(kept.content, "kept");
    }

    #[tokio::test]
    async fn a_crowd_is_kept_piece_by_piece_and_to_the_byte() {
        let home = tempfile::tempdir().unwrap();
        let store = Sqlite::open(Folder::take(home.path()).unwrap())
            .await
            .unwrap();
        let ids: Vec<_> = (0..MANY + 7).map(|number| number.to_string()).collect();
        for seq in 1..=3 {
            let save = ids.iter().map(|id| Change {
                begun: (seq == 1).then(|| change(id, String::new()).begun.unwrap()),
                seq,
                done: (seq == 3).then(Done::default),
                tool_calls: vec![serde_json::json!({ "call": seq })],
                ..change(id, format!("{id}\u{0}é{seq} "))
            });
            store.save(save.collect()).await.unwrap();
        }
        for id in &ids {
            let kept = store.generation(id).await.unwrap().unwrap();
            let text: String = (1..=3).map(|seq| format!("{id}\u{0}é{seq} ")).collect();
            assert_eq!((kept.content, kept.seq), (text, 3));
            assert_eq!(kept.tool_calls.len(), 3);
            assert_eq!(kept.done, Some(Done::default()));
        }
        // Nothing is old, and then everything is: some at a time.
        assert!(!store.forget_before(UNIX_EPOCH).await.unwrap());
        while store
            .forget_before(SystemTime::now() + PATIENCE)
            .await
            .unwrap()
        {}
        assert_eq!(store.generation("1").await.unwrap(), None);
    }

    /// It should not come to this; if it does, neither is lost, nor is what is saved with them.
    #[tokio::test]
    async fn the_same_request_a_second_time_is_kept_without_its_name() {
        let home = tempfile::tempdir().unwrap();
        let store = Sqlite::open(Folder::take(home.path()).unwrap())
            .await
            .unwrap();
        let twice = ["a", "b"].map(|id| {
            let mut change = change(id, format!("by {id}"));
            if let Some(begun) = &mut change.begun {
                begun.request_id = Some("once".to_owned());
            }
            change
        });
        store.save(twice.to_vec()).await.unwrap();
        assert_eq!(store.begun_by("once").await.unwrap().unwrap().id, "a");
        let second = store.generation("b").await.unwrap().unwrap();
        assert_eq!(second.content, "by b");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn what_is_kept_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;

        let home = tempfile::tempdir().unwrap();
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(home.path(), open).unwrap();
        let store = Sqlite::open(Folder::take(home.path()).unwrap())
            .await
            .unwrap();
        store
            .save(vec![change("a", "secret".to_owned())])
            .await
            .unwrap();
        for name in [FILE.to_owned(), format!("{FILE}-wal")] {
            let mode = std::fs::metadata(home.path().join(&name)).unwrap();
            assert_eq!(mode.permissions().mode() & 0o077, 0, "{name}");
        }
    }
}
