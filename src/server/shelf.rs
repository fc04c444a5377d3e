//! The list of chats, for programs and as the page shows it; and what a page begins with.

use std::time::{SystemTime, UNIX_EPOCH};

use super::AppState;
use crate::{
    chat::{Chat, ChatList, Opening},
    error::Result,
    ui::chat_list::{self, FirstList},
};

/// How many chats a page of the list has.
const PAGE: u32 = 50;

/// How many of them are shown at once, at the most.
const MOST_PAGES: u32 = 200;

/// What the page of a chat, or of a new one, begins with. A list that cannot be read is an empty one: the page itself
/// says so when it asks again.
///
/// # Errors
/// When the chat cannot be read.
pub async fn opening(state: &AppState, chat: Option<&str>) -> Result<(Opening, FirstList)> {
    let found = match chat {
        Some(id) => state.chats.chat(id).await?,
        None => None,
    };
    let opening = Opening {
        missing: chat.is_some() && found.is_none(),
        path: found.map(Chat::into_path),
    };
    let list = shelf(state, chat, 1, 0).await.unwrap_or_default();
    Ok((opening, FirstList(list)))
}

/// The first pages of the list as HTML, for a reader whose clock is `offset` minutes behind UTC.
///
/// # Errors
/// When it cannot be read.
pub async fn shelf(
    state: &AppState,
    current: Option<&str>,
    pages: u32,
    offset: i32,
) -> Result<String> {
    let count = PAGE * pages.clamp(1, MOST_PAGES);
    let list = state.chats.list(None, count).await?;
    Ok(chat_list::html(list, current, midnight(offset)))
}

/// When today began for somebody whose clock is `offset` minutes behind UTC: milliseconds since 1970.
fn midnight(offset: i32) -> u64 {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let offset = i64::from(offset.clamp(-24 * 60, 24 * 60)) * 60 * 1000;
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = i64::try_from(since.as_millis()).unwrap_or_default() - offset;
    u64::try_from(now - now.rem_euclid(DAY) + offset).unwrap_or_default()
}

/// A page of the list.
///
/// # Errors
/// When it cannot be read.
pub async fn list(state: &AppState, after: Option<&str>) -> Result<ChatList> {
    Ok(state.chats.list(after, PAGE).await?)
}
