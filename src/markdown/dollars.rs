//! What the parser reads in a text's place: it knows formulas between dollars alone, and takes prices for some.

use std::{borrow::Cow, ops::Range};

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

/// What may follow a formula without a blank, as in "the $n$th".
const ENDINGS: [&str; 5] = ["th", "st", "nd", "rd", "s"];

/// A text as it is read.
pub(super) struct Read<'a> {
    /// As it was written.
    pub(super) whole: &'a str,
    /// The same length, with other marks in places.
    pub(super) text: Cow<'a, str>,
}

impl<'a> Read<'a> {
    /// Has `\(…\)` and `\[…\]` be read as formulas, with `$$` in place of their marks. What they were can be read in the
    /// original in the same place.
    pub(super) fn new(whole: &'a str) -> Self {
        let mut read = Self {
            whole,
            text: Cow::Borrowed(whole),
        };
        if !whole.contains(r"\(") && !whole.contains(r"\[") {
            return read;
        }
        let pairs = pairs(whole);
        let mut inner = Vec::new();
        let mut text = String::with_capacity(whole.len());
        for inside in pairs {
            text.push_str(&whole[text.len()..inside.start - 2]);
            text.push_str("$$");
            inner.extend(
                whole[inside.clone()]
                    .match_indices('$')
                    .map(|(at, _)| inside.start + at),
            );
            text.push_str(&whole[inside]);
            text.push_str("$$");
        }
        text.push_str(&whole[text.len()..]);
        read.text = Cow::Owned(text);
        // One inside would end it early.
        read.mask(&inner);
        read
    }

    /// Has these dollars be none.
    pub(super) fn mask(&mut self, dollars: &[usize]) {
        let mut text = String::with_capacity(self.text.len());
        for at in dollars {
            text.push_str(&self.text[text.len()..*at]);
            text.push(MASK);
        }
        text.push_str(&self.text[text.len()..]);
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

/// What stands between `\(` and `\)`, or `\[` and `\]`.
fn pairs(text: &str) -> Vec<Range<usize>> {
    let mut pairs = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    let is_mark = |it: &u8| matches!(it, b'\\' | b'`' | b']');
    while let Some(found) = bytes[at..].iter().position(is_mark) {
        at += found;
        let close = match (bytes[at], bytes.get(at + 1)) {
            (b'`', _) => {
                at = after_code(text, at);
                continue;
            }
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
            Some(length) if length > 0 => {
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

/// Where the address ends that may begin here, right after a link's words: in brackets, or that of a definition.
fn after_address(text: &str, at: usize) -> usize {
    let bytes = &text.as_bytes()[..text.len().min(at + LONGEST)];
    if bytes.get(at) == Some(&b':') {
        let before = &text[text.floor_char_boundary(at.saturating_sub(LONGEST))..at];
        let label = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .trim_start_matches(BLANKS);
        let is_definition = label.starts_with('[') && !label.starts_with("[^");
        let end = bytes[at..].iter().position(|byte| *byte == b'\n');
        return if is_definition {
            at + end.unwrap_or(bytes.len() - at)
        } else {
            at
        };
    }
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

/// Where the code that begins at a backtick ends, in its line or the lines that go on with it; without an end, where its
/// backticks do.
fn after_code(text: &str, at: usize) -> usize {
    let mut end = at;
    let lines = text[at..text.floor_char_boundary(at + LONGEST)].split_inclusive('\n');
    for line in lines.take(MOST_LINES) {
        if end > at && begins(line) {
            break;
        }
        end += line.len();
    }
    let bytes = &text.as_bytes()[..end];
    let run = |from: usize| bytes[from..].iter().take_while(|it| **it == b'`').count();
    let length = run(at);
    let mut next = at + length;
    while let Some(found) = bytes[next..].iter().position(|it| *it == b'`') {
        let other = run(next + found);
        if other == length {
            return next + found + other;
        }
        next += found + other;
    }
    at + length
}
