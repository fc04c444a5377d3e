//! A look into a database file that may be in use, or damaged, or not ours at all: nothing is taken, nothing changed.

use std::path::{Path, PathBuf};

use sqlx::{
    ConnectOptions, Connection, Row, SqliteConnection,
    migrate::MigrateError,
    sqlite::{SqliteConnectOptions, SqliteRow},
};

use super::{super::StoreFault, CACHE, PATIENCE, schema};

/// How many of the things that are wrong are named: the first ones say enough.
const FINDINGS: usize = 5;

/// Up to which size a file is read whole before it is served from: that takes 20 ms, and half a second for each further
/// gigabyte, at every start. What is wrong with a larger one is found when it is read, or by [`check`].
const READ_WHOLE: u64 = 32 * 1024 * 1024;

/// SQLite's codes for what can be said better than it does; the lowest byte of them.
const BUSY: i32 = 5;
const READ_ONLY: i32 = 8;
const IO_ERROR: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANNOT_OPEN: i32 = 14;
const NOT_A_DATABASE: i32 = 26;

/// What is in a database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// How large the file is, in bytes, with what has not been moved into it yet.
    pub size: u64,
    /// The version of its form.
    pub version: i64,
    /// How many chats there are, without deleted ones.
    pub chats: i64,
    /// How many messages there are in all chats.
    pub messages: i64,
    /// How many generations there are, in chats or not.
    pub generations: i64,
}

/// Looks into `file` and counts what is there. Works while a Brooklet serves from it.
///
/// # Errors
/// [`StoreFault::Missing`], [`StoreFault::Foreign`], [`StoreFault::Locked`], and [`StoreFault::Damaged`] with what is
/// wrong.
pub async fn check(file: &Path) -> Result<Survey, StoreFault> {
    let mut connection = connect(file).await?;
    whole(&mut connection, file).await?;
    consistent(&mut connection, file).await?;
    survey(&mut connection, file).await
}

/// Whether nobody has `file` open, and the last one who had has closed it: all of it is in it then.
pub(super) fn is_alone(file: &Path) -> bool {
    let mut others = ["-wal", "-journal"].iter();
    !others.any(|suffix| beside(file, suffix).exists())
}

/// Holds a file that is to be served from to what can be found out quickly, before anything is written to it.
///
/// # Errors
/// [`StoreFault::Foreign`], [`StoreFault::Locked`] or [`StoreFault::Damaged`].
pub(super) async fn sound(file: &Path) -> Result<(), StoreFault> {
    let size = file.metadata().map_or(0, |it| it.len());
    if size == 0 {
        // It has just been made.
        return Ok(());
    }
    let mut connection = connect(file).await?;
    if size <= READ_WHOLE {
        hold(&mut connection, file, "PRAGMA quick_check").await?;
    }
    if schema::version(&mut connection).await?.is_none() && !is_empty(&mut connection).await? {
        return Err(StoreFault::Foreign(file.display().to_string()));
    }
    connection.close().await?;
    Ok(())
}

/// Opens `file` to be read, whoever has it.
pub(super) async fn connect(file: &Path) -> Result<SqliteConnection, StoreFault> {
    if !file.is_file() {
        return Err(StoreFault::Missing(file.display().to_string()));
    }
    // SQLite would put files for readers beside it, which would stay there, and belong to whoever looks: root, perhaps.
    // Where nobody has it open there is no need for them.
    let alone = is_alone(file);
    let options = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .immutable(alone)
        .pragma("cache_size", CACHE)
        .busy_timeout(PATIENCE);
    let mut connection = options
        .connect()
        .await
        .map_err(|error| fault(file, error))?;
    // Opening reads nothing: this does, and finds out whether it is a database at all.
    is_empty(&mut connection)
        .await
        .map_err(|error| fault(file, error))?;
    Ok(connection)
}

async fn is_empty(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let count = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM sqlite_schema");
    Ok(count.fetch_one(connection).await? == 0)
}

/// Holds the whole file to what SQLite's files are like.
pub(super) async fn whole(
    connection: &mut SqliteConnection,
    file: &Path,
) -> Result<(), StoreFault> {
    hold(connection, file, "PRAGMA integrity_check").await
}

/// Asks SQLite by `pragma` what is wrong with the file: one row that says `ok`, or one for each thing.
async fn hold(
    connection: &mut SqliteConnection,
    file: &Path,
    pragma: &'static str,
) -> Result<(), StoreFault> {
    let found = sqlx::query_scalar(pragma).fetch_all(connection).await;
    let found: Vec<String> = found.map_err(|error| fault(file, error))?;
    match &found[..] {
        [ok] if ok == "ok" => Ok(()),
        _ => Err(damaged(file, &found)),
    }
}

/// Looks for messages, answers and chats that lack what they belong to.
async fn consistent(connection: &mut SqliteConnection, file: &Path) -> Result<(), StoreFault> {
    let found = sqlx::query("PRAGMA foreign_key_check")
        .fetch_all(connection)
        .await;
    let found = found.map_err(|error| fault(file, error))?;
    if found.is_empty() {
        return Ok(());
    }
    let sentence = |row: &SqliteRow| {
        let (table, parent): (&str, &str) = (row.try_get(0)?, row.try_get(2)?);
        Ok(format!("a row of {table} lacks its row of {parent}"))
    };
    let found: Result<Vec<_>, sqlx::Error> = found.iter().map(sentence).collect();
    Err(damaged(file, &found?))
}

/// Counts what is there.
pub(super) async fn survey(
    connection: &mut SqliteConnection,
    file: &Path,
) -> Result<Survey, StoreFault> {
    let counted = async {
        let Some(version) = schema::version(connection).await? else {
            return Ok(None);
        };
        let mut survey = Survey {
            version,
            ..Survey::default()
        };
        let generations = sqlx::query_scalar("SELECT COUNT(*) FROM generations");
        survey.generations = generations.fetch_one(&mut *connection).await?;
        if version >= schema::CHATS {
            let chats = sqlx::query_scalar("SELECT COUNT(*) FROM chats WHERE deleted_at IS NULL");
            survey.chats = chats.fetch_one(&mut *connection).await?;
            let messages = sqlx::query_scalar("SELECT COUNT(*) FROM messages");
            survey.messages = messages.fetch_one(&mut *connection).await?;
        }
        Ok(Some(survey))
    };
    let counted = counted.await.map_err(|error| fault(file, error))?;
    let survey = counted.ok_or_else(|| StoreFault::Foreign(file.display().to_string()))?;
    let size = |file: &Path| file.metadata().map_or(0, |it| it.len());
    Ok(Survey {
        size: size(file) + size(&beside(file, "-wal")),
        ..survey
    })
}

/// A fault of the store in `file`, in a sentence of ours where there is one.
pub(super) fn explained(file: &Path, said: StoreFault) -> StoreFault {
    match said {
        StoreFault::Database(error)
        | StoreFault::Migration(
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _),
        ) => fault(file, error),
        other => other,
    }
}

/// What SQLite said about `file`, in a sentence of ours where there is one.
pub(super) fn fault(file: &Path, error: sqlx::Error) -> StoreFault {
    let Some(said) = error.as_database_error() else {
        return error.into();
    };
    let code = said.code().and_then(|code| code.parse::<i32>().ok());
    let (name, cause) = (file.display().to_string(), said.message().to_owned());
    match code.map(|code| code & 0xff) {
        Some(BUSY) => StoreFault::Locked(name),
        Some(FULL) => StoreFault::Full(name),
        Some(CORRUPT | NOT_A_DATABASE) => StoreFault::Damaged { file: name, cause },
        Some(READ_ONLY | IO_ERROR | CANNOT_OPEN) => StoreFault::Disk { file: name, cause },
        _ => error.into(),
    }
}

fn damaged(file: &Path, findings: &[String]) -> StoreFault {
    let mut named = findings.iter().take(FINDINGS).cloned().collect::<Vec<_>>();
    if findings.len() > FINDINGS {
        named.push(format!("and {} more", findings.len() - FINDINGS));
    }
    StoreFault::Damaged {
        file: file.display().to_string(),
        cause: named.join("; "),
    }
}

/// The file that SQLite keeps beside `file` under its name and `suffix`.
pub(super) fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
