//! A piece of a text, cut out around what was found in it.

use crate::chat::Excerpt;

/// How many characters an excerpt has before its first hit.
const BEFORE: usize = 40;

/// How many it has in all.
pub(super) const LONGEST: usize = 180;

/// Cuts the excerpt around the first of the hits, which are ranges of bytes, out of a text.
pub(super) fn cut(text: &str, hits: &[(usize, usize)]) -> Excerpt {
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
