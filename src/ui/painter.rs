//! Blocks of Markdown in the document: each an element that is made once, and changed as little as can be while it is
//! open. What is closed is never touched again: a selection in it, what the pointer is on and what was opened stay.

use std::ops::Range;

use leptos::{prelude::*, wasm_split::SplitLoaderError};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlTemplateElement, Node};

use super::far::Far;
use crate::markdown::{Block, Document, Kind, escape};

/// What draws a text that grows.
pub trait Paint: std::fmt::Debug {
    /// Draws the text so far into `root`, which may have been drawn into by the server; `ended`: it is all there is, and
    /// another `epoch` is another text. Gives the children of `root` that have been closed by now and were not before.
    fn paint(&mut self, root: &Element, epoch: u32, text: &str, ended: bool) -> Range<usize>;
}

/// The parser and what draws its blocks are a third of all that a page may load, and only an answer that comes needs
/// them: so they are loaded with the first question, while the model reads that.
///
/// # Errors
/// When it cannot be had now; the next call tries anew.
#[lazy(markdown, fallible)]
pub fn load() -> Result<Box<dyn Paint>, SplitLoaderError> {
    let painter: Box<dyn Paint> = Box::new(Painter::default());
    Ok(painter)
}

/// Draws a text as it is written, while there is nothing better.
#[derive(Debug)]
pub struct AsWritten;

impl Paint for AsWritten {
    fn paint(&mut self, root: &Element, _: u32, text: &str, _: bool) -> Range<usize> {
        if !text.is_empty() {
            let mut html = String::from("<p>");
            escape(text, &mut html);
            html.push_str("</p>");
            root.set_inner_html(&html);
        }
        0..0
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
}

/// A block as it is drawn.
#[derive(Debug, Default)]
struct Row {
    stamp: u32,
    before: String,
    /// How many of its parts are closed.
    closed: usize,
    /// The part after those.
    open: String,
}

impl Paint for Painter {
    fn paint(&mut self, root: &Element, epoch: u32, text: &str, ended: bool) -> Range<usize> {
        if epoch != self.epoch || self.ended && !ended {
            if epoch != self.epoch {
                root.set_inner_html("");
            }
            *self = Self {
                epoch,
                ..Self::default()
            };
        }
        // What is kept elsewhere is drawn already.
        if text.is_empty() {
            return 0..0;
        }
        let document = &mut self.document;
        let before = document.closed().0;
        document.push(text.get(self.length..).unwrap_or_default());
        self.length = text.len();
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
            if self.rows.len() <= at {
                self.rows.push(Row::new(root, at - missing, block));
            }
            let parts = match at {
                at if at < closed => block.parts.len(),
                at if at == closed => closed_parts,
                _ => 0,
            };
            self.rows[at].update(root, at - missing, block, parts);
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
        from.min(before).saturating_sub(missing)..closed.saturating_sub(missing)
    }
}

impl Row {
    /// Draws a block that is new here; what the server has drawn of it stays if it is the same.
    fn new(root: &Element, at: usize, block: &Block) -> Self {
        let mut html = String::new();
        block.write(&mut html);
        if let Some(new) = made(&html) {
            match child(root, at) {
                Some(old) if old.is_equal_node(Some(&new)) => {}
                Some(old) => replace(&old, &new),
                None => {
                    let _ = root.append_child(&new);
                }
            }
        }
        Self {
            stamp: block.stamp,
            before: block.before.clone(),
            closed: 0,
            open: String::new(),
        }
    }

    /// Has it be the block as it is now, of which so many parts are closed.
    fn update(&mut self, root: &Element, at: usize, block: &Block, closed: usize) {
        let Some(mut element) = child(root, at) else {
            return;
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
                *self = Self::new(root, at, block);
                match child(root, at) {
                    Some(new) => element = new,
                    None => return,
                }
            }
        }
        if block.kind == Kind::Plain {
            let html = block.parts.first().map_or("", String::as_str);
            self.change(&element, html);
        } else {
            self.update_parts(&element, block);
        }
        self.closed = closed;
        self.open = block.parts.get(closed).cloned().unwrap_or_default();
    }

    fn update_parts(&mut self, element: &Element, block: &Block) {
        let inside = block
            .kind
            .inside()
            .and_then(|it| element.query_selector(it).ok().flatten());
        let inside = inside.as_ref().unwrap_or(element);
        for (at, html) in block.parts.iter().enumerate().skip(self.closed) {
            match child(inside, at) {
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

/// What was appended to the last text in an element, if nothing else was done to it.
fn appended<'a>(old: &str, new: &'a str) -> Option<&'a str> {
    let mut body = old;
    while body.ends_with('>')
        && let Some(at) = body.rfind('<')
        && body[at..].starts_with("</")
    {
        body = &body[..at];
    }
    let ends = &old[body.len()..];
    let more = new.strip_prefix(body)?.strip_suffix(ends)?;
    let is_text = !body.is_empty() && !body.ends_with('>') && !more.contains(['<', '&']);
    is_text.then_some(more)
}

/// The last text in a node.
fn last_text(node: &Node) -> Option<Node> {
    let mut last = node.last_child()?;
    while let Some(inner) = last.last_child() {
        last = inner;
    }
    (last.node_type() == Node::TEXT_NODE).then_some(last)
}

/// Has a node be like another one: what is the same in both stays the node it is.
fn morph(old: &Node, new: &Node) {
    if old.is_equal_node(Some(new)) {
        return;
    }
    if old.node_type() == Node::TEXT_NODE && new.node_type() == Node::TEXT_NODE {
        old.set_node_value(new.node_value().as_deref());
        return;
    }
    let bare = |node: &Node| node.clone_node().ok();
    let alike = match (bare(old), bare(new)) {
        (Some(old), Some(new)) => old.is_equal_node(Some(&new)),
        _ => false,
    };
    if !alike {
        replace(old, new);
        return;
    }
    let mut here = old.first_child();
    let mut there = new.first_child();
    while let Some(wanted) = there {
        there = wanted.next_sibling();
        if let Some(is) = here {
            here = is.next_sibling();
            morph(&is, &wanted);
        } else {
            let _ = old.append_child(&wanted);
        }
    }
    while let Some(more) = here {
        here = more.next_sibling();
        let _ = old.remove_child(&more);
    }
}

fn replace(old: &Node, new: &Node) {
    if let Some(parent) = old.parent_node() {
        let _ = parent.replace_child(new, old);
    }
}

/// The element that HTML of ours is; no script in it would run, if there were any.
fn made(html: &str) -> Option<Element> {
    let template = document().create_element("template").ok()?;
    template.set_inner_html(html);
    let template = template.dyn_into::<HtmlTemplateElement>().ok()?;
    template.content().first_element_child()
}

fn child(parent: &Element, at: usize) -> Option<Element> {
    parent.children().item(u32::try_from(at).ok()?)
}

/// The name of the tag that HTML begins with, as the document has it.
fn tag_of(html: &str) -> &'static str {
    if html.starts_with("<ol") { "OL" } else { "UL" }
}
