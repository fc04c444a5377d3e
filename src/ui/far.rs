//! What of a long answer is far from what is seen: however long it is, the document has what can be looked at, and text.
//!
//! Closed blocks are taken by the stretch. One that is screens away stands aside, and in its place is one element with its
//! text, as high as it was, which the browser's search finds and a screen reader reads. Before it comes into sight its
//! blocks are back: the very same ones, so that what was opened in them is open. What is in use stays where it is.

use std::{cell::RefCell, rc::Rc};

use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{
    DocumentFragment, Element, HtmlElement, IntersectionObserver, IntersectionObserverInit, Node,
};

/// How many blocks are a stretch.
const COUNT: usize = 8;

/// How far away is far, in heights of what is seen.
const SCREENS: u8 = 3;

/// What asks for all blocks to be there: sent to the element that they are in.
pub const WHOLE: &str = "whole";

/// Has all blocks of an answer be there for now.
pub fn call_back(root: &Element) {
    if let Ok(event) = web_sys::Event::new(WHOLE) {
        let _ = root.dispatch_event(&event);
    }
}

/// The stretches of an answer.
pub struct Far {
    stretches: Rc<RefCell<Stretches>>,
    /// Has the stretches looked through when one of them comes near or goes far.
    observer: IntersectionObserver,
    _on_move: Closure<dyn Fn()>,
    on_whole: Closure<dyn Fn()>,
}

impl std::fmt::Debug for Far {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Far").finish_non_exhaustive()
    }
}

impl Far {
    /// For the blocks in this element, if it is in a box that is scrolled.
    pub fn new(root: &Element) -> Option<Self> {
        let frame = root.closest("main").ok()??;
        let stretches = Rc::new(RefCell::new(Stretches {
            root: root.clone(),
            frame: frame.clone(),
            all: Vec::new(),
        }));
        let it = Rc::clone(&stretches);
        let observer = Rc::new(RefCell::new(None::<IntersectionObserver>));
        let watcher = Rc::clone(&observer);
        let on_move = Closure::<dyn Fn()>::new(move || {
            if let Some(observer) = &*watcher.borrow() {
                it.borrow_mut().tidy(observer);
            }
        });
        let options = IntersectionObserverInit::new();
        options.set_root(Some(&frame));
        options.set_root_margin(&format!("{SCREENS}00% 0px"));
        let made =
            IntersectionObserver::new_with_options(on_move.as_ref().unchecked_ref(), &options);
        let made = made.ok()?;
        *observer.borrow_mut() = Some(made.clone());
        let (it, watcher) = (Rc::clone(&stretches), made.clone());
        let on_whole = Closure::<dyn Fn()>::new(move || it.borrow_mut().restore(&watcher));
        let listener = on_whole.as_ref().unchecked_ref();
        let _ = root.add_event_listener_with_callback(WHOLE, listener);
        let _ = window().add_event_listener_with_callback("beforeprint", listener);
        Some(Self {
            stretches,
            observer: made,
            _on_move: on_move,
            on_whole,
        })
    }

    /// Has the blocks from this one on be there, since they may change.
    pub fn release(&self, from: usize) {
        let mut stretches = self.stretches.borrow_mut();
        if from < stretches.all.len() * COUNT {
            stretches.restore(&self.observer);
            for stretch in stretches.all.drain(from / COUNT..) {
                for edge in &stretch.edges {
                    self.observer.unobserve(edge);
                }
            }
        }
    }

    /// How many children fewer than blocks there are, before those that are in no stretch.
    pub fn missing(&self) -> usize {
        let stretches = self.stretches.borrow();
        let away = stretches.all.iter().filter(|it| it.aside.is_some());
        away.count() * (COUNT - 1)
    }

    /// Takes note that so many blocks are closed.
    pub fn extend(&self, closed: usize) {
        let missing = self.missing();
        let mut stretches = self.stretches.borrow_mut();
        while (stretches.all.len() + 1) * COUNT <= closed {
            let from = stretches.all.len() * COUNT - missing;
            let children = stretches.root.children();
            let child = |at: usize| u32::try_from(at).ok().and_then(|at| children.item(at));
            let (Some(first), Some(last)) = (child(from), child(from + COUNT - 1)) else {
                return;
            };
            let edges = [first, last];
            for edge in &edges {
                self.observer.observe(edge);
            }
            stretches.all.push(Stretch { edges, aside: None });
        }
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        self.observer.disconnect();
        let listener = self.on_whole.as_ref().unchecked_ref();
        let root = self.stretches.borrow().root.clone();
        let _ = root.remove_event_listener_with_callback(WHOLE, listener);
        let _ = window().remove_event_listener_with_callback("beforeprint", listener);
    }
}

struct Stretches {
    /// What the blocks are in.
    root: Element,
    /// What is scrolled.
    frame: Element,
    all: Vec<Stretch>,
}

struct Stretch {
    /// Its first and its last block; or twice what stands in their place.
    edges: [Element; 2],
    /// Its blocks, if they are not in the document.
    aside: Option<DocumentFragment>,
}

impl Stretches {
    /// Puts aside what is far, and back what is near.
    fn tidy(&mut self, observer: &IntersectionObserver) {
        let frame = self.frame.get_bounding_client_rect();
        let margin = f64::from(SCREENS) * frame.height();
        // All is read before anything is changed, so that it is laid out once.
        let mut moves = Vec::new();
        for (at, stretch) in self.all.iter().enumerate() {
            let [first, last] = &stretch.edges;
            let top = first.get_bounding_client_rect().top();
            let bottom = last.get_bounding_client_rect().bottom();
            let is_far = bottom < frame.top() - margin || top > frame.bottom() + margin;
            if is_far == stretch.aside.is_none() && (!is_far || !stretch.is_in_use()) {
                let style = window().get_computed_style(first).ok().flatten();
                let above = style.and_then(|it| it.get_property_value("margin-top").ok());
                moves.push((at, bottom - top, above.unwrap_or_default()));
            }
        }
        for (at, height, above) in moves {
            let stretch = &mut self.all[at];
            if stretch.aside.is_some() {
                stretch.put_back(&self.root, observer);
            } else {
                stretch.put_aside(&self.root, observer, height, &above);
            }
        }
    }

    fn restore(&mut self, observer: &IntersectionObserver) {
        for stretch in &mut self.all {
            stretch.put_back(&self.root, observer);
        }
    }
}

impl Stretch {
    /// Its blocks, as long as they are in the document.
    fn blocks(&self) -> impl Iterator<Item = Element> {
        let first = self.edges[0].clone();
        std::iter::successors(Some(first), Element::next_element_sibling).take(COUNT)
    }

    /// Whether somebody has something of it in hand; a frame would be loaded anew.
    fn is_in_use(&self) -> bool {
        let selection = window().get_selection().ok().flatten();
        let selection = selection.filter(|it| !it.is_collapsed());
        self.blocks().any(|block| {
            let has = |what: &str| block.query_selector(what).ok().flatten().is_some();
            let is_selected = selection.as_ref().is_some_and(|it| {
                it.contains_node_with_allow_partial_containment(&block, true)
                    .unwrap_or_default()
            });
            is_selected || has("iframe, :focus") || block.matches(":focus").unwrap_or_default()
        })
    }

    fn put_aside(
        &mut self,
        root: &Element,
        observer: &IntersectionObserver,
        height: f64,
        above: &str,
    ) {
        let (document, blocks) = (document(), self.blocks().collect::<Vec<_>>());
        let made = document.create_element("div");
        let Some(stand_in) = made.ok().and_then(|it| it.dyn_into::<HtmlElement>().ok()) else {
            return;
        };
        let is_heading = blocks
            .last()
            .is_some_and(|it| it.tag_name().starts_with('H'));
        stand_in.set_class_name(if is_heading { "far heading" } else { "far" });
        let style = HtmlElement::style(&stand_in);
        let _ = style.set_property("height", &format!("{height}px"));
        let _ = style.set_property("margin-top", above);
        let texts: Vec<_> = blocks.iter().map(text_of).collect();
        stand_in.set_text_content(Some(&texts.join("\n\n")));
        let aside = document.create_document_fragment();
        let _ = root.insert_before(&stand_in, Some(&self.edges[0]));
        for block in &blocks {
            let _ = aside.append_child(block);
        }
        self.aside = Some(aside);
        self.watch(observer, [stand_in.clone().into(), stand_in.into()]);
    }

    fn put_back(&mut self, root: &Element, observer: &IntersectionObserver) {
        let Some(aside) = self.aside.take() else {
            return;
        };
        if let (Some(first), Some(last)) = (aside.first_element_child(), aside.last_element_child())
        {
            let _ = root.replace_child(&aside, &self.edges[0]);
            self.watch(observer, [first, last]);
        }
    }

    fn watch(&mut self, observer: &IntersectionObserver, edges: [Element; 2]) {
        for edge in &self.edges {
            observer.unobserve(edge);
        }
        self.edges = edges;
        for edge in &self.edges {
            observer.observe(edge);
        }
    }
}

/// A block's text, without what the page adds to it.
fn text_of(block: &Element) -> String {
    let code = block.query_selector("pre").ok().flatten();
    let text: &Node = code.as_ref().unwrap_or(block);
    text.text_content().unwrap_or_default()
}
