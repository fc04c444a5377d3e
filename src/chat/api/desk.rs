//! What lies beside the chats: how models are asked in them, presets, saved prompts, and what is being written.
//!
//! | function | path | in | out |
//! |---|---|---|---|
//! | [`begin`] | `POST /api/begin` | JSON | JSON: the chat's id |
//! | [`configure`] | `POST /api/configure` | JSON: an id and [`Settings`] | nothing |
//! | [`fill`] | `POST /api/fill` | JSON: a form in a string | JSON: the chat's id |
//! | [`panel`] | `GET /api/panel?name=…` | query | JSON: HTML in a string |
//! | [`presets`] | `GET /api/presets` | nothing | JSON: a list of [`Preset`] |
//! | [`preset`] | `POST /api/preset` | JSON [`PresetChange`] | JSON: the preset's id |
//! | [`prompts`] | `GET /api/prompts` | nothing | JSON: a list of [`Prompt`] |
//! | [`prompt`] | `POST /api/prompt` | JSON [`PromptChange`] | JSON: the prompt's id |
//! | [`draft`] | `POST /api/draft` | JSON | nothing |
//!
//! The bodies only pass on to `server::desk` and `server::prompts`.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::{
    chat::{Preset, PresetChange, Prompt, PromptChange, Settings},
    error::Error,
    json::{Json, PageJson},
};

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
/// `name`; with `for=begin` a chat begins with the preset `item`, and `for=forget` deletes that; with `for=prompt` it makes or
/// changes the saved prompt `item`, or that of the `name`, and `for=unprompt` deletes it. Gives the id of the chat that is
/// to be open, or nothing.
///
/// # Errors
/// 400 names the field; 404 when there is no such chat (any more).
#[server(name = FillArgs, endpoint = "fill", input = Json, output = PageJson)]
pub async fn fill(chat: Option<String>, form: String) -> Result<Option<String>, Error> {
    use crate::{
        server::{AppState, desk},
        words::Words,
    };

    desk::fill(
        &expect_context::<AppState>(),
        Words::here(),
        chat.as_deref(),
        &form,
    )
    .await
}

/// A part of the page that is shown on demand, as HTML: `settings` is the form of a chat, filled in with the preset
/// `item` if there is one; `presets` are those in it; `answer` is how the message `item` came about. The reader's clock
/// is `offset` minutes behind UTC. `keys` is the help about keys, `preferences` the form of these, and `found` the commands,
/// chats and models that go with what is typed in the palette, which is `item`. `prompts` are those that are saved, with a
/// form that holds the one of the id `item`, and `offered` those whose names go with `item`. And `source`: the message
/// `item` of a chat as it was written, which is no HTML.
///
/// # Errors
/// 400 when there is no such part; 404 when there is no such chat, preset or message (any more).
#[server(name = PanelArgs, endpoint = "panel", input = GetUrl, output = PageJson)]
pub async fn panel(
    name: String,
    chat: Option<String>,
    item: Option<String>,
    offset: i32,
) -> Result<String, Error> {
    use crate::{
        server::{AppState, desk},
        words::Words,
    };

    let panel = desk::Panel {
        name,
        chat,
        item,
        offset,
    };
    desk::panel(&expect_context::<AppState>(), Words::here(), panel).await
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

/// All saved prompts, by their names.
///
/// # Errors
/// 500 when they cannot be read.
#[server(name = PromptsArgs, endpoint = "prompts", input = GetUrl, output = Json)]
pub async fn prompts() -> Result<Vec<Prompt>, Error> {
    let state = expect_context::<crate::server::AppState>();
    Ok(state.desk.prompts().await?)
}

/// Saves, changes or deletes a prompt; gives its id.
///
/// # Errors
/// 400 names the field; 404 when there is no such prompt (any more).
#[server(name = PromptArgs, endpoint = "prompt", input = Json, output = Json)]
pub async fn prompt(change: PromptChange) -> Result<String, Error> {
    crate::server::prompts::change(&expect_context::<crate::server::AppState>(), change).await
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
