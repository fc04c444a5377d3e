//! Sentences for people, in which what stands between backticks is code.

use super::message;

/// A sentence as HTML.
pub fn html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 32);
    message::sentence(text, &mut html);
    html
}
