//! How blocks close: whole ones, and the parts of those that go on.

use std::{collections::HashSet, ops::Range};

use super::{Document, Open, Place};
use crate::markdown::{
    Finish,
    block::Block,
    paragraph,
    parse::{self, Defined, Sort, Top, parse},
};

impl Document {
    /// Closes a block.
    pub(super) fn close(&mut self, top: Top, finish: &mut dyn Finish) {
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
                self.place(from..range.end, all, false, finish);
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
                self.place(from..range.end, all, false, finish);
            }
            (open, Sort::Paragraph) => {
                let rest = self.cut(range.clone(), &open, finish);
                let goes_on = matches!(self.open, Open::Paragraph);
                self.open = Open::Any;
                self.start = range.end;
                if rest.start == range.start {
                    self.push_block(block, range, wants, goes_on, finish);
                } else {
                    self.push_read(rest, goes_on, finish);
                }
            }
            _ => self.push_block(block, range, wants, false, finish),
        }
    }

    /// Closes the parts of a block that may go on: all but the last.
    pub(super) fn close_parts(&mut self, top: Top, finish: &mut dyn Finish) {
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
    pub(super) fn cut(
        &mut self,
        range: Range<usize>,
        open: &Open,
        finish: &mut dyn Finish,
    ) -> Range<usize> {
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
            self.push_block(top.block, rest.start..end, top.wants, goes_on, finish);
            self.open = Open::Paragraph;
            rest.start = end;
        }
        rest
    }

    /// Takes back the cuts of a paragraph that is none.
    pub(super) fn join(&mut self) {
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

    /// Closes a block that stands after all closed ones.
    pub(super) fn push_block(
        &mut self,
        mut block: Block,
        range: Range<usize>,
        wants: Vec<String>,
        goes_on: bool,
        finish: &mut dyn Finish,
    ) {
        if goes_on {
            paragraph::go_on(&mut block);
        }
        block.stamp = self.stamp;
        self.blocks.push(block);
        self.place(range, wants, goes_on, finish);
    }

    /// The same, of a part of the text that has not been read by itself.
    pub(super) fn push_read(
        &mut self,
        range: Range<usize>,
        goes_on: bool,
        finish: &mut dyn Finish,
    ) {
        for top in parse(&self.text[range.clone()], &self.given, finish).tops {
            self.push_block(top.block, range.clone(), top.wants, goes_on, finish);
        }
    }

    /// Has the block after the closed ones be closed.
    pub(super) fn place(
        &mut self,
        range: Range<usize>,
        wants: Vec<String>,
        goes_on: bool,
        finish: &mut dyn Finish,
    ) {
        self.closed_parts = 0;
        let wants_given = wants.iter().any(|label| self.given.has(label));
        self.places.push(Place {
            range,
            wants,
            goes_on,
        });
        if wants_given {
            self.remake(self.places.len() - 1, finish);
        }
    }

    /// Closes parts of the block after the closed ones.
    pub(super) fn push_parts(&mut self, mut block: Block, count: usize) {
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
    pub(super) fn dress_list(&mut self, number: Option<u64>, loose: bool) {
        let block = &mut self.blocks[self.places.len()];
        block.before = parse::list(number, loose, Vec::new()).before;
    }

    /// Takes note of what is defined before `settled`, and makes anew what has waited for it.
    pub(super) fn define(
        &mut self,
        defined: Vec<Defined>,
        settled: usize,
        finish: &mut dyn Finish,
    ) {
        let mut new = HashSet::new();
        for it in defined {
            if it.range.end <= settled && !self.given.has(&it.label) {
                new.insert(it.label.clone());
                self.given.add(it);
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
    pub(super) fn remake(&mut self, at: usize, finish: &mut dyn Finish) {
        let place = &self.places[at];
        let mut tops = parse(&self.text[place.range.clone()], &self.given, finish).tops;
        // A footnote may begin in the line of another one, which is read with it then.
        let Some(mut top) = tops.pop() else {
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
}
