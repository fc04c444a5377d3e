//! The pieces of an answer in their order: thoughts, then words. What a line of
//! them looks like lives in `lines`, and when it is sent in `answer`.

use std::borrow::Cow;
use std::sync::Arc;

use crate::quirk::Quirk;
use crate::script::{Script, Speech};
use crate::words::{Style, Words};

/// Whether a token is thought or said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Goes to `message.thinking`.
    Thinking,
    /// Goes to `message.content`.
    Content,
}

/// The smallest piece of an answer: a line's worth of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it goes.
    pub kind: Kind,
    /// Its text, unescaped.
    pub text: Cow<'static, str>,
}

/// The tokens of a script, in the order of sending.
#[derive(Clone, Debug)]
pub struct Tokens {
    thoughts: Words,
    /// Left to think.
    pub(crate) thinking: usize,
    /// What is thought in the midst of the content, and how much is left to say then.
    again: usize,
    half: usize,
    words: Words,
    /// Left to say.
    pub(crate) content: usize,
    /// Bytes of the first word that have been said before.
    cut: usize,
}

impl Tokens {
    /// What the script says, but for what has been said before.
    pub(crate) fn of(script: &Script) -> Self {
        let (style, mut words) = match &script.speech {
            Speech::Style(style) => (*style, Words::new(*style, script.seed)),
            Speech::Text(text) => (Style::Lorem, Words::fixed(Arc::clone(text))),
            Speech::Spelt(text) => (Style::Lorem, Words::spelt(Arc::clone(text))),
            Speech::Demo | Speech::Echo => return Self::of(&script.clone().asked("")),
        };
        // A thought's time of sending is of no use to anybody.
        let style = if style == Style::Stamp {
            Style::Lorem
        } else {
            style
        };
        let thoughts = Words::new(style, script.seed.wrapping_add(1));
        for _ in 0..script.said.tokens {
            words.next();
        }
        let again = if script.has(Quirk::Again) {
            script.thinking / 2
        } else {
            0
        };
        Self {
            thoughts,
            thinking: script.thinking - again,
            again,
            half: script.tokens / 2,
            words,
            content: script.tokens.saturating_sub(script.said.tokens),
            cut: script.said.bytes,
        }
    }
}

impl Iterator for Tokens {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if self.thinking == 0 && self.content <= self.half {
            self.thinking = std::mem::take(&mut self.again);
        }
        let (words, left, kind) = if self.thinking > 0 {
            (&mut self.thoughts, &mut self.thinking, Kind::Thinking)
        } else {
            (&mut self.words, &mut self.content, Kind::Content)
        };
        *left = left.checked_sub(1)?;
        let mut text = words.next()?;
        if kind == Kind::Content && self.cut > 0 {
            text = text[std::mem::take(&mut self.cut)..].to_owned().into();
        }
        Some(Token { kind, text })
    }
}
