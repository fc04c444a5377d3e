//! What stands on `/models`, a section each. What is done there is in [`super`].

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use leptos::prelude::*;
use tokio::time::Instant;

use super::{
    PATH,
    amount::{duration, size},
    job::{Job, Stage, State, Task},
};
use crate::{
    server::{
        accounts::pages::frame::field,
        upstream::ollama::{
            library::{Details, Listed, Loaded},
            same_model,
        },
    },
    ui::notice,
    words::{Said, Words},
};

/// What models can do, and what that is called.
const CAPABILITIES: [(&str, Said); 7] = [
    ("completion", Words::can_chat),
    ("tools", Words::can_use_tools),
    ("vision", Words::can_see),
    ("thinking", Words::can_think),
    ("embedding", Words::can_embed),
    ("insert", Words::can_insert),
    ("audio", Words::can_hear),
];

/// Longer than this a model stays for ever: Ollama says some 292 years then.
const FOR_EVER: u64 = 100 * 365 * 24 * 60 * 60 * 1000;

/// What goes on, and what is over.
pub(super) fn jobs_section(words: Words, jobs: &[(Arc<Job>, State)]) -> impl IntoView + use<> {
    let rows = jobs.iter().map(|(job, state)| job_row(words, job, state));
    let rows: Vec<_> = rows.collect();
    let is_on = jobs.iter().any(|(_, state)| state.is_on());
    (!rows.is_empty()).then(|| {
        view! {
            <section id="jobs" data-goes-on=is_on>
                <h2>{words.jobs()}</h2>
                {is_on.then(|| view! {
                    <p class="hint">{words.jobs_why()}</p>
                    <noscript><p><a href=PATH>{words.jobs_again()}</a></p></noscript>
                })}
                <ul class="people">{rows}</ul>
            </section>
        }
    })
}

fn job_row(words: Words, job: &Job, state: &State) -> impl IntoView + use<> {
    let name = job.name.to_string();
    let State { stage, progress } = state;
    let (said, is_on) = match stage {
        Stage::On(said) => (said(words).to_owned(), true),
        Stage::Again(number) => (words.job_again(&words.number(*number as u64)), true),
        Stage::Done => (words.job_done().to_owned(), false),
        Stage::Failed(_) => (words.job_failed().to_owned(), false),
    };
    let error = match stage {
        Stage::Failed(error) => Some(notice::html(&error.in_words(words).message)),
        _ => None,
    };
    let again = (error.is_some() && job.task == Task::Pull).then(|| {
        let label = format!("{}: {name}", words.try_again());
        view! {
            <form method="post" action=PATH>
                <input type="hidden" name="name" value=name.clone()/>
                <button name="do" value="pull" aria-label=label>{words.try_again()}</button>
            </form>
        }
    });
    let now = Instant::now();
    let (completed, total) = (progress.completed(), progress.total());
    let far = (is_on && total > 0).then(|| {
        let percent = completed.saturating_mul(100) / total;
        let so_far = words.job_so_far(
            &size(words, completed),
            &size(words, total),
            &words.number(percent),
        );
        let speed = progress.speed(now);
        let speed = speed.map(|it| view! { <span>{words.a_second(&size(words, it))}</span> });
        let left = progress.left(now);
        let left = left.map(|it| view! { <span>{words.job_left(&duration(words, it))}</span> });
        view! {
            <p>
                <progress max=total.to_string() value=completed.to_string() aria-label=name.clone()></progress>
                <span>{so_far}</span>
                {speed}
                {left}
            </p>
        }
    });
    let (label, about) = if is_on {
        (words.cancel(), format!("{}: {name}", words.cancel()))
    } else {
        (words.job_hide(), format!("{}: {name}", words.job_hide()))
    };
    view! {
        <li>
            <p><b>{name.clone()}</b><span>{said}</span></p>
            {far}
            {error.map(|html| view! { <div class="notice" inner_html=html></div> })}
            <div class="acts">
                {again}
                {model_button("cancel", &name, label, about)}
            </div>
        </li>
    }
}

/// The form for a model that is to be downloaded.
pub(super) fn add_section(words: Words, typed: &str) -> impl IntoView + use<> {
    view! {
        <section>
            <h2>{words.model_get()}</h2>
            <p class="hint">{words.model_get_why()}</p>
            <form method="post" action=PATH class="settings">
                {field("name", "text", words.model_name(), typed, "off")}
                <p><button class="primary" name="do" value="pull">{words.model_download()}</button></p>
            </form>
        </section>
    }
}

/// The models that there are; `now` in milliseconds since 1970.
pub(super) fn models_section(
    words: Words,
    models: &[Listed],
    loaded: &[Loaded],
    now: u64,
) -> impl IntoView + use<> {
    let rows: Vec<_> = models
        .iter()
        .map(|model| {
            let loaded = loaded.iter().find(|it| same_model(&it.name, &model.name));
            model_row(words, model, loaded, now)
        })
        .collect();
    let none = rows
        .is_empty()
        .then(|| view! { <p class="hint">{words.models_none()}</p> });
    view! {
        <section id="models">
            <h2>{words.models_of_ollama()}</h2>
            {none}
            <ul class="people">{rows}</ul>
        </section>
    }
}

fn model_row(
    words: Words,
    model: &Listed,
    loaded: Option<&Loaded>,
    now: u64,
) -> impl IntoView + use<> {
    let name = &*model.name;
    let about: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let can: Vec<_> = model
        .capabilities
        .iter()
        .map(|it| capability(words, it))
        .collect();
    let can = (!can.is_empty()).then(|| view! { <span>{can.join(", ")}</span> });
    let elsewhere = model.remote_host.clone().filter(|host| !host.is_empty());
    let elsewhere = elsewhere.map(|host| view! { <span>{words.model_elsewhere(&host)}</span> });
    let memory = loaded.map(|loaded| {
        let until = loaded.expires_at.as_deref();
        let until: Option<Timestamp> = until.and_then(|it| it.parse().ok());
        let until = until.and_then(|it| u64::try_from(it.as_millisecond()).ok());
        let stays = until.map(|until| match until.saturating_sub(now) {
            FOR_EVER.. => words.loaded_for_ever().to_owned(),
            left => words.loaded_for(&duration(words, Duration::from_millis(left))),
        });
        let vram = words.loaded_in(&size(words, loaded.size), &size(words, loaded.size_vram));
        let label = format!("{}: {name}", words.unload());
        view! {
            <p><span>{vram}</span>{stays.map(|it| view! { <span>{it}</span> })}</p>
            <div class="acts">{model_button("unload", name, words.unload(), label)}</div>
        }
    });
    view! {
        <li>
            <p>
                <b><a href=format!("{PATH}?about={about}")>{name.to_owned()}</a></b>
                <span>{size(words, model.size)}</span>
                {facts(words, &model.details)}
                {can}
                {elsewhere}
            </p>
            {memory}
        </li>
    }
}

/// What kind of model it is.
pub(super) fn facts(words: Words, details: &Details) -> impl IntoView + use<> {
    let kinds = [&details.parameter_size, &details.quantization_level];
    let kinds = kinds
        .into_iter()
        .flatten()
        .filter(|it| !it.is_empty())
        .cloned();
    let context = details.context_length.filter(|it| *it > 0);
    let context = context.map(|it| words.model_context(&words.number(it)));
    let all = kinds.chain(context).map(|it| view! { <span>{it}</span> });
    all.collect_view()
}

fn capability(words: Words, name: &str) -> String {
    let known = CAPABILITIES.iter().find(|(known, _)| *known == name);
    known.map_or_else(|| name.to_owned(), |(_, said)| said(words).to_owned())
}

/// A form of one button that does `what` to a model.
fn model_button(
    what: &'static str,
    model: &str,
    label: &'static str,
    about: String,
) -> impl IntoView + use<> {
    view! {
        <form method="post" action=PATH>
            <input type="hidden" name="model" value=model.to_owned()/>
            <button name="do" value=what aria-label=about>{label}</button>
        </form>
    }
}
