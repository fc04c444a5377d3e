//! From a grammar's scopes to the few classes that have colours.

use std::collections::HashMap;

use syntect::parsing::{Scope, ScopeStack};

/// What has a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Words of the language itself.
    Keyword,
    /// Texts.
    String,
    /// What is said to readers.
    Comment,
    /// Numbers, constants, escapes.
    Number,
    /// Names of functions and macros.
    Function,
    /// Names of types.
    Type,
    /// Names of parameters, options of commands.
    Parameter,
    /// Attributes, annotations, keys.
    Attribute,
    /// Tags.
    Tag,
    /// Headings, and where a change is.
    Heading,
    /// Lines that a change brings.
    Inserted,
    /// Lines that it takes away.
    Deleted,
}

impl Class {
    /// Its name in HTML; `style/code.css` has the colours.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Keyword => "k",
            Self::String => "s",
            Self::Comment => "c",
            Self::Number => "n",
            Self::Function => "f",
            Self::Type => "t",
            Self::Parameter => "p",
            Self::Attribute => "a",
            Self::Tag => "g",
            Self::Heading => "h",
            Self::Inserted => "i",
            Self::Deleted => "d",
        }
    }
}

/// What a scope says of the text in it.
#[derive(Clone, Copy, Debug)]
enum Verdict {
    /// It has this class.
    Is(Class),
    /// It has if it is a word: `and` is a keyword, `&&` is not.
    IfWord(Class),
    /// It has none, whatever is around it.
    Plain,
    /// A text in it is a key.
    Key,
}

use Class::{
    Attribute, Comment, Deleted, Function, Heading, Inserted, Keyword, Number, Parameter, String,
    Tag, Type,
};
use Verdict::{IfWord, Is, Key, Plain};

/// Scopes by their beginnings; the first that fits is taken.
const TABLE: [(&str, Verdict); 46] = [
    ("comment", Is(Comment)),
    ("meta.interpolation", Plain),
    ("meta.embedded", Plain),
    ("meta.template.expression", Plain),
    ("source", Plain),
    ("meta.mapping.key", Key),
    ("meta.structure.dictionary.key", Key),
    ("string", Is(String)),
    ("constant", Is(Number)),
    ("keyword.other.unit", Is(Number)),
    ("keyword.operator", IfWord(Keyword)),
    ("keyword.declaration.function.arrow", Plain),
    ("keyword", IfWord(Keyword)),
    ("storage", IfWord(Keyword)),
    ("variable.language", IfWord(Keyword)),
    ("variable.function", Is(Function)),
    ("variable.annotation", Is(Attribute)),
    ("variable.parameter", Is(Parameter)),
    ("entity.name.function", Is(Function)),
    ("entity.name.macro", Is(Function)),
    ("entity.name.tag", Is(Tag)),
    ("entity.name.table", Is(Heading)),
    ("entity.name.section", Is(Heading)),
    ("entity.name.constant", Is(Number)),
    ("entity.name", Is(Type)),
    ("entity.other.inherited-class", Is(Type)),
    ("entity.other", Is(Attribute)),
    ("support.function", IfWord(Function)),
    ("support.macro", Is(Function)),
    ("support.constant", Is(Number)),
    ("support.type.property-name", Is(Attribute)),
    ("support.type", Is(Type)),
    ("support.class", Is(Type)),
    ("meta.annotation", Is(Attribute)),
    ("meta.decorator", Is(Attribute)),
    ("markup.inserted", Is(Inserted)),
    ("markup.deleted", Is(Deleted)),
    ("markup.changed", Is(Heading)),
    ("markup.heading", Is(Heading)),
    ("markup.raw", Is(String)),
    ("markup.underline.link", Is(String)),
    ("markup.quote", Is(Comment)),
    ("meta.diff.header", Is(Heading)),
    ("meta.diff.range", Is(Heading)),
    ("meta.diff.index", Is(Comment)),
    ("meta.preprocessor", Is(Attribute)),
];

/// The table, and what it has said already.
#[derive(Debug, Default)]
pub(super) struct Classes {
    table: Vec<(Scope, Verdict)>,
    known: HashMap<Scope, Option<Verdict>>,
}

impl Classes {
    /// The table.
    pub(super) fn new() -> Self {
        let table = TABLE
            .iter()
            .filter_map(|(scope, verdict)| Some((Scope::new(scope).ok()?, *verdict)));
        Self {
            table: table.collect(),
            known: HashMap::new(),
        }
    }

    /// The class of a text within these scopes: the innermost that says anything counts.
    pub(super) fn of(&mut self, scopes: &ScopeStack, text: &str) -> Option<Class> {
        let mut inner = None;
        for scope in scopes.as_slice().iter().rev() {
            match (self.verdict(*scope), inner) {
                (None, _) | (Some(Key), None) => {}
                (Some(Key), Some(String)) => return Some(Attribute),
                // What is inside has spoken, unless it may turn out to be a key.
                (Some(_), Some(_)) => break,
                (Some(Plain), None) => return None,
                (Some(Is(String)), None) => inner = Some(String),
                (Some(Is(class)), None) => return Some(class),
                (Some(IfWord(class)), None) => {
                    return text.trim().starts_with(is_of_word).then_some(class);
                }
            }
        }
        inner
    }

    fn verdict(&mut self, scope: Scope) -> Option<Verdict> {
        let table = &self.table;
        *self.known.entry(scope).or_insert_with(|| {
            let fits = table.iter().find(|(start, _)| start.is_prefix_of(scope));
            fits.map(|(_, verdict)| *verdict)
        })
    }
}

/// Whether a word may begin with it: `#include`, `@media` and `!important` are words.
fn is_of_word(character: char) -> bool {
    character.is_alphabetic() || matches!(character, '_' | '#' | '@' | '!' | '$')
}
