//! What stands in the way of a start: it is said what it is and what to do, and nothing is touched.

use std::{fs, path::Path};

use ollama_sim::Running;
use tempfile::TempDir;

use crate::{
    disk::{damage, files, open, sql},
    program::{Program, refused},
};

const START: &[&str] = &["--listen", "127.0.0.1:0", "--log", "warn"];

/// A folder in which a Brooklet was.
async fn folder() -> TempDir {
    let (ollama, data) = (Running::start().await.unwrap(), TempDir::new().unwrap());
    let program = Program::start(data.path(), &ollama.url(), 0, &[]).await;
    program.ask_to_end().await;
    program.ended().await;
    data
}

/// Starts one that must not start; gives why.
async fn not_started(data: &Path) -> String {
    let before = files(data);
    let why = refused(data, START).await;
    assert!(files(data) == before, "something was changed");
    why
}

#[tokio::test]
async fn a_damaged_database_is_not_served_from() {
    type Harm = fn(&Path);
    let header: Harm = |file| {
        let mut bytes = fs::read(file).unwrap();
        bytes[..100].fill(0x5a);
        fs::write(file, bytes).unwrap();
    };
    let cut_off: Harm = |file| {
        let bytes = fs::read(file).unwrap();
        fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
    };
    for harm in [header, damage, cut_off] {
        let data = folder().await;
        harm(&data.path().join("brooklet.db"));
        let why = not_started(data.path()).await;
        for part in [
            "brooklet.db is damaged",
            "Nothing was changed",
            "brooklet restore",
            ".recover",
        ] {
            assert!(why.contains(part), "{part}: {why}");
        }
    }
}

#[tokio::test]
async fn a_database_that_another_program_has_for_itself_is_left_to_it() {
    let data = folder().await;
    let file = data.path().join("brooklet.db");
    // Read before and after: who reads a file lets go of all locks that the same process has on it.
    let before = fs::read(&file).unwrap();
    let mut other = open(&file).await;
    let lock = "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE";
    sqlx::raw_sql(lock).execute(&mut other).await.unwrap();
    let why = refused(data.path(), START).await;
    drop(other);
    assert!(fs::read(&file).unwrap() == before);
    assert!(
        why.contains("another program has locked the database") && why.contains("Close that"),
        "{why}"
    );
}

#[tokio::test]
async fn a_database_of_something_else_is_left_as_it_is() {
    let data = folder().await;
    let file = data.path().join("brooklet.db");
    fs::remove_file(&file).unwrap();
    sql(&file, "CREATE TABLE theirs (a)").await;
    let why = not_started(data.path()).await;
    assert!(why.contains("not one of Brooklet's"), "{why}");
}
