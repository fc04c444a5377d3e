//! What the server functions of settings, presets and drafts do, and the panels in which the page shows them.

use std::time::Duration;

use tokio::time::timeout;
use uuid::Uuid;

use super::{AppState, prompts, settings, shelf, threads};
use crate::{
    chat::{Path, Preset, PresetChange, PromptChange, Settings},
    error::{Error, ErrorKind, Result},
    ui::{
        answer_panel,
        palette_panel::{self, Findable},
        preferences, settings_panel,
    },
    words::{Words, told},
};

/// The longest name of a preset, in characters.
const LONGEST_NAME: usize = 100;

/// The longest draft, in bytes: what is longer is kept in the page alone.
const LONGEST_DRAFT: usize = 1_000_000;

/// How many chats the palette offers.
const FEW: u32 = 8;

/// How long the form waits for the models that it offers.
const PATIENCE: Duration = Duration::from_secs(1);

/// Begins a chat with settings, or those of a preset; gives its id.
///
/// # Errors
/// See [`crate::chat::api::begin`].
pub async fn begin(
    state: &AppState,
    preset: Option<&str>,
    settings: Option<Settings>,
) -> Result<String> {
    let settings = match (preset, settings) {
        (Some(id), None) => preset_of(state, id).await?.settings,
        (None, Some(settings)) => {
            settings::check(&settings, "settings.")?;
            settings
        }
        (None, None) => Settings::default(),
        (Some(_), Some(_)) => {
            return Err(Error::bad_request(
                "The request has both `preset` and `settings`. Send one of the two.",
            ));
        }
    };
    let id = Uuid::now_v7().to_string();
    state.chats.begin(&id, &settings).await?;
    Ok(id)
}

/// Sets how models are asked in a chat.
///
/// # Errors
/// See [`crate::chat::api::configure`].
pub async fn configure(state: &AppState, chat: &str, settings: &Settings) -> Result<()> {
    settings::check(settings, "settings.")?;
    set(state, chat, settings).await
}

/// The page's own way to all of these: a form, of which the field `for` says what it is for. Gives the id of the chat
/// that is to be open, or nothing.
///
/// # Errors
/// See [`crate::chat::api::fill`].
pub async fn fill(
    state: &AppState,
    words: Words,
    chat: Option<&str>,
    form: &str,
) -> Result<Option<String>> {
    let before = match chat {
        Some(chat) => threads::thread(state, chat).await?.settings,
        None => Settings::default(),
    };
    let (settings, rest) = settings::read(words, form, &before)?;
    let word = |name: &str| rest.get(name).map_or("", |word| word.trim());
    match (word("for"), chat) {
        ("begin", chat) => {
            let begun = begin(state, Some(word("item")), None).await?;
            take_over(state, chat, begun).await.map(Some)
        }
        ("forget", _) => {
            preset(state, PresetChange::Delete(word("item").to_owned())).await?;
            Ok(None)
        }
        ("prompt", _) => {
            prompts::fill(state, &rest).await?;
            Ok(None)
        }
        ("unprompt", _) => {
            let gone = PromptChange::Delete(word("item").to_owned());
            prompts::change(state, gone).await?;
            Ok(None)
        }
        ("preset", _) => {
            keep_preset(state, word("name").to_owned(), settings).await?;
            Ok(None)
        }
        ("chat", Some(chat)) => {
            set(state, chat, &settings).await?;
            Ok(Some(chat.to_owned()))
        }
        ("chat", None) => {
            let begun = begin(state, None, Some(settings)).await?;
            take_over(state, chat, begun).await.map(Some)
        }
        _ => Err(Error::bad_request(
            "The form's `for` must be `chat`, `preset`, `begin`, `forget`, `prompt` or `unprompt`.",
        )),
    }
}

/// Has what is being written in a new chat go on in the one that it has become; gives that.
async fn take_over(state: &AppState, before: Option<&str>, chat: String) -> Result<String> {
    if before.is_none() {
        let draft = state.desk.draft(None).await?;
        if !draft.is_empty() {
            state.desk.keep_draft(Some(&chat), &draft).await?;
            state.desk.keep_draft(None, "").await?;
        }
    }
    Ok(chat)
}

/// Makes a preset, or changes the one of this name.
async fn keep_preset(state: &AppState, name: String, settings: Settings) -> Result<()> {
    let presets = state.desk.presets().await?;
    let same = presets.into_iter().find(|preset| preset.name == name);
    let change = match same {
        Some(Preset { id, .. }) => PresetChange::Change(Preset { id, name, settings }),
        None => PresetChange::Make { name, settings },
    };
    preset(state, change).await.map(drop)
}

async fn set(state: &AppState, chat: &str, settings: &Settings) -> Result<()> {
    if state.chats.configure(chat, settings).await? {
        Ok(())
    } else {
        Err(threads::no_such_chat())
    }
}

/// Makes, changes or deletes a preset; gives its id.
///
/// # Errors
/// See [`crate::chat::api::preset`].
pub async fn preset(state: &AppState, change: PresetChange) -> Result<String> {
    let checked = match &change {
        PresetChange::Make { name, settings } => Some((name, settings, "change.make.")),
        PresetChange::Change(preset) => Some((&preset.name, &preset.settings, "change.change.")),
        PresetChange::Delete(_) => None,
    };
    if let Some((name, settings, at)) = checked {
        if name.trim().is_empty() || name.chars().count() > LONGEST_NAME {
            let sentence = told::preset_name(&LONGEST_NAME.to_string());
            return Err(Error::told(ErrorKind::BadRequest, sentence));
        }
        settings::check(settings, &format!("{at}settings."))?;
    }
    let changed = state.desk.change_preset(change).await?;
    changed.map(|preset| preset.id).ok_or_else(no_such_preset)
}

/// Keeps what is being written.
///
/// # Errors
/// See [`crate::chat::api::draft`].
pub async fn draft(state: &AppState, chat: Option<&str>, text: &str) -> Result<()> {
    if text.len() > LONGEST_DRAFT {
        return Err(Error::bad_request(
            "`text` is over 1 MB: such a draft is not kept.",
        ));
    }
    Ok(state.desk.keep_draft(chat, text).await?)
}

/// The path through a chat that is shown, or through a new one; and what is being written in it.
///
/// # Errors
/// 404 when there is no such chat (any more).
pub async fn path(state: &AppState, chat: Option<&str>) -> Result<(Path, String)> {
    let path = match chat {
        Some(chat) => threads::thread(state, chat).await?.into_path(),
        None => Path::default(),
    };
    Ok((path, state.desk.draft(chat).await?))
}

/// Which panel of the page is shown. See [`crate::chat::api::panel`].
#[derive(Clone, Debug, Default)]
pub struct Panel {
    /// Its name.
    pub name: String,
    /// The chat that it is about.
    pub chat: Option<String>,
    /// The message, or the preset.
    pub item: Option<String>,
    /// How many minutes the reader's clock is behind UTC.
    pub offset: i32,
}

/// A panel as HTML; the source of a message as it is, in Markdown if a model has written it.
///
/// # Errors
/// See [`crate::chat::api::panel`].
pub async fn panel(state: &AppState, words: Words, panel: Panel) -> Result<String> {
    match &*panel.name {
        "settings" => {
            let settings = match (&panel.item, &panel.chat) {
                (Some(preset), _) => preset_of(state, preset).await?.settings,
                (None, Some(chat)) => threads::thread(state, chat).await?.settings,
                (None, None) => Settings::default(),
            };
            let presets = state.desk.presets().await?;
            // A server that does not answer is no reason to wait for the form.
            let models = timeout(PATIENCE, state.catalogue.list()).await;
            let models = models.unwrap_or_default();
            Ok(settings_panel::html(words, &settings, &presets, &models))
        }
        "presets" => Ok(settings_panel::presets(words, &state.desk.presets().await?)),
        "answer" => {
            let id = panel.item.unwrap_or_default();
            let account = state.chats.account(&id).await?;
            let account = account.ok_or_else(threads::no_such_message)?;
            Ok(answer_panel::html(words, &account))
        }
        "source" => {
            let chat = panel.chat.unwrap_or_default();
            let chat = threads::thread(state, &chat).await?;
            let message = panel.item.unwrap_or_default();
            let found = chat.messages.into_iter().find(|it| it.id == message);
            let found = found.ok_or_else(threads::no_such_message)?;
            Ok(found.content)
        }
        "keys" => Ok(palette_panel::keys(words)),
        "preferences" => Ok(preferences::html(words)),
        "prompts" => prompts::panel(state, words, panel.item.as_deref()).await,
        "offered" => prompts::offered(state, words, &panel.item.unwrap_or_default()).await,
        "found" => {
            let typed = panel.item.unwrap_or_default();
            let findable = findable(state, &typed).await?;
            Ok(palette_panel::found(words, &typed, &findable))
        }
        _ => Err(Error::bad_request(
            "`name` must be `settings`, `presets`, `answer`, `source`, `keys`, `preferences`, `prompts`, `offered` or `found`.",
        )),
    }
}

/// What the palette finds things in; the chats are those whose titles hold what is typed, or the last ones.
async fn findable(state: &AppState, typed: &str) -> Result<Findable> {
    let chats = if typed.trim().is_empty() {
        state.chats.list(None, FEW).await?.chats
    } else {
        let mut found = shelf::search(state, typed, None).await?.chats;
        found.truncate(FEW as usize);
        found
    };
    Ok(Findable {
        models: state.catalogue.at_hand().await.unwrap_or_default().models,
        presets: state.desk.preset_names().await?,
        chats,
    })
}

async fn preset_of(state: &AppState, id: &str) -> Result<Preset> {
    let presets = state.desk.presets().await?;
    let found = presets.into_iter().find(|preset| preset.id == id);
    found.ok_or_else(no_such_preset)
}

fn no_such_preset() -> Error {
    Error::told(ErrorKind::NotFound, told::preset_gone())
}
