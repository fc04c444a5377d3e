//! Search in SQLite: words are found again in titles and messages. How they come into the file is in `collecting`.

use std::collections::HashMap;

use sqlx::{Row, sqlite::SqliteRow};

use super::{
    super::{StoreFault, words::Search},
    Sqlite,
    list::{entry, entry_columns},
    values::{signed, unsigned},
};
use crate::chat::{Found, Hit, Role};

/// How many titles are shown, at the most.
const TITLES: i64 = 10;

/// Beginnings of words of so many characters have an index of their own: `prefix` in the schema.
const INDEXED: usize = 3;

/// How many words are looked for in place of their beginning.
const MOST_WORDS: i64 = 256;

const BY_TITLE: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM title_words w JOIN chats c ON c.number = w.rowid
     WHERE w.title_words MATCH ?1 AND c.owner = ?2 AND c.deleted_at IS NULL
     ORDER BY c.asked_at DESC LIMIT ?3"
);

const BY_MESSAGE: &str = "
    SELECT m.number, m.id, m.chat, m.role, m.made_at, c.title, COALESCE(g.content, m.content) AS text
    FROM message_words w
    JOIN messages m ON m.number = w.rowid
    JOIN chats c ON c.id = m.chat
    LEFT JOIN generations g ON g.id = m.generation
    WHERE w.message_words MATCH ?1 AND w.rowid < ?2 AND c.owner = ?3 AND c.deleted_at IS NULL
    ORDER BY w.rowid DESC LIMIT ?4";

/// The words that begin so, each found from the one before it: there is no word between one and itself with the lowest
/// of all characters.
const BECOMES: &str = "
    WITH RECURSIVE words (word) AS (
        SELECT (SELECT term FROM message_terms WHERE term >= ?1 LIMIT 1)
        UNION ALL
        SELECT (SELECT term FROM message_terms WHERE term >= word || char(1) LIMIT 1)
        FROM words WHERE word GLOB ?1 || '*')
    SELECT word FROM words WHERE word GLOB ?1 || '*' LIMIT ?2";

impl Sqlite {
    /// What stands in titles and in at most `count` messages that are older than the one with the number `before`.
    pub(super) async fn find_words(
        &self,
        search: &Search,
        before: Option<u64>,
        count: u32,
    ) -> Result<Found, StoreFault> {
        if search.is_empty() {
            return Ok(Found::default());
        }
        self.catch_up().await?;
        let mut found = Found::default();
        if before.is_none() {
            let chats = sqlx::query(BY_TITLE)
                .bind(search.fts(&HashMap::new()))
                .bind(&*self.owner)
                .bind(TITLES)
                .fetch_all(&self.readers)
                .await?;
            found.chats = chats.iter().map(entry).collect::<Result<_, _>>()?;
        }
        let known = self.known(search).await?;
        let messages = sqlx::query(BY_MESSAGE)
            .bind(search.fts(&known))
            .bind(before.map_or(i64::MAX, signed))
            .bind(&*self.owner)
            .bind(i64::from(count) + 1)
            .fetch_all(&self.readers)
            .await?;
        let wanted = usize::try_from(count).unwrap_or(usize::MAX);
        found.more = messages.len() > wanted;
        let messages = messages.iter().take(wanted).map(|row| hit(row, search));
        found.messages = messages.collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// What those words may become that are still being typed, where that is not too much. FTS5 knows where beginnings
    /// of up to three characters stand; of a longer one it collects all places before it gives the first, and a common
    /// word stands in most messages. Those of whole words it gives one after the other.
    async fn known(&self, search: &Search) -> Result<HashMap<String, Vec<String>>, StoreFault> {
        let mut known = HashMap::new();
        for word in search.open(INDEXED) {
            let words: Vec<String> = sqlx::query_scalar(BECOMES)
                .bind(word)
                .bind(MOST_WORDS + 1)
                .fetch_all(&self.readers)
                .await?;
            let most = usize::try_from(MOST_WORDS).unwrap_or(usize::MAX);
            // A beginning that no word has is looked for as it is.
            if !words.is_empty() && words.len() <= most {
                known.insert(word.to_owned(), words);
            }
        }
        Ok(known)
    }
}

fn hit(row: &SqliteRow, search: &Search) -> Result<Hit, sqlx::Error> {
    let role = match row.try_get("role")? {
        "assistant" => Role::Assistant,
        _ => Role::User,
    };
    Ok(Hit {
        chat: row.try_get("chat")?,
        title: row.try_get("title")?,
        message: row.try_get("id")?,
        number: unsigned(row.try_get("number")?),
        role,
        made_at: unsigned(row.try_get("made_at")?),
        excerpt: search.excerpt(row.try_get("text")?),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use std::time::SystemTime;

    use super::*;
    use crate::server::store::{Begun, Change, Folder, Place, Question, Store};

    #[tokio::test]
    async fn a_word_is_found_by_its_beginning_however_many_it_may_become() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::take(home.path()).unwrap();
        let store = Sqlite::open(folder).await.unwrap();
        let many = (0..=MOST_WORDS).map(|number| format!("many{number} "));
        let texts = [
            "A stream, a Straße",
            "two streams",
            "streets",
            &many.collect::<String>(),
            "東京都",
        ];
        let changes = texts.iter().enumerate().map(|(number, text)| Change {
            id: format!("g{number}"),
            begun: Some(Begun {
                owner: "".into(),
                asked: "{}".to_owned(),
                model: String::new(),
                request_id: None,
                place: Some(Place {
                    goes_on: false,
                    chat: "c".to_owned(),
                    title: Some(String::new()),
                    question: Some(Question {
                        parent: None,
                        text: (*text).to_owned(),
                    }),
                    parent: format!("q{number}"),
                    answer: format!("a{number}"),
                }),
                at: SystemTime::now(),
            }),
            ..Change::default()
        });
        store.save(changes.collect()).await.unwrap();
        for (typed, wanted) in [
            ("stre", vec![2, 1, 0]),
            ("strea", vec![1, 0]),
            ("streams", vec![1]),
            ("streamst", vec![]),
            ("strasse", vec![0]),
            ("str", vec![2, 1, 0]),
            ("two_stre", vec![1]),
            ("a stre stra", vec![0]),
            ("\"stream\"", vec![0]),
            ("many", vec![3]),
            ("many25", vec![3]),
            ("東京", vec![4]),
        ] {
            let found = store.find_words(&Search::read(typed), None, 50).await;
            let found = found.unwrap().messages.into_iter();
            let found: Vec<String> = found.map(|hit| hit.message).collect();
            let wanted: Vec<String> = wanted.iter().map(|number| format!("q{number}")).collect();
            assert_eq!(found, wanted, "{typed}");
        }
    }
}
