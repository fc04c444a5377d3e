//! What a model says and how. The language it is written in lives in `keys`,
//! its tokens in `token`, the order of lines in `steps`, their timing in
//! `answer`.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use crate::catalogue::Model;
use crate::fault::Fault;
use crate::quirk::{Quirk, Quirks};
use crate::token::{Kind, Tokens};
use crate::words::{Style, Words};
use crate::{demo, keys};

/// What a model says and how, as its name tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    pub(crate) speech: Speech,
    pub(crate) tokens: usize,
    pub(crate) thinking: usize,
    pub(crate) said: Said,
    pub(crate) seed: u64,
    pub(crate) rate: f64,
    pub(crate) delay: Duration,
    pub(crate) load: Duration,
    pub(crate) batch: Option<NonZeroUsize>,
    pub(crate) cut: Option<NonZeroUsize>,
    pub(crate) long: usize,
    pub(crate) reason: String,
    pub(crate) fault: Option<Fault>,
    pub(crate) quirks: Quirks,
}

/// How much of the content has been said before: whole tokens, and bytes of
/// the one after them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) tokens: usize,
    pub(crate) bytes: usize,
}

/// What the content is made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Speech {
    Style(Style),
    /// The demo, whose answer depends on the question.
    Demo,
    /// The question again, a character a token: whatever a test wants to be said, cut anywhere.
    Echo,
    Text(Arc<str>),
    Spelt(Arc<str>),
}

/// Why a model's name is no script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScriptError {
    /// Neither in the catalogue nor a script.
    Unknown,
    /// A script with a mistake, and which.
    Invalid(String),
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("neither in the catalogue nor a script"),
            Self::Invalid(wrong) => write!(f, "sim: {wrong}"),
        }
    }
}

impl std::error::Error for ScriptError {}

impl Default for Script {
    fn default() -> Self {
        Self {
            speech: Speech::Style(Style::Lorem),
            tokens: 40,
            thinking: 0,
            said: Said::default(),
            seed: 0,
            rate: 0.0,
            delay: Duration::ZERO,
            load: Duration::ZERO,
            batch: None,
            cut: None,
            long: 0,
            reason: "stop".to_owned(),
            fault: None,
            quirks: Quirks::default(),
        }
    }
}

impl Script {
    /// The script of the model `name`: a name of the catalogue or
    /// `sim:key=value,key=value,flag`. As in Ollama, case does not matter and
    /// the tag `:latest` may be left out.
    ///
    /// # Errors
    ///
    /// When there is no such model, or its script has a mistake.
    pub fn parse(name: &str) -> Result<Self, ScriptError> {
        let name = canonical(name);
        let mut script = Self::default();
        let text = match (Model::find(&name), name.strip_prefix("sim:")) {
            (Some(model), _) => {
                if model.is_demo() {
                    script.speech = Speech::Demo;
                }
                model.script
            }
            (None, Some(text)) => text,
            (None, None) if name == "sim" => "",
            (None, None) => return Err(ScriptError::Unknown),
        };
        keys::apply(&mut script, text).map_err(ScriptError::Invalid)?;
        Ok(script)
    }

    /// The script as it answers `question`; only the demo and the echo
    /// mind what they are asked.
    #[must_use]
    pub fn asked(mut self, question: &str) -> Self {
        match self.speech {
            Speech::Demo => {
                let text: Arc<str> = demo::answer(question).into();
                self.tokens = Words::fixed(Arc::clone(&text)).count();
                self.speech = Speech::Text(text);
            }
            Speech::Echo => {
                self.tokens = question.chars().count();
                self.speech = Speech::Spelt(question.into());
            }
            Speech::Style(_) | Speech::Text(_) | Speech::Spelt(_) => {}
        }
        self
    }

    /// The script as it goes on after `said`, without thinking anew: only if
    /// its content begins so.
    #[must_use]
    pub fn after(mut self, said: &str) -> Self {
        if said.is_empty() || !self.content().starts_with(said) {
            return self;
        }
        self.thinking = 0;
        let mut left = said.len();
        for token in self.tokens() {
            if token.text.len() > left {
                break;
            }
            left -= token.text.len();
            self.said.tokens += 1;
        }
        self.said.bytes = left;
        self
    }

    /// The whole content, as it arrives when no fault cuts it. With
    /// `text=stamp` only the numbers are the same each time, not the stamps.
    #[must_use]
    pub fn content(&self) -> String {
        self.text(Kind::Content)
    }

    /// The whole thinking, as it arrives when no fault cuts it.
    #[must_use]
    pub fn thinking(&self) -> String {
        self.text(Kind::Thinking)
    }

    /// Both, token by token in the order of sending.
    #[must_use]
    pub fn tokens(&self) -> Tokens {
        Tokens::of(self)
    }

    /// Whether the model can think.
    #[must_use]
    pub const fn can_think(&self) -> bool {
        self.thinking > 0
    }

    /// Whether the script asks for `quirk`.
    #[must_use]
    pub const fn has(&self, quirk: Quirk) -> bool {
        self.quirks.has(quirk)
    }

    /// Cuts the answer to `limit` tokens, as `num_predict` does.
    pub(crate) fn limit(&mut self, limit: usize) {
        let said = self.said.tokens;
        if self.thinking + self.tokens > limit + said {
            self.thinking = self.thinking.min(limit);
            self.tokens = limit + said - self.thinking;
            "length".clone_into(&mut self.reason);
        }
    }

    fn text(&self, kind: Kind) -> String {
        let tokens = self.tokens().filter(|token| token.kind == kind);
        tokens.map(|token| token.text).collect()
    }
}

/// A model's name without what does not matter.
pub(crate) fn canonical(name: &str) -> String {
    let name = name.to_lowercase();
    name.strip_suffix(":latest")
        .map(str::to_owned)
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::fault::Break;

    #[test]
    fn a_name_is_a_script() {
        let name = "sim:tokens=200,rate=40,delay=500ms,thinking=20,fault=eof@10,crlf,seed=3";
        let script = Script::parse(name).unwrap();
        let mut quirks = Quirks::default();
        quirks.add(Quirk::Crlf);
        let expected = Script {
            tokens: 200,
            thinking: 20,
            seed: 3,
            rate: 40.0,
            delay: Duration::from_millis(500),
            fault: Some(Fault::Midway(Break::Eof, 10)),
            quirks,
            ..Script::default()
        };
        assert_eq!(script, expected);
        assert_eq!(script.tokens().count(), 220);
        assert!(!script.content().is_empty() && script.content() != script.thinking());
    }

    #[test]
    fn names_are_forgiving_as_in_ollama() {
        for name in ["sim", "sim:", "SIM:tokens=40", "sim:tokens=40:latest"] {
            assert_eq!(Script::parse(name), Ok(Script::default()), "{name}");
        }
        assert_eq!(Script::parse("Llama3.2:latest"), Script::parse("llama3.2"));
        assert_eq!(Script::parse("gpt-6"), Err(ScriptError::Unknown));
    }

    #[test]
    fn a_limit_cuts_thinking_and_content() {
        let mut script = Script::parse("sim:thinking=10,tokens=10").unwrap();
        script.limit(20);
        assert_eq!(script.reason, "stop");
        script.limit(12);
        assert_eq!(
            (script.thinking, script.tokens, &*script.reason),
            (10, 2, "length")
        );
        script.limit(3);
        assert_eq!((script.thinking, script.tokens), (3, 0));
    }

    #[test]
    fn an_answer_goes_on_after_what_was_said() {
        for model in ["sim:tokens=50,thinking=3", "sim:tokens=50,text=unicode"] {
            let script = Script::parse(model).unwrap();
            let whole = script.content();
            for (at, _) in whole.char_indices().skip(1) {
                let rest = script.clone().after(&whole[..at]);
                assert_eq!(rest.content(), whole[at..], "{model} {at}");
                assert_eq!(rest.thinking(), "", "{model} {at}");
            }
            assert_eq!(script.clone().after(&whole).tokens().count(), 0);
            assert_eq!(script.clone().after("something else"), script);
        }
        let mut script = Script::parse("sim:tokens=10").unwrap();
        let said: String = script.tokens().take(4).map(|token| token.text).collect();
        script = script.after(&said);
        script.limit(6);
        assert_eq!(script.reason, "stop");
        script.limit(2);
        assert_eq!((script.tokens().count(), &*script.reason), (2, "length"));
    }

    #[test]
    fn the_demo_answers_the_question() {
        let script = Script {
            speech: Speech::Demo,
            ..Script::default()
        };
        let answer = script.asked("Why is the sky blue?").content();
        assert!(answer.contains("Why is the sky blue?"), "{answer}");
        assert!(!Script::parse("brooklet-demo").unwrap().content().is_empty());
    }

    #[test]
    fn an_echo_is_the_question_in_its_characters() {
        let script = Script::parse("sim:text=echo").unwrap();
        let question = "**Grüße** 👩\u{200d}💻\n\0";
        let answer = script.clone().asked(question);
        assert_eq!(answer.content(), question);
        assert_eq!(answer.tokens().count(), question.chars().count());
        assert_eq!(script.content(), "");
    }
}
