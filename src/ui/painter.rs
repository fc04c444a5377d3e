//! Blocks of Markdown in the document: each an element that is made once, and changed as little as can be while it is
//! open. What is closed is never touched again: a selection in it, what the pointer is on and what was opened stay.

mod finished;
mod nodes;
mod row;
mod speech;

use leptos::{prelude::*, wasm_split::SplitLoaderError};
use web_sys::Element;

use self::{
    nodes::child,
    row::{Place, Row, inside},
    speech::Speech,
};
use super::far::Far;
use crate::markdown::{Document, escape};

/// What draws a text that grows.
pub trait Paint: std::fmt::Debug {
    /// Draws the text so far into `root`, which may have been drawn into by the server; `ended`: it is all there is, and
    /// another `epoch` is another text. Gives what has been closed by now and was not before.
    fn paint(&mut self, root: &Element, epoch: u32, text: &str, ended: bool) -> Vec<Element>;
}

/// The parser and what draws its blocks are a third of all that a page may load, and only an answer that comes needs
/// them: so they are loaded with the first question, while the model reads that. `aloud`: what comes is read out, too.
///
/// # Errors
/// When it cannot be had now; the next call tries anew.
#[lazy(markdown, fallible)]
pub fn load(aloud: bool) -> Result<Box<dyn Paint>, SplitLoaderError> {
    let painter: Box<dyn Paint> = Box::new(Painter {
        speech: aloud.then(Speech::default),
        ..Painter::default()
    });
    Ok(painter)
}

/// Draws a text as it is written, while there is nothing better.
#[derive(Debug)]
pub struct AsWritten;

impl Paint for AsWritten {
    fn paint(&mut self, root: &Element, _: u32, text: &str, _: bool) -> Vec<Element> {
        if !text.is_empty() {
            let mut html = String::from("<p>");
            escape(text, &mut html);
            html.push_str("</p>");
            root.set_inner_html(&html);
        }
        Vec::new()
    }
}

/// Draws a text that grows.
#[derive(Debug, Default)]
struct Painter {
    document: Document,
    /// How much of the text is in the document.
    length: usize,
    /// Which text it is: another number, another text.
    epoch: u32,
    ended: bool,
    rows: Vec<Row>,
    far: Option<Far>,
    /// What of it is read out; `None`: nothing.
    speech: Option<Speech>,
}

impl Paint for Painter {
    fn paint(&mut self, root: &Element, epoch: u32, text: &str, ended: bool) -> Vec<Element> {
        if epoch != self.epoch || self.ended && !ended {
            if epoch != self.epoch {
                root.set_inner_html("");
            } else if let Some(far) = &self.far {
                far.release(0);
            }
            *self = Self {
                epoch,
                // Of another text, what there is of it so far is not news.
                speech: self.speech.take().map(|_| Speech::after(text)),
                ..Self::default()
            };
        }
        let mut closed_now = Vec::new();
        // What is kept elsewhere is drawn already.
        if text.is_empty() {
            return closed_now;
        }
        let document = &mut self.document;
        document.push(text.get(self.length..).unwrap_or_default());
        self.length = text.len();
        if let Some(speech) = &mut self.speech {
            speech.hear(text, ended, root);
        }
        if ended {
            self.ended = true;
            document.end();
        }
        document.blocks();
        let from = document.take_changed().min(self.rows.len());
        let (closed, closed_parts) = document.closed();
        let far = self.far.as_ref();
        if let Some(far) = far {
            far.release(from);
        }
        // Of what is far there are fewer children than blocks, all before the first that changes.
        let missing = far.map_or(0, Far::missing);
        let blocks = document.blocks();
        self.rows.truncate(blocks.len());
        for (at, block) in blocks.iter().enumerate().skip(from) {
            let place = Place {
                root,
                at: at - missing,
            };
            let whole = at < closed;
            let parts = match at {
                _ if whole => block.parts.len(),
                at if at == closed => closed_parts,
                _ => 0,
            };
            let before = match self.rows.get_mut(at) {
                Some(row) if row.is_done(block) => continue,
                Some(row) => row.update(place, block, parts, whole),
                None => {
                    self.rows.push(Row::new(place, block, parts, whole));
                    0
                }
            };
            let Some(element) = place.element() else {
                continue;
            };
            if whole {
                closed_now.push(element);
            } else {
                let inside = inside(&element, block);
                closed_now.extend((before..parts).filter_map(|at| child(&inside, at)));
            }
        }
        let count = u32::try_from(blocks.len() - missing).unwrap_or(u32::MAX);
        while let Some(more) = root.children().item(count) {
            more.remove();
        }
        if self.far.is_none() {
            self.far = Far::new(root);
        }
        if let Some(far) = &self.far {
            far.extend(closed);
        }
        closed_now
    }
}
