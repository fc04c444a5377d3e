//! Text as HTML in which nothing is hidden: what a browser would not show, or would show in another order, is named.

use std::fmt::Write;

/// Whether a character cannot be seen in code and does something all the same; as in Markdown's own code.
pub(super) const fn is_hidden(character: char) -> bool {
    is_control(character)
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Whether a character controls how others are shown; MathML has use for some that only cannot be seen.
pub(super) const fn is_control(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\0'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => true,
        _ => false,
    }
}

/// Adds a hidden character by its name.
pub(super) fn push_hidden(out: &mut String, character: char) {
    let code = u32::from(character);
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        r#"<span class="hidden-char" title="U+{code:04X}">U+{code:04X}</span>"#
    );
}

/// Adds text, escaped.
pub(super) fn push_escaped(out: &mut String, text: &str) {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        out.push_str(escaped);
        from = at + 1;
    }
    out.push_str(&text[from..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_html_is_escaped() {
        let mut out = String::new();
        push_escaped(&mut out, "<a b=\"c\">&amp;ä'");
        assert_eq!(out, "&lt;a b=&quot;c&quot;&gt;&amp;amp;ä'");
    }

    #[test]
    fn controls_are_hidden_and_scripts_are_not() {
        for hidden in [
            '\0', '\r', '\u{1b}', '\u{85}', '\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}',
        ] {
            assert!(is_hidden(hidden), "{hidden:?}");
        }
        for seen in ['\n', '\t', ' ', 'a', 'ä', '中', '\u{a0}'] {
            assert!(!is_hidden(seen), "{seen:?}");
        }
        let mut out = String::new();
        push_hidden(&mut out, '\u{7}');
        assert_eq!(
            out,
            r#"<span class="hidden-char" title="U+0007">U+0007</span>"#
        );
    }
}
