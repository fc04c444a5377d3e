//! What stands around the pages about accounts, and what stands in them again and again.

use axum::{
    extract::rejection::FormRejection,
    http::{HeaderMap, HeaderValue, StatusCode, header::CACHE_CONTROL},
    response::{Html, IntoResponse, Response},
};
use jiff::Timestamp;
use leptos::prelude::*;

use crate::{
    app,
    error::{Error, ErrorKind, Result},
    server::{language, quota::Allowance, reply},
    ui::{icons, notice, page::NAME},
    words::{Words, told},
};

/// What a page is told with: nothing, that something is wrong, or what has come of what was done.
#[derive(Clone, Debug, Default)]
pub struct Note {
    /// What is wrong.
    pub error: Option<Error>,
    /// What is told this once, such as a key: a sentence, and the secret itself.
    pub once: Option<(String, Vec<String>)>,
}

impl Note {
    /// That something is wrong.
    pub fn of(error: Error) -> Self {
        Self {
            error: Some(error),
            ..Self::default()
        }
    }

    /// A secret that is shown this once, and what it is.
    pub fn once(sentence: impl Into<String>, secrets: Vec<String>) -> Self {
        Self {
            once: Some((sentence.into(), secrets)),
            ..Self::default()
        }
    }
}

/// A page: its title, what it is told with, and what is in it. `home`: a link to the chats stands above it.
pub fn page(
    words: Words,
    headers: &HeaderMap,
    title: &str,
    home: bool,
    note: &Note,
    body: impl IntoView + 'static,
) -> Response {
    page_with(words, headers, title, home, note, (), body)
}

/// The same, with more in its head.
pub fn page_with(
    words: Words,
    headers: &HeaderMap,
    title: &str,
    home: bool,
    note: &Note,
    more: impl IntoView + 'static,
    body: impl IntoView + 'static,
) -> Response {
    let liked = language::liked(headers);
    let wrong = note.error.as_ref().map(|error| {
        let sentence = notice::html(&error.in_words(words).message);
        view! { <p class="notice" role="alert" inner_html=sentence></p> }
    });
    let once = note.once.clone().map(|(sentence, secrets)| {
        let secrets = secrets
            .into_iter()
            .map(|secret| view! { <li><code>{secret}</code></li> });
        let secrets = secrets.collect_view();
        view! {
            <section class="once" role="status">
                <p>{sentence}</p>
                <ul>{secrets}</ul>
            </section>
        }
    });
    let is_home = home;
    let home = home.then(|| view! { <a class="home" href="/">{words.to_chats()}</a> });
    let document = view! {
        <html lang=words.code() data-theme=liked.theme>
            {app::head(words, format!("{title} · {NAME}"), liked.theme, more)}
            <body>
                <div class="forms" class:entrance=!is_home>
                    <header>
                        <p class="brand">{icons::brook()}<span>{NAME}</span></p>
                        {home}
                    </header>
                    <main>
                        <h1>{title.to_owned()}</h1>
                        {wrong}
                        {once}
                        {body}
                    </main>
                </div>
            </body>
        </html>
    };
    let html = format!("<!DOCTYPE html>{}", document.to_html());
    let status = note.error.as_ref().map_or(StatusCode::OK, |error| {
        StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    });
    let mut response = match &note.error {
        Some(error) => reply::with_page(error, html),
        None => (status, Html(html)).into_response(),
    };
    // What stands in it is one person's.
    let alone = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, alone);
    response
}

/// A time, as the reader's language has it: what is in the element is in UTC.
pub fn time(words: Words, at: u64) -> impl IntoView + use<> {
    let at = i64::try_from(at).unwrap_or(i64::MAX);
    let at = Timestamp::from_millisecond(at).unwrap_or_default();
    let exact = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let said = words.time(&exact);
    view! { <time datetime=exact>{said}</time> }
}

/// A form of one button that does `what` to the thing of this id.
pub fn button(
    what: &'static str,
    id: &str,
    label: &'static str,
    about: &str,
) -> impl IntoView + use<> {
    let label_too = format!("{label}: {about}");
    view! {
        <form method="post">
            <input type="hidden" name="id" value=id.to_owned()/>
            <button name="do" value=what aria-label=label_too>{label}</button>
        </form>
    }
}

/// A field of a form: its name, what it is called, and what a browser may put into it by itself.
pub fn field(
    name: &'static str,
    kind: &'static str,
    label: &'static str,
    value: &str,
    complete: &'static str,
) -> impl IntoView + use<> {
    input(name, kind, label, value, complete, true)
}

/// The field for a code where nobody is told who has a second factor.
pub fn code_if_any(label: &'static str) -> impl IntoView + use<> {
    input("code", "text", label, "", "one-time-code", false)
}

fn input(
    name: &'static str,
    kind: &'static str,
    label: &'static str,
    value: &str,
    complete: &'static str,
    is_required: bool,
) -> impl IntoView + use<> {
    let plain = matches!(complete, "username" | "one-time-code").then_some("none");
    view! {
        <label>
            <span>{label}</span>
            <input
                name=name
                type=kind
                value=value.to_owned()
                autocomplete=complete
                autocapitalize=plain
                spellcheck="false"
                required=is_required
            />
        </label>
    }
}

/// A field for a number that need not be said; what `unsaid` means stands in it then.
pub fn amount(
    name: &'static str,
    label: &'static str,
    value: Option<u64>,
    unsaid: &str,
) -> impl IntoView + use<> {
    let unsaid = unsaid.to_owned();
    view! {
        <label>
            <span>{label}</span>
            <input
                name=name
                type="number"
                min="1"
                inputmode="numeric"
                value=value.map(|value| value.to_string())
                placeholder=unsaid
            />
        </label>
    }
}

/// The fields of how much somebody may have; `usual`: what is so where nothing is said.
pub fn allowance_fields(words: Words, own: &Allowance, usual: &Allowance) -> impl IntoView + use<> {
    let fields = [
        (
            "requests",
            words.requests_per_minute(),
            own.requests_per_minute,
            usual.requests_per_minute,
        ),
        (
            "at_once",
            words.answers_at_once(),
            own.at_once,
            usual.at_once,
        ),
        (
            "day",
            words.tokens_per_day(),
            own.tokens_per_day,
            usual.tokens_per_day,
        ),
        (
            "month",
            words.tokens_per_month(),
            own.tokens_per_month,
            usual.tokens_per_month,
        ),
    ];
    fields
        .map(|(name, label, own, usual)| {
            let unsaid = usual.map_or_else(|| words.no_limit().to_owned(), |it| it.to_string());
            amount(name, label, own, &unsaid)
        })
        .collect_view()
}

/// What such fields hold.
///
/// # Errors
/// When one holds no number.
pub fn allowance(requests: &str, at_once: &str, day: &str, month: &str) -> Result<Allowance> {
    Ok(Allowance {
        requests_per_minute: wanted(requests)?,
        at_once: wanted(at_once)?,
        tokens_per_day: wanted(day)?,
        tokens_per_month: wanted(month)?,
    })
}

/// What such a field holds.
///
/// # Errors
/// When it is no number.
pub fn wanted(text: &str) -> Result<Option<u64>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse().ok().filter(|number| *number > 0);
    let number: Result<u64> = number.ok_or_else(|| {
        let sentence = told::no_amount();
        Error::told(ErrorKind::BadRequest, sentence)
    });
    number.map(Some)
}

/// A form that could not be read.
pub fn unreadable(why: &FormRejection) -> Error {
    Error::told(
        ErrorKind::BadRequest,
        told::form_unreadable(&why.to_string()),
    )
}
