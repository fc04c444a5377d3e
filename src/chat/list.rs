//! The list of chats: its entries, its views, and the folders.

use serde::{Deserialize, Serialize};

/// A chat in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatEntry {
    /// Its name in URLs.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// When something was last asked in it: milliseconds since 1970.
    pub asked_at: u64,
    /// Whether it stays at the top.
    pub pinned: bool,
    /// Whether it is in the archive.
    pub archived: bool,
    /// The folder that it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Whether an answer is being written in it.
    pub live: bool,
}

/// A page of the list of chats: pinned ones first, then the last asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatList {
    /// The chats.
    pub chats: Vec<ChatEntry>,
    /// Whether there are more of them after the last one.
    pub more: bool,
}

/// Which chats are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// All that are not in the archive.
    #[default]
    All,
    /// Those that are.
    Archive,
    /// Those in a folder, and not in the archive.
    Folder(String),
}

impl View {
    /// The view of this name: nothing, `archive`, or a folder's id.
    pub fn named(name: Option<&str>) -> Self {
        match name {
            None | Some("") => Self::All,
            Some("archive") => Self::Archive,
            Some(folder) => Self::Folder(folder.to_owned()),
        }
    }
}

/// A folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// A UUIDv7.
    pub id: String,
    /// What it is called.
    pub name: String,
}

/// A change of the folders: `{"make":"name"}`, `{"rename":{"id":…,"name":…}}` or `{"delete":"id"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FolderChange {
    /// A new one of this name.
    Make(String),
    /// It is called otherwise.
    Rename {
        /// Which.
        id: String,
        /// Its new name.
        name: String,
    },
    /// It is deleted; its chats stay.
    Delete(String),
}
