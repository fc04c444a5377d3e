//! The list of chats: what of it is shown, its verbs, and what they need of the document.
//!
//! The list is the server's HTML (`chat_list`, `found_list`): it changes seldom, and a browser that takes it as it is
//! needs no code for it but this. Of a long list a window is here; around it is room for the rest, and whoever scrolls
//! there has the window moved.

use std::time::Duration;

use gloo_timers::future::sleep;
use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{
    Element, HtmlElement, HtmlInputElement, ScrollIntoViewOptions, ScrollLogicalPosition,
};

use crate::{
    chat::{FolderChange, Touch, api},
    error::Result,
};

/// How long something can be taken back here.
const SECOND_THOUGHTS: Duration = Duration::from_secs(10);

/// How many rows beyond what is seen are asked for when the window moves, and how few are left when it does.
const MARGIN: u32 = 30;
const FEW: u32 = 10;

/// What stands in the place of a chat's id in its menu.
pub const CHAT: &str = "{chat}";

/// The box in which a chat gets another name.
const RENAME: &str = r#"<form class="rename" data-verb="name"><input aria-label="Name of the chat" maxlength="200" autocomplete="off"></form>"#;

/// The list of chats; `Copy`, like the signals it is made of.
#[derive(Clone, Copy, Debug)]
pub struct Shelf {
    /// Whether it is open where there is no room beside the chat.
    pub open: RwSignal<bool>,
    /// Whether several chats are being selected.
    pub selecting: RwSignal<bool>,
    /// What there is to say under the list.
    pub note: RwSignal<Option<String>>,
    /// What was done just now, and can be taken back: the chats, and the change that does so.
    pub undoing: RwSignal<Option<(Vec<String>, Touch)>>,
    /// The chat that is open, and what the list calls it.
    pub called: RwSignal<Option<(String, String)>>,
    /// Where the server's HTML is.
    pub list: NodeRef<html::Div>,
    /// What of the list is asked for.
    shown: StoredValue<Shown>,
    /// The chats that are selected, wherever in the list they are.
    picked: StoredValue<Vec<String>>,
    /// How often the list has been asked for: an answer that was overtaken by a later one is none.
    asked: StoredValue<u32>,
    /// Whether the list could not be had when it was last asked for.
    failing: StoredValue<bool>,
    /// The HTML that is there, as the server said it: a browser says it in other words.
    html: StoredValue<String>,
}

/// What of the list is asked for.
#[derive(Clone, Debug, Default)]
struct Shown {
    current: Option<String>,
    view: Option<String>,
    find: Option<String>,
    from: u32,
}

impl Shelf {
    /// One of which the first rows are there.
    #[allow(
        clippy::new_without_default,
        reason = "it makes signals, which belong to the component that calls it"
    )]
    pub fn new() -> Self {
        Self {
            open: RwSignal::default(),
            selecting: RwSignal::default(),
            note: RwSignal::default(),
            undoing: RwSignal::default(),
            called: RwSignal::default(),
            list: NodeRef::new(),
            shown: StoredValue::default(),
            picked: StoredValue::default(),
            asked: StoredValue::new(0),
            failing: StoredValue::new(false),
            html: StoredValue::default(),
        }
    }

    /// Asks for the list again, in which `current` is the chat that is open: another tab or device may have changed it.
    pub fn refresh(self, current: Option<String>) {
        self.shown.update_value(|shown| shown.current = current);
        spawn_local(async move { self.load().await });
    }

    /// Shows another view of the list.
    pub fn show_view(self, view: String) {
        self.show_else(|shown| shown.view = Some(view));
    }

    /// Shows what holds what was typed; nothing typed, the list.
    pub fn find(self, typed: String) {
        self.show_else(|shown| shown.find = Some(typed));
    }

    /// Shows more of what was found.
    pub fn show_more(self) {
        self.shown.update_value(|shown| shown.from += 50);
        spawn_local(async move { self.load().await });
    }

    fn show_else(self, change: impl FnOnce(&mut Shown)) {
        // What is selected is what can be seen.
        if self.selecting.get_untracked() {
            self.select(false);
        }
        self.shown.update_value(|shown| {
            shown.from = 0;
            change(shown);
        });
        spawn_local(async move {
            self.load().await;
            if let Some(list) = self.list.get_untracked() {
                list.set_scroll_top(0);
            }
        });
    }

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

    /// Changes chats, and the list with them.
    pub fn touch(self, chats: Vec<String>, touch: Touch) {
        self.begin(None);
        spawn_local(async move {
            self.told(api::touch(chats, touch).await);
            self.load().await;
        });
    }

    /// What was done before this cannot be taken back any more.
    fn begin(self, note: Option<String>) {
        self.undoing.set(None);
        self.note.set(note);
    }

    /// The same, which can be taken back by `undo` for a while; `what` says what was done.
    pub fn touch_undoably(self, chats: Vec<String>, touch: Touch, undo: Touch, what: String) {
        self.begin(Some(what.clone()));
        spawn_local(async move {
            let undoing = Some((chats.clone(), undo));
            if self.told(api::touch(chats, touch).await).is_some() {
                self.undoing.set(undoing.clone());
            }
            self.load().await;
            sleep(SECOND_THOUGHTS).await;
            // Something else may have been done meanwhile.
            if self.undoing.with_untracked(|now| *now == undoing) {
                self.undoing.set(None);
                if self
                    .note
                    .with_untracked(|note| note.as_ref() == Some(&what))
                {
                    self.note.set(None);
                }
            }
        });
    }

    /// Takes back what was done last.
    pub fn undo(self) {
        if let Some((chats, touch)) = self.undoing.get_untracked() {
            self.touch(chats, touch);
        }
    }

    /// Changes the folders; a new one is shown.
    pub fn change_folder(self, change: FolderChange) {
        self.begin(None);
        spawn_local(async move {
            let renamed = matches!(change, FolderChange::Rename { .. });
            let deleted = matches!(change, FolderChange::Delete(_));
            if let Some(folder) = self.told(api::folder(change).await)
                && !renamed
            {
                self.show_view(if deleted { String::new() } else { folder });
            } else {
                self.load().await;
            }
        });
    }

    /// Begins or ends selecting.
    pub fn select(self, selecting: bool) {
        self.selecting.set(selecting);
        if !selecting {
            self.picked.update_value(Vec::clear);
            self.note.set(None);
            self.mark_picked();
        }
    }

    /// Selects a chat, or does so no more.
    pub fn pick(self, chat: String) {
        self.undoing.set(None);
        let count = self.picked.try_update_value(|picked| {
            match picked.iter().position(|it| *it == chat) {
                Some(at) => drop(picked.remove(at)),
                None => picked.push(chat),
            }
            picked.len()
        });
        self.note
            .set(Some(format!("{} selected", count.unwrap_or_default())));
        self.mark_picked();
    }

    /// The chats that are selected.
    pub fn picked(self) -> Vec<String> {
        self.picked.get_value()
    }

    /// Has the boxes say which chats are selected.
    fn mark_picked(self) {
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
        let _ = request_animation_frame(move || {
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
            input.set_value(&title);
            input.set_default_value(&title);
            let _ = input.focus();
            input.select();
        }
    }

    async fn load(self) {
        self.asked.update_value(|asked| *asked += 1);
        let asked = self.asked.get_value();
        let Shown {
            current,
            view,
            find,
            from,
        } = self.shown.get_value();
        let loaded = api::shelf(current, view, find, from, clock()).await;
        if asked != self.asked.get_value() {
            return;
        }
        let failing = loaded.is_err();
        // What was the matter is over.
        if self.failing.get_value() && !failing {
            self.note.set(None);
        }
        self.failing.set_value(failing);
        if let Some(html) = self.told(loaded) {
            self.show(html);
        }
    }

    /// Puts the server's HTML into its place, unless a menu or a name is open there; the focus stays with its chat.
    fn show(self, html: String) {
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

    /// Says why something could not be done.
    fn told<T>(self, outcome: Result<T>) -> Option<T> {
        outcome
            .map_err(|error| self.note.set(Some(error.message)))
            .ok()
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
