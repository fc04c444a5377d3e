//! What is open, shown as what it will most likely be.
//!
//! A model writes `**bo` on its way to `**bold**`: until the rest comes, what has begun is taken for meant, and what may
//! become a mark is not shown. The next delta may prove a guess wrong; what is closed is never guessed.

use std::borrow::Cow;

/// Completes a text that breaks off anywhere.
pub(super) fn complete(text: &str) -> Cow<'_, str> {
    if is_in_code(text) {
        return Cow::Borrowed(text);
    }
    let shown = without_marks(text);
    if let Some(table) = table(shown) {
        return Cow::Owned(table);
    }
    let from = last_block(shown);
    let mut completed = shown[..from].to_owned();
    Inline::default().complete(&shown[from..], &mut completed);
    Cow::Owned(completed)
}

/// Whether the text ends in code between fences, wherever these stand.
fn is_in_code(text: &str) -> bool {
    let mut fence = None;
    for line in text.lines() {
        let line = line.trim_start_matches([' ', '\t', '>', '-', '*', '+', '.', ')']);
        let line = line.trim_start_matches(|it: char| it.is_ascii_digit() || ". )".contains(it));
        for mark in ["```", "~~~"] {
            if line.starts_with(mark) {
                fence = match fence {
                    None => Some(mark),
                    Some(open) if open == mark => None,
                    other => other,
                };
            }
        }
    }
    fence.is_some()
}

/// The text without a last line that is all marks so far: an underline, a list's mark, a fence.
fn without_marks(text: &str) -> &str {
    let from = text.rfind('\n').map_or(0, |at| at + 1);
    let line = text[from..].trim();
    let all = |marks: fn(char) -> bool| !line.is_empty() && line.chars().all(marks);
    let is_marks = all(|it| "-=+*#`~_>|: ".contains(it));
    let is_number = from > 0 && all(|it| it.is_ascii_digit() || ".)".contains(it));
    if is_marks || is_number {
        &text[..from]
    } else {
        text
    }
}

/// The text with a table's second row, if all there is of a table is the first one.
fn table(text: &str) -> Option<String> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let from = body.rfind('\n').map_or(0, |at| at + 1);
    let head = body[from..].trim();
    let follows_nothing = from == 0 || body[..from].ends_with("\n\n");
    let cells = head.strip_prefix('|').filter(|_| follows_nothing)?;
    let count = cells.strip_suffix('|').unwrap_or(cells).split('|').count();
    if cells.trim().is_empty() || cells.contains('\\') {
        return None;
    }
    let end = if cells.ends_with('|') { "\n|" } else { "|\n|" };
    Some([body, end, &"-|".repeat(count), "\n"].concat())
}

/// Where the last block with text in it begins, as far as can be seen by the first characters of lines.
fn last_block(text: &str) -> usize {
    let mut from = text.len();
    for line in text.split_inclusive('\n').rev() {
        if line.trim().is_empty() && from < text.len() {
            break;
        }
        from -= line.len();
        let begin = line.trim_start();
        let after = |marks: &[char]| begin.len() - begin.trim_start_matches(marks).len();
        let number = after(&['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
        let mark = match begin.as_bytes().first() {
            Some(b'#' | b'>' | b'|') => after(&['#', '>', ' ']),
            Some(b'-' | b'*' | b'+') if begin[1..].starts_with(' ') => 2,
            Some(b'0'..=b'9') if begin[number..].starts_with([')', '.']) => number + 1,
            _ => continue,
        };
        return from + (line.len() - begin.len()) + mark;
    }
    from
}

/// The marks in a line of text that have not been closed.
#[derive(Default)]
struct Inline {
    /// Each with how often it stands there.
    open: Vec<(u8, usize)>,
    /// In how many open brackets it is read.
    depth: usize,
}

/// Brackets are looked at this deep, and links this far: what a model has lost itself in is shown as it is.
const DEEPEST: usize = 16;
const LONGEST: usize = 500;

impl Inline {
    /// Appends the text to `out`, completed.
    fn complete(mut self, text: &str, out: &mut String) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            // Of what is no mark a run is not looked for: there may be one as long as the text.
            let run = match byte {
                b'`' | b'*' | b'_' | b'~' | b'!' => {
                    bytes[at..].iter().take_while(|it| **it == byte).count()
                }
                _ => 1,
            };
            let next = at + run;
            match byte {
                b'\\' => {
                    let end = text.len().min(at + 2);
                    let end = (end..=text.len()).find(|end| text.is_char_boundary(*end));
                    let end = end.unwrap_or(text.len());
                    out.push_str(&text[at..end]);
                    at = end;
                    continue;
                }
                b'`' => {
                    if let Some(end) = closing(bytes, next, run) {
                        out.push_str(&text[at..end]);
                        at = end;
                        continue;
                    }
                    let code = text[next..].trim_end_matches('`');
                    if !code.trim().is_empty() {
                        for piece in [&text[at..next], code, &text[at..next]] {
                            out.push_str(piece);
                        }
                    }
                    self.close(out);
                    return;
                }
                b'*' | b'_' | b'~' => {
                    self.mark(text, at..next, out);
                    at = next;
                    continue;
                }
                b'!' if next == text.len() || bytes[next] == b'[' => {
                    match link(text, next) {
                        Link::Whole(end) => {
                            out.push_str(&text[at..end]);
                            at = end;
                            continue;
                        }
                        // An image is seen when it is all there.
                        Link::Half(_) => break,
                        Link::None if next == text.len() => break,
                        Link::None => {}
                    }
                }
                b'[' => match link(text, at) {
                    Link::Whole(end) => {
                        out.push_str(&text[at..end]);
                        at = end;
                        continue;
                    }
                    Link::Half(words) => {
                        // A mark of a task or of a footnote, perhaps.
                        let inside = &text[at + 1..words];
                        if self.depth > DEEPEST {
                            out.push_str(&text[at..]);
                        } else if !matches!(inside, "" | " " | "x") && !inside.starts_with('^') {
                            self.depth += 1;
                            self.complete(inside, out);
                        } else {
                            self.close(out);
                        }
                        return;
                    }
                    Link::None => {}
                },
                _ => {}
            }
            let end = text[at..].chars().next().map_or(1, char::len_utf8);
            out.push_str(&text[at..at + end]);
            at += end;
        }
        self.close(out);
    }

    /// Takes in marks of emphasis.
    fn mark(&mut self, text: &str, place: std::ops::Range<usize>, out: &mut String) {
        let mark = text.as_bytes()[place.start];
        let before = text[..place.start].chars().next_back();
        let after = text[place.end..].chars().next();
        let is_text = |it: Option<char>| it.is_some_and(|it| !it.is_whitespace());
        let is_word = |it: Option<char>| it.is_some_and(char::is_alphanumeric);
        let marks = &text[place];
        if mark == b'_' && is_word(before) && is_word(after) {
            out.push_str(marks);
            return;
        }
        let mut count = marks.len();
        if is_text(before) {
            while count > 0
                && let Some((open, wanted)) = self.open.last_mut()
                && *open == mark
            {
                // Its end has begun.
                if count < *wanted && after.is_none() {
                    return;
                }
                let closed = count.min(*wanted);
                count -= closed;
                *wanted -= closed;
                out.push_str(&marks[..closed]);
                if *wanted == 0 {
                    self.open.pop();
                }
            }
        }
        // What will follow cannot be known.
        if count == 0 || after.is_none() {
            return;
        }
        out.push_str(&marks[..count]);
        if is_text(after) && (mark != b'~' || count == 2) {
            self.open.push((mark, count));
        }
    }

    /// Closes what is open.
    fn close(self, out: &mut String) {
        if !self.open.is_empty() {
            out.truncate(out.trim_end().len());
        }
        for (mark, count) in self.open.into_iter().rev() {
            out.extend(std::iter::repeat_n(char::from(mark), count));
        }
    }
}

/// Where code ends that is open at `from` behind this many backticks.
fn closing(bytes: &[u8], from: usize, length: usize) -> Option<usize> {
    let mut at = from;
    while let Some(found) = bytes[at..].iter().position(|it| *it == b'`') {
        let run = bytes[at + found..]
            .iter()
            .take_while(|it| **it == b'`')
            .count();
        at += found + run;
        if run == length {
            return Some(at);
        }
    }
    None
}

/// What stands at a bracket.
enum Link {
    /// A link to its end.
    Whole(usize),
    /// One that breaks off; its words end there.
    Half(usize),
    /// None.
    None,
}

fn link(text: &str, at: usize) -> Link {
    let bytes = text.as_bytes();
    if bytes.get(at) != Some(&b'[') {
        return Link::None;
    }
    let mut depth = 0;
    let mut close = None;
    for (place, byte) in bytes.iter().enumerate().skip(at).take(LONGEST) {
        match byte {
            b'[' => depth += 1,
            b']' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            close = Some(place);
            break;
        }
    }
    let Some(close) = close else {
        return match text.len() - at {
            LONGEST.. => Link::None,
            _ => Link::Half(text.len()),
        };
    };
    match bytes.get(close + 1) {
        None => Link::Half(close),
        Some(b'(') => match text[close..].find(')') {
            Some(end) => Link::Whole(close + end + 1),
            None => Link::Half(close),
        },
        Some(_) => Link::None,
    }
}
