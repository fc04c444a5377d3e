//! What people do with what is kept: a backup of it, a backup in its place, and whether it is whole.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ollama_sim::Running;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    disk::{damage, files, named, sql},
    program::{Program, done, refused},
    support::{Frames, add_up, client, script},
};

const MODEL: &str = "sim:tokens=20,text=unicode";
const ENDLESS: &str = "sim:tokens=100000,rate=100";

/// A Brooklet that serves, and what it keeps.
struct Served {
    ollama: Running,
    data: TempDir,
    program: Program,
}

impl Served {
    async fn open() -> Self {
        let (ollama, data) = (Running::start().await.unwrap(), TempDir::new().unwrap());
        let more = ["--max-parallel", "10"];
        let program = Program::start(data.path(), &ollama.url(), 0, &more).await;
        Self {
            ollama,
            data,
            program,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.data.path().join(name)
    }

    /// Asks in a new chat; gives what was asked, and the answer's stream.
    async fn ask(&self, text: &str, model: &str) -> (Value, Frames) {
        let asking = json!({"text": text, "model": model});
        let url = format!("{}/api/ask", self.program.url);
        let asked = client().post(url).json(&asking).send().await.unwrap();
        let asked: Value = asked.json().await.unwrap();
        let url = format!(
            "{}/api/follow?generation={}",
            self.program.url,
            asked["generation"].as_str().unwrap()
        );
        (asked, Frames::of(client().get(url).send().await.unwrap()))
    }

    /// The same, and waits for the end of the answer.
    async fn answer(&self, text: &str) -> Value {
        let (asked, frames) = self.ask(text, MODEL).await;
        assert_eq!(add_up(&frames.all().await).2["status"], "complete");
        asked
    }

    /// Stops it, and gives the folder.
    async fn close(self) -> TempDir {
        self.program.ask_to_end().await;
        self.program.ended().await;
        self.data
    }
}

/// Starts one in `data`, reads a chat there, and ends it.
async fn thread(data: &Path, ollama: &str, asked: &Value) -> Value {
    let program = Program::start(data, ollama, 0, &[]).await;
    let chat = asked["chat"].as_str().unwrap();
    let url = format!("{}/api/thread?chat={chat}", program.url);
    let thread = client().get(url).send().await.unwrap();
    let thread = thread.json().await.unwrap();
    program.ask_to_end().await;
    program.ended().await;
    thread
}

#[tokio::test]
async fn a_backup_is_taken_while_answers_are_written_and_can_be_restored_elsewhere() {
    let served = Served::open().await;
    let ended = served.answer("Why is the sky blue?").await;
    let (running, mut frames) = served.ask("Tell me a story", ENDLESS).await;
    let mut read = Vec::new();
    while add_up(&read).0.is_empty() {
        read.push(frames.next().await.unwrap());
    }
    let other = TempDir::new().unwrap();
    let file = other.path().join("backup.db");
    let name = file.to_str().unwrap();
    let said = done(served.data.path(), &["backup", name]).await;
    assert!(said.contains("chats: 2"), "{said}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
    assert_eq!(named(other.path(), "").len(), 1, "nothing else");
    // Nobody was disturbed.
    frames.next().await.unwrap();

    let home = other.path().join("home");
    let said = done(&home, &["restore", name]).await;
    assert!(said.contains("chats: 2"), "{said}");
    assert!(!said.contains("before"), "there was nothing: {said}");
    let kept = thread(&home, &served.ollama.url(), &ended).await;
    assert_eq!(kept["messages"][0]["content"], "Why is the sky blue?");
    assert_eq!(kept["messages"][1]["content"], script(MODEL).0);
    assert_eq!(kept["messages"][1]["written"]["done"]["status"], "complete");
    let kept = thread(&home, &served.ollama.url(), &running).await;
    let written = &kept["messages"][1]["written"];
    assert_eq!(written["done"]["status"], "interrupted");
}

#[tokio::test]
async fn a_backup_overwrites_nothing() {
    let served = Served::open().await;
    served.answer("a").await;
    let other = TempDir::new().unwrap();
    let file = other.path().join("backup.db");
    fs::write(&file, "mine").unwrap();
    let why = refused(served.data.path(), &["backup", file.to_str().unwrap()]).await;
    assert!(why.contains("is there already"), "{why}");
    let nowhere = other.path().join("nowhere/backup.db");
    let why = refused(served.data.path(), &["backup", nowhere.to_str().unwrap()]).await;
    assert!(why.contains("cannot be written"), "{why}");
    assert_eq!(files(other.path()), [(file, b"mine".to_vec())]);
    // There is nothing to copy, and nothing is made.
    let empty = TempDir::new().unwrap();
    let file = other.path().join("second.db");
    let why = refused(empty.path(), &["backup", file.to_str().unwrap()]).await;
    assert!(why.contains("there is no database"), "{why}");
    assert_eq!(files(empty.path()), []);
}

/// Where there is no room for it, nothing is left of it.
#[cfg(unix)]
#[tokio::test]
async fn a_backup_that_cannot_be_written_leaves_nothing() {
    let served = Served::open().await;
    served.answer("a").await;
    let other = TempDir::new().unwrap();
    let file = other.path().join("backup.db");
    let backup = tokio::process::Command::new("sh")
        // No file may become longer than so many blocks.
        .args(["-c", r#"trap "" XFSZ; ulimit -f 8; exec "$@""#, "sh"])
        .args([env!("CARGO_BIN_EXE_brooklet"), "backup"])
        .arg(&file)
        .arg("--data-dir")
        .arg(served.data.path())
        .output();
    let output = backup.await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let why = String::from_utf8(output.stderr).unwrap();
    assert!(
        why.contains("backup.db could not be read or written"),
        "{why}"
    );
    assert_eq!(files(other.path()), []);
}

#[tokio::test]
async fn what_cannot_be_restored_changes_nothing() {
    let served = Served::open().await;
    served.answer("a").await;
    let other = TempDir::new().unwrap();
    let file = |name: &str| other.path().join(name);
    let good = file("good.db");
    done(served.data.path(), &["backup", good.to_str().unwrap()]).await;
    let why = refused(served.data.path(), &["restore", good.to_str().unwrap()]).await;
    assert!(
        why.contains("another Brooklet has the data folder"),
        "{why}"
    );
    let data = served.close().await;

    fs::write(file("garbage.db"), "no database at all".repeat(1000)).unwrap();
    fs::write(file("empty.db"), "").unwrap();
    sql(&file("foreign.db"), "CREATE TABLE a (b)").await;
    for name in ["newer.db", "odd.db", "damaged.db"] {
        fs::copy(&good, file(name)).unwrap();
    }
    let newer = "INSERT INTO _sqlx_migrations SELECT 999, description, installed_on, success, checksum, execution_time
                 FROM _sqlx_migrations LIMIT 1";
    sql(&file("newer.db"), newer).await;
    let odd = "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1";
    sql(&file("odd.db"), odd).await;
    damage(&file("damaged.db"));
    let before = files(data.path());
    for (name, named) in [
        ("garbage.db", "damaged (file is not a database)"),
        ("empty.db", "not one of Brooklet's"),
        ("foreign.db", "not one of Brooklet's"),
        ("newer.db", "a newer Brooklet"),
        ("odd.db", "never released"),
        ("damaged.db", "it is damaged"),
        ("missing.db", "there is no such file"),
    ] {
        let why = refused(data.path(), &["restore", file(name).to_str().unwrap()]).await;
        assert!(
            why.contains(name) && why.contains(named) && why.contains("Nothing was changed"),
            "{why}"
        );
        assert_eq!(files(data.path()), before, "{name}");
    }
}

/// Also what was not in the file itself when the last process was killed.
#[tokio::test]
async fn what_was_there_before_is_kept_whole() {
    let served = Served::open().await;
    let first = served.answer("first").await;
    let other = TempDir::new().unwrap();
    let backup = other.path().join("backup.db");
    let name = backup.to_str().unwrap();
    done(served.data.path(), &["backup", name]).await;
    let second = served.answer("second").await;
    assert!(fs::metadata(served.file("brooklet.db-wal")).unwrap().len() > 0);
    let Served {
        ollama,
        data,
        program,
    } = served;
    program.kill().await;

    let said = done(data.path(), &["restore", name]).await;
    let [before] = &named(data.path(), "before-restore")[..] else {
        panic!("one file: {:?}", named(data.path(), ""));
    };
    assert!(said.contains(before.to_str().unwrap()), "{said}");
    let url = ollama.url();
    let kept = thread(data.path(), &url, &first).await;
    assert_eq!(kept["messages"][1]["content"], script(MODEL).0);
    assert!(thread(data.path(), &url, &second).await["error"].is_object());
    // And back again.
    done(data.path(), &["restore", before.to_str().unwrap()]).await;
    for (asked, text) in [(&first, "first"), (&second, "second")] {
        let kept = thread(data.path(), &url, asked).await;
        assert_eq!(kept["messages"][0]["content"], text);
        assert_eq!(kept["messages"][1]["content"], script(MODEL).0);
    }
}

#[tokio::test]
async fn a_damaged_database_is_told_and_kept_to_the_byte_when_another_takes_its_place() {
    let served = Served::open().await;
    let asked = served.answer("a").await;
    let said = done(served.data.path(), &["db", "check"]).await;
    assert!(
        said.contains("is whole") && said.contains("chats: 1, messages: 2, generations: 1"),
        "{said}"
    );
    let other = TempDir::new().unwrap();
    let backup = other.path().join("backup.db");
    let name = backup.to_str().unwrap();
    done(served.data.path(), &["backup", name]).await;
    let url = served.ollama.url();
    let data = served.close().await;
    done(data.path(), &["db", "check"]).await;

    let file = data.path().join("brooklet.db");
    damage(&file);
    let before = files(data.path());
    let why = refused(data.path(), &["db", "check"]).await;
    for part in ["is damaged", "brooklet restore", ".recover"] {
        assert!(why.contains(part), "{part}: {why}");
    }
    assert_eq!(files(data.path()), before);
    let damaged = fs::read(&file).unwrap();
    // Where the tests may do that: it belongs to somebody else than who restores.
    #[cfg(unix)]
    let _ = std::os::unix::fs::chown(&file, Some(12345), Some(12345));
    done(data.path(), &["restore", name]).await;
    let [kept] = &named(data.path(), "before-restore")[..] else {
        panic!("one file");
    };
    assert!(fs::read(kept).unwrap() == damaged);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let owner = |file: &Path| fs::metadata(file).unwrap().uid();
        assert_eq!(owner(&file), owner(kept));
    }
    let thread = thread(data.path(), &url, &asked).await;
    assert_eq!(thread["messages"][1]["content"], script(MODEL).0);
}

/// What was beside it, and not in it yet, is kept too, and is not taken for the other one's.
#[tokio::test]
async fn a_damaged_database_is_kept_with_its_log() {
    let served = Served::open().await;
    let asked = served.answer("a").await;
    let other = TempDir::new().unwrap();
    let backup = other.path().join("backup.db");
    let name = backup.to_str().unwrap();
    done(served.data.path(), &["backup", name]).await;
    let (file, log) = (served.file("brooklet.db"), served.file("brooklet.db-wal"));
    let url = served.ollama.url();
    let data = served.close().await;
    // Another one, in whose log is not everything.
    Program::start(data.path(), &url, 0, &[]).await.kill().await;
    let mut bytes = fs::read(&file).unwrap();
    bytes[4096..].fill(0x5a);
    fs::write(&file, &bytes).unwrap();
    let before = [bytes, fs::read(&log).unwrap()];
    done(data.path(), &["restore", name]).await;
    assert!(!log.exists());
    let kept = named(data.path(), "before-restore");
    let kept: Vec<_> = kept.iter().map(|file| fs::read(file).unwrap()).collect();
    assert!(kept == before, "{} files", kept.len());
    let thread = thread(data.path(), &url, &asked).await;
    assert_eq!(thread["messages"][1]["content"], script(MODEL).0);
}

#[tokio::test]
async fn rows_that_lack_what_they_belong_to_are_found() {
    let served = Served::open().await;
    served.answer("a").await;
    let data = served.close().await;
    let orphan = "PRAGMA foreign_keys = OFF; DELETE FROM chats";
    sql(&data.path().join("brooklet.db"), orphan).await;
    let why = refused(data.path(), &["db", "check"]).await;
    assert!(
        why.contains("a row of messages lacks its row of chats"),
        "{why}"
    );
}

#[tokio::test]
async fn a_backup_of_an_earlier_version_is_restored_and_brought_up_to_date() {
    let served = Served::open().await;
    let other = TempDir::new().unwrap();
    let backup = other.path().join("backup.db");
    let name = backup.to_str().unwrap();
    let (asked, frames) = served.ask("a", MODEL).await;
    frames.all().await;
    done(served.data.path(), &["backup", name]).await;
    let url = served.ollama.url();
    let data = served.close().await;
    // What the last steps did is undone.
    let earlier = "DROP INDEX chats_unasked; DROP TRIGGER chats_undrafted; DROP TABLE drafts; DROP TABLE presets; DROP TABLE prompts;
                   DROP TABLE sessions; DROP TABLE links; DROP TABLE recovery_codes; DROP TABLE keys; DROP TABLE users;
                   DROP TABLE usage; DROP TABLE events;
                   ALTER TABLE chats DROP COLUMN settings; ALTER TABLE generations DROP COLUMN asked;
                   DELETE FROM _sqlx_migrations WHERE version > 4";
    sql(&backup, earlier).await;
    let said = done(data.path(), &["restore", name]).await;
    assert!(
        said.contains("generations: 1, version of its form: 4"),
        "{said}"
    );
    let program = Program::start(data.path(), &url, 0, &[]).await;
    let generation = asked["generation"].as_str().unwrap();
    let url = format!("{}/api/follow?generation={generation}", program.url);
    let frames = Frames::of(client().get(url).send().await.unwrap());
    assert_eq!(add_up(&frames.all().await).0, script(MODEL).0);
}
