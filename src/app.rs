//! The page's root, and the document around it.

#[cfg(feature = "ssr")]
mod document;
#[cfg(feature = "ssr")]
mod scripts;

use leptos::prelude::*;

#[cfg(feature = "ssr")]
pub use document::{Liked, head, shell};

use crate::ui::page::Page;

/// The root of what is hydrated: the same on both sides.
#[component]
pub fn App() -> impl IntoView {
    view! { <Page/> }
}
