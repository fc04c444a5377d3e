//! What people get when there is no page to be had: documents without a script, made on the server alone.

use leptos::prelude::*;

use super::{icons, notice::Sentence, page::NAME, plain};
use crate::{app, error::Error, markdown::escape};

/// The document that tells an error.
pub fn html(error: &Error) -> String {
    document(
        "Not now",
        "This page cannot be shown now",
        view! {
            <p class="notice"><Sentence text=error.message.clone()/></p>
            // An empty address is the one that one is at.
            <p><a href="">"Try again"</a>" or "<a href="/">"begin a new chat"</a>"."</p>
        },
    )
}

/// The document that says why a question was not taken, and has it.
pub fn refused(error: &Error, asked: &Question<'_>) -> String {
    let mut fields = String::new();
    for (name, value) in asked.fields {
        plain::hidden(name, value, &mut fields);
    }
    let mut text = String::from("\n");
    escape(asked.text, &mut text);
    document(
        "Not asked",
        "This could not be asked",
        view! {
            <p class="notice"><Sentence text=error.message.clone()/></p>
            <form class="refused" method="post" action="/ask">
                <span hidden inner_html=fields></span>
                <label class="sr" for="question">"Your question"</label>
                <textarea id="question" name="text" rows="8" inner_html=text></textarea>
                <p><button>"Ask again"</button>" or "<a href="/">"begin a new chat"</a>"."</p>
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
pub fn offline() -> String {
    document(
        "Offline",
        "Brooklet cannot be reached",
        view! {
            <p>
                "Either this device is offline, or the machine that Brooklet runs on is. What was said is kept there, \
                 and an answer that was being written goes on."
            </p>
            <p><a class="again" href="">"Try again"</a></p>
        },
    )
}

fn document(title: &str, heading: &'static str, body: impl IntoView + 'static) -> String {
    let document = view! {
        <html lang="en">
            {app::head(format!("{title} · {NAME}"), None, ())}
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
