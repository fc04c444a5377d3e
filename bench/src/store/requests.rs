//! What is asked of a server with a full database, and how long each answer takes.
//!
//! Not here: the database ([`super::fill`]), and how the times are told ([`mod@super::document`]).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::text::Vocabulary;
use crate::Told;
use crate::client::Client;
use crate::figures::Times;

/// How often each is asked, one after the other.
const TIMES: usize = 100;

/// No later than this does one kind begin another time.
const LONGEST: Duration = Duration::from_secs(4);

/// How many milliseconds a person does not notice: a chat that opens, a search between two keystrokes, and a list that
/// is scrolled.
const CHAT: f64 = 50.0;
const SEARCH: f64 = 50.0;
const LIST: f64 = 5.0;

/// Requests of one kind, asked in turn.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) what: &'static str,
    pub(crate) which: String,
    /// In milliseconds.
    pub(crate) budget: f64,
    paths: Vec<String>,
}

/// How long they took.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) kind: Kind,
    pub(crate) times: Times,
    /// The bytes of the longest answer.
    pub(crate) bytes: usize,
}

/// All kinds: `long` is the long chat's id, and the list has so many chats.
pub(crate) fn all(long: &str, chats: usize, vocabulary: &Vocabulary) -> Vec<Kind> {
    let open = |which: &str, path: String| Kind {
        what: "open the long chat",
        which: which.to_owned(),
        budget: CHAT,
        paths: vec![path],
    };
    let list = |from: usize| Kind {
        what: "a window of the list",
        which: format!("from row {from}"),
        budget: LIST,
        paths: vec![format!("/api/shelf?from={from}&offset=0")],
    };
    let search = |which: &str, words: Vec<String>| Kind {
        what: "search",
        which: which.to_owned(),
        budget: SEARCH,
        paths: words
            .iter()
            .map(|words| format!("/api/search?words={}", encoded(words)))
            .collect(),
    };
    let word = |rank: usize| vocabulary.word(rank).to_owned();
    let two = |rank: usize| format!("{} {}", word(rank), word(rank + 1));
    let quoted = |rank: usize| format!("\"{}\"", two(rank));
    let begin = |rank: usize| Some(word(rank).get(..4)?.to_owned());
    vec![
        open("its page", format!("/c/{long}")),
        open("its path", format!("/api/path?chat={long}")),
        list(0),
        list(chats / 2),
        search("a rare word", (20_000..20_100).map(word).collect()),
        search("a common word", (0..20).map(word).collect()),
        search(
            "a letter",
            ["b", "k", "m", "s", "t"].map(str::to_owned).to_vec(),
        ),
        search(
            "four letters of a common word",
            (0..40).filter_map(begin).collect(),
        ),
        search("two common words", (0..20).map(two).collect()),
        search("a phrase of common words", (0..20).map(quoted).collect()),
        search(
            "a phrase that is seldom there",
            (500..520).map(quoted).collect(),
        ),
        search(
            "two Chinese characters",
            (0..20).map(Vocabulary::characters).collect(),
        ),
        search(
            "what is nowhere",
            vec!["qxqx".to_owned(), "\"qx xq\"".to_owned()],
        ),
    ]
}

/// Asks for each of them, over one connection.
pub(crate) async fn ask(server: SocketAddr, kinds: Vec<Kind>) -> Told<Vec<Asked>> {
    let mut client = Client::connect(server).await?;
    let mut asked = Vec::with_capacity(kinds.len());
    for kind in kinds {
        let (mut times, mut bytes) = (Vec::new(), 0);
        let begun = Instant::now();
        for path in kind.paths.iter().cycle().take(TIMES) {
            let since = Instant::now();
            bytes = client.get(path).await?.max(bytes);
            times.push(u32::try_from(since.elapsed().as_micros()).unwrap_or(u32::MAX));
            if begun.elapsed() > LONGEST {
                break;
            }
        }
        let times = Times::new(times);
        asked.push(Asked { kind, times, bytes });
    }
    Ok(asked)
}

/// A text as it stands in a URL.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_in_a_url() {
        assert_eq!(encoded("\"a b\" 一"), "%22a%20b%22%20%E4%B8%80");
    }
}
