//! Writing: changes into their tables, and which pieces are still of use.

use std::{collections::BTreeMap, sync::LazyLock};

use sqlx::{AssertSqlSafe, Connection, SqlSafeStr, SqlStr, SqliteConnection};

use super::{
    super::{Begun, Change},
    place::put,
    values::{json, milliseconds, signed},
};
use crate::chat::Done;

/// How many pieces that are of no use are worth being deleted while others are, and how many are deleted at once: what
/// is saved with them waits for it.
const ENOUGH: i64 = 10_000;

/// How many pieces are appended by one statement, where there are so many.
pub(super) const MANY: usize = 32;

/// Which pieces are still of use: those that were appended since the oldest generation that runs has begun.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// The last piece there was when it began, for each.
    begun: BTreeMap<String, i64>,
    /// The last piece there is.
    last: i64,
    /// Up to where pieces have been deleted.
    deleted: i64,
}

impl Running {
    /// None, when there are no pieces and the last that there was had this number.
    pub(super) fn after(last: i64) -> Self {
        Self {
            begun: BTreeMap::new(),
            last,
            deleted: last,
        }
    }

    /// Up to which piece they are of no use, where there are enough of those to be worth a statement.
    pub(super) fn useless(&self) -> Option<i64> {
        let upto = self.begun.values().copied().min().unwrap_or(self.last);
        let enough =
            upto - self.deleted >= ENOUGH || (self.begun.is_empty() && upto > self.deleted);
        enough.then_some(upto.min(self.deleted + ENOUGH))
    }

    /// Takes note of what has been saved, and deleted.
    pub(super) fn note(&mut self, changes: &[Change], last: Option<i64>, deleted: Option<i64>) {
        for change in changes {
            if change.begun.is_some() {
                self.begun.insert(change.id.clone(), self.last);
            }
            if change.done.is_some() {
                self.begun.remove(&change.id);
            }
        }
        self.last = last.unwrap_or(self.last);
        self.deleted = deleted.unwrap_or(self.deleted);
    }
}

/// Writes changes, all or none, and deletes the pieces up to `useless`; gives the number of the last piece, if there
/// was one.
pub(super) async fn write_all(
    connection: &mut SqliteConnection,
    changes: &[Change],
    useless: Option<i64>,
) -> Result<Option<i64>, sqlx::Error> {
    if let ([only], None) = (changes, useless)
        && statements(only) == 1
    {
        // It is a transaction already.
        return write(connection, changes, useless).await;
    }
    let mut transaction = connection.begin().await?;
    let last = write(&mut transaction, changes, useless).await?;
    transaction.commit().await?;
    Ok(last)
}

/// How many statements a change takes, at the most.
fn statements(change: &Change) -> usize {
    let begins = match &change.begun {
        None => 0,
        Some(begun) if begun.place.is_none() => 1,
        Some(_) => 7,
    };
    begins + usize::from(change.done.is_some()) + usize::from(change.is_piece())
}

/// Each statement costs a trip to SQLite's thread and back, so what is most, the pieces, goes many at a time.
async fn write(
    connection: &mut SqliteConnection,
    changes: &[Change],
    useless: Option<i64>,
) -> Result<Option<i64>, sqlx::Error> {
    let mut last = None;
    for change in changes {
        if let Some(begun) = &change.begun {
            begin(connection, &change.id, begun).await?;
            if let Some(place) = &begun.place {
                put(
                    connection,
                    &begun.owner,
                    &change.id,
                    place,
                    &begun.model,
                    milliseconds(begun.at),
                )
                .await?;
            }
        }
        if let Some(done) = &change.done {
            end(connection, change, done).await?;
        }
    }
    let pieces: Vec<_> = changes.iter().filter(|it| it.is_piece()).collect();
    let (many, few) = pieces.as_chunks::<MANY>();
    for pieces in many {
        last = Some(append(connection, &MANY_PIECES, pieces).await?);
    }
    for piece in few {
        last = Some(append(connection, &ONE_PIECE, &[*piece]).await?);
    }
    if let Some(useless) = useless {
        sqlx::query("DELETE FROM pieces WHERE number <= ?1")
            .bind(useless)
            .execute(connection)
            .await?;
    }
    Ok(last)
}

async fn begin(
    connection: &mut SqliteConnection,
    id: &str,
    begun: &Begun,
) -> Result<(), sqlx::Error> {
    // All or nothing: a request that is there already must not keep the others out, or its text.
    sqlx::query(
        "INSERT INTO generations (id, owner, request_id, model, begun_at, asked) VALUES (?1, ?2,
             CASE WHEN EXISTS (SELECT 1 FROM generations WHERE owner = ?2 AND request_id = ?3)
                  THEN NULL ELSE ?3 END, ?4, ?5, ?6)",
    )
    .bind(id)
    .bind(&*begun.owner)
    .bind(begun.request_id.as_deref())
    .bind(&begun.model)
    .bind(milliseconds(begun.at))
    .bind(&begun.asked)
    .execute(connection)
    .await?;
    Ok(())
}

/// Appends what is new by `sql`, which has room for exactly so many pieces; gives the number of the last one.
async fn append(
    connection: &mut SqliteConnection,
    sql: &SqlStr,
    pieces: &[&Change],
) -> Result<i64, sqlx::Error> {
    let mut query = sqlx::query(sql.clone());
    for piece in pieces {
        query = query
            .bind(&*piece.id)
            .bind(signed(piece.seq))
            .bind(&*piece.content)
            .bind(&*piece.thinking)
            .bind(json(&piece.tool_calls));
    }
    Ok(query.execute(connection).await?.last_insert_rowid())
}

/// Puts all that was said, and how it ended, where it stays.
pub(super) async fn end(
    connection: &mut SqliteConnection,
    whole: &Change,
    done: &Done,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE generations SET seq = ?2, content = ?3, thinking = ?4, tool_calls = ?5, done = ?6
         WHERE id = ?1",
    )
    .bind(&whole.id)
    .bind(signed(whole.seq))
    .bind(&whole.content)
    .bind(&whole.thinking)
    .bind(json(&whole.tool_calls))
    .bind(json(done))
    .execute(connection)
    .await?;
    Ok(())
}

static ONE_PIECE: LazyLock<SqlStr> = LazyLock::new(|| append_pieces(1));
static MANY_PIECES: LazyLock<SqlStr> = LazyLock::new(|| append_pieces(MANY));

/// The statement that appends so many pieces. There is nothing in it that anybody else has written.
fn append_pieces(count: usize) -> SqlStr {
    let rows = vec!["(?, ?, ?, ?, ?)"; count].join(", ");
    AssertSqlSafe(format!(
        "INSERT INTO pieces (generation, seq, content, thinking, tool_calls) VALUES {rows}"
    ))
    .into_sql_str()
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    /// What a save says of a generation.
    fn change(id: &str, begins: bool, ends: bool) -> Change {
        Change {
            id: id.to_owned(),
            begun: begins.then(|| Begun {
                owner: "".into(),
                model: String::new(),
                asked: String::new(),
                request_id: None,
                place: None,
                at: UNIX_EPOCH,
            }),
            done: ends.then(Done::default),
            ..Change::default()
        }
    }

    #[test]
    fn pieces_are_of_use_since_the_oldest_that_runs_began() {
        let mut running = Running::default();
        running.note(&[change("a", true, false)], Some(1), None);
        assert_eq!(running.useless(), None);
        running.note(&[change("b", true, false)], Some(ENOUGH + 50), None);
        running.note(&[change("a", false, true)], None, None);
        // The one piece that there was before the second began; too few to be worth it.
        assert_eq!(running.useless(), None);
        running.note(&[change("c", true, false)], Some(2 * ENOUGH + 100), None);
        running.note(&[change("b", false, true)], None, None);
        // As far as the third one's beginning, and no more than so many at once.
        assert_eq!(running.useless(), Some(ENOUGH));
        running.note(&[], None, Some(ENOUGH));
        assert_eq!(running.useless(), None);
        running.note(&[change("c", false, true)], None, None);
        assert_eq!(running.useless(), Some(2 * ENOUGH));
        running.note(&[], None, Some(2 * ENOUGH));
        assert_eq!(running.useless(), Some(2 * ENOUGH + 100));
        running.note(&[], None, Some(2 * ENOUGH + 100));
        assert_eq!(running.useless(), None);
    }
}
