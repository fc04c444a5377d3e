//! The second factor: codes of six digits that a telephone makes of a secret and the time (RFC 6238).

use hmac::{Hmac, KeyInit, Mac};
use qrcode::{QrCode, render::svg};
use sha1::Sha1;

/// How long a code is good, in seconds.
const STEP: u64 = 30;

/// How many codes before and after the one of now are good too: clocks differ, and typing takes time.
const DRIFT: i64 = 1;

/// The letters of base 32, in which telephones take a secret.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step in which a code is good that was typed at `now` (milliseconds since 1970); `None`: it is not.
pub fn step(secret: &[u8], typed: &str, now: u64) -> Option<i64> {
    let digits: String = typed.chars().filter(|it| !it.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let wanted: u32 = digits.parse().ok()?;
    let this = i64::try_from(now / 1000 / STEP).ok()?;
    (this - DRIFT..=this + DRIFT).find(|step| code(secret, *step) == wanted)
}

/// The code of a step.
pub fn code(secret: &[u8], step: i64) -> u32 {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else {
        // A key of any length is one.
        return u32::MAX;
    };
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 0xf);
    let number = digest[at..at + 4]
        .iter()
        .fold(0, |number, byte| number << 8 | u32::from(*byte));
    (number & 0x7fff_ffff) % 1_000_000
}

/// A secret as it is typed into a telephone: letters in groups of four.
pub fn spelled(secret: &[u8]) -> String {
    let mut text = String::new();
    for (at, letter) in base32(secret).chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push(' ');
        }
        text.push(letter);
    }
    text
}

/// A secret from how it is spelled; `None`: it is not.
pub fn unspelled(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut buffer, mut bits) = (0_u32, 0);
    for letter in text.bytes().filter(|it| !it.is_ascii_whitespace()) {
        let value = BASE32.iter().position(|it| *it == letter)?;
        buffer = (buffer << 5 | u32::try_from(value).ok()?) & 0xffff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits & 0xff) as u8);
        }
    }
    Some(bytes)
}

/// The same as a picture for its camera: SVG. `None`: the name is too long for one.
pub fn picture(secret: &[u8], name: &str) -> Option<String> {
    let mut address = String::from("otpauth://totp/Brooklet:");
    address.extend(percent_encoding::utf8_percent_encode(
        name,
        percent_encoding::NON_ALPHANUMERIC,
    ));
    address += "?issuer=Brooklet&secret=";
    address += &base32(secret);
    let picture = QrCode::new(address).ok()?;
    let picture = picture
        .render::<svg::Color<'_>>()
        .dark_color(svg::Color("#000"))
        .light_color(svg::Color("#fff"))
        .min_dimensions(200, 200)
        .build();
    // Within a page it has no declaration of its own.
    let at = picture.find("<svg")?;
    Some(picture[at..].to_owned())
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut buffer, mut bits) = (0_u32, 0);
    for byte in bytes {
        buffer = buffer << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(BASE32[(buffer >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        text.push(char::from(BASE32[(buffer << (5 - bits) & 31) as usize]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238's own examples.
    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (seconds, wanted) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            assert_eq!(code(SECRET, seconds / 30), wanted, "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_for_a_while_and_however_it_is_written() {
        let now = 1_111_111_111_000_i64;
        for (typed, seconds, good) in [
            ("050471", 0, true),
            (" 050 471 ", 0, true),
            ("050471", 30, true),
            ("050471", -30, true),
            ("050471", 90, false),
            ("50471", 0, false),
            ("050472", 0, false),
            ("+50471", 0, false),
            ("", 0, false),
        ] {
            let at = (now + seconds * 1000) as u64;
            assert_eq!(step(SECRET, typed, at).is_some(), good, "{typed} {seconds}");
        }
    }

    #[test]
    fn a_secret_is_spelled_and_drawn_as_telephones_take_it() {
        assert_eq!(spelled(SECRET), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(spelled(b"f"), "MY");
        assert_eq!(unspelled(&spelled(SECRET)).as_deref(), Some(SECRET));
        assert_eq!(unspelled("MY==").as_deref(), None);
        let picture = picture(SECRET, "Anna Ü").unwrap_or_default();
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>"));
    }
}
