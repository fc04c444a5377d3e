//! Forgetting what is old: generations that are in no chat, and chats that were deleted.
//!
//! Most of what is old is in a chat and stays. To find what does not, all of it has to be looked at, so that is done a
//! little at a time, by a reader: there is one writer, and others wait for it. When it is done, the journal knows.

use std::sync::{MutexGuard, PoisonError};

use sqlx::Connection;

use super::{super::StoreFault, Sqlite};

/// How many generations are looked at, and forgotten, at once.
const LOOKED_AT: i64 = 500;
const AT_ONCE: usize = 100;

/// How many chats are forgotten at once, with all their messages and the words of these.
const CHATS: i64 = 5;

/// The generations after an edge, those in no chat marked.
const OLD: &str = "
    SELECT begun_at, id, NOT EXISTS (SELECT 1 FROM messages WHERE generation = g.id)
    FROM generations g
    WHERE (begun_at, id) > (?1, ?2) AND begun_at < ?3
    ORDER BY begun_at, id LIMIT ?4";

const FORGET: &str = "
    DELETE FROM generations WHERE id = ?1 AND done IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM messages WHERE generation = ?1)";

/// The last generation that was looked at: when it was begun, and its id.
pub(super) type Edge = (i64, String);

impl Sqlite {
    /// Forgets some of what is older than `time`; gives whether there may be more.
    pub(super) async fn forget_some(&self, time: i64) -> Result<bool, StoreFault> {
        let more = self.forget_generations(time).await?;
        let purged = sqlx::query(
            "DELETE FROM chats WHERE id IN (SELECT id FROM chats WHERE deleted_at < ?1 LIMIT ?2)",
        )
        .bind(time)
        .bind(CHATS)
        .execute(&self.writer)
        .await?;
        Ok(more || purged.rows_affected() > 0)
    }

    async fn forget_generations(&self, time: i64) -> Result<bool, StoreFault> {
        let (begun_at, id) = self.edge().clone();
        let old: Vec<(i64, String, bool)> = sqlx::query_as(OLD)
            .bind(begun_at)
            .bind(id)
            .bind(time)
            .bind(LOOKED_AT)
            .fetch_all(&self.readers)
            .await?;
        let mut last = None;
        let mut useless = Vec::new();
        for (begun_at, id, is_useless) in old {
            if is_useless {
                useless.push(id.clone());
            }
            last = Some((begun_at, id));
            if useless.len() == AT_ONCE {
                break;
            }
        }
        if !useless.is_empty() {
            let mut connection = self.writer.acquire().await?;
            let mut transaction = connection.begin().await?;
            for id in useless {
                let query = sqlx::query(FORGET).bind(id);
                query.execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
        }
        // At the end it begins anew, when it is time for that.
        let more = last.is_some();
        *self.edge() = last.unwrap_or_default();
        Ok(more)
    }

    fn edge(&self) -> MutexGuard<'_, Edge> {
        self.forgotten
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
