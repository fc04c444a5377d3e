//! The form in which the page sets how models are asked: `name=value` pairs in the encoding of forms.

use std::collections::HashMap;

use serde_json::Value;

use super::{What, Wrong, look};
use crate::{
    chat::{
        Settings,
        settings::{Kind, SETTINGS},
    },
    error::{Error, Result},
    words::Words,
};

/// Reads a form that was filled in with the settings `before`: gives what they are now, and what else it holds. A field
/// without text is not set; what the form cannot show stays as it was.
///
/// # Errors
/// 400 names the field as the form calls it.
pub fn read(
    words: Words,
    form: &str,
    before: &Settings,
) -> Result<(Settings, HashMap<String, String>)> {
    let mut settings = before.clone();
    let mut rest = HashMap::new();
    for (name, value) in form_urlencoded::parse(form.as_bytes()) {
        // Browsers send line breaks as networks have them.
        let value = value.replace("\r\n", "\n");
        let given = Some(value.trim()).filter(|value| !value.is_empty());
        match &*name {
            "model" => settings.model = given.map(str::to_owned),
            "system" => settings.system = given.unwrap_or_default().to_owned(),
            "think" => {
                settings.think =
                    given.map(|word| word.parse().map_or_else(|_| word.into(), Value::Bool));
            }
            "keep_alive" => {
                settings.keep_alive = given.map(|text| {
                    let seconds = text.parse::<i64>();
                    seconds.map_or_else(|_| text.into(), Value::from)
                });
            }
            name => match SETTINGS.iter().find(|it| it.name == name) {
                Some(setting) => {
                    let set = set(&mut settings, name, setting.kind, given);
                    set.map_err(|wrong| named(words, &wrong))?;
                }
                None => drop(rest.insert(name.to_owned(), value)),
            },
        }
    }
    look(&settings).map_err(|wrong| named(words, &wrong))?;
    Ok((settings, rest))
}

/// Sets an option to what was given.
fn set(settings: &mut Settings, name: &str, kind: Kind, given: Option<&str>) -> Result<(), Wrong> {
    let Some(given) = given else {
        settings.options.remove(name);
        return Ok(());
    };
    let value = match kind {
        Kind::Number(..) => given.parse::<f64>().map(Value::from).ok(),
        Kind::Whole(..) => given.parse::<i64>().map(Value::from).ok(),
        Kind::Texts => {
            // Spaces at their ends, and empty ones, cannot be seen in the form: untouched, they stay.
            let before = settings.options.get(name).and_then(Value::as_array);
            let before = before.into_iter().flatten().filter_map(Value::as_str);
            if before.collect::<Vec<_>>().join("\n").trim() == given {
                return Ok(());
            }
            let lines = given.lines().map(str::trim);
            Some(lines.filter(|it| !it.is_empty()).collect())
        }
    };
    let Some(value) = value else {
        return Err(Wrong {
            field: format!("options.{name}"),
            what: What::Bounds(kind),
        });
    };
    settings.options.insert(name.to_owned(), value);
    Ok(())
}

/// What is wrong, by what people read beside the field.
fn named(words: Words, Wrong { field, what }: &Wrong) -> Error {
    let option = field.strip_prefix("options.").unwrap_or(field);
    let label = match option {
        "model" => words.model(),
        "system" => words.system_prompt(),
        "think" => words.think_label(),
        "keep_alive" => words.keep_alive(),
        "options" => words.options(),
        name => {
            let setting = SETTINGS.iter().find(|it| it.name == name);
            setting.map_or(name, |setting| (setting.label)(words))
        }
    };
    Error::bad_request(what.of(words, &words.quoted(label)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use serde_json::json;

    use super::*;

    fn fresh(form: &str) -> Result<(Settings, HashMap<String, String>)> {
        read(Words::default(), form, &Settings::default())
    }

    #[test]
    fn a_form_becomes_settings() {
        let form = "model=llama3.2&system=Be+brief.%0D%0AAlways.&think=low&keep_alive=-1&temperature=0.5&top_k=\
                    &seed=7&stop=END%0D%0A%0D%0A+%23%23&preset=Mine";
        let (settings, rest) = fresh(form).unwrap();
        let wanted = json!({
            "model": "llama3.2",
            "system": "Be brief.\nAlways.",
            "think": "low",
            "keep_alive": -1,
            "options": {"temperature": 0.5, "seed": 7, "stop": ["END", "##"]},
        });
        assert_eq!(json!(settings), wanted);
        assert_eq!(json!(rest), json!({"preset": "Mine"}));
        assert_eq!(fresh("think=false").unwrap().0.think, Some(json!(false)));
    }

    #[test]
    fn what_the_form_cannot_show_stays() {
        let before = json!({
            "system": "Be brief.",
            "options": {"mirostat": 2, "stop": ["\n", "User: "], "seed": 7, "top_k": 5},
        });
        let before = serde_json::from_value(before).unwrap();
        let form = "system=&stop=%0D%0AUser%3A+&seed=&top_k=6";
        let (settings, _) = read(Words::default(), form, &before).unwrap();
        let wanted = json!({"options": {"mirostat": 2, "stop": ["\n", "User: "], "top_k": 6}});
        assert_eq!(json!(settings), wanted);
    }

    #[test]
    fn what_is_out_of_bounds_is_named_as_people_see_it() {
        for (form, named) in [
            (
                "temperature=2.1",
                "“Temperature” must be a number from 0 to 2.",
            ),
            ("temperature=NaN", "“Temperature”"),
            ("top_k=1.5", "“Top K” must be a whole number"),
            ("num_ctx=1", "“Context”"),
            ("think=hard", "“Thinking”"),
            ("keep_alive=10 minutes", "“Keep in memory”"),
            ("model=a%00b", "“Model”"),
            (
                &format!("system={}", "x".repeat(100_001)),
                "“System prompt” is over 100 kB",
            ),
            (&format!("stop={}", "x%0A".repeat(17)), "“Stop at”"),
        ] {
            let error = fresh(form).unwrap_err();
            assert!(error.message.contains(named), "{named}: {error}");
        }
    }
}
