//! What is read line by line: code between fences, and formulas on lines of their own.

use std::ops::Range;

use super::{Document, Open, first_line, line_end};
use crate::markdown::{
    Finish, Plain,
    block::Block,
    fence::{self, Fence},
    formula,
    parse::{self, BLANKS, Sort, Top},
};

impl Document {
    /// The first of these that is a formula on lines of its own, whatever it was read as, and where that begins.
    pub(super) fn formula_in(&self, tops: &[Top]) -> Option<(usize, usize)> {
        let free = usize::from(!matches!(self.open, Open::Any));
        let mut starts = tops
            .iter()
            .map(|top| top.range.start)
            .enumerate()
            .skip(free);
        starts.find(|(_, start)| formula::opened(first_line(&self.text[*start..])).is_some())
    }

    /// Takes note of a formula that begins here.
    pub(super) fn open_formula(&mut self, start: usize) {
        let line = first_line(&self.text[start..]);
        let Some(close) = formula::opened(line) else {
            return;
        };
        let line = start + line.len();
        (self.start, self.looked) = (start, start);
        self.open = Open::Formula { close, line };
    }

    /// Whether it is code whose fence stands at the beginning of its line. What is indented has its code indented, too: it is
    /// read as a whole each time.
    pub(super) fn is_plain_fence(&self, top: &Top) -> bool {
        let line = first_line(&self.text[top.range.start..]);
        top.sort == Sort::Fenced && line.ends_with('\n') && Fence::opened(line).is_some()
    }

    /// Takes note of code that goes on.
    pub(super) fn open_code(&mut self, range: Range<usize>) {
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

    pub(super) fn advance_code(&mut self, finish: &mut dyn Finish) -> bool {
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
        self.push_block(block, range, Vec::new(), false, finish);
        true
    }

    pub(super) fn advance_formula(&mut self, finish: &mut dyn Finish) -> bool {
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
                if self.text[end..next].trim_matches(BLANKS).is_empty() {
                    end = next;
                }
                let range = self.start..end;
                self.open = Open::Any;
                (self.start, self.looked) = (end, end);
                self.push_block(Block::plain(html), range, Vec::new(), false, finish);
                return true;
            }
            if read.trim_matches(BLANKS).is_empty() {
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
}
