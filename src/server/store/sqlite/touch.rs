//! How chats are changed.

use std::time::SystemTime;

use sqlx::{Connection, SqliteConnection};

use super::values::milliseconds;
use crate::chat::Touch;

/// Calls a chat by what a model has made. `titled` says whose words a title is: 0 the question's, 1 a person's, 2 a
/// model's.
const ENTITLE: &str = "
    UPDATE chats SET title = ?4, titled = 2
    WHERE id = ?1 AND owner = ?2 AND title = ?3 AND titled = 0 AND deleted_at IS NULL";

/// Changes chats, all of them or none; false: one of them is not there.
pub(super) async fn change_all(
    connection: &mut SqliteConnection,
    owner: &str,
    ids: &[String],
    touch: &Touch,
) -> Result<bool, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    for id in ids {
        if change(&mut transaction, owner, id, touch).await? == 0 {
            transaction.rollback().await?;
            return Ok(false);
        }
    }
    transaction.commit().await?;
    Ok(true)
}

/// Calls a chat `to`, if it is still called `from` and no person has had a say in that; false otherwise.
pub(super) async fn entitle(
    connection: &mut SqliteConnection,
    owner: &str,
    id: &str,
    from: &str,
    to: &str,
) -> Result<bool, sqlx::Error> {
    let query = sqlx::query(ENTITLE).bind(id).bind(owner);
    let made = query.bind(from).bind(to).execute(connection).await?;
    Ok(made.rows_affected() > 0)
}

/// Changes a chat; gives how many rows that touched: none, if it is not there.
async fn change(
    connection: &mut SqliteConnection,
    owner: &str,
    id: &str,
    touch: &Touch,
) -> Result<u64, sqlx::Error> {
    let sql = match touch {
        Touch::Rename(_) => {
            "UPDATE chats SET title = ?3, titled = 1 WHERE id = ?1 AND owner = ?2 AND deleted_at IS NULL"
        }
        Touch::Pin(_) => {
            "UPDATE chats SET pinned = ?3 WHERE id = ?1 AND owner = ?2 AND deleted_at IS NULL"
        }
        Touch::Archive(_) => {
            "UPDATE chats SET archived = ?3 WHERE id = ?1 AND owner = ?2 AND deleted_at IS NULL"
        }
        Touch::Move(_) => {
            "UPDATE chats SET folder = ?3 WHERE id = ?1 AND owner = ?2 AND deleted_at IS NULL
             AND (?3 IS NULL OR EXISTS (SELECT 1 FROM folders WHERE id = ?3 AND owner = ?2))"
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
    let query = sqlx::query(sql).bind(id).bind(owner);
    let query = match touch {
        Touch::Rename(text) | Touch::Show(text) | Touch::DeleteMessage(text) => query.bind(text),
        Touch::Pin(yes) | Touch::Archive(yes) => query.bind(yes),
        Touch::Move(folder) => query.bind(folder),
        Touch::Delete => query.bind(milliseconds(SystemTime::now())),
        Touch::Restore => query,
    };
    Ok(query.execute(connection).await?.rows_affected())
}
