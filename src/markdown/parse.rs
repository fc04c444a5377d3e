//! A piece of text by pulldown-cmark: the blocks that stand side by side in it.

mod definitions;

use std::{cell::RefCell, ops::Range};

use pulldown_cmark::{BrokenLink, CodeBlockKind, Event, Options, Parser, Tag};

use self::definitions::footnotes_in;
pub(super) use self::definitions::{Defined, Definitions, label};
use super::{
    Finish,
    block::{Block, Kind},
    dollars::{self, Read},
    fence,
    writer::{self, Dangling, Writer},
};

const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_GFM)
    .union(Options::ENABLE_MATH);

/// What lines are blank of, and what stands around words: no blanks of other scripts.
pub(super) const BLANKS: [char; 6] = [' ', '\t', '\n', '\u{B}', '\u{C}', '\r'];

/// How often a text is read anew for prices that look like formulas; each time there are half as many.
const ROUNDS: usize = 8;

/// A block at the top of a piece of text.
#[derive(Clone, Debug)]
pub(super) struct Top {
    /// Where it is, from the beginning of its first line.
    pub(super) range: Range<usize>,
    pub(super) block: Block,
    /// What it is.
    pub(super) sort: Sort,
    /// Where its parts begin, if it is a list or a table.
    pub(super) parts: Vec<usize>,
    /// Labels in it that nothing defines yet.
    pub(super) wants: Vec<String>,
    /// Whether marks in it opened nothing.
    pub(super) dangling: bool,
}

/// What a top block is, as far as that has it close otherwise than others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Paragraph,
    Heading,
    Fenced,
    List { number: Option<u64>, loose: bool },
    Table,
    Other,
}

/// What there is in a piece of text.
#[derive(Clone, Debug, Default)]
pub(super) struct Parsed {
    pub(super) tops: Vec<Top>,
    /// What is defined in it: links and footnotes.
    pub(super) defined: Vec<Defined>,
}

impl Parsed {
    /// Has ranges be those of a text in which this one, without what it was given before itself, begins at `start`.
    pub(super) fn shift(&mut self, start: usize, before: usize) {
        let shift = |at: usize| start + at.saturating_sub(before);
        for top in &mut self.tops {
            top.range = shift(top.range.start)..shift(top.range.end);
            for part in &mut top.parts {
                *part = shift(*part);
            }
        }
        for it in &mut self.defined {
            it.range = shift(it.range.start)..shift(it.range.end);
        }
    }
}

/// The language that a fence's line names.
pub(super) fn info(line: &str) -> String {
    let mut events = Parser::new_ext(line, OPTIONS);
    match events.next() {
        Some(Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info)))) => {
            fence::language(&info).to_owned()
        }
        _ => String::new(),
    }
}

/// Reads a piece of text. Of what it defines that `given` has, `given` is right: the first definition counts.
pub(super) fn parse(text: &str, given: &Definitions, finish: &mut dyn Finish) -> Parsed {
    let mut whole = given.footnotes(text);
    let from = whole.len();
    whole.push_str(text);
    let mut read = Read::new(&whole);
    let mut rounds = 0;
    loop {
        let (parsed, prices) = parse_once(&read, from, given, finish);
        if prices.is_empty() || rounds == ROUNDS {
            return parsed;
        }
        read.mask(&prices);
        rounds += 1;
    }
}

/// Reads what begins at `from`; gives as well where dollars are that were taken for a formula's.
fn parse_once(
    read: &Read<'_>,
    from: usize,
    given: &Definitions,
    finish: &mut dyn Finish,
) -> (Parsed, Vec<usize>) {
    let text = &read.whole[from..];
    let wants = RefCell::new(Vec::new());
    let unknown = |link: BrokenLink<'_>| {
        let label = label(&dollars::restored(&link.reference));
        let known = given.link(&label);
        if known.is_none() {
            wants.borrow_mut().push((link.span.start, label));
        }
        known
    };
    let parser = Parser::new_with_broken_link_callback(&read.text, OPTIONS, Some(unknown));
    let events = parser.into_offset_iter();
    let mut parsed = Parsed::default();
    for (name, definition) in events.reference_definitions().iter() {
        if let Some(start) = definition.span.start.checked_sub(from) {
            let title = definition.title.as_deref().unwrap_or_default();
            parsed.defined.push(Defined::link(
                line_start(text, start)..definition.span.end - from,
                &dollars::restored(name),
                &dollars::restored(&definition.dest),
                &dollars::restored(title),
            ));
        }
    }
    let mut reading = Reading {
        text,
        from,
        writer: Writer::new(read, finish),
        depth: 0,
        top: None,
        is_begun: false,
        cuts: Vec::new(),
    };
    for (event, range) in events {
        let event = given.first(dollars::restored_in(event));
        if let Event::Start(Tag::FootnoteDefinition(name)) = &event
            && let Some(start) = range.start.checked_sub(from)
        {
            let range = start..range.end - from;
            parsed.defined.push(Defined::footnote(range, name));
        }
        if let Some(top) = reading.take(event, range) {
            parsed.tops.push(top);
        }
    }
    let prices = reading.writer.prices;
    let mut wants = wants.into_inner();
    wants.sort_unstable();
    let mut wants = wants.into_iter().peekable();
    let mut before = 0;
    for top in &mut parsed.tops {
        // Between two blocks are blank lines and definitions. What follows a definition without a line between may be
        // read otherwise for it.
        let gap = text.get(before..top.range.start).unwrap_or_default();
        top.range.start -= after_blank_line(gap);
        before = top.range.end;
        let end = from + top.range.end;
        while let Some((_, label)) = wants.next_if(|(at, _)| *at < end) {
            top.wants.push(label);
        }
        let notes = footnotes_in(&text[top.range.clone()]);
        top.wants.extend(notes.filter(|label| !given.has(label)));
    }
    (parsed, prices)
}

/// Where the line begins in which `at` is.
fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// How much of a text stands after its last blank line.
fn after_blank_line(text: &str) -> usize {
    let lines = text.split_inclusive('\n').rev();
    lines
        .take_while(|line| !line.trim_matches(BLANKS).is_empty())
        .map(str::len)
        .sum()
}

/// Events on their way to blocks.
struct Reading<'a> {
    text: &'a str,
    /// Where the text begins in what is parsed: what stands before it is passed over.
    from: usize,
    writer: Writer<'a>,
    depth: usize,
    top: Option<Top>,
    /// Whether there is something in it already.
    is_begun: bool,
    /// Where its parts begin in the HTML.
    cuts: Vec<usize>,
}

impl Reading<'_> {
    /// Takes an event in; gives the block that ends with it.
    fn take(&mut self, event: Event<'_>, range: Range<usize>) -> Option<Top> {
        let start = range.start.checked_sub(self.from)?;
        let end = range.end - self.from;
        if self.depth == 0 {
            self.writer.dangling = Dangling::default();
            self.is_begun = false;
            self.cuts.clear();
            self.top = Some(Top {
                range: line_start(self.text, start)..end,
                block: Block::default(),
                sort: sort(&event),
                parts: Vec::new(),
                wants: Vec::new(),
                dangling: false,
            });
        }
        if self.depth == 1
            && matches!(event, Event::Start(Tag::Item | Tag::TableRow))
            && let Some(top) = &mut self.top
        {
            top.parts.push(line_start(self.text, start));
            self.cuts.push(self.writer.html.len());
        }
        // Of a list that stands in nothing else it is seen where it is loose, since it may be read item by item.
        if (self.depth == 1 || self.depth == 2)
            && !matches!(event, Event::End(_))
            && let Some(Top {
                sort: Sort::List { loose, .. },
                ..
            }) = &mut self.top
        {
            let gap = &self.text[..start];
            let gap = &gap[gap.trim_end_matches(BLANKS).len()..];
            *loose |= self.is_begun && gap.matches('\n').count() > 1;
            self.is_begun = true;
        }
        match event {
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth -= 1,
            _ => {}
        }
        if self.depth > 0 {
            self.writer.write(event, range);
            return None;
        }
        let mut top = self.top.take()?;
        let parts_end = self.writer.html.len();
        let range_end = range.end;
        if matches!(top.sort, Sort::List { .. }) {
            self.writer.end_list();
        } else {
            self.writer.write(event, range);
        }
        top.dangling = self.writer.dangling.is_any(range_end);
        let html = std::mem::take(&mut self.writer.html);
        top.block = match (self.writer.code_block.take(), top.sort) {
            (Some(block), _) => block,
            (None, Sort::List { number, loose }) => {
                list(number, loose, self.parts(&html, parts_end))
            }
            (None, Sort::Table) => {
                let head = self.cuts.first().copied().unwrap_or(parts_end);
                Block {
                    kind: Kind::Table,
                    before: html[..head].to_owned(),
                    parts: self.parts(&html, parts_end),
                    after: html[parts_end..].to_owned(),
                    ..Block::default()
                }
            }
            (None, _) => Block::plain(html),
        };
        Some(top)
    }

    /// The HTML of each part.
    fn parts(&self, html: &str, end: usize) -> Vec<String> {
        let ends = self.cuts.iter().skip(1).copied().chain([end]);
        let cuts = self.cuts.iter().copied().zip(ends);
        cuts.map(|(from, to)| html[from..to].to_owned()).collect()
    }
}

/// A list of these items.
pub(super) fn list(number: Option<u64>, loose: bool, parts: Vec<String>) -> Block {
    let after = if number.is_some() { "</ol>" } else { "</ul>" };
    Block {
        kind: Kind::List,
        before: writer::list(number, loose),
        parts,
        after: after.to_owned(),
        ..Block::default()
    }
}

fn sort(event: &Event<'_>) -> Sort {
    match event {
        Event::Start(Tag::Paragraph) => Sort::Paragraph,
        Event::Start(Tag::Heading { .. }) => Sort::Heading,
        Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => Sort::Fenced,
        Event::Start(Tag::List(number)) => Sort::List {
            number: *number,
            loose: false,
        },
        Event::Start(Tag::Table(_)) => Sort::Table,
        _ => Sort::Other,
    }
}
