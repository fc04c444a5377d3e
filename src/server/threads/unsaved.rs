//! What a chat has that its store could not take yet. The journal tries again; until then a chat is read with what is in
//! memory, so that one goes on in it, and a reload shows all of it.

use std::sync::Arc;

use super::super::{generation::Generation, store::Place};
use crate::chat::{Chat, ChatMessage, Role, Settings, Written};

/// A chat as the store has it, with what these generations, oldest first, have in memory alone.
pub(super) fn with(
    stored: Option<Chat>,
    id: &str,
    generations: &[Arc<Generation>],
) -> Option<Chat> {
    let mut chat = stored;
    for generation in generations {
        if let Some(place) = generation.place.as_ref().filter(|it| it.chat == id) {
            let chat = chat.get_or_insert_with(|| begun(place, generation));
            add(chat, place, generation);
        }
    }
    chat
}

/// A chat of which the store knows nothing.
fn begun(place: &Place, generation: &Generation) -> Chat {
    Chat {
        id: place.chat.clone(),
        title: place.title.clone().unwrap_or_default(),
        leaf: None,
        settings: Settings {
            model: Some(generation.model.clone()),
            ..Settings::default()
        },
        messages: Vec::new(),
    }
}

fn add(chat: &mut Chat, place: &Place, generation: &Generation) {
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
    let (said, done) = generation.said();
    // While it is being written its generation has it.
    let said = done.as_ref().map(|_| said).unwrap_or_default();
    let answer = ChatMessage {
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
    };
    match chat.messages.iter_mut().find(|it| it.id == place.answer) {
        Some(kept) => *kept = answer,
        None => chat.messages.push(answer),
    }
    chat.leaf = Some(place.answer.clone());
}
