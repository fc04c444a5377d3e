//! Errors and other sentences for people.

use leptos::prelude::*;

/// A sentence in which what stands between backticks is code.
#[component]
pub fn Sentence(
    /// The sentence.
    text: String,
) -> impl IntoView {
    text.split('`')
        .enumerate()
        .map(|(index, part)| {
            let part = part.to_owned();
            if index % 2 == 1 {
                view! { <code>{part}</code> }.into_any()
            } else {
                part.into_any()
            }
        })
        .collect_view()
}

/// A box with a sentence, and what can be done about it.
#[component]
pub fn Notice(
    /// The sentence.
    text: String,
    /// Buttons.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="notice" role="alert">
            <p><Sentence text/></p>
            <div class="notice-actions">{children()}</div>
        </div>
    }
}
