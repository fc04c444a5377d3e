//! Sessions, links, codes and keys in SQLite.

use std::collections::HashSet;

use sqlx::{Row, sqlite::SqliteRow};

use super::{
    super::{
        StoreFault,
        credentials::{Credentials, Hash, Key, Link, LinkKind, Session, Which},
        users::{Role, User},
    },
    Database,
    users::user,
    values::{signed, unsigned},
};
use crate::server::Boxed;

impl Credentials for Database {
    fn add_session<'a>(
        &'a self,
        hash: Hash,
        session: Session,
        password: Option<&'a str>,
    ) -> Boxed<'a, Result<bool, StoreFault>> {
        Box::pin(async move {
            let query = sqlx::query(
                "INSERT INTO sessions (hash, id, user, made_at, seen_at, agent, address)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS (
                     SELECT 1 FROM users WHERE id = ?3 AND NOT disabled AND (?8 IS NULL OR password = ?8))",
            )
            .bind(&hash[..])
            .bind(session.id)
            .bind(session.user)
            .bind(signed(session.made_at))
            .bind(signed(session.seen_at))
            .bind(session.agent)
            .bind(session.address)
            .bind(password);
            let added = query.execute(&self.writer).await;
            let added = added.map_err(|error| self.fault(error))?;
            Ok(added.rows_affected() > 0)
        })
    }

    fn session(&self, hash: Hash) -> Boxed<'_, Result<Option<(Session, User)>, StoreFault>> {
        Box::pin(async move {
            let row = sqlx::query(
                "SELECT u.*, s.id AS session, s.user, s.made_at AS begun_at, s.seen_at, s.agent, s.address
                 FROM sessions s JOIN users u ON u.id = s.user WHERE s.hash = ?1",
            );
            let row = row.bind(&hash[..]).fetch_optional(&self.readers).await?;
            row.map(|row| Ok((session(&row)?, user(&row)?))).transpose()
        })
    }

    fn sessions<'a>(&'a self, user: &'a str) -> Boxed<'a, Result<Vec<Session>, StoreFault>> {
        Box::pin(async move {
            let rows = sqlx::query(
                "SELECT *, id AS session, made_at AS begun_at FROM sessions WHERE user = ?1 ORDER BY seen_at DESC, id DESC",
            );
            let rows = rows.bind(user).fetch_all(&self.readers).await?;
            let sessions = rows.iter().map(session);
            Ok(sessions.collect::<Result<_, _>>()?)
        })
    }

    fn touch_session(&self, hash: Hash, at: u64) -> Boxed<'_, Result<(), StoreFault>> {
        Box::pin(async move {
            let query = sqlx::query("UPDATE sessions SET seen_at = ?2 WHERE hash = ?1");
            let query = query.bind(&hash[..]).bind(signed(at));
            let touched = query.execute(&self.writer).await;
            touched.map(drop).map_err(|error| self.fault(error))
        })
    }

    fn end_sessions<'a>(
        &'a self,
        user: &'a str,
        which: Which<'a>,
    ) -> Boxed<'a, Result<u64, StoreFault>> {
        Box::pin(async move {
            let (sql, id) = match which {
                Which::One(id) => ("DELETE FROM sessions WHERE user = ?1 AND id = ?2", id),
                Which::AllBut(id) => ("DELETE FROM sessions WHERE user = ?1 AND id <> ?2", id),
                Which::All => ("DELETE FROM sessions WHERE user = ?1 AND id <> ?2", ""),
            };
            let ended = sqlx::query(sql).bind(user).bind(id).execute(&self.writer);
            let ended = ended.await.map_err(|error| self.fault(error))?;
            Ok(ended.rows_affected())
        })
    }

    fn good(
        &self,
        seen: u64,
        made: u64,
        now: u64,
    ) -> Boxed<'_, Result<HashSet<String>, StoreFault>> {
        Box::pin(async move {
            let query = sqlx::query_scalar(
                "SELECT s.id FROM sessions s JOIN users u ON u.id = s.user
                 WHERE NOT u.disabled AND s.seen_at > ?1 AND s.made_at > ?2
                 UNION ALL
                 SELECT k.id FROM keys k JOIN users u ON u.id = k.user
                 WHERE NOT u.disabled AND (k.expires_at IS NULL OR k.expires_at > ?3)",
            );
            let query = query
                .bind(signed(seen))
                .bind(signed(made))
                .bind(signed(now));
            let ids: Vec<String> = query.fetch_all(&self.readers).await?;
            Ok(ids.into_iter().collect())
        })
    }

    fn end_sessions_without_password(&self) -> Boxed<'_, Result<(), StoreFault>> {
        Box::pin(async move {
            let sql =
                "DELETE FROM sessions WHERE user IN (SELECT id FROM users WHERE password IS NULL)";
            let ended = sqlx::query(sql).execute(&self.writer).await;
            ended.map(drop).map_err(|error| self.fault(error))
        })
    }

    fn forget_credentials(
        &self,
        seen: u64,
        made: u64,
        now: u64,
    ) -> Boxed<'_, Result<(), StoreFault>> {
        Box::pin(async move {
            for (sql, time) in [
                ("DELETE FROM sessions WHERE seen_at < ?1", seen),
                ("DELETE FROM sessions WHERE made_at < ?1", made),
                ("DELETE FROM links WHERE expires_at < ?1", now),
            ] {
                let query = sqlx::query(sql).bind(signed(time)).execute(&self.writer);
                query.await.map_err(|error| self.fault(error))?;
            }
            Ok(())
        })
    }

    fn add_link(&self, hash: Hash, link: Link) -> Boxed<'_, Result<(), StoreFault>> {
        Box::pin(async move {
            if link.kind == LinkKind::Setup {
                let old = sqlx::query("DELETE FROM links WHERE kind = 'setup'");
                let gone = old.execute(&self.writer).await;
                gone.map_err(|error| self.fault(error))?;
            }
            let query = sqlx::query(
                "INSERT INTO links (hash, id, kind, role, user, made_at, expires_at, made_by)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )
            .bind(&hash[..])
            .bind(link.id)
            .bind(link.kind.code())
            .bind(link.role.code())
            .bind(link.user)
            .bind(signed(link.made_at))
            .bind(signed(link.expires_at))
            .bind(link.made_by);
            let added = query.execute(&self.writer).await;
            added.map(drop).map_err(|error| self.fault(error))
        })
    }

    fn link(&self, hash: Hash) -> Boxed<'_, Result<Option<Link>, StoreFault>> {
        Box::pin(async move {
            let row = sqlx::query("SELECT * FROM links WHERE hash = ?1").bind(&hash[..]);
            let row = row.fetch_optional(&self.readers).await?;
            Ok(row.as_ref().map(link).transpose()?)
        })
    }

    fn links(&self) -> Boxed<'_, Result<Vec<Link>, StoreFault>> {
        Box::pin(async move {
            let rows = sqlx::query("SELECT * FROM links ORDER BY made_at DESC, id DESC");
            let rows = rows.fetch_all(&self.readers).await?;
            let links = rows.iter().map(link);
            Ok(links.collect::<Result<_, _>>()?)
        })
    }

    fn take_link<'a>(&'a self, id: &'a str) -> Boxed<'a, Result<bool, StoreFault>> {
        Box::pin(async move {
            let query = sqlx::query("DELETE FROM links WHERE id = ?1").bind(id);
            let taken = query.execute(&self.writer).await;
            let taken = taken.map_err(|error| self.fault(error))?;
            Ok(taken.rows_affected() > 0)
        })
    }

    fn take_code<'a>(&'a self, user: &'a str, code: Hash) -> Boxed<'a, Result<bool, StoreFault>> {
        Box::pin(async move {
            let query = sqlx::query("DELETE FROM recovery_codes WHERE user = ?1 AND hash = ?2");
            let taken = query.bind(user).bind(&code[..]).execute(&self.writer).await;
            let taken = taken.map_err(|error| self.fault(error))?;
            Ok(taken.rows_affected() > 0)
        })
    }

    fn add_key<'a>(
        &'a self,
        hash: Hash,
        key: Key,
        password: Option<&'a str>,
    ) -> Boxed<'a, Result<bool, StoreFault>> {
        Box::pin(async move {
            let query = sqlx::query(
                "INSERT INTO keys (hash, id, user, name, begins, scopes, limits, made_at, expires_at)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (
                     SELECT 1 FROM users WHERE id = ?3 AND NOT disabled AND (?10 IS NULL OR password = ?10))",
            )
            .bind(&hash[..])
            .bind(key.id)
            .bind(key.user)
            .bind(key.name)
            .bind(key.begins)
            .bind(key.scopes)
            .bind(key.limits)
            .bind(signed(key.made_at))
            .bind(key.expires_at.map(signed))
            .bind(password);
            let added = query.execute(&self.writer).await;
            let added = added.map_err(|error| self.fault(error))?;
            Ok(added.rows_affected() > 0)
        })
    }

    fn key(&self, hash: Hash) -> Boxed<'_, Result<Option<(Key, User)>, StoreFault>> {
        Box::pin(async move {
            let row = sqlx::query(
                "SELECT u.*, k.id AS key, k.user, k.name AS called, k.begins, k.scopes, k.limits AS its_limits,
                        k.made_at AS begun_at, k.expires_at, k.used_at, k.address
                 FROM keys k JOIN users u ON u.id = k.user WHERE k.hash = ?1",
            );
            let row = row.bind(&hash[..]).fetch_optional(&self.readers).await?;
            row.map(|row| Ok((key(&row)?, user(&row)?))).transpose()
        })
    }

    fn keys<'a>(&'a self, user: &'a str) -> Boxed<'a, Result<Vec<Key>, StoreFault>> {
        Box::pin(async move {
            let rows = sqlx::query(
                "SELECT *, id AS key, name AS called, limits AS its_limits, made_at AS begun_at
                 FROM keys WHERE user = ?1 ORDER BY made_at DESC, id DESC",
            );
            let rows = rows.bind(user).fetch_all(&self.readers).await?;
            let keys = rows.iter().map(key);
            Ok(keys.collect::<Result<_, _>>()?)
        })
    }

    fn all_keys(&self) -> Boxed<'_, Result<Vec<Key>, StoreFault>> {
        Box::pin(async move {
            let rows = sqlx::query(
                "SELECT *, id AS key, name AS called, limits AS its_limits, made_at AS begun_at
                 FROM keys ORDER BY user, made_at DESC, id DESC",
            );
            let rows = rows.fetch_all(&self.readers).await?;
            let keys = rows.iter().map(key);
            Ok(keys.collect::<Result<_, _>>()?)
        })
    }

    fn limit_key<'a>(
        &'a self,
        id: &'a str,
        limits: &'a str,
    ) -> Boxed<'a, Result<bool, StoreFault>> {
        Box::pin(async move {
            let query = sqlx::query("UPDATE keys SET limits = ?2 WHERE id = ?1");
            let limited = query.bind(id).bind(limits).execute(&self.writer).await;
            let limited = limited.map_err(|error| self.fault(error))?;
            Ok(limited.rows_affected() > 0)
        })
    }

    fn drop_key<'a>(
        &'a self,
        user: &'a str,
        id: &'a str,
    ) -> Boxed<'a, Result<Option<String>, StoreFault>> {
        Box::pin(async move {
            let sql = "DELETE FROM keys WHERE user = ?1 AND id = ?2 RETURNING name";
            let query = sqlx::query_scalar(sql).bind(user).bind(id);
            let gone = query.fetch_optional(&self.writer).await;
            gone.map_err(|error| self.fault(error))
        })
    }

    fn touch_key<'a>(
        &'a self,
        hash: Hash,
        at: u64,
        address: &'a str,
    ) -> Boxed<'a, Result<(), StoreFault>> {
        Box::pin(async move {
            let query = sqlx::query("UPDATE keys SET used_at = ?2, address = ?3 WHERE hash = ?1");
            let query = query.bind(&hash[..]).bind(signed(at)).bind(address);
            let touched = query.execute(&self.writer).await;
            touched.map(drop).map_err(|error| self.fault(error))
        })
    }
}

fn session(row: &SqliteRow) -> Result<Session, sqlx::Error> {
    Ok(Session {
        id: row.try_get("session")?,
        user: row.try_get("user")?,
        made_at: unsigned(row.try_get("begun_at")?),
        seen_at: unsigned(row.try_get("seen_at")?),
        agent: row.try_get("agent")?,
        address: row.try_get("address")?,
    })
}

fn link(row: &SqliteRow) -> Result<Link, sqlx::Error> {
    Ok(Link {
        id: row.try_get("id")?,
        kind: LinkKind::of(row.try_get("kind")?),
        role: Role::of(row.try_get("role")?),
        user: row.try_get("user")?,
        made_by: row.try_get("made_by")?,
        made_at: unsigned(row.try_get("made_at")?),
        expires_at: unsigned(row.try_get("expires_at")?),
    })
}

fn key(row: &SqliteRow) -> Result<Key, sqlx::Error> {
    let at = |column: &str| {
        let at: Result<Option<i64>, _> = row.try_get(column);
        at.map(|at| at.map(unsigned))
    };
    Ok(Key {
        id: row.try_get("key")?,
        user: row.try_get("user")?,
        name: row.try_get("called")?,
        begins: row.try_get("begins")?,
        scopes: row.try_get("scopes")?,
        limits: row.try_get("its_limits")?,
        made_at: unsigned(row.try_get("begun_at")?),
        expires_at: at("expires_at")?,
        used_at: at("used_at")?,
        address: row.try_get("address")?,
    })
}
