//! The frame around the messages, and the place one reads at.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::{conversation::Conversation, icons, notice, pressed::pressed, sidebar::shut_menus};
use crate::{chat::model::DEMO_MODEL, client::effect::effect, words::Words};

/// How many screens above what is seen there have to be, or what was said before is asked for.
const ABOVE: i32 = 2;

/// The conversation; it follows the bottom unless the reader has scrolled up.
#[component]
pub fn Transcript(
    /// The state of the page.
    conversation: Conversation,
) -> impl IntoView {
    let (follow, words) = (conversation.follow, Words::here());
    let column: NodeRef<html::Div> = NodeRef::new();
    effect(move || {
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
    let found = Signal::derive(move || !conversation.missing.get());
    let begun = Signal::derive(move || conversation.begun.get() || conversation.missing.get());
    let whole = Signal::derive(move || !conversation.earlier.get());
    let resting = Signal::derive(move || !conversation.running.get());
    view! {
        <main class="transcript" node_ref=follow.frame on:scroll=on_scroll tabindex="0" aria-label=words.conversation()>
            <div class="column" node_ref=column on:click=on_click on:focusout=on_leave on:keydown=on_key>
                <section class="welcome" hidden=found>
                    <h2>{words.no_such_chat()}</h2>
                    <p>{words.no_such_chat_why()}</p>
                </section>
                <Welcome conversation begun/>
                <button
                    class="earlier"
                    type="button"
                    hidden=whole
                    on:click=move |_| conversation.show_earlier()
                >
                    {words.show_earlier()}
                </button>
                <noscript class="plainly earlier" inner_html=plainly!(earlier)></noscript>
                <div
                    class="messages"
                    role="log"
                    aria-live="off"
                    aria-label=words.messages()
                    class:resting=resting
                    node_ref=conversation.list
                    inner_html=first()
                ></div>
            </div>
        </main>
    }
}

/// What is there before the first question.
#[component]
fn Welcome(
    conversation: Conversation,
    /// Whether that is over.
    begun: Signal<bool>,
) -> impl IntoView {
    let words = Words::here();
    let models = conversation.models;
    // Until this page has asked for the models, it is what the server knew of them.
    let problem = Signal::derive(move || {
        let problem = models.with(|models| match models {
            Some(models) => models.problem(words),
            None => conversation.problem.get_value(),
        });
        problem.map_or_else(String::new, |problem| notice::html(&problem))
    });
    let well = Signal::derive(move || problem.with(String::is_empty));
    let demo = Signal::derive(move || conversation.model().as_deref() == Some(DEMO_MODEL));
    view! {
        <section class="welcome" hidden=begun>
            <div class="mark">{icons::brook()}</div>
            <h2>{words.ask_me()}</h2>
            <p>{words.where_to()}</p>
            <p class="hint" inner_html=notice::html(words.what_keys())></p>
            <div class="notice" hidden=well>
                <p role="alert" inner_html=problem></p>
                <div class="notice-actions">
                    <button type="button" on:click=move |_| {
                        conversation.load_models();
                        conversation.attention.set(());
                    }>
                        {words.try_again()}
                    </button>
                    <button type="button" hidden=demo on:click=move |_| {
                        conversation.choose(DEMO_MODEL.to_owned());
                        conversation.attention.set(());
                    }>
                        {words.try_demo()}
                    </button>
                </div>
            </div>
        </section>
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
fn first() -> String {
    #[cfg(feature = "ssr")]
    if let Some(begun) = use_context::<super::messages::FirstMessages>() {
        return begun.0;
    }
    String::new()
}
