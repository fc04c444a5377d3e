//! Presets, saved prompts and drafts in SQLite.

use std::time::SystemTime;

use sqlx::SqliteConnection;
use uuid::Uuid;

use super::{
    super::{StoreFault, desk::Desk},
    Sqlite,
    values::{json, milliseconds},
};
use crate::{
    chat::{Preset, PresetChange, Prompt, PromptChange},
    server::Boxed,
};

impl Desk for Sqlite {
    fn presets(&self) -> Boxed<'_, Result<Vec<Preset>, StoreFault>> {
        Box::pin(async move {
            let presets = sqlx::query_as::<_, (String, String, String)>(
                "SELECT id, name, settings FROM presets WHERE owner = ?1 ORDER BY name COLLATE NOCASE, id",
            )
            .bind(&*self.owner)
            .fetch_all(&self.readers)
            .await?;
            let presets = presets.into_iter().map(|(id, name, settings)| Preset {
                id,
                name,
                settings: serde_json::from_str(&settings).unwrap_or_default(),
            });
            Ok(presets.collect())
        })
    }

    fn preset_names(&self) -> Boxed<'_, Result<Vec<(String, String)>, StoreFault>> {
        Box::pin(async move {
            let names = sqlx::query_as(
                "SELECT id, name FROM presets WHERE owner = ?1 ORDER BY name COLLATE NOCASE, id",
            );
            Ok(names.bind(&*self.owner).fetch_all(&self.readers).await?)
        })
    }

    fn change_preset(&self, change: PresetChange) -> Boxed<'_, Result<Option<Preset>, StoreFault>> {
        Box::pin(async move {
            let (query, preset) = match change {
                PresetChange::Make { name, settings } => {
                    let id = Uuid::now_v7().to_string();
                    let sql = "INSERT INTO presets (owner, id, name, settings, made_at)
                               VALUES (?1, ?2, ?3, ?4, ?5)";
                    let query = sqlx::query(sql).bind(&*self.owner).bind(id.clone());
                    let query = query.bind(name.clone()).bind(json(&settings));
                    let now = milliseconds(SystemTime::now());
                    (query.bind(now), Preset { id, name, settings })
                }
                PresetChange::Change(preset) => {
                    let sql = "UPDATE presets SET name = ?3, settings = ?4
                               WHERE owner = ?1 AND id = ?2";
                    let query = sqlx::query(sql).bind(&*self.owner).bind(preset.id.clone());
                    let query = query.bind(preset.name.clone());
                    (query.bind(json(&preset.settings)), preset)
                }
                PresetChange::Delete(id) => {
                    let sql = "DELETE FROM presets WHERE owner = ?1 AND id = ?2";
                    let query = sqlx::query(sql).bind(&*self.owner).bind(id.clone());
                    let gone = Preset {
                        id,
                        ..Preset::default()
                    };
                    (query, gone)
                }
            };
            let changed = query
                .execute(&self.writer)
                .await
                .map_err(|error| self.fault(error))?;
            Ok((changed.rows_affected() > 0).then_some(preset))
        })
    }

    fn prompts(&self) -> Boxed<'_, Result<Vec<Prompt>, StoreFault>> {
        Box::pin(async move {
            let prompts = sqlx::query_as::<_, (String, String, String)>(
                "SELECT id, name, text FROM prompts WHERE owner = ?1 ORDER BY name COLLATE NOCASE, id",
            )
            .bind(&*self.owner)
            .fetch_all(&self.readers)
            .await?;
            let prompts = prompts.into_iter();
            let prompts = prompts.map(|(id, name, text)| Prompt { id, name, text });
            Ok(prompts.collect())
        })
    }

    fn change_prompt(&self, change: PromptChange) -> Boxed<'_, Result<Option<String>, StoreFault>> {
        Box::pin(async move {
            let (query, id) = match change {
                PromptChange::Make { name, text } => {
                    let id = Uuid::now_v7().to_string();
                    let sql = "INSERT INTO prompts (owner, id, name, text, made_at)
                               VALUES (?1, ?2, ?3, ?4, ?5)";
                    let query = sqlx::query(sql).bind(&*self.owner).bind(id.clone());
                    let now = milliseconds(SystemTime::now());
                    (query.bind(name).bind(text).bind(now), id)
                }
                PromptChange::Change(Prompt { id, name, text }) => {
                    let sql =
                        "UPDATE prompts SET name = ?3, text = ?4 WHERE owner = ?1 AND id = ?2";
                    let query = sqlx::query(sql).bind(&*self.owner).bind(id.clone());
                    (query.bind(name).bind(text), id)
                }
                PromptChange::Delete(id) => {
                    let sql = "DELETE FROM prompts WHERE owner = ?1 AND id = ?2";
                    (sqlx::query(sql).bind(&*self.owner).bind(id.clone()), id)
                }
            };
            let changed = query
                .execute(&self.writer)
                .await
                .map_err(|error| self.fault(error))?;
            Ok((changed.rows_affected() > 0).then_some(id))
        })
    }

    fn draft<'a>(&'a self, chat: Option<&'a str>) -> Boxed<'a, Result<String, StoreFault>> {
        Box::pin(async move {
            let draft =
                sqlx::query_scalar("SELECT text FROM drafts WHERE owner = ?1 AND chat = ?2")
                    .bind(&*self.owner)
                    .bind(chat.unwrap_or_default())
                    .fetch_optional(&self.readers)
                    .await?;
            Ok(draft.unwrap_or_default())
        })
    }

    fn keep_draft<'a>(
        &'a self,
        chat: Option<&'a str>,
        text: &'a str,
    ) -> Boxed<'a, Result<(), StoreFault>> {
        Box::pin(async move {
            let sql = if text.is_empty() {
                "DELETE FROM drafts WHERE owner = ?1 AND chat = ?2"
            } else {
                // That of a chat that there is, or of a new one; and not what was asked while it was on its way.
                "INSERT INTO drafts (owner, chat, text, made_at) SELECT ?1, ?2, ?3, ?4
                 WHERE (?2 = '' OR EXISTS (SELECT 1 FROM chats WHERE id = ?2 AND owner = ?1))
                 AND NOT EXISTS (
                     SELECT 1 FROM messages
                     WHERE number > (SELECT MAX(number) FROM messages) - 10
                     AND role = 'user' AND owner = ?1 AND made_at > ?4 - 5000
                     AND TRIM(?3) = SUBSTR(TRIM(content), 1, LENGTH(TRIM(?3))))
                 ON CONFLICT DO UPDATE SET text = excluded.text, made_at = excluded.made_at"
            };
            let mut query = sqlx::query(sql)
                .bind(&*self.owner)
                .bind(chat.unwrap_or_default());
            if !text.is_empty() {
                query = query.bind(text).bind(milliseconds(SystemTime::now()));
            }
            query
                .execute(&self.writer)
                .await
                .map_err(|error| self.fault(error))?;
            Ok(())
        })
    }
}

/// Drops the draft of what has been asked; it may have been kept before its last words. One that begins otherwise is
/// another one.
pub(super) async fn drop_draft(
    connection: &mut SqliteConnection,
    owner: &str,
    chat: &str,
    text: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM drafts WHERE owner = ?1 AND chat = ?2 AND TRIM(text) = SUBSTR(?3, 1, LENGTH(TRIM(text)))",
    )
    .bind(owner)
    .bind(chat)
    .bind(text.trim())
    .execute(connection)
    .await?;
    Ok(())
}
