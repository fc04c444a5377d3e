//! Marks that opened nothing, and might be closed by what follows: a paragraph is not cut behind them.

use std::ops::Range;

use crate::markdown::dollars::LONGEST_BETWEEN;

/// What dangles in a block.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::markdown) struct Dangling {
    /// Marks of emphasis or code, or the beginning of a tag.
    mark: bool,
    /// How many brackets are open.
    brackets: usize,
    /// Where the last dollar is that may begin a formula.
    dollar: Option<usize>,
}

impl Dangling {
    /// Takes note of what is text in this part of the whole text.
    pub(super) fn text(&mut self, whole: &str, range: Range<usize>) {
        let Some(text) = whole.get(range.clone()) else {
            return;
        };
        // What is escaped comes as a text of its own. Behind very many nobody cares.
        let slashes = whole[..range.start]
            .bytes()
            .rev()
            .take_while(|it| *it == b'\\');
        let escaped = slashes.take(64).count() % 2;
        for (at, mark) in text.bytes().enumerate().skip(escaped) {
            if !matches!(mark, b'*' | b'_' | b'`' | b'[' | b']' | b'~' | b'$' | b'<') {
                continue;
            }
            let at = range.start + at;
            let after = whole[at + 1..].chars().next();
            // What opens something stands before what is no blank.
            let may_open = after.is_some_and(|it| !it.is_whitespace());
            match mark {
                b'[' => self.brackets += 1,
                b']' => self.brackets = self.brackets.saturating_sub(1),
                b'$' if may_open => self.dollar = Some(at),
                b'`' => self.mark = true,
                b'*' | b'~' => self.mark |= may_open,
                b'_' => {
                    let before = whole[..at].chars().next_back();
                    self.mark |= may_open && !before.is_some_and(char::is_alphanumeric);
                }
                b'<' => {
                    self.mark |=
                        after.is_some_and(|it| it.is_ascii_alphabetic() || "/!?".contains(it));
                }
                _ => {}
            }
        }
    }

    /// Whether anything dangles at `end`.
    pub(in crate::markdown) fn is_any(&self, end: usize) -> bool {
        let is_near = |at: usize| end.saturating_sub(at) <= LONGEST_BETWEEN;
        self.mark || self.brackets > 0 || self.dollar.is_some_and(is_near)
    }
}
