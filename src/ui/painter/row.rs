//! A block as it is drawn, and changed while it is open.

use web_sys::Element;

use super::{
    finished::is_drawn,
    nodes::{appended, child, last_text, made, morph, replace},
};
use crate::markdown::{Block, Kind};

/// A block as it is drawn.
#[derive(Debug, Default)]
pub(super) struct Row {
    stamp: u32,
    before: String,
    /// How many of its parts are closed.
    closed: usize,
    /// The part after those.
    open: String,
    /// Whether all of it is closed.
    whole: bool,
}

/// Where a block is drawn.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) root: &'a Element,
    pub(super) at: usize,
}

impl Place<'_> {
    pub(super) fn element(self) -> Option<Element> {
        child(self.root, self.at)
    }
}

impl Row {
    /// Draws a block that is new here; what has been drawn of it stays if it is the same.
    pub(super) fn new(place: Place<'_>, block: &Block, closed: usize, whole: bool) -> Self {
        let mut html = String::new();
        block.write(&mut html);
        if let Some(new) = made(&html) {
            match place.element() {
                Some(old) if is_drawn(&old, &new, whole) => {}
                Some(old) => replace(&old, &new),
                None => {
                    let _ = place.root.append_child(&new);
                }
            }
        }
        Self {
            stamp: block.stamp,
            before: block.before.clone(),
            closed,
            open: block.parts.get(closed).cloned().unwrap_or_default(),
            whole,
        }
    }

    /// Whether the block is drawn, and closed as it is: what was added to it and done to it stays.
    pub(super) fn is_done(&self, block: &Block) -> bool {
        self.whole && self.stamp == block.stamp
    }

    /// Has it be the block as it is now, of which so many parts are closed, or the whole. Gives how many were before.
    pub(super) fn update(
        &mut self,
        place: Place<'_>,
        block: &Block,
        closed: usize,
        whole: bool,
    ) -> usize {
        let Some(element) = place.element() else {
            return closed;
        };
        if self.stamp != block.stamp {
            self.stamp = block.stamp;
            self.closed = 0;
            self.open.clear();
        }
        if self.before != block.before {
            self.before.clone_from(&block.before);
            if block.kind == Kind::List && element.tag_name() == tag_of(&block.before) {
                let loose = if block.before.contains("loose") {
                    "loose"
                } else {
                    ""
                };
                element.set_class_name(loose);
            } else {
                *self = Self::new(place, block, closed, whole);
                return 0;
            }
        }
        if block.kind == Kind::Plain {
            let html = block.parts.first().map_or("", String::as_str);
            self.change(&element, html);
        } else {
            self.update_parts(&element, block);
        }
        self.open = block.parts.get(closed).cloned().unwrap_or_default();
        self.whole = whole;
        std::mem::replace(&mut self.closed, closed)
    }

    fn update_parts(&mut self, element: &Element, block: &Block) {
        let inside = inside(element, block);
        for (at, html) in block.parts.iter().enumerate().skip(self.closed) {
            match child(&inside, at) {
                Some(part) => {
                    self.change(&part, html);
                    self.open.clear();
                }
                None => {
                    if let Some(new) = made(html) {
                        let _ = inside.append_child(&new);
                    }
                }
            }
        }
        let count = u32::try_from(block.parts.len()).unwrap_or(u32::MAX);
        while let Some(more) = inside.children().item(count) {
            more.remove();
        }
    }

    /// Has an element, which may be what is kept as open, be this HTML.
    fn change(&self, element: &Element, html: &str) {
        if self.open == html {
            return;
        }
        if let Some(more) = appended(&self.open, html)
            && let Some(text) = last_text(element)
        {
            let value = text.node_value().unwrap_or_default();
            text.set_node_value(Some(&(value + more)));
        } else if let Some(new) = made(html) {
            morph(element, &new);
        }
    }
}

/// The element that the parts of a block are in.
pub(super) fn inside(element: &Element, block: &Block) -> Element {
    let inside = block.kind.inside();
    let inside = inside.and_then(|it| element.query_selector(it).ok().flatten());
    inside.unwrap_or_else(|| element.clone())
}

/// The name of the tag that HTML begins with, as the document has it.
fn tag_of(html: &str) -> &'static str {
    if html.starts_with("<ol") { "OL" } else { "UL" }
}
