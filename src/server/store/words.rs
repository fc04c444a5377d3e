//! From text to the words by which it is found, and back to where they stand.
//!
//! | file | noun |
//! |---|---|
//! | `search` | what a person is looking for: [`Search`] |
//! | `excerpt` | what stands around it in a text |
//!
//! One rule for what is kept and for what is asked, so that the two meet: letters without their accents, in lower case;
//! in scripts that put no space between words each character is a word, and what is asked is a row of them. Nothing
//! here knows where words are kept.

mod excerpt;
mod search;

use std::{iter::Peekable, str::CharIndices};

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

pub use search::Search;

/// The rule's version: what was kept by another one is made anew.
pub const VERSION: i64 = 1;

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
    use super::*;

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
}
