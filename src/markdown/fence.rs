//! Fenced code, line by line: it is code from its first line on, and costs its last line.

use super::{
    Finish, Finished,
    block::{Block, Kind},
    escape::{escape, escape_code},
};
use crate::words::Words;

/// A part of code is closed at the first line break after this many bytes: about a screen of it. One ever longer text
/// would be laid out anew with each line.
pub(super) const PART: usize = 1500;

/// A fence whose code is not over yet.
#[derive(Clone, Debug)]
pub(super) struct Fence {
    mark: u8,
    length: usize,
}

impl Fence {
    /// The fence that this line opens, if it does, without any indentation.
    pub(super) fn opened(line: &str) -> Option<Self> {
        let mark = *line.as_bytes().first()?;
        let length = run(line, mark);
        (matches!(mark, b'`' | b'~') && length >= 3).then_some(Self { mark, length })
    }

    /// Whether this line closes it.
    pub(super) fn closes(&self, line: &str) -> bool {
        let inner = line.trim_start_matches(' ');
        let length = run(inner, self.mark);
        line.len() - inner.len() < 4
            && length >= self.length
            && inner[length..].trim_matches([' ', '\t', '\n']).is_empty()
    }

    /// Whether this line may become one that closes it.
    pub(super) fn may_close(&self, line: &str) -> bool {
        let inner = line.trim_start_matches(' ');
        !inner.is_empty() && run(inner, self.mark) == inner.len()
    }
}

/// The mark that a line which may be a fence consists of, and what stands behind it.
pub fn fence_of(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let mark = line.chars().next().filter(|it| matches!(it, '`' | '~'))?;
    let rest = line.trim_start_matches(mark);
    let length = line.len() - rest.len();
    let is_code_in_text = mark == '`' && rest.contains('`');
    (length >= 3 && !is_code_in_text).then(|| (&line[..length], rest.trim()))
}

/// How many of this byte a line begins with.
fn run(line: &str, mark: u8) -> usize {
    line.bytes().take_while(|byte| *byte == mark).count()
}

/// The language that a fence names: the first word after it.
pub(super) fn language(info: &str) -> &str {
    info.split([' ', '\t', ',', '{', '\n'])
        .next()
        .unwrap_or_default()
}

/// A page that is rendered as a whole folds code of more lines than this.
const FOLD: usize = 60;

/// Code of a language as a block; `whole`: no more of it comes.
pub(super) fn block(language: &str, code: &str, whole: bool, finish: &mut dyn Finish) -> Block {
    let finished = if whole && !language.is_empty() {
        finish.code(language, code)
    } else {
        Finished::Never
    };
    let later = !whole && !language.is_empty() || finished == Finished::Later;
    let mut block = empty(finish.words(), language, later);
    let lines = code.lines().count();
    if finish.folds() && lines > FOLD {
        block.before = block
            .before
            .replacen(r#"class="code""#, r#"class="code folded""#, 1);
        let label = finish.words().show_all_lines(lines as u64);
        block.after = format!(
            r#"</code></pre><button type="button" data-code="unfold">{label}</button></figure>"#
        );
    }
    match finished {
        Finished::Done(html) => block.parts.push(html),
        Finished::Never | Finished::Later => {
            let mut rest = code;
            while !rest.is_empty() {
                let end = cut(rest).unwrap_or(rest.len());
                block.parts.push(part(&rest[..end]));
                rest = &rest[end..];
            }
        }
    }
    block
}

/// The end of a text's first part, if it is closed.
pub(super) fn cut(text: &str) -> Option<usize> {
    let rest = text.as_bytes().get(PART..)?;
    let at = rest.iter().position(|byte| *byte == b'\n')?;
    Some(PART + at + 1)
}

/// Some lines of code.
pub(super) fn part(lines: &str) -> String {
    let mut html = String::with_capacity(lines.len() + 32);
    html.push_str("<span>");
    escape_code(lines, &mut html);
    html.push_str("</span>");
    html
}

/// What is around code.
fn empty(words: Words, language: &str, later: bool) -> Block {
    // Read from the left, whatever is around it; and it says nothing about from which side that is read.
    let mut before = String::from(r#"<figure class="code" dir="ltr""#);
    if !language.is_empty() {
        before.push_str(r#" data-language=""#);
        escape(language, &mut before);
        before.push('"');
    }
    before.push_str(r#"><figcaption lang=""#);
    before.push_str(words.code());
    before.push_str(r#""><span class="language">"#);
    escape(
        if language.is_empty() {
            "text"
        } else {
            language
        },
        &mut before,
    );
    before.push_str("</span>");
    if language == "mermaid" {
        button("draw", words.draw(), &mut before);
    }
    before.push_str(r#"<button type="button" data-code="wrap" aria-pressed="false">"#);
    before.push_str(words.wrap());
    before.push_str("</button>");
    button("download", words.download(), &mut before);
    button("copy", words.copy(), &mut before);
    before.push_str(r#"</figcaption><pre tabindex="0"><code"#);
    before.push_str(if later {
        r#" data-finish="code">"#
    } else {
        ">"
    });
    Block {
        kind: Kind::Code,
        before,
        after: "</code></pre></figure>".to_owned(),
        ..Block::default()
    }
}

fn button(verb: &str, label: &str, html: &mut String) {
    for piece in [
        r#"<button type="button" data-code=""#,
        verb,
        r#"">"#,
        label,
        "</button>",
    ] {
        html.push_str(piece);
    }
}
