//! What of a long answer is far from what is seen: however long it is, the document has what can be looked at, and text.
//!
//! Closed blocks are taken by the stretch. One that is screens away stands aside, and in its place is one element with its
//! text, as high as it was, which the browser's search finds and a screen reader reads. Before it comes into sight its
//! blocks are back: the very same ones, so that what was opened in them is open. What is in use stays where it is.
//! Nothing stands aside while one searches by Ctrl F, Ctrl G or F3: what it has found is to be marked, and marks are lost
//! with the text that they are in.

use std::{cell::RefCell, rc::Rc};

mod search;
mod stretch;

use leptos::prelude::window;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, Event, EventTarget, IntersectionObserver, IntersectionObserverInit};

use self::stretch::{COUNT, Stretch};

/// How far away is far, in heights of what is seen.
const SCREENS: u8 = 3;

/// What asks for all blocks to be there: sent to the element that they are in, or to the window for all answers.
pub const WHOLE: &str = "whole";

/// What says that another element stands for a block: sent to the element that it is in.
pub const REPLACED: &str = "replaced";

/// Tells the element that an answer's blocks are in, or the window for all answers.
pub fn tell(root: &EventTarget, what: &str) {
    if let Ok(event) = Event::new(what) {
        let _ = root.dispatch_event(&event);
    }
}

type Listener = Closure<dyn Fn()>;

/// The stretches of an answer.
pub struct Far {
    stretches: Rc<RefCell<Stretches>>,
    /// Has the stretches looked through when one of them comes near or goes far.
    observer: IntersectionObserver,
    on_move: Listener,
    on_whole: Listener,
    on_replaced: Listener,
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
            width: root.client_width(),
            all: Vec::new(),
        }));
        let it = Rc::clone(&stretches);
        let observer = Rc::new(RefCell::new(None::<IntersectionObserver>));
        let watcher = Rc::clone(&observer);
        let on_move = Listener::new(move || {
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
        let on_whole = Listener::new(move || it.borrow_mut().restore(&watcher));
        let (it, watcher) = (Rc::clone(&stretches), made.clone());
        let on_replaced = Listener::new(move || it.borrow_mut().renew(&watcher));
        let far = Self {
            stretches,
            observer: made,
            on_move,
            on_whole,
            on_replaced,
        };
        search::listen();
        for (target, name, listener) in far.listeners() {
            let listener = listener.as_ref().unchecked_ref();
            let _ = target.add_event_listener_with_callback(name, listener);
        }
        Some(far)
    }

    /// What is listened to, and how.
    fn listeners(&self) -> [(EventTarget, &'static str, &Listener); 6] {
        let root = EventTarget::from(self.stretches.borrow().root.clone());
        let window = EventTarget::from(window());
        [
            (root.clone(), WHOLE, &self.on_whole),
            (window.clone(), "beforeprint", &self.on_whole),
            (root, REPLACED, &self.on_replaced),
            (window.clone(), "resize", &self.on_move),
            (window.clone(), WHOLE, &self.on_whole),
            (window, search::OVER, &self.on_move),
        ]
    }

    /// Has the blocks from this one on be there, since they may change.
    pub fn release(&self, from: usize) {
        let mut stretches = self.stretches.borrow_mut();
        if from < stretches.all.len() * COUNT {
            stretches.restore(&self.observer);
            for stretch in stretches.all.drain(from / COUNT..) {
                stretch.leave(&self.observer);
            }
        }
    }

    /// How many children fewer than blocks there are, before those that are in no stretch.
    pub fn missing(&self) -> usize {
        let stretches = self.stretches.borrow();
        let away = stretches.all.iter().filter(|it| it.is_aside());
        away.count() * (COUNT - 1)
    }

    /// Takes note that so many blocks are closed.
    pub fn extend(&self, closed: usize) {
        let missing = self.missing();
        let mut stretches = self.stretches.borrow_mut();
        while (stretches.all.len() + 1) * COUNT <= closed {
            let from = stretches.all.len() * COUNT - missing;
            let Some(edges) = stretches.edges(from, COUNT) else {
                return;
            };
            stretches.all.push(Stretch::new(edges, &self.observer));
        }
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        self.observer.disconnect();
        for (target, name, listener) in self.listeners() {
            let listener = listener.as_ref().unchecked_ref();
            let _ = target.remove_event_listener_with_callback(name, listener);
        }
    }
}

struct Stretches {
    /// What the blocks are in.
    root: Element,
    /// What is scrolled.
    frame: Element,
    /// How wide the blocks were when their heights were taken.
    width: i32,
    all: Vec<Stretch>,
}

impl Stretches {
    /// Puts aside what is far, and back what is near.
    fn tidy(&mut self, observer: &IntersectionObserver) {
        if search::is_on() {
            return;
        }
        // In another width all is of another height.
        let width = self.root.client_width();
        if width != self.width {
            self.width = width;
            self.restore(observer);
        }
        let frame = self.frame.get_bounding_client_rect();
        let margin = f64::from(SCREENS) * frame.height();
        // All is read before anything is changed, so that it is laid out once.
        let mut moves = Vec::new();
        for (at, stretch) in self.all.iter().enumerate() {
            let (top, bottom) = stretch.extent();
            let is_far = bottom < frame.top() - margin || top > frame.bottom() + margin;
            if !is_far && stretch.is_aside() {
                moves.push((at, None));
            } else if is_far && !stretch.is_aside() {
                moves.extend(stretch.look().map(|look| (at, Some(look))));
            }
        }
        for (at, look) in moves {
            let stretch = &mut self.all[at];
            match look {
                Some(look) => stretch.put_aside(&self.root, observer, look),
                None => stretch.put_back(&self.root, observer),
            }
        }
    }

    fn restore(&mut self, observer: &IntersectionObserver) {
        for stretch in &mut self.all {
            stretch.put_back(&self.root, observer);
        }
    }

    /// Has each stretch be between the elements that stand at its edges by now.
    fn renew(&mut self, observer: &IntersectionObserver) {
        let mut from = 0;
        for at in 0..self.all.len() {
            let count = if self.all[at].is_aside() { 1 } else { COUNT };
            if let Some(edges) = self.edges(from, count) {
                self.all[at].watch(observer, edges);
            }
            from += count;
        }
    }

    /// The first and the last of so many children.
    fn edges(&self, from: usize, count: usize) -> Option<[Element; 2]> {
        let children = self.root.children();
        let child = |at: usize| children.item(u32::try_from(at).ok()?);
        Some([child(from)?, child(from + count - 1)?])
    }
}
