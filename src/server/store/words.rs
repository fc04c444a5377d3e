//! From text to the words by which it is found, and back to where they stand.
//!
//! One rule for what is kept and for what is asked, so that the two meet: letters without their accents, in lower case;
//! in scripts that put no space between words each character is a word, and what is asked is a row of them. Nothing
//! here knows where words are kept.

use std::{collections::HashMap, iter::Peekable, str::CharIndices};

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::chat::Excerpt;

/// The rule's version: what was kept by another one is made anew.
pub const VERSION: i64 = 1;

/// How many characters an excerpt has before its first hit, and in all.
const BEFORE: usize = 40;
const LONGEST: usize = 180;

/// How many terms a search has at the most; more only cost time.
const MOST_TERMS: usize = 12;

/// A text's words, one space between two of them.
pub fn words(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for word in Words::of(text) {
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(&word.folded);
    }
    all
}

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

/// Cuts the excerpt around the first of the hits, which are ranges of bytes, out of a text.
fn cut(text: &str, hits: &[(usize, usize)]) -> Excerpt {
    let first = hits.first().map_or(0, |(start, _)| *start);
    let before = text[..first].char_indices().rev().take(BEFORE).last();
    let mut from = before.map_or(first, |(at, _)| at);
    if from > 0 {
        // Not in the middle of a word, unless it is a long one.
        let space = text[from..first].find(char::is_whitespace);
        from += space.unwrap_or_default();
    }
    let to = text[from..].char_indices().nth(LONGEST);
    let to = to.map_or(text.len(), |(at, _)| from + at);
    let mut excerpt = Excerpt::default();
    if from > 0 {
        excerpt.push("…", false);
    }
    let mut at = from;
    for (start, end) in hits.iter().filter(|(start, _)| *start < to) {
        excerpt.push(&flat(&text[at..*start], at == from), false);
        at = (*end).min(to);
        excerpt.push(&flat(&text[*start..at], false), true);
    }
    excerpt.push(&flat(&text[at..to], at == from), false);
    if to < text.len() {
        excerpt.push("…", false);
    }
    excerpt
}

/// A text in one line; its beginning without spaces, if it is that of the whole.
fn flat(text: &str, begins: bool) -> String {
    let mut line = String::with_capacity(text.len());
    let mut gap = begins;
    for character in text.chars() {
        let space = character.is_whitespace() || character.is_control();
        if !space {
            line.push(character);
        } else if !gap {
            line.push(' ');
        }
        gap = space;
    }
    line
}

/// A word of a text.
#[derive(Debug)]
struct Word {
    /// Where it begins and ends, in bytes.
    start: usize,
    end: usize,
    /// As it is found.
    folded: String,
    /// Whether it is one character of a script that puts no space between words.
    alone: bool,
}

/// The words of a text, one after the other.
struct Words<'a> {
    characters: Peekable<CharIndices<'a>>,
}

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            characters: text.char_indices().peekable(),
        }
    }
}

impl Iterator for Words<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        let mut word: Option<Word> = None;
        while let Some(&(at, character)) = self.characters.peek() {
            let mark = is_combining_mark(character);
            let alone = is_alone(character);
            let end = at + character.len_utf8();
            match &mut word {
                // A mark belongs to what stands before it.
                Some(word) if mark || (character.is_alphanumeric() && !alone && !word.alone) => {
                    fold(character, &mut word.folded);
                    word.end = end;
                }
                Some(_) => break,
                None => {
                    let mut folded = String::new();
                    if character.is_alphanumeric() {
                        fold(character, &mut folded);
                    }
                    // A mark by itself is no word.
                    word = (!folded.is_empty()).then_some(Word {
                        start: at,
                        end,
                        folded,
                        alone,
                    });
                }
            }
            self.characters.next();
        }
        word
    }
}

/// Appends a character without its accents and in lower case.
fn fold(character: char, to: &mut String) {
    if character.is_ascii() {
        to.push(character.to_ascii_lowercase());
        return;
    }
    for part in character.nfkd().flat_map(char::to_lowercase) {
        match part {
            'ß' => to.push_str("ss"),
            'æ' => to.push_str("ae"),
            'œ' => to.push_str("oe"),
            'ø' => to.push('o'),
            'đ' | 'ð' => to.push('d'),
            'ł' => to.push('l'),
            'ı' => to.push('i'),
            // What a mark means in these scripts is more than an accent; elsewhere it is none of the word's.
            part if is_combining_mark(part) && !is_vowel(part) => {}
            // A compatibility form may hold spaces and signs.
            part if part.is_alphanumeric() || is_vowel(part) => to.push(part),
            _ => {}
        }
    }
}

/// Whether a character is a word by itself: in the scripts of China and Japan, and those of Thailand and its neighbours.
fn is_alone(character: char) -> bool {
    matches!(character,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9d}'
        | '\u{20000}'..='\u{3134f}')
}

/// Whether a mark is a vowel or the like, without which the word would be another one: in the scripts of India and
/// South-East Asia, and the voicing of Japanese.
fn is_vowel(mark: char) -> bool {
    matches!(mark, '\u{0900}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3099}'..='\u{309a}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
    fn words_are_what_people_look_for() {
        for (text, wanted) in [
            ("Hello, World!", "hello world"),
            ("Crème brûlée", "creme brulee"),
            // The same with marks of their own.
            ("Cre\u{300}me", "creme"),
            ("Straße ÆON Łódź", "strasse aeon lodz"),
            ("Ｆｕｌｌ ﬁne", "full fine"),
            ("東京都 tokyo", "東 京 都 tokyo"),
            ("カフェ", "カ フ ェ"),
            ("한국어", "한 국 어".nfkd().collect::<String>().as_str()),
            ("foo_bar(3.14)", "foo bar 3 14"),
            ("İstanbul", "istanbul"),
            ("Ελληνικά Москва й", "ελληνικα москва и"),
            ("— ́ —", ""),
        ] {
            assert_eq!(words(text), wanted, "{text}");
        }
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
