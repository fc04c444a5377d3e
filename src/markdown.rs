//! Markdown as it comes: text in, blocks of finished HTML out, the same on both sides.
//!
//! A [`Document`] grows at its end. All its blocks but the last ones are closed: they never change again, so that each
//! delta costs what is open and not what is there. What a later line may still change in what stands before it (link
//! definitions, footnotes, underlined headings) has those blocks made anew; in the end the blocks are those of the text
//! as a whole, however it was cut.
//!
//! * [`document`]: what closes when, [`block`]: what a block is.
//! * `parse`: a piece of text by pulldown-cmark, `writer`: its events as HTML, `escape`: text in HTML, `link`: which
//!   addresses are let through.
//! * `dollars`: what the parser reads in a text's place, so that it finds the formulas that there are.
//! * `fence`, `formula`, `paragraph`: what grows long and is cut by its lines; `guess`: what is open, shown as what it
//!   will most likely be.
//!
//! The HTML is safe by construction: its tags are written here, and text is escaped. Colours and mathematics come from a
//! [`Finish`], which only a server has. Nothing here touches the DOM.

pub mod block;
pub mod document;
mod dollars;
mod escape;
mod fence;
mod formula;
mod guess;
mod link;
mod paragraph;
mod parse;
#[cfg(test)]
mod tests;
mod writer;

pub use block::{Block, Kind};
pub use document::Document;
pub use escape::{escape, escape_code, is_hidden};
pub use fence::fence_of;

use crate::words::Words;

/// What a server adds to code and formulas.
pub trait Finish {
    /// What stands in `<code>` for code of this language: text in HTML.
    fn code(&mut self, language: &str, code: &str) -> Finished;

    /// What stands for a formula: a `<math>` element. `display`: on lines of its own.
    fn math(&mut self, source: &str, display: bool) -> Finished;

    /// In which language things are named that can be pressed.
    fn words(&self) -> Words {
        Words::default()
    }

    /// Whether long code is folded: not under the eyes of who has seen it come.
    fn folds(&self) -> bool {
        false
    }
}

/// What has come of finishing something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finished {
    /// This HTML stands for it.
    Done(String),
    /// It stays as it is.
    Never,
    /// It stays as it is for now; the page may ask for it.
    Later,
}

/// Finishes nothing: what a browser does, which asks its server later.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Finish for Plain {
    fn code(&mut self, _: &str, _: &str) -> Finished {
        Finished::Later
    }

    fn math(&mut self, _: &str, _: bool) -> Finished {
        Finished::Later
    }
}

/// A whole text as HTML.
pub fn html(text: &str, finish: &mut dyn Finish) -> String {
    let mut document = Document::default();
    document.push(text);
    document.end();
    let mut html = String::with_capacity(text.len() * 2);
    for block in document.blocks_with(finish) {
        block.write(&mut html);
    }
    html
}
