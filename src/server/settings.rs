//! Settings: what can be set, within which bounds, and how a form of the page becomes settings.

use serde_json::{Map, Value};

use crate::{
    chat::Settings,
    error::{Error, Result},
};

/// The longest system prompt, in bytes.
const LONGEST_SYSTEM: usize = 100_000;

/// How many stop sequences there may be, and how long each, in bytes.
const MOST_STOPS: usize = 16;
const LONGEST_STOP: usize = 200;

/// An option of Ollama's.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name, as Ollama has it.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// What it is unless set.
    pub usual: &'static str,
    /// What it does.
    pub help: &'static str,
}

/// What an option may be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A number between two bounds.
    Number(f64, f64),
    /// A whole number between two bounds.
    Whole(i64, i64),
    /// A list of texts.
    Texts,
}

/// What can be set, in the order in which people are shown it.
pub const SETTINGS: [Setting; 9] = [
    Setting {
        name: "temperature",
        label: "Temperature",
        kind: Kind::Number(0.0, 2.0),
        usual: "0.8",
        help: "Higher is more varied, lower is more to the point; 0 always takes the likeliest word.",
    },
    Setting {
        name: "top_p",
        label: "Top P",
        kind: Kind::Number(0.0, 1.0),
        usual: "0.9",
        help: "Only the likeliest words that together reach this probability are taken.",
    },
    Setting {
        name: "top_k",
        label: "Top K",
        kind: Kind::Whole(0, 1000),
        usual: "40",
        help: "Only so many of the likeliest words are taken; 0 takes all.",
    },
    Setting {
        name: "min_p",
        label: "Min P",
        kind: Kind::Number(0.0, 1.0),
        usual: "0",
        help: "Words that are less likely than this part of the likeliest one are not taken.",
    },
    Setting {
        name: "repeat_penalty",
        label: "Repeat penalty",
        kind: Kind::Number(0.0, 2.0),
        usual: "1.1",
        help: "Above 1, words that were just used are less likely.",
    },
    Setting {
        name: "seed",
        label: "Seed",
        kind: Kind::Whole(-1, 2_147_483_647),
        usual: "by chance",
        help: "The same seed gives the same answer to the same question.",
    },
    Setting {
        name: "num_predict",
        label: "Longest answer",
        kind: Kind::Whole(-1, 1_000_000),
        usual: "no limit",
        help: "In tokens; -1 sets no limit.",
    },
    Setting {
        name: "num_ctx",
        label: "Context",
        kind: Kind::Whole(256, 10_000_000),
        usual: "by the server",
        help: "How much the model has before its eyes, in tokens. A change loads the model anew, and more takes more memory.",
    },
    Setting {
        name: "stop",
        label: "Stop at",
        kind: Kind::Texts,
        usual: "nothing",
        help: "The answer ends before any of these texts; one a line.",
    },
];

/// The levels of thinking: their values in a form, and what people call them.
pub const THINKING: [(&str, &str); 7] = [
    ("", "As the model does"),
    ("false", "Off"),
    ("true", "On"),
    ("low", "Low"),
    ("medium", "Medium"),
    ("high", "High"),
    ("max", "Most"),
];

/// Holds settings to their bounds; `at` is where they stand in the request.
///
/// # Errors
/// 400 names the field.
pub fn check(settings: &Settings, at: &str) -> Result<()> {
    let wrong = |field: &str, what: &str| Err(Error::bad_request(format!("`{at}{field}` {what}.")));
    if settings.system.len() > LONGEST_SYSTEM {
        return wrong("system", "is over 100 kB. Say less");
    }
    match &settings.think {
        None | Some(Value::Bool(_)) => {}
        Some(Value::String(level)) if THINKING[3..].iter().any(|(name, _)| name == level) => {}
        Some(_) => {
            return wrong(
                "think",
                "must be true, false, `low`, `medium`, `high` or `max`",
            );
        }
    }
    match &settings.keep_alive {
        None => {}
        Some(Value::Number(seconds)) if seconds.as_i64().is_some() => {}
        Some(Value::String(text)) if is_duration(text) => {}
        Some(_) => {
            return wrong(
                "keep_alive",
                "must be a duration such as `5m` or `1h30m`, or a number of seconds",
            );
        }
    }
    for (name, value) in &settings.options {
        // What this version does not know may be known to the model's server.
        let Some(setting) = SETTINGS.iter().find(|it| it.name == name) else {
            continue;
        };
        let right = match setting.kind {
            Kind::Number(least, most) => value
                .as_f64()
                .is_some_and(|it| (least..=most).contains(&it)),
            Kind::Whole(least, most) => value
                .as_i64()
                .is_some_and(|it| (least..=most).contains(&it)),
            Kind::Texts => value.as_array().is_some_and(|texts| {
                texts.len() <= MOST_STOPS
                    && texts.iter().all(|text| {
                        let text = text.as_str().unwrap_or_default();
                        !text.is_empty() && text.len() <= LONGEST_STOP
                    })
            }),
        };
        if !right {
            return wrong(&format!("options.{name}"), &bounds(setting.kind));
        }
    }
    Ok(())
}

/// What a value must be, in words.
fn bounds(kind: Kind) -> String {
    match kind {
        Kind::Number(least, most) => format!("must be a number from {least} to {most}"),
        Kind::Whole(least, most) => format!("must be a whole number from {least} to {most}"),
        Kind::Texts => format!("must be at most {MOST_STOPS} texts of 1 to {LONGEST_STOP} bytes"),
    }
}

/// Reads the form in which the page sets them: `name=value` pairs in the encoding of forms. Nothing is not set.
///
/// # Errors
/// 400 names the field.
pub fn read_form(form: &str) -> Result<(Settings, Map<String, Value>)> {
    let mut settings = Settings::default();
    let mut rest = Map::new();
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
            name => match (SETTINGS.iter().find(|it| it.name == name), given) {
                (Some(setting), Some(given)) => {
                    let value = match setting.kind {
                        Kind::Number(..) => given.parse::<f64>().map(Value::from).ok(),
                        Kind::Whole(..) => given.parse::<i64>().map(Value::from).ok(),
                        Kind::Texts => Some(
                            given
                                .lines()
                                .map(str::trim)
                                .filter(|it| !it.is_empty())
                                .collect(),
                        ),
                    };
                    let value = value.ok_or_else(|| {
                        Error::bad_request(format!("`{name}` {}.", bounds(setting.kind)))
                    })?;
                    settings.options.insert(name.to_owned(), value);
                }
                (Some(_), None) => {}
                (None, _) => drop(rest.insert(name.to_owned(), value.into())),
            },
        }
    }
    check(&settings, "")?;
    Ok((settings, rest))
}

/// Whether a text is a duration as Ollama reads it: numbers with units, such as `1h30m`.
fn is_duration(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut rest = text;
    while !rest.is_empty() {
        let number = rest.trim_start_matches(|it: char| it.is_ascii_digit() || it == '.');
        let unit = ["ns", "us", "µs", "ms", "s", "m", "h"]
            .into_iter()
            .filter_map(|unit| number.strip_prefix(unit))
            .min_by_key(|rest| rest.len());
        match unit {
            Some(after) if number.len() < rest.len() => rest = after,
            _ => return false,
        }
    }
    !text.is_empty()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_becomes_settings() {
        let form = "model=llama3.2&system=Be+brief.%0D%0AAlways.&think=low&keep_alive=-1&temperature=0.5&top_k=\
                    &seed=7&stop=END%0D%0A%0D%0A+%23%23&preset=Mine";
        let (settings, rest) = read_form(form).unwrap();
        let wanted = json!({
            "model": "llama3.2",
            "system": "Be brief.\nAlways.",
            "think": "low",
            "keep_alive": -1,
            "options": {"temperature": 0.5, "seed": 7, "stop": ["END", "##"]},
        });
        assert_eq!(json!(settings), wanted);
        assert_eq!(Value::Object(rest), json!({"preset": "Mine"}));
        assert_eq!(
            read_form("think=false").unwrap().0.think,
            Some(json!(false))
        );
    }

    #[test]
    fn what_is_out_of_bounds_is_named() {
        for (form, named) in [
            (
                "temperature=2.1",
                "`options.temperature` must be a number from 0 to 2",
            ),
            ("temperature=NaN", "`options.temperature`"),
            ("top_k=1.5", "`top_k` must be a whole number"),
            ("num_ctx=1", "`options.num_ctx`"),
            ("think=hard", "`think`"),
            ("keep_alive=10 minutes", "`keep_alive`"),
            (
                &format!("system={}", "x".repeat(100_001)),
                "`system` is over 100 kB",
            ),
            (&format!("stop={}", "x%0A".repeat(17)), "`options.stop`"),
        ] {
            let error = read_form(form).unwrap_err();
            assert!(error.message.contains(named), "{named}: {error}");
        }
    }

    #[test]
    fn durations_are_those_of_ollama() {
        for text in ["5m", "1h30m", "-1s", "0.5h", "100ms"] {
            assert!(is_duration(text), "{text}");
        }
        for text in ["", "5", "m", "5 m", "5x", "-"] {
            assert!(!is_duration(text), "{text}");
        }
    }
}
