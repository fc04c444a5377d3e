//! x
use leptos::prelude::*;
#[component] pub fn Page() -> impl IntoView { view!{<p>"hi"</p>} }
