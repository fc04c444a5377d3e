//! The harmless oddities that a client has to bear. What breaks an answer
//! lives in `fault`.

/// An oddity of an answer; the whole text still arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quirk {
    /// Lines end in `\r\n`.
    Crlf,
    /// Blank lines between the lines.
    Blank,
    /// The last line has no line break.
    NoNewline,
    /// Lines in between that are not JSON.
    Junk,
    /// Lines in between without any text.
    Empty,
    /// Unknown fields everywhere, and an unknown `done_reason`.
    Extra,
    /// The done line has no counts and no durations.
    NoMetrics,
    /// The done line has no `done_reason`.
    NoReason,
    /// The last token of the thinking and of the content are in the done line.
    Tail,
    /// The done line is the only line and holds everything.
    DoneOnly,
    /// A tool call in a line before the done line.
    Tool,
    /// A tool call in the done line.
    ToolDone,
    /// Half of the thinking comes when half of the content has.
    Again,
}

impl Quirk {
    /// Each quirk by its name in a script, with what it does.
    pub const ALL: [(&str, Self, &str); 13] = [
        ("crlf", Self::Crlf, "lines end in \\r\\n"),
        ("blank", Self::Blank, "blank lines between the lines"),
        (
            "nonewline",
            Self::NoNewline,
            "the last line has no line break",
        ),
        ("junk", Self::Junk, "lines in between that are not JSON"),
        ("empty", Self::Empty, "lines in between without any text"),
        (
            "extra",
            Self::Extra,
            "unknown fields, and an unknown done_reason",
        ),
        (
            "nometrics",
            Self::NoMetrics,
            "no counts and durations in the done line",
        ),
        (
            "noreason",
            Self::NoReason,
            "no done_reason in the done line",
        ),
        (
            "tail",
            Self::Tail,
            "the last thinking and content token are in the done line",
        ),
        (
            "doneonly",
            Self::DoneOnly,
            "the done line is the only one, with the whole text, at once",
        ),
        (
            "tool",
            Self::Tool,
            "calls a tool before the done line, unless just given a result",
        ),
        (
            "tooldone",
            Self::ToolDone,
            "calls a tool in the done line, unless just given a result",
        ),
        (
            "again",
            Self::Again,
            "thinks again in the midst of the content",
        ),
    ];
}

/// A set of quirks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quirks(u16);

impl Quirks {
    pub(crate) const fn has(self, quirk: Quirk) -> bool {
        self.0 & (1 << quirk as u16) != 0
    }

    pub(crate) const fn add(&mut self, quirk: Quirk) {
        self.0 |= 1 << quirk as u16;
    }

    pub(crate) const fn remove(&mut self, quirk: Quirk) {
        self.0 &= !(1 << quirk as u16);
    }
}
