//! What went wrong, as sentences for a person: what happened, by which command, what to do.
//!
//! Not here: the colours and the place it is printed to ([`crate::step`]).

use std::fmt;
use std::io;
use std::path::Path;

/// The result of everything that can fail here.
pub(crate) type Done<T = ()> = Result<T, Failure>;

/// Something that went wrong; its `Display` is the text for people.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    happened: String,
    command: Option<String>,
    advice: Option<String>,
}

impl Failure {
    /// `happened` is a sentence without its full stop.
    pub(crate) fn new(happened: impl Into<String>) -> Self {
        Self {
            happened: happened.into(),
            command: None,
            advice: None,
        }
    }

    /// A file or folder could not be read, written, moved …
    pub(crate) fn file(doing: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(format!("{doing} {} failed: {error}", path.display()))
    }

    /// The command line that failed, so that it can be run by hand.
    pub(crate) fn by(mut self, command: String) -> Self {
        self.command = Some(command);
        self
    }

    /// What to do about it. The advice nearest to the cause is the best one, so the first one stays.
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice.get_or_insert_with(|| advice.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.", self.happened)?;
        if let Some(command) = &self.command {
            write!(f, "\n  command: {command}")?;
        }
        if let Some(advice) = &self.advice {
            write!(f, "\n  to do:   {advice}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_happened_by_which_command_and_what_to_do() {
        let failure = Failure::new("npm ended with exit code 1")
            .by("npm ci".to_owned())
            .advise("look above")
            .advise("something vaguer from further out");
        assert_eq!(
            failure.to_string(),
            "npm ended with exit code 1.\n  command: npm ci\n  to do:   look above"
        );
    }
}
