//! The page as a whole: bar, transcript, and the dock at the bottom.

use leptos::{ev, html, prelude::*};

use super::{
    composer::Composer, conversation::Conversation, icons, model_picker::ModelPicker,
    notice::Sentence, transcript::Transcript,
};
use crate::{
    chat::model::DEMO_MODEL,
    client::{follow::Link, scroll::Follow},
};

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let conversation = Conversation::new();
    let follow = Follow::new();
    let frame: NodeRef<html::Main> = NodeRef::new();
    let to_bottom = move || {
        if let Some(frame) = frame.get_untracked() {
            follow.to_bottom(&frame);
        }
    };
    // In the browser, once the page is awake: what the tab has kept, and a mark for whoever waits for it.
    Effect::new(move || {
        conversation.resume();
        let _ = document()
            .body()
            .map(|body| body.set_attribute("data-awake", ""));
        let _ = window_event_listener(ev::pagehide, move |_| conversation.save());
    });
    let asked = move || conversation.turns.with(|turns| !turns.is_empty());
    view! {
        <div class="page">
            <header class="bar">
                <h1 class="brand">{icons::brook()}"Brooklet"</h1>
                <ModelPicker conversation/>
                <button
                    class="plain"
                    type="button"
                    aria-label="New chat"
                    title="New chat"
                    disabled=move || !asked()
                    on:click=move |_| conversation.clear()
                >
                    {icons::new_chat()}
                </button>
            </header>
            <Transcript conversation follow frame/>
            <footer class="dock">
                <Show when=move || asked() && !follow.pinned.get()>
                    <button class="latest" type="button" on:click=move |_| {
                        to_bottom();
                        if let Some(frame) = frame.get_untracked() {
                            let _ = frame.focus();
                        }
                    }>
                        {icons::down()}"Jump to latest"
                    </button>
                </Show>
                <Situation conversation/>
                <Composer conversation on_send=to_bottom/>
            </footer>
        </div>
    }
}

/// One line above the composer: what is out of the ordinary. Read out when it changes.
#[component]
fn Situation(conversation: Conversation) -> impl IntoView {
    let line = move || {
        if conversation.link.get() == Link::Lost {
            Some("The connection is lost. Reconnecting…".to_owned())
        } else if let Some(error) = conversation.trouble.get() {
            Some(format!("It could not be stopped: {}", error.message))
        } else if conversation.model().as_deref() == Some(DEMO_MODEL) {
            Some("This is the demo: a script answers, not a language model.".to_owned())
        } else {
            None
        }
    };
    view! {
        <p class="situation" role="status">{move || line().map(|text| view! { <Sentence text/> })}</p>
    }
}
