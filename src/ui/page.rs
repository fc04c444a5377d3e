//! The page as a whole: bar, transcript, and the dock at the bottom.

use std::{sync::Arc, time::Duration};

use gloo_timers::future::sleep;
use leptos::{ev, prelude::*, task::spawn_local};

use super::{
    composer::Composer, conversation::Conversation, drawer, finishing, icons, keys,
    model_picker::ModelPicker, navigation, notice, panel::Dialog, shelf, sidebar::Sidebar,
    spoken::Spoken, transcript::Transcript,
};
use crate::{
    chat::{Opening, model::DEMO_MODEL},
    client::{effect::effect, follow::Link, visibility, worker},
    json,
    words::Words,
};

/// How often a tab that is seen looks whether another one, or another device, has done something to the list.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// What the window is called.
pub const NAME: &str = "Brooklet";

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let conversation = Conversation::new(&opening());
    let drawer = conversation.shelf.open;
    let opener = NodeRef::new();
    drawer::attend(drawer, opener);
    let (follow, words) = (conversation.follow, Words::here());
    // In the browser, once the page is awake: what is being written, and a mark for whoever waits for it.
    effect(move || {
        conversation.wake();
        if let Some(list) = conversation.list.get_untracked() {
            finishing::finish(&[list.into()]);
        }
        conversation.shelf.make_room();
        // The list in the document has the days of UTC.
        if shelf::clock() != 0 {
            conversation.refresh_list();
        }
        let _ = document()
            .body()
            .map(|body| body.set_attribute("data-awake", ""));
        worker::register();
        keys::listen(conversation);
        navigation::on_travel(move |chat| conversation.travel(chat));
        let _ = window_event_listener(ev::pagehide, move |_| conversation.keep_place());
        // Other tabs and devices have chats too.
        let _ = window_event_listener(ev::focus, move |_| conversation.refresh_list());
        spawn_local(async move {
            loop {
                sleep(LOOK_EVERY).await;
                visibility::shown().await;
                conversation.refresh_list();
            }
        });
    });
    effect(move || {
        let title = conversation.title.get();
        document()
            .set_title(&title.map_or_else(|| NAME.to_owned(), |title| format!("{title} · {NAME}")));
    });
    // Another tab, or the model, may call it otherwise.
    effect(move || {
        if let Some((chat, title)) = conversation.shelf.called.get()
            && conversation.chat.get_untracked() == Some(chat)
        {
            conversation.title.set(Some(title));
        }
    });
    let begun = conversation.begun;
    let expanded = Signal::derive(move || drawer.get().to_string());
    let is_new = Signal::derive(move || !begun.get() && !conversation.missing.get());
    let at_end = Signal::derive(move || !begun.get() || follow.pinned.get());
    view! {
        <div class="page">
            <Sidebar conversation/>
            <div class="desk" inert=Signal::derive(move || drawer.get())>
                <header class="bar">
                    <button
                        class="plain drawer"
                        node_ref=opener
                        type="button"
                        aria-label=words.chats()
                        title=words.chats()
                        aria-expanded=expanded
                        on:click=move |_| drawer.update(|open| *open = !*open)
                    >
                        {icons::list()}
                    </button>
                    <h1 class="brand">{icons::brook()}<span>{NAME}</span></h1>
                    <ModelPicker conversation/>
                    <noscript class="plainly" inner_html=plainly!(bar)></noscript>
                    <button
                        class="plain"
                        type="button"
                        aria-label=words.settings_of_chat()
                        title=words.settings_of_chat()
                        on:click=move |_| conversation.open_settings(None)
                    >
                        {icons::settings()}
                    </button>
                    <button
                        class="plain"
                        type="button"
                        aria-label=words.new_chat()
                        title=words.new_chat()
                        disabled=is_new
                        on:click=move |_| conversation.open(None)
                    >
                        {icons::new_chat()}
                    </button>
                </header>
                <Transcript conversation/>
                <footer class="dock">
                    <button
                        class="latest"
                        class:more=Signal::derive(move || follow.more.get())
                        type="button"
                        hidden=at_end
                        on:click=move |_| {
                            follow.to_bottom();
                            if let Some(frame) = follow.frame.get_untracked() {
                                let _ = frame.focus();
                            }
                        }
                    >
                        {icons::down()}{words.jump_to_latest()}" "<span class="sr">{words.there_is_more()}</span>
                    </button>
                    <noscript class="plainly" inner_html=plainly!(note)></noscript>
                    <Situation conversation/>
                    <Composer conversation/>
                </footer>
            </div>
            <Dialog conversation/>
            <Spoken/>
        </div>
    }
}

/// One line above the composer: what is out of the ordinary. Read out when it changes.
#[component]
fn Situation(conversation: Conversation) -> impl IntoView {
    let words = Words::here();
    let line = Signal::derive(move || {
        if conversation.link.get() == Link::Lost {
            notice::html(words.connection_lost())
        } else if let Some(trouble) = conversation.trouble.get() {
            notice::html(&trouble)
        } else if conversation.editing.get().is_some() {
            notice::html(words.editing_note())
        } else if conversation.model().as_deref() == Some(DEMO_MODEL) {
            notice::html(words.demo_note())
        } else {
            String::new()
        }
    });
    view! { <p class="situation" role="status" inner_html=line></p> }
}

/// What the page begins with: on the server what the router has found, in the browser what the server has put into the
/// document, as text.
fn opening() -> Arc<Opening> {
    let mut found = None;
    let json = SharedValue::new_str(|| {
        let opening = use_context::<Arc<Opening>>().unwrap_or_default();
        let json = serde_json::to_string(&*opening).unwrap_or_default();
        found = Some(opening);
        json
    });
    let read = || Arc::new(json::read(&json.into_inner()).unwrap_or_default());
    found.unwrap_or_else(read)
}
