//! Chats with all that is known of them, and their ids one after the other: what an export reads.

use futures_util::TryStreamExt;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{
    super::{
        StoreFault,
        whole::{TitledBy, Whole, WholeMessage, WholeWritten},
    },
    Sqlite,
    values::{calls, unsigned},
};
use crate::chat::Role;

/// What comes after an id, newest first. An id is a UUIDv7 and never changes: whatever is asked or changed between one
/// page and the next, no chat is passed over or read twice.
const IDS: &str = "
    SELECT id FROM chats WHERE owner = ?1 AND deleted_at IS NULL AND leaf IS NOT NULL
        AND (?2 IS NULL OR id < ?2)
    ORDER BY id DESC LIMIT ?3";

const CHAT: &str = "
    SELECT id, title, titled, begun_at, asked_at, pinned, archived, folder, leaf, settings
    FROM chats WHERE id = ?1 AND owner = ?2 AND deleted_at IS NULL";

/// The messages of a chat, in the order in which they came, with everything about their generations: `id` and `content`
/// are the generation's.
const MESSAGES: &str = "
    SELECT m.id AS message, m.parent, m.role, m.content AS question, m.made_at, g.*
    FROM messages m LEFT JOIN generations g ON g.id = m.generation
    WHERE m.chat = ?1
    ORDER BY m.number";

/// What has been saved of a generation that runs. There is no index: that is read for the few that do.
const PIECES: &str =
    "SELECT content, thinking, tool_calls FROM pieces WHERE generation = ?1 ORDER BY number";

impl Sqlite {
    pub(super) async fn ids_before(
        &self,
        before: Option<&str>,
        count: u32,
    ) -> Result<Vec<String>, StoreFault> {
        let ids = sqlx::query_scalar(IDS)
            .bind(&*self.owner)
            .bind(before)
            .bind(count)
            .fetch_all(&self.readers);
        Ok(ids.await?)
    }

    pub(super) async fn whole_chat(&self, id: &str) -> Result<Option<Whole>, StoreFault> {
        // All is read of one and the same moment.
        let mut moment = self.readers.begin().await?;
        let found = sqlx::query(CHAT)
            .bind(id)
            .bind(&*self.owner)
            .fetch_optional(&mut *moment)
            .await?;
        let Some(found) = found else {
            return Ok(None);
        };
        let mut whole = chat(&found)?;
        // One row after the other: a long chat is not to be in memory twice.
        let mut rows = sqlx::query(MESSAGES).bind(id).fetch(&mut *moment);
        while let Some(row) = rows.try_next().await? {
            whole.messages.push(message(&row)?);
        }
        drop(rows);
        for message in &mut whole.messages {
            add_pieces(&mut moment, message).await?;
        }
        Ok(Some(whole))
    }
}

fn chat(row: &SqliteRow) -> Result<Whole, sqlx::Error> {
    Ok(Whole {
        id: row.try_get("id")?,
        title: row.try_get("title")?,
        titled_by: match row.try_get("titled")? {
            1 => TitledBy::Person,
            2 => TitledBy::Model,
            _ => TitledBy::Question,
        },
        begun_at: unsigned(row.try_get("begun_at")?),
        asked_at: unsigned(row.try_get("asked_at")?),
        pinned: row.try_get("pinned")?,
        archived: row.try_get("archived")?,
        folder: row.try_get("folder")?,
        settings: serde_json::from_str(row.try_get("settings")?).unwrap_or_default(),
        leaf: row.try_get("leaf")?,
        messages: Vec::new(),
    })
}

fn message(row: &SqliteRow) -> Result<WholeMessage, sqlx::Error> {
    let (role, content) = match row.try_get("role")? {
        "assistant" => (Role::Assistant, row.try_get("content")?),
        _ => (Role::User, row.try_get("question")?),
    };
    let generation: Option<String> = row.try_get("id")?;
    let content: Option<String> = content;
    Ok(WholeMessage {
        id: row.try_get("message")?,
        parent: row.try_get("parent")?,
        role,
        content: content.unwrap_or_default(),
        made_at: unsigned(row.try_get("made_at")?),
        written: match generation {
            Some(generation) => Some(written(row, generation)?),
            None => None,
        },
    })
}

fn written(row: &SqliteRow, generation: String) -> Result<WholeWritten, sqlx::Error> {
    let asked: &str = row.try_get("asked")?;
    let done: Option<&str> = row.try_get("done")?;
    Ok(WholeWritten {
        generation,
        model: row.try_get("model")?,
        begun_at: unsigned(row.try_get("begun_at")?),
        asked: serde_json::from_str(asked).ok(),
        thinking: row.try_get("thinking")?,
        tool_calls: calls(row.try_get("tool_calls")?),
        done: done.map(|done| serde_json::from_str(done).unwrap_or_default()),
    })
}

/// Adds what has been saved so far, if the message is still being written.
async fn add_pieces(
    connection: &mut SqliteConnection,
    message: &mut WholeMessage,
) -> Result<(), sqlx::Error> {
    let Some(written) = message.written.as_mut().filter(|it| it.done.is_none()) else {
        return Ok(());
    };
    let mut pieces = sqlx::query(PIECES)
        .bind(&*written.generation)
        .fetch(connection);
    while let Some(piece) = pieces.try_next().await? {
        message.content += piece.try_get("content")?;
        written.thinking += piece.try_get("thinking")?;
        written
            .tool_calls
            .extend(calls(piece.try_get("tool_calls")?));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::json;

    use super::{
        super::super::{Begun, Change, Folder, Place, Question, Store},
        *,
    };

    /// A chat that begins now, of this name.
    fn begun(chat: &str) -> Change {
        Change {
            id: format!("generation of {chat}"),
            begun: Some(Begun {
                owner: "".into(),
                model: "m".to_owned(),
                asked: "{}".to_owned(),
                request_id: None,
                place: Some(Place {
                    goes_on: false,
                    chat: chat.to_owned(),
                    title: Some(chat.to_owned()),
                    question: Some(Question {
                        parent: None,
                        text: "?".to_owned(),
                    }),
                    parent: format!("question of {chat}"),
                    answer: format!("answer of {chat}"),
                }),
                at: UNIX_EPOCH + Duration::from_millis(7),
            }),
            ..Change::default()
        }
    }

    #[tokio::test]
    async fn ids_come_in_pages_and_chats_with_all_there_is() {
        let home = tempfile::tempdir().unwrap();
        let store = Sqlite::open(Folder::take(home.path()).unwrap());
        let store = store.await.unwrap();
        let chats = ["a", "b", "c", "d"].map(begun);
        store.save(chats.to_vec()).await.unwrap();
        let piece = |content: &str, seq| Change {
            id: "generation of b".to_owned(),
            content: content.to_owned(),
            seq,
            ..Change::default()
        };
        store.save(vec![piece("one ", 1)]).await.unwrap();
        store.save(vec![piece("two", 2)]).await.unwrap();
        sqlx::query("UPDATE generations SET asked = '{\"options\":{\"seed\":1}}'")
            .execute(&store.writer)
            .await
            .unwrap();
        sqlx::query("UPDATE chats SET deleted_at = 1 WHERE id = 'c'")
            .execute(&store.writer)
            .await
            .unwrap();

        assert_eq!(store.ids_before(None, 2).await.unwrap(), ["d", "b"]);
        assert_eq!(store.ids_before(Some("b"), 2).await.unwrap(), ["a"]);
        // One that is not there any more is a place in the order all the same.
        assert_eq!(store.ids_before(Some("c"), 1).await.unwrap(), ["b"]);
        assert_eq!(store.whole_chat("c").await.unwrap(), None);
        let whole = store.whole_chat("b").await.unwrap().unwrap();
        assert_eq!((whole.begun_at, whole.asked_at), (7, 7));
        assert_eq!(whole.titled_by, TitledBy::Question);
        let [question, answer] = &*whole.messages else {
            unreachable!("a question and its answer");
        };
        assert_eq!((&*question.content, &question.written), ("?", &None));
        assert_eq!((&*answer.content, answer.made_at), ("one two", 7));
        let written = answer.written.as_ref().unwrap();
        assert_eq!(written.generation, "generation of b");
        assert_eq!(written.asked, Some(json!({"options": {"seed": 1}})));
        assert_eq!(written.done, None);
    }
}
