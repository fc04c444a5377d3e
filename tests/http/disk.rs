//! What lies in a data folder, looked at and meddled with from outside.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

/// What is in a folder, to the byte.
pub(crate) fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = fs::read_dir(folder).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let mut files: Vec<_> = files
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

/// The files whose names have `part` in them.
pub(crate) fn named(folder: &Path, part: &str) -> Vec<PathBuf> {
    let files = files(folder).into_iter().map(|(path, _)| path);
    files
        .filter(|path| path.to_str().unwrap().contains(part))
        .collect()
}

/// Another program that has the database open.
pub(crate) async fn open(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true);
    SqliteConnection::connect_with(&options).await.unwrap()
}

/// Another program that does something with the database.
pub(crate) async fn sql(file: &Path, sql: &'static str) {
    let mut connection = open(file).await;
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Writes over the middle of a file: over some of its pages, since one may be free.
pub(crate) fn damage(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle - 4096..middle + 2 * 4096].fill(0x5a);
    fs::write(file, bytes).unwrap();
}
