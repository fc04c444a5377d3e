//! What is told of errors: kept as the name of a sentence and what is put into it, so that it can be said in the language
//! of whoever reads it, now or later.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{TOLD, Words, fill};

/// A sentence of the table `error`, before it is said: `{"name":"chat_gone"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// Its name in the files of words.
    name: Cow<'static, str>,
    /// What is put in: names and texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    with: Vec<(Cow<'static, str>, String)>,
}

impl Sentence {
    pub(super) fn new(name: &'static str, with: &[(&'static str, &str)]) -> Self {
        let with = with.iter();
        let with = with.map(|(name, text)| (Cow::Borrowed(*name), (*text).to_owned()));
        Self {
            name: Cow::Borrowed(name),
            with: with.collect(),
        }
    }

    /// In these words; `None`: this version has no such sentence.
    pub fn said_in(&self, words: Words) -> Option<String> {
        let at = TOLD.binary_search_by_key(&&*self.name, |(name, _)| *name);
        let (_, index) = TOLD[at.ok()?];
        let with = self.with.iter().map(|(name, text)| (&**name, &**text));
        let with: Vec<_> = with.collect();
        Some(fill(words.sentence(index), &with))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;
    use crate::words::told;

    #[test]
    fn what_is_kept_is_said_in_any_language() {
        let sentence = told::ollama_unreachable("host {cause}", "why");
        let kept = serde_json::to_string(&sentence).unwrap();
        let back: Sentence = serde_json::from_str(&kept).unwrap();
        assert_eq!(back, sentence);
        let english = back.said_in(Words::default()).unwrap();
        assert!(english.starts_with("Ollama does not answer at host {cause} (why)."));
        let german = back.said_in(Words::of("de").unwrap()).unwrap();
        assert!(german.starts_with("Ollama antwortet nicht unter host {cause} (why)."));
        let later: Sentence = serde_json::from_str(r#"{"name":"of_a_later_version"}"#).unwrap();
        assert_eq!(later.said_in(Words::default()), None);
    }
}
