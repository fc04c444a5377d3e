//! The language of scripts, `key=value,key=value,flag`: each key once, with
//! what it means and what it sets. What follows from it lives elsewhere.

use std::fmt::Write;
use std::num::NonZeroUsize;
use std::str::FromStr;

use crate::clock;
use crate::fault::{Break, Fault, Instead};
use crate::quirk::Quirk;
use crate::script::{Script, Speech};
use crate::words::Style;

/// A key, its value's form, what it means, and how it is set.
type Key = (
    &'static str,
    &'static str,
    &'static str,
    fn(&mut Script, &str) -> Result<(), String>,
);

const KEYS: [Key; 12] = [
    (
        "tokens",
        "N",
        "content tokens, 40 by default",
        |script, text| number(text).map(|tokens| script.tokens = tokens),
    ),
    (
        "thinking",
        "N",
        "thinking tokens before the content",
        |script, text| number(text).map(|tokens| script.thinking = tokens),
    ),
    (
        "text",
        "STYLE",
        "what the content is like",
        |script, text| {
            if text == ECHO {
                script.speech = Speech::Echo;
                return Ok(());
            }
            let style = Style::ALL.into_iter().find(|(name, _)| *name == text);
            let (_, style) = style.ok_or_else(|| format!("unknown text \"{text}\""))?;
            script.speech = Speech::Style(style);
            Ok(())
        },
    ),
    (
        "seed",
        "N",
        "another text of the same style",
        |script, text| number(text).map(|seed| script.seed = seed),
    ),
    (
        "rate",
        "N",
        "tokens per second; 0, the default, is as fast as the client reads",
        |script, text| {
            let rate: f64 = number(text)?;
            if !rate.is_finite() || rate < 0.0 {
                return Err(format!("\"{text}\" is not a rate"));
            }
            script.rate = rate;
            Ok(())
        },
    ),
    (
        "delay",
        "TIME",
        "silence before the headers (500ms, 2s)",
        |script, text| clock::duration(text).map(|delay| script.delay = delay),
    ),
    (
        "load",
        "TIME",
        "the same, once, until the model is in /api/ps",
        |script, text| clock::duration(text).map(|load| script.load = load),
    ),
    ("batch", "N", "lines per HTTP chunk", |script, text| {
        number(text).map(|lines: NonZeroUsize| script.batch = Some(lines))
    }),
    (
        "cut",
        "N",
        "bytes per HTTP chunk, wherever that cuts",
        |script, text| number(text).map(|bytes: NonZeroUsize| script.cut = Some(bytes)),
    ),
    (
        "long",
        "BYTES",
        "the first content line is padded to that length",
        |script, text| {
            script.long = number(text)?;
            if script.long > LONGEST {
                Err(format!("more than {LONGEST}"))
            } else {
                Ok(())
            }
        },
    ),
    (
        "reason",
        "WORD",
        "the done_reason, \"stop\" by default",
        |script, text| {
            text.clone_into(&mut script.reason);
            Ok(())
        },
    ),
    (
        "fault",
        "KIND[@N]",
        "breaks after N content tokens, or answers something else",
        |script, text| Fault::parse(text).map(|fault| script.fault = Some(fault)),
    ),
];

/// The style that says the question again.
const ECHO: &str = "echo";

/// A longer line than any client should accept.
const LONGEST: usize = 256 << 20;

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("\"{text}\" is not a number that fits"))
}

/// Changes `script` as `text` says.
pub(crate) fn apply(script: &mut Script, text: &str) -> Result<(), String> {
    for part in text.split(',').filter(|part| !part.is_empty()) {
        if let Some((name, value)) = part.split_once('=') {
            let key = KEYS.iter().find(|(known, ..)| *known == name);
            let (.., set) = key.ok_or_else(|| format!("unknown key \"{name}\""))?;
            set(script, value).map_err(|wrong| format!("{name}: {wrong}"))?;
        } else {
            let flag = Quirk::ALL.iter().find(|(known, ..)| *known == part);
            let (_, quirk, _) = flag.ok_or_else(|| format!("unknown flag \"{part}\""))?;
            script.quirks.add(*quirk);
        }
    }
    Ok(())
}

/// All keys, flags, styles and faults, a line each, for people.
#[must_use]
pub fn explain() -> String {
    let mut text =
        String::from("A model's name may be a script: sim:key=value,key=value,flag\n\nKeys:\n");
    let mut line = |left: &str, right: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {left:<20} {right}");
    };
    for (name, value, meaning, _) in KEYS {
        line(&format!("{name}={value}"), meaning);
    }
    line("text=STYLE", &Style::ALL.map(|(name, _)| name).join(", "));
    line("text=echo", "the question again, a character a token");
    for (name, _, meaning) in Break::ALL {
        line(&format!("fault={name}@N"), meaning);
    }
    for instead in Instead::ALL {
        let meaning = format!("a {} in place of the answer", instead.status);
        line(&format!("fault={}", instead.name), &meaning);
    }
    line("fault=badlen", "a Content-Length that promises too much");
    for (name, _, meaning) in Quirk::ALL {
        line(name, meaning);
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::script::ScriptError;

    #[test]
    fn mistakes_are_named() {
        let mistakes = [
            ("tokens=x", "tokens: \"x\" is not a number that fits"),
            ("tokens=-1", "tokens: \"-1\" is not a number that fits"),
            ("rate=-1", "rate: \"-1\" is not a rate"),
            ("rate=inf", "rate: \"inf\" is not a rate"),
            ("cut=0", "cut: \"0\" is not a number that fits"),
            ("text=poem", "text: unknown text \"poem\""),
            ("delay=5", "delay: time: missing unit in duration \"5\""),
            ("fault=fire", "fault: unknown fault \"fire\""),
            ("fault=eof@x", "fault: \"x\" is not a number of tokens"),
            ("fault=busy503@3", "fault: fault \"busy503\" has no place"),
            ("colour=red", "unknown key \"colour\""),
            ("tokens=1,red", "unknown flag \"red\""),
        ];
        for (text, wrong) in mistakes {
            let error = Script::parse(&format!("sim:{text}")).unwrap_err();
            assert_eq!(error, ScriptError::Invalid(wrong.to_owned()), "{text}");
        }
    }

    #[test]
    fn everything_explained_is_understood() {
        for (name, ..) in Quirk::ALL {
            assert!(Script::parse(&format!("sim:{name}")).is_ok(), "{name}");
        }
        for (name, ..) in Break::ALL {
            assert!(
                Script::parse(&format!("sim:fault={name}@3")).is_ok(),
                "{name}"
            );
        }
        assert!(explain().contains("fault=busy503"));
    }
}
