//! What the parser reads in a text's place: it knows formulas between dollars alone, and takes prices for some.

use std::{borrow::Cow, collections::BTreeSet, ops::Range};

use pulldown_cmark::{CowStr, Event, Tag};

use super::parse::BLANKS;

/// The longest formula that is looked for in a line, in bytes.
const LONGEST: usize = 4096;

/// Over how many lines it is looked for.
const MOST_LINES: usize = 60;

/// The longest one between single dollars, in bytes.
pub(super) const LONGEST_BETWEEN: usize = 1000;

/// Stands for a dollar that belongs to no formula, or that is inside of one. No text has it.
pub(super) const MASK: char = '\u{7F}';
const MASKED: &str = "\u{7F}";

/// What may follow a formula without a blank, as in "the $n$th".
const ENDINGS: [&str; 5] = ["th", "st", "nd", "rd", "s"];

/// A text as it is read: with `$$` for `\(`, `\)`, `\[` and `\]`, so that every place in it is that of the original.
pub(super) struct Read<'a> {
    /// As it was written.
    pub(super) whole: &'a str,
    pub(super) text: Cow<'a, str>,
    /// Where formulas begin by their marks.
    marks: Vec<usize>,
    /// Marks that begin none, and dollars that do not.
    none: BTreeSet<usize>,
}

impl<'a> Read<'a> {
    pub(super) fn new(whole: &'a str) -> Self {
        let mut read = Self {
            whole,
            text: Cow::Borrowed(whole),
            marks: Vec::new(),
            none: BTreeSet::new(),
        };
        read.mark();
        read
    }

    /// Takes note of what the parser says: which marks it took for formulas, and where it took prices for some. `false`:
    /// all is as it is read.
    pub(super) fn learn(&mut self, taken: &[usize], prices: &[usize]) -> bool {
        let before = self.none.len();
        let given = self.marks.iter().filter(|at| !taken.contains(at));
        self.none.extend(given);
        if self.none.len() == before {
            let is_dollar = |at: &&usize| self.whole.as_bytes().get(**at) == Some(&b'$');
            self.none.extend(prices.iter().filter(is_dollar));
        }
        let is_new = self.none.len() > before;
        if is_new {
            self.mark();
        }
        is_new
    }

    /// Has no mark begin a formula.
    pub(super) fn give_up(&mut self) {
        self.none.extend(&self.marks);
        self.marks.clear();
        self.text = Cow::Borrowed(self.whole);
    }

    fn mark(&mut self) {
        self.marks.clear();
        let whole = self.whole;
        let has_marks = whole.contains(r"\(") || whole.contains(r"\[");
        if !has_marks && self.none.is_empty() {
            return;
        }
        let mut text = String::with_capacity(whole.len());
        let mut none = self
            .none
            .iter()
            .copied()
            .filter(|at| whole.as_bytes()[*at] == b'$')
            .peekable();
        let mut mask = |text: &mut String, end: usize| {
            while let Some(at) = none.next_if(|at| *at < end) {
                if at >= text.len() {
                    text.push_str(&whole[text.len()..at]);
                    text.push(MASK);
                }
            }
            text.push_str(&whole[text.len()..end]);
        };
        for inside in pairs(whole, &self.none) {
            mask(&mut text, inside.start - 2);
            text.push_str("$$");
            // One inside would end it early.
            text.push_str(&whole[inside.clone()].replace('$', MASKED));
            text.push_str("$$");
            self.marks.push(inside.start - 2);
        }
        mask(&mut text, whole.len());
        self.text = Cow::Owned(text);
    }
}

/// What the parser gives of a text, with its dollars.
pub(super) fn restored(text: &str) -> Cow<'_, str> {
    if text.contains(MASK) {
        Cow::Owned(text.replace(MASK, "$"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The same of all that an event says.
pub(super) fn restored_in<'e>(mut event: Event<'e>) -> Event<'e> {
    let restore = |text: &mut CowStr<'e>| {
        if text.contains(MASK) {
            *text = text.replace(MASK, "$").into();
        }
    };
    match &mut event {
        Event::Text(text)
        | Event::Code(text)
        | Event::InlineMath(text)
        | Event::DisplayMath(text)
        | Event::Html(text)
        | Event::InlineHtml(text)
        | Event::FootnoteReference(text)
        | Event::Start(Tag::FootnoteDefinition(text)) => restore(text),
        Event::Start(
            Tag::Link {
                dest_url,
                title,
                id,
                ..
            }
            | Tag::Image {
                dest_url,
                title,
                id,
                ..
            },
        ) => {
            restore(dest_url);
            restore(title);
            restore(id);
        }
        _ => {}
    }
    event
}

/// Whether what the parser took for a formula is something between prices, or between a shell's variables.
pub(super) fn is_price(text: &str, range: &Range<usize>) -> bool {
    if range.len() > LONGEST_BETWEEN {
        return true;
    }
    let (before, rest) = text.split_at(range.start);
    let (formula, after) = rest.split_at(range.len());
    if after.starts_with(|it: char| it.is_ascii_digit()) {
        return true;
    }
    // As in "CO$_2$".
    if formula.starts_with("$_") || formula.starts_with("$^") {
        return false;
    }
    let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
    let is_followed = letters > 0 && !ENDINGS.contains(&&after[..letters]);
    is_followed || before.ends_with(|it: char| it.is_ascii_alphanumeric())
}

/// What stands between `\(` and `\)`, or `\[` and `\]`; `none`: where no formula begins.
fn pairs(text: &str, none: &BTreeSet<usize>) -> Vec<Range<usize>> {
    let mut pairs = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|it| matches!(it, b'\\' | b']')) {
        at += found;
        let close = match (bytes[at], bytes.get(at + 1)) {
            (b']', _) => {
                at = after_address(text, at + 1);
                continue;
            }
            (_, Some(b'(')) => r"\)",
            (_, Some(b'[')) => r"\]",
            (_, None) => break,
            _ => {
                at += 2;
                continue;
            }
        };
        match within(text, at, close).find(close) {
            Some(length) if length > 0 && !none.contains(&at) => {
                pairs.push(at + 2..at + 2 + length);
                at += length + 4;
            }
            _ => at += 2,
        }
    }
    pairs
}

/// What may belong to a formula that begins at `at`: the rest of its line; of one that begins its line and stands on lines
/// of its own the lines after it as well, as long as they cannot begin anything else.
fn within<'a>(text: &'a str, at: usize, close: &str) -> &'a str {
    let inside = &text[at + 2..];
    let inside = &inside[..inside.floor_char_boundary(LONGEST)];
    let blanks = text.as_bytes()[..at].iter().rev();
    let indent = blanks.take_while(|it| matches!(it, b' ' | b'\t')).count();
    let begins_line = at == indent || text.as_bytes()[at - indent - 1] == b'\n';
    let is_alone = close == r"\]" && begins_line;
    let mut end = 0;
    for line in inside.split_inclusive('\n').take(MOST_LINES) {
        let indented = line.len() - line.trim_start_matches(BLANKS).len();
        if end > 0 && (!is_alone || begins(line) || indented < indent) {
            break;
        }
        end += line.len();
    }
    &inside[..end]
}

/// Whether a line may begin something of its own, or is blank.
fn begins(line: &str) -> bool {
    let first = line.trim_start_matches(BLANKS).bytes().next();
    first.is_none_or(|it| b"-+*>#|`~<[".contains(&it) || it.is_ascii_digit())
}

/// Where the address in brackets ends that may begin here, right after a link's words.
fn after_address(text: &str, at: usize) -> usize {
    let bytes = &text.as_bytes()[..text.len().min(at + LONGEST)];
    if bytes.get(at) != Some(&b'(') {
        return at;
    }
    let mut depth = 0;
    let mut next = at;
    while let Some(byte) = bytes.get(next) {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 1 => return next + 1,
            b')' => depth -= 1,
            b'\\' => next += 1,
            b'\n' => break,
            _ => {}
        }
        next += 1;
    }
    at
}
