//! The form of the file, and how an earlier one is brought up to date: a copy first, then step by step.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
    time::SystemTime,
};

use sqlx::{
    SqlStr, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};
use tracing::info;

use super::{super::StoreFault, collecting, keep_private, values::milliseconds};

/// The schema, step by step; what has been released is never changed.
pub(super) const MIGRATIONS: [(i64, &str, &str); 7] = [
    (
        1,
        "generations",
        include_str!("../../../../migrations/0001_generations.sql"),
    ),
    (
        2,
        "chats",
        include_str!("../../../../migrations/0002_chats.sql"),
    ),
    (
        3,
        "search",
        include_str!("../../../../migrations/0003_search.sql"),
    ),
    (
        4,
        "folders",
        include_str!("../../../../migrations/0004_folders.sql"),
    ),
    (
        5,
        "settings",
        include_str!("../../../../migrations/0005_settings.sql"),
    ),
    (
        6,
        "prompts",
        include_str!("../../../../migrations/0006_prompts.sql"),
    ),
    (
        7,
        "accounts",
        include_str!("../../../../migrations/0007_accounts.sql"),
    ),
];

/// The version since which there are chats.
pub(super) const CHATS: i64 = 2;

/// The version of a file's form; `None`: it is not ours.
pub(super) async fn version(connection: &mut SqliteConnection) -> Result<Option<i64>, sqlx::Error> {
    let ours: Option<i64> = sqlx::query_scalar(
        "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'",
    )
    .fetch_optional(&mut *connection)
    .await?;
    if ours.is_none() {
        return Ok(None);
    }
    sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations")
        .fetch_one(connection)
        .await
}

/// Holds a file to the versions that there have been.
///
/// # Errors
/// [`StoreFault::Newer`] and [`StoreFault::Odd`].
pub(super) async fn known(
    connection: &mut SqliteConnection,
    file: &Path,
) -> Result<(), StoreFault> {
    let steps: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations")
            .fetch_all(connection)
            .await?;
    let migrator = migrator(&MIGRATIONS);
    for (version, checksum) in steps {
        let step = migrator.iter().find(|step| step.version == version);
        let step = step.ok_or_else(|| StoreFault::Newer(file.display().to_string()))?;
        if *step.checksum != *checksum {
            return Err(StoreFault::Odd(file.display().to_string()));
        }
    }
    Ok(())
}

/// Holds a file to this version: who looks into it beside a Brooklet that serves changes nothing of its form.
///
/// # Errors
/// [`StoreFault::Newer`], [`StoreFault::Odd`] and [`StoreFault::Older`].
pub(super) async fn is_current(writer: &SqlitePool, file: &Path) -> Result<(), StoreFault> {
    let mut connection = writer.acquire().await?;
    known(&mut connection, file).await?;
    let has = version(&mut connection).await?;
    let wants = MIGRATIONS.last().map(|(version, ..)| *version);
    if has == wants {
        Ok(())
    } else {
        Err(StoreFault::Older(file.display().to_string()))
    }
}

/// Brings the file up to date.
///
/// # Errors
/// When it is of a later version, or of none that there has been; or when that could not be written.
pub(super) async fn bring_up_to_date(writer: &SqlitePool, file: &Path) -> Result<(), StoreFault> {
    let copy = keep_a_copy(writer, file).await?;
    let done = migrator(&MIGRATIONS).run(writer).await;
    if let (Err(_), Some((copy, before))) = (&done, copy) {
        // Where nothing has been changed the copy says nothing new; and the next start would make another one.
        let now = version(&mut *writer.acquire().await?).await?;
        if now == Some(before) {
            let _ = std::fs::remove_file(copy);
        }
    }
    match done {
        Ok(()) => Ok(collecting::bring_up_to_date(writer).await?),
        Err(MigrateError::VersionMissing(_)) => Err(StoreFault::Newer(file.display().to_string())),
        Err(MigrateError::VersionMismatch(_)) => Err(StoreFault::Odd(file.display().to_string())),
        Err(error) => Err(error.into()),
    }
}

/// Puts a copy of a file that is about to be brought up to date beside it; gives where it is, and of which version.
async fn keep_a_copy(
    writer: &SqlitePool,
    file: &Path,
) -> Result<Option<(PathBuf, i64)>, StoreFault> {
    let has = version(&mut *writer.acquire().await?).await?;
    let (Some(has), Some((wants, ..))) = (has, MIGRATIONS.last()) else {
        return Ok(None);
    };
    if has >= *wants {
        return Ok(None);
    }
    let mut copy = file.as_os_str().to_owned();
    copy.push(format!(
        ".before-{wants}-{}",
        milliseconds(SystemTime::now())
    ));
    let copy = PathBuf::from(copy);
    // SQLite writes into an empty file, whose mode stays.
    keep_private(&copy).map_err(|cause| StoreFault::Folder {
        folder: copy.display().to_string(),
        cause,
    })?;
    let copied = sqlx::query("VACUUM INTO ?1")
        .bind(copy.to_string_lossy())
        .execute(writer)
        .await;
    if let Err(error) = copied {
        // Half a copy is none, and takes room that there may not be.
        let _ = std::fs::remove_file(copy);
        return Err(error.into());
    }
    info!(
        "the database is brought up to date; as it was it is in {}",
        copy.display()
    );
    Ok(Some((copy, has)))
}

pub(super) fn migrator(migrations: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migrations = migrations.iter().map(|(version, name, sql)| {
        Migration::new(
            *version,
            Cow::Borrowed(*name),
            MigrationType::Simple,
            SqlStr::from_static(sql),
            false,
        )
    });
    Migrator::with_migrations(migrations.collect())
}
