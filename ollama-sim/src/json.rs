//! JSON strings as Go's `json.Marshal` spells them: the one piece of JSON that
//! is written for every token, so it is written by hand.

use bytes::{BufMut, BytesMut};

/// What stands for a byte: 0 = itself, `u` = `\u00XX`, `?` = look closer,
/// anything else = a backslash and that letter.
const SPELLING: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = b'u';
        byte += 1;
    }
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table[b'\n' as usize] = b'n';
    table[b'\r' as usize] = b'r';
    table[b'\t' as usize] = b't';
    table[0x08] = b'b';
    table[0x0c] = b'f';
    table[b'<' as usize] = b'u';
    table[b'>' as usize] = b'u';
    table[b'&' as usize] = b'u';
    // The first byte of U+2028 and U+2029, and of much else.
    table[0xe2] = b'?';
    table
};

/// Appends `text` as the inside of a JSON string.
pub(crate) fn escape(text: &str, out: &mut BytesMut) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let bytes = text.as_bytes();
    let mut plain = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let (spelling, length) = match SPELLING[usize::from(byte)] {
            0 => continue,
            b'u' => {
                let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
                ([b'\\', b'u', b'0', b'0', high, low], 1)
            }
            b'?' => match bytes[at..] {
                [_, 0x80, 0xa8, ..] => (*b"\\u2028", 3),
                [_, 0x80, 0xa9, ..] => (*b"\\u2029", 3),
                _ => continue,
            },
            letter => ([b'\\', letter, 0, 0, 0, 0], 1),
        };
        let used = if spelling[2] == 0 { 2 } else { 6 };
        out.put_slice(&bytes[plain..at]);
        out.put_slice(&spelling[..used]);
        plain = at + length;
    }
    out.put_slice(&bytes[plain..]);
}

/// `text` as a JSON string with its quotation marks.
pub(crate) fn quoted(text: &str) -> BytesMut {
    let mut out = BytesMut::with_capacity(text.len() + 2);
    out.put_u8(b'"');
    escape(text, &mut out);
    out.put_u8(b'"');
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::quoted;

    #[test]
    fn spells_as_go_does() {
        let spelt = quoted("a<b>&\"\\\n\r\t\u{8}\u{c}\0\u{1f}\u{7f}é€…\u{2028}\u{2029}👩");
        let go = r#""a\u003cb\u003e\u0026\"\\\n\r\t\b\f\u0000\u001f"#;
        assert_eq!(spelt, format!("{go}\u{7f}é€…\\u2028\\u2029👩\""));
    }

    #[test]
    fn means_the_same_to_serde() {
        let every: String = ('\0'..='\u{3000}').collect();
        assert_eq!(
            serde_json::from_slice::<String>(&quoted(&every)).unwrap(),
            every
        );
    }
}
