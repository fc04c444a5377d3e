//! The frame around the messages, and the place one reads at.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::{
    conversation::Conversation, icons, notice::Notice, pressed::pressed, sidebar::shut_menus,
};
use crate::chat::{Models, model::DEMO_MODEL};

/// How many screens above what is seen there have to be, or what was said before is asked for.
const ABOVE: i32 = 2;

/// The conversation; it follows the bottom unless the reader has scrolled up.
#[component]
pub fn Transcript(
    /// The state of the page.
    conversation: Conversation,
) -> impl IntoView {
    let follow = conversation.follow;
    let column: NodeRef<html::Div> = NodeRef::new();
    Effect::new(move || {
        if let Some(column) = column.get() {
            follow.watch(&column);
        }
    });
    let on_scroll = move |_| {
        if follow.scrolled() < ABOVE && !follow.pinned.get_untracked() {
            conversation.show_earlier();
        }
    };
    let on_click = move |click: ev::MouseEvent| {
        // What is opened stays where it is, and what follows it makes room.
        if opens(&click) {
            follow.let_go();
        }
        pressed(conversation, &click);
    };
    // Whoever goes elsewhere is done with a menu.
    let on_leave = move |event: ev::FocusEvent| {
        let to = event.related_target();
        shut_menus(to.and_then(|it| it.dyn_into::<Element>().ok()).as_ref());
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            shut_menus(None);
        }
    };
    view! {
        <main class="transcript" node_ref=follow.frame on:scroll=on_scroll tabindex="0" aria-label="Conversation">
            <div class="column" node_ref=column on:click=on_click on:focusout=on_leave on:keydown=on_key>
                <Show when=move || conversation.missing.get()>
                    <section class="welcome">
                        <h2>"There is no such chat"</h2>
                        <p>"It was deleted, or its address has a mistake in it. The others are in the list of chats."</p>
                    </section>
                </Show>
                <Show when=move || !conversation.begun.get() && !conversation.missing.get()>
                    <Welcome conversation/>
                </Show>
                <Show when=move || conversation.earlier.get()>
                    <button class="earlier" type="button" on:click=move |_| conversation.show_earlier()>
                        "Show earlier messages"
                    </button>
                </Show>
                <noscript class="plainly earlier" inner_html=plainly!(earlier)></noscript>
                <div
                    class="messages"
                    role="log"
                    aria-live="off"
                    aria-label="Messages"
                    class:resting=move || !conversation.running.get()
                    node_ref=conversation.list
                    inner_html=begun()
                ></div>
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
            <p class="hint">
                <kbd>"Ctrl K"</kbd>" finds commands, chats and models; "<kbd>"?"</kbd>" tells the keys."
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

/// Whether a click opens something, so that what is below it goes down.
fn opens(click: &ev::MouseEvent) -> bool {
    let target = click.target().and_then(|it| it.dyn_into::<Element>().ok());
    let opens = target.and_then(|it| {
        it.closest("summary:not(.small), [data-code=unfold]")
            .ok()
            .flatten()
    });
    opens.is_some()
}

/// The messages that are in the document: only the server makes them.
fn begun() -> String {
    #[cfg(feature = "ssr")]
    if let Some(begun) = use_context::<super::messages::FirstMessages>() {
        return begun.0;
    }
    String::new()
}
