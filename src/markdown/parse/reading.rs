//! Events on their way to blocks: what stands in none but the text is one, with all that is in it.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Tag};

use super::{BLANKS, Sort, Top, line_start};
use crate::markdown::{
    Finish,
    block::{Block, Kind},
    dollars::Read,
    writer::{self, Dangling, Writer},
};

/// Events on their way to blocks.
pub(super) struct Reading<'a> {
    text: &'a str,
    /// Where the text begins in what is parsed: what stands before it is passed over.
    from: usize,
    pub(super) writer: Writer<'a>,
    depth: usize,
    top: Option<Top>,
    /// Whether there is something in it already.
    is_begun: bool,
    /// Where its parts begin in the HTML.
    cuts: Vec<usize>,
}

impl<'a> Reading<'a> {
    /// Begins to read what begins at `from`.
    pub(super) fn new(read: &'a Read<'a>, from: usize, finish: &'a mut dyn Finish) -> Self {
        Self {
            text: &read.whole[from..],
            from,
            writer: Writer::new(read, finish),
            depth: 0,
            top: None,
            is_begun: false,
            cuts: Vec::new(),
        }
    }

    /// Takes an event in; gives the block that ends with it.
    pub(super) fn take(&mut self, event: Event<'_>, range: Range<usize>) -> Option<Top> {
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
pub(in crate::markdown) fn list(number: Option<u64>, loose: bool, parts: Vec<String>) -> Block {
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
