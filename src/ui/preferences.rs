//! How one can like the page: what there is to prefer, and the form for it. On the server alone.

use leptos::prelude::*;

use crate::{
    app::Liked,
    words::{Said, Words},
};

/// What a preference can be, and what that is called.
type Choice = (&'static str, Said);

/// What can be preferred beside the language: its name, what it is about, and what it can be, of which the first is the
/// usual.
const PREFERENCES: [(&str, Said, &[Choice]); 3] = [
    (
        "theme",
        Words::colours,
        &[
            ("", Words::as_system),
            ("light", Words::light),
            ("dark", Words::dark),
        ],
    ),
    (
        "enter",
        Words::enter,
        &[("", Words::enter_sends), ("line", Words::enter_line)],
    ),
    (
        "keys",
        Words::single_keys_label,
        &[("", Words::single_do), ("off", Words::single_off)],
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
        if name == "language" {
            all.language = Words::of(value).map(Words::code);
        }
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
pub fn html(words: Words) -> String {
    let languages = [("", words.as_browser())].into_iter().chain(Words::all());
    let languages = group("language", words.language(), languages);
    let groups = PREFERENCES.iter().map(|(name, label, values)| {
        let values = values.iter().map(|(value, label)| (*value, label(words)));
        group(name, label(words), values)
    });
    view! {
        <div class="preferences">
            <h2>{words.preferences()}</h2>
            {languages}
            {groups.collect_view()}
            <p>{words.kept_by_browser()}</p>
            <div class="ends"><button class="main" type="button" data-verb="close">{words.done()}</button></div>
        </div>
    }
    .to_html()
}

/// What one thing can be.
fn group(
    name: &'static str,
    label: &'static str,
    values: impl Iterator<Item = (&'static str, &'static str)>,
) -> AnyView {
    // What a language calls itself is in that language.
    let lang = |value: &'static str| (name == "language" && !value.is_empty()).then_some(value);
    let values = values.map(|(value, label)| {
        view! {
            <label>
                <input type="radio" name=name value=value data-preference=name checked=value.is_empty()/>
                " "<span lang=lang(value)>{label}</span>
            </label>
        }
    });
    let values = values.collect_view();
    view! { <fieldset><legend>{label}</legend>{values}</fieldset> }.into_any()
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
            ..Liked::default()
        };
        assert_eq!(
            liked(&["a=b; brooklet-theme=dark", "brooklet-enter=line"]),
            dark
        );
        assert_eq!(liked(&["brooklet-language=de"]).language, Some("de"));
        for nothing in [
            "brooklet-theme=\"><script>",
            "brooklet-theme=",
            "theme=dark",
            "brooklet-other=dark",
            "brooklet-language=xx",
            ";=;",
        ] {
            assert_eq!(liked(&[nothing]), Liked::default(), "{nothing}");
        }
    }
}
