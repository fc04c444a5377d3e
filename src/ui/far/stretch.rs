//! Some blocks of an answer: in the document, or aside while a text stands in their place.

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{DocumentFragment, Element, HtmlElement, IntersectionObserver};

/// How many blocks are a stretch.
pub(super) const COUNT: usize = 8;

/// What may be scrolled in a block; what is taken out of a document forgets how far it was.
const SCROLLED: &str = "pre, .table, math";

pub(super) struct Stretch {
    /// Its first and its last block; or twice what stands in their place.
    edges: [Element; 2],
    /// Its blocks, if they are not in the document.
    aside: Option<Aside>,
}

struct Aside {
    blocks: DocumentFragment,
    /// What was scrolled in them, and how far.
    scrolled: Vec<(Element, i32)>,
}

/// What was seen of blocks that are to be put aside.
pub(super) struct Look {
    blocks: Vec<Element>,
    text: String,
    height: f64,
    above: String,
    scrolled: Vec<(Element, i32)>,
}

impl Stretch {
    pub(super) fn new(edges: [Element; 2], observer: &IntersectionObserver) -> Self {
        for edge in &edges {
            observer.observe(edge);
        }
        Self { edges, aside: None }
    }

    pub(super) fn is_aside(&self) -> bool {
        self.aside.is_some()
    }

    /// Where it begins and where it ends, from the top of what is seen.
    pub(super) fn extent(&self) -> (f64, f64) {
        let [first, last] = self.edges.each_ref().map(Element::get_bounding_client_rect);
        (first.top(), last.bottom())
    }

    /// How its blocks look, which are in the document; `None`: they have to stay there.
    pub(super) fn look(&self) -> Option<Look> {
        let first = self.edges[0].clone();
        let blocks = std::iter::successors(Some(first), Element::next_element_sibling);
        let blocks: Vec<_> = blocks.take(COUNT).collect();
        let are_all = blocks.len() == COUNT && blocks.last() == Some(&self.edges[1]);
        if !are_all || is_in_use(&blocks) {
            return None;
        }
        let (top, bottom) = self.extent();
        let style = window().get_computed_style(&blocks[0]).ok().flatten();
        let above = style.and_then(|it| it.get_property_value("margin-top").ok());
        let texts: Vec<_> = blocks.iter().map(text_of).collect();
        let scrolled = blocks.iter().flat_map(scrolled_in).collect();
        Some(Look {
            blocks,
            text: texts.join("\n\n"),
            height: bottom - top,
            above: above.unwrap_or_default(),
            scrolled,
        })
    }

    pub(super) fn put_aside(
        &mut self,
        root: &Element,
        observer: &IntersectionObserver,
        look: Look,
    ) {
        let document = document();
        let made = document.create_element("div");
        let Some(stand_in) = made.ok().and_then(|it| it.dyn_into::<HtmlElement>().ok()) else {
            return;
        };
        let is_heading = self.edges[1].matches("h3, h4, h5, h6").unwrap_or_default();
        stand_in.set_class_name(if is_heading { "far heading" } else { "far" });
        let style = HtmlElement::style(&stand_in);
        let _ = style.set_property("height", &format!("{}px", look.height));
        let _ = style.set_property("margin-top", &look.above);
        stand_in.set_text_content(Some(&look.text));
        if root.insert_before(&stand_in, Some(&self.edges[0])).is_err() {
            return;
        }
        let blocks = document.create_document_fragment();
        for block in &look.blocks {
            let _ = blocks.append_child(block);
        }
        self.aside = Some(Aside {
            blocks,
            scrolled: look.scrolled,
        });
        self.watch(observer, [stand_in.clone().into(), stand_in.into()]);
    }

    pub(super) fn put_back(&mut self, root: &Element, observer: &IntersectionObserver) {
        let Some(Aside { blocks, scrolled }) = self.aside.take() else {
            return;
        };
        if let (Some(first), Some(last)) =
            (blocks.first_element_child(), blocks.last_element_child())
        {
            let _ = root.replace_child(&blocks, &self.edges[0]);
            self.watch(observer, [first, last]);
        }
        for (element, left) in scrolled {
            element.set_scroll_left(left);
        }
    }

    /// Has it be between these elements.
    pub(super) fn watch(&mut self, observer: &IntersectionObserver, edges: [Element; 2]) {
        if edges != self.edges {
            self.leave(observer);
            *self = Self {
                aside: self.aside.take(),
                ..Self::new(edges, observer)
            };
        }
    }

    /// Is watched no more.
    pub(super) fn leave(&self, observer: &IntersectionObserver) {
        for edge in &self.edges {
            observer.unobserve(edge);
        }
    }
}

/// Whether somebody has something of these blocks in hand; a frame would be loaded anew.
fn is_in_use(blocks: &[Element]) -> bool {
    let selection = window().get_selection().ok().flatten();
    let selection = selection.filter(|it| !it.is_collapsed());
    blocks.iter().any(|block| {
        let has = |what: &str| block.query_selector(what).ok().flatten().is_some();
        let is_selected = selection.as_ref().is_some_and(|it| {
            it.contains_node_with_allow_partial_containment(block, true)
                .unwrap_or_default()
        });
        is_selected || has("iframe, :focus") || block.matches(":focus").unwrap_or_default()
    })
}

/// A block's text as it is seen, its lines and cells apart, without what the page adds to code.
fn text_of(block: &Element) -> String {
    let has_code = block.query_selector("figure.code, pre").ok().flatten();
    if has_code.is_none() {
        let seen = block.dyn_ref::<HtmlElement>().map(HtmlElement::inner_text);
        return seen.or_else(|| block.text_content()).unwrap_or_default();
    }
    // What stands beside code is in elements of its own.
    let children = block.children();
    let children = (0..children.length()).filter_map(|at| children.item(at));
    let written = children.filter(|it| !it.matches("figure.code > :not(pre)").unwrap_or_default());
    let texts: Vec<_> = written.map(|it| text_of(&it)).collect();
    texts.join("\n")
}

/// What has been scrolled in a block, and how far.
fn scrolled_in(block: &Element) -> Vec<(Element, i32)> {
    let own = block.matches(SCROLLED).unwrap_or_default();
    let mut found: Vec<_> = own.then(|| block.clone()).into_iter().collect();
    if let Ok(inner) = block.query_selector_all(SCROLLED) {
        let inner = (0..inner.length()).filter_map(|at| inner.item(at));
        found.extend(inner.filter_map(|it| it.dyn_into().ok()));
    }
    let scrolled = found.into_iter().map(|it| (it.scroll_left(), it));
    let scrolled = scrolled.filter(|(left, _)| *left != 0);
    scrolled.map(|(left, it)| (it, left)).collect()
}
