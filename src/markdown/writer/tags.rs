//! Tags that depend on something: headings, alerts, lists, cells of tables.

use pulldown_cmark::{Alignment, BlockQuoteKind};

use super::{In, Writer};
use crate::words::Words;

impl Writer<'_> {
    pub(super) fn row(&mut self, is_head: bool) {
        if let Some(In::Table { column, head, .. }) = self.inside.last_mut() {
            (*column, *head) = (0, is_head);
        }
    }

    pub(super) fn cell(&mut self) {
        let Some(In::Table { set, column, head }) = self.inside.last_mut() else {
            return;
        };
        let class = match set.get(*column) {
            Some(Alignment::Left) => r#" class="left""#,
            Some(Alignment::Center) => r#" class="center""#,
            Some(Alignment::Right) => r#" class="right""#,
            Some(Alignment::None) | None => "",
        };
        *column += 1;
        self.html
            .push_str(if *head { r#"<th scope="col""# } else { "<td" });
        self.html.push_str(class);
        self.html.push('>');
    }
}

/// A heading's tags: the page has two levels of its own above.
pub(super) fn heading(level: usize) -> (&'static str, &'static str) {
    match level {
        1 => ("<h3>", "</h3>"),
        2 => ("<h4>", "</h4>"),
        3 => ("<h5>", "</h5>"),
        _ => ("<h6>", "</h6>"),
    }
}

/// An alert's class and title.
pub(super) fn alert(words: Words, kind: BlockQuoteKind) -> (&'static str, &'static str) {
    match kind {
        BlockQuoteKind::Note => ("note", words.note_alert()),
        BlockQuoteKind::Tip => ("tip", words.tip_alert()),
        BlockQuoteKind::Important => ("important", words.important_alert()),
        BlockQuoteKind::Warning => ("warning", words.warning_alert()),
        BlockQuoteKind::Caution => ("caution", words.caution_alert()),
    }
}

/// A list's tag.
pub(in crate::markdown) fn list(number: Option<u64>, loose: bool) -> String {
    let class = if loose { r#" class="loose""# } else { "" };
    match number {
        None => format!("<ul{class}>"),
        Some(1) => format!("<ol{class}>"),
        Some(number) => format!(r#"<ol start="{number}"{class}>"#),
    }
}
