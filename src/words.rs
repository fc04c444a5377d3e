//! Every sentence for people, in their language: a method for each, made by `build.rs` of what `words/` says.
//!
//! The server has all languages. A browser has the sentences of the page in the chosen one, which stand in its document:
//! a sentence costs the WASM a number. Plural categories and the form of numbers are the browser's own `Intl`'s matter,
//! and ICU4X's on the server. What is told of errors is kept by name ([`Sentence`]). Not here, and in English: what a
//! terminal says, and what a program is told of its request.

#[cfg(not(feature = "ssr"))]
mod browser;
#[cfg(feature = "ssr")]
mod sentence;
#[cfg(feature = "ssr")]
mod server;

#[cfg(feature = "ssr")]
pub use sentence::Sentence;
#[cfg(feature = "ssr")]
use server::Language;

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// Sentences in one language; on the server the default is English, in a browser that of its document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Which of `LANGUAGES`.
    #[cfg(feature = "ssr")]
    language: usize,
}

/// A sentence without anything to put in: one of the methods of [`Words`].
#[cfg(feature = "ssr")]
pub type Said = fn(Words) -> &'static str;

impl Words {
    /// A sentence with something put in.
    fn filled(self, index: usize, with: &[(&str, &str)]) -> String {
        fill(self.sentence(index), with)
    }

    /// The form of a sentence that goes with a number, which is put in as `{count}`.
    fn counted(self, index: usize, count: u64, with: &[(&str, &str)]) -> String {
        let category = self.category(count);
        let mut columns = self.sentence(index).split('\t');
        let mut text = "";
        while let (Some(name), Some(form)) = (columns.next(), columns.next()) {
            // `other` is there in any language, and stands for what is not.
            if name == category || name == "other" && text.is_empty() {
                text = form;
            }
        }
        let text = fill(text, with);
        if text.contains("{count}") {
            text.replace("{count}", &self.number(count))
        } else {
            text
        }
    }

    /// A duration of an answer: how long it thought.
    pub fn thought_for(self, milliseconds: u64) -> String {
        match milliseconds.div_ceil(1000) {
            seconds @ ..60 => self.thought_seconds(seconds.max(1)),
            seconds => {
                let (minutes, seconds) = (self.number(seconds / 60), self.number(seconds % 60));
                self.thought_minutes(&minutes, &seconds)
            }
        }
    }
}

/// Puts something into a text, once each; braces that say nothing stay.
fn fill(text: &str, with: &[(&str, &str)]) -> String {
    let mut all = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        all.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find('}').map_or(rest.len(), |end| end + 1);
        let name = rest[..end].trim_matches(['{', '}']);
        match with.iter().find(|(blank, _)| *blank == name) {
            Some((_, value)) => all.push_str(value),
            None => all.push_str(&rest[..end]),
        }
        rest = &rest[end..];
    }
    all.push_str(rest);
    all
}
