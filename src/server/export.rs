//! `GET /api/export`: one chat, or all of them, as a file to keep.
//!
//! | file | noun |
//! |---|---|
//! | [`json`] | everything that is known, for programs; `docs/export.md` documents it |
//! | [`markdown`] | what is shown, for people |
//! | [`name`] | what the file is called |
//!
//! A file is written message by message and chat by chat: it holds one chat in memory, and nothing in the store while
//! its reader takes what there is. It cannot say any more that something went wrong once it has begun: then its
//! connection breaks, so that no half of a file passes for a whole one.

pub mod json;
pub mod markdown;
pub mod name;

use std::{iter, mem, sync::Arc, vec};

use axum::{
    Extension,
    body::Body,
    extract::{Query, rejection::QueryRejection},
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    AppState,
    client::Client,
    store::{Chats, Whole},
    streams::Seat,
    threads::no_such_chat,
};
use crate::{
    chat::Folder,
    error::{Error, Result},
};

/// How many ids are read at once.
const PAGE: u32 = 100;

/// How much is written at once, in bytes, or one message if that is longer: others are served by the same thread.
const ENOUGH: usize = 64 * 1024;

/// What is exported.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Wanted {
    /// The chat; without one all that are not deleted.
    chat: Option<String>,
    /// `markdown` or `json`.
    form: Option<String>,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Markdown,
    /// For programs.
    Json,
}

impl Form {
    fn named(name: Option<&str>) -> Result<Self> {
        match name {
            Some("markdown") => Ok(Self::Markdown),
            Some("json") => Ok(Self::Json),
            Some(_) => Err(Error::bad_request("`form` must be `markdown` or `json`.")),
            None => Err(Error::bad_request(
                "The request lacks `form`. Send `form=markdown` or `form=json`.",
            )),
        }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// How the file's name ends.
    const fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Json => "json",
        }
    }

    /// What stands before the first chat of a file.
    fn head(self, now: Timestamp, folders: &[Folder]) -> String {
        match self {
            Self::Markdown => String::new(),
            Self::Json => json::head(now, folders),
        }
    }

    /// What stands between two chats.
    const fn between(self) -> &'static str {
        match self {
            Self::Markdown => "\n",
            Self::Json => ",\n",
        }
    }

    /// A chat.
    fn chat(self, whole: Whole) -> Pieces {
        match self {
            Self::Markdown => Box::new(markdown::chat(whole)),
            Self::Json => Box::new(json::chat(whole)),
        }
    }

    /// What stands after the last chat of a file of all of them, `count` in number.
    fn tail(self, now: Timestamp, count: u64) -> String {
        match self {
            Self::Markdown => markdown::tail(now, count),
            Self::Json => json::TAIL.to_owned(),
        }
    }
}

/// Answers `GET /api/export`.
///
/// # Errors
/// 400 names the field; 404 unknown chat.
pub async fn export(
    state: AppState,
    Extension(Client(client)): Extension<Client>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response> {
    let Query(wanted) = wanted.map_err(|why| {
        Error::bad_request(format!(
            "The request could not be read: {}.",
            why.body_text()
        ))
    })?;
    let form = Form::named(wanted.form.as_deref())?;
    let mut file = match wanted.chat {
        Some(chat) => one(state.chats.clone(), form, &chat).await?,
        None => all(state.chats.clone(), form).await?,
    };
    // It may take long, and ends when who reads it may not any more.
    file.seat = Some(state.sit_down(client)?);
    Ok(file.download())
}

/// One chat: in JSON, a file of all chats that has one.
async fn one(chats: Arc<dyn Chats>, form: Form, id: &str) -> Result<File> {
    let whole = chats.whole(id).await?.ok_or_else(no_such_chat)?;
    let mut folders = chats.folders().await?;
    folders.retain(|folder| whole.folder.as_ref() == Some(&folder.id));
    let now = Timestamp::now();
    let head = form.head(now, &folders);
    let mut file = File::new(chats, form, head, name::of(&whole.title));
    file.chat = form.chat(whole);
    if form == Form::Json {
        file.tail = Some(now);
    }
    Ok(file)
}

/// All chats, newest first.
async fn all(chats: Arc<dyn Chats>, form: Form) -> Result<File> {
    let now = Timestamp::now();
    let head = form.head(now, &chats.folders().await?);
    // Where the first ids cannot be read, the status can still say so.
    let ids = chats.ids(None, PAGE).await?;
    let name = format!("brooklet-chats-{}", now.strftime("%Y-%m-%d"));
    let mut file = File::new(chats, form, head, name);
    file.come(ids);
    file.tail = Some(now);
    Ok(file)
}

/// A chat, piece by piece: a message each, which is let go of when it has been written.
type Pieces = Box<dyn Iterator<Item = String> + Send>;

/// A file that is being written.
struct File {
    chats: Arc<dyn Chats>,
    form: Form,
    /// What it is called, without its ending.
    name: String,
    /// Its place among the open streams, while it is read.
    seat: Option<Seat>,
    /// What stands before the first chat, until it is written.
    head: String,
    /// The rest of the chat that is being written.
    chat: Pieces,
    /// The chats that come next.
    ids: vec::IntoIter<String>,
    /// The last of them.
    last: Option<String>,
    /// How many have been begun.
    count: u64,
    /// When the file was begun, if it has an end that tells; `None` when that is written.
    tail: Option<Timestamp>,
}

impl File {
    fn new(chats: Arc<dyn Chats>, form: Form, head: String, name: String) -> Self {
        Self {
            chats,
            form,
            name,
            seat: None,
            head,
            chat: Box::new(iter::empty()),
            ids: Vec::new().into_iter(),
            last: None,
            count: 0,
            tail: None,
        }
    }

    /// These chats come next.
    fn come(&mut self, ids: Vec<String>) {
        self.last = ids.last().cloned();
        self.ids = ids.into_iter();
    }

    /// The next part of the file; `None` after its end.
    async fn next(&mut self) -> Result<Option<String>> {
        let mut part = mem::take(&mut self.head);
        while part.len() < ENOUGH {
            if let Some(piece) = self.chat.next() {
                part += &piece;
            } else if let Some(whole) = self.next_chat().await? {
                if self.count > 0 {
                    part += self.form.between();
                }
                self.count += 1;
                self.chat = self.form.chat(whole);
            } else {
                if let Some(now) = self.tail.take() {
                    part += &self.form.tail(now, self.count);
                }
                break;
            }
        }
        Ok(Some(part).filter(|part| !part.is_empty()))
    }

    /// The next chat; one that has been deleted meanwhile is passed over.
    async fn next_chat(&mut self) -> Result<Option<Whole>> {
        loop {
            for id in self.ids.by_ref() {
                if let Some(whole) = self.chats.whole(&id).await? {
                    return Ok(Some(whole));
                }
            }
            let Some(last) = self.last.take() else {
                return Ok(None);
            };
            let ids = self.chats.ids(Some(&last), PAGE).await?;
            self.come(ids);
        }
    }

    /// The answer that browsers keep as a file.
    fn download(self) -> Response {
        let headers = [
            (CONTENT_TYPE, self.form.content_type().to_owned()),
            (
                CONTENT_DISPOSITION,
                name::disposition(&self.name, self.form.extension()),
            ),
            (CACHE_CONTROL, "no-store".to_owned()),
        ];
        let parts = stream::try_unfold(self, |mut file| async move {
            let part = file.next().await?;
            Ok::<_, Error>(part.map(|part| (part, file)))
        });
        (headers, Body::from_stream(parts)).into_response()
    }
}

/// A time of the store's, which are milliseconds since 1970.
fn time(milliseconds: u64) -> Timestamp {
    let milliseconds = i64::try_from(milliseconds).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
}
