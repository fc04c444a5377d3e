//! What the server functions of saved prompts do, and the panels in which the page shows them.

use std::collections::HashMap;

use super::AppState;
use crate::{
    chat::{Prompt, PromptChange},
    error::{Error, ErrorKind, Result},
    ui::prompts_panel,
    words::{Words, told},
};

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// The longest text, in bytes.
const LONGEST_TEXT: usize = 100_000;

/// How many are offered at once: who wants another one types more of its name.
const FEW: usize = 8;

/// Saves, changes or deletes a prompt; gives its id.
///
/// # Errors
/// See [`crate::chat::api::prompt`].
pub async fn change(state: &AppState, change: PromptChange) -> Result<String> {
    let (PromptChange::Make { name, text } | PromptChange::Change(Prompt { name, text, .. })) =
        &change
    else {
        return commit(state, change).await;
    };
    if name.trim().is_empty() || name.chars().count() > LONGEST_NAME {
        let sentence = told::prompt_name(&LONGEST_NAME.to_string());
        return Err(Error::told(ErrorKind::BadRequest, sentence));
    }
    if text.trim().is_empty() || text.len() > LONGEST_TEXT {
        return Err(Error::told(ErrorKind::BadRequest, told::prompt_text()));
    }
    commit(state, change).await
}

async fn commit(state: &AppState, change: PromptChange) -> Result<String> {
    let changed = state.desk.change_prompt(change).await?;
    changed.ok_or_else(no_such_prompt)
}

/// The page's own way to that: its form holds a `name` and a `text`, and an `item` if it is about a prompt that there is.
/// A name that another one has already stands for that.
///
/// # Errors
/// See [`crate::chat::api::fill`].
pub async fn fill(state: &AppState, form: &HashMap<String, String>) -> Result<()> {
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    let (item, name, text) = (field("item"), field("name"), field("text"));
    let name = name.trim().to_owned();
    let id = if item.is_empty() {
        let same = state.desk.prompts().await?.into_iter();
        let mut same = same.filter(|prompt| prompt.name == name);
        same.next().map(|prompt| prompt.id)
    } else {
        Some(item)
    };
    let changed = match id {
        Some(id) => PromptChange::Change(Prompt { id, name, text }),
        None => PromptChange::Make { name, text },
    };
    change(state, changed).await.map(drop)
}

/// All of them, and a form that holds the one of the id `item`, as HTML.
///
/// # Errors
/// 404 when there is no such prompt (any more).
pub async fn panel(state: &AppState, words: Words, item: Option<&str>) -> Result<String> {
    let prompts = state.desk.prompts().await?;
    let open = match item {
        Some(id) => {
            let found = prompts.iter().find(|prompt| prompt.id == id);
            Some(found.ok_or_else(no_such_prompt)?)
        }
        None => None,
    };
    Ok(prompts_panel::html(words, &prompts, open))
}

/// Those whose names go with what is typed, as HTML; empty if there are none.
///
/// # Errors
/// 500 when they cannot be read.
pub async fn offered(state: &AppState, words: Words, typed: &str) -> Result<String> {
    let prompts = state.desk.prompts().await?;
    let wanted = typed.to_lowercase();
    let goes = |prompt: &Prompt| {
        let name = prompt.name.to_lowercase();
        wanted.split_whitespace().all(|word| name.contains(word))
    };
    let found: Vec<_> = prompts.iter().filter(|it| goes(it)).take(FEW).collect();
    Ok(prompts_panel::offered(
        words,
        &found,
        wanted.trim().is_empty(),
    ))
}

fn no_such_prompt() -> Error {
    Error::told(ErrorKind::NotFound, told::prompt_gone())
}
