//! What a file is called: a chat's title, as far as any system takes it for a file's name.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use unicode_normalization::UnicodeNormalization;

/// How long a name is at the most, in characters, without what tells its form.
const LONGEST: usize = 60;

/// What a file is called whose title leaves nothing for a name.
const NAMELESS: &str = "chat";

/// What Windows keeps for devices, whatever comes after a dot; so are `COM` and `LPT` with a digit.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// What `filename*` has as it is (RFC 8187), as far as anybody needs it.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The name of a file with the chat of this title, without what tells its form.
pub fn of(title: &str) -> String {
    let safe: String = title
        .chars()
        .filter(|it| !is_unseen(*it))
        .map(safe)
        .collect();
    let words: Vec<_> = safe.split_whitespace().collect();
    let mut name = words.join(" ");
    if is_device(&name) {
        name.insert_str(0, "chat ");
    }
    // A dot at the beginning hides a file; at the end, Windows drops it, as it does a space.
    let name = name.trim_start_matches(['.', ' ']);
    let name: String = name.chars().take(LONGEST).collect();
    let name = name.trim_end_matches(['.', ' ']);
    if name.chars().all(|it| it == '-') {
        return NAMELESS.to_owned();
    }
    name.to_owned()
}

/// The header's value that has a browser keep the answer as a file. The first name is for those that read no other.
pub fn disposition(name: &str, extension: &str) -> String {
    let ascii: String = name.nfkd().filter(char::is_ascii).map(quotable).collect();
    let ascii = of(&ascii);
    let encoded = utf8_percent_encode(name, PLAIN);
    format!("attachment; filename=\"{ascii}.{extension}\"; filename*=UTF-8''{encoded}.{extension}")
}

/// What stands in the name for a character of the title.
fn safe(character: char) -> char {
    match character {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
        _ if character.is_control() || character.is_whitespace() => ' ',
        _ => character,
    }
}

/// Some browsers take `%41` in a plain name for an `A`.
const fn quotable(character: char) -> char {
    match character {
        '%' => '-',
        _ => character,
    }
}

/// Whether a character is not seen but changes what is: a name must not end otherwise than it looks. Those that join
/// what belongs together (in Persian, or in a picture of a family) stay.
const fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_ascii_lowercase();
    let numbered = ["com", "lpt"]
        .into_iter()
        .filter_map(|device| stem.strip_prefix(device))
        .any(|rest| rest.len() == 1 && rest.bytes().all(|it| it.is_ascii_digit()));
    numbered || DEVICES.contains(&&*stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_a_name_on_any_system() {
        for (title, wanted) in [
            ("Why is the sky blue?", "Why is the sky blue-"),
            ("  a\tb\r\nc\u{2028}d\u{0}e  ", "a b c d e"),
            ("../../etc/passwd", "-..-etc-passwd"),
            (".hidden", "hidden"),
            ("The end...", "The end"),
            ("a \"quoted\" <b>|\\*:", "a -quoted- -b-----"),
            ("水はなぜ青い", "水はなぜ青い"),
            // A family, joined; and what would have `exe.md` read backwards.
            ("👨\u{200d}👩\u{200d}👧", "👨\u{200d}👩\u{200d}👧"),
            ("\u{202e}dm.exe", "dm.exe"),
            ("שלום עולם", "שלום עולם"),
            ("CON", "chat CON"),
            ("nul.txt", "chat nul.txt"),
            ("COM1", "chat COM1"),
            ("Comet", "Comet"),
            ("COMé", "COMé"),
            ("", "chat"),
            (" . ", "chat"),
            ("???", "chat"),
        ] {
            assert_eq!(of(title), wanted, "{title:?}");
        }
    }

    #[test]
    fn a_long_title_is_cut() {
        assert_eq!(of(&"水".repeat(200)), "水".repeat(LONGEST));
        let cut = of(&format!("{} and more", "a".repeat(LONGEST - 1)));
        assert_eq!(cut, "a".repeat(LONGEST - 1));
        // A file's name has at most 255 bytes on most systems.
        assert!(of(&"👾".repeat(200)).len() + ".json".len() <= 255);
    }

    #[test]
    fn a_header_has_the_name_twice() {
        for (name, wanted) in [
            (
                "Café 100%",
                "attachment; filename=\"Cafe 100-.md\"; filename*=UTF-8''Caf%C3%A9%20100%25.md",
            ),
            (
                "水",
                "attachment; filename=\"chat.md\"; filename*=UTF-8''%E6%B0%B4.md",
            ),
        ] {
            assert_eq!(disposition(name, "md"), wanted);
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_a_title_is_its_header_is_one(title in ".{0,80}") {
            let name = of(&title);
            proptest::prop_assert!(!name.is_empty() && name.chars().count() <= LONGEST);
            proptest::prop_assert!(!name.contains(['/', '\\', '"', '\n', '\0']));
            proptest::prop_assert!(!name.starts_with('.'));
            proptest::prop_assert!(of(&name) == name, "it is safe already");
            let header = disposition(&name, "json");
            proptest::prop_assert!(header.bytes().all(|it| (b' '..=b'~').contains(&it)), "{header}");
            proptest::prop_assert_eq!(header.matches('"').count(), 2);
        }
    }
}
