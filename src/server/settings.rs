//! Settings are held to their bounds ([`SETTINGS`] has those of options). How a form of the page becomes settings is in
//! `form`.

mod form;

use serde_json::Value;

pub use form::read;

use super::question;
use crate::{
    chat::{
        Settings,
        settings::{Kind, SETTINGS, THINKING},
    },
    error::{Error, Result},
    words::Words,
};

/// The longest system prompt, in bytes.
const LONGEST_SYSTEM: usize = 100_000;

/// How many stop sequences there may be, and how long each, in bytes.
const MOST_STOPS: usize = 16;
const LONGEST_STOP: usize = 200;

/// How much all options may be, in bytes of JSON: each answer keeps those that it was asked for with.
const MOST_OPTIONS: usize = 20_000;

/// What is wrong with settings.
struct Wrong {
    /// Which field: `think`, or `options.seed`.
    field: String,
    /// What is wrong with it.
    what: What,
}

/// What is wrong with a field.
#[derive(Clone, Copy)]
enum What {
    Model,
    Long,
    Think,
    KeepAlive,
    Many,
    Bounds(Kind),
}

impl What {
    /// That of this field, in a sentence.
    fn of(self, words: Words, field: &str) -> String {
        match self {
            Self::Model => words.wrong_model(field),
            Self::Long => words.wrong_long(field),
            Self::Think => words.wrong_think(field),
            Self::KeepAlive => words.wrong_keep_alive(field),
            Self::Many => words.wrong_many(field),
            Self::Bounds(Kind::Number(least, most)) => {
                words.wrong_number(field, &least.to_string(), &most.to_string())
            }
            Self::Bounds(Kind::Whole(least, most)) => {
                words.wrong_whole(field, &least.to_string(), &most.to_string())
            }
            Self::Bounds(Kind::Texts) => {
                words.wrong_texts(field, &MOST_STOPS.to_string(), &LONGEST_STOP.to_string())
            }
        }
    }
}

/// Holds settings to their bounds; `at` is where they stand in the request.
///
/// # Errors
/// 400 names the field.
pub fn check(settings: &Settings, at: &str) -> Result<()> {
    // What a program is told of its request is in English.
    look(settings).map_err(|Wrong { field, what }| {
        Error::bad_request(what.of(Words::default(), &format!("`{at}{field}`")))
    })
}

fn look(settings: &Settings) -> Result<(), Wrong> {
    let wrong = |field: &str, what: What| {
        Err(Wrong {
            field: field.to_owned(),
            what,
        })
    };
    if let Some(model) = &settings.model
        && !question::is_name(model)
    {
        return wrong("model", What::Model);
    }
    if settings.system.len() > LONGEST_SYSTEM {
        return wrong("system", What::Long);
    }
    match &settings.think {
        None | Some(Value::Bool(_)) => {}
        Some(Value::String(level)) if THINKING[3..].iter().any(|(name, _)| name == level) => {}
        Some(_) => {
            return wrong("think", What::Think);
        }
    }
    match &settings.keep_alive {
        None => {}
        Some(Value::Number(seconds)) if seconds.as_i64().is_some() => {}
        Some(Value::String(text)) if is_duration(text) => {}
        Some(_) => {
            return wrong("keep_alive", What::KeepAlive);
        }
    }
    if serde_json::to_string(&settings.options).is_ok_and(|json| json.len() > MOST_OPTIONS) {
        return wrong("options", What::Many);
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
            return wrong(&format!("options.{name}"), What::Bounds(setting.kind));
        }
    }
    Ok(())
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
    use super::*;

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
