//! One chat: read, asked in and changed; and what is said in it, finished.
//!
//! | function | path | in | out |
//! |---|---|---|---|
//! | [`thread`] | `GET /api/thread?chat=…` | query | JSON [`Chat`] |
//! | [`path`] | `GET /api/path?chat=…` | query | JSON [`Transcript`] |
//! | [`ask`] | `POST /api/ask` | JSON | JSON [`Asked`] |
//! | [`go_on`] | `POST /api/go_on` | JSON | JSON [`Asked`] |
//! | [`touch`] | `POST /api/touch` | JSON: ids and a [`Touch`] | nothing |
//! | [`finish`] | `POST /api/finish` | JSON: a list of [`Piece`] | JSON: a list of HTML or nothing |
//!
//! The bodies only pass on to `server::threads`, `server::desk`, `server::drawing` and `server::finish`.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::{
    chat::{Chat, Piece, Touch, Transcript},
    error::Error,
    json::{Json, PageJson, told::told},
};

/// The answer to [`ask`] and [`go_on`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The chat, which may have begun with it.
    pub chat: String,
    /// The question that is answered.
    pub question: String,
    /// The message that is being written.
    pub answer: String,
    /// The generation that writes it: to be given to [`follow`](super::follow) and [`stop`](super::stop).
    pub generation: String,
    /// The model that answers.
    pub model: String,
    /// What the chat is called, if it has begun with it.
    pub title: Option<String>,
}

told! {
    Asked { chat, question, answer, generation, model, title }
}

/// The path through a chat that is shown, as HTML, with what is being written in it; through a new one, without an id. Of a
/// long one its end: the last `count` messages, or the last ones `before` a message, and as many more as it takes to have
/// the message `through`.
///
/// # Errors
/// 404 when there is no such chat (any more).
#[server(name = PathArgs, endpoint = "path", input = GetUrl, output = PageJson)]
pub async fn path(
    chat: Option<String>,
    count: Option<u32>,
    before: Option<String>,
    through: Option<String>,
) -> Result<Transcript, Error> {
    use crate::{
        server::{AppState, desk, drawing},
        words::Words,
    };

    let state = expect_context::<AppState>();
    let (path, draft) = desk::path(&state, chat.as_deref()).await?;
    let path = path.up_to(before.as_deref());
    drawing::draw(
        &state,
        Words::here(),
        path.end(count, through.as_deref()),
        draft,
    )
    .await
}

/// A chat with all its messages.
///
/// # Errors
/// 404 when there is no such chat (any more).
#[server(name = ThreadArgs, endpoint = "thread", input = GetUrl, output = Json)]
pub async fn thread(chat: String) -> Result<Chat, Error> {
    crate::server::threads::thread(&expect_context::<crate::server::AppState>(), &chat).await
}

/// Asks in a chat: `text` after the answer `parent` or, without a parent, as another beginning; without `text` the
/// question `parent` is answered once more. Without a `chat` a new one begins. Nothing is overwritten: what stands in
/// the same place is a sibling.
///
/// # Errors
/// As [`send`](super::send); 404 when there is no such chat or message (any more).
#[server(name = AskArgs, endpoint = "ask", input = Json, output = PageJson)]
pub async fn ask(
    chat: Option<String>,
    parent: Option<String>,
    text: Option<String>,
    model: Option<String>,
    request_id: Option<String>,
) -> Result<Asked, Error> {
    use crate::server::{AppState, threads};

    let asking = threads::Asking {
        chat,
        parent,
        text,
        model,
        request_id,
    };
    threads::ask(&expect_context::<AppState>(), asking).await
}

/// Has an answer that was cut go on in the same message, by the same model. One that has no text is written anew, by
/// `model` or the default one.
///
/// # Errors
/// As [`send`](super::send); 404 when there is no such chat or message (any more).
#[server(name = GoOnArgs, endpoint = "go_on", input = Json, output = PageJson)]
pub async fn go_on(
    chat: String,
    answer: String,
    model: Option<String>,
    request_id: Option<String>,
) -> Result<Asked, Error> {
    use crate::server::{AppState, threads};

    threads::go_on(
        &expect_context::<AppState>(),
        &chat,
        &answer,
        model,
        request_id,
    )
    .await
}

/// Changes chats, all of them or none.
///
/// # Errors
/// 400 names the field; 404 when there is no such chat, message or folder (any more).
#[server(name = TouchArgs, endpoint = "touch", input = Json, output = PageJson)]
pub async fn touch(chats: Vec<String>, touch: Touch) -> Result<(), Error> {
    crate::server::threads::touch(&expect_context::<crate::server::AppState>(), &chats, touch).await
}

/// Finishes pieces of Markdown, at most 200: code becomes what stands in its `<code>`, with colours, and a formula a
/// `<math>`. In the order of the pieces; nothing stands for what stays as it is, since its language is not known, it is
/// too long, or it cannot be read. An answer ends after a second's work: what is missing at its end, if anything, is to
/// be asked for again.
///
/// # Errors
/// 400 names the field, or says that there are too many; 503 when others have so many that these would wait for long.
#[server(name = FinishArgs, endpoint = "finish", input = Json, output = PageJson)]
pub async fn finish(pieces: Vec<Piece>) -> Result<Vec<Option<String>>, Error> {
    let state = expect_context::<crate::server::AppState>();
    state.finisher.finish(pieces).await
}
