//! What the models say: endless sequences of token texts, the same at every
//! run. How many of them are said, and when, is the script's business; the
//! demo's sentences live in `demo`, Markdown's blocks in `markdown`.

use std::borrow::Cow;
use std::sync::Arc;

use crate::markdown::Markdown;

/// The kinds of text there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// English-like sentences in lines and paragraphs.
    #[default]
    Lorem,
    /// Several scripts, combining marks, and emoji split between tokens.
    Unicode,
    /// Markup, control characters and the delimiters of other protocols.
    Hostile,
    /// `N@UNIX_NANOS `: the token's number, and when it was sent.
    Stamp,
    /// Markdown with fenced code.
    Code,
    /// Long answers in Markdown with everything in it.
    Markdown,
}

impl Style {
    /// Each style by its name in a script.
    pub const ALL: [(&str, Self); 6] = [
        ("lorem", Self::Lorem),
        ("unicode", Self::Unicode),
        ("hostile", Self::Hostile),
        ("stamp", Self::Stamp),
        ("code", Self::Code),
        ("markdown", Self::Markdown),
    ];
}

/// An endless sequence of token texts; a [`Words::fixed`] or [`Words::spelt`] one does end.
#[derive(Clone, Debug)]
pub(crate) enum Words {
    Lorem(Lorem),
    Markdown(Markdown),
    Cycle {
        tokens: &'static [&'static str],
        at: usize,
    },
    Stamp {
        number: usize,
    },
    Fixed {
        text: Arc<str>,
        at: usize,
    },
    Spelt {
        text: Arc<str>,
        at: usize,
    },
}

impl Words {
    pub(crate) fn new(style: Style, seed: u64) -> Self {
        let tokens = match style {
            Style::Lorem => return Self::Lorem(Lorem::new(seed)),
            Style::Markdown => return Self::Markdown(Markdown::new(seed)),
            Style::Stamp => return Self::Stamp { number: 0 },
            Style::Unicode => UNICODE,
            Style::Hostile => HOSTILE,
            Style::Code => CODE,
        };
        let at = usize::try_from(seed % tokens.len() as u64).unwrap_or(0);
        Self::Cycle { tokens, at }
    }

    /// A given text, cut before each run of white space as tokenizers do.
    pub(crate) fn fixed(text: Arc<str>) -> Self {
        Self::Fixed { text, at: 0 }
    }

    /// A given text, character by character.
    pub(crate) fn spelt(text: Arc<str>) -> Self {
        Self::Spelt { text, at: 0 }
    }
}

impl Iterator for Words {
    type Item = Cow<'static, str>;

    fn next(&mut self) -> Option<Cow<'static, str>> {
        match self {
            Self::Lorem(lorem) => Some(Cow::Borrowed(lorem.word())),
            Self::Markdown(markdown) => Some(Cow::Owned(markdown.token())),
            Self::Cycle { tokens, at } => {
                let token = tokens[*at];
                *at = (*at + 1) % tokens.len();
                Some(Cow::Borrowed(token))
            }
            Self::Stamp { number } => {
                let nanos = crate::clock::since_epoch().as_nanos();
                let token = format!("{number}@{nanos} ");
                *number += 1;
                Some(Cow::Owned(token))
            }
            Self::Fixed { text, at } => {
                let rest = &text[*at..];
                let word = rest
                    .find(|c: char| !c.is_whitespace())
                    .unwrap_or(rest.len());
                let end = rest[word..]
                    .find(char::is_whitespace)
                    .map_or(rest.len(), |n| word + n);
                *at += end;
                (end > 0).then(|| Cow::Owned(rest[..end].to_owned()))
            }
            Self::Spelt { text, at } => {
                let character = text[*at..].chars().next()?;
                *at += character.len_utf8();
                Some(Cow::Owned(character.into()))
            }
        }
    }
}

/// English-like text: sentences of a seeded length, in lines and paragraphs.
#[derive(Clone, Debug)]
pub(crate) struct Lorem {
    random: u64,
    /// Words until the full stop.
    words: u64,
    /// Sentences until the paragraph ends.
    sentences: u64,
    next: Next,
}

#[derive(Clone, Copy, Debug)]
enum Next {
    /// The first word of a line.
    Line,
    /// The first word of a later sentence.
    Sentence,
    Word,
    /// The white space between two lines.
    Break,
}

impl Lorem {
    pub(crate) fn new(seed: u64) -> Self {
        let mut lorem = Self {
            random: seed,
            words: 0,
            sentences: 3,
            next: Next::Line,
        };
        lorem.words = lorem.below(9) + 5;
        lorem
    }

    fn word(&mut self) -> &'static str {
        let next = std::mem::replace(&mut self.next, Next::Word);
        if matches!(next, Next::Break) {
            self.next = Next::Line;
            // One break in four is within a paragraph.
            return if self.below(4) == 0 { "\n" } else { "\n\n" };
        }
        if self.words == 0 {
            self.words = self.below(9) + 5;
            self.next = Next::Sentence;
            self.sentences -= 1;
            if self.sentences == 0 {
                self.sentences = self.below(4) + 2;
                self.next = Next::Break;
            }
            return ".";
        }
        self.words -= 1;
        let [inside, sentence, line] = LOREM[self.pick(LOREM.len())];
        match next {
            Next::Line => line,
            Next::Sentence => sentence,
            Next::Word | Next::Break => inside,
        }
    }

    /// A word within a sentence, the space before it included.
    pub(crate) fn small(&mut self) -> &'static str {
        LOREM[self.pick(LOREM.len())][0]
    }

    /// A word at the start of a line.
    pub(crate) fn great(&mut self) -> &'static str {
        LOREM[self.pick(LOREM.len())][2]
    }

    /// A place in a list of that length.
    pub(crate) fn pick(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// A number less than `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(random(&mut self.random)) * u128::from(limit)) >> 64) as u64
    }
}

/// `SplitMix64`: the next of a sequence that looks random.
pub(crate) const fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Each word within a sentence, at its start, and at the start of a line.
macro_rules! words {
    ($($small:literal $great:literal,)*) => {
        &[$([concat!(" ", $small), concat!(" ", $great), $great]),*]
    };
}

#[rustfmt::skip]
const LOREM: &[[&str; 3]] = words![
    "the" "The", "water" "Water", "finds" "Finds", "a" "A", "way" "Way", "between" "Between",
    "stones" "Stones", "and" "And", "moss" "Moss", "under" "Under", "old" "Old", "bridges" "Bridges",
    "where" "Where", "light" "Light", "falls" "Falls", "through" "Through", "green" "Green",
    "leaves" "Leaves", "it" "It", "carries" "Carries", "small" "Small", "things" "Things",
    "without" "Without", "asking" "Asking", "their" "Their", "names" "Names", "every" "Every",
    "bend" "Bend", "slows" "Slows", "before" "Before", "meadow" "Meadow", "opens" "Opens",
    "rain" "Rain", "that" "That", "fell" "Fell", "last" "Last", "night" "Night", "still" "Still",
    "speaks" "Speaks", "in" "In", "low" "Low", "voices" "Voices", "beside" "Beside", "path" "Path",
    "nothing" "Nothing", "here" "Here", "is" "Is", "hurried" "Hurried", "because" "Because",
    "sea" "Sea", "can" "Can", "wait" "Wait", "of" "Of", "mill" "Mill", "turns" "Turns",
    "quietly" "Quietly", "with" "With", "morning" "Morning", "reeds" "Reeds", "follow" "Follow",
    "wind" "Wind",
];

/// Whole code points, but not whole graphemes: that much Ollama promises.
#[rustfmt::skip]
const UNICODE: &[&str] = &[
    "Grüße", " 👩", "\u{200d}", "💻", " e", "\u{301}", " 日本", "語の", "文章", "。", " 🏳\u{fe0f}",
    "\u{200d}", "🌈", " Ω≈ç√", " 🇩", "🇪", " नम", "स्", "ते", " שלום", " مرحبا", " 👍", "🏽", "\n\n",
    "한국", "어", " Z", "\u{351}", "\u{36b}", "algo", " \u{200f}", "naïve", " 𝔘𝔫𝔦", " €", "\u{a0}", "—",
    " ไทย", "\u{feff}", " 👨", "\u{200d}", "👩", "\u{200d}", "👧", "\u{2028}", "…", "\n",
];

#[rustfmt::skip]
const HOSTILE: &[&str] = &[
    "<script>", "alert('x')", "</script>", " <img src=x onerror=alert(1)>", "\0", " &amp;", "\r",
    "data: {\"done\":true}", "\n\n", "data: [DONE]", "\n", "event: error", "\r\n", ": comment", "\n\n",
    "id: 999", "\n", "retry: 1", "\r\r", "<think>", "not a thought", "</think>", " \u{1b}[31m",
    "red", "\u{7}", "\u{8}", "\u{c}", "\u{b}", "\u{7f}", "\u{85}", "\u{2028}", "\u{2029}", "\u{feff}",
    "\u{202e}", "\u{fffd}", "\"", "\\", "\\n", "\\u0000", "'", "`", "]]>", "<!--", "--!>", "{{", "}}",
    "${x}", "%00", "%s", "</textarea>", "</title>", "<svg/onload=alert(2)>", "[x](javascript:alert(3))",
    "![x](http://127.0.0.1:1/p.png)", "\t", "<plaintext>", " \u{10ffff}", "\n",
];

#[rustfmt::skip]
const CODE: &[&str] = &[
    "Here", " is", " a", " function", ":", "\n\n", "```", "rust", "\n", "/// Adds", " <two>", " numbers.",
    "\n", "fn", " add", "(a", ":", " u64", ",", " b", ":", " u64", ")", " ->", " u64", " {", "\n", "   ",
    " a", " +", " b", " //", " & done", "\n", "}", "\n", "```", "\n\n", "And", " the", " same", " in",
    " Python", ":", "\n\n", "``", "`python", "\n", "def", " add", "(a", ",", " b", "):", "\n", "   ",
    " return", " a", " +", " b", "\n", "```", "\n\n", "It", " runs", " in", " `O", "(1)`", ".", "\n\n",
    "| n", " | add", "(n, n) |", "\n", "|--", "-|---|", "\n", "| 1", " | 2 |", "\n\n", "1.", " **Fast", "**",
    "\n", "2.", " *small", "*", "\n\n", "$$", "a+b", "$$", "\n\n",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lorem_reads_like_sentences() {
        let text: String = Words::new(Style::Lorem, 0).take(400).collect();
        assert!(text.contains("\n\n") && text.contains(". "), "{text}");
        assert!(text.starts_with(char::is_uppercase), "{text}");
        for gone in ["  ", " .", ". \n", "\n ", "\n\n\n"] {
            assert!(!text.contains(gone), "{gone:?} in {text}");
        }
    }

    #[test]
    fn a_seed_is_a_text() {
        for (_, style) in Style::ALL
            .into_iter()
            .filter(|(_, style)| *style != Style::Stamp)
        {
            let text = |seed| Words::new(style, seed).take(100).collect::<String>();
            assert_eq!(text(7), text(7));
            assert_ne!(text(7), text(8));
        }
    }

    #[test]
    fn a_fixed_text_is_cut_and_kept() {
        let text = "One  two.\n\nThree — é ";
        let tokens: Vec<_> = Words::fixed(text.into()).collect();
        assert_eq!(tokens, ["One", "  two.", "\n\nThree", " —", " é", " "]);
    }
}
