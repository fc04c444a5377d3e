//! What people get when there is no page to be had: documents without a script, made on the server alone.

use leptos::prelude::*;

use super::{icons, notice, page::NAME, plain};
use crate::{
    app,
    error::{Error, ErrorKind},
    markdown::escape,
    words::Words,
};

/// The document that tells an error.
pub fn html(words: Words, error: &Error) -> String {
    // An empty address is the one that one is at.
    let (to, way) = match error.kind {
        ErrorKind::SignedOut => ("/login", words.sign_in()),
        _ => ("", words.try_again()),
    };
    document(
        words,
        words.not_now_title(),
        words.not_now_heading(),
        view! {
            <p class="notice" inner_html=told(words, error)></p>
            <p class="ways"><a href=to>{way}</a>" "<a href="/">{words.begin_new_chat()}</a></p>
        },
    )
}

/// The document that says why a question was not taken, and has it.
pub fn refused(words: Words, error: &Error, asked: &Question<'_>) -> String {
    let mut fields = String::new();
    for (name, value) in asked.fields {
        plain::hidden(name, value, &mut fields);
    }
    let mut text = String::from("\n");
    escape(asked.text, &mut text);
    document(
        words,
        words.not_asked_title(),
        words.not_asked_heading(),
        view! {
            <p class="notice" inner_html=told(words, error)></p>
            <form class="refused" method="post" action="/ask">
                <span hidden inner_html=fields></span>
                <label class="sr" for="question">{words.your_question()}</label>
                <textarea id="question" name="text" rows="8" inner_html=text></textarea>
                <p class="ways"><button>{words.ask_again()}</button>" "<a href="/">{words.begin_new_chat()}</a></p>
            </form>
        },
    )
}

/// A question that was not taken.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// It.
    pub text: &'a str,
    /// What else the form knew.
    pub fields: &'a [(&'a str, &'a str)],
}

/// The document that `public/sw.js` keeps for when there is no server to ask.
pub fn offline(words: Words) -> String {
    document(
        words,
        words.offline_title(),
        words.offline_heading(),
        view! {
            <p>{words.offline_why()}</p>
            <p><a class="again" href="">{words.try_again()}</a></p>
        },
    )
}

/// What there is to be told of an error, as HTML.
fn told(words: Words, error: &Error) -> String {
    notice::html(&error.in_words(words).message)
}

fn document(
    words: Words,
    title: &str,
    heading: &'static str,
    body: impl IntoView + 'static,
) -> String {
    let document = view! {
        <html lang=words.code()>
            {app::head(words, format!("{title} · {NAME}"), None, ())}
            <body>
                <div class="page">
                    <div class="desk">
                        <header class="bar">
                            <h1 class="brand">{icons::brook()}<span>{NAME}</span></h1>
                        </header>
                        <main class="transcript">
                            <div class="column">
                                <section class="welcome">
                                    <h2>{heading}</h2>
                                    {body}
                                </section>
                            </div>
                        </main>
                    </div>
                </div>
            </body>
        </html>
    };
    format!("<!DOCTYPE html>{}", document.to_html())
}
