//! What a person is looking for, as it was typed: in the language of FTS5, and in a text where it stands.

use std::collections::HashMap;

use super::{
    Word, Words,
    excerpt::{LONGEST, cut},
};
use crate::chat::Excerpt;

/// How many terms a search has at the most; more only cost time.
const MOST_TERMS: usize = 12;

/// What a person is looking for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    terms: Vec<Term>,
}

/// Words that stand next to each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Term {
    words: Vec<String>,
    /// Whether the last one may go on.
    open: bool,
}

impl Search {
    /// Reads what was typed: all words must be there, each may go on; what stands between quotation marks is meant as
    /// it is.
    pub fn read(typed: &str) -> Self {
        let mut terms = Vec::new();
        for (index, part) in typed.split('"').enumerate() {
            let quoted = index % 2 == 1;
            let pieces: Vec<&str> = if quoted {
                vec![part]
            } else {
                part.split_whitespace().collect()
            };
            for piece in pieces {
                let mut open = !quoted;
                let words = Words::of(piece).map(|word| {
                    open = !quoted && !word.alone;
                    word.folded
                });
                let words: Vec<_> = words.collect();
                if !words.is_empty() {
                    terms.push(Term { words, open });
                }
            }
        }
        terms.truncate(MOST_TERMS);
        Self { terms }
    }

    /// Whether nothing is looked for.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The words that may go on and have more than so many characters.
    pub fn open(&self, characters: usize) -> impl Iterator<Item = &str> {
        let open = self.terms.iter().filter(|term| term.open);
        let last = open.filter_map(|term| term.words.last());
        let long = last.filter(move |word| word.chars().count() > characters);
        long.map(String::as_str)
    }

    /// The same in the language of FTS5, where it is known what some of the open words may become. Words hold letters
    /// and digits alone, so that nothing in it is an operator.
    pub fn fts(&self, known: &HashMap<String, Vec<String>>) -> String {
        let terms = self.terms.iter().map(|term| term.fts(known));
        terms.collect::<Vec<_>>().join(" AND ")
    }

    /// The place in a text where the first of the terms stands, with all hits nearby marked; its beginning, if none
    /// does.
    pub fn excerpt(&self, text: &str) -> Excerpt {
        let mut hits = Vec::new();
        // The words that a term may still become: as many as the longest has.
        let longest = self.terms.iter().map(|it| it.words.len()).max();
        let mut window: Vec<Word> = Vec::new();
        let mut words = Words::of(text).peekable();
        while words.peek().is_some() || !window.is_empty() {
            while window.len() < longest.unwrap_or_default()
                && let Some(word) = words.next()
            {
                window.push(word);
            }
            let Some(first) = window.first() else {
                break;
            };
            let beyond = hits.first().is_some_and(|(start, _): &(usize, usize)| {
                text[*start..first.start].chars().take(LONGEST).count() == LONGEST
            });
            if beyond {
                break;
            }
            let found = self.terms.iter().filter_map(|term| term.at(&window)).max();
            if let Some(end) = found {
                let start = first.start;
                match hits.last_mut() {
                    Some((_, last)) if *last >= start => *last = end.max(*last),
                    _ => hits.push((start, end)),
                }
            }
            window.remove(0);
        }
        cut(text, &hits)
    }
}

impl Term {
    fn fts(&self, known: &HashMap<String, Vec<String>>) -> String {
        let Some((last, before)) = self.words.split_last().filter(|_| self.open) else {
            return format!("\"{}\"", self.words.join(" "));
        };
        let Some(known) = known.get(last) else {
            return format!("\"{}\" *", self.words.join(" "));
        };
        let whole = |last: &String| {
            let words = before.iter().chain([last]).map(String::as_str);
            format!("\"{}\"", words.collect::<Vec<_>>().join(" "))
        };
        let all = known.iter().map(whole).collect::<Vec<_>>();
        format!("({})", all.join(" OR "))
    }

    /// Where the term ends, if these words begin with it.
    fn at(&self, window: &[Word]) -> Option<usize> {
        let candidate = window.get(..self.words.len())?;
        let last = self.words.len() - 1;
        let same = self.words.iter().zip(candidate).enumerate();
        let mut same = same.map(|(index, (wanted, word))| {
            if index == last && self.open {
                word.folded.starts_with(wanted.as_str())
            } else {
                word.folded == *wanted
            }
        });
        same.all(|same| same).then(|| candidate[last].end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::words, *};

    /// The excerpt with its hits between brackets.
    fn marked(typed: &str, text: &str) -> String {
        let excerpt = Search::read(typed).excerpt(text);
        let parts = excerpt.parts.iter().map(|part| match part.hit {
            true => format!("[{}]", part.text),
            false => part.text.clone(),
        });
        parts.collect()
    }

    #[test]
    fn what_is_typed_becomes_terms() {
        for (typed, wanted) in [
            ("Stream tok", "\"stream\" * AND \"tok\" *"),
            ("\"Exactly this\" and", "\"exactly this\" AND \"and\" *"),
            ("foo_bar", "\"foo bar\" *"),
            ("東京", "\"東 京\""),
            (
                "a OR NOT (b*) NEAR",
                "\"a\" * AND \"or\" * AND \"not\" * AND \"b\" * AND \"near\" *",
            ),
            ("\"unfinished", "\"unfinished\""),
            ("  \"\" -- ", ""),
        ] {
            let search = Search::read(typed);
            assert_eq!(search.fts(&HashMap::new()), wanted, "{typed}");
        }
    }

    #[test]
    fn an_open_word_becomes_those_that_are_known() {
        let search = Search::read("a the_stre \"stre\" tokens");
        assert_eq!(search.open(3).collect::<Vec<_>>(), ["stre", "tokens"]);
        let all = ["stream", "streets"].map(str::to_owned).to_vec();
        let known = HashMap::from([("stre".to_owned(), all)]);
        assert_eq!(
            search.fts(&known),
            "\"a\" * AND (\"the stream\" OR \"the streets\") AND \"stre\" AND \"tokens\" *"
        );
    }

    #[test]
    fn hits_are_marked_where_they_stand() {
        for (typed, text, wanted) in [
            ("creme", "Une Crème brûlée", "Une [Crème] brûlée"),
            ("東京", "私は東京都に住む。", "私は[東京]都に住む。"),
            ("tok", "A token,\n\n  two Tokens", "A [token], two [Tokens]"),
            ("\"to be\"", "be to, to be or", "be to, [to be] or"),
            ("nothing", "  something  else", "something else"),
            ("a b", "a b c", "[a] [b] c"),
        ] {
            assert_eq!(marked(typed, text), wanted, "{typed} in {text}");
        }
    }

    #[test]
    fn an_excerpt_is_short_wherever_the_hit_is() {
        let text = format!("{} needle {}", "hay ".repeat(500), "hay ".repeat(500));
        let excerpt = marked("needle", &text);
        assert!(
            excerpt.starts_with('…') && excerpt.ends_with('…'),
            "{excerpt}"
        );
        assert!(excerpt.contains(" [needle] "), "{excerpt}");
        assert!(excerpt.chars().count() < LONGEST + 10, "{excerpt}");
    }

    proptest! {
        /// Whatever is typed, and whatever stands there: no panic, nothing made up, and what was taken out of the text
        /// is found in it.
        #[test]
        fn what_stands_in_a_text_is_found(text in "\\PC{0,200}", from in 0usize..200, count in 1usize..20) {
            let kept = words(&text);
            prop_assert!(kept.chars().all(|it| it == ' ' || !it.is_ascii() || it.is_ascii_alphanumeric()), "{kept}");
            let typed: String = text.chars().skip(from).take(count).collect();
            let search = Search::read(&typed.replace('"', " "));
            let excerpt = search.excerpt(&text);
            let shown: String = excerpt.parts.iter().map(|part| part.text.as_str()).collect();
            prop_assert!(shown.chars().count() <= LONGEST + 2);
            let whole = Search::read(&text.replace('"', " "));
            if !whole.is_empty() {
                prop_assert!(whole.excerpt(&text).parts.iter().any(|part| part.hit));
            }
        }
    }
}
