//! An answer as it is read out: its sentences, without the marks of Markdown, as soon as they are whole.
//!
//! It follows the text, not what is drawn of it: a look at what is new, and no more. Code is not read out but named.

use web_sys::Element;

use crate::{markdown::fence_of, ui::spoken, words::Words};

/// What of a text has been read out.
#[derive(Debug, Default)]
pub(super) struct Speech {
    /// How many bytes.
    said: usize,
    /// What code began with, if that is where it is.
    fence: Option<String>,
}

impl Speech {
    /// One that begins where there is text already that was not seen coming.
    pub(super) fn after(text: &str) -> Self {
        Self {
            said: text.len(),
            fence: None,
        }
    }

    /// Has what is new and whole be read out, in the language of the element that it stands in; `ended`: it is all there is.
    pub(super) fn hear(&mut self, text: &str, ended: bool, root: &Element) {
        self.sentences(text, ended, |sentence, ours| match ours {
            Ours::Yes => spoken::say(sentence),
            Ours::No => spoken::say_in(&root.get_attribute("lang").unwrap_or_default(), sentence),
        });
    }

    fn sentences(&mut self, text: &str, ended: bool, mut say: impl FnMut(&str, Ours)) {
        while let Some(rest) = text.get(self.said..).filter(|rest| !rest.is_empty()) {
            let Some(length) = whole(rest).or_else(|| ended.then_some(rest.len())) else {
                return;
            };
            let sentence = &rest[..length];
            // What begins in the midst of a line is no fence.
            let begins = self.said == 0 || text.as_bytes()[self.said - 1] == b'\n';
            self.said += length;
            let (sentence, ours) = match (&self.fence, fence_of(sentence).filter(|_| begins)) {
                (Some(fence), Some((mark, ""))) if mark.starts_with(&**fence) => {
                    self.fence = None;
                    continue;
                }
                (Some(_), _) => continue,
                (None, Some((mark, language))) => {
                    self.fence = Some(mark.to_owned());
                    let language = language.split_whitespace().next().unwrap_or_default();
                    (Words::here().code_in(language), Ours::Yes)
                }
                (None, None) => (plain(sentence), Ours::No),
            };
            if sentence.chars().any(char::is_alphanumeric) {
                say(sentence.trim(), ours);
            }
        }
    }
}

/// Whether words are the page's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ours {
    Yes,
    No,
}

/// How long the first sentence is, or the first line, with what parts it from the next; `None`: it is not whole yet.
fn whole(text: &str) -> Option<usize> {
    let mut ends = false;
    for (at, it) in text.char_indices() {
        match it {
            '\n' => return Some(at + 1),
            // These end a sentence by themselves.
            '。' | '！' | '？' => return Some(at + it.len_utf8()),
            '.' | '!' | '?' | '…' | ':' | ';' => ends = true,
            ' ' if ends => return Some(at + 1),
            // What closes after the end belongs to it.
            ')' | '"' | '\'' | '”' | '’' | '»' | '*' | '_' => {}
            _ => ends = false,
        }
    }
    None
}

/// A line, or a sentence of one, without the marks that are seen and not read.
fn plain(text: &str) -> String {
    let text = text.trim_start_matches(['#', '>', '-', '*', '+', ' ', '\t']);
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(it) = rest.next() {
        match it {
            '_' if !plain.ends_with(char::is_alphanumeric) => {}
            '_' if !rest.peek().is_some_and(|next| next.is_alphanumeric()) => {}
            // Where a link leads is not read out.
            ']' if rest.peek() == Some(&'(') => {
                for skipped in rest.by_ref() {
                    if skipped == ')' {
                        break;
                    }
                }
            }
            '*' | '`' | '[' | ']' => {}
            '|' => {
                plain.truncate(plain.trim_end().len());
                plain.push_str(if plain.is_empty() { "" } else { "," });
            }
            other => plain.push(other),
        }
    }
    plain.trim_end_matches([' ', ',', '\n']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a text that comes in pieces of so many characters.
    fn heard(text: &str, pieces: usize) -> Vec<String> {
        let (mut speech, mut said) = (Speech::default(), Vec::new());
        let cuts = text.char_indices().map(|(at, _)| at).step_by(pieces);
        for cut in cuts.skip(1) {
            speech.sentences(&text[..cut], false, |it, _| said.push(it.to_owned()));
        }
        speech.sentences(text, true, |it, _| said.push(it.to_owned()));
        said
    }

    #[test]
    fn sentences_are_said_without_their_marks_however_they_come() {
        let text = "## The *sea*\n\nIt is **blue** (mostly.) See [the map](https://a.b/c) of `it`! \
                    In version 1.2 snake_case stays.\n\n- one\n- _two_\n\n```rust\nfn main() {}\n\
                    // Not said. No.\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n天気は良い。また明日";
        let wanted = [
            "The sea",
            "It is blue (mostly.)",
            "See the map of it!",
            "In version 1.2 snake_case stays.",
            "one",
            "two",
            "Code rust",
            "a, b",
            "1, 2",
            "天気は良い。",
            "また明日",
        ];
        for pieces in [1, 2, 3, 7, 1000] {
            assert_eq!(heard(text, pieces), wanted, "{pieces}");
        }
    }

    #[test]
    fn code_that_shows_a_fence_is_code_still() {
        let text = "````md\n```\nA. B. C.\n```\n````\nDone.";
        assert_eq!(heard(text, 1), ["Code md", "Done."]);
    }

    #[test]
    fn what_was_there_already_is_not_said() {
        let (mut speech, mut said) = (Speech::after("One. "), Vec::new());
        speech.sentences("One. Two. Th", false, |it, _| said.push(it.to_owned()));
        assert_eq!(said, ["Two."]);
    }
}
