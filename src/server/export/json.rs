//! An export as JSON: everything that is known, in a form that is documented (`docs/export.md`) and has a version.
//!
//! A member that a reader does not know is no reason for a new version; one that means something else is.

use std::iter;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::time;
use crate::{
    chat::{Done, Folder, Role, Settings, Stats, Status},
    error::Error,
    server::store::whole::{TitledBy, Whole, WholeMessage, WholeWritten},
};

/// The version of the form.
const VERSION: u32 = 1;

/// What stands after the last chat.
pub const TAIL: &str = "\n]}\n";

/// What stands before the first chat.
pub fn head(now: Timestamp, folders: &[Folder]) -> String {
    let (now, folders) = (text(&rfc3339(now)), text(folders));
    format!(
        "{{\"brooklet_export\":{VERSION},\"exported_at\":{now},\"folders\":{folders},\"chats\":[\n"
    )
}

/// A chat, in one line and piece by piece.
pub fn chat(whole: Whole) -> impl Iterator<Item = String> + Send {
    let mut head = text(&Chat {
        id: &whole.id,
        title: &whole.title,
        titled_by: match whole.titled_by {
            TitledBy::Question => "question",
            TitledBy::Person => "person",
            TitledBy::Model => "model",
        },
        begun_at: rfc3339(time(whole.begun_at)),
        asked_at: rfc3339(time(whole.asked_at)),
        pinned: whole.pinned,
        archived: whole.archived,
        folder: whole.folder.as_deref(),
        settings: &whole.settings,
        leaf: whole.leaf.as_deref(),
    });
    // Its messages are members of it too.
    head.truncate(head.len() - "}".len());
    head += ",\"messages\":[";
    let commas = iter::once("").chain(iter::repeat(","));
    let messages = whole.messages.into_iter().zip(commas);
    let messages = messages.map(|(it, comma)| comma.to_owned() + &text(&message(&it)));
    let end = iter::once("]}".to_owned());
    iter::once(head).chain(messages).chain(end)
}

#[derive(Serialize)]
struct Chat<'a> {
    id: &'a str,
    title: &'a str,
    titled_by: &'static str,
    begun_at: String,
    asked_at: String,
    pinned: bool,
    archived: bool,
    folder: Option<&'a str>,
    settings: &'a Settings,
    leaf: Option<&'a str>,
}

#[derive(Serialize)]
struct Message<'a> {
    id: &'a str,
    parent: Option<&'a str>,
    role: Role,
    content: &'a str,
    made_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<Written<'a>>,
}

#[derive(Serialize)]
struct Written<'a> {
    generation: &'a str,
    model: &'a str,
    begun_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<&'a Value>,
    #[serde(skip_serializing_if = "str::is_empty")]
    thinking: &'a str,
    #[serde(skip_serializing_if = "<[Value]>::is_empty")]
    tool_calls: &'a [Value],
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Stats::is_empty")]
    stats: Stats,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Error>,
}

fn message(message: &WholeMessage) -> Message<'_> {
    Message {
        id: &message.id,
        parent: message.parent.as_deref(),
        role: message.role,
        content: &message.content,
        made_at: rfc3339(time(message.made_at)),
        written: message.written.as_ref().map(written),
    }
}

fn written(written: &WholeWritten) -> Written<'_> {
    let done = written.done.as_ref();
    Written {
        generation: &written.generation,
        model: &written.model,
        begun_at: rfc3339(time(written.begun_at)),
        asked: written.asked.as_ref(),
        thinking: &written.thinking,
        tool_calls: &written.tool_calls,
        status: status(done),
        reason: done.and_then(|done| done.reason.as_deref()),
        stats: done.map(|done| done.stats).unwrap_or_default(),
        error: done.and_then(|done| done.error.as_ref()),
    }
}

const fn status(done: Option<&Done>) -> &'static str {
    match done {
        None => "running",
        Some(done) => match done.status {
            Status::Complete => "complete",
            Status::Stopped => "stopped",
            Status::Interrupted => "interrupted",
            Status::Failed => "failed",
        },
    }
}

/// With milliseconds, always three digits of them, in UTC.
fn rfc3339(time: Timestamp) -> String {
    format!("{time:.3}")
}

fn text<T: Serialize + ?Sized>(value: &T) -> String {
    // There is nothing in it that JSON cannot say.
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds_and_are_of_one_length() {
        for (milliseconds, wanted) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_782_907_200_007, "2026-07-01T12:00:00.007Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        ] {
            assert_eq!(rfc3339(time(milliseconds)), wanted);
        }
        // Whatever a file may hold.
        assert!(rfc3339(time(u64::MAX)).starts_with("9999-"));
    }
}
