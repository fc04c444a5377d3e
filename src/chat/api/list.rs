//! The list of chats: read, shown and searched; its folders.
//!
//! | function | path | in | out |
//! |---|---|---|---|
//! | [`shelf`] | `GET /api/shelf?from=…&offset=…` | query | JSON: HTML in a string |
//! | [`search`] | `GET /api/search?words=…` | query | JSON [`Found`] |
//! | [`chats`] | `GET /api/chats?after=…` | query | JSON [`ChatList`] |
//! | [`folder`] | `POST /api/folder` | JSON [`FolderChange`] | JSON: the folder's id |
//! | [`folders`] | `GET /api/folders` | nothing | JSON: a list of [`Folder`] |
//!
//! The bodies only pass on to `server::shelf`.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::{
    chat::{ChatList, Folder, FolderChange, Found},
    error::Error,
    json::{Json, PageJson},
};

/// Lists the chats: those after the chat `after`, or the first ones.
///
/// # Errors
/// 500 when they cannot be read.
#[server(name = ChatsArgs, endpoint = "chats", input = GetUrl, output = Json)]
pub async fn chats(after: Option<String>) -> Result<ChatList, Error> {
    crate::server::shelf::list(
        &expect_context::<crate::server::AppState>(),
        after.as_deref(),
    )
    .await
}

/// What the sidebar shows, as HTML in which `current` is the chat that is open: of a `view` of the list (`archive`, or a
/// folder's id; without one all chats that are not in the archive) the rows from the row `from` on. Or what is found, if
/// there is anything to `find`: a page of it, and `from` messages more. The reader's clock is `offset` minutes behind UTC.
///
/// # Errors
/// 500 when it cannot be read.
#[server(name = ShelfArgs, endpoint = "shelf", input = GetUrl, output = PageJson)]
pub async fn shelf(
    current: Option<String>,
    view: Option<String>,
    find: Option<String>,
    from: u32,
    offset: i32,
) -> Result<String, Error> {
    use crate::{
        server::{AppState, shelf},
        words::Words,
    };

    let shown = shelf::Shown {
        current,
        view,
        find,
        from,
        offset,
    };
    shelf::shelf(&expect_context::<AppState>(), Words::here(), shown).await
}

/// Finds chats by their titles and messages by what is said in them, newest first: those that hold all of `words`,
/// each of which may go on, and what stands between quotation marks as it is. The next page of messages are those
/// `before` the `number` of the last one.
///
/// # Errors
/// 500 when they cannot be read.
#[server(name = SearchArgs, endpoint = "search", input = GetUrl, output = Json)]
pub async fn search(words: String, before: Option<u64>) -> Result<Found, Error> {
    use crate::server::{AppState, shelf};

    shelf::search(&expect_context::<AppState>(), &words, before).await
}

/// All folders, by their names.
///
/// # Errors
/// 500 when they cannot be read.
#[server(name = FoldersArgs, endpoint = "folders", input = GetUrl, output = Json)]
pub async fn folders() -> Result<Vec<Folder>, Error> {
    let state = expect_context::<crate::server::AppState>();
    Ok(state.chats.folders().await?)
}

/// Makes, renames or deletes a folder; gives its id. A folder's chats stay when it is deleted.
///
/// # Errors
/// 400 names the field; 404 when there is no such folder (any more).
#[server(name = FolderArgs, endpoint = "folder", input = Json, output = PageJson)]
pub async fn folder(change: FolderChange) -> Result<String, Error> {
    crate::server::shelf::folder(&expect_context::<crate::server::AppState>(), change).await
}
