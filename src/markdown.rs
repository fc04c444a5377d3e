//! Markdown: a placeholder for what renders it. Only what the server adds is here.

/// What only a server can add: colours and mathematics.
pub trait Finish {
    /// The HTML inside `<code>`.
    fn code(&mut self, language: &str, code: &str) -> Finished;

    /// The `<math>` of a formula.
    fn math(&mut self, source: &str, display: bool) -> Finished;
}

/// What has become of a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finished {
    /// Its HTML.
    Done(String),
    /// It stays plain for good.
    Never,
    /// The page may ask for it.
    Later,
}

/// Finishes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl Finish for Plain {
    fn code(&mut self, _: &str, _: &str) -> Finished {
        Finished::Later
    }

    fn math(&mut self, _: &str, _: bool) -> Finished {
        Finished::Later
    }
}
