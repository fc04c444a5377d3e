//! Text in HTML.

use std::fmt::Write;

/// Appends text as it is to be read, in an element or in a quoted attribute.
pub fn escape(text: &str, html: &mut String) {
    let mut rest = 0;
    for (at, byte) in text.bytes().enumerate() {
        let entity = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => continue,
        };
        html.push_str(&text[rest..at]);
        html.push_str(entity);
        rest = at + 1;
    }
    html.push_str(&text[rest..]);
}

/// Appends code: what would not be seen in it, or would have it read otherwise than it runs, is shown by its number.
pub fn escape_code(code: &str, html: &mut String) {
    let mut rest = 0;
    for (at, hidden) in code.char_indices().filter(|(_, it)| is_hidden(*it)) {
        escape(&code[rest..at], html);
        let number = u32::from(hidden);
        let _ = write!(
            html,
            r#"<span class="hidden-char" title="U+{number:04X}">U+{number:04X}</span>"#
        );
        rest = at + hidden.len_utf8();
    }
    escape(&code[rest..], html);
}

/// Whether a character cannot be seen in code and does something all the same.
pub fn is_hidden(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2069}'
        | '\u{00AD}'
        | '\u{061C}'
        | '\u{115F}'
        | '\u{1160}'
        | '\u{3164}'
        | '\u{FEFF}'
        | '\u{FFA0}'
        | '\u{E0000}'..='\u{E007F}' => true,
        _ => character.is_control(),
    }
}
