//! The list of chats in the document: the server's HTML (`chat_list`, `found_list`), and what is done to it there.
//!
//! It changes seldom, and a browser that takes it as it is needs no code for it but this. Of a long list a window is here;
//! around it is room for the rest, and whoever scrolls there has the window moved.

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{
    Element, HtmlElement, HtmlInputElement, ScrollIntoViewOptions, ScrollLogicalPosition,
};

use super::shelf::Shelf;
use crate::{client::frames::at_next_frame, words::Words};

/// How many rows beyond what is seen are asked for when the window moves, and how few are left when it does.
const MARGIN: u32 = 30;
const FEW: u32 = 10;

/// What stands in the place of a chat's id in its menu.
pub const CHAT: &str = "{chat}";

/// The box in which a chat gets another name.
const RENAME: &str =
    r#"<form class="rename" data-verb="name"><input maxlength="200" autocomplete="off"></form>"#;

impl Shelf {
    /// Has the window move to where the list has been scrolled to.
    pub fn scrolled(self) {
        let Some(list) = self.list.get_untracked() else {
            return;
        };
        let Some((rows, row)) = rows_of(&list) else {
            return;
        };
        let number = |name: &str| -> u32 {
            let text = rows.get_attribute(name).unwrap_or_default();
            text.parse().unwrap_or_default()
        };
        let (before, after) = (number("data-before"), number("data-after"));
        let top = list.scroll_top().unsigned_abs() / row;
        let bottom = top + list.client_height().unsigned_abs() / row;
        let end = before + rows.child_element_count();
        let beyond = (before > 0 && top < before + FEW) || (after > 0 && bottom + FEW > end);
        let from = top.saturating_sub(MARGIN);
        if beyond && self.shown.with_value(|shown| shown.from != from) {
            self.shown.update_value(|shown| shown.from = from);
            spawn_local(async move { self.load().await });
        }
    }

    /// Puts the server's HTML into its place, unless a menu or a name is open there; the focus stays with its chat.
    pub(super) fn show(self, html: String) {
        let Some(list) = self.list.get_untracked() else {
            return;
        };
        let in_use = list.query_selector(".renaming, .menu[open]");
        if in_use.ok().flatten().is_some() || self.html.with_value(|shown| *shown == html) {
            return;
        }
        let focused = document()
            .active_element()
            .filter(|it| list.contains(Some(it)));
        let chat = focused.as_ref().and_then(chat_of);
        let verb = focused.and_then(|it| it.get_attribute("data-verb"));
        // Before there is room for the rows around it, the list is shorter than where one was.
        let top = list.scroll_top();
        list.set_inner_html(&html);
        self.html.set_value(html);
        self.called.set(called_in(&list));
        self.make_room();
        list.set_scroll_top(top);
        self.mark_picked();
        // What had the focus is gone; what is in its place has it.
        let verb = verb.map(|verb| format!("[data-verb=\"{verb}\"]"));
        let place = match (chat, verb) {
            (Some(chat), verb) => {
                let verb = verb.unwrap_or_else(|| "a".to_owned());
                format!("[data-chat=\"{chat}\"] {verb}")
            }
            (None, Some(verb)) => verb,
            (None, None) => return,
        };
        if let Ok(Some(place)) = list.query_selector(&place)
            && let Some(place) = place.dyn_ref::<HtmlElement>()
        {
            let _ = place.focus();
        }
    }

    /// Makes room for the rows around the window.
    pub fn make_room(self) {
        let Some(list) = self.list.get_untracked() else {
            return;
        };
        if let Some((rows, row)) = rows_of(&list) {
            for (name, side) in [
                ("data-before", "padding-top"),
                ("data-after", "padding-bottom"),
            ] {
                let count = rows.get_attribute(name).unwrap_or_default();
                let height = format!("{}px", count.parse().unwrap_or(0) * row);
                let _ = HtmlElement::style(&rows).set_property(side, &height);
            }
        }
    }

    /// Has the boxes say which chats are selected.
    pub(super) fn mark_picked(self) {
        let boxes = self
            .list
            .get_untracked()
            .and_then(|list| list.query_selector_all(".pick").ok());
        let Some(boxes) = boxes else {
            return;
        };
        for at in 0..boxes.length() {
            if let Some(pick) = boxes.item(at)
                && let Ok(pick) = pick.dyn_into::<HtmlInputElement>()
            {
                let chat = chat_of(&pick).unwrap_or_default();
                pick.set_checked(self.picked.with_value(|picked| picked.contains(&chat)));
            }
        }
    }

    /// Puts what can be done with a chat into its menu, of which `summary` is what is always seen.
    pub fn fill_menu(self, summary: &Element) {
        let list = self.list.get_untracked();
        let template = list.and_then(|list| list.query_selector("template").ok().flatten());
        if let (Some(template), Some(chat)) = (template, chat_of(summary))
            && summary.next_element_sibling().is_none()
        {
            let menu = template.inner_html().replace(CHAT, &chat);
            let _ = summary.insert_adjacent_html("afterend", &menu);
        }
        // The browser opens it after this, perhaps below what is seen of the list.
        let summary = summary.clone();
        at_next_frame(move || {
            let nearest = ScrollIntoViewOptions::new();
            nearest.set_block(ScrollLogicalPosition::Nearest);
            if let Some(menu) = summary.next_element_sibling() {
                menu.scroll_into_view_with_scroll_into_view_options(&nearest);
            }
        });
    }

    /// Opens a box in which a chat gets another name.
    pub fn begin_rename(self, entry: &Element) {
        let title = entry.query_selector(".title").ok().flatten();
        let title = title.and_then(|it| it.text_content()).unwrap_or_default();
        if entry.insert_adjacent_html("beforeend", RENAME).is_err() {
            return;
        }
        let _ = entry.class_list().add_1("renaming");
        if let Ok(Some(input)) = entry.query_selector(".rename input")
            && let Some(input) = input.dyn_ref::<HtmlInputElement>()
        {
            let _ = input.set_attribute("aria-label", Words::here().name_of_chat());
            input.set_value(&title);
            input.set_default_value(&title);
            let _ = input.focus();
            input.select();
        }
    }
}

/// The rows of a window, and how high each is.
fn rows_of(list: &Element) -> Option<(HtmlElement, u32)> {
    let rows = list.query_selector("[data-before]").ok()??;
    let first = rows.first_element_child()?;
    let height = first.client_height().unsigned_abs().max(1);
    Some((rows.dyn_into().ok()?, height))
}

/// The chat that is open, and what a list calls it.
fn called_in(list: &Element) -> Option<(String, String)> {
    let entry = list.query_selector(".entry.current").ok()??;
    let title = entry.query_selector(".title").ok()??.text_content()?;
    Some((chat_of(&entry)?, title))
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
