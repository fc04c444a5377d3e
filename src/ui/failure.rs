//! What people get when there is no page to be had: documents without a script, made on the server alone.

use leptos::prelude::*;

use super::{icons, notice::Sentence, page::NAME};
use crate::{app, error::Error};

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
            {app::head(format!("{title} · {NAME}"), ())}
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
