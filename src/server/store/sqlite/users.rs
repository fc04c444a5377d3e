//! Accounts in SQLite.

use sqlx::{
    Connection, Row, SqliteConnection,
    sqlite::{SqliteQueryResult, SqliteRow},
};

use super::{
    super::{
        StoreFault,
        users::{Account, Added, By, Changed, Role, Second, User, UserChange, Users, folded},
    },
    Database,
    values::{signed, unsigned},
};
use crate::server::Boxed;

/// The tables in which every row says whose it is.
const OWNED: [&str; 7] = [
    "UPDATE generations SET owner = ?1 WHERE owner = ''",
    "UPDATE chats SET owner = ?1 WHERE owner = ''",
    "UPDATE messages SET owner = ?1 WHERE owner = ''",
    "UPDATE folders SET owner = ?1 WHERE owner = ''",
    "UPDATE presets SET owner = ?1 WHERE owner = ''",
    "UPDATE prompts SET owner = ?1 WHERE owner = ''",
    "UPDATE drafts SET owner = ?1 WHERE owner = ''",
];

/// What goes with a user. What they have used, and what has happened, stays in the books under an id that is nobody's.
const GONE: [&str; 8] = [
    // Messages go with their chats, and drafts of these too.
    "DELETE FROM chats WHERE owner = ?1",
    "DELETE FROM messages WHERE owner = ?1",
    "DELETE FROM generations WHERE owner = ?1",
    "DELETE FROM folders WHERE owner = ?1",
    "DELETE FROM presets WHERE owner = ?1",
    "DELETE FROM prompts WHERE owner = ?1",
    "DELETE FROM drafts WHERE owner = ?1",
    "DELETE FROM users WHERE id = ?1",
];

impl Users for Database {
    fn users(&self) -> Boxed<'_, Result<Vec<User>, StoreFault>> {
        Box::pin(async move {
            let rows = sqlx::query("SELECT * FROM users ORDER BY folded");
            let rows = rows.fetch_all(&self.readers).await?;
            let users = rows.iter().map(user);
            Ok(users.collect::<Result<_, _>>()?)
        })
    }

    fn user<'a>(&'a self, by: By<'a>) -> Boxed<'a, Result<Option<Account>, StoreFault>> {
        Box::pin(async move {
            let (sql, key) = match by {
                By::Id(id) => ("SELECT * FROM users WHERE id = ?1", id.to_owned()),
                By::Name(name) => ("SELECT * FROM users WHERE folded = ?1", folded(name)),
                By::Subject(subject) => {
                    ("SELECT * FROM users WHERE subject = ?1", subject.to_owned())
                }
            };
            let row = sqlx::query(sql).bind(key).fetch_optional(&self.readers);
            let Some(row) = row.await? else {
                return Ok(None);
            };
            Ok(Some(Account {
                user: user(&row)?,
                password: row.try_get("password")?,
                subject: row.try_get("subject")?,
                totp: row.try_get("totp")?,
            }))
        })
    }

    fn add_user(
        &self,
        account: Account,
        link: Option<String>,
    ) -> Boxed<'_, Result<Added, StoreFault>> {
        Box::pin(async move {
            let mut connection = self.writer.acquire().await?;
            let added = add(&mut connection, &account, link).await;
            added.map_err(|error| self.fault(error))
        })
    }

    fn change_user<'a>(
        &'a self,
        id: &'a str,
        to: UserChange,
    ) -> Boxed<'a, Result<Changed, StoreFault>> {
        Box::pin(async move {
            let mut connection = self.writer.acquire().await?;
            let changed = change(&mut connection, id, to).await;
            changed.map_err(|error| self.fault(error))
        })
    }

    fn use_step<'a>(&'a self, id: &'a str, step: i64) -> Boxed<'a, Result<bool, StoreFault>> {
        Box::pin(async move {
            let sql = "UPDATE users SET totp_step = ?2 WHERE id = ?1 AND totp_step < ?2";
            let used = sqlx::query(sql).bind(id).bind(step).execute(&self.writer);
            let used = used.await.map_err(|error| self.fault(error))?;
            Ok(used.rows_affected() > 0)
        })
    }
}

async fn add(
    connection: &mut SqliteConnection,
    account: &Account,
    link: Option<String>,
) -> Result<Added, sqlx::Error> {
    // One that reads first and writes then is refused, without waiting, when another process writes in between.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    if let Some(link) = link {
        let used = sqlx::query("DELETE FROM links WHERE id = ?1").bind(link);
        if used.execute(&mut *transaction).await?.rows_affected() == 0 {
            transaction.rollback().await?;
            return Ok(Added::LinkGone);
        }
    }
    let others: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM users")
        .fetch_one(&mut *transaction)
        .await?;
    let first = others == 0;
    let user = &account.user;
    let role = if first { Role::Admin } else { user.role };
    let added = sqlx::query(
        "INSERT INTO users (id, name, folded, role, password, subject, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
    )
    .bind(&user.id)
    .bind(user.name.trim())
    .bind(folded(&user.name))
    .bind(role.code())
    .bind(&account.password)
    .bind(&account.subject)
    .bind(signed(user.made_at))
    .execute(&mut *transaction)
    .await?;
    if added.rows_affected() == 0 {
        transaction.rollback().await?;
        return Ok(Added::Taken);
    }
    // What the first one comes by is no good to anybody else.
    sqlx::query("DELETE FROM links WHERE kind = 'setup'")
        .execute(&mut *transaction)
        .await?;
    if first {
        for sql in OWNED {
            sqlx::query(sql)
                .bind(&user.id)
                .execute(&mut *transaction)
                .await?;
        }
    }
    transaction.commit().await?;
    Ok(if first { Added::First } else { Added::Added })
}

/// Has a user have this second factor with its codes, or none.
async fn set_second(
    connection: &mut SqliteConnection,
    id: &str,
    second: Option<Second>,
) -> Result<SqliteQueryResult, sqlx::Error> {
    let old = sqlx::query("DELETE FROM recovery_codes WHERE user = ?1").bind(id);
    old.execute(&mut *connection).await?;
    let codes = second.iter().flat_map(|second| &second.codes);
    for code in codes {
        let sql = "INSERT INTO recovery_codes (user, hash) VALUES (?1, ?2)";
        let new = sqlx::query(sql).bind(id).bind(&code[..]);
        new.execute(&mut *connection).await?;
    }
    let was = second.as_ref().and_then(|second| second.was.clone());
    let (secret, step) = second.map(|it| (it.secret, it.step)).unzip();
    let sql = "UPDATE users SET totp = ?2, totp_step = MAX(totp_step, ?3)
               WHERE id = ?1 AND (?4 IS NULL OR password = ?4)";
    let query = sqlx::query(sql).bind(id).bind(secret);
    query
        .bind(step.unwrap_or_default())
        .bind(was)
        .execute(connection)
        .await
}

async fn change(
    connection: &mut SqliteConnection,
    id: &str,
    to: UserChange,
) -> Result<Changed, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let loses = matches!(
        to,
        UserChange::Role(Role::User) | UserChange::Disabled(true) | UserChange::Delete
    );
    let changed = match to {
        UserChange::Password(new) => {
            if let Some(link) = new.link {
                let used = sqlx::query("DELETE FROM links WHERE id = ?1").bind(link);
                if used.execute(&mut *transaction).await?.rows_affected() == 0 {
                    transaction.rollback().await?;
                    return Ok(Changed::Missing);
                }
            }
            let sql =
                "UPDATE users SET password = ?2 WHERE id = ?1 AND (?3 IS NULL OR password = ?3)";
            let query = sqlx::query(sql).bind(id).bind(new.hash).bind(new.was);
            let changed = query.execute(&mut *transaction).await?;
            if changed.rows_affected() == 0 {
                transaction.rollback().await?;
                return Ok(Changed::Missing);
            }
            for sql in [
                "DELETE FROM links WHERE user = ?1 AND ?2 IS NOT NULL",
                "DELETE FROM sessions WHERE user = ?1 AND id <> ?2",
            ] {
                let query = sqlx::query(sql).bind(id);
                let query = query.bind(new.session.as_deref().unwrap_or_default());
                query.execute(&mut *transaction).await?;
            }
            let sql = "DELETE FROM keys WHERE user = ?1 AND ?2";
            let query = sqlx::query(sql).bind(id).bind(new.drops_keys);
            query.execute(&mut *transaction).await?;
            if new.drops_second {
                set_second(&mut transaction, id, None).await?;
            }
            changed
        }
        UserChange::Subject(subject) => {
            let sql = "UPDATE users SET subject = ?2 WHERE id = ?1";
            let query = sqlx::query(sql).bind(id).bind(subject);
            query.execute(&mut *transaction).await?
        }
        UserChange::Role(role) => {
            let sql = "UPDATE users SET role = ?2 WHERE id = ?1";
            let query = sqlx::query(sql).bind(id).bind(role.code());
            query.execute(&mut *transaction).await?
        }
        UserChange::Disabled(disabled) => {
            // Who may not come in is out.
            let sql = "DELETE FROM sessions WHERE user = ?1 AND ?2";
            let query = sqlx::query(sql).bind(id).bind(disabled);
            query.execute(&mut *transaction).await?;
            let sql = "UPDATE users SET disabled = ?2 WHERE id = ?1";
            let query = sqlx::query(sql).bind(id).bind(disabled);
            query.execute(&mut *transaction).await?
        }
        UserChange::Second(second) => {
            let changed = set_second(&mut transaction, id, second).await?;
            if changed.rows_affected() == 0 {
                transaction.rollback().await?;
                return Ok(Changed::Missing);
            }
            changed
        }
        UserChange::LostSecond => {
            let sessions = sqlx::query("DELETE FROM sessions WHERE user = ?1").bind(id);
            sessions.execute(&mut *transaction).await?;
            set_second(&mut transaction, id, None).await?
        }
        UserChange::Limits(limits) => {
            let sql = "UPDATE users SET limits = ?2 WHERE id = ?1";
            let query = sqlx::query(sql).bind(id).bind(limits);
            query.execute(&mut *transaction).await?
        }
        UserChange::Delete => {
            let [owned @ .., last] = GONE;
            for sql in owned {
                sqlx::query(sql).bind(id).execute(&mut *transaction).await?;
            }
            sqlx::query(last)
                .bind(id)
                .execute(&mut *transaction)
                .await?
        }
    };
    if changed.rows_affected() == 0 {
        transaction.rollback().await?;
        return Ok(Changed::Missing);
    }
    if loses {
        // What they have given to others goes with what they may.
        let sql = "DELETE FROM links WHERE made_by = ?1";
        sqlx::query(sql).bind(id).execute(&mut *transaction).await?;
    }
    let admins = "SELECT COUNT(*) FROM users WHERE role = 'admin' AND NOT disabled";
    let admins: i64 = sqlx::query_scalar(admins)
        .fetch_one(&mut *transaction)
        .await?;
    if loses && admins == 0 {
        transaction.rollback().await?;
        return Ok(Changed::LastAdmin);
    }
    transaction.commit().await?;
    Ok(Changed::Changed)
}

/// A user, of a row that has all columns of theirs.
pub(super) fn user(row: &SqliteRow) -> Result<User, sqlx::Error> {
    let totp: Option<&[u8]> = row.try_get("totp")?;
    Ok(User {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        role: Role::of(row.try_get("role")?),
        disabled: row.try_get("disabled")?,
        has_totp: totp.is_some(),
        limits: row.try_get("limits")?,
        made_at: unsigned(row.try_get("made_at")?),
    })
}
