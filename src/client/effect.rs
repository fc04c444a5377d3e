//! What is done again whenever a signal that it reads has changed; in the browser alone.

use leptos::prelude::Effect;

/// Does this once the page is awake, and again whenever a signal that it reads has changed. Boxed, so that all of them
/// share one copy of leptos's machinery, which is some two kilobytes.
pub fn effect(run: impl FnMut() + 'static) {
    boxed(Box::new(run));
}

fn boxed(run: Box<dyn FnMut()>) {
    Effect::new(run);
}
