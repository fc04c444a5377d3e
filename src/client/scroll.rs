//! Following the bottom of the transcript, unless the reader has scrolled up.
//!
//! What grows is watched, not what makes it grow: text, a fold that opens and a font that arrives are all the same.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, ResizeObserver};

/// This near to the bottom, in pixels, is at the bottom: browsers round.
const NEAR: i32 = 8;

/// Whether a scrolled box follows its bottom.
#[derive(Clone, Copy, Debug)]
pub struct Follow {
    /// True while the reader is at the bottom.
    pub pinned: RwSignal<bool>,
    /// Where the box was scrolled to when it was last looked at.
    last: StoredValue<i32>,
    /// How far above the bottom the reader is to stay when something comes above.
    held: StoredValue<Option<i32>>,
}

impl Follow {
    /// At the bottom.
    #[allow(
        clippy::new_without_default,
        reason = "it makes signals, which belong to the component that calls it"
    )]
    pub fn new() -> Self {
        Self {
            pinned: RwSignal::new(true),
            last: StoredValue::new(0),
            held: StoredValue::new(None),
        }
    }

    /// Keeps `frame` at its bottom whenever `content` changes its height.
    pub fn watch(self, frame: Element, content: &Element) {
        let frame_too = frame.clone();
        let on_resize = Closure::<dyn Fn()>::new(move || {
            if self.pinned.get_untracked() {
                self.to_bottom(&frame);
            } else if let Some(held) = self.held.try_update_value(Option::take).flatten() {
                frame.set_scroll_top(frame.scroll_height() - held);
                self.last.set_value(frame.scroll_top());
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

    /// Takes note that the box was scrolled, by whomever.
    pub fn scrolled(self, frame: &Element) {
        let top = frame.scroll_top();
        let below = frame.scroll_height() - frame.client_height() - top;
        let up = top < self.last.get_value();
        self.last.set_value(top);
        // The smallest way up is a wish to stay there; only the bottom itself is a wish to follow.
        let pinned = below <= NEAR || (self.pinned.get_untracked() && !up);
        if pinned != self.pinned.get_untracked() {
            self.pinned.set(pinned);
        }
    }

    /// Has the reader stay where they are when something comes above.
    pub fn hold(self, frame: &Element) {
        self.pinned.set(false);
        self.held
            .set_value(Some(frame.scroll_height() - frame.scroll_top()));
    }

    /// Has the reader be moved no more.
    pub fn let_go(self) {
        self.pinned.set(false);
    }

    /// Goes to the bottom and stays there.
    pub fn to_bottom(self, frame: &Element) {
        if !self.pinned.get_untracked() {
            self.pinned.set(true);
        }
        frame.set_scroll_top(frame.scroll_height());
        self.last.set_value(frame.scroll_top());
    }
}
