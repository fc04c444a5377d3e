//! The page's shell and root.

use leptos::{
    config::LeptosOptions,
    hydration::{AutoReload, HydrationScripts},
    prelude::*,
};

use crate::ui::page::{NAME, Page};

/// The whole document of a chat that is called so, or of a new one; rendered on the server only.
pub fn shell(options: LeptosOptions, title: Option<String>) -> impl IntoView {
    let title = title.map_or_else(|| NAME.to_owned(), |title| format!("{title} · {NAME}"));
    view! {
        <!DOCTYPE html>
        <html lang="en">
            {head(title, view! {
                <AutoReload options=options.clone()/>
                <HydrationScripts options/>
            })}
            <body>
                <App/>
            </body>
        </html>
    }
}

/// What every document of ours begins with, and `more`.
pub fn head(title: String, more: impl IntoView) -> impl IntoView {
    view! {
        <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"/>
            <title>{title}</title>
            <meta name="description" content="A fast, private chat page for Ollama."/>
            <meta name="color-scheme" content="light dark"/>
            <meta name="theme-color" media="(prefers-color-scheme: light)" content="#fbfaf7"/>
            <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#16181a"/>
            <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
            <link rel="apple-touch-icon" href="/icons/apple-touch-icon.png"/>
            <link rel="manifest" href="/manifest.webmanifest"/>
            <link id="leptos" rel="stylesheet" href="/pkg/brooklet.css"/>
            <noscript><link rel="stylesheet" href="/plain.css"/></noscript>
            {more}
        </head>
    }
}

/// The root of what is hydrated: the same on both sides.
#[component]
pub fn App() -> impl IntoView {
    view! { <Page/> }
}
