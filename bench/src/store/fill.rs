//! Chats written straight into Brooklet's file, in one transaction, as if they had been held over a year.
//!
//! The schema is Brooklet's own, which has made the file. Not here: what is said ([`super::text`]).

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode};
use sqlx::sqlite::{SqliteConnection, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use super::text::{Dice, Vocabulary};
use crate::Told;

/// How many exchanges are written by one statement: each costs a trip to SQLite's thread.
const MANY: usize = 32;

/// Milliseconds over which chats are spread.
const YEAR: u64 = 365 * 24 * 60 * 60 * 1000;

/// Milliseconds between two questions of a chat.
const PAUSE: u64 = 60_000;

/// How many chats are pinned.
const PINNED: usize = 5;

/// How much of the file is kept in memory while it is written: negative means kibibytes.
const CACHE: &str = "-65536";

/// How an answer ended, as Brooklet writes it.
const DONE: &str = r#"{"status":"complete","reason":"stop","stats":{"prompt_tokens":412,"tokens":150,"tokens_per_second":41.7,"first_token_ms":183}}"#;

/// How much is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) chats: usize,
    /// Questions and answers, those of the long chat with them.
    pub(crate) messages: usize,
    /// Those of the long chat.
    pub(crate) long: usize,
}

/// Fills the file; gives the id of the long chat.
pub(crate) async fn fill(file: &Path, size: Size, vocabulary: &Vocabulary) -> Told<String> {
    let written = write(file, size, vocabulary).await;
    written.map_err(|error| format!("the database could not be filled: {error}"))
}

async fn write(file: &Path, size: Size, vocabulary: &Vocabulary) -> Result<String, sqlx::Error> {
    // Nobody else has the file, and nobody misses it if this fails.
    let mut connection = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        .locking_mode(SqliteLockingMode::Exclusive)
        .foreign_keys(false)
        .pragma("cache_size", CACHE)
        .connect()
        .await?;
    let mut transaction = connection.begin().await?;
    let mut pen = Pen {
        connection: &mut transaction,
        vocabulary,
        dice: Dice::new(2),
        exchanges: Vec::with_capacity(MANY),
        chats: 0,
    };
    let long = pen.year(size).await?;
    transaction.commit().await?;
    // Brooklet makes the words of what it has not written when there are none.
    sqlx::query("PRAGMA user_version = 0")
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(long)
}

/// What writes.
struct Pen<'a> {
    connection: &'a mut SqliteConnection,
    vocabulary: &'a Vocabulary,
    dice: Dice,
    /// What is written next.
    exchanges: Vec<Exchange>,
    chats: usize,
}

/// A chat as it grows.
struct Chat {
    id: String,
    begun: u64,
    /// When it was last asked.
    asked: u64,
    title: String,
    leaf: Option<String>,
    exchanges: usize,
}

/// A question and its answer.
struct Exchange {
    chat: String,
    parent: Option<String>,
    ids: [String; 3],
    at: u64,
    question: String,
    answer: String,
}

impl Pen<'_> {
    /// One chat after the other, while one goes on all year: its messages lie far apart in the file.
    async fn year(&mut self, size: Size) -> Result<String, sqlx::Error> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or(Duration::ZERO).as_millis() as u64;
        let long_has = size.long / 2;
        let mut left = size.messages / 2 - long_has;
        let short = size.chats - 1;
        let begin = now - YEAR;
        let mut long = self.begin(begin);
        for number in 0..short {
            let at = begin + YEAR * number as u64 / short as u64;
            let mut chat = self.begin(at);
            let exchanges = left.div_ceil(short - number);
            left -= exchanges;
            for _ in 0..exchanges {
                self.exchange(&mut chat).await?;
            }
            self.keep(&chat).await?;
            long.asked = at;
            while long.exchanges * short < long_has * (number + 1) {
                self.exchange(&mut long).await?;
            }
        }
        self.flush().await?;
        self.keep(&long).await?;
        Ok(long.id)
    }

    fn begin(&mut self, at: u64) -> Chat {
        Chat {
            id: id(at, &mut self.dice),
            begun: at,
            asked: at,
            title: String::new(),
            leaf: None,
            exchanges: 0,
        }
    }

    async fn exchange(&mut self, chat: &mut Chat) -> Result<(), sqlx::Error> {
        chat.asked += PAUSE;
        let at = chat.asked;
        let question = 40 + self.dice.below(120);
        let question = self.vocabulary.prose(question, &mut self.dice);
        let answer = 200 + self.dice.below(800);
        let answer = self.vocabulary.answer(answer, &mut self.dice);
        if chat.title.is_empty() {
            chat.title = question.chars().take(60).collect();
        }
        let ids = [0, 1, 2].map(|_| id(at, &mut self.dice));
        let parent = chat.leaf.replace(ids[1].clone());
        chat.exchanges += 1;
        self.exchanges.push(Exchange {
            chat: chat.id.clone(),
            parent,
            ids,
            at,
            question,
            answer,
        });
        if self.exchanges.len() == MANY {
            self.flush().await?;
        }
        Ok(())
    }

    /// Writes what has come together.
    async fn flush(&mut self) -> Result<(), sqlx::Error> {
        let exchanges = std::mem::take(&mut self.exchanges);
        if exchanges.is_empty() {
            return Ok(());
        }
        let rows = |row: &str, count: usize| vec![row; count].join(", ");
        let row = "(?, '', ?, ?, 150, ?, ?)";
        let sql = format!(
            "INSERT INTO generations (id, owner, model, begun_at, seq, content, done) VALUES {}",
            rows(row, exchanges.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for it in &exchanges {
            query = query
                .bind(&it.ids[2])
                .bind("llama3.2:3b")
                .bind(it.at as i64);
            query = query.bind(&it.answer).bind(DONE);
        }
        query.execute(&mut *self.connection).await?;
        let sql = format!(
            "INSERT INTO messages (id, chat, parent, role, content, generation, made_at) VALUES {}",
            rows("(?, ?, ?, ?, ?, ?, ?)", 2 * exchanges.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for it in &exchanges {
            let [question, answer, generation] = &it.ids;
            query = query.bind(question).bind(&it.chat).bind(&it.parent);
            query = query.bind("user").bind(&it.question).bind(None::<&str>);
            query = query.bind(it.at as i64);
            query = query.bind(answer).bind(&it.chat).bind(question);
            query = query.bind("assistant").bind("").bind(generation);
            query = query.bind(it.at as i64);
        }
        query.execute(&mut *self.connection).await?;
        self.exchanges = exchanges;
        self.exchanges.clear();
        Ok(())
    }

    async fn keep(&mut self, chat: &Chat) -> Result<(), sqlx::Error> {
        self.chats += 1;
        sqlx::query(
            "INSERT INTO chats (id, number, owner, title, leaf, begun_at, asked_at, pinned)
             VALUES (?, ?, '', ?, ?, ?, ?, ?)",
        )
        .bind(&chat.id)
        .bind(self.chats as i64)
        .bind(&chat.title)
        .bind(&chat.leaf)
        .bind(chat.begun as i64)
        .bind(chat.asked as i64)
        .bind(self.chats <= PINNED)
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }
}

/// A UUIDv7 of this moment.
fn id(at: u64, dice: &mut Dice) -> String {
    let (few, many) = (dice.next(), dice.next());
    format!(
        "{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
        at >> 16,
        at & 0xffff,
        few & 0xfff,
        0x8000 | (few >> 16 & 0x3fff),
        many & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_the_order_of_their_times() {
        let mut dice = Dice::new(1);
        let (first, second) = (
            id(1_700_000_000_000, &mut dice),
            id(1_700_000_000_001, &mut dice),
        );
        assert!(first < second, "{first} {second}");
        assert_eq!(first.len(), 36);
        assert!(first.starts_with("018bcfe5-6800-7"), "{first}");
    }
}
