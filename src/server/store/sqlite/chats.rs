//! Chats in SQLite.

use std::time::SystemTime;

use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{
    super::{
        StoreFault,
        chats::{Chats, Place},
    },
    EVERYBODY, Sqlite,
    values::{milliseconds, unsigned},
};
use crate::{
    chat::{Chat, ChatEntry, ChatList, ChatMessage, Done, Role, Touch, Written},
    server::Boxed,
};

/// A page of the list: what comes after a place in its order.
const LIST: &str = "
    SELECT c.id, c.title, c.asked_at, c.pinned,
           c.id IN (SELECT m.chat FROM generations g JOIN messages m ON m.generation = g.id WHERE g.done IS NULL)
               AS live
    FROM chats c
    WHERE c.owner = ?1 AND c.deleted_at IS NULL AND (c.pinned, c.asked_at, c.id) < (?2, ?3, ?4)
    ORDER BY c.pinned DESC, c.asked_at DESC, c.id DESC
    LIMIT ?5";

/// A place before all chats.
const TOP: (i64, i64, &str) = (i64::MAX, 0, "");

/// The messages of a chat with their answers' texts, in the order in which they came.
const MESSAGES: &str = "
    SELECT m.id, m.parent, m.role, m.content AS question,
           g.id AS generation, g.model, g.content AS answer, g.thinking, g.done
    FROM messages m LEFT JOIN generations g ON g.id = m.generation
    WHERE m.chat = ?1
    ORDER BY m.number";

impl Chats for Sqlite {
    fn list<'a>(
        &'a self,
        after: Option<&'a str>,
        count: u32,
    ) -> Boxed<'a, Result<ChatList, StoreFault>> {
        Box::pin(async move {
            let edge: Option<(i64, i64, String)> = sqlx::query_as(
                "SELECT pinned, asked_at, id FROM chats WHERE id = ?1 AND owner = ?2",
            )
            .bind(after)
            .bind(EVERYBODY)
            .fetch_optional(&self.readers)
            .await?;
            let (pinned, asked_at, id) = edge
                .as_ref()
                .map_or(TOP, |(pinned, asked_at, id)| (*pinned, *asked_at, &**id));
            // One more than is wanted tells whether there are more.
            let rows = sqlx::query(LIST)
                .bind(EVERYBODY)
                .bind(pinned)
                .bind(asked_at)
                .bind(id)
                .bind(i64::from(count) + 1)
                .fetch_all(&self.readers)
                .await?;
            let wanted = usize::try_from(count).unwrap_or(usize::MAX);
            let more = rows.len() > wanted;
            let chats = rows.iter().take(wanted).map(entry);
            Ok(ChatList {
                chats: chats.collect::<Result<_, _>>()?,
                more,
            })
        })
    }

    fn chat<'a>(&'a self, id: &'a str) -> Boxed<'a, Result<Option<Chat>, StoreFault>> {
        Box::pin(async move {
            // Both are read of one and the same moment.
            let mut moment = self.readers.begin().await?;
            let found = sqlx::query(
                "SELECT title, leaf FROM chats WHERE id = ?1 AND owner = ?2 AND deleted_at IS NULL",
            )
            .bind(id)
            .bind(EVERYBODY)
            .fetch_optional(&mut *moment)
            .await?;
            let Some(found) = found else {
                return Ok(None);
            };
            let messages = sqlx::query(MESSAGES)
                .bind(id)
                .fetch_all(&mut *moment)
                .await?;
            Ok(Some(Chat {
                id: id.to_owned(),
                title: found.try_get("title")?,
                leaf: found.try_get("leaf")?,
                messages: messages.iter().map(message).collect::<Result<_, _>>()?,
            }))
        })
    }

    fn touch<'a>(&'a self, id: &'a str, touch: Touch) -> Boxed<'a, Result<bool, StoreFault>> {
        Box::pin(async move {
            let acquired = self.writer.acquire().await;
            let mut connection = acquired.map_err(|error| self.fault(error))?;
            let touched = change(&mut connection, id, touch).await;
            if touched.is_err() {
                connection.close_on_drop();
            }
            let touched = touched.map_err(|error| self.fault(error))?;
            Ok(touched > 0)
        })
    }

    fn place_of<'a>(&'a self, generation: &'a str) -> Boxed<'a, Result<Option<Place>, StoreFault>> {
        Box::pin(async move {
            let found = sqlx::query(
                "SELECT m.chat, m.parent, m.id FROM messages m JOIN chats c ON c.id = m.chat
                 WHERE m.generation = ?1 AND c.owner = ?2",
            )
            .bind(generation)
            .bind(EVERYBODY)
            .fetch_optional(&self.readers)
            .await?;
            let Some(found) = found else {
                return Ok(None);
            };
            Ok(Some(Place {
                chat: found.try_get("chat")?,
                parent: found
                    .try_get::<Option<String>, _>("parent")?
                    .unwrap_or_default(),
                answer: found.try_get("id")?,
                ..Place::default()
            }))
        })
    }
}

/// Changes a chat; gives how many rows that touched: none, if it is not there.
async fn change(
    connection: &mut SqliteConnection,
    id: &str,
    touch: Touch,
) -> Result<u64, sqlx::Error> {
    let sql = match &touch {
        Touch::Rename(_) => {
            "UPDATE chats SET title = ?3, titled = 1 WHERE id = ?1 AND owner = ?2 AND deleted_at IS NULL"
        }
        Touch::Pin(_) => {
            "UPDATE chats SET pinned = ?3 WHERE id = ?1 AND owner = ?2 AND deleted_at IS NULL"
        }
        // From the message down, by the newest child each time: its number is greater than its parent's, and so this
        // ends.
        Touch::Show(_) => {
            "UPDATE chats SET leaf = (
                 WITH RECURSIVE down (number, id) AS (
                     SELECT number, id FROM messages WHERE id = ?3 AND chat = ?1
                     UNION ALL
                     SELECT m.number, m.id FROM down JOIN messages m
                     ON m.number = (SELECT MAX(number) FROM messages WHERE parent = down.id) AND m.number > down.number)
                 SELECT id FROM down ORDER BY number DESC LIMIT 1)
             WHERE id = ?1 AND owner = ?2 AND deleted_at IS NULL
             AND EXISTS (SELECT 1 FROM messages WHERE id = ?3 AND chat = ?1)"
        }
        Touch::Delete => {
            "UPDATE chats SET deleted_at = ?3 WHERE id = ?1 AND owner = ?2 AND deleted_at IS NULL"
        }
        Touch::Restore => {
            "UPDATE chats SET deleted_at = NULL WHERE id = ?1 AND owner = ?2 AND deleted_at IS NOT NULL"
        }
        // The leaf may go with it: then the newest message is shown.
        Touch::DeleteMessage(_) => {
            "DELETE FROM messages WHERE number IN (
                 WITH RECURSIVE below (number, id) AS (
                     SELECT m.number, m.id FROM messages m JOIN chats c ON c.id = m.chat
                     WHERE m.id = ?3 AND c.id = ?1 AND c.owner = ?2 AND c.deleted_at IS NULL
                     UNION ALL
                     SELECT m.number, m.id FROM messages m JOIN below ON m.parent = below.id)
                 SELECT number FROM below)"
        }
    };
    let query = sqlx::query(sql).bind(id).bind(EVERYBODY);
    let query = match &touch {
        Touch::Rename(text) | Touch::Show(text) | Touch::DeleteMessage(text) => query.bind(text),
        Touch::Pin(pinned) => query.bind(pinned),
        Touch::Delete => query.bind(milliseconds(SystemTime::now())),
        Touch::Restore => query,
    };
    Ok(query.execute(connection).await?.rows_affected())
}

/// Puts a question, and the answer that is being written to it, into its chat. What is not there any more is no
/// failure: others are saved in the same transaction.
pub(super) async fn put(
    connection: &mut SqliteConnection,
    generation: &str,
    place: &Place,
    now: i64,
) -> Result<(), sqlx::Error> {
    if let Some(title) = &place.title {
        sqlx::query(
            "INSERT INTO chats (id, owner, title, begun_at, asked_at) VALUES (?1, ?2, ?3, ?4, ?4)
             ON CONFLICT DO NOTHING",
        )
        .bind(&place.chat)
        .bind(EVERYBODY)
        .bind(title)
        .bind(now)
        .execute(&mut *connection)
        .await?;
    }
    if let Some(question) = &place.question {
        sqlx::query(
            "INSERT INTO messages (id, chat, parent, role, content, made_at)
             SELECT ?1, ?2, ?3, 'user', ?4, ?5
             WHERE EXISTS (SELECT 1 FROM chats WHERE id = ?2)
               AND (?3 IS NULL OR EXISTS (SELECT 1 FROM messages WHERE id = ?3 AND chat = ?2))
             ON CONFLICT DO NOTHING",
        )
        .bind(&place.parent)
        .bind(&place.chat)
        .bind(&question.parent)
        .bind(&question.text)
        .bind(now)
        .execute(&mut *connection)
        .await?;
    }
    sqlx::query(
        "INSERT INTO messages (id, chat, parent, role, generation, made_at)
         SELECT ?1, ?2, ?3, 'assistant', ?4, ?5
         WHERE EXISTS (SELECT 1 FROM messages WHERE id = ?3 AND chat = ?2)
         ON CONFLICT (id) DO UPDATE SET generation = excluded.generation",
    )
    .bind(&place.answer)
    .bind(&place.chat)
    .bind(&place.parent)
    .bind(generation)
    .bind(now)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE chats SET leaf = ?2, asked_at = ?3
         WHERE id = ?1 AND EXISTS (SELECT 1 FROM messages WHERE id = ?2 AND chat = ?1)",
    )
    .bind(&place.chat)
    .bind(&place.answer)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

fn entry(row: &SqliteRow) -> Result<ChatEntry, sqlx::Error> {
    Ok(ChatEntry {
        id: row.try_get("id")?,
        title: row.try_get("title")?,
        asked_at: unsigned(row.try_get("asked_at")?),
        pinned: row.try_get("pinned")?,
        live: row.try_get("live")?,
    })
}

fn message(row: &SqliteRow) -> Result<ChatMessage, sqlx::Error> {
    let generation: Option<String> = row.try_get("generation")?;
    let role: &str = row.try_get("role")?;
    let (role, content) = match role {
        "assistant" => (Role::Assistant, row.try_get::<Option<String>, _>("answer")?),
        _ => (Role::User, row.try_get("question")?),
    };
    let written = match generation {
        None => None,
        Some(generation) => {
            let done: Option<&str> = row.try_get("done")?;
            Some(Box::new(Written {
                generation,
                model: row.try_get("model")?,
                thinking: row.try_get("thinking")?,
                done: done.map(|done| serde_json::from_str::<Done>(done).unwrap_or_default()),
            }))
        }
    };
    Ok(ChatMessage {
        id: row.try_get("id")?,
        parent: row.try_get("parent")?,
        role,
        content: content.unwrap_or_default(),
        written,
    })
}
