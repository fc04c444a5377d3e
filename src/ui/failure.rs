//! What people get when there is no page to be had: a document without a script, made on the server alone.

use leptos::prelude::*;

use super::{icons, notice::Sentence, page::NAME};
use crate::{app, error::Error};

/// The document that tells an error.
pub fn html(error: &Error) -> String {
    let document = view! {
        <html lang="en">
            {app::head(format!("Not now · {NAME}"), ())}
            <body>
                <div class="page">
                    <div class="desk">
                        <header class="bar">
                            <h1 class="brand">{icons::brook()}{NAME}</h1>
                        </header>
                        <main class="transcript">
                            <div class="column">
                                <section class="welcome">
                                    <h2>"This page cannot be shown now"</h2>
                                    <p class="notice"><Sentence text=error.message.clone()/></p>
                                    // An empty address is the one that one is at.
                                    <p><a href="">"Try again"</a>" or "<a href="/">"begin a new chat"</a>"."</p>
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
