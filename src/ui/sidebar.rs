//! The list of chats beside the chat, or over it where there is no room: a frame around the server's HTML.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDetailsElement, HtmlInputElement};

use super::{
    conversation::Conversation,
    icons, navigation,
    shelf::{chat_of, entry_of, focus_on},
};
use crate::chat::Touch;

/// The sidebar.
#[component]
pub fn Sidebar(
    /// The state of the page.
    conversation: Conversation,
) -> impl IntoView {
    let shelf = conversation.shelf;
    let on_click = move |click: ev::MouseEvent| {
        let target = click.target().and_then(|it| it.dyn_into::<Element>().ok());
        let asking = target.and_then(|it| it.closest("[data-verb]").ok().flatten());
        let Some(asking) = asking else {
            return;
        };
        let verb = asking.get_attribute("data-verb").unwrap_or_default();
        // Another tab or window is the browser's matter.
        if asking.tag_name() == "A" {
            if !navigation::is_plain(&click) {
                return;
            }
            click.prevent_default();
        }
        shut_menus(None);
        // What was pressed in a menu is hidden with it.
        if let Some(entry) = entry_of(&asking) {
            focus_on(&entry);
        }
        ask(conversation, &verb, &asking);
    };
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let form = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        if let Some(form) = form {
            finish_rename(conversation, &form, true);
            entry_of(&form).as_ref().map(focus_on);
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
            shut_menus(None);
            finish_rename(conversation, &target, false);
            entry_of(&target).as_ref().map(focus_on);
        }
    };
    view! {
        <nav
            class="sidebar"
            class:open=move || shelf.open.get()
            aria-label="Chats"
            on:click=on_click
            on:submit=on_submit
            on:focusout=on_leave
            on:keydown=on_key
        >
            <a class="new" href="/" data-verb="new">{icons::new_chat()}"New chat"</a>
            <div class="list" node_ref=shelf.list inner_html=begun()></div>
            <p class="aside">
                <span class="note" role="status">{move || shelf.note.get()}</span>
                <button type="button" data-verb="undo" hidden=move || shelf.deleted.with(Option::is_none)>"Undo"</button>
            </p>
        </nav>
        <div class="veil" on:click=move |_| shelf.open.set(false)></div>
    }
}

/// Does what an element of the list asks for.
fn ask(conversation: Conversation, verb: &str, asking: &Element) {
    let shelf = conversation.shelf;
    let current = conversation.chat.get_untracked();
    match (verb, chat_of(asking)) {
        ("new", _) => {
            shelf.open.set(false);
            conversation.open(None);
        }
        ("older", _) => shelf.older(current),
        ("undo", _) => shelf.undo(current),
        ("open", chat) => {
            shelf.open.set(false);
            conversation.open(chat);
        }
        ("pin", Some(chat)) => shelf.touch(current, chat, Touch::Pin(true)),
        ("unpin", Some(chat)) => shelf.touch(current, chat, Touch::Pin(false)),
        ("rename", Some(_)) => {
            if let Some(entry) = entry_of(asking) {
                shelf.begin_rename(&entry);
            }
        }
        ("delete", Some(chat)) => {
            let title = entry_of(asking).and_then(|it| it.query_selector(".title").ok().flatten());
            let title = title.and_then(|it| it.text_content()).unwrap_or_default();
            if current.as_ref() == Some(&chat) {
                conversation.open(None);
            }
            shelf.delete(conversation.chat.get_untracked(), chat, &title);
            conversation.attention.set(());
        }
        _ => {}
    }
}

/// Shuts the box in which the chat of an element gets another name, and gives it that name if it is to be kept.
fn finish_rename(conversation: Conversation, within: &Element, keep: bool) {
    let Some(entry) = entry_of(within).filter(|it| it.class_list().contains("renaming")) else {
        return;
    };
    let _ = entry.class_list().remove_1("renaming");
    let input = entry.query_selector("input").ok().flatten();
    let Some(input) = input.and_then(|it| it.dyn_into::<HtmlInputElement>().ok()) else {
        return;
    };
    let title = input.value().trim().to_owned();
    if !keep || title.is_empty() || title == input.default_value() {
        input.set_value(&input.default_value());
    } else if let Some(chat) = chat_of(&entry) {
        conversation.rename(chat, title);
    }
}

/// Shuts the menus that an element is not in.
fn shut_menus(but: Option<&Element>) {
    if let Ok(Some(menu)) = document().query_selector(".menu[open]")
        && !but.is_some_and(|but| menu.contains(Some(but)))
        && let Some(menu) = menu.dyn_ref::<HtmlDetailsElement>()
    {
        menu.set_open(false);
    }
}

/// The list that is in the document: only the server makes it.
fn begun() -> String {
    #[cfg(feature = "ssr")]
    if let Some(begun) = use_context::<super::chat_list::FirstList>() {
        return begun.0;
    }
    String::new()
}
