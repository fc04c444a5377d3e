//! The server functions: what the page calls, and what a program may call with `curl`.
//!
//! | function | path | in | out |
//! |---|---|---|---|
//! | [`send`] | `POST /api/send` | JSON | JSON [`Sent`] |
//! | [`follow`] | `GET /api/follow?generation=…` | query, `Last-Event-ID` | `text/event-stream` of [`GenerationEvent`] |
//! | [`stop`] | `POST /api/stop` | JSON | JSON [`Stopped`] |
//! | [`unload`] | `POST /api/unload` | JSON | JSON [`Stopped`] |
//! | [`models`] | `GET /api/models` | nothing | JSON [`Models`] |
//! | [`shelf`] | `GET /api/shelf?from=…&offset=…` | query | JSON: HTML in a string |
//! | [`search`] | `GET /api/search?words=…` | query | JSON [`Found`] |
//! | [`chats`] | `GET /api/chats?after=…` | query | JSON [`ChatList`] |
//! | [`thread`] | `GET /api/thread?chat=…` | query | JSON [`Chat`] |
//! | [`path`] | `GET /api/path?chat=…` | query | JSON [`Path`] |
//! | [`ask`] | `POST /api/ask` | JSON | JSON [`Asked`] |
//! | [`go_on`] | `POST /api/go_on` | JSON | JSON [`Asked`] |
//! | [`touch`] | `POST /api/touch` | JSON: ids and a [`Touch`] | nothing |
//! | [`folder`] | `POST /api/folder` | JSON [`FolderChange`] | JSON: the folder's id |
//! | [`begin`] | `POST /api/begin` | JSON | JSON: the chat's id |
//! | [`configure`] | `POST /api/configure` | JSON: an id and [`Settings`] | nothing |
//! | [`fill`] | `POST /api/fill` | JSON: a form in a string | JSON: the chat's id |
//! | [`panel`] | `GET /api/panel?name=…` | query | JSON: HTML in a string |
//! | [`presets`] | `GET /api/presets` | nothing | JSON: a list of [`Preset`] |
//! | [`preset`] | `POST /api/preset` | JSON [`PresetChange`] | JSON: the preset's id |
//! | [`draft`] | `POST /api/draft` | JSON | nothing |
//! | [`finish`] | `POST /api/finish` | JSON: a list of [`Piece`] | JSON: a list of HTML or nothing |
//! | [`folders`] | `GET /api/folders` | nothing | JSON: a list of [`Folder`] |
//!
//! An error is a status with `{"error":{"kind":…,"message":…}}`. The bodies here only pass on to
//! `server::verbs`, `server::threads`, `server::shelf`, `server::desk` and `server::finish`.

#![expect(
    missing_docs,
    reason = "the macro makes public fields of arguments, whose documentation is the function's"
)]

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{
    Chat, ChatList, Folder, FolderChange, Found, GenerationEvent, Message, Models, Path, Piece,
    Preset, PresetChange, Settings, Status, Touch,
};
use crate::{
    error::Error,
    json::{Json, PageJson, told::told},
    sse::{EventStream, Sse},
};

/// The answer to [`send`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The generation that has begun: to be given to [`follow`] and [`stop`].
    pub generation: String,
    /// The model that answers.
    pub model: String,
}

/// The answer to [`stop`] and to [`unload`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// How the generation ended: `stopped` or, by [`unload`], `interrupted`; or what it was already when it had ended
    /// before.
    pub status: Status,
}

/// The answer to [`ask`] and [`go_on`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The chat, which may have begun with it.
    pub chat: String,
    /// The question that is answered.
    pub question: String,
    /// The message that is being written.
    pub answer: String,
    /// The generation that writes it: to be given to [`follow`] and [`stop`].
    pub generation: String,
    /// The model that answers.
    pub model: String,
    /// What the chat is called, if it has begun with it.
    pub title: Option<String>,
}

told! {
    Asked { chat, question, answer, generation, model, title }
    Stopped { status }
}

/// Asks the model: registers a generation, which runs whether or not anybody follows it.
///
/// Either `message`, one question, or `messages`, the whole conversation, is needed; without `model` the default one
/// answers. The same `request_id` twice is one generation.
///
/// `messages` whose last one is the assistant's, and not empty, ask it to go on after those words: the generation's
/// text begins with them (and with the `thinking` beside them), so that its snapshot is the whole message.
///
/// # Errors
/// 400 names the field that cannot be read; 413 over 10 MB; 502 when a model has to be chosen and its server does not
/// answer; 503 during shutdown. That the model's server fails is told by [`follow`], since it happens later.
#[server(name = SendArgs, endpoint = "send", input = Json, output = Json)]
pub async fn send(
    message: Option<String>,
    messages: Option<Vec<Message>>,
    model: Option<String>,
    think: Option<serde_json::Value>,
    options: Option<serde_json::Map<String, serde_json::Value>>,
    request_id: Option<String>,
) -> Result<Sent, Error> {
    use crate::server::{AppState, Question, verbs};

    let messages = messages.map(|messages| messages.iter().map(Question::message).collect());
    let question = Question {
        message,
        messages,
        model,
        think,
        options,
        ..Question::default()
    };
    verbs::send(&expect_context::<AppState>(), question, request_id).await
}

/// Follows a generation. Without `Last-Event-ID` the first frame is a snapshot of all there is; with it come exactly
/// the entries after it; then it is live. After the end: 204.
///
/// # Errors
/// 404 when there is no such generation (any more).
#[server(name = FollowArgs, endpoint = "follow", input = GetUrl, output = EventStream)]
pub async fn follow(generation: String) -> Result<Sse<GenerationEvent>, Error> {
    use axum::{extract::ConnectInfo, http::request::Parts};

    use crate::server::{AppState, connection::Peer, verbs};

    let parts = use_context::<Parts>();
    let last_event_id = parts.as_ref().and_then(|parts| {
        let id = parts.headers.get("last-event-id")?;
        id.to_str().ok()?.parse().ok()
    });
    let client = parts.as_ref().and_then(|parts| {
        let ConnectInfo(Peer(peer)) = parts.extensions.get()?;
        Some(peer.ip())
    });
    verbs::follow(
        &expect_context::<AppState>(),
        &generation,
        last_event_id,
        client,
    )
    .await
}

/// Stops a generation and keeps its text so far. Answers when the connection to the model's server has been dropped;
/// stopping twice, or after the end, is no error.
///
/// # Errors
/// 404 when there is no such generation (any more).
#[server(name = StopArgs, endpoint = "stop", input = Json, output = PageJson)]
pub async fn stop(generation: String) -> Result<Stopped, Error> {
    crate::server::verbs::stop(&expect_context::<crate::server::AppState>(), &generation).await
}

/// Frees a model that hangs: ends the generation, which keeps its text so far, as `interrupted`, and then has the
/// model's server unload the model, which is loaded anew with the next question. Answers when both have been done.
///
/// # Errors
/// 400 unless the generation runs and is in the phase `silent`; 404 when there is no such generation (any more); 502
/// when the model could not be unloaded.
#[server(name = UnloadArgs, endpoint = "unload", input = Json, output = PageJson)]
pub async fn unload(generation: String) -> Result<Stopped, Error> {
    crate::server::verbs::unload(&expect_context::<crate::server::AppState>(), &generation).await
}

/// Lists the models; that their server does not answer is part of the list, not an error.
///
/// # Errors
/// None of its own.
#[server(name = ModelsArgs, endpoint = "models", input = GetUrl, output = PageJson)]
pub async fn models() -> Result<Models, Error> {
    Ok(crate::server::verbs::models(&expect_context::<crate::server::AppState>()).await)
}

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
    use crate::server::{AppState, shelf};

    let shown = shelf::Shown {
        current,
        view,
        find,
        from,
        offset,
    };
    shelf::shelf(&expect_context::<AppState>(), shown).await
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

/// The path through a chat that is shown, with what is being written in it; through a new one, without an id. Of a long
/// one its end: the last `count` messages, and as many more as it takes to have the message `through`.
///
/// # Errors
/// 404 when there is no such chat (any more).
#[server(name = PathArgs, endpoint = "path", input = GetUrl, output = PageJson)]
pub async fn path(
    chat: Option<String>,
    count: Option<u32>,
    through: Option<String>,
) -> Result<Path, Error> {
    use crate::server::{AppState, desk};

    let state = expect_context::<AppState>();
    let path = desk::path(&state, chat.as_deref()).await?;
    crate::server::drawing::draw(&state, path.end(count, through.as_deref())).await
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
/// As [`send`]; 404 when there is no such chat or message (any more).
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
/// As [`send`]; 404 when there is no such chat or message (any more).
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

/// Begins a chat in which nothing has been asked yet, with `settings` or those of a `preset`; gives its id. Until
/// something is asked in it, it is in no list.
///
/// # Errors
/// 400 names the field; 404 when there is no such preset (any more).
#[server(name = BeginArgs, endpoint = "begin", input = Json, output = Json)]
pub async fn begin(preset: Option<String>, settings: Option<Settings>) -> Result<String, Error> {
    use crate::server::{AppState, desk};

    desk::begin(&expect_context::<AppState>(), preset.as_deref(), settings).await
}

/// Sets how models are asked in a chat from now on.
///
/// # Errors
/// 400 names the field; 404 when there is no such chat (any more).
#[server(name = ConfigureArgs, endpoint = "configure", input = Json, output = Json)]
pub async fn configure(chat: String, settings: Settings) -> Result<(), Error> {
    use crate::server::{AppState, desk};

    desk::configure(&expect_context::<AppState>(), &chat, &settings).await
}

/// The page's own way to settings and presets: a form, in the encoding of forms. With `for=chat` it sets how models are
/// asked in the chat, which begins with it if there is none yet; with `for=preset` it makes or changes the preset of that
/// `name`; with `for=begin` a chat begins with the preset `item`, and `for=forget` deletes that. Gives the id of the chat
/// that is to be open, or nothing.
///
/// # Errors
/// 400 names the field; 404 when there is no such chat (any more).
#[server(name = FillArgs, endpoint = "fill", input = Json, output = PageJson)]
pub async fn fill(chat: Option<String>, form: String) -> Result<Option<String>, Error> {
    use crate::server::{AppState, desk};

    desk::fill(&expect_context::<AppState>(), chat.as_deref(), &form).await
}

/// A part of the page that is shown on demand, as HTML: `settings` is the form of a chat, filled in with the preset
/// `item` if there is one; `presets` are those in it; `answer` is how the message `item` came about. The reader's clock is `offset` minutes behind
/// UTC.
///
/// # Errors
/// 400 when there is no such part; 404 when there is no such chat, preset or answer (any more).
#[server(name = PanelArgs, endpoint = "panel", input = GetUrl, output = PageJson)]
pub async fn panel(
    name: String,
    chat: Option<String>,
    item: Option<String>,
    offset: i32,
) -> Result<String, Error> {
    use crate::server::{AppState, desk};

    let panel = desk::Panel {
        name,
        chat,
        item,
        offset,
    };
    desk::panel(&expect_context::<AppState>(), panel).await
}

/// All presets, by their names.
///
/// # Errors
/// 500 when they cannot be read.
#[server(name = PresetsArgs, endpoint = "presets", input = GetUrl, output = Json)]
pub async fn presets() -> Result<Vec<Preset>, Error> {
    let state = expect_context::<crate::server::AppState>();
    Ok(state.desk.presets().await?)
}

/// Makes, changes or deletes a preset; gives its id. Chats that began with it stay as they are.
///
/// # Errors
/// 400 names the field; 404 when there is no such preset (any more).
#[server(name = PresetArgs, endpoint = "preset", input = Json, output = Json)]
pub async fn preset(change: PresetChange) -> Result<String, Error> {
    crate::server::desk::preset(&expect_context::<crate::server::AppState>(), change).await
}

/// Keeps what is being written in a chat, or in a new one, without an id; nothing is not kept.
///
/// # Errors
/// 400 over 1 MB.
#[server(name = DraftArgs, endpoint = "draft", input = Json, output = PageJson)]
pub async fn draft(chat: Option<String>, text: String) -> Result<(), Error> {
    use crate::server::{AppState, desk};

    desk::draft(&expect_context::<AppState>(), chat.as_deref(), &text).await
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
