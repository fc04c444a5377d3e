//! Chats in SQLite.

use std::time::SystemTime;

use sqlx::{Row, sqlite::SqliteRow};

use super::{
    super::{
        StoreFault, Whole,
        chats::{Chats, Place},
        words::Search,
    },
    Sqlite,
    touch::{change_all, entitle},
    values::{calls, json, milliseconds, unsigned},
};
use crate::{
    chat::{
        Account, Chat, ChatEntry, ChatList, ChatMessage, Done, Folder, FolderChange, Found, Role,
        Settings, ToolCall, Touch, View, Written,
    },
    server::Boxed,
};

/// The messages of a chat with their answers' texts, in the order in which they came.
const MESSAGES: &str = "
    SELECT m.id, m.parent, m.role, m.content AS question,
           g.id AS generation, g.model, g.content AS answer, g.thinking,
           g.tool_calls, g.done
    FROM messages m LEFT JOIN generations g ON g.id = m.generation
    WHERE m.chat = ?1
    ORDER BY m.number";

impl Chats for Sqlite {
    fn list<'a>(
        &'a self,
        after: Option<&'a str>,
        count: u32,
    ) -> Boxed<'a, Result<ChatList, StoreFault>> {
        Box::pin(self.list_after(after, count))
    }

    fn count<'a>(
        &'a self,
        view: &'a View,
        since: [u64; 4],
    ) -> Boxed<'a, Result<[u32; 6], StoreFault>> {
        Box::pin(self.count_view(view, since))
    }

    fn rows<'a>(
        &'a self,
        view: &'a View,
        skip: u32,
        count: u32,
    ) -> Boxed<'a, Result<Vec<ChatEntry>, StoreFault>> {
        Box::pin(self.rows_of(view, skip, count))
    }

    fn search<'a>(
        &'a self,
        search: &'a Search,
        before: Option<u64>,
        count: u32,
    ) -> Boxed<'a, Result<Found, StoreFault>> {
        Box::pin(self.find_words(search, before, count))
    }

    fn folders(&self) -> Boxed<'_, Result<Vec<Folder>, StoreFault>> {
        Box::pin(self.all_folders())
    }

    fn change_folder(&self, change: FolderChange) -> Boxed<'_, Result<Option<Folder>, StoreFault>> {
        Box::pin(self.put_folder(change))
    }

    fn chat<'a>(&'a self, id: &'a str) -> Boxed<'a, Result<Option<Chat>, StoreFault>> {
        Box::pin(async move {
            // Both are read of one and the same moment.
            let mut moment = self.readers.begin().await?;
            let found = sqlx::query(
                "SELECT title, leaf, settings FROM chats WHERE id = ?1 AND owner = ?2 AND deleted_at IS NULL",
            )
            .bind(id)
            .bind(&*self.owner)
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
                settings: serde_json::from_str(found.try_get("settings")?).unwrap_or_default(),
                messages: messages.iter().map(message).collect::<Result<_, _>>()?,
            }))
        })
    }

    fn ids<'a>(
        &'a self,
        before: Option<&'a str>,
        count: u32,
    ) -> Boxed<'a, Result<Vec<String>, StoreFault>> {
        Box::pin(self.ids_before(before, count))
    }

    fn whole<'a>(&'a self, id: &'a str) -> Boxed<'a, Result<Option<Whole>, StoreFault>> {
        Box::pin(self.whole_chat(id))
    }

    fn touch<'a>(&'a self, ids: &'a [String], touch: Touch) -> Boxed<'a, Result<bool, StoreFault>> {
        Box::pin(async move {
            let acquired = self.writer.acquire().await;
            let mut connection = acquired.map_err(|error| self.fault(error))?;
            let touched = change_all(&mut connection, &self.owner, ids, &touch).await;
            if touched.is_err() {
                connection.close_on_drop();
            }
            touched.map_err(|error| self.fault(error))
        })
    }

    fn entitle<'a>(
        &'a self,
        id: &'a str,
        from: &'a str,
        to: &'a str,
    ) -> Boxed<'a, Result<bool, StoreFault>> {
        Box::pin(async move {
            let acquired = self.writer.acquire().await;
            let mut connection = acquired.map_err(|error| self.fault(error))?;
            let made = entitle(&mut connection, &self.owner, id, from, to).await;
            if made.is_err() {
                connection.close_on_drop();
            }
            made.map_err(|error| self.fault(error))
        })
    }

    fn begin<'a>(
        &'a self,
        id: &'a str,
        settings: &'a Settings,
    ) -> Boxed<'a, Result<(), StoreFault>> {
        Box::pin(async move {
            sqlx::query(
                "INSERT INTO chats (id, number, owner, title, begun_at, asked_at, settings)
                 VALUES (?1, (SELECT COALESCE(MAX(number), 0) + 1 FROM chats), ?2, '', ?3, ?3, ?4)",
            )
            .bind(id)
            .bind(&*self.owner)
            .bind(milliseconds(SystemTime::now()))
            .bind(json(settings))
            .execute(&self.writer)
            .await
            .map_err(|error| self.fault(error))?;
            Ok(())
        })
    }

    fn configure<'a>(
        &'a self,
        id: &'a str,
        settings: &'a Settings,
    ) -> Boxed<'a, Result<bool, StoreFault>> {
        Box::pin(async move {
            let set = sqlx::query(
                "UPDATE chats SET settings = ?3 WHERE id = ?1 AND owner = ?2 AND deleted_at IS NULL",
            )
            .bind(id)
            .bind(&*self.owner)
            .bind(json(settings))
            .execute(&self.writer)
            .await
            .map_err(|error| self.fault(error))?;
            Ok(set.rows_affected() > 0)
        })
    }

    fn account<'a>(&'a self, message: &'a str) -> Boxed<'a, Result<Option<Account>, StoreFault>> {
        Box::pin(async move {
            let found = sqlx::query(
                "SELECT g.model, g.begun_at, g.asked, g.done
                 FROM messages m JOIN generations g ON g.id = m.generation
                 WHERE m.id = ?1 AND m.owner = ?2",
            )
            .bind(message)
            .bind(&*self.owner)
            .fetch_optional(&self.readers)
            .await?;
            let Some(found) = found else {
                return Ok(None);
            };
            let done: Option<&str> = found.try_get("done")?;
            Ok(Some(Account {
                model: found.try_get("model")?,
                begun_at: unsigned(found.try_get("begun_at")?),
                asked: serde_json::from_str(found.try_get("asked")?).unwrap_or_default(),
                done: done.map(|done| serde_json::from_str(done).unwrap_or_default()),
            }))
        })
    }

    fn place_of<'a>(&'a self, generation: &'a str) -> Boxed<'a, Result<Option<Place>, StoreFault>> {
        Box::pin(async move {
            let found = sqlx::query(
                "SELECT m.chat, m.parent, m.id,
                        CASE WHEN q.number = (SELECT min(number) FROM messages WHERE chat = m.chat)
                             THEN c.title END AS title
                 FROM messages m JOIN chats c ON c.id = m.chat
                 LEFT JOIN messages q ON q.id = m.parent
                 WHERE m.generation = ?1 AND c.owner = ?2",
            )
            .bind(generation)
            .bind(&*self.owner)
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
                title: found.try_get("title")?,
                ..Place::default()
            }))
        })
    }
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
                tool_calls: calls(row.try_get("tool_calls")?)
                    .into_iter()
                    .map(ToolCall::from)
                    .collect(),
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
