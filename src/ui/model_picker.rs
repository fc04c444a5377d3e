//! Whom one asks.

use leptos::prelude::*;

use super::conversation::Conversation;
use crate::chat::{Model, Models, model::DEMO_MODEL};

/// The models to choose from: those of the server, and the one that will be asked even if the server does not list it.
fn listed(models: Option<Models>, selected: &str) -> Vec<Model> {
    let mut listed = models.map(|models| models.models).unwrap_or_default();
    let known = selected.is_empty()
        || selected == DEMO_MODEL
        || listed.iter().any(|model| model.name == selected);
    if !known {
        let name = selected.to_owned();
        listed.insert(
            0,
            Model {
                name,
                details: String::new(),
            },
        );
    }
    listed
}

/// The list of models; the built-in demo is its last entry.
#[component]
pub fn ModelPicker(
    /// The state of the page.
    conversation: Conversation,
) -> impl IntoView {
    let selected = Memo::new(move |_| conversation.model().unwrap_or_default());
    let models = move || listed(conversation.models.get(), &selected.get());
    let option = move |model: Model| {
        let name = model.name.clone();
        let label = if model.details.is_empty() {
            model.name.clone()
        } else {
            format!("{} · {}", model.name, model.details)
        };
        view! { <option value=model.name selected=move || selected.with(|it| *it == name)>{label}</option> }
    };
    let nothing = move || match conversation.models.with(Option::is_some) {
        false => "Looking for models…",
        true => "No model",
    };
    view! {
        <label class="picker">
            <span class="sr">"Model"</span>
            <select
                prop:value=selected
                on:change=move |event| conversation.choose(event_target_value(&event))
            >
                <Show when=move || selected.with(String::is_empty)>
                    <option value="" selected disabled>{nothing}</option>
                </Show>
                <For each=models key=|model| model.name.clone() children=option/>
                <option value=DEMO_MODEL selected=move || selected.with(|it| it == DEMO_MODEL)>
                    "Demo (a script, no model)"
                </option>
            </select>
        </label>
    }
}
