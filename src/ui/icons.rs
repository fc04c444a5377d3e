//! Drawings: inline, in the text's colour, silent to a screen reader.

use leptos::prelude::*;

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident: $path:literal;)*) => {$(
        $(#[$doc])*
        pub fn $name() -> impl IntoView {
            view! {
                <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
                    <path d=$path/>
                </svg>
            }
        }
    )*};
}

icons! {
    /// An arrow up: send.
    send: "M12 19V5M5 12l7-7 7 7";
    /// A paper clip: attach.
    clip: "M19 11.5l-7.2 7.2a4.6 4.6 0 0 1-6.5-6.5l7.6-7.6a3 3 0 0 1 4.3 4.3l-7.4 7.4a1.5 1.5 0 0 1-2.1-2.1l6.7-6.7";
    /// A square: stop.
    stop: "M7 7h10v10H7z";
    /// A pen over a sheet: a new chat.
    new_chat: "M12 5H6a2 2 0 0 0-2 2v11a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2v-6M10 14l.5-3 7-7a1.8 1.8 0 0 1 2.5 2.5l-7 7z";
    /// An arrow down: the latest.
    down: "M12 5v14M5 12l7 7 7-7";
    /// Three dots: more.
    more: "M5 12h.01M12 12h.01M19 12h.01";
    /// Three lines: the list.
    list: "M4 7h16M4 12h16M4 17h16";
    /// Two sliders: settings.
    settings: "M4 8h9M19 8h1M4 16h1M11 16h9M16 5.5v5M8 13.5v5";
    /// A circle of which one half is dark: how one likes the page.
    half: "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16M12 8.5l3.5-2.5M12 12.5l6-4M12 16.5l7-5M13 20l6-4.5";
    /// Three waves: the brook.
    brook: "M3 7.5c3-3 6-3 9 0s6 3 9 0M3 12.5c3-3 6-3 9 0s6 3 9 0M3 17.5c3-3 6-3 9 0s6 3 9 0";
}

/// Two sheets: copy.
pub const COPY: &str = "M9 9h10v11H9zM15 9V5H5v11h4";
/// Three dots: more.
pub const MORE: &str = "M5 12h.01M12 12h.01M19 12h.01";
/// A bin: delete.
pub const BIN: &str = "M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7M10.5 11v5M13.5 11v5";
/// A pen: edit.
pub const EDIT: &str = "M4 20l1-4L16.5 4.5a2.1 2.1 0 0 1 3 3L8 19z";
/// An arrow in a circle: once more.
pub const AGAIN: &str = "M20 11a8 8 0 1 0-2.3 6.3M20 5v6h-6";
/// To the left.
pub const LEFT: &str = "M14 6l-6 6 6 6";
/// To the right.
pub const RIGHT: &str = "M10 6l6 6-6 6";

/// Appends a drawing to HTML that is made as text.
pub fn write(path: &str, html: &mut String) {
    html.push_str(r#"<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=""#);
    html.push_str(path);
    html.push_str(r#""/></svg>"#);
}
