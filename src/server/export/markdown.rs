//! An export as Markdown: what is shown of a chat, for people. Texts stay as they are, whatever is in them.
//!
//! Other versions than those that are shown, numbers and ids are in [`super::json`] alone.

use std::{
    collections::{HashMap, HashSet},
    iter,
};

use jiff::Timestamp;
use serde_json::Value;

use super::time;
use crate::{
    chat::{Chat, ChatMessage, Done, Path, Status},
    server::store::whole::{Whole, WholeMessage, WholeWritten},
};

/// A chat, piece by piece: the path through it that is shown.
pub fn chat(whole: Whole) -> impl Iterator<Item = String> + Send {
    let steps = path(&whole).steps.into_iter();
    let mut shown: HashMap<_, _> = steps.map(|it| (it.message.id, it.siblings)).collect();
    let mut facts = vec![
        format!("Begun {}", date(time(whole.begun_at))),
        format!("last asked {}", date(time(whole.asked_at))),
    ];
    let mut named = HashSet::new();
    for message in whole
        .messages
        .iter()
        .filter(|it| shown.contains_key(&it.id))
    {
        if let Some(written) = &message.written
            && named.insert(&*written.model)
        {
            facts.push(one_line(&written.model));
        }
    }
    let head = format!("# {}\n\n{}\n", one_line(&whole.title), facts.join(" · "));
    // A parent stands before its children, so that the order is that of the path.
    let messages = whole.messages.into_iter().filter_map(move |message| {
        let siblings = shown.remove(&message.id)?;
        Some(piece(&message, &siblings))
    });
    iter::once(head).chain(messages)
}

/// What stands after the last of all chats. A file without it is not whole.
pub fn tail(now: Timestamp, count: u64) -> String {
    let before = if count > 0 { "\n" } else { "" };
    format!("{before}---\n\nExported {}. Chats: {count}.\n", date(now))
}

/// The path as the page finds it.
fn path(whole: &Whole) -> Path {
    let messages = whole.messages.iter().map(|message| ChatMessage {
        id: message.id.clone(),
        parent: message.parent.clone(),
        role: message.role,
        content: String::new(),
        written: None,
    });
    let chat = Chat {
        leaf: whole.leaf.clone(),
        messages: messages.collect(),
        ..Chat::default()
    };
    chat.into_path()
}

/// A message, and which of its versions it is.
fn piece(message: &WholeMessage, siblings: &[String]) -> String {
    let mut piece = String::new();
    let out = &mut piece;
    let speaker = match &message.written {
        Some(written) => one_line(&written.model),
        None => "You".to_owned(),
    };
    add(out, &format!("## {speaker}"));
    if let Some(at) = siblings.iter().position(|id| *id == message.id) {
        add(out, &format!("*Version {} of {}*", at + 1, siblings.len()));
    }
    if let Some(written) = &message.written {
        add_thoughts(out, written);
    }
    add(out, &message.content);
    if let Some(ending) = message.written.as_ref().and_then(ending) {
        // As a quotation, so that it does not pass for the model's own words.
        add(out, &format!("> {ending}"));
    }
    piece
}

/// What came before the text: thoughts, and calls of tools, each in a fold.
fn add_thoughts(out: &mut String, written: &WholeWritten) {
    if !written.thinking.trim().is_empty() {
        add(out, "<details><summary>Thoughts</summary>");
        add(out, &written.thinking);
        add(out, "</details>");
    }
    if !written.tool_calls.is_empty() {
        add(out, "<details><summary>Tool calls</summary>");
        let lines = written.tool_calls.iter().map(Value::to_string);
        let lines: Vec<_> = lines.collect();
        add(out, &format!("```json\n{}\n```", lines.join("\n")));
        add(out, "</details>");
    }
}

/// How an answer ended, if not well.
fn ending(written: &WholeWritten) -> Option<String> {
    let Some(done) = &written.done else {
        return Some("This answer was still being written when it was exported.".to_owned());
    };
    let because = |what: &str| match &done.error {
        Some(error) => format!("{what}: {}", one_line(&error.message)),
        None => format!("{what}."),
    };
    match done {
        Done {
            status: Status::Complete,
            reason: Some(reason),
            ..
        } if reason == "length" => Some("Cut off: the length limit was reached.".to_owned()),
        Done { status, .. } => match status {
            Status::Complete => None,
            Status::Stopped => Some("Stopped.".to_owned()),
            Status::Interrupted => Some(because("Interrupted")),
            Status::Failed => Some(because("Failed")),
        },
    }
}

/// Adds a text with a blank line before it. Code that was not ended in it, because the answer was cut, ends with it:
/// what follows is no code.
fn add(out: &mut String, text: &str) {
    if text.trim().is_empty() {
        return;
    }
    out.push('\n');
    out.push_str(text);
    if !text.ends_with('\n') {
        out.push('\n');
    }
    if let Some(fence) = open_fence(text) {
        out.push_str(fence);
        out.push('\n');
    }
}

/// The fence of a code block that does not end in `text`. One that is indented stands in a list, and ends with it.
fn open_fence(text: &str) -> Option<&str> {
    let mut open: Option<&str> = None;
    for line in text.lines() {
        let stripped = line.trim_start_matches(' ');
        let mark = stripped.chars().next().filter(|it| "`~".contains(*it));
        let Some(mark) = mark else {
            continue;
        };
        let rest = stripped.trim_start_matches(mark);
        let fence = &stripped[..stripped.len() - rest.len()];
        let indented = line.len() - stripped.len();
        match open {
            Some(begun) => {
                let ends = fence.starts_with(begun) && rest.trim().is_empty() && indented < 4;
                open = Some(begun).filter(|_| !ends);
            }
            None if fence.len() >= 3 && indented == 0 && !(mark == '`' && rest.contains('`')) => {
                open = Some(fence);
            }
            None => {}
        }
    }
    open
}

/// To the minute, for people.
fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A heading, for one, has one line.
fn one_line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{chat::Role, error::Error};

    #[test]
    fn code_that_was_cut_ends_with_its_message() {
        for (text, wanted) in [
            ("plain", None),
            ("```rust\nlet a", Some("```")),
            ("```rust\nlet a\n```\nmore", None),
            ("~~~~\n```\n~~~\n", Some("~~~~")),
            ("````\n```\n", Some("````")),
            ("````\n`````  \n", None),
            ("``` not `a` fence", None),
            ("```\n    ```\n", Some("```")),
            // In a list, and ended by it.
            ("- ```\n  code\n  ```\n", None),
            ("1. a\n   ```\n   code", None),
        ] {
            assert_eq!(open_fence(text), wanted, "{text:?}");
        }
    }

    fn answer(done: Option<Done>) -> WholeMessage {
        WholeMessage {
            id: "b".to_owned(),
            parent: Some("a".to_owned()),
            role: Role::Assistant,
            content: "# Not a title\n\n```\ncut".to_owned(),
            made_at: 0,
            written: Some(WholeWritten {
                model: "m".to_owned(),
                thinking: "hm".to_owned(),
                tool_calls: vec![serde_json::json!({"a": "```\n"})],
                done,
                ..WholeWritten::default()
            }),
        }
    }

    #[test]
    fn a_chat_is_what_is_shown() {
        let question = WholeMessage {
            id: "a".to_owned(),
            parent: None,
            role: Role::User,
            content: "Why?".to_owned(),
            written: None,
            ..answer(None)
        };
        let other = WholeMessage {
            id: "c".to_owned(),
            ..answer(Some(Done::default()))
        };
        let whole = Whole {
            title: "One\ntwo".to_owned(),
            leaf: Some("b".to_owned()),
            messages: vec![question, answer(None), other],
            ..Whole::default()
        };
        let wanted = "# One two\n\n\
            Begun 1970-01-01 00:00 UTC · last asked 1970-01-01 00:00 UTC · m\n\n\
            ## You\n\nWhy?\n\n\
            ## m\n\n*Version 1 of 2*\n\n\
            <details><summary>Thoughts</summary>\n\nhm\n\n</details>\n\n\
            <details><summary>Tool calls</summary>\n\n```json\n{\"a\":\"```\\n\"}\n```\n\n</details>\n\n\
            # Not a title\n\n```\ncut\n```\n\n\
            > This answer was still being written when it was exported.\n";
        assert_eq!(chat(whole).collect::<String>(), wanted);
    }

    #[test]
    fn only_what_did_not_end_well_says_how_it_ended() {
        let said = |status, reason: Option<&str>, error: Option<&str>| {
            let done = Done {
                status,
                reason: reason.map(str::to_owned),
                error: error.map(Error::bad_request),
                ..Done::default()
            };
            let written = answer(Some(done)).written;
            written.as_ref().and_then(ending)
        };
        for (status, reason, error, wanted) in [
            (Status::Complete, Some("stop"), None, None),
            (
                Status::Complete,
                Some("length"),
                None,
                Some("Cut off: the length limit was reached."),
            ),
            (Status::Stopped, None, None, Some("Stopped.")),
            (Status::Interrupted, None, None, Some("Interrupted.")),
            (
                Status::Failed,
                None,
                Some("No\nmemory."),
                Some("Failed: No memory."),
            ),
        ] {
            assert_eq!(said(status, reason, error).as_deref(), wanted);
        }
    }
}
