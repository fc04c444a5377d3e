//! What somebody is answered, and how two answers are compared that name other ids.

use reqwest::Response;
use uuid::Uuid;

use super::belongings::Ids;
use crate::support::{Frames, add_up};

/// What somebody has been answered.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    location: String,
    body: String,
}

impl Answer {
    pub(super) async fn of(response: Response) -> Self {
        let header = |name| response.headers().get(name);
        let text = |name| {
            header(name)
                .map_or("", |it| it.to_str().unwrap())
                .to_owned()
        };
        let (status, location) = (response.status().as_u16(), text("location"));
        let body = if text("content-type") == "text/event-stream" {
            // How it is cut into frames is another matter each time.
            let (content, thinking, last) = add_up(&Frames::of(response).all().await);
            content + &thinking + &last["status"].to_string()
        } else {
            response.text().await.unwrap()
        };
        Self {
            status,
            location,
            body,
        }
    }

    pub(super) fn mentions(&self, text: &str) -> bool {
        self.location.contains(text) || self.body.contains(text)
    }

    /// The same without what is another each time, and with names in the place of the ids that were sent.
    pub(super) fn masked(&self, ids: &Ids) -> Self {
        let mask = |text: &str| {
            let named = |text: String, (name, id): (&&str, &String)| text.replace(id, name);
            masked(&ids.iter().fold(without_nonces(text), named))
        };
        Self {
            status: self.status,
            location: mask(&self.location),
            body: mask(&self.body),
        }
    }
}

/// HTML without the number that lets a page's own scripts run.
pub(super) fn without_nonces(html: &str) -> String {
    let nonce = html.split_once("nonce=\"").map(|(_, rest)| rest);
    match nonce.and_then(|rest| rest.split_once('"')) {
        Some((nonce, _)) => html.replace(nonce, ""),
        None => html.to_owned(),
    }
}

/// A text in which ids are all the same, and so are numbers.
fn masked(text: &str) -> String {
    let is_part = |it: char| it.is_ascii_alphanumeric() || it == '-';
    let words = text.split_inclusive(|it| !is_part(it)).map(|word| {
        let id = word.trim_end_matches(|it| !is_part(it));
        let end = id.len().checked_sub(36).and_then(|at| id.get(at..));
        match end.filter(|end| Uuid::parse_str(end).is_ok()) {
            Some(end) => word.replace(end, "ID"),
            None => word.replace(|it: char| it.is_ascii_digit(), "#"),
        }
    });
    words.collect()
}
