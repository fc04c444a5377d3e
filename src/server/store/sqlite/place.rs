//! How questions and answers come into their chats.

use sqlx::SqliteConnection;

use super::{super::chats::Place, desk::drop_draft};

/// Puts a question, and the answer that is being written to it, into its chat. What is not there any more is no
/// failure: others are saved in the same transaction.
pub(super) async fn put(
    connection: &mut SqliteConnection,
    owner: &str,
    generation: &str,
    place: &Place,
    model: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    if let Some(title) = &place.title {
        sqlx::query(
            "INSERT INTO chats (id, number, owner, title, begun_at, asked_at)
             VALUES (?1, (SELECT COALESCE(MAX(number), 0) + 1 FROM chats), ?2, ?3, ?4, ?4)
             ON CONFLICT (id) DO UPDATE SET title = excluded.title WHERE leaf IS NULL AND titled = 0",
        )
        .bind(&place.chat)
        .bind(owner)
        .bind(title)
        .bind(now)
        .execute(&mut *connection)
        .await?;
        if let Some(question) = &place.question {
            drop_draft(connection, owner, "", &question.text).await?;
        }
    }
    if let Some(question) = &place.question {
        sqlx::query(
            "INSERT INTO messages (id, chat, parent, role, content, made_at, owner)
             SELECT ?1, ?2, ?3, 'user', ?4, ?5, ?6
             WHERE EXISTS (SELECT 1 FROM chats WHERE id = ?2)
               AND (?3 IS NULL OR EXISTS (SELECT 1 FROM messages WHERE id = ?3 AND chat = ?2))
             ON CONFLICT DO NOTHING",
        )
        .bind(&place.parent)
        .bind(&place.chat)
        .bind(&question.parent)
        .bind(&question.text)
        .bind(now)
        .bind(owner)
        .execute(&mut *connection)
        .await?;
        drop_draft(connection, owner, &place.chat, &question.text).await?;
    }
    sqlx::query(
        "INSERT INTO messages (id, chat, parent, role, generation, made_at, owner)
         SELECT ?1, ?2, ?3, 'assistant', ?4, ?5, ?6
         WHERE EXISTS (SELECT 1 FROM messages WHERE id = ?3 AND chat = ?2)
         ON CONFLICT (id) DO UPDATE SET generation = excluded.generation",
    )
    .bind(&place.answer)
    .bind(&place.chat)
    .bind(&place.parent)
    .bind(generation)
    .bind(now)
    .bind(owner)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE chats SET leaf = ?2, asked_at = ?3, settings = IIF(?5, settings, json_set(settings, '$.model', ?4))
         WHERE id = ?1 AND EXISTS (SELECT 1 FROM messages WHERE id = ?2 AND chat = ?1)",
    )
    .bind(&place.chat)
    .bind(&place.answer)
    .bind(now)
    .bind(model)
    .bind(place.goes_on)
    .execute(connection)
    .await?;
    Ok(())
}
