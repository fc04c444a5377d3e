//! What can be done with chats: one trait, [`Chats`].
//!
//! What is asked and answered comes into a chat together with the generation that answers, by
//! [`Begun::place`](super::Begun::place); here is the rest.

use super::{StoreFault, Whole, words::Search};
use crate::{
    chat::{
        Account, Chat, ChatEntry, ChatList, Folder, FolderChange, Found, Settings, Touch, View,
    },
    server::Boxed,
};

/// Where chats are kept.
pub trait Chats: std::fmt::Debug + Send + Sync + 'static {
    /// A page of the list, of at most `count` chats: those after the chat `after`, or the first ones.
    ///
    /// # Errors
    /// When it could not be read.
    fn list<'a>(
        &'a self,
        after: Option<&'a str>,
        count: u32,
    ) -> Boxed<'a, Result<ChatList, StoreFault>>;

    /// How many chats a view of the list has: pinned ones, then those that were asked since each of these times
    /// (milliseconds since 1970, newest first) and not since the one before, then the others.
    ///
    /// # Errors
    /// When it could not be read.
    fn count<'a>(
        &'a self,
        view: &'a View,
        since: [u64; 4],
    ) -> Boxed<'a, Result<[u32; 6], StoreFault>>;

    /// At most `count` chats of a view of the list, after the first `skip` ones.
    ///
    /// # Errors
    /// When it could not be read.
    fn rows<'a>(
        &'a self,
        view: &'a View,
        skip: u32,
        count: u32,
    ) -> Boxed<'a, Result<Vec<ChatEntry>, StoreFault>>;

    /// A chat with all its messages; `None`: there is none, or it has been deleted.
    ///
    /// # Errors
    /// When it could not be read.
    fn chat<'a>(&'a self, id: &'a str) -> Boxed<'a, Result<Option<Chat>, StoreFault>>;

    /// The ids of at most `count` chats, newest first, archived ones too: of those that were begun before the chat
    /// `before`, or of all.
    ///
    /// # Errors
    /// When they could not be read.
    fn ids<'a>(
        &'a self,
        before: Option<&'a str>,
        count: u32,
    ) -> Boxed<'a, Result<Vec<String>, StoreFault>>;

    /// A chat with all that is known of it; `None`: there is none, or it has been deleted.
    ///
    /// # Errors
    /// When it could not be read.
    fn whole<'a>(&'a self, id: &'a str) -> Boxed<'a, Result<Option<Whole>, StoreFault>>;

    /// Changes chats, all of them or none; false: one of them is not there, or no such message in it.
    ///
    /// # Errors
    /// When it could not be written.
    fn touch<'a>(&'a self, ids: &'a [String], touch: Touch) -> Boxed<'a, Result<bool, StoreFault>>;

    /// Calls a chat by a title that a model has made, if it is still called `from`, which nobody wrote; false: it is
    /// not, or there is no such chat. That is done once.
    ///
    /// # Errors
    /// When it could not be written.
    fn entitle<'a>(
        &'a self,
        id: &'a str,
        from: &'a str,
        to: &'a str,
    ) -> Boxed<'a, Result<bool, StoreFault>>;

    /// Begins a chat of this id in which nothing has been asked yet; until something is, it is in no list.
    ///
    /// # Errors
    /// When it could not be written.
    fn begin<'a>(
        &'a self,
        id: &'a str,
        settings: &'a Settings,
    ) -> Boxed<'a, Result<(), StoreFault>>;

    /// Sets how models are asked in a chat; false: it is not there.
    ///
    /// # Errors
    /// When it could not be written.
    fn configure<'a>(
        &'a self,
        id: &'a str,
        settings: &'a Settings,
    ) -> Boxed<'a, Result<bool, StoreFault>>;

    /// How the answer that is this message came about; `None`: there is none.
    ///
    /// # Errors
    /// When it could not be read.
    fn account<'a>(&'a self, message: &'a str) -> Boxed<'a, Result<Option<Account>, StoreFault>>;

    /// Where the answer of a generation stands; `None`: in no chat.
    ///
    /// # Errors
    /// When it could not be read.
    fn place_of<'a>(&'a self, generation: &'a str) -> Boxed<'a, Result<Option<Place>, StoreFault>>;

    /// What holds all that is looked for: chats by their titles, and at most `count` messages, of those that are older
    /// than the one with the number `before`.
    ///
    /// # Errors
    /// When it could not be read.
    fn search<'a>(
        &'a self,
        search: &'a Search,
        before: Option<u64>,
        count: u32,
    ) -> Boxed<'a, Result<Found, StoreFault>>;

    /// All folders, by their names.
    ///
    /// # Errors
    /// When they could not be read.
    fn folders(&self) -> Boxed<'_, Result<Vec<Folder>, StoreFault>>;

    /// Makes, renames or deletes a folder; `None`: there is no such one.
    ///
    /// # Errors
    /// When it could not be written.
    fn change_folder(&self, change: FolderChange) -> Boxed<'_, Result<Option<Folder>, StoreFault>>;
}

/// Where in which chat an answer stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The chat.
    pub chat: String,
    /// What a chat that begins with it is called.
    pub title: Option<String>,
    /// The question, if it is a new one.
    pub question: Option<Question>,
    /// The message that it answers.
    pub parent: String,
    /// The answer.
    pub answer: String,
    /// Whether that is there already and goes on: by its own model, and another generation from now on.
    pub goes_on: bool,
}

/// A question that comes into a chat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// What it follows; `None`: the chat begins with it.
    pub parent: Option<String>,
    /// What is asked.
    pub text: String,
}
