//! Secrets that are made here: what a cookie, a link or a key holds. They are shown once, and kept as a hash.
//!
//! They have 256 bits of the system's randomness, so that a hash without salt or cost is enough: there is nothing to guess.

use std::io;

use sha2::{Digest, Sha256};

use crate::server::store::credentials::Hash;

/// How a key begins: so that people, and programs that look for secrets in code, know what it is.
pub const KEY: &str = "brooklet_";

/// What a secret is spelled by: sixty-four letters that need no escape in a URL, a cookie or a header.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The letters of a recovery code: those that cannot be taken for each other.
const CODE: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A secret of 43 letters.
///
/// # Errors
/// When the system has no randomness.
pub fn new() -> io::Result<String> {
    Ok(random::<43>()?
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 64)]))
        .collect())
}

/// A code that a person can copy by hand: twenty-eight letters in seven groups, 140 bits.
///
/// # Errors
/// When the system has no randomness.
pub fn code() -> io::Result<String> {
    let mut code = String::with_capacity(34);
    for (at, byte) in random::<28>()?.iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(CODE[usize::from(byte % 32)]));
    }
    Ok(code)
}

/// Bytes of the system's randomness.
///
/// # Errors
/// When it has none.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// What is kept of a secret.
pub fn hash(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}

/// What is kept of a recovery code, however it was typed.
pub fn hash_of_code(code: &str) -> Hash {
    let letters: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    hash(&letters)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    #[test]
    fn no_two_are_the_same_and_all_can_stand_in_a_cookie() {
        let (one, other) = (new().unwrap(), new().unwrap());
        assert_eq!(one.len(), 43);
        assert_ne!(one, other);
        assert!(one.bytes().all(|letter| LETTERS.contains(&letter)));
        assert_ne!(hash(&one), hash(&other));
    }

    #[test]
    fn a_code_may_be_typed_as_one_likes() {
        let code = code().unwrap();
        assert_eq!(code.len(), 34);
        let typed = code.to_uppercase().replace('-', " ");
        assert_eq!(hash_of_code(&code), hash_of_code(&typed));
    }
}
