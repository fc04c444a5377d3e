//! The list of chats in SQLite: pages of it, views of it, and the folders.

use std::time::SystemTime;

use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    super::StoreFault,
    Sqlite,
    values::{milliseconds, signed, unsigned},
};
use crate::chat::{ChatEntry, ChatList, Folder, FolderChange, View};

/// What an entry of the list is made of. Few answers are being written at a time, and many there are: CROSS JOIN says
/// which come first, as SQLite cannot know.
macro_rules! entry_columns {
    () => {
        "c.id, c.title, c.asked_at, c.pinned, c.archived, c.folder,
         c.id IN (SELECT m.chat FROM generations g CROSS JOIN messages m ON m.generation = g.id
                  WHERE g.done IS NULL)
             AS live"
    };
}
pub(super) use entry_columns;

/// A page of the list: what comes after a place in its order.
const AFTER: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM chats c
     WHERE c.owner = ?1 AND c.archived = 0 AND c.deleted_at IS NULL AND c.leaf IS NOT NULL
         AND (c.pinned, c.asked_at, c.id) < (?2, ?3, ?4)
     ORDER BY c.pinned DESC, c.asked_at DESC, c.id DESC
     LIMIT ?5"
);

/// How many chats of the owner ?1 and, if that is of any interest, the folder ?2 there are: pinned ones, then by when
/// something was last asked. Each number is that of a stretch of the view's index, which is all that is read.
macro_rules! count {
    ($where:literal) => {
        concat!(
            "SELECT ",
            count!($where, "pinned = 1"),
            ", ",
            count!($where, "pinned = 0 AND asked_at >= ?3"),
            ", ",
            count!($where, "pinned = 0 AND asked_at >= ?4 AND asked_at < ?3"),
            ", ",
            count!($where, "pinned = 0 AND asked_at >= ?5 AND asked_at < ?4"),
            ", ",
            count!($where, "pinned = 0 AND asked_at >= ?6 AND asked_at < ?5"),
            ", ",
            count!($where, "pinned = 0 AND asked_at < ?6")
        )
    };
    ($where:literal, $which:literal) => {
        concat!(
            "(SELECT COUNT(*) FROM chats WHERE owner = ?1 AND deleted_at IS NULL AND leaf IS NOT NULL AND ",
            $where,
            " AND ",
            $which,
            ")"
        )
    };
}

/// Some of these chats, in the order of the list.
macro_rules! rows {
    ($where:literal) => {
        concat!(
            "SELECT ",
            entry_columns!(),
            " FROM chats c WHERE owner = ?1 AND deleted_at IS NULL AND leaf IS NOT NULL AND ",
            $where,
            " ORDER BY pinned DESC, asked_at DESC, id DESC LIMIT ?3 OFFSET ?4"
        )
    };
}

/// How a view is counted and read; each has an index of its own.
const fn statements(view: &View) -> (&'static str, &'static str) {
    match view {
        View::All => (
            count!("archived = 0 AND ?2 IS NULL"),
            rows!("archived = 0 AND ?2 IS NULL"),
        ),
        View::Archive => (
            count!("archived = 1 AND ?2 IS NULL"),
            rows!("archived = 1 AND ?2 IS NULL"),
        ),
        View::Folder(_) => (
            count!("archived = 0 AND folder = ?2"),
            rows!("archived = 0 AND folder = ?2"),
        ),
    }
}

const fn folder_of(view: &View) -> Option<&String> {
    match view {
        View::Folder(folder) => Some(folder),
        View::All | View::Archive => None,
    }
}

/// A place before all chats.
const TOP: (i64, i64, &str) = (i64::MAX, 0, "");

impl Sqlite {
    pub(super) async fn list_after(
        &self,
        after: Option<&str>,
        count: u32,
    ) -> Result<ChatList, StoreFault> {
        let edge: Option<(i64, i64, String)> =
            sqlx::query_as("SELECT pinned, asked_at, id FROM chats WHERE id = ?1 AND owner = ?2")
                .bind(after)
                .bind(&*self.owner)
                .fetch_optional(&self.readers)
                .await?;
        let (pinned, asked_at, id) = edge
            .as_ref()
            .map_or(TOP, |(pinned, asked_at, id)| (*pinned, *asked_at, &**id));
        // One more than is wanted tells whether there are more.
        let rows = sqlx::query(AFTER)
            .bind(&*self.owner)
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
    }

    pub(super) async fn count_view(
        &self,
        view: &View,
        since: [u64; 4],
    ) -> Result<[u32; 6], StoreFault> {
        let mut query = sqlx::query(statements(view).0)
            .bind(&*self.owner)
            .bind(folder_of(view));
        for time in since {
            query = query.bind(signed(time));
        }
        let row = query.fetch_one(&self.readers).await?;
        let mut counts = [0; 6];
        for (index, count) in counts.iter_mut().enumerate() {
            *count = row.try_get(index)?;
        }
        Ok(counts)
    }

    pub(super) async fn rows_of(
        &self,
        view: &View,
        skip: u32,
        count: u32,
    ) -> Result<Vec<ChatEntry>, StoreFault> {
        let rows = sqlx::query(statements(view).1)
            .bind(&*self.owner)
            .bind(folder_of(view))
            .bind(count)
            .bind(skip)
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.iter().map(entry).collect::<Result<_, _>>()?)
    }

    pub(super) async fn all_folders(&self) -> Result<Vec<Folder>, StoreFault> {
        let folders = sqlx::query_as::<_, (String, String)>(
            "SELECT id, name FROM folders WHERE owner = ?1 ORDER BY name COLLATE NOCASE, id",
        )
        .bind(&*self.owner)
        .fetch_all(&self.readers)
        .await?;
        let folders = folders.into_iter().map(|(id, name)| Folder { id, name });
        Ok(folders.collect())
    }

    pub(super) async fn put_folder(
        &self,
        change: FolderChange,
    ) -> Result<Option<Folder>, StoreFault> {
        let (query, folder) = match change {
            FolderChange::Make(name) => {
                let id = Uuid::now_v7().to_string();
                let sql = "INSERT INTO folders (owner, id, name, made_at) VALUES (?1, ?2, ?3, ?4)";
                let query = sqlx::query(sql).bind(&*self.owner).bind(id.clone());
                let now = milliseconds(SystemTime::now());
                (query.bind(name.clone()).bind(now), Folder { id, name })
            }
            FolderChange::Rename { id, name } => {
                let sql = "UPDATE folders SET name = ?3 WHERE owner = ?1 AND id = ?2";
                let query = sqlx::query(sql).bind(&*self.owner).bind(id.clone());
                (query.bind(name.clone()), Folder { id, name })
            }
            // Its chats stay, in no folder.
            FolderChange::Delete(id) => {
                let sql = "DELETE FROM folders WHERE owner = ?1 AND id = ?2";
                let query = sqlx::query(sql).bind(&*self.owner).bind(id.clone());
                let name = String::new();
                (query, Folder { id, name })
            }
        };
        let changed = query
            .execute(&self.writer)
            .await
            .map_err(|error| self.fault(error))?;
        Ok((changed.rows_affected() > 0).then_some(folder))
    }
}

pub(super) fn entry(row: &SqliteRow) -> Result<ChatEntry, sqlx::Error> {
    Ok(ChatEntry {
        id: row.try_get("id")?,
        title: row.try_get("title")?,
        asked_at: unsigned(row.try_get("asked_at")?),
        pinned: row.try_get("pinned")?,
        archived: row.try_get("archived")?,
        folder: row.try_get("folder")?,
        live: row.try_get("live")?,
    })
}
