//! The list of chats, for programs and as the page shows it; and what a page begins with.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{AppState, drawing, store::words::Search, threads};
use crate::{
    chat::{ChatList, FolderChange, Found, Transcript, View},
    error::{Error, ErrorKind, Result},
    ui::{
        chat_list::{self, Rows},
        found_list,
    },
    words::{Words, told},
};

/// How many chats a page of the list has.
const PAGE: u32 = 50;

/// How many rows of the list the page has at a time: more than any screen shows, so that it can be scrolled meanwhile.
const WINDOW: u32 = 100;

/// How many messages a page of what was found has.
const FOUND: u32 = 50;

/// How many of what was found are shown, at the most.
const MOST_FOUND: u32 = 1000;

/// How much of what was typed is looked for, in characters.
const LONGEST_SEARCH: usize = 200;

/// The longest name of a folder, in characters.
const LONGEST_NAME: usize = 100;

/// Milliseconds of a day.
const DAY: u64 = 86_400_000;

/// What the sidebar is to show. See [`crate::chat::api::shelf`].
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// The chat that is open.
    pub current: Option<String>,
    /// Which chats are listed.
    pub view: Option<String>,
    /// What is looked for.
    pub find: Option<String>,
    /// The first row, or how many messages more than a page.
    pub from: u32,
    /// How many minutes the reader's clock is behind UTC.
    pub offset: i32,
}

/// What the page of a chat, or of a new one, shows: the last `count` messages, or all.
///
/// # Errors
/// When the chat cannot be read.
pub async fn transcript(
    state: &AppState,
    words: Words,
    chat: Option<&str>,
    count: Option<u32>,
) -> Result<Transcript> {
    let found = match chat {
        Some(id) => threads::find(state, id).await?,
        None => None,
    };
    let path = found.map(|chat| chat.into_path().end(count, None));
    let draft = state.desk.draft(chat).await.unwrap_or_default();
    drawing::draw(state, words, path.unwrap_or_default(), draft).await
}

/// The list that a page begins with. One that cannot be read is an empty one: the page itself says so when it asks again.
pub async fn first(state: &AppState, words: Words, chat: Option<&str>) -> String {
    let shown = Shown {
        current: chat.map(str::to_owned),
        ..Shown::default()
    };
    shelf(state, words, shown).await.unwrap_or_default()
}

/// What the sidebar shows, as HTML: a window of a view of the list, or what a search has found.
///
/// # Errors
/// When it cannot be read.
pub async fn shelf(state: &AppState, words: Words, shown: Shown) -> Result<String> {
    let current = shown.current.as_deref();
    if let Some(typed) = shown.find.filter(|typed| !typed.trim().is_empty()) {
        let count = shown.from.saturating_add(FOUND).min(MOST_FOUND);
        let found = search_for(state, &typed, None, count).await?;
        return Ok(found_list::html(words, &found, current));
    }
    let folders = state.chats.folders().await?;
    let view = match View::named(shown.view.as_deref()) {
        // Somebody else may have deleted it.
        View::Folder(id) if folders.iter().all(|folder| folder.id != id) => View::All,
        view => view,
    };
    let today = midnight(shown.offset);
    let since = [0, 1, 7, 30].map(|days: u64| today.saturating_sub(days * DAY));
    let groups = chat_list::headings(words)
        .into_iter()
        .zip(state.chats.count(&view, since).await?);
    let rows = Rows::new(groups, shown.from, WINDOW);
    let (skip, count) = rows.chats();
    let chats = state.chats.rows(&view, skip, count).await?;
    let presets = state.desk.preset_names().await?;
    let list = chat_list::html(words, &rows, &chats, &folders, &view, current);
    Ok(chat_list::starts(words, &presets) + &list)
}

/// What holds what was typed.
///
/// # Errors
/// When it cannot be read.
pub async fn search(state: &AppState, typed: &str, before: Option<u64>) -> Result<Found> {
    search_for(state, typed, before, FOUND).await
}

async fn search_for(
    state: &AppState,
    typed: &str,
    before: Option<u64>,
    count: u32,
) -> Result<Found> {
    let typed: String = typed.chars().take(LONGEST_SEARCH).collect();
    Ok(state
        .chats
        .search(&Search::read(&typed), before, count)
        .await?)
}

/// How many seconds a clock is before UTC that is `offset` minutes behind it, as browsers say it.
pub fn clock(offset: i32) -> i32 {
    -offset.clamp(-24 * 60, 24 * 60) * 60
}

/// When today began for somebody whose clock is `offset` minutes behind UTC: milliseconds since 1970.
fn midnight(offset: i32) -> u64 {
    let day = i64::try_from(DAY).unwrap_or_default();
    let offset = -i64::from(clock(offset)) * 1000;
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = i64::try_from(since.as_millis()).unwrap_or_default() - offset;
    u64::try_from(now - now.rem_euclid(day) + offset).unwrap_or_default()
}

/// A page of the list.
///
/// # Errors
/// When it cannot be read.
pub async fn list(state: &AppState, after: Option<&str>) -> Result<ChatList> {
    Ok(state.chats.list(after, PAGE).await?)
}

/// Makes, renames or deletes a folder; gives its id.
///
/// # Errors
/// 400 names the field; 404 when there is no such folder (any more).
pub async fn folder(state: &AppState, change: FolderChange) -> Result<String> {
    let named = match &change {
        FolderChange::Make(name) => Some(("make", name)),
        FolderChange::Rename { name, .. } => Some(("rename.name", name)),
        FolderChange::Delete(_) => None,
    };
    if let Some((field, name)) = named
        && (name.trim().is_empty() || name.chars().count() > LONGEST_NAME)
    {
        return Err(Error::bad_request(format!(
            "`change.{field}` must have 1 to {LONGEST_NAME} characters."
        )));
    }
    let changed = state.chats.change_folder(change).await?;
    changed
        .map(|folder| folder.id)
        .ok_or_else(|| Error::told(ErrorKind::NotFound, told::folder_gone()))
}
