//! The file of results: parts with a heading each, of which what has been measured anew is replaced.
//!
//! Not here: what stands in the parts ([`crate::report`], [`crate::store`], [`crate::accounts`]).

use crate::{accounts, report, store};

/// With what the parts begin, in their order.
const HEADINGS: [&str; 3] = [report::HEADING, store::HEADING, accounts::HEADING];

/// The file's text with these parts in place of what it had; `None`: that part stays as it is.
pub(crate) fn renewed(kept: &str, parts: [Option<String>; 3]) -> String {
    let all = HEADINGS.into_iter().zip(parts);
    let all = all.filter_map(|(heading, new)| new.or_else(|| part(kept, heading)));
    let all: Vec<String> = all.map(|part| part.trim_end().to_owned()).collect();
    all.join("\n\n") + "\n"
}

/// What stands under a heading, with it.
fn part(text: &str, heading: &str) -> Option<String> {
    let is_there = text.starts_with(heading);
    let begin = match is_there {
        true => 0,
        false => text.find(&format!("\n{heading}"))? + 1,
    };
    let rest = &text[begin..];
    let end = rest.find("\n# ").unwrap_or(rest.len());
    Some(rest[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_stays_as_it_is() {
        let [streams, store, accounts] = HEADINGS.map(|heading| format!("{heading}\nold\n"));
        let kept = format!("{streams}\n{store}\n{accounts}");
        assert_eq!(renewed(&kept, [None, None, None]), kept);
        let new = format!("{}\nnew\n", HEADINGS[1]);
        let text = renewed(&kept, [None, Some(new.clone()), None]);
        assert_eq!(text, format!("{streams}\n{new}\n{accounts}"));
        let new = format!("{}\n## Read\n\nnew\n", HEADINGS[2]);
        let text = renewed(&streams, [None, None, Some(new.clone())]);
        assert_eq!(text, format!("{streams}\n{new}"));
        assert_eq!(renewed(&text, [None, None, None]), text);
        assert_eq!(renewed("", [None, None, Some(new.clone())]), new);
    }
}
