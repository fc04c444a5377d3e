//! The list of chats: its verbs, and what they need of the document.
//!
//! The list is the server's HTML (`chat_list`): it changes seldom, and a browser that takes it as it is needs no code
//! for it but this. Whoever clicks on something in it that has a `data-verb` asks for that verb; `data-chat` says for
//! which chat.

use std::time::Duration;

use gloo_timers::future::sleep;
use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

use crate::{
    chat::{Touch, api},
    error::Result,
};

/// How long a deletion can be taken back here.
const SECOND_THOUGHTS: Duration = Duration::from_secs(10);

/// The list of chats; `Copy`, like the signals it is made of.
#[derive(Clone, Copy, Debug)]
pub struct Shelf {
    /// Whether it is open where there is no room beside the chat.
    pub open: RwSignal<bool>,
    /// What there is to say under the list.
    pub note: RwSignal<Option<String>>,
    /// The chat that was deleted just now.
    pub deleted: RwSignal<Option<String>>,
    /// Where the server's HTML is.
    pub list: NodeRef<html::Div>,
    /// How much of the list has been asked for.
    pages: StoredValue<u32>,
    /// How often the list has been asked for: an answer that was overtaken by a later one is none.
    asked: StoredValue<u32>,
    /// The HTML that is there, as the server said it: a browser says it in other words.
    shown: StoredValue<String>,
}

impl Shelf {
    /// One of which the first page is there.
    #[allow(
        clippy::new_without_default,
        reason = "it makes signals, which belong to the component that calls it"
    )]
    pub fn new() -> Self {
        Self {
            open: RwSignal::default(),
            note: RwSignal::default(),
            deleted: RwSignal::default(),
            list: NodeRef::new(),
            pages: StoredValue::new(1),
            asked: StoredValue::new(0),
            shown: StoredValue::default(),
        }
    }

    /// Asks for the list again, in which `current` is the chat that is open: another tab or device may have changed it.
    pub fn refresh(self, current: Option<String>) {
        spawn_local(async move { self.load(current).await });
    }

    /// Asks for more of the list.
    pub fn older(self, current: Option<String>) {
        self.pages.update_value(|pages| *pages += 1);
        self.refresh(current);
    }

    /// Changes a chat, and the list with it.
    pub fn touch(self, current: Option<String>, chat: String, touch: Touch) {
        self.note.set(None);
        spawn_local(async move {
            self.told(api::touch(chat, touch).await);
            self.load(current).await;
        });
    }

    /// Deletes a chat, which can be taken back for a while.
    pub fn delete(self, current: Option<String>, chat: String, title: &str) {
        self.touch(current, chat.clone(), Touch::Delete);
        self.note.set(Some(format!("Deleted “{title}”")));
        self.deleted.set(Some(chat.clone()));
        spawn_local(async move {
            sleep(SECOND_THOUGHTS).await;
            // Another one may have been deleted meanwhile.
            if self
                .deleted
                .with_untracked(|deleted| deleted.as_ref() == Some(&chat))
            {
                self.deleted.set(None);
                self.note.set(None);
            }
        });
    }

    /// Takes the last deletion back.
    pub fn undo(self, current: Option<String>) {
        if let Some(chat) = self.deleted.get_untracked() {
            self.deleted.set(None);
            self.touch(current, chat, Touch::Restore);
        }
    }

    /// Opens the box in which a chat gets another name.
    pub fn begin_rename(self, entry: &Element) {
        let Some(form) = entry.query_selector(".rename").ok().flatten() else {
            return;
        };
        let _ = entry.class_list().add_1("renaming");
        if let Ok(Some(input)) = form.query_selector("input")
            && let Some(input) = input.dyn_ref::<HtmlInputElement>()
        {
            let _ = input.focus();
            input.select();
        }
    }

    async fn load(self, current: Option<String>) {
        self.asked.update_value(|asked| *asked += 1);
        let asked = self.asked.get_value();
        let loaded = api::shelf(current, self.pages.get_value(), clock()).await;
        if asked == self.asked.get_value()
            && let Some(html) = self.told(loaded)
        {
            self.show(html);
        }
    }

    /// Puts the server's HTML into its place, unless a menu or a name is open there; the focus stays with its chat.
    fn show(self, html: String) {
        let Some(list) = self.list.get_untracked() else {
            return;
        };
        let in_use = list.query_selector(".renaming, .menu[open]");
        if in_use.ok().flatten().is_some() || self.shown.with_value(|shown| *shown == html) {
            return;
        }
        let focused = document()
            .active_element()
            .filter(|it| list.contains(Some(it)));
        let chat = focused.as_ref().and_then(chat_of);
        list.set_inner_html(&html);
        self.shown.set_value(html);
        if let Some(chat) = chat
            && let Ok(Some(entry)) = list.query_selector(&format!("[data-chat=\"{chat}\"]"))
        {
            focus_on(&entry);
        }
    }

    /// Says why something could not be done.
    fn told<T>(self, outcome: Result<T>) -> Option<T> {
        outcome
            .map_err(|error| self.note.set(Some(error.message)))
            .ok()
    }
}

/// How many minutes this browser's clock is behind UTC.
pub fn clock() -> i32 {
    let offset = js_sys::Date::new_0().get_timezone_offset();
    #[allow(clippy::cast_possible_truncation, reason = "a day has few minutes")]
    let offset = offset as i32;
    offset
}

/// Gives the focus to the chat of an entry: what had it in there is gone.
pub fn focus_on(entry: &Element) {
    if let Ok(Some(link)) = entry.query_selector("a")
        && let Some(link) = link.dyn_ref::<HtmlElement>()
    {
        let _ = link.focus();
    }
}

/// The entry of the list that an element belongs to.
pub fn entry_of(element: &Element) -> Option<Element> {
    element.closest("[data-chat]").ok().flatten()
}

/// The chat that an element of the list belongs to.
pub fn chat_of(element: &Element) -> Option<String> {
    entry_of(element)?.get_attribute("data-chat")
}
