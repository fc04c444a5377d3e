//! The documents of the page: what stands around it, made on the server alone.

use leptos::{config::LeptosOptions, hydration::AutoReload, prelude::*};

use super::{App, scripts::scripts};
use crate::{ui::page::NAME, words::Words};

/// How somebody likes the page: what is set as `data-…` on its element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Liked {
    /// The language, by its code.
    pub language: Option<&'static str>,
    /// The colours: `light` or `dark`.
    pub theme: Option<&'static str>,
    /// What Enter does: `line`.
    pub enter: Option<&'static str>,
    /// Whether single keys do something: `off`.
    pub keys: Option<&'static str>,
}

/// The whole document of a chat that is called so, or of a new one; rendered on the server only. `palette`: its frame, as
/// HTML.
pub fn shell(
    options: LeptosOptions,
    words: Words,
    title: Option<String>,
    liked: Liked,
    palette: String,
) -> impl IntoView {
    let title = title.map_or_else(|| NAME.to_owned(), |title| format!("{title} · {NAME}"));
    view! {
        <!DOCTYPE html>
        <html
            lang=words.code()
            data-language=liked.language
            data-theme=liked.theme
            data-enter=liked.enter
            data-keys=liked.keys
        >
            {head(words, title, liked.theme, view! {
                <AutoReload options=options.clone()/>
                {scripts(options)}
            })}
            <body>
                <App/>
                <template id="palette" inner_html=palette></template>
                <script id="words" type="text/plain" inner_html=words.of_page()></script>
            </body>
        </html>
    }
}

/// What every document of ours begins with, and `more`; `theme`: the colours, if not the system's.
pub fn head(
    words: Words,
    title: String,
    theme: Option<&'static str>,
    more: impl IntoView,
) -> impl IntoView {
    // What a browser has around the page goes with it.
    let paper = |colour: &'static str, system: &'static str| {
        let media = theme
            .is_none()
            .then(|| format!("(prefers-color-scheme: {system})"));
        let wanted = theme.is_none_or(|theme| theme == system);
        wanted.then(|| view! { <meta name="theme-color" content=colour/> }.attr("media", media))
    };
    view! {
        <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"/>
            <title>{title}</title>
            <meta name="description" content=words.description()/>
            <meta name="color-scheme" content="light dark"/>
            {paper("#fbfaf7", "light")}
            {paper("#16181a", "dark")}
            <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
            <link rel="apple-touch-icon" href="/icons/apple-touch-icon.png"/>
            <link rel="manifest" href="/manifest.webmanifest"/>
            <link id="leptos" rel="stylesheet" href="/pkg/brooklet.css"/>
            <noscript><link rel="stylesheet" href="/plain.css"/></noscript>
            {more}
        </head>
    }
}
