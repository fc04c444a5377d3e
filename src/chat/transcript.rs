//! What a page has of a chat: the messages of its path as finished HTML.
//!
//! In a document that comes whole the HTML stands in its place, and what is told beside it ([`Opening`]) is the rest. How
//! messages look is `ui::message`'s matter; how they are brought into a document that is open, `ui::messages`'.

use serde::{Deserialize, Serialize};

use crate::json::told::told;

/// A chat, or the end of one, as a page shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// The chat; `None`: a new one.
    pub chat: Option<String>,
    /// What it is called.
    pub title: String,
    /// The model that is asked in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What is being written in it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub draft: String,
    /// How many messages before these are not here.
    #[serde(default)]
    pub earlier: u32,
    /// The messages, oldest first.
    pub messages: Vec<Shown>,
}

/// A message as a page shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Its id, which its element has as well.
    pub id: String,
    /// Says what its element shows: another stamp, another text.
    pub stamp: String,
    /// Which of those that stand in its place it is: another one, other buttons.
    pub place: String,
    /// Its element.
    pub html: String,
}

/// What a page begins with: the server puts it into the document, and the browser takes it from there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The chat that its address names, or a new one; without its messages, which stand in the document.
    pub transcript: Transcript,
    /// Whether there is a message in it.
    pub begun: bool,
    /// Whether its address names a chat that there is not.
    pub missing: bool,
    /// Why there is nobody to ask, if that is known.
    pub problem: Option<String>,
}

told! {
    Opening { transcript, begun, missing, problem }
    Transcript { chat, title, model, draft, earlier, messages }
    Shown { id, stamp, place, html }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn the_page_reads_a_transcript_as_it_is() {
        let shown = |id: &str| Shown {
            id: id.to_owned(),
            stamp: "g complete".to_owned(),
            place: "1 / 2".to_owned(),
            html: "<p>\"1 &lt; 2\"</p>".to_owned(),
        };
        let opening = Opening {
            transcript: Transcript {
                chat: Some("c".to_owned()),
                title: "Called".to_owned(),
                model: Some("m".to_owned()),
                draft: "And".to_owned(),
                earlier: 7,
                messages: vec![shown("a"), shown("b")],
            },
            begun: true,
            missing: false,
            problem: Some("Nobody \"there\"".to_owned()),
        };
        let wire = serde_json::to_string(&opening).unwrap_or_default();
        assert_eq!(json::read(&wire), Some(opening), "{wire}");
    }
}
