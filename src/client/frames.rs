//! Work that is done at most once per animation frame, however often it is asked for.
//!
//! A fast model sends hundreds of deltas between two frames; the page shows what they add up to. In a hidden tab
//! there are no frames: the work is done once, when the tab is shown again. What is asked for is done in any case, and
//! after the last that it is to show; where a hand types it is done some frames later.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use gloo_timers::future::sleep;
use leptos::{prelude::window, task::spawn_local};
use wasm_bindgen::{JsCast, closure::Closure};

/// How long work stands aside for a hand that types: some frames. Where something is drawn in each frame, a browser that was
/// late once stays late, and shows each key a frame later than it could (Chromium's display draws the last frame when the
/// next one begins, until one is left out).
const ASIDE: Duration = Duration::from_millis(50);

/// Has this done at the next frame. Leptos's own function would keep what has been done until the page is left, since an
/// owner that lives as long is to be able to cancel it: a closure for each frame in which an answer has come.
pub fn at_next_frame(work: impl FnOnce() + 'static) {
    boxed(Box::new(|_| work()));
}

/// One copy for all of them; the work is told when its frame has begun, by the clock of events.
fn boxed(work: Box<dyn FnOnce(f64)>) {
    let work = Closure::once_into_js(work);
    // A window that has no frames is not seen.
    let _ = window().request_animation_frame(work.unchecked_ref());
}

/// One piece of work, the same each time, and whether it is due.
#[derive(Clone, Debug, Default)]
pub struct EachFrame {
    due: Arc<AtomicBool>,
}

impl EachFrame {
    /// Has `work` done at the next frame, unless it is due already; or some frames later, if that frame belongs to somebody
    /// else, such as a hand that types. That is asked once, with the time at which the frame has begun: what is due waits no
    /// longer, however long a hand types.
    pub fn request(
        &self,
        gives_way: impl FnOnce(f64) -> bool + 'static,
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
        boxed(Box::new(move |now| {
            if gives_way(now) {
                spawn_local(async move {
                    sleep(ASIDE).await;
                    at_next_frame(done);
                });
            } else {
                done();
            }
        }));
    }
}
