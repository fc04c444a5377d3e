//! The list of chats: what of it is shown, and its verbs. How it is put into the document is in [`super::rows`].

use leptos::{html, prelude::*, task::spawn_local};

use crate::{
    chat::{FolderChange, Touch, api},
    error::Result,
    words::Words,
};

/// Something that was done, and can be taken back.
#[derive(Clone, Debug)]
pub struct Done {
    /// With which chats.
    pub chats: Vec<String>,
    /// What takes it back.
    pub undo: Touch,
    /// What it was, for people.
    pub what: String,
}

/// The list of chats; `Copy`, like the signals it is made of.
#[derive(Clone, Copy, Debug)]
pub struct Shelf {
    /// Whether it is open where there is no room beside the chat.
    pub open: RwSignal<bool>,
    /// Whether several chats are being selected.
    pub selecting: RwSignal<bool>,
    /// What there is to say under the list.
    pub note: RwSignal<Option<String>>,
    /// What was done last, if it can be taken back.
    pub done: RwSignal<Option<Done>>,
    /// How often something was done.
    steps: StoredValue<u32>,
    /// The chat that is open, and what the list calls it.
    pub called: RwSignal<Option<(String, String)>>,
    /// Where the server's HTML is.
    pub list: NodeRef<html::Div>,
    /// What of the list is asked for.
    pub(super) shown: StoredValue<Shown>,
    /// The chats that are selected, wherever in the list they are.
    pub(super) picked: StoredValue<Vec<String>>,
    /// How often the list has been asked for: an answer that was overtaken by a later one is none.
    asked: StoredValue<u32>,
    /// Whether the list could not be had when it was last asked for.
    failing: StoredValue<bool>,
    /// The HTML that is there, as the server said it: a browser says it in other words.
    pub(super) html: StoredValue<String>,
}

/// What of the list is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    current: Option<String>,
    view: Option<String>,
    find: Option<String>,
    pub(super) from: u32,
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
            done: RwSignal::default(),
            steps: StoredValue::new(0),
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

    /// Changes chats, and the list with them.
    pub fn touch(self, chats: Vec<String>, touch: Touch) {
        self.begin();
        spawn_local(async move {
            self.told(api::touch(chats, touch).await);
            self.load().await;
        });
    }

    /// Something else is done: what was done before cannot be taken back any more. Gives which step this is.
    fn begin(self) -> u32 {
        self.done.set(None);
        self.note.set(None);
        self.steps.update_value(|steps| *steps += 1);
        self.steps.get_value()
    }

    /// Changes chats by what can be taken back: however long one thinks about it, until something else is done.
    pub fn touch_undoably(self, touch: Touch, done: Done) {
        let step = self.begin();
        spawn_local(async move {
            if self
                .told(api::touch(done.chats.clone(), touch).await)
                .is_some()
            {
                self.offer(step, done);
            }
            self.load().await;
        });
    }

    /// Takes back what was done last.
    pub fn undo(self) {
        if let Some(done) = self.done.get_untracked() {
            let step = self.begin();
            spawn_local(async move {
                let undone = api::touch(done.chats.clone(), done.undo.clone()).await;
                if self.told(undone).is_none() {
                    self.offer(step, done);
                }
                self.load().await;
            });
        }
    }

    /// What was done as this step can be taken back, unless something else has been done since.
    fn offer(self, step: u32, done: Done) {
        if self.steps.get_value() == step {
            self.done.set(Some(done));
        }
    }

    /// Changes the folders; a new one is shown.
    pub fn change_folder(self, change: FolderChange) {
        self.begin();
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
        self.begin();
        let count = self.picked.try_update_value(|picked| {
            match picked.iter().position(|it| *it == chat) {
                Some(at) => drop(picked.remove(at)),
                None => picked.push(chat),
            }
            picked.len() as u64
        });
        let said = Words::here().selected(count.unwrap_or_default());
        self.note.set(Some(said));
        self.mark_picked();
    }

    /// The chats that are selected.
    pub fn picked(self) -> Vec<String> {
        self.picked.get_value()
    }

    pub(super) async fn load(self) {
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
