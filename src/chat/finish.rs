//! What a page has the server finish: pieces of Markdown that need more than a browser carries.

use serde::{Deserialize, Serialize};

/// A piece of Markdown as its writer wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// The language of code, as the fence has it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// The code, or the formula without its dollars.
    pub text: String,
}

/// What a [`Piece`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PieceKind {
    /// Code: becomes what stands in its `<code>`.
    Code,
    /// A formula in a line of text: becomes a `<math>`.
    Math,
    /// A formula that stands alone: becomes a `<math>` too.
    Display,
    /// Some of a text without its code, not more than [`SAMPLE`]: becomes the language that it is in, by its BCP 47 code.
    Language,
}

/// How much of a text tells its language, in bytes.
pub const SAMPLE: usize = 600;
