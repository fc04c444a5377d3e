//! A piece of text by pulldown-cmark: the blocks that stand side by side in it.

mod definitions;
mod reading;

use std::{borrow::Cow, cell::RefCell, ops::Range};

use pulldown_cmark::{BrokenLink, CodeBlockKind, Event, Options, Parser, Tag};

pub(super) use self::definitions::{Defined, Definitions, label};
pub(super) use self::reading::list;
use self::{definitions::footnotes_in, reading::Reading};
use super::{
    Finish,
    block::Block,
    dollars::{self, Read},
    fence,
};

const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_GFM)
    .union(Options::ENABLE_MATH);

/// What lines are blank of, and what stands around words: no blanks of other scripts.
pub(super) const BLANKS: [char; 6] = [' ', '\t', '\n', '\u{B}', '\u{C}', '\r'];

/// How often a text is read anew for what looks like a formula and is none; each time there are half as many.
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
    for _ in 0..ROUNDS {
        let (parsed, taken, prices) = parse_once(&read, from, given, finish);
        if !read.learn(&taken, &prices) {
            return parsed;
        }
    }
    read.give_up();
    parse_once(&read, from, given, finish).0
}

/// Reads what begins at `from`; gives as well which marks were taken for formulas, and where prices were.
fn parse_once(
    read: &Read<'_>,
    from: usize,
    given: &Definitions,
    finish: &mut dyn Finish,
) -> (Parsed, Vec<usize>, Vec<usize>) {
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
    let mut reading = Reading::new(read, from, finish);
    let mut taken = Vec::new();
    for (event, range) in events {
        if matches!(event, Event::DisplayMath(_)) {
            taken.push(range.start);
        }
        let event = match read.text {
            Cow::Borrowed(_) => event,
            Cow::Owned(_) => dollars::restored_in(event),
        };
        let event = given.first(event);
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
    (parsed, taken, prices)
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
