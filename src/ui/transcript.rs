//! The turns, and the place one reads at.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{conversation::Conversation, icons, message::Message, notice::Notice, pressed::pressed};
use crate::{
    chat::{Models, model::DEMO_MODEL},
    client::scroll::Follow,
};

/// The conversation; it follows the bottom unless the reader has scrolled up.
#[component]
pub fn Transcript(
    /// The state of the page.
    conversation: Conversation,
    /// Whether it follows the bottom.
    follow: Follow,
    /// The scrolled box, for whoever wants to move it.
    frame: NodeRef<html::Main>,
) -> impl IntoView {
    let column: NodeRef<html::Div> = NodeRef::new();
    Effect::new(move || {
        if let (Some(frame), Some(column)) = (frame.get(), column.get()) {
            follow.watch(frame.into(), &column);
        }
    });
    // Another chat is opened at its end.
    Effect::new(move |before: Option<Option<String>>| {
        let chat = conversation.chat.get();
        if before.is_some_and(|before| before != chat) {
            follow.pinned.set(true);
        }
        chat
    });
    // A message that is sought is shown, and has the focus.
    Effect::new(move || {
        let Some(sought) = conversation.sought.get() else {
            return;
        };
        let _ = request_animation_frame(move || {
            if let Some(message) = document().get_element_by_id(&sought) {
                follow.let_go();
                let _ = message.set_attribute("tabindex", "-1");
                message.scroll_into_view();
                if let Some(message) = message.dyn_ref::<HtmlElement>() {
                    let _ = message.focus();
                }
            }
        });
    });
    let on_scroll = move |_| {
        if let Some(frame) = frame.get_untracked() {
            follow.scrolled(&frame);
        }
    };
    view! {
        <main class="transcript" node_ref=frame on:scroll=on_scroll tabindex="0" aria-label="Conversation">
            <div class="column" node_ref=column on:click=|event| pressed(&event)>
                <Show when=move || conversation.missing.get()>
                    <section class="welcome">
                        <h2>"There is no such chat"</h2>
                        <p>"It was deleted, or its address has a mistake in it. The others are in the list of chats."</p>
                    </section>
                </Show>
                <Show when=move || conversation.turns.with(Vec::is_empty) && !conversation.missing.get()>
                    <Welcome conversation/>
                </Show>
                <Show when=move || conversation.earlier.get() != 0>
                    <button class="earlier" type="button" on:click=move |_| {
                        if let Some(frame) = frame.get_untracked() {
                            follow.hold(&frame);
                        }
                        conversation.show_earlier();
                    }>
                        "Show earlier messages"
                    </button>
                </Show>
                <For
                    each=move || conversation.turns.get()
                    key=|turn| turn.key
                    children=move |turn| view! { <Message conversation turn/> }
                />
            </div>
        </main>
    }
}

/// What is there before the first question.
#[component]
fn Welcome(conversation: Conversation) -> impl IntoView {
    let problem = move || {
        conversation
            .models
            .with(|models| models.as_ref().and_then(problem_of))
    };
    let demo = move || conversation.model().as_deref() == Some(DEMO_MODEL);
    view! {
        <section class="welcome">
            <div class="mark">{icons::brook()}</div>
            <h2>"Ask me anything"</h2>
            <p>"Your questions go to the Ollama server you run, and nowhere else."</p>
            <p class="notice unscripted">
                "Asking needs JavaScript, which is switched off here. Programs can ask without it, by "
                <code>"POST /api/chat"</code>"."
            </p>
            {move || problem().map(|text| view! {
                <Notice text>
                    <button type="button" on:click=move |_| {
                        conversation.load_models();
                        conversation.attention.set(());
                    }>"Try again"</button>
                    <Show when=move || !demo()>
                        <button type="button" on:click=move |_| {
                            conversation.choose(DEMO_MODEL.to_owned());
                            conversation.attention.set(());
                        }>
                            "Try the demo"
                        </button>
                    </Show>
                </Notice>
            })}
        </section>
    }
}

/// Why there is nobody to ask, if so.
fn problem_of(models: &Models) -> Option<String> {
    match &models.error {
        Some(error) => Some(error.message.clone()),
        None if models.models.is_empty() => Some(
            "Ollama has no model yet. Get one, for example with `ollama pull llama3.2`, then try again.".to_owned(),
        ),
        None => None,
    }
}
