//! What a text defines for all of it: the addresses of links, and footnotes.

use std::{collections::HashMap, ops::Range};

use pulldown_cmark::{CowStr, Event, LinkType, Tag};
use unicase::UniCase;

use super::BLANKS;

/// Stands between footnotes and the text they are given to: nothing reaches over it.
const WALL: &str = "\n\n***\n\n";

/// What was defined before a piece of text, by labels as they are compared.
#[derive(Clone, Debug, Default)]
pub(in crate::markdown) struct Definitions(HashMap<String, Definition>);

#[derive(Clone, Debug)]
enum Definition {
    Link {
        address: String,
        title: String,
    },
    /// The footnote's label as it was written.
    Footnote(String),
}

/// Something that is defined in a piece of text.
#[derive(Clone, Debug)]
pub(in crate::markdown) struct Defined {
    pub(in crate::markdown) range: Range<usize>,
    pub(in crate::markdown) label: String,
    definition: Definition,
}

impl Defined {
    pub(super) fn link(range: Range<usize>, name: &str, address: &str, title: &str) -> Self {
        Self {
            range,
            label: label(name),
            definition: Definition::Link {
                address: address.to_owned(),
                title: title.to_owned(),
            },
        }
    }

    pub(super) fn footnote(range: Range<usize>, name: &str) -> Self {
        Self {
            range,
            label: footnote(name),
            definition: Definition::Footnote(name.to_owned()),
        }
    }
}

impl Definitions {
    /// Whether there is one of this label.
    pub(in crate::markdown) fn has(&self, label: &str) -> bool {
        self.0.contains_key(label)
    }

    /// Adds one, unless there is one of its label: the first one counts.
    pub(in crate::markdown) fn add(&mut self, defined: Defined) {
        self.0.entry(defined.label).or_insert(defined.definition);
    }

    /// The address and the title of a link.
    pub(super) fn link(&self, label: &str) -> Option<(CowStr<'_>, CowStr<'_>)> {
        match self.0.get(label)? {
            Definition::Link { address, title } => {
                Some((address.as_str().into(), title.as_str().into()))
            }
            Definition::Footnote(_) => None,
        }
    }

    /// Has a link or an image go where the first definition of its label says, whatever a later one does.
    pub(super) fn first<'a>(&'a self, mut event: Event<'a>) -> Event<'a> {
        if let Event::Start(
            Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            }
            | Tag::Image {
                link_type,
                dest_url,
                title,
                id,
            },
        ) = &mut event
            && matches!(
                link_type,
                LinkType::Reference | LinkType::Collapsed | LinkType::Shortcut
            )
            && let Some(first) = self.link(&label(id))
        {
            (*dest_url, *title) = first;
        }
        event
    }

    /// Footnotes that a text may refer to, for a parser that knows none but those before it, and a wall behind them.
    pub(super) fn footnotes(&self, text: &str) -> String {
        let mut written = String::new();
        if self.0.is_empty() {
            return written;
        }
        let mut labels: Vec<_> = footnotes_in(text).collect();
        labels.sort_unstable();
        labels.dedup();
        for label in labels {
            if let Some(Definition::Footnote(name)) = self.0.get(&label) {
                written.push_str("[^");
                written.push_str(name);
                written.push_str("]: .\n\n");
            }
        }
        if !written.is_empty() {
            written.push_str(WALL);
        }
        written
    }
}

/// As the parser compares labels, or one of them would be ours and not its own: words between ASCII's blanks, small and
/// large letters the same, ß and SS as well.
pub(in crate::markdown) fn label(text: &str) -> String {
    let words = text.split(BLANKS);
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    UniCase::new(words.join(" ")).to_folded_case()
}

/// A footnote's label, apart from those of links.
pub(super) fn footnote(name: &str) -> String {
    format!("^{}", label(name))
}

/// The labels of what may be references to footnotes.
pub(super) fn footnotes_in(text: &str) -> impl Iterator<Item = String> {
    let begins = text.split("[^").skip(1);
    begins.filter_map(|begin| Some(footnote(&begin[..begin.find(']')?])))
}
