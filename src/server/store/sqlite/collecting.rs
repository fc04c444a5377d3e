//! Words are collected from titles and messages, after they have been written: a crowd that asks all at once is not to
//! wait for it.
//!
//! Triggers take note of what has no words yet (`migrations/0003_search.sql`). A search first catches up, so that it
//! finds what was said a moment ago.

use std::time::Duration;

use sqlx::{Connection, SqliteConnection, SqlitePool};
use tokio::{task::spawn_blocking, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use super::{
    super::{StoreFault, words},
    Sqlite,
};

/// How many texts get their words at once: others wait for the writer meanwhile.
const STEP: usize = 16;

/// How many when all of them do, at a start.
const BATCH: i64 = 1000;

/// How many steps a search waits for: after that it finds what there is.
const CATCH_UP: u32 = 16;

/// How long it rests between two steps, so that others have their turn; and before the first one, since what comes
/// seldom comes alone.
const REST: Duration = Duration::from_millis(10);
const GATHER: Duration = Duration::from_millis(300);

/// How long after a failure it is tried again.
const AFTER_FAILURE: Duration = Duration::from_secs(30);

/// Where words come from, and where they go.
struct Source {
    /// Some of what has no words yet: numbers and texts.
    read: &'static str,
    /// Keeps the words ?2 of what has the number ?1.
    keep: &'static str,
    /// That has words now, unless its text is not ?2 any more.
    done: &'static str,
}

const SOURCES: [Source; 2] = [
    Source {
        read: "
            SELECT w.number, COALESCE(c.title, '')
            FROM wordless_chats w LEFT JOIN chats c ON c.number = w.number
            ORDER BY w.number LIMIT ?1",
        keep: "INSERT OR REPLACE INTO title_words (rowid, words) VALUES (?1, ?2)",
        done: "
            DELETE FROM wordless_chats
            WHERE number = ?1 AND COALESCE((SELECT title FROM chats WHERE number = ?1), '') = ?2",
    },
    Source {
        read: "
            SELECT w.number, COALESCE(g.content, m.content, '')
            FROM wordless_messages w
            LEFT JOIN messages m ON m.number = w.number
            LEFT JOIN generations g ON g.id = m.generation
            ORDER BY w.number LIMIT ?1",
        keep: "INSERT OR REPLACE INTO message_words (rowid, words) VALUES (?1, ?2)",
        done: "
            DELETE FROM wordless_messages
            WHERE number = ?1 AND COALESCE((
                SELECT COALESCE(g.content, m.content)
                FROM messages m LEFT JOIN generations g ON g.id = m.generation
                WHERE m.number = ?1), '') = ?2",
    },
];

impl Sqlite {
    /// Collects words whenever there is something to collect them from, until `shutdown`.
    pub async fn collect_words(self, shutdown: CancellationToken) {
        let collecting = async {
            let mut failed = false;
            loop {
                self.written.notified().await;
                sleep(GATHER).await;
                loop {
                    match self.collect_some().await {
                        Ok(more) => {
                            failed = false;
                            if !more {
                                break;
                            }
                            sleep(REST).await;
                        }
                        Err(fault) => {
                            // A disk that is full for a while is the journal's to tell.
                            if failed {
                                error!("words could not be collected for the search: {fault}");
                            }
                            failed = true;
                            sleep(AFTER_FAILURE).await;
                        }
                    }
                }
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = collecting => {}
        }
    }

    /// Collects the words of what came last, unless that is very much.
    pub(super) async fn catch_up(&self) -> Result<(), StoreFault> {
        for _ in 0..CATCH_UP {
            if !self.collect_some().await? {
                break;
            }
        }
        Ok(())
    }

    /// Collects the words of some titles and messages; gives whether there may be more.
    async fn collect_some(&self) -> Result<bool, StoreFault> {
        let mut more = false;
        for source in &SOURCES {
            let texts: Vec<(i64, String)> = sqlx::query_as(source.read)
                .bind(i64::try_from(STEP).unwrap_or_default())
                .fetch_all(&self.readers)
                .await?;
            if texts.is_empty() {
                continue;
            }
            more |= texts.len() == STEP;
            let acquired = self.writer.acquire().await;
            let mut connection = acquired.map_err(|error| self.fault(error))?;
            let kept = keep(&mut connection, source, with_words(texts).await).await;
            if kept.is_err() {
                connection.close_on_drop();
            }
            kept.map_err(|error| self.fault(error))?;
        }
        Ok(more)
    }
}

/// Texts with their words. A long answer has many: who serves does not wait for it.
async fn with_words(texts: Vec<(i64, String)>) -> Vec<(i64, String, String)> {
    let collect = move || {
        let texts = texts.into_iter();
        let texts = texts.map(|(number, text)| (number, words::words(&text), text));
        texts.collect()
    };
    // It fails only when the process ends.
    spawn_blocking(collect).await.unwrap_or_default()
}

async fn keep(
    connection: &mut SqliteConnection,
    source: &Source,
    texts: Vec<(i64, String, String)>,
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    for (number, words, text) in texts {
        let kept = sqlx::query(source.keep).bind(number).bind(words);
        kept.execute(&mut *transaction).await?;
        let done = sqlx::query(source.done).bind(number).bind(text);
        done.execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

/// Makes all words anew where they were made by another rule, or there was none.
pub(super) async fn bring_up_to_date(writer: &SqlitePool) -> Result<(), sqlx::Error> {
    let made_by: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(writer)
        .await?;
    if made_by == words::VERSION {
        return Ok(());
    }
    let mut all = writer.begin().await?;
    for sql in [
        "INSERT INTO title_words (title_words) VALUES ('delete-all')",
        "INSERT INTO message_words (message_words) VALUES ('delete-all')",
        "DELETE FROM wordless_messages",
        "INSERT OR IGNORE INTO wordless_chats SELECT number FROM chats",
    ] {
        sqlx::query(sql).execute(&mut *all).await?;
    }
    let mut last = 0_i64;
    loop {
        let messages: Vec<(i64, String)> = sqlx::query_as(
            "SELECT m.number, COALESCE(g.content, m.content)
             FROM messages m LEFT JOIN generations g ON g.id = m.generation
             WHERE m.number > ?1 ORDER BY m.number LIMIT ?2",
        )
        .bind(last)
        .bind(BATCH)
        .fetch_all(&mut *all)
        .await?;
        if last == 0 && !messages.is_empty() {
            info!(
                "the messages' words are collected, so that search finds them; this takes a while, once"
            );
        }
        for (number, text) in &messages {
            sqlx::query("INSERT INTO message_words (rowid, words) VALUES (?1, ?2)")
                .bind(number)
                .bind(words::words(text))
                .execute(&mut *all)
                .await?;
        }
        match messages.last() {
            Some((number, _)) => last = *number,
            None => break,
        }
    }
    // A pragma takes no values; the test holds the two together.
    sqlx::query("PRAGMA user_version = 1")
        .execute(&mut *all)
        .await?;
    all.commit().await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use tokio::time::timeout;

    use super::*;
    use crate::{
        chat::Touch,
        server::store::{Chats, Folder, words::Search},
    };

    #[test]
    fn the_rule_that_is_written_down_is_the_one_in_use() {
        assert_eq!(
            words::VERSION,
            1,
            "write the same number into the pragma above"
        );
    }

    async fn wordless(store: &Sqlite) -> i64 {
        let count = "SELECT (SELECT COUNT(*) FROM wordless_chats) + (SELECT COUNT(*) FROM wordless_messages)";
        let count = sqlx::query_scalar(count).fetch_one(&store.readers);
        count.await.unwrap()
    }

    async fn titles(store: &Sqlite, typed: &str) -> usize {
        let search = Search::read(typed);
        let found = store.search(&search, None, 10).await.unwrap();
        found.chats.len()
    }

    #[tokio::test]
    async fn words_are_collected_whether_or_not_anybody_searches() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::take(home.path()).unwrap();
        let store = Sqlite::open(folder).await.unwrap();
        for number in 0..40 {
            let chat = format!(
                "INSERT INTO chats (id, number, owner, title, leaf, begun_at, asked_at)
                                VALUES ('{number}', {number}, '', 'Title {number}', 'x', 1, 1)"
            );
            sqlx::query(sqlx::AssertSqlSafe(chat))
                .execute(&store.writer)
                .await
                .unwrap();
        }
        assert_eq!(wordless(&store).await, 40);
        let shutdown = CancellationToken::new();
        let collecting = tokio::spawn(store.clone().collect_words(shutdown.clone()));
        let collected = async {
            while wordless(&store).await > 0 {
                sleep(REST).await;
            }
        };
        timeout(AFTER_FAILURE, collected).await.unwrap();
        shutdown.cancel();
        collecting.await.unwrap();
        assert_eq!(titles(&store, "title").await, 10);
    }

    /// What changes between the moment in which it is read and that in which its words are kept has words again later.
    #[tokio::test]
    async fn what_has_changed_meanwhile_is_not_done() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::take(home.path()).unwrap();
        let store = Sqlite::open(folder).await.unwrap();
        let chat = "INSERT INTO chats (id, number, owner, title, leaf, begun_at, asked_at)
                    VALUES ('c', 1, '', 'Before', 'x', 1, 1)";
        sqlx::query(chat).execute(&store.writer).await.unwrap();
        let before = vec![(1, "before".to_owned(), "Before".to_owned())];
        let rename = Touch::Rename("After".to_owned());
        assert!(store.touch(&["c".to_owned()], rename).await.unwrap());
        let mut connection = store.writer.acquire().await.unwrap();
        keep(&mut connection, &SOURCES[0], before).await.unwrap();
        drop(connection);
        assert_eq!(wordless(&store).await, 1);
        assert_eq!(
            (
                titles(&store, "after").await,
                titles(&store, "before").await
            ),
            (1, 0)
        );
        assert_eq!(wordless(&store).await, 0);
    }
}
