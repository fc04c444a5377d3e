//! Work that is done at most once per animation frame, however often it is asked for.
//!
//! A fast model sends hundreds of deltas between two frames; the page shows what they add up to. In a hidden tab
//! there are no frames: the work is done once, when the tab is shown again.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use leptos::prelude::window;
use wasm_bindgen::{JsCast, closure::Closure};

/// Has this done at the next frame. Leptos's own function would keep what has been done until the page is left, since an
/// owner that lives as long is to be able to cancel it: a closure for each frame in which an answer has come.
pub fn at_next_frame(work: impl FnOnce() + 'static) {
    boxed(Box::new(work));
}

/// One copy for all of them.
fn boxed(work: Box<dyn FnOnce()>) {
    let work = Closure::once_into_js(work);
    // A window that has no frames is not seen.
    let _ = window().request_animation_frame(work.unchecked_ref());
}

/// One piece of work, and whether it is due at the next frame.
#[derive(Clone, Debug, Default)]
pub struct EachFrame {
    due: Arc<AtomicBool>,
}

impl EachFrame {
    /// Has `work` done at the next frame, unless it is due already; or at the one after that, if the next one belongs to
    /// somebody else, such as a hand that types.
    pub fn request(
        &self,
        gives_way: impl FnOnce() -> bool + 'static,
        work: impl FnOnce() + 'static,
    ) {
        if self.due.swap(true, Ordering::Relaxed) {
            return;
        }
        let due = Arc::clone(&self.due);
        let done = move || {
            due.store(false, Ordering::Relaxed);
            work();
        };
        at_next_frame(move || {
            if gives_way() {
                at_next_frame(done);
            } else {
                done();
            }
        });
    }
}
