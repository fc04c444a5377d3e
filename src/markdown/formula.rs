//! Formulas: how they are written, and those on lines of their own.

use super::{Finish, Finished, block::Block, escape::escape};

/// How a formula on lines of its own begins and ends.
const DISPLAY: [(&str, &str); 2] = [("$$", "$$"), (r"\[", r"\]")];

/// How a formula that begins with this line ends, if it goes on after the line.
pub(super) fn opened(line: &str) -> Option<&'static str> {
    let indented = line;
    let line = line.trim_start_matches(' ');
    if indented.len() - line.len() > 3 {
        return None;
    }
    let (open, close) = DISPLAY.iter().find(|(open, _)| line.starts_with(open))?;
    (!line[open.len()..].contains(close)).then_some(*close)
}

/// The source of a formula on lines of its own, which may lack its end.
pub(super) fn inside<'a>(text: &'a str, close: &str) -> &'a str {
    let text = text.trim();
    let text = DISPLAY
        .iter()
        .find_map(|(open, _)| text.strip_prefix(open))
        .unwrap_or(text);
    text.strip_suffix(close).unwrap_or(text).trim()
}

/// Appends a formula.
pub(super) fn write(source: &str, display: bool, finish: &mut dyn Finish, html: &mut String) {
    let finished = finish.math(source, display);
    html.push_str(match (&finished, display) {
        (Finished::Done(math), _) => {
            html.push_str(math);
            return;
        }
        (Finished::Later, false) => r#"<code class="math" data-finish="math">"#,
        (Finished::Later, true) => r#"<code class="math display" data-finish="display">"#,
        (Finished::Never, false) => r#"<code class="math">"#,
        (Finished::Never, true) => r#"<code class="math display">"#,
    });
    escape(source, html);
    html.push_str("</code>");
}

/// A formula whose end has not come.
pub(super) fn open(source: &str) -> Block {
    let mut html = String::from(r#"<code class="math display">"#);
    escape(source, &mut html);
    html.push_str("</code>");
    Block::plain(html)
}
