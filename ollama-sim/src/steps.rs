//! The order in which a script's lines come. When each of them is due lives
//! in `answer`, how it is spelt in `lines`.

use std::collections::VecDeque;

use crate::fault::{Break, Fault};
use crate::quirk::{Quirk, Quirks};
use crate::script::Script;
use crate::token::{Kind, Token, Tokens};

/// A line of an answer, or its breaking off.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    Token(Token),
    Empty,
    Junk,
    Call,
    Break(Break),
    Done(Tail),
}

/// What the done line itself carries.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tail {
    pub(crate) content: String,
    pub(crate) thinking: String,
    pub(crate) call: bool,
}

/// The steps of a script: it ends after a break or the done line.
#[derive(Debug)]
pub(crate) struct Steps {
    tokens: Tokens,
    quirks: Quirks,
    fault: Option<(Break, usize)>,
    /// Tokens so far, and how many content tokens, those of before included.
    begun: usize,
    said: usize,
    /// Goes between two tokens, and the token it holds up.
    waiting: VecDeque<Step>,
    tail: Tail,
    ended: bool,
}

impl Steps {
    pub(crate) fn new(script: &Script) -> Self {
        let tokens = script.tokens();
        let said = script.said.tokens;
        let fault = match script.fault {
            // What has been got over does not come again.
            Some(Fault::Midway(_, at)) if said > 0 && at <= said => None,
            Some(Fault::Midway(kind, at)) => Some((kind, at.min(said + tokens.content))),
            _ => None,
        };
        Self {
            tokens,
            quirks: script.quirks,
            fault,
            begun: 0,
            said,
            waiting: VecDeque::new(),
            tail: Tail::default(),
            ended: false,
        }
    }

    /// How many tokens have been given out, in lines of their own or not.
    pub(crate) const fn begun(&self) -> usize {
        self.begun
    }

    /// Keeps a token for the done line if the quirks say so.
    fn keep(&mut self, token: Token) -> Option<Token> {
        let (left, kept) = match token.kind {
            Kind::Thinking => (self.tokens.thinking, &mut self.tail.thinking),
            Kind::Content => (self.tokens.content, &mut self.tail.content),
        };
        let last = self.quirks.has(Quirk::Tail) && left == 0;
        if last || self.quirks.has(Quirk::DoneOnly) {
            kept.push_str(&token.text);
            return None;
        }
        Some(token)
    }

    /// The token, with what is to come in front of it.
    fn adorn(&mut self, token: Token) -> Step {
        if self.quirks.has(Quirk::Empty) && self.begun % 3 == 1 {
            self.waiting.push_back(Step::Empty);
        }
        if self.quirks.has(Quirk::Junk) && self.begun % 4 == 2 {
            self.waiting.push_back(Step::Junk);
        }
        let Some(first) = self.waiting.pop_front() else {
            return Step::Token(token);
        };
        self.waiting.push_back(Step::Token(token));
        first
    }

    fn end(&mut self) -> Step {
        self.ended = true;
        let mut tail = std::mem::take(&mut self.tail);
        tail.call = self.quirks.has(Quirk::ToolDone);
        if !self.quirks.has(Quirk::Tool) || self.quirks.has(Quirk::DoneOnly) {
            return Step::Done(tail);
        }
        self.waiting.push_back(Step::Done(tail));
        Step::Call
    }
}

impl Iterator for Steps {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        if let Some(step) = self.waiting.pop_front() {
            return Some(step);
        }
        while !self.ended {
            // At 0 before everything; later only once the thinking is over.
            if let Some((kind, _)) = self.fault.filter(|(_, at)| *at == self.said) {
                self.ended = true;
                return Some(Step::Break(kind));
            }
            let Some(token) = self.tokens.next() else {
                return Some(self.end());
            };
            self.begun += 1;
            self.said += usize::from(token.kind == Kind::Content);
            if let Some(token) = self.keep(token) {
                return Some(self.adorn(token));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    /// A letter for each step.
    fn steps(script: &str) -> String {
        let letter = |step| match step {
            Step::Token(Token {
                kind: Kind::Thinking,
                ..
            }) => 't'.to_string(),
            Step::Token(_) => 'c'.to_string(),
            Step::Empty => 'e'.to_string(),
            Step::Junk => 'j'.to_string(),
            Step::Call => 'T'.to_string(),
            Step::Break(_) => '!'.to_string(),
            Step::Done(Tail {
                content,
                thinking,
                call,
            }) => {
                let words = |text: String| text.split_whitespace().count();
                format!("D{}{}{}", words(thinking), words(content), u8::from(call))
            }
        };
        Steps::new(&Script::parse(&format!("sim:{script}")).unwrap())
            .map(letter)
            .collect()
    }

    #[test]
    fn scripts_are_laid_out() {
        let known = [
            ("tokens=3", "cccD000"),
            ("tokens=0", "D000"),
            ("thinking=2,tokens=3", "ttcccD000"),
            ("thinking=4,tokens=4,again", "ttccttccD000"),
            ("thinking=2,tokens=3,tail", "tccD110"),
            ("thinking=2,tokens=3,doneonly", "D230"),
            ("tokens=4,empty", "ecccecD000"),
            ("tokens=4,junk", "cjcccD000"),
            ("tokens=4,junk,empty", "ecjccecD000"),
            ("tokens=2,tool", "ccTD000"),
            ("tokens=2,tooldone", "ccD001"),
            ("tokens=2,tool,doneonly", "D020"),
            ("thinking=2,tokens=3,fault=eof", "!"),
            ("thinking=2,tokens=3,fault=eof@1", "ttc!"),
            ("thinking=2,tokens=3,fault=eof@3", "ttccc!"),
            ("thinking=2,tokens=3,fault=eof@9", "ttccc!"),
            ("tokens=3,doneonly,fault=stall@3", "!"),
        ];
        for (script, expected) in known {
            assert_eq!(steps(script), expected, "{script}");
        }
    }
}
