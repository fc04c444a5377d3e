//! Made-up text: words as often as in a language, the same at each run.
//!
//! Not here: whose text it is, and where it is written ([`super::fill`]).

use std::collections::HashSet;

/// How many different words there are.
const WORDS: usize = 30_000;

/// How many different characters of a script without spaces.
const CHARACTERS: u32 = 2000;

/// One answer in so many has such a sentence.
const SELDOM: usize = 20;

/// `SplitMix64`, from one seed: what is drawn looks random and is always the same.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }

    /// A rank below `limit`: the first is drawn twice as often as the second, three times as often as the third …
    fn rank(&mut self, limit: usize) -> usize {
        let fraction = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        let rank = (limit as f64 + 1.0).powf(fraction) - 1.0;
        (rank as usize).min(limit - 1)
    }
}

/// The language.
#[derive(Debug)]
pub(crate) struct Vocabulary(Vec<String>);

impl Vocabulary {
    pub(crate) fn new() -> Self {
        let mut dice = Dice::new(1);
        let mut known = HashSet::new();
        let mut words = Vec::with_capacity(WORDS);
        while words.len() < WORDS {
            // What is said often is short.
            let most = if words.len() < 100 { 2 } else { 4 };
            let word = word(&mut dice, most);
            if known.insert(word.clone()) {
                words.push(word);
            }
        }
        Self(words)
    }

    /// A word; the rank says how often it is said, 0 most of all.
    pub(crate) fn word(&self, rank: usize) -> &str {
        &self.0[rank.min(WORDS - 1)]
    }

    /// Two of the characters that are written most.
    pub(crate) fn characters(rank: usize) -> String {
        [character(rank), character(rank + 1)].into_iter().collect()
    }

    /// Sentences of at least so many characters.
    pub(crate) fn prose(&self, length: usize, dice: &mut Dice) -> String {
        let mut text = String::with_capacity(length + 16);
        let mut sentences = 0;
        while text.len() < length {
            let words = 6 + dice.below(12);
            for at in 0..words {
                let word = self.word(dice.rank(WORDS));
                if at == 0 {
                    text.push(word.as_bytes()[0].to_ascii_uppercase().into());
                    text.push_str(&word[1..]);
                } else {
                    text.push(' ');
                    text.push_str(word);
                }
            }
            sentences += 1;
            text.push_str(if sentences % 4 == 0 { ".\n\n" } else { ". " });
        }
        text.truncate(text.trim_end().len());
        text
    }

    /// An answer; some have a sentence in another script.
    pub(crate) fn answer(&self, length: usize, dice: &mut Dice) -> String {
        let mut text = self.prose(length, dice);
        if dice.below(SELDOM) == 0 {
            text.push(' ');
            text.extend((0..30).map(|_| character(dice.rank(CHARACTERS as usize))));
            text.push('。');
        }
        text
    }
}

/// A word that can be spoken, of at most so many syllables.
fn word(dice: &mut Dice, most: usize) -> String {
    let mut draw = |letters: &str| char::from(letters.as_bytes()[dice.below(letters.len())]);
    let first = draw("bcdfghjklmnprstvwz");
    let syllables = match draw("122234") {
        '1' => 1,
        '2' => 2,
        '3' => 3,
        _ => 4,
    };
    let mut word = String::from(first);
    for syllable in 0..most.min(syllables) {
        if syllable > 0 {
            word.push(draw("bdfgklmnprstv"));
        }
        word.push(draw("aeiou"));
    }
    word.push(draw("lmnrst"));
    word
}

fn character(rank: usize) -> char {
    let offset = u32::try_from(rank).unwrap_or_default() % CHARACTERS;
    char::from_u32(0x4e00 + offset).unwrap_or('一')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_same_each_time() {
        let text = || Vocabulary::new().answer(600, &mut Dice::new(7));
        assert_eq!(text(), text());
        assert!((600..900).contains(&text().len()), "{}", text());
    }

    #[test]
    fn some_words_are_said_often_and_most_seldom() {
        let mut dice = Dice::new(3);
        let mut counts = vec![0_u32; WORDS];
        for _ in 0..100_000 {
            counts[dice.rank(WORDS)] += 1;
        }
        let of = |ranks: std::ops::Range<usize>| counts[ranks].iter().sum::<u32>();
        assert!((5_000..8_000).contains(&of(0..1)), "{}", of(0..1));
        assert!(of(0..100) > 40_000 && of(10_000..WORDS) < 15_000);
        assert!(of(10_000..WORDS) > 5_000);
    }
}
