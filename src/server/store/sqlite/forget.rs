//! Forgetting what is old: generations that are in no chat, and chats that were deleted.
//!
//! Most of what is old is in a chat and stays. To find what does not, all of it has to be looked at, so that is done a
//! little at a time, by a reader: there is one writer, and others wait for it. When it is done, the journal knows.

use std::sync::{MutexGuard, PoisonError};

use sqlx::Connection;

use super::{super::StoreFault, Sqlite};

/// How many generations are looked at, and forgotten, at once.
const LOOKED_AT: u32 = 500;
const AT_ONCE: u32 = 100;

/// How many chats are forgotten at once, with all their messages and the words of these.
const CHATS: i64 = 5;

/// Up to where so many are looked at.
const NEXT: &str = "
    SELECT begun_at, id FROM generations WHERE (begun_at, id) > (?1, ?2) AND begun_at < ?3
    ORDER BY begun_at, id LIMIT 1 OFFSET ?4";

/// Those in between that are in no chat.
const USELESS: &str = "
    SELECT begun_at, id FROM generations g WHERE (begun_at, id) > (?1, ?2) AND (begun_at, id) <= (?3, ?4)
    AND NOT EXISTS (SELECT 1 FROM messages WHERE generation = g.id)
    ORDER BY begun_at, id LIMIT ?5";

const FORGET: &str = "
    DELETE FROM generations WHERE id = ?1 AND done IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM messages WHERE generation = ?1)";

/// Chats that were deleted, and those that have begun with settings and nothing else.
const PURGE: &str = "
    DELETE FROM chats WHERE id IN (
        SELECT id FROM chats WHERE deleted_at < ?1
        UNION SELECT id FROM chats WHERE leaf IS NULL AND begun_at < ?1
        LIMIT ?2)";

/// The last generation that was looked at: when it was begun, and its id.
pub(super) type Edge = (i64, String);

impl Sqlite {
    /// Forgets some of what is older than `time`; gives whether there may be more.
    pub(super) async fn forget_some(&self, time: i64) -> Result<bool, StoreFault> {
        let more = self.forget_generations(time).await?;
        let purged = sqlx::query(PURGE)
            .bind(time)
            .bind(CHATS)
            .execute(&self.writer)
            .await?;
        Ok(more || purged.rows_affected() > 0)
    }

    async fn forget_generations(&self, time: i64) -> Result<bool, StoreFault> {
        let edge = self.edge().clone();
        let next: Option<Edge> = sqlx::query_as(NEXT)
            .bind(edge.0)
            .bind(&edge.1)
            .bind(time)
            .bind(LOOKED_AT - 1)
            .fetch_optional(&self.readers)
            .await?;
        let more = next.is_some();
        let next = next.unwrap_or((time, String::new()));
        let useless: Vec<Edge> = sqlx::query_as(USELESS)
            .bind(edge.0)
            .bind(&edge.1)
            .bind(next.0)
            .bind(&next.1)
            .bind(AT_ONCE)
            .fetch_all(&self.readers)
            .await?;
        if !useless.is_empty() {
            let mut connection = self.writer.acquire().await?;
            let mut transaction = connection.begin().await?;
            for (_, id) in &useless {
                let query = sqlx::query(FORGET).bind(id);
                query.execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
        }
        // Those behind the last of so many have not been looked at. At the end it begins anew, when it is time for that.
        let cut = useless.len() == AT_ONCE as usize;
        let last = useless.into_iter().last().filter(|_| cut);
        *self.edge() = last.unwrap_or_else(|| if more { next } else { Edge::default() });
        Ok(more || cut)
    }

    fn edge(&self) -> MutexGuard<'_, Edge> {
        self.forgotten
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
