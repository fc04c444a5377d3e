//! Where one reads in the transcript: at its bottom, which it follows then, or somewhere above, where one is left alone.
//!
//! What grows is watched, not what makes it grow: text, a fold that opens and a font that arrives are all the same.

use leptos::{html, prelude::*};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, HtmlElement, ResizeObserver};

use super::{frames::at_next_frame, memory};

/// This near to the bottom, in pixels, is at the bottom: browsers round.
const NEAR: i32 = 8;

/// For how many frames a place that one is back at is held.
const SETTLING: u8 = 4;

/// The scrolled box, and where in it one reads; `Copy`, like the signals it is made of.
#[derive(Clone, Copy, Debug)]
pub struct Follow {
    /// The box.
    pub frame: NodeRef<html::Main>,
    /// True while the reader is at the bottom.
    pub pinned: RwSignal<bool>,
    /// Whether something has come below since the reader left the bottom.
    pub more: RwSignal<bool>,
    /// Where the box was scrolled to when it was last looked at.
    last: StoredValue<i32>,
    /// How high what is in it was then.
    height: StoredValue<i32>,
}

impl Follow {
    /// At the bottom.
    #[allow(
        clippy::new_without_default,
        reason = "it makes signals, which belong to the component that calls it"
    )]
    pub fn new() -> Self {
        Self {
            frame: NodeRef::new(),
            pinned: RwSignal::new(true),
            more: RwSignal::new(false),
            last: StoredValue::new(0),
            height: StoredValue::new(0),
        }
    }

    /// Keeps the box at its bottom whenever `content` changes its height.
    pub fn watch(self, content: &Element) {
        let Some(frame) = self.frame.get_untracked() else {
            return;
        };
        let frame_too = frame.clone();
        let on_resize = Closure::<dyn Fn()>::new(move || {
            let grown = frame.scroll_height() > self.height.get_value();
            if self.pinned.get_untracked() && !is_selecting(&frame) {
                self.to_bottom();
                return;
            }
            self.let_go();
            self.height.set_value(frame.scroll_height());
            if grown && !self.more.get_untracked() {
                self.more.set(true);
            }
        });
        if let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) {
            // The box itself too: it shrinks when a keyboard comes up or the composer grows.
            observer.observe(&frame_too);
            observer.observe(content);
        }
        // The transcript lives as long as the page.
        on_resize.forget();
    }

    /// Takes note that the box was scrolled, by whomever. Gives how many heights of the box are above what is seen.
    pub fn scrolled(self) -> i32 {
        let Some(frame) = self.frame.get_untracked() else {
            return 0;
        };
        let (top, height) = (frame.scroll_top(), frame.scroll_height());
        let below = height - frame.client_height() - top;
        // What became shorter took the box up with it: that is nobody's wish, and `watch` sees to it in this frame.
        let up = top < self.last.get_value() && height == self.height.get_value();
        self.last.set_value(top);
        // The smallest way up is a wish to stay there; only the bottom itself is a wish to follow.
        self.pin(below <= NEAR || (self.pinned.get_untracked() && !up));
        top / frame.client_height().max(1)
    }

    /// Puts something before what is there, and has the reader stay where they are.
    pub fn hold(self, put_before: impl FnOnce()) {
        let Some(frame) = self.frame.get_untracked() else {
            return;
        };
        let below = frame.scroll_height() - frame.scroll_top();
        put_before();
        frame.set_scroll_top(frame.scroll_height() - below);
        self.height.set_value(frame.scroll_height());
        self.last.set_value(frame.scroll_top());
    }

    /// Has the reader be moved no more.
    pub fn let_go(self) {
        self.pin(false);
    }

    /// Goes to the bottom and stays there.
    pub fn to_bottom(self) {
        self.pin(true);
        if let Some(frame) = self.frame.get_untracked() {
            frame.set_scroll_top(frame.scroll_height());
            self.last.set_value(frame.scroll_top());
            self.height.set_value(frame.scroll_height());
        }
    }

    /// Shows a message, and gives it the focus.
    pub fn show(self, message: &Element) {
        self.let_go();
        let _ = message.set_attribute("tabindex", "-1");
        message.scroll_into_view();
        if let Some(message) = message.dyn_ref::<HtmlElement>() {
            let _ = message.focus();
        }
    }

    /// Keeps where one reads in a chat, whose messages are in `list`, for when one is back there.
    pub fn keep(self, chat: Option<&str>, list: &Element) {
        let (Some(chat), Some(frame)) = (chat, self.frame.get_untracked()) else {
            return;
        };
        let seen = (!self.pinned.get_untracked())
            .then(|| first_seen(&frame, list))
            .flatten();
        memory::save_place(
            chat,
            seen.as_ref().map(|(message, above)| (&**message, *above)),
        );
    }

    /// The message at which one was reading in a chat when one left it.
    pub fn kept(chat: Option<&str>) -> Option<String> {
        Some(memory::load_place(chat?)?.0)
    }

    /// Goes back to where one was reading in a chat; `false` when that was its bottom, or is not there.
    pub fn back(self, chat: Option<&str>) -> bool {
        let place = chat.and_then(memory::load_place);
        let (Some((message, above)), Some(frame)) = (place, self.frame.get_untracked()) else {
            return false;
        };
        let Some(message) = document().get_element_by_id(&message) else {
            return false;
        };
        self.let_go();
        self.put(frame.into(), message, above, SETTLING);
        true
    }

    /// Has a message begin so many pixels below the upper edge; once more in some frames, in which what is near it, and
    /// had only a guess of a height, gets its own.
    fn put(self, frame: Element, message: Element, below: i32, frames: u8) {
        let top = message.get_bounding_client_rect().top() - frame.get_bounding_client_rect().top();
        frame.set_scroll_top(frame.scroll_top() + whole(top) - below);
        self.last.set_value(frame.scroll_top());
        self.height.set_value(frame.scroll_height());
        if frames > 0 {
            at_next_frame(move || {
                if message.is_connected() && !self.pinned.get_untracked() {
                    self.put(frame, message, below, frames - 1);
                }
            });
        }
    }

    fn pin(self, pinned: bool) {
        if pinned != self.pinned.get_untracked() {
            self.pinned.set(pinned);
            self.more.set(false);
        }
    }
}

/// The first message that is seen, and how far below the upper edge it begins.
fn first_seen(frame: &Element, list: &Element) -> Option<(String, i32)> {
    let edge = frame.get_bounding_client_rect().top();
    let mut at = list.first_element_child();
    while let Some(message) = at {
        let place = message.get_bounding_client_rect();
        if place.bottom() > edge && !message.id().is_empty() {
            return Some((message.id(), whole(place.top() - edge)));
        }
        at = message.next_element_sibling();
    }
    None
}

/// Whether something in the box is being selected.
fn is_selecting(frame: &Element) -> bool {
    let selection = window().get_selection().ok().flatten();
    selection.is_some_and(|it| !it.is_collapsed() && frame.contains(it.anchor_node().as_ref()))
}

#[allow(clippy::cast_possible_truncation, reason = "a screen has few pixels")]
fn whole(pixels: f64) -> i32 {
    pixels.round() as i32
}
