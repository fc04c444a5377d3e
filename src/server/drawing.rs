//! A path as a page has it: its messages as finished HTML, by the renderer that the browser has as well.

use tokio::task::spawn_blocking;

use super::{
    AppState,
    finish::{Finisher, Sheet},
};
use crate::{
    chat::{Path, Role, Shown, Step, Transcript},
    error::{Error, ErrorKind, Result},
    markdown,
    ui::{
        calls,
        message::{self, Answered, Place},
    },
    words::{Words, told},
};

/// Draws the messages of a path, in which `draft` is being written.
///
/// # Errors
/// When there is no thread for it.
pub async fn draw(state: &AppState, words: Words, path: Path, draft: String) -> Result<Transcript> {
    let finisher = state.finisher.clone();
    let steps = path.steps;
    let messages = spawn_blocking(move || draw_steps(words, &steps, &finisher));
    let messages = messages
        .await
        .map_err(|error| Error::told(ErrorKind::Internal, told::not_drawn(&error.to_string())))?;
    Ok(Transcript {
        chat: path.chat,
        title: path.title,
        model: path.model,
        draft,
        earlier: path.earlier,
        messages,
    })
}

fn draw_steps(words: Words, steps: &[Step], finisher: &Finisher) -> Vec<Shown> {
    let mut sheet = finisher.sheet(words);
    // What is read first is at the end, and gets its colours first.
    let shown = steps.iter().rev();
    let mut shown: Vec<_> = shown
        .map(|step| draw_step(words, step, &mut sheet))
        .collect();
    shown.reverse();
    shown
}

fn draw_step(words: Words, step: &Step, sheet: &mut Sheet<'_>) -> Shown {
    let Step { message, siblings } = step;
    let shown = siblings.iter().position(|id| *id == message.id);
    let place = Place {
        ids: siblings,
        shown: shown.unwrap_or_default(),
    };
    let (stamp, html) = match (message.role, &message.written) {
        (Role::Assistant, Some(written)) => {
            let mut html = |text: &str| match text {
                "" => String::new(),
                text => markdown::html(text, sheet),
            };
            let (thinking, content) = (html(&written.thinking), html(&message.content));
            // Of what is still being written the page asks later.
            let ended = written.done.is_some();
            let language = |text| ended.then(|| sheet.language(text));
            let (thinking_in, content_in) =
                (language(&written.thinking), language(&message.content));
            let done = written.done.clone().map(|done| done.in_words(words));
            let done = done.as_ref();
            let answered = Answered {
                id: &message.id,
                generation: &written.generation,
                model: &written.model,
                thinking: &thinking,
                thinking_in: thinking_in.as_deref(),
                calls: &calls::html(words, &written.tool_calls),
                content: &content,
                content_in: content_in.as_deref(),
                has_text: !message.content.trim().is_empty(),
                done,
            };
            let html = message::answer(words, &answered, place);
            (message::stamp(&written.generation, done), html)
        }
        // What a person wrote stays as it was written.
        _ => {
            let language = sheet.language(&message.content);
            let id = &*message.id;
            let html = message::question(words, id, &message.content, Some(&language), place);
            (String::new(), html)
        }
    };
    Shown {
        id: message.id.clone(),
        stamp,
        place: place.numbers(),
        html,
    }
}
