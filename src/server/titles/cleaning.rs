//! What a model said when it was asked for a title, as a title: models quote, mark up, explain and think aloud.

use super::super::threads;

/// What a model writes before a title, in lower case; it does so in the language of the conversation.
const LABELS: [&str; 12] = [
    "title",
    "conversation title",
    "chat title",
    "titel",
    "titre",
    "título",
    "titolo",
    "tytuł",
    "заголовок",
    "标题",
    "タイトル",
    "제목",
];

/// What a title may stand in: what opens it, and what closes it.
const AROUND: [(char, &[char]); 9] = [
    ('"', &['"']),
    ('\'', &['\'']),
    ('“', &['”']),
    ('„', &['“', '”']),
    ('‘', &['’']),
    ('«', &['»']),
    ('「', &['」']),
    ('*', &['*']),
    ('_', &['_']),
];

/// The title in what was said: its first line that is one. `None`: there is none.
pub(super) fn clean(said: &str) -> Option<String> {
    let spoken = without_thoughts(said);
    let mut lines = spoken.lines().map(tidy);
    // A colon at its end announces what comes after it: "Here is a title:".
    let line = lines.find(|line| !line.is_empty() && !line.ends_with([':', '：']))?;
    Some(threads::title(&line))
}

/// Cuts out what stands between `<think>` and `</think>`.
fn without_thoughts(said: &str) -> String {
    let (mut spoken, mut rest) = (String::new(), said);
    while let Some((before, after)) = rest.split_once("<think>") {
        spoken.push_str(before);
        // One without an end was cut off.
        rest = after.split_once("</think>").map_or("", |(_, after)| after);
    }
    spoken.push_str(rest);
    // One that the model's template has begun has nothing but an end.
    match spoken.rsplit_once("</think>") {
        Some((_, after)) => after.to_owned(),
        None => spoken,
    }
}

/// A line without what makes it more than a title.
fn tidy(line: &str) -> String {
    if line.trim_start().starts_with("```") {
        return String::new();
    }
    let line = line.replace("**", "").replace('`', "");
    let words: Vec<_> = line
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    let line = words.join(" ");
    // One may stand in the other, in any order. What changes gets shorter, and so this ends.
    let mut title = &*line;
    loop {
        let bare = barer(title);
        if bare.len() == title.len() {
            return title.to_owned();
        }
        title = bare;
    }
}

fn barer(title: &str) -> &str {
    let title = without_label(without_mark(title.trim()));
    let title = title.strip_suffix(['.', '。']).unwrap_or(title);
    let strong = title
        .strip_prefix("__")
        .and_then(|title| title.strip_suffix("__"));
    let title = strong.unwrap_or(title);
    AROUND.into_iter().fold(title, unwrapped)
}

/// Takes off what begins a heading, a quotation or an item of a list; a line of nothing else is a rule.
fn without_mark(title: &str) -> &str {
    let (first, rest) = title.split_once(' ').unwrap_or((title, ""));
    let is_mark = first.chars().all(|c| "#>*-+=_•".contains(c));
    if is_mark { rest } else { title }
}

fn without_label(title: &str) -> &str {
    let Some((label, rest)) = title.split_once([':', '：']) else {
        return title;
    };
    let label = label.trim_matches(['*', '_', '"', ' ']).to_lowercase();
    if LABELS.contains(&&*label) {
        rest
    } else {
        title
    }
}

/// Takes off what a title stands in, or one of the two where the other was not said; not in `"A" and "B"`.
fn unwrapped<'a>(title: &'a str, (open, close): (char, &[char])) -> &'a str {
    let is_free = |inner: &str| !inner.contains(open) && !inner.contains(close);
    let opened = title.strip_prefix(open);
    let closed = title.strip_suffix(close);
    let both = opened.and_then(|inner| inner.strip_suffix(close));
    match both.or(opened).or(closed) {
        Some(inner) if is_free(inner) => inner,
        _ => title,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_models_say_becomes_a_title() {
        for (said, title) in [
            ("Why the Sky Is Blue", "Why the Sky Is Blue"),
            ("\n\n  Blue   sky \r\nand more", "Blue sky"),
            ("\"Blue sky.\"", "Blue sky"),
            ("\"Blue sky\".", "Blue sky"),
            ("\"Blue sky", "Blue sky"),
            ("„Blauer Himmel“", "Blauer Himmel"),
            ("« Ciel bleu »", "Ciel bleu"),
            ("「青い空」。", "青い空"),
            ("**Title:** Blue sky", "Blue sky"),
            ("title : \"*Blue sky*\"", "Blue sky"),
            ("Titel: Blauer Himmel", "Blauer Himmel"),
            ("标题：蓝天", "蓝天"),
            ("Title:\n\n# Blue sky #1", "Blue sky #1"),
            ("## __Blue sky__", "Blue sky"),
            ("> - `Blue` sky", "Blue sky"),
            ("---\nBlue sky", "Blue sky"),
            ("```markdown\nBlue sky\n```", "Blue sky"),
            (
                "Here is a title for the conversation:\n\n**Blue sky**",
                "Blue sky",
            ),
            ("<think>\nA title?\n</think>\n\nBlue sky", "Blue sky"),
            ("A title?\n</think>\nBlue sky", "Blue sky"),
            ("Blue<think>hm</think> sky", "Blue sky"),
            ("Blue sky <think>and the", "Blue sky"),
            // What belongs to it stays.
            ("Rust: \"unsafe\" and why", "Rust: \"unsafe\" and why"),
            ("\"Hamlet\" and \"Macbeth\"", "\"Hamlet\" and \"Macbeth\""),
            ("\"Hamlet\" explained", "\"Hamlet\" explained"),
            ("It's complicated", "It's complicated"),
            ("What is 2 * 3?", "What is 2 * 3?"),
            ("#rust and snake_case", "#rust and snake_case"),
        ] {
            assert_eq!(clean(said).as_deref(), Some(title), "{said:?}");
        }
        for said in [
            "",
            " \n\t\n",
            "<think>Let me see",
            "\"\"",
            "\"",
            "**",
            "---",
            "Title:",
            "...",
            "```",
            "Here is a title for the conversation:",
        ] {
            assert_eq!(clean(said), None, "{said:?}");
        }
    }

    #[test]
    fn a_long_one_is_cut_at_a_word() {
        let cut = clean(&"word ".repeat(30));
        assert_eq!(
            cut.as_deref(),
            Some(&*("word ".repeat(12).trim_end().to_owned() + "…"))
        );
    }

    proptest! {
        #[test]
        fn whatever_is_said_a_title_is_a_short_clean_line(
            said in "(<think>|</think>|Title|[:.\"'*_#>`„“” \n\r\t]|\\PC|.){0,120}"
        ) {
            let Some(title) = clean(&said) else { return Ok(()) };
            prop_assert!(title.chars().count() <= 61, "{title}");
            prop_assert!(!title.contains(char::is_control), "{title:?}");
            prop_assert!(!title.contains("**") && !title.contains('`'), "{title}");
            prop_assert_eq!(title.trim(), &*title);
            prop_assert!(!title.is_empty() && !title.ends_with('.'), "{title}");
        }
    }
}
