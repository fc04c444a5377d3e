//! What stands on the page of one model, a section each. What is done there is in [`super`].

use leptos::prelude::*;

use super::{PATH, list::facts, name::ModelName};
use crate::{
    server::{accounts::pages::frame::field, upstream::ollama::library::Described},
    words::Words,
};

/// What it is, and what can be done with it.
pub(super) fn sections(
    words: Words,
    model: &ModelName,
    described: &Described,
) -> impl IntoView + use<> {
    let name = model.to_string();
    view! {
        <ul class="people"><li><p>{facts(words, &described.details)}</p></li></ul>
        {texts_section(words, described)}
        <section>
            <h2>{words.model_make()}</h2>
            <p class="hint">{words.model_make_why(&name)}</p>
            <form method="post" action=PATH class="settings">
                <input type="hidden" name="model" value=name.clone()/>
                {field("name", "text", words.model_new_name(), "", "off")}
                <label>
                    <span>{words.system_prompt()}</span>
                    <textarea name="system" rows="5" placeholder=words.system_prompt_hint()></textarea>
                </label>
                <label>
                    <span>{words.temperature()}</span>
                    <input name="temperature" type="number" min="0" max="2" step="any" inputmode="decimal"/>
                </label>
                <p class="hint">{words.temperature_help()}</p>
                <p><button class="primary" name="do" value="create">{words.model_make_it()}</button></p>
            </form>
        </section>
        <section>
            <h2>{words.model_copy()}</h2>
            <p class="hint">{words.model_copy_why()}</p>
            <form method="post" action=PATH class="settings">
                <input type="hidden" name="model" value=name.clone()/>
                {field("name", "text", words.model_new_name(), "", "off")}
                <p><button name="do" value="copy">{words.model_copy()}</button></p>
            </form>
        </section>
        <section>
            <h2>{words.model_delete()}</h2>
            <p class="hint">{words.model_delete_why(&name)}</p>
            <form method="post" action=PATH class="settings">
                <input type="hidden" name="model" value=name/>
                {field("name", "text", words.model_name(), "", "off")}
                <p><button class="alarming" name="do" value="delete">{words.model_delete()}</button></p>
            </form>
        </section>
    }
}

/// What Ollama says of it: long texts, which are folded.
fn texts_section(words: Words, described: &Described) -> impl IntoView + use<> {
    let texts = [
        (words.system_prompt(), &described.system),
        (words.model_parameters(), &described.parameters),
        (words.model_template(), &described.template),
        (words.model_license(), &described.license),
    ];
    let folds = texts
        .into_iter()
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(label, text)| {
            view! {
                <details>
                    <summary>{label}</summary>
                    <pre tabindex="0" role="region" aria-label=label>{text.clone()}</pre>
                </details>
            }
        });
    view! {
        <section>
            <h2>{words.details()}</h2>
            {folds.collect_view()}
        </section>
    }
}
