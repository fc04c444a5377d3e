//! Whom one asks.

use leptos::{html, prelude::*};

use super::conversation::Conversation;
use crate::{
    chat::{Models, model::DEMO_MODEL},
    client::effect::effect,
    markdown::escape,
    words::Words,
};

/// The list of models; the built-in demo is its last entry.
#[component]
pub fn ModelPicker(
    /// The state of the page.
    conversation: Conversation,
) -> impl IntoView {
    let words = Words::here();
    let place: NodeRef<html::Select> = NodeRef::new();
    // Until this page has asked, the list is what the server has put into it.
    let options = Memo::new(move |_| {
        let selected = conversation.model().unwrap_or_default();
        let models = conversation.models;
        models.with(|models| Some(options(words, Some(models.as_ref()?), &selected)))
    });
    effect(move || {
        if let (Some(place), Some(options)) = (place.get(), options.get()) {
            place.set_inner_html(&options);
        }
    });
    view! {
        <label class="picker">
            <span class="sr">{words.model()}</span>
            <select
                node_ref=place
                inner_html=plainly!(picker)
                on:change=move |event| conversation.choose(event_target_value(&event))
            ></select>
        </label>
    }
}

/// The models to choose from as HTML: those of the server, and the one that will be asked even if the server does not
/// list it. `None`: they are not known yet.
pub fn options(words: Words, models: Option<&Models>, selected: &str) -> String {
    let mut html = String::new();
    let option = |html: &mut String, name: &str, details: &str, label: &str| {
        html.push_str("<option value=\"");
        escape(name, html);
        html.push_str(if name == selected {
            "\" selected"
        } else {
            "\""
        });
        html.push_str(if name.is_empty() { " disabled>" } else { ">" });
        escape(label, html);
        if !details.is_empty() {
            html.push_str(" · ");
            escape(details, html);
        }
        html.push_str("</option>");
    };
    let listed = models.map(|models| &*models.models).unwrap_or_default();
    let is_listed = selected == DEMO_MODEL || listed.iter().any(|model| model.name == selected);
    match models {
        None if selected.is_empty() => option(&mut html, "", "", words.looking_for_models()),
        Some(_) if selected.is_empty() => option(&mut html, "", "", words.no_model()),
        _ if !is_listed => option(&mut html, selected, "", selected),
        _ => {}
    }
    let are_several = listed.iter().any(|model| !model.server.is_empty());
    for models in listed.chunk_by(|one, next| one.server == next.server) {
        if are_several {
            html.push_str("<optgroup label=\"");
            escape(models[0].server_name(), &mut html);
            html.push_str("\">");
        }
        for model in models {
            option(&mut html, &model.name, &model.details, model.name_there());
        }
        if are_several {
            html.push_str("</optgroup>");
        }
    }
    option(&mut html, DEMO_MODEL, "", words.demo());
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Model;

    #[test]
    fn the_one_that_is_asked_is_selected_whether_it_is_listed_or_not() {
        let words = Words::default();
        let models = Models {
            models: vec![Model {
                name: "a<b".to_owned(),
                details: "3B".to_owned(),
                server: String::new(),
            }],
            ..Models::default()
        };
        let listed = options(words, Some(&models), "a<b");
        assert!(
            listed.starts_with("<option value=\"a&lt;b\" selected>a&lt;b · 3B</option>"),
            "{listed}"
        );
        for (models, selected) in [
            (Some(&models), "gone"),
            (Some(&models), DEMO_MODEL),
            (Some(&models), ""),
            (None, ""),
        ] {
            let html = options(words, models, selected);
            assert_eq!(html.matches(" selected").count(), 1, "{html}");
            let wanted = format!("value=\"{selected}\" selected");
            assert!(html.contains(&wanted), "{html}");
        }
    }
}
