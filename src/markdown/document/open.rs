//! What is open, drawn as what it will most likely be. What is drawn here is forgotten with the next delta.

use super::{Document, Open, first_line};
use crate::markdown::{
    Plain,
    block::Block,
    fence, formula, guess, paragraph,
    parse::{Parsed, Sort, Top},
};

impl Document {
    /// Forgets what was drawn of what is open.
    pub(super) fn drop_open(&mut self) {
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
    pub(super) fn draw_open(&mut self) {
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

    pub(super) fn draw_top(&mut self, at: usize, top: Top, open: &str) {
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
