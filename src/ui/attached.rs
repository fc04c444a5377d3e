//! Text files in a question: quoted in it as code that has a name, and folded where it is shown.
//!
//! So a file is text like the rest: the model reads it, a draft keeps it, and whoever edits the question sees it.

use crate::{markdown::escape, words::Words};

/// The largest file, in bytes.
pub const LARGEST: f64 = 500_000.0;

/// A file as it stands in a question.
pub fn quote(name: &str, text: &str) -> String {
    let language = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let mut longest = 0;
    let mut run = 0;
    for it in text.chars() {
        run = if it == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest.max(2) + 1);
    let name = name.replace(['`', '\n'], "");
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("`{name}`:\n{fence}{language}\n{text}{end}{fence}\n")
}

/// Appends a question as HTML: what is quoted in it is folded. Its text is all there, but for the folds' summaries.
pub fn write(words: Words, question: &str, html: &mut String) {
    let mut rest = question;
    let mut plain = 0;
    while let Some(after) = rest.get(plain..).filter(|it| !it.is_empty()) {
        let Some((name, lines, length)) = file(after) else {
            plain += after.find('\n').map_or(after.len(), |at| at + 1);
            continue;
        };
        escape(&rest[..plain], html);
        html.push_str(r#"<details class="file" dir="ltr"><summary>"#);
        escape(name, html);
        html.push_str(" <small>");
        html.push_str(&words.lines(lines));
        html.push_str("</small></summary><pre tabindex=\"0\">");
        escape(&after[..length], html);
        html.push_str("</pre></details>");
        rest = &after[length..];
        plain = 0;
    }
    escape(rest, html);
}

/// The file that a text begins with: its name, how many lines it has, and how long all of it is.
fn file(text: &str) -> Option<(&str, u64, usize)> {
    let (name, body) = text.strip_prefix('`')?.split_once("`:\n")?;
    if name.is_empty() || name.contains(['`', '\n']) {
        return None;
    }
    let mark = body.len() - body.trim_start_matches('`').len();
    if mark < 3 {
        return None;
    }
    let fence = &body[..mark];
    let mut at = text.len() - body.len();
    let mut lines = 0;
    for (number, line) in body.split_inclusive('\n').enumerate() {
        at += line.len();
        if number > 0 && line.trim_end_matches('\n') == fence {
            return Some((name, lines, at));
        }
        // The line of the fence is none of the file's.
        lines += u64::from(number > 0);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(question: &str) -> String {
        let mut html = String::new();
        write(Words::default(), question, &mut html);
        html
    }

    #[test]
    fn a_file_is_quoted_so_that_it_cannot_end_early() {
        let quoted = quote("a`b.md", "````\n```\n");
        assert_eq!(quoted, "`ab.md`:\n`````md\n````\n```\n`````\n");
        assert_eq!(file(&quoted), Some(("ab.md", 2, quoted.len())));
    }

    #[test]
    fn what_is_quoted_is_folded_and_all_of_the_text_is_there() {
        let question = format!("See <this>:\n{}And?\n", quote("x.rs", "fn a() {}"));
        let html = shown(&question);
        assert_eq!(
            html,
            "See &lt;this&gt;:\n<details class=\"file\" dir=\"ltr\"><summary>x.rs <small>1 line</small></summary>\
             <pre tabindex=\"0\">`x.rs`:\n```rs\nfn a() {}\n```\n</pre></details>And?\n"
        );
        for other in [
            "`a`:\nb",
            "`a`:\n```\nnever ends",
            "``:\n```\n```\n",
            "`a`: ```\n",
            "",
            "`",
        ] {
            let mut plain = String::new();
            escape(other, &mut plain);
            assert_eq!(shown(other), plain);
        }
    }
}
