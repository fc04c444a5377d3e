//! What models are called: Ollama's `[host/][namespace/]name[:tag]`, looked at before anything is sent. What is in a name
//! that is no such one, such as a path, never leaves Brooklet.

use std::fmt;

use crate::{
    error::{Error, ErrorKind, Result},
    server::upstream::ollama::same_model,
    words::told,
};

/// The longest name, in characters.
const LONGEST: usize = 200;

/// The longest part of one but the host, in characters; so it is in Ollama.
const LONGEST_PART: usize = 80;

/// A name that may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelName(String);

impl ModelName {
    /// The name that somebody has typed, without what stands around it.
    ///
    /// # Errors
    /// 400 when it is none.
    pub fn read(text: &str) -> Result<Self> {
        let text = text.trim();
        if is_name(text) {
            Ok(Self(text.to_owned()))
        } else {
            let sentence = told::model_name_odd(&LONGEST.to_string());
            Err(Error::told(ErrorKind::BadRequest, sentence))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this means the same model: the case does not matter, nor whether `:latest` is said.
    pub fn means(&self, name: &str) -> bool {
        same_model(&self.0, name)
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_name(text: &str) -> bool {
    if text.len() > LONGEST || text.contains("..") {
        return false;
    }
    // A host may have a port: a tag comes after the last slash.
    let (path, last) = text.rsplit_once('/').unwrap_or(("", text));
    let (name, tag) = match last.split_once(':') {
        Some((name, tag)) => (name, Some(tag)),
        None => (last, None),
    };
    let mut before: Vec<_> = if path.is_empty() && !text.starts_with('/') {
        Vec::new()
    } else {
        path.split('/').collect()
    };
    let namespace = before.pop();
    let host = before.pop();
    before.is_empty()
        && is_part(name, "_-.", LONGEST_PART)
        && tag.is_none_or(|tag| is_part(tag, "_-.", LONGEST_PART))
        && namespace.is_none_or(|it| is_part(it, "_-", LONGEST_PART))
        && host.is_none_or(|it| is_part(it, "_-.:", LONGEST))
}

/// Whether a part has characters of its kind alone, and begins with a letter, a digit or `_`.
fn is_part(part: &str, marks: &str, longest: usize) -> bool {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || it == '_';
    part.len() <= longest
        && part.starts_with(is_plain)
        && part.chars().all(|it| is_plain(it) || marks.contains(it))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    #[test]
    fn names_are_those_of_ollama() {
        for name in [
            "llama3.2",
            "llama3.2:1b-instruct-q4_K_M",
            "someone/model",
            "someone/model:tag",
            "hf.co/some-one/Model-GGUF:Q4_K_M",
            "localhost:5000/a/b:c",
            " qwen3 ",
        ] {
            assert_eq!(ModelName::read(name).unwrap().as_str(), name.trim());
        }
        let long = "x".repeat(81);
        for name in [
            "",
            " ",
            "..",
            "../etc/passwd",
            "a/../b",
            "a/..",
            "/a",
            "a/",
            "a//b",
            "a/b/c/d",
            ".a",
            "-a",
            "a:",
            ":a",
            "a:b:c",
            "a b",
            "a\nb",
            "a\0",
            "a\u{202e}b",
            "modèle",
            "http://host/a/b",
            "a?b=c",
            "a#b",
            "a%2fb",
            "a\\b",
            "na.me/space",
            "a@sha256:00",
            &*long,
            &"a/".repeat(150),
        ] {
            assert!(ModelName::read(name).is_err(), "{name:?}");
        }
    }
}
