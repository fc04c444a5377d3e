//! What a chat has that its store could not take yet. The journal tries again; until then a chat is read with what is in
//! memory, so that one goes on in it, and a reload shows all of it.

use std::sync::Arc;

use super::super::{generation::Generation, store::Place};
use crate::chat::{Chat, ChatMessage, Role, Written};

/// A chat as the store has it, with what these generations have in memory alone: oldest first, each with whether the
/// store knew its beginning before it was asked for the chat.
pub(super) fn with(
    stored: Option<Chat>,
    id: &str,
    generations: &[(Arc<Generation>, bool)],
) -> Option<Chat> {
    let mut chat = stored;
    for (generation, begun) in generations {
        let Some(place) = generation.place.as_ref().filter(|it| it.chat == id) else {
            continue;
        };
        if *begun {
            // It has its place there, unless somebody has deleted that since.
            let kept = chat.iter_mut().flat_map(|chat| &mut chat.messages);
            if let Some(kept) = kept.into_iter().find(|it| it.id == place.answer) {
                *kept = answer(place, generation);
            }
        } else if chat.is_some() || place.title.is_some() {
            put(chat.get_or_insert_default(), place, generation);
        }
    }
    chat
}

/// Puts a question and its answer into their chat, as the store will.
fn put(chat: &mut Chat, place: &Place, generation: &Generation) {
    chat.id.clone_from(&place.chat);
    if let Some(title) = place.title.as_ref().filter(|_| chat.title.is_empty()) {
        chat.title.clone_from(title);
    }
    if !place.goes_on {
        chat.settings.model = Some(generation.model.clone());
    }
    if let Some(question) = &place.question
        && chat.messages.iter().all(|it| it.id != place.parent)
    {
        chat.messages.push(ChatMessage {
            id: place.parent.clone(),
            parent: question.parent.clone(),
            role: Role::User,
            content: question.text.clone(),
            written: None,
        });
    }
    let answer = answer(place, generation);
    match chat.messages.iter_mut().find(|it| it.id == place.answer) {
        Some(kept) => *kept = answer,
        None => chat.messages.push(answer),
    }
    chat.leaf = Some(place.answer.clone());
}

/// An answer. While it is being written its generation has its text.
fn answer(place: &Place, generation: &Generation) -> ChatMessage {
    let (said, done) = generation.said().unzip();
    let said = said.unwrap_or_default();
    ChatMessage {
        id: place.answer.clone(),
        parent: Some(place.parent.clone()),
        role: Role::Assistant,
        content: said.content,
        written: Some(Box::new(Written {
            generation: generation.id.clone(),
            model: generation.model.clone(),
            thinking: said.thinking,
            tool_calls: said.tool_calls,
            done,
        })),
    }
}
