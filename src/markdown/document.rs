//! What closes when: a text that grows at its end, as blocks.
//!
//! What is decided here is decided by the text alone, a line at a time, never by how it was cut: only so does every way
//! of cutting end with the same blocks.

use std::ops::Range;

use super::{
    Finish, Plain,
    block::Block,
    fence::{self, Fence},
    formula, guess, paragraph,
    parse::{self, Definitions, Parsed, Sort, Top, parse},
};

/// How much text is read at once, in bytes, as long as a block closes in it.
const WINDOW: usize = 8 * 1024;

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
        if !self.returned && !delta.contains(['\r', '\0']) {
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
            let mut rounds = 0;
            while self.advance(finish) {
                rounds += 1;
                assert!(
                    rounds < 5000,
                    "stuck {:?} {:?} {}",
                    self.text,
                    self.open,
                    self.start
                );
            }
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
        let size = WINDOW.max(2 * (looked - self.start));
        let end = line_end(&self.text, self.start + size).min(known);
        let is_last = self.ended && end == self.text.len();
        self.looked = end;
        if self.text[self.start..end].trim().is_empty() && matches!(self.open, Open::Any) {
            self.start = end;
            return end < known;
        }
        let mut parsed = self.read(end, finish);
        if let Some((at, formula)) = self.formula_in(&parsed.tops) {
            // What is defined after its beginning is part of it, perhaps.
            if parsed.defined.iter().any(|(range, _)| range.end > formula) {
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
        let written = self.text[..end].trim_end().len();
        if !is_last && defined.iter().any(|(range, _)| range.end >= written) {
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

    /// The first of these that is a formula on lines of its own, whatever it was read as, and where that begins.
    fn formula_in(&self, tops: &[Top]) -> Option<(usize, usize)> {
        let free = usize::from(!matches!(self.open, Open::Any));
        let mut starts = tops
            .iter()
            .map(|top| top.range.start)
            .enumerate()
            .skip(free);
        starts.find(|(_, start)| formula::opened(first_line(&self.text[*start..])).is_some())
    }

    /// Takes note of a formula that begins here.
    fn open_formula(&mut self, start: usize) {
        let line = first_line(&self.text[start..]);
        let Some(close) = formula::opened(line) else {
            return;
        };
        let line = start + line.len();
        (self.start, self.looked) = (start, start);
        self.open = Open::Formula { close, line };
    }

    /// Closes a block.
    fn close(&mut self, top: Top, finish: &mut dyn Finish) {
        let Top {
            range,
            block,
            sort,
            wants,
            ..
        } = top;
        self.start = range.end;
        match (std::mem::take(&mut self.open), sort) {
            (
                Open::List {
                    from,
                    number,
                    loose,
                    wants: mut all,
                },
                Sort::List { loose: more, .. },
            ) => {
                all.extend(wants);
                self.blocks[self.places.len()].parts.extend(block.parts);
                self.dress_list(number, loose || more);
                self.place(from..range.end, all, false);
            }
            (
                Open::Table {
                    from,
                    wants: mut all,
                    ..
                },
                Sort::Table,
            ) => {
                all.extend(wants);
                self.blocks[self.places.len()].parts.extend(block.parts);
                self.place(from..range.end, all, false);
            }
            (open, Sort::Paragraph) => {
                let rest = self.cut(range.clone(), &open, finish);
                let goes_on = matches!(self.open, Open::Paragraph);
                self.open = Open::Any;
                self.start = range.end;
                if rest.start == range.start {
                    self.push_block(block, range, wants, goes_on);
                } else {
                    self.push_read(rest, goes_on, finish);
                }
            }
            _ => self.push_block(block, range, wants, false),
        }
    }

    /// Closes the parts of a block that may go on: all but the last.
    fn close_parts(&mut self, top: Top, finish: &mut dyn Finish) {
        let Top {
            range,
            block,
            sort,
            wants,
            parts,
            ..
        } = top;
        let last = parts.len().saturating_sub(1);
        match sort {
            Sort::Paragraph => {
                let open = std::mem::take(&mut self.open);
                self.start = self.cut(range, &open, finish).start;
                if matches!(self.open, Open::Any) {
                    self.open = open;
                }
            }
            Sort::Fenced => self.open_code(range),
            Sort::List { number, loose } if last > 0 => {
                let (from, number, loose, mut all) = match std::mem::take(&mut self.open) {
                    Open::List {
                        from,
                        number,
                        loose: before,
                        wants,
                    } => (from, number, before || loose, wants),
                    _ => (range.start, number, loose, Vec::new()),
                };
                all.extend(wants);
                self.push_parts(block, last);
                self.dress_list(number, loose);
                self.start = parts[last];
                self.open = Open::List {
                    from,
                    number,
                    loose,
                    wants: all,
                };
            }
            Sort::Table if last > 0 => {
                let (from, rows, mut all) = match std::mem::take(&mut self.open) {
                    Open::Table { from, rows, wants } => (from, rows, wants),
                    _ => (range.start, parts[0], Vec::new()),
                };
                all.extend(wants);
                self.push_parts(block, last);
                self.start = parts[last];
                self.open = Open::Table {
                    from,
                    rows,
                    wants: all,
                };
            }
            // Nothing of it is closed, and nothing in what is open goes before it any more.
            _ => {
                let is_same = matches!(
                    (&self.open, sort),
                    (Open::List { .. }, Sort::List { .. }) | (Open::Table { .. }, Sort::Table)
                );
                if !is_same {
                    if range.start > self.start {
                        self.open = Open::Any;
                    }
                    self.start = range.start;
                }
            }
        }
    }

    /// Cuts parts off a paragraph as long as there are any; gives the rest of it.
    fn cut(&mut self, range: Range<usize>, open: &Open, finish: &mut dyn Finish) -> Range<usize> {
        if matches!(open, Open::Paragraph) {
            self.open = Open::Paragraph;
        }
        let mut rest = range;
        if matches!(open, Open::Whole) {
            return rest;
        }
        while let Some((end, top)) = paragraph::cut(&self.text[rest.clone()], &self.given, finish) {
            let end = rest.start + end;
            let goes_on = matches!(self.open, Open::Paragraph);
            self.push_block(top.block, rest.start..end, top.wants, goes_on);
            self.open = Open::Paragraph;
            rest.start = end;
        }
        rest
    }

    /// Takes back the cuts of a paragraph that is none.
    fn join(&mut self) {
        while let Some(place) = self.places.pop() {
            self.start = place.range.start;
            if !place.goes_on {
                break;
            }
        }
        self.blocks.truncate(self.places.len());
        self.looked = self.start;
        self.open = Open::Whole;
        self.stamp += 1;
        self.changed = self.changed.min(self.places.len());
    }

    /// Whether it is code whose fence stands at the beginning of its line. What is indented has its code indented, too: it is
    /// read as a whole each time.
    fn is_plain_fence(&self, top: &Top) -> bool {
        let line = first_line(&self.text[top.range.start..]);
        top.sort == Sort::Fenced && line.ends_with('\n') && Fence::opened(line).is_some()
    }

    /// Takes note of code that goes on.
    fn open_code(&mut self, range: Range<usize>) {
        self.start = range.start;
        self.open = Open::Whole;
        let line = first_line(&self.text[range.start..]);
        let Some(fence) = Fence::opened(line) else {
            return;
        };
        if !line.ends_with('\n') {
            return;
        }
        let language = parse::info(line);
        let code = self.start + line.len();
        self.blocks.push(Block {
            stamp: self.stamp,
            ..fence::block(&language, "", false, &mut Plain)
        });
        self.open = Open::Code {
            fence,
            language,
            code,
            part: code,
            line: code,
        };
    }

    fn advance_code(&mut self, finish: &mut dyn Finish) -> bool {
        let known = self.known();
        let Open::Code {
            fence,
            language,
            code,
            part,
            line,
        } = &mut self.open
        else {
            return false;
        };
        let at = self.places.len();
        let mut over = None;
        while *line < known {
            let next = line_end(&self.text, *line);
            if fence.closes(&self.text[*line..next]) {
                over = Some((*line, next));
                break;
            }
            *line = next;
            if let Some(length) = fence::cut(&self.text[*part..next]) {
                let html = fence::part(&self.text[*part..*part + length]);
                self.blocks[at].parts.push(html);
                self.closed_parts += 1;
                *part += length;
            }
        }
        self.looked = *line;
        if self.ended && over.is_none() {
            over = Some((self.text.len(), self.text.len()));
        }
        let Some((end, next)) = over else {
            return false;
        };
        let text = &self.text[*code..end];
        let text = text.strip_suffix('\n').unwrap_or(text);
        let block = fence::block(language, text, true, finish);
        self.blocks.truncate(at);
        let range = self.start..next;
        self.open = Open::Any;
        self.start = next;
        self.push_block(block, range, Vec::new(), false);
        true
    }

    fn advance_formula(&mut self, finish: &mut dyn Finish) -> bool {
        let known = self.known();
        let Open::Formula { close, line } = &mut self.open else {
            return false;
        };
        while *line < known {
            let next = line_end(&self.text, *line);
            let read = &self.text[*line..next];
            if let Some(at) = read.find(*close) {
                let mut end = *line + at + close.len();
                let mut html = String::new();
                formula::write(
                    formula::inside(&self.text[self.start..end], close),
                    true,
                    finish,
                    &mut html,
                );
                if self.text[end..next].trim().is_empty() {
                    end = next;
                }
                let range = self.start..end;
                self.open = Open::Any;
                (self.start, self.looked) = (end, end);
                self.push_block(Block::plain(html), range, Vec::new(), false);
                return true;
            }
            if read.trim().is_empty() {
                break;
            }
            *line = next;
        }
        // It may still come.
        if *line == known && !self.ended {
            self.looked = known;
            return false;
        }
        self.open = Open::Whole;
        self.looked = self.start;
        true
    }

    /// Closes a block that stands after all closed ones.
    fn push_block(
        &mut self,
        mut block: Block,
        range: Range<usize>,
        wants: Vec<String>,
        goes_on: bool,
    ) {
        if goes_on {
            paragraph::go_on(&mut block);
        }
        block.stamp = self.stamp;
        self.blocks.push(block);
        self.place(range, wants, goes_on);
    }

    /// The same, of a part of the text that has not been read by itself.
    fn push_read(&mut self, range: Range<usize>, goes_on: bool, finish: &mut dyn Finish) {
        for top in parse(&self.text[range.clone()], &self.given, finish).tops {
            self.push_block(top.block, range.clone(), top.wants, goes_on);
        }
    }

    /// Has the block after the closed ones be closed.
    fn place(&mut self, range: Range<usize>, wants: Vec<String>, goes_on: bool) {
        self.closed_parts = 0;
        let wants_given = wants.iter().any(|label| self.given.labels.contains(label));
        self.places.push(Place {
            range,
            wants,
            goes_on,
        });
        if wants_given {
            self.remake(self.places.len() - 1, &mut Plain);
        }
    }

    /// Closes parts of the block after the closed ones.
    fn push_parts(&mut self, mut block: Block, count: usize) {
        block.parts.truncate(count);
        self.closed_parts += count;
        match self.blocks.get_mut(self.places.len()) {
            Some(known) => known.parts.extend(block.parts),
            None => self.blocks.push(Block {
                stamp: self.stamp,
                ..block
            }),
        }
    }

    /// Has the block after the closed ones be a list that begins so.
    fn dress_list(&mut self, number: Option<u64>, loose: bool) {
        let block = &mut self.blocks[self.places.len()];
        block.before = parse::list(number, loose, Vec::new()).before;
    }

    /// Takes note of what is defined before `settled`, and makes anew what has waited for it.
    fn define(
        &mut self,
        defined: Vec<(Range<usize>, String)>,
        settled: usize,
        finish: &mut dyn Finish,
    ) {
        let mut new = Vec::new();
        for (range, label) in defined {
            if range.end <= settled && !self.given.labels.contains(&label) {
                self.given.add(label.clone(), &self.text[range]);
                new.push(label);
            }
        }
        if new.is_empty() {
            return;
        }
        for at in 0..self.places.len() {
            if self.places[at]
                .wants
                .iter()
                .any(|label| new.contains(label))
            {
                self.remake(at, finish);
            }
        }
    }

    /// Makes a closed block anew, with what is defined by now.
    fn remake(&mut self, at: usize, finish: &mut dyn Finish) {
        let place = &self.places[at];
        let tops = parse(&self.text[place.range.clone()], &self.given, finish).tops;
        let Some(mut top) = tops.into_iter().next() else {
            return;
        };
        if place.goes_on {
            paragraph::go_on(&mut top.block);
        }
        self.stamp += 1;
        self.places[at].wants = top.wants;
        self.blocks[at] = Block {
            stamp: self.stamp,
            ..top.block
        };
        self.changed = self.changed.min(at);
    }

    /// Forgets what was drawn of what is open.
    fn drop_open(&mut self) {
        let closed = self.places.len();
        let keep = !matches!(
            self.open,
            Open::Any | Open::Paragraph | Open::Whole | Open::Formula { .. }
        );
        self.blocks.truncate(closed + usize::from(keep));
        if let Some(block) = self.blocks.get_mut(closed) {
            block.parts.truncate(self.closed_parts);
        }
    }

    /// Draws what is open as what it will most likely be.
    fn draw_open(&mut self) {
        let closed = self.places.len();
        match &self.open {
            Open::Code {
                fence, part, line, ..
            } => {
                let last = &self.text[*line..];
                let end = if fence.may_close(last) {
                    *line
                } else {
                    self.text.len()
                };
                if *part < end {
                    let html = fence::part(&self.text[*part..end]);
                    self.blocks[closed].parts.push(html);
                }
            }
            Open::Formula { close, .. } => {
                let source = formula::inside(&self.text[self.start..], close);
                self.blocks.push(Block {
                    stamp: self.stamp,
                    ..formula::open(source)
                });
            }
            _ => {
                let open = guess::complete(&self.text[self.start..]).into_owned();
                let Parsed { tops, .. } = self.read_as(&open, &mut Plain);
                for (at, top) in tops.into_iter().enumerate() {
                    self.draw_top(at, top, &open);
                }
            }
        }
    }

    fn draw_top(&mut self, at: usize, top: Top, open: &str) {
        let Top {
            range,
            mut block,
            sort,
            ..
        } = top;
        if at == 0 {
            match (&self.open, sort) {
                (Open::List { number, loose, .. }, Sort::List { loose: more, .. }) => {
                    let (number, loose) = (*number, *loose || more);
                    self.blocks[self.places.len()].parts.extend(block.parts);
                    self.dress_list(number, loose);
                    return;
                }
                (Open::Table { .. }, Sort::Table) => {
                    self.blocks[self.places.len()].parts.extend(block.parts);
                    return;
                }
                (Open::Paragraph, Sort::Paragraph) => paragraph::go_on(&mut block),
                _ => {}
            }
        }
        if sort == Sort::Paragraph && !matches!(self.open, Open::Whole) {
            let source = open.get(range.start - self.start..).unwrap_or_default();
            if let Some(close) = formula::opened(first_line(source)) {
                block = formula::open(formula::inside(source, close));
            }
        }
        self.blocks.push(Block {
            stamp: self.stamp,
            ..block
        });
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
