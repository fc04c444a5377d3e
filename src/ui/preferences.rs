//! How one can like the page: what there is to prefer, and the form for it. On the server alone.

use leptos::prelude::*;

use crate::app::Liked;

/// What a preference can be, and what that is called.
type Choice = (&'static str, &'static str);

/// What can be preferred: its name, what it is about, and what it can be, of which the first is the usual.
const PREFERENCES: [(&str, &str, &[Choice]); 3] = [
    (
        "theme",
        "Colours",
        &[("", "As the system"), ("light", "Light"), ("dark", "Dark")],
    ),
    (
        "enter",
        "Enter",
        &[
            ("", "Sends; Shift Enter makes a new line"),
            ("line", "Makes a new line; Ctrl Enter sends"),
        ],
    ),
    (
        "keys",
        "Single keys",
        &[("", "Do something (?)"), ("off", "Do nothing")],
    ),
];

/// What somebody prefers, as the cookies of a request have it; what is none of it is nothing.
pub fn read<'a>(cookies: impl Iterator<Item = &'a str>) -> Liked {
    let mut all = Liked::default();
    for pair in cookies.flat_map(|cookies| cookies.split(';')) {
        let Some((name, value)) = pair.trim().split_once('=') else {
            continue;
        };
        let name = name.strip_prefix("brooklet-").unwrap_or_default();
        let known = PREFERENCES.iter().find(|(it, ..)| *it == name);
        let values = known.map(|(_, _, values)| *values).unwrap_or_default();
        let value = values.iter().skip(1).find(|(it, _)| *it == value);
        let value = value.map(|(value, _)| *value);
        match name {
            "theme" => all.theme = value,
            "enter" => all.enter = value,
            "keys" => all.keys = value,
            _ => {}
        }
    }
    all
}

/// The form as HTML; what is set in it is known to the browser.
pub fn html() -> String {
    let groups = PREFERENCES.iter().map(|(name, label, values)| {
        let values = values.iter().map(|(value, label)| {
            view! {
                <label>
                    <input type="radio" name=*name value=*value data-preference=*name checked=value.is_empty()/>
                    " "{*label}
                </label>
            }
        });
        view! { <fieldset><legend>{*label}</legend>{values.collect_view()}</fieldset> }
    });
    view! {
        <div class="preferences">
            <h2>"Preferences"</h2>
            {groups.collect_view()}
            <p>"They are kept by this browser."</p>
            <div class="ends"><button class="main" type="button" data-verb="close">"Done"</button></div>
        </div>
    }
    .to_html()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_say_what_is_preferred_and_nothing_else() {
        let liked = |cookies: &[&str]| read(cookies.iter().copied());
        let dark = Liked {
            theme: Some("dark"),
            enter: Some("line"),
            keys: None,
        };
        assert_eq!(
            liked(&["a=b; brooklet-theme=dark", "brooklet-enter=line"]),
            dark
        );
        for nothing in [
            "brooklet-theme=\"><script>",
            "brooklet-theme=",
            "theme=dark",
            "brooklet-other=dark",
            ";=;",
        ] {
            assert_eq!(liked(&[nothing]), Liked::default(), "{nothing}");
        }
    }
}
