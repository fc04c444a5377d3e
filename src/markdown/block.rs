//! A block: a piece of an answer that is drawn, and closed, by itself.

/// A block of HTML in parts, of which all but the last are closed as well.
///
/// What grows long has many parts: a list its items, a table its rows, code some lines each. Most have one, and nothing
/// around it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: Kind,
    /// Tags before the parts.
    pub before: String,
    /// The parts, each whole HTML.
    pub parts: Vec<String>,
    /// Tags after the parts.
    pub after: String,
    /// Tells two blocks in the same place apart: another number, another block.
    pub stamp: u32,
}

/// What a block is: where its parts stand in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Its one part is all there is of it.
    #[default]
    Plain,
    /// Its parts are items.
    List,
    /// Its parts are rows.
    Table,
    /// Its parts are some lines each.
    Code,
}

impl Kind {
    /// The selector of the element that the parts are in; `None`: the block's own.
    pub const fn inside(self) -> Option<&'static str> {
        match self {
            Self::Plain | Self::List => None,
            Self::Table => Some("tbody"),
            Self::Code => Some("code"),
        }
    }
}

impl Block {
    /// A block of one part.
    pub(super) fn plain(html: String) -> Self {
        Self {
            parts: vec![html],
            ..Self::default()
        }
    }

    /// Appends its HTML to `html`.
    pub fn write(&self, html: &mut String) {
        html.push_str(&self.before);
        for part in &self.parts {
            html.push_str(part);
        }
        html.push_str(&self.after);
    }
}
