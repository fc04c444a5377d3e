//! Work that is done at most once per animation frame, however often it is asked for.
//!
//! A fast model sends hundreds of deltas between two frames; the page shows what they add up to. In a hidden tab
//! there are no frames: the work is done once, when the tab is shown again.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use leptos::prelude::request_animation_frame;

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
        let asked = request_animation_frame(move || {
            if gives_way() {
                let _ = request_animation_frame(done);
            } else {
                done();
            }
        });
        if asked.is_err() {
            self.due.store(false, Ordering::Relaxed);
        }
    }
}
