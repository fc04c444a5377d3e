//! What can be done with chats: one trait, [`Chats`].
//!
//! What is asked and answered comes into a chat together with the generation that answers, by
//! [`Begun::place`](super::Begun::place); here is the rest.

use super::StoreFault;
use crate::{
    chat::{Chat, ChatList, Touch},
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

    /// A chat with all its messages; `None`: there is none, or it has been deleted.
    ///
    /// # Errors
    /// When it could not be read.
    fn chat<'a>(&'a self, id: &'a str) -> Boxed<'a, Result<Option<Chat>, StoreFault>>;

    /// Changes a chat; false: there is none, or no such message in it.
    ///
    /// # Errors
    /// When it could not be written.
    fn touch<'a>(&'a self, id: &'a str, touch: Touch) -> Boxed<'a, Result<bool, StoreFault>>;

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

    /// Where the answer of a generation stands; `None`: in no chat.
    ///
    /// # Errors
    /// When it could not be read.
    fn place_of<'a>(&'a self, generation: &'a str) -> Boxed<'a, Result<Option<Place>, StoreFault>>;
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
    /// The answer. One that is there already goes on: its generation is another one from now on.
    pub answer: String,
}

/// A question that comes into a chat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// What it follows; `None`: the chat begins with it.
    pub parent: Option<String>,
    /// What is asked.
    pub text: String,
}
