//! Formulas: those that TeX marks by backslashes, those on lines of their own, and prices, which are none.

use std::borrow::Cow;

use super::{Finish, Finished, block::Block, escape::escape};

/// The longest formula that is looked for in a line, in bytes.
const LONGEST: usize = 4096;

/// Over how many lines it is looked for.
const MOST_LINES: usize = 60;

/// How a formula on lines of its own begins and ends.
const DISPLAY: [(&str, &str); 2] = [("$$", "$$"), (r"\[", r"\]")];

/// Has `\(…\)` and `\[…\]` be read as formulas by a parser that knows dollars alone: in a text of the same length. What
/// they were can be read in the original in the same place.
pub(super) fn marked(text: &str) -> Cow<'_, str> {
    if !text.contains(r"\(") && !text.contains(r"\[") {
        return Cow::Borrowed(text);
    }
    let mut pairs = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    let is_mark = |it: &u8| matches!(it, b'\\' | b'`' | b']');
    while let Some(found) = bytes[at..].iter().position(is_mark) {
        at += found;
        match bytes[at] {
            b'`' => {
                at = after_code(text, at);
                continue;
            }
            b']' => {
                at = after_address(bytes, at + 1);
                continue;
            }
            _ => {}
        }
        let close = match bytes.get(at + 1) {
            Some(b'(') => r"\)",
            Some(b'[') => r"\]",
            _ => {
                at += 2;
                if at >= bytes.len() {
                    break;
                }
                continue;
            }
        };
        let inside = within(text, at, close);
        match inside.find(close) {
            // A dollar inside would end it early.
            Some(length) if length > 0 && !inside[..length].contains('$') => {
                pairs.push((at, at + 2 + length));
                at += length + 4;
            }
            _ => at += 2,
        }
    }
    if pairs.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut marked = String::with_capacity(text.len());
    let mut rest = 0;
    for (open, close) in pairs {
        for mark in [open, close] {
            marked.push_str(&text[rest..mark]);
            marked.push_str("$$");
            rest = mark + 2;
        }
    }
    marked.push_str(&text[rest..]);
    Cow::Owned(marked)
}

/// What may belong to a formula that begins at `at`: the rest of its line; of one that begins its line and stands on lines
/// of its own the lines after it as well, as long as they cannot begin anything else.
fn within<'a>(text: &'a str, at: usize, close: &str) -> &'a str {
    let inside = &text[at + 2..];
    let blanks = text.as_bytes()[..at].iter().rev();
    let indent = blanks.take_while(|it| matches!(it, b' ' | b'\t')).count();
    let begins_line = at == indent || text.as_bytes()[at - indent - 1] == b'\n';
    let is_alone = close == r"\]" && begins_line;
    let mut end = 0;
    for line in inside.split_inclusive('\n').take(MOST_LINES) {
        let indented = line.len() - line.trim_start().len();
        if end > 0 && (!is_alone || begins(line) || indented < indent) {
            break;
        }
        end += line.len();
        if end > LONGEST {
            break;
        }
    }
    let end = end.min(LONGEST);
    let end = (0..=end).rev().find(|end| inside.is_char_boundary(*end));
    &inside[..end.unwrap_or_default()]
}

/// Whether a line may begin something of its own, or is blank.
fn begins(line: &str) -> bool {
    let first = line.trim_start().bytes().next();
    first.is_none_or(|it| b"-+*>#|`~<[".contains(&it) || it.is_ascii_digit())
}

/// Where the address in brackets ends that may begin here, right after a link's words.
fn after_address(bytes: &[u8], at: usize) -> usize {
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
    for line in text[at..].split_inclusive('\n').take(MOST_LINES) {
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

/// How a formula that begins with this line ends, if it goes on after the line.
pub(super) fn opened(line: &str) -> Option<&'static str> {
    let indented = line;
    let line = line.trim_start_matches(' ');
    if indented.len() - line.len() > 3 {
        return None;
    }
    let (open, close) = DISPLAY.iter().find(|(open, _)| line.starts_with(open))?;
    (!line[open.len()..].contains(close)).then_some(*close)
}

/// The source of a formula on lines of its own, which may lack its end.
pub(super) fn inside<'a>(text: &'a str, close: &str) -> &'a str {
    let text = text.trim();
    let text = DISPLAY
        .iter()
        .find_map(|(open, _)| text.strip_prefix(open))
        .unwrap_or(text);
    text.strip_suffix(close).unwrap_or(text).trim()
}

/// Appends a formula.
pub(super) fn write(source: &str, display: bool, finish: &mut dyn Finish, html: &mut String) {
    let finished = finish.math(source, display);
    html.push_str(match (&finished, display) {
        (Finished::Done(math), _) => {
            html.push_str(math);
            return;
        }
        (Finished::Later, false) => r#"<code class="math" data-finish="math">"#,
        (Finished::Later, true) => r#"<code class="math display" data-finish="display">"#,
        (Finished::Never, false) => r#"<code class="math">"#,
        (Finished::Never, true) => r#"<code class="math display">"#,
    });
    escape(source, html);
    html.push_str("</code>");
}

/// A formula whose end has not come.
pub(super) fn open(source: &str) -> Block {
    let mut html = String::from(r#"<code class="math display">"#);
    escape(source, &mut html);
    html.push_str("</code>");
    Block::plain(html)
}
