//! `GET /api/export`: one chat, or all of them, as a file to keep.
//!
//! | file | noun |
//! |---|---|
//! | [`json`] | everything that is known, for programs; `docs/export.md` documents it |
//! | [`markdown`] | what is shown, for people |
//! | [`name`] | what the file is called |
//!
//! An export of all is written chat by chat: it holds one of them in memory, and nothing in the store while its reader
//! takes what there is. It cannot say any more that something went wrong once it has begun: then its connection breaks,
//! so that no half of a file passes for a whole one.

pub mod json;
pub mod markdown;
pub mod name;

use std::{sync::Arc, vec};

use axum::{
    body::Body,
    extract::{Query, State, rejection::QueryRejection},
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    AppState,
    store::{Chats, Whole},
    threads::no_such_chat,
};
use crate::{
    chat::Folder,
    error::{Error, ErrorKind, Result},
};

/// How many ids are read at once.
const PAGE: u32 = 100;

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

    /// A chat. It may be long, and others are served by the same thread.
    async fn chat(self, whole: Whole) -> Result<String> {
        let writing = tokio::task::spawn_blocking(move || match self {
            Self::Markdown => markdown::chat(&whole),
            Self::Json => json::chat(&whole),
        });
        writing.await.map_err(|_| {
            Error::new(
                ErrorKind::Internal,
                "Brooklet could not write a chat into the file; its log says why.",
            )
        })
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
    State(state): State<AppState>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response> {
    let Query(wanted) = wanted.map_err(|why| {
        Error::bad_request(format!(
            "The request could not be read: {}.",
            why.body_text()
        ))
    })?;
    let form = Form::named(wanted.form.as_deref())?;
    match wanted.chat {
        Some(chat) => one(state.chats, form, &chat).await,
        None => all(state.chats, form).await,
    }
}

/// One chat: in JSON, a file of all chats that has one.
async fn one(chats: Arc<dyn Chats>, form: Form, id: &str) -> Result<Response> {
    let whole = chats.whole(id).await?.ok_or_else(no_such_chat)?;
    let mut folders = chats.folders().await?;
    folders.retain(|folder| whole.folder.as_ref() == Some(&folder.id));
    let name = name::of(&whole.title);
    let mut file = form.head(Timestamp::now(), &folders);
    file += &form.chat(whole).await?;
    if form == Form::Json {
        file += json::TAIL;
    }
    Ok(download(form, &name, file.into()))
}

/// All chats, newest first.
async fn all(chats: Arc<dyn Chats>, form: Form) -> Result<Response> {
    let now = Timestamp::now();
    let head = form.head(now, &chats.folders().await?);
    // Where the first ids can be read, the status can still say that they cannot.
    let ids = chats.ids(None, PAGE).await?;
    let writing = All {
        chats,
        form,
        now,
        head: Some(head),
        last: ids.last().cloned(),
        ids: ids.into_iter(),
        count: 0,
        over: false,
    };
    let pieces = stream::try_unfold(writing, |mut writing| async move {
        let piece = writing.next().await?;
        Ok::<_, Error>(piece.map(|piece| (piece, writing)))
    });
    let name = format!("brooklet-chats-{}", now.strftime("%Y-%m-%d"));
    Ok(download(form, &name, Body::from_stream(pieces)))
}

/// A file of all chats that is being written.
struct All {
    chats: Arc<dyn Chats>,
    form: Form,
    now: Timestamp,
    /// What stands before the first chat, until it is written.
    head: Option<String>,
    /// The chats that come next.
    ids: vec::IntoIter<String>,
    /// The last of them.
    last: Option<String>,
    /// How many have been written.
    count: u64,
    over: bool,
}

impl All {
    /// The next piece of the file: a chat, and what stands before it; `None` after the end.
    async fn next(&mut self) -> Result<Option<String>> {
        if self.over {
            return Ok(None);
        }
        let mut piece = self.head.take().unwrap_or_default();
        if let Some(whole) = self.next_chat().await? {
            if self.count > 0 {
                piece += self.form.between();
            }
            piece += &self.form.chat(whole).await?;
            self.count += 1;
        } else {
            piece += &self.form.tail(self.now, self.count);
            self.over = true;
        }
        Ok(Some(piece))
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
            self.last = ids.last().cloned();
            self.ids = ids.into_iter();
        }
    }
}

/// An answer that browsers keep as a file, called `name` and as its form ends.
fn download(form: Form, name: &str, body: Body) -> Response {
    let headers = [
        (CONTENT_TYPE, form.content_type().to_owned()),
        (
            CONTENT_DISPOSITION,
            name::disposition(name, form.extension()),
        ),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, body).into_response()
}

/// A time of the store's, which are milliseconds since 1970.
fn time(milliseconds: u64) -> Timestamp {
    let milliseconds = i64::try_from(milliseconds).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
}
