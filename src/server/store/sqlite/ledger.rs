//! Usage, and what has happened to accounts, in SQLite.

use sqlx::Row;

use super::{
    super::{
        StoreFault,
        ledger::{Event, Ledger, OF_ADDRESS, Usage},
    },
    Database,
    values::{signed, unsigned},
};
use crate::server::Boxed;

impl Ledger for Database {
    fn add_usage(&self, usage: Usage) -> Boxed<'_, Result<(), StoreFault>> {
        Box::pin(async move {
            let query = sqlx::query(
                "INSERT INTO usage (user, day, model, answers, prompt_tokens, tokens)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT DO UPDATE SET answers = answers + excluded.answers,
                     prompt_tokens = prompt_tokens + excluded.prompt_tokens, tokens = tokens + excluded.tokens",
            )
            .bind(usage.user)
            .bind(usage.day)
            .bind(usage.model)
            .bind(signed(usage.answers))
            .bind(signed(usage.prompt_tokens))
            .bind(signed(usage.tokens));
            let added = query.execute(&self.writer).await;
            added.map(drop).map_err(|error| self.fault(error))
        })
    }

    fn usage<'a>(
        &'a self,
        user: Option<&'a str>,
        since: i64,
    ) -> Boxed<'a, Result<Vec<Usage>, StoreFault>> {
        Box::pin(async move {
            let query = match user {
                Some(user) => sqlx::query(
                    "SELECT * FROM usage WHERE user = ?1 AND day >= ?2 ORDER BY day, model",
                )
                .bind(user),
                None => sqlx::query(
                    "SELECT * FROM usage WHERE ?1 = '' AND day >= ?2 ORDER BY day, user, model",
                )
                .bind(""),
            };
            let rows = query.bind(since).fetch_all(&self.readers).await?;
            let usage = rows.iter().map(|row| {
                Ok(Usage {
                    user: row.try_get("user")?,
                    day: row.try_get("day")?,
                    model: row.try_get("model")?,
                    answers: unsigned(row.try_get("answers")?),
                    prompt_tokens: unsigned(row.try_get("prompt_tokens")?),
                    tokens: unsigned(row.try_get("tokens")?),
                })
            });
            Ok(usage.collect::<Result<_, sqlx::Error>>()?)
        })
    }

    fn forget_usage_of_addresses(&self, before: i64) -> Boxed<'_, Result<(), StoreFault>> {
        Box::pin(async move {
            // By the primary key: what users have had is much, and is not looked at.
            let sql =
                "DELETE FROM usage WHERE user >= ?1 AND user < ?1 || char(0x10ffff) AND day < ?2";
            let query = sqlx::query(sql).bind(OF_ADDRESS).bind(before);
            let forgotten = query.execute(&self.writer).await;
            forgotten.map(drop).map_err(|error| self.fault(error))
        })
    }

    fn note(&self, event: Event) -> Boxed<'_, Result<(), StoreFault>> {
        Box::pin(async move {
            let query = sqlx::query(
                "INSERT INTO events (at, kind, user, name, actor, address, detail)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )
            .bind(signed(event.at))
            .bind(event.kind)
            .bind(event.user)
            .bind(event.name)
            .bind(event.actor)
            .bind(event.address)
            .bind(event.detail);
            let noted = query.execute(&self.writer).await;
            noted.map(drop).map_err(|error| self.fault(error))
        })
    }

    fn events(&self, before: Option<i64>, count: u32) -> Boxed<'_, Result<Vec<Event>, StoreFault>> {
        Box::pin(async move {
            let sql = "SELECT * FROM events WHERE number < ?1 ORDER BY number DESC LIMIT ?2";
            let query = sqlx::query(sql)
                .bind(before.unwrap_or(i64::MAX))
                .bind(count);
            let rows = query.fetch_all(&self.readers).await?;
            let events = rows.iter().map(|row| {
                Ok(Event {
                    number: row.try_get("number")?,
                    at: unsigned(row.try_get("at")?),
                    kind: row.try_get("kind")?,
                    user: row.try_get("user")?,
                    name: row.try_get("name")?,
                    actor: row.try_get("actor")?,
                    address: row.try_get("address")?,
                    detail: row.try_get("detail")?,
                })
            });
            Ok(events.collect::<Result<_, sqlx::Error>>()?)
        })
    }

    fn forget_events(&self, before: u64) -> Boxed<'_, Result<(), StoreFault>> {
        Box::pin(async move {
            let query = sqlx::query("DELETE FROM events WHERE at < ?1").bind(signed(before));
            let forgotten = query.execute(&self.writer).await;
            forgotten.map(drop).map_err(|error| self.fault(error))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::{
        super::{super::Folder, Sqlite},
        *,
    };

    #[tokio::test]
    async fn what_addresses_have_had_is_forgotten_and_nothing_of_users() {
        let home = tempfile::tempdir().unwrap();
        let store = Sqlite::open(Folder::take(home.path()).unwrap()).await;
        let database = store.unwrap().database();
        for user in [
            "address 192.0.2.1",
            "address 2001:db8::",
            "addresses",
            "anna",
            "",
        ] {
            for day in [1, 5] {
                let usage = Usage {
                    user: user.to_owned(),
                    day,
                    tokens: 1,
                    ..Usage::default()
                };
                database.add_usage(usage).await.unwrap();
            }
        }
        database.forget_usage_of_addresses(5).await.unwrap();
        let left = database.usage(None, 0).await.unwrap();
        let early = left.iter().filter(|usage| usage.day == 1);
        let early: Vec<_> = early.map(|usage| &*usage.user).collect();
        assert_eq!((early, left.len()), (vec!["", "addresses", "anna"], 8));
    }
}
