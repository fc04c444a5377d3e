//! Long paragraphs, cut where a line ends: one ever longer text would be laid out anew with each line.

use super::{
    Finish,
    block::Block,
    fence::PART,
    parse::{Definitions, Sort, Top, parse},
};

/// The first part of a paragraph that is long enough, and where it ends. It ends where nothing in it is open and what
/// follows is plainly text, so that the parts one after the other are read as the whole would be.
pub(super) fn cut(
    text: &str,
    given: &Definitions,
    finish: &mut dyn Finish,
) -> Option<(usize, Top)> {
    let mut least = PART;
    loop {
        let end = line_break(text, least)?;
        let mut tops = parse(&text[..end], given, finish).tops;
        if let (Some(top), true) = (tops.pop(), tops.is_empty())
            && top.sort == Sort::Paragraph
            && !top.dangling
        {
            return Some((end, top));
        }
        least = 2 * end;
    }
}

/// The first line break after `least` bytes at which a paragraph may be cut.
fn line_break(text: &str, least: usize) -> Option<usize> {
    let mut from = least;
    loop {
        let at = text
            .as_bytes()
            .get(from..)?
            .iter()
            .position(|byte| *byte == b'\n')?;
        let end = from + at + 1;
        let next = text[end..].lines().next().unwrap_or_default();
        let is_text = next.starts_with(char::is_alphabetic) && !next.contains('|');
        // Blanks or a backslash at its end say more than that a line ends.
        if is_text && !text[..end - 1].ends_with([' ', '\t', '\\']) {
            return Some(end);
        }
        from = end;
    }
}

/// Has a paragraph be one that goes on with the one before it.
pub(super) fn go_on(block: &mut Block) {
    for part in &mut block.parts {
        if part.starts_with("<p>") {
            part.insert_str(2, r#" class="on""#);
        }
    }
}
