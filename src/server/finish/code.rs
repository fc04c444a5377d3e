//! Code with colours: flat spans with classes around escaped text. Which languages, and which classes, is beside it.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use syntect::{
    parsing::{ParseState, ScopeStack, SyntaxSet},
    util::LinesWithEndings,
};

use super::{
    class::{Class, Classes},
    language,
};
use crate::markdown::{escape, escape_code, is_hidden};

/// Code that is longer stays plain, in bytes.
pub(super) const LONGEST: usize = 50_000;

/// Lines that are longer stay plain, in bytes: a regular expression that looks back and forth takes its time there.
const LONGEST_LINE: usize = 2000;

/// What takes longer stays plain; a test does not depend on how busy its machine is.
const PATIENCE: Duration = if cfg!(test) {
    Duration::MAX
} else {
    Duration::from_secs(2)
};

/// After so many languages the grammars are unpacked anew: each that was used takes up to 70 MB of compiled expressions.
const MOST_LANGUAGES: usize = 4;

/// The grammars, unpacked as they are used.
#[derive(Debug)]
pub(super) struct Highlighter {
    grammars: SyntaxSet,
    classes: Classes,
    used: HashSet<String>,
}

impl Highlighter {
    /// All grammars, none of them unpacked.
    pub(super) fn new() -> Self {
        Self {
            grammars: two_face::syntax::extra_newlines(),
            classes: Classes::new(),
            used: HashSet::new(),
        }
    }

    /// The HTML of code in a language; `None`: it stays plain.
    pub(super) fn html(&mut self, language: &str, code: &str) -> Option<String> {
        if code.len() > LONGEST {
            return None;
        }
        let name = language::grammar(&self.grammars, language)?.name.clone();
        if self.used.len() >= MOST_LANGUAGES && !self.used.contains(&name) {
            *self = Self::new();
        }
        let grammar = self.grammars.find_syntax_by_name(&name)?;
        self.used.insert(name);
        let code = code.replace("\r\n", "\n");
        let started = Instant::now();
        let mut state = ParseState::new(grammar);
        let mut scopes = ScopeStack::new();
        let mut spans = Spans::default();
        for line in LinesWithEndings::from(&code) {
            if line.len() > LONGEST_LINE {
                spans.push(None, line);
                continue;
            }
            let mut from = 0;
            for (at, change) in state.parse_line(line, &self.grammars).ok()? {
                let text = line.get(from..at)?;
                if !text.is_empty() {
                    spans.push(self.classes.of(&scopes, text), text);
                    from = at;
                }
                scopes.apply(&change).ok()?;
            }
            let rest = line.get(from..)?;
            spans.push(self.classes.of(&scopes, rest), rest);
            if started.elapsed() > PATIENCE {
                return None;
            }
        }
        Some(spans.end())
    }
}

/// HTML as it grows. Spans are flat, and neighbours of one class are one.
#[derive(Debug, Default)]
struct Spans {
    html: String,
    open: Option<Class>,
}

impl Spans {
    fn push(&mut self, class: Option<Class>, text: &str) {
        // Space has no colour: it goes along with what is before it.
        let class = if text.trim_matches([' ', '\t', '\n']).is_empty() {
            self.open
        } else {
            class
        };
        for part in text.split_inclusive(is_hidden) {
            let seen = part.strip_suffix(is_hidden).unwrap_or(part);
            let hidden = &part[seen.len()..];
            if !seen.is_empty() {
                self.turn_to(class);
                escape(seen, &mut self.html);
            }
            if !hidden.is_empty() {
                self.turn_to(None);
                escape_code(hidden, &mut self.html);
            }
        }
    }

    fn turn_to(&mut self, class: Option<Class>) {
        if self.open == class {
            return;
        }
        if self.open.is_some() {
            self.html.push_str("</span>");
        }
        if let Some(class) = class {
            self.html.push_str("<span class=\"");
            self.html.push_str(class.name());
            self.html.push_str("\">");
        }
        self.open = class;
    }

    fn end(mut self) -> String {
        self.turn_to(None);
        self.html
    }
}

#[cfg(test)]
mod tests;
