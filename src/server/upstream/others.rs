//! What is said at the start of servers beside Ollama.

use std::{collections::HashMap, convert::Infallible, fs, io, str::FromStr};

use clap::Args;
use reqwest::header::HeaderValue;

use super::{Host, openai::OpenAi};

/// The longest name of a server, in characters.
const LONGEST_NAME: usize = 32;

/// Servers beside Ollama.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Other servers")]
pub struct Others {
    /// A server that speaks OpenAI's API, beside Ollama: what it is to be called, and where it is, as
    /// `llama.cpp=http://127.0.0.1:8080/v1`. May be given several times.
    ///
    /// Its models are called `llama.cpp/…`, stand in the list under that name, and have a queue of their own.
    #[arg(
        long,
        env = "BROOKLET_OPENAI",
        value_name = "NAME=URL",
        value_delimiter = ','
    )]
    pub openai: Vec<Named<Host>>,

    /// The key for such a server: `NAME=KEY`, or `NAME=@FILE` for a file that holds it. May be given several times.
    ///
    /// Others on this machine can read what stands on a command line: a file is better, or the environment, one a line.
    #[arg(
        long,
        env = "BROOKLET_OPENAI_KEY",
        value_name = "NAME=KEY",
        value_delimiter = '\n',
        hide_env_values = true
    )]
    pub openai_key: Vec<Secret>,
}

/// Something of the server that is called so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<T> {
    /// What its operator calls it.
    pub name: String,
    /// What is said of it.
    pub value: T,
}

/// What was said of a key. It is taken apart later: a parser's fault is told with what it has parsed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Secret").finish_non_exhaustive()
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

/// A key, or the file that holds it.
struct Key(String);

impl Key {
    /// What is shown to the server.
    fn header(&self) -> io::Result<HeaderValue> {
        let key = match self.0.strip_prefix('@') {
            Some(file) => fs::read_to_string(file).map_err(|error| {
                io::Error::new(
                    error.kind(),
                    format!("the key in {file} cannot be read: {error}"),
                )
            })?,
            None => self.0.clone(),
        };
        let header = HeaderValue::from_str(&format!("Bearer {}", key.trim()));
        let mut header = header.map_err(|_| {
            io::Error::other(
                "a key holds characters that cannot be sent; it is one line of plain text",
            )
        })?;
        header.set_sensitive(true);
        Ok(header)
    }
}

impl<T: FromStr<Err = String>> FromStr for Named<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text
            .split_once('=')
            .ok_or("it begins with what the server is to be called: `llama.cpp=…`")?;
        let name = name.trim();
        let fits = |it: char| it.is_alphanumeric() || "-_.".contains(it);
        if name.is_empty() || name.chars().count() > LONGEST_NAME || !name.chars().all(fits) {
            return Err(format!(
                "`{name}` will not do as a name: 1 to {LONGEST_NAME} letters, digits, `-`, `_` and `.`"
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            value: value.parse()?,
        })
    }
}

impl Others {
    /// The servers, each with its key.
    ///
    /// # Errors
    /// A sentence when two are called the same, a key is of none of them or cannot be read, or TLS cannot be set up.
    pub fn servers(&self) -> io::Result<Vec<OpenAi>> {
        for (number, Named { name, .. }) in self.openai.iter().enumerate() {
            if name.eq_ignore_ascii_case("ollama")
                || self.openai[..number].iter().any(|it| it.name == *name)
            {
                return Err(io::Error::other(format!(
                    "there are two servers called {name}. Give one another name with --openai NAME=URL."
                )));
            }
        }
        let known = |name: &str| self.openai.iter().any(|it| it.name == name);
        let mut keys = HashMap::new();
        for (number, Secret(said)) in (1..).zip(&self.openai_key) {
            let wrong = |why: &str| {
                let place = if self.openai_key.len() > 1 {
                    format!("number {number} of --openai-key")
                } else {
                    "--openai-key".to_owned()
                };
                Err(io::Error::other(format!("{place} {why}")))
            };
            let (name, key) = match said.split_once('=') {
                Some((name, key)) if known(name.trim()) => (name.trim(), key.trim()),
                // What stands there may be the key itself.
                _ => {
                    return wrong(
                        "does not begin with the name of a server that --openai names, and `=`: llama.cpp=@/path/to/key",
                    );
                }
            };
            if key.is_empty() {
                return wrong("has no key");
            }
            keys.insert(name, Key(key.to_owned()).header()?);
        }
        let server = |Named { name, value: host }: &Named<Host>| {
            let key = keys.get(&**name).cloned();
            OpenAi::new(name.clone(), host.clone(), key).map_err(io::Error::other)
        };
        self.openai.iter().map(server).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    fn others(servers: &[&str], keys: &[&str]) -> Others {
        Others {
            openai: servers.iter().map(|it| it.parse().unwrap()).collect(),
            openai_key: keys.iter().map(|it| it.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for wrong in [
            "http://127.0.0.1:8080",
            "=http://a",
            "a/b=http://a",
            "a=ftp://b",
            "a=",
        ] {
            assert!(
                wrong.parse::<Named<Host>>().is_err() || wrong == "a=",
                "{wrong}"
            );
        }
        for (servers, keys, why) in [
            (
                &["a=http://b", "a=http://c"][..],
                &[][..],
                "two servers called a",
            ),
            (&["Ollama=http://b"], &[], "two servers called Ollama"),
            (
                &["a=http://b"],
                &["c=secret"],
                "does not begin with the name of a server",
            ),
            (
                &["a=http://b"],
                &["sk-secret"],
                "does not begin with the name of a server",
            ),
            (&["a=http://b"], &["a="], "has no key"),
            (&["a=http://b"], &["a=@/nowhere/at/all"], "cannot be read"),
            (&["a=http://b"], &["a=se\ncret"], "cannot be sent"),
        ] {
            let error = others(servers, keys).servers().unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("secret"), "{error}");
        }
        let servers = others(&["a=http://b", "my-gpu=https://c/v1"], &["my-gpu=secret"]).servers();
        assert_eq!(
            servers
                .unwrap()
                .iter()
                .map(OpenAi::name)
                .collect::<Vec<_>>(),
            ["a", "my-gpu"]
        );
        assert!(!format!("{:?}", others(&[], &["a=secret"])).contains("secret"));
    }
}
