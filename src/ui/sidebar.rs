//! The list of chats beside the chat, or over it where there is no room: a frame around the server's HTML.
//!
//! Whoever clicks on something in it that has a `data-verb` asks for that verb; `data-chat` says for which chat.

use std::time::Duration;

use gloo_timers::future::sleep;
use leptos::{ev, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDetailsElement, HtmlInputElement, HtmlSelectElement};

use super::{
    conversation::Conversation,
    icons, keys, navigation,
    rows::{chat_of, entry_of, focus_on},
    shelf::Done,
};
use crate::{
    chat::{FolderChange, Touch},
    words::Words,
};

/// How long nothing is typed before it is looked for.
const PAUSE: Duration = Duration::from_millis(150);

/// The sidebar.
#[component]
pub fn Sidebar(
    /// The state of the page.
    conversation: Conversation,
) -> impl IntoView {
    let (shelf, words) = (conversation.shelf, Words::here());
    let on_click = move |click: ev::MouseEvent| {
        let target = click.target().and_then(|it| it.dyn_into::<Element>().ok());
        let near = |selector| {
            target
                .as_ref()
                .and_then(|it| it.closest(selector).ok().flatten())
        };
        if let Some(menu) = near(".entry summary") {
            shelf.fill_menu(&menu);
        }
        let Some(asking) = near("[data-verb]") else {
            return;
        };
        match &*asking.tag_name() {
            // Another tab or window is the browser's matter.
            "A" if !navigation::is_plain(&click) => return,
            "A" => click.prevent_default(),
            "BUTTON" => {}
            // These say when they have changed.
            _ => return,
        }
        shut_menus(None);
        // What was pressed in a menu is hidden with it.
        if let Some(entry) = entry_of(&asking) {
            focus_on(&entry);
        }
        ask(conversation, &asking);
    };
    let on_change = move |event: ev::Event| {
        let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        if let Some(asking) = target.filter(|it| it.has_attribute("data-verb")) {
            ask(conversation, &asking);
        }
    };
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let form = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        if let Some(form) = form {
            // The form may be gone after it.
            let entry = entry_of(&form);
            shut_menus(None);
            ask(conversation, &form);
            entry.as_ref().map(focus_on);
        }
    };
    // A click beside the box is as good as Enter; Escape leaves the name as it was.
    let on_leave = move |event: ev::FocusEvent| {
        let left = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        let to = event
            .related_target()
            .and_then(|it| it.dyn_into::<Element>().ok());
        shut_menus(to.as_ref());
        if let Some(left) = left.filter(|left| left.tag_name() == "INPUT") {
            finish_rename(conversation, &left, true);
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        if event.key() == "Escape"
            && let Some(target) = target
        {
            let entry = entry_of(&target);
            let renamed = finish_rename(conversation, &target, false);
            if shut_menus(None) || renamed {
                entry.as_ref().map(focus_on);
            } else {
                shelf.open.set(false);
            }
        }
    };
    let typed = StoredValue::new(0_u32);
    let on_search = move |event: ev::Event| {
        let text = event_target_value(&event);
        typed.update_value(|typed| *typed += 1);
        let now = typed.get_value();
        spawn_local(async move {
            sleep(PAUSE).await;
            // More may have been typed meanwhile.
            if typed.get_value() == now {
                shelf.find(text);
            }
        });
    };
    let note = Signal::derive(move || shelf.note.get().unwrap_or_default());
    let done = Signal::derive(move || {
        let done = |done: &Option<Done>| done.as_ref().map(|done| done.what.clone());
        shelf.done.with(done).unwrap_or_default()
    });
    let for_good = Signal::derive(move || shelf.done.with(Option::is_none));
    view! {
        <nav
            class="sidebar"
            id="chats"
            class:open=Signal::derive(move || shelf.open.get())
            class:selecting=Signal::derive(move || shelf.selecting.get())
            aria-label=words.chats()
            on:click=on_click
            on:change=on_change
            on:submit=on_submit
            on:focusout=on_leave
            on:keydown=on_key
        >
            <div class="top">
                <a class="new" href="/" data-verb="new">{icons::new_chat()}{words.new_chat()}</a>
                <button
                    class="plain"
                    type="button"
                    aria-label=words.preferences()
                    title=words.preferences()
                    on:click=move |_| keys::run(conversation, "preferences", "")
                >
                    {icons::half()}
                </button>
            </div>
            <input
                class="search"
                type="search"
                aria-label=words.search()
                placeholder=words.search()
                autocomplete="off"
                on:input=on_search
            />
            <div class="list" node_ref=shelf.list inner_html=begun() on:scroll=move |_| shelf.scrolled()></div>
            <div class="self" inner_html=own()></div>
            <p class="aside">
                <span class="note" role="status">{note}" "{done}</span>
                <button type="button" data-verb="undo" hidden=for_good>{words.undo()}</button>
            </p>
        </nav>
        <div class="veil" on:click=move |_| shelf.open.set(false)></div>
    }
}

/// Does what an element of the list asks for.
fn ask(conversation: Conversation, asking: &Element) {
    let shelf = conversation.shelf;
    let attribute = |name: &str| asking.get_attribute(name).unwrap_or_default();
    // In the menu of a chat it is about that one, above the list about those that are selected.
    let chat = chat_of(asking);
    let chats = || {
        chat.clone()
            .map_or_else(|| shelf.picked(), |chat| vec![chat])
    };
    let chosen = || {
        let select = asking.dyn_ref::<HtmlSelectElement>();
        select.map(HtmlSelectElement::value).unwrap_or_default()
    };
    let chosen_beside = || {
        let select = asking.previous_element_sibling();
        let select = select.and_then(|it| it.dyn_into::<HtmlSelectElement>().ok());
        select.map(|it| it.value()).unwrap_or_default()
    };
    let named = || {
        let input = asking.query_selector("input").ok().flatten();
        let input = input.and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
        input
            .map(|input| input.value().trim().to_owned())
            .unwrap_or_default()
    };
    match &*attribute("data-verb") {
        "new" => {
            shelf.open.set(false);
            conversation.open(None);
        }
        "open" if shelf.selecting.get_untracked() => {
            if let Some(chat) = chat {
                shelf.pick(chat);
            }
        }
        "open" => {
            shelf.open.set(false);
            conversation.open_at(chat, asking.get_attribute("data-message"));
        }
        "begin" => {
            shelf.open.set(false);
            conversation.begin_with(&attribute("data-item"));
        }
        "undo" => shelf.undo(),
        "more" => shelf.show_more(),
        "view" => shelf.show_view(chosen()),
        "select" => {
            shelf.select(true);
            if let Some(chat) = chat {
                shelf.pick(chat);
            }
        }
        "pick" => shelf.pick(chat.unwrap_or_default()),
        "done" => shelf.select(false),
        "pin" => shelf.touch(chats(), Touch::Pin(true)),
        "unpin" => shelf.touch(chats(), Touch::Pin(false)),
        "rename" => {
            if let Some(entry) = entry_of(asking) {
                shelf.begin_rename(&entry);
            }
        }
        "name" => drop(finish_rename(conversation, asking, true)),
        verb @ ("archive" | "unarchive" | "delete") => {
            let chats = chats();
            if chats.is_empty() {
                return;
            }
            shelf.select(false);
            let (touch, undo) = match verb {
                "archive" => (Touch::Archive(true), Touch::Archive(false)),
                "unarchive" => (Touch::Archive(false), Touch::Archive(true)),
                _ => (Touch::Delete, Touch::Restore),
            };
            let open = conversation.chat.get_untracked();
            if verb == "delete" && open.is_some_and(|open| chats.contains(&open)) {
                conversation.open(None);
            }
            let words = Words::here();
            let title = entry_of(asking).as_ref().and_then(title_of);
            let what = match (verb, title) {
                ("archive", Some(title)) => words.archived(&title),
                ("archive", None) => words.archived_many(chats.len() as u64),
                ("unarchive", Some(title)) => words.unarchived(&title),
                ("unarchive", None) => words.unarchived_many(chats.len() as u64),
                (_, Some(title)) => words.deleted(&title),
                (_, None) => words.deleted_many(chats.len() as u64),
            };
            shelf.touch_undoably(touch, Done { chats, undo, what });
            conversation.attention.set(());
        }
        "move" => {
            let folder = Some(chosen_beside()).filter(|folder| folder != "none");
            let chats = chats();
            shelf.select(false);
            if !chats.is_empty() {
                shelf.touch(chats, Touch::Move(folder));
            }
        }
        "make-folder" => shelf.change_folder(FolderChange::Make(named())),
        "rename-folder" => shelf.change_folder(FolderChange::Rename {
            id: attribute("data-folder"),
            name: named(),
        }),
        "delete-folder" => {
            let question = Words::here().delete_folder_sure();
            if window().confirm_with_message(question) == Ok(true) {
                shelf.change_folder(FolderChange::Delete(attribute("data-folder")));
            }
        }
        _ => {}
    }
}

/// What the chat of an entry is called.
fn title_of(entry: &Element) -> Option<String> {
    entry.query_selector(".title").ok()??.text_content()
}

/// Shuts the box in which the chat of an element gets another name, and gives it that name if it is to be kept; whether
/// there was one.
fn finish_rename(conversation: Conversation, within: &Element, keep: bool) -> bool {
    let Some(entry) = entry_of(within).filter(|it| it.class_list().contains("renaming")) else {
        return false;
    };
    let _ = entry.class_list().remove_1("renaming");
    let input = entry.query_selector(".rename input").ok().flatten();
    let Some(input) = input.and_then(|it| it.dyn_into::<HtmlInputElement>().ok()) else {
        return false;
    };
    let title = input.value().trim().to_owned();
    if keep
        && !title.is_empty()
        && title != input.default_value()
        && let Some(chat) = chat_of(&entry)
    {
        conversation.rename(chat, title);
    }
    if let Ok(Some(form)) = input.closest("form") {
        form.remove();
    }
    true
}

/// Shuts the menus that an element is not in; whether there was one.
pub fn shut_menus(but: Option<&Element>) -> bool {
    if let Ok(Some(menu)) = document().query_selector(".menu[open]")
        && !but.is_some_and(|but| menu.contains(Some(but)))
        && let Some(menu) = menu.dyn_ref::<HtmlDetailsElement>()
    {
        menu.set_open(false);
        return true;
    }
    false
}

/// The list that is in the document: only the server makes it.
fn begun() -> String {
    #[cfg(feature = "ssr")]
    if let Some(begun) = use_context::<super::chat_list::FirstList>() {
        return begun.0;
    }
    String::new()
}

/// Who has signed in: only the server says.
fn own() -> String {
    #[cfg(feature = "ssr")]
    if let Some(own) = use_context::<super::chat_list::Own>() {
        return own.0;
    }
    String::new()
}
