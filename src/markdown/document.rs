//! What closes when: a text that grows at its end, as blocks.
//!
//! What is decided here is decided by the text alone, a line at a time, never by how it was cut: only so does every way
//! of cutting end with the same blocks.

mod closing;
mod lines;
mod open;

use std::ops::Range;

use super::{
    Finish, Plain,
    block::Block,
    dollars,
    fence::Fence,
    parse::{BLANKS, Definitions, Parsed, Sort, parse},
};

/// How much text is read at once, in bytes, as long as a block closes in it.
const WINDOW: usize = 8 * 1024;

/// The same behind a formula.
const SMALL: usize = 256;

/// A text in Markdown, and its blocks.
#[derive(Clone, Debug, Default)]
pub struct Document {
    text: String,
    /// A carriage return was pushed last: alone it ends a line, before a line feed it is nothing.
    returned: bool,
    ended: bool,
    /// The closed ones, then those that are drawn of what is open.
    blocks: Vec<Block>,
    /// Of each closed block where it is in the text.
    places: Vec<Place>,
    /// How many parts are closed of the block after the closed ones.
    closed_parts: usize,
    open: Open,
    /// Where what is open begins in the text.
    start: usize,
    /// How far the text has been looked through for what closes.
    looked: usize,
    /// How much text is to be read next, if it has grown since a formula.
    window: usize,
    /// How much of the text has been drawn; more than all: its end as well.
    drawn: usize,
    given: Definitions,
    /// Counts what was made anew.
    stamp: u32,
    /// The first block that may have changed since somebody asked.
    changed: usize,
}

/// Where a closed block is.
#[derive(Clone, Debug)]
struct Place {
    range: Range<usize>,
    /// Labels in it that nothing defines yet.
    wants: Vec<String>,
    /// Whether it goes on with the paragraph before it.
    goes_on: bool,
}

/// What is open, as far as that matters for how it closes.
#[derive(Clone, Debug, Default)]
enum Open {
    #[default]
    Any,
    /// The next part of a paragraph.
    Paragraph,
    /// What is no formula and no part of a paragraph, though it may look like it.
    Whole,
    /// Code: where the code begins, its part that is open, and the line that has not been read.
    Code {
        fence: Fence,
        language: String,
        code: usize,
        part: usize,
        line: usize,
    },
    /// A formula on lines of its own: how it ends, and the line that has not been read.
    Formula { close: &'static str, line: usize },
    /// A list of which items are closed: where it begins.
    List {
        from: usize,
        number: Option<u64>,
        loose: bool,
        wants: Vec<String>,
    },
    /// A table of which rows are closed: where it begins, and its rows.
    Table {
        from: usize,
        rows: usize,
        wants: Vec<String>,
    },
}

impl Document {
    /// Appends text.
    pub fn push(&mut self, delta: &str) {
        if self.ended {
            return;
        }
        if !self.returned && !delta.contains(['\r', '\0', dollars::MASK]) {
            self.text.push_str(delta);
            return;
        }
        for character in delta.chars() {
            if std::mem::replace(&mut self.returned, character == '\r') && character != '\n' {
                self.text.push('\n');
            }
            match character {
                '\r' => {}
                '\0' => self.text.push(char::REPLACEMENT_CHARACTER),
                dollars::MASK => self.text.push('\u{2421}'),
                other => self.text.push(other),
            }
        }
    }

    /// Says that nothing follows: what is open is closed as it is.
    pub fn end(&mut self) {
        if std::mem::take(&mut self.returned) {
            self.text.push('\n');
        }
        self.ended = true;
    }

    /// The blocks of the text so far. The last ones may change with the next delta.
    pub fn blocks(&mut self) -> &[Block] {
        self.blocks_with(&mut Plain)
    }

    /// The same, with what `finish` adds to the closed ones.
    pub fn blocks_with(&mut self, finish: &mut dyn Finish) -> &[Block] {
        let wanted = self.text.len() + usize::from(self.ended);
        if self.drawn != wanted {
            self.drop_open();
            while self.advance(finish) {}
            self.draw_open();
            self.drawn = wanted;
        }
        &self.blocks
    }

    /// How many blocks are closed, and how many parts of the one after them.
    pub fn closed(&self) -> (usize, usize) {
        (self.places.len(), self.closed_parts)
    }

    /// The first block that may have changed since this was asked last.
    pub fn take_changed(&mut self) -> usize {
        std::mem::replace(&mut self.changed, self.places.len())
    }

    /// Closes what can be closed next; `false`: nothing can.
    fn advance(&mut self, finish: &mut dyn Finish) -> bool {
        match &self.open {
            Open::Code { .. } => self.advance_code(finish),
            Open::Formula { .. } => self.advance_formula(finish),
            _ => self.advance_any(finish),
        }
    }

    /// Where the last line ends of which all is known.
    fn known(&self) -> usize {
        if self.ended {
            return self.text.len();
        }
        let from = self.looked.max(self.start);
        self.text[from..]
            .rfind('\n')
            .map_or(from, |at| from + at + 1)
    }

    fn advance_any(&mut self, finish: &mut dyn Finish) -> bool {
        let known = self.known();
        let looked = self.looked.max(self.start);
        let is_over = self.ended && looked == self.text.len() && self.start < self.text.len();
        if looked >= known && !is_over {
            return false;
        }
        let size = self
            .window
            .clamp(SMALL, WINDOW)
            .max(2 * (looked - self.start));
        let end = line_end(&self.text, self.start + size).min(known);
        let is_last = self.ended && end == self.text.len();
        self.looked = end;
        if self.text[self.start..end].trim_matches(BLANKS).is_empty()
            && matches!(self.open, Open::Any)
        {
            self.start = end;
            return end < known;
        }
        let mut parsed = self.read(end, finish);
        self.window = 2 * size;
        if let Some((at, formula)) = self.formula_in(&parsed.tops) {
            // What was read beyond it was read in vain, and there may be many.
            self.window = SMALL;
            // What is defined after its beginning is part of it, perhaps.
            if parsed.defined.iter().any(|it| it.range.end > formula) {
                parsed = self.read(formula, finish);
            } else {
                parsed.tops.truncate(at);
            }
            for top in parsed.tops {
                self.close(top, finish);
            }
            self.define(parsed.defined, formula, finish);
            self.open_formula(formula);
            return true;
        }
        let Parsed { tops, defined } = parsed;
        // A definition may go on in the next line.
        let written = self.text[..end].trim_end_matches(BLANKS).len();
        if !is_last && defined.iter().any(|it| it.range.end >= written) {
            return end < known;
        }
        let (start, blocks, parts) = (self.start, self.places.len(), self.closed_parts);
        let count = tops.len();
        for (at, top) in tops.into_iter().enumerate() {
            if matches!(self.open, Open::Paragraph) && top.sort == Sort::Heading {
                self.join();
                return true;
            }
            // Code is closed by its fence, or by the end of the text, in one way only.
            if at + 1 < count || is_last && !self.is_plain_fence(&top) {
                self.close(top, finish);
            } else {
                self.close_parts(top, finish);
            }
        }
        let is_last = is_last && !matches!(self.open, Open::Code { .. });
        if is_last {
            self.start = end;
        }
        let settled = if is_last { usize::MAX } else { self.start };
        self.define(defined, settled, finish);
        let has_closed = (self.start, self.places.len(), self.closed_parts)
            != (start, blocks, parts)
            || matches!(self.open, Open::Code { .. });
        if has_closed {
            self.looked = self.start;
        }
        !is_last && (has_closed || end < known)
    }

    /// Reads what is open, up to `end`: ranges are those of the whole text.
    fn read(&self, end: usize, finish: &mut dyn Finish) -> Parsed {
        let open = &self.text[self.start..end];
        self.read_as(open, finish)
    }

    /// Reads a text in the place of what is open.
    fn read_as(&self, open: &str, finish: &mut dyn Finish) -> Parsed {
        let Open::Table { from, rows, .. } = self.open else {
            let mut parsed = parse(open, &self.given, finish);
            parsed.shift(self.start, 0);
            return parsed;
        };
        let head = &self.text[from..rows];
        let mut parsed = parse(&[head, open].concat(), &self.given, finish);
        parsed.shift(self.start, head.len());
        parsed
    }
}

/// The first line of a text, with its end if it is there.
fn first_line(text: &str) -> &str {
    &text[..line_end(text, 0)]
}

/// Where the line ends in which `at` is.
fn line_end(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let length = rest.iter().position(|byte| *byte == b'\n');
    length.map_or(text.len(), |length| at + length + 1)
}
