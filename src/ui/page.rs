//! The page as a whole: bar, transcript, and the dock at the bottom.

use std::{sync::Arc, time::Duration};

use gloo_timers::future::sleep;
use leptos::{ev, prelude::*, task::spawn_local};

use super::{
    composer::Composer, conversation::Conversation, drawer, finishing, icons, keys,
    model_picker::ModelPicker, navigation, notice::Sentence, panel::Dialog, shelf,
    sidebar::Sidebar, spoken::Spoken, transcript::Transcript,
};
use crate::{
    chat::{Opening, model::DEMO_MODEL},
    client::{follow::Link, visibility, worker},
    json,
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
    let follow = conversation.follow;
    // In the browser, once the page is awake: what is being written, and a mark for whoever waits for it.
    Effect::new(move || {
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
    Effect::new(move || {
        let title = conversation.title.get();
        document()
            .set_title(&title.map_or_else(|| NAME.to_owned(), |title| format!("{title} · {NAME}")));
    });
    let asked = move || conversation.begun.get();
    // Another tab, or the model, may call it otherwise.
    Effect::new(move || {
        if let Some((chat, title)) = conversation.shelf.called.get()
            && conversation.chat.get_untracked() == Some(chat)
        {
            conversation.title.set(Some(title));
        }
    });
    view! {
        <div class="page">
            <Sidebar conversation/>
            <div class="desk" inert=drawer>
                <header class="bar">
                    <button
                        class="plain drawer"
                        node_ref=opener
                        type="button"
                        aria-label="Chats"
                        title="Chats"
                        aria-expanded=move || drawer.get().to_string()
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
                        aria-label="Settings of this chat"
                        title="Settings of this chat"
                        on:click=move |_| conversation.open_settings(None)
                    >
                        {icons::settings()}
                    </button>
                    <button
                        class="plain"
                        type="button"
                        aria-label="New chat"
                        title="New chat"
                        disabled=move || !asked() && !conversation.missing.get()
                        on:click=move |_| conversation.open(None)
                    >
                        {icons::new_chat()}
                    </button>
                </header>
                <Transcript conversation/>
                <footer class="dock">
                    <Show when=move || asked() && !follow.pinned.get()>
                        <button class="latest" class:more=follow.more type="button" on:click=move |_| {
                            follow.to_bottom();
                            if let Some(frame) = follow.frame.get_untracked() {
                                let _ = frame.focus();
                            }
                        }>
                            {icons::down()}"Jump to latest"<span class="sr">"(there is more)"</span>
                        </button>
                    </Show>
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
    let line = move || {
        if conversation.link.get() == Link::Lost {
            Some("The connection is lost. Reconnecting…".to_owned())
        } else if let Some(trouble) = conversation.trouble.get() {
            Some(trouble)
        } else if conversation.editing.get().is_some() {
            Some("You are asking another question in the place of an earlier one. `Esc` leaves it as it was.".to_owned())
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
