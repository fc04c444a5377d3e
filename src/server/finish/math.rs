//! Formulas as MathML: read by math-core, which knows no macros that could grow and no links.
//!
//! | file | what it does |
//! |---|---|
//! | `dialect` | before it: what models write and math-core does not know, in words that it knows |
//! | `sieve` | behind it: lets through what is on a list, and nothing else |

mod dialect;
mod sieve;

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};

/// A formula that is longer stays as it was written, in bytes. It bounds how deep one can be nested as well.
pub(super) const LONGEST: usize = 4096;

/// Abbreviations that packages have and models use.
const MACROS: [(&str, &str); 9] = [
    ("textcolor", r"{\color{#1}#2}"),
    ("substack", r"\begin{subarray}{c}#1\end{subarray}"),
    ("abs", r"\left|#1\right|"),
    ("norm", r"\left\|#1\right\|"),
    ("dv", r"\frac{\mathrm{d}#1}{\mathrm{d}#2}"),
    ("pdv", r"\frac{\partial#1}{\partial#2}"),
    ("dd", r"\mathrm{d}"),
    ("Q", r"\mathbb{Q}"),
    ("C", r"\mathbb{C}"),
];

/// What reads formulas.
#[derive(Debug)]
pub(super) struct Formulas {
    reader: Option<LatexToMathML>,
}

impl Formulas {
    /// With the abbreviations.
    pub(super) fn new() -> Self {
        let macros = MACROS.map(|(name, body)| (name.to_owned(), body.to_owned()));
        let config = MathCoreConfig {
            macros: macros.into(),
            allow_unreliable_rendering: true,
            ..MathCoreConfig::default()
        };
        Self {
            reader: LatexToMathML::new(config).ok(),
        }
    }

    /// The `<math>` of a formula; `None`: it stays as it was written.
    ///
    /// Deep ones take a deep stack, a kilobyte for a byte at the most: who calls this has to have it.
    pub(super) fn html(&self, source: &str, display: bool) -> Option<String> {
        let source = source.trim();
        let strange = |c: char| c != '\r' && is_control(c);
        if source.is_empty() || source.len() > LONGEST || source.contains(strange) {
            return None;
        }
        let known = dialect::translate(source)?;
        let style = if display {
            MathDisplay::Block
        } else {
            MathDisplay::Inline
        };
        let reader = self.reader.as_ref()?;
        let read = reader.convert_with_local_state(&known, style).ok()?;
        sieve::sift(&read.mathml, source)
    }
}

/// Whether a character controls how others are shown; MathML has use for some that only cannot be seen.
const fn is_control(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\0'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
