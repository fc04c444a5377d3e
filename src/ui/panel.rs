//! A dialog, and what is shown on demand: frames around the server's HTML.
//!
//! A form in the dialog goes to the server as it is, which reads it, and says what is wrong with it; whoever clicks on
//! something that has a `data-verb` asks for that verb.

use leptos::{ev, html, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Element, FormData, HtmlElement, HtmlFormElement, UrlSearchParams};

use super::{conversation::Conversation, keys, palette, shelf};
use crate::{chat::api, words::Words};

/// The dialog; `Copy`, like the signals it is made of.
#[derive(Clone, Copy, Debug)]
pub struct Panel {
    dialog: NodeRef<html::Dialog>,
}

impl Panel {
    /// One that is shut.
    #[allow(
        clippy::new_without_default,
        reason = "it makes signals, which belong to the component that calls it"
    )]
    pub fn new() -> Self {
        Self {
            dialog: NodeRef::new(),
        }
    }

    /// Says what there is to say of the form.
    fn say(self, what: &str) {
        let dialog = self.dialog.get_untracked();
        if let Some(Ok(Some(place))) = dialog.map(|it| it.query_selector(".wrong")) {
            place.set_text_content(Some(what));
        }
    }

    /// The part of the dialog that the server can make anew.
    fn part(self) -> Option<Element> {
        let dialog = self.dialog.get_untracked()?;
        dialog.query_selector("[data-part]").ok().flatten()
    }

    /// Gives the focus to where the dialog wants it, if what had it is gone.
    fn attend(self) {
        let focused = document().active_element();
        let Some(dialog) = self.dialog.get_untracked() else {
            return;
        };
        if focused.is_some_and(|it| it != **dialog && dialog.contains(Some(&it))) {
            return;
        }
        for wanted in ["[autofocus]", "button:not([hidden])"] {
            let found = dialog.query_selector(wanted).ok().flatten();
            if let Some(found) = found.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
                let _ = found.focus();
                return;
            }
        }
    }

    /// Opens it with this HTML in it.
    fn open(self, conversation: Conversation, html: &str) {
        let Some(dialog) = self.dialog.get_untracked() else {
            return;
        };
        dialog.set_inner_html(html);
        if let Ok(Some(heading)) = dialog.query_selector("h2") {
            let label = heading.text_content().unwrap_or_default();
            let _ = dialog.set_attribute("aria-label", &label);
        }
        if !dialog.open() {
            let _ = dialog.show_modal();
        }
        self.attend();
        palette::shown(conversation, &dialog);
    }

    /// Whether it is open.
    pub fn is_open(self) -> bool {
        let dialog = self.dialog.get_untracked();
        dialog.is_some_and(|dialog| dialog.open())
    }

    /// Shuts it; what was in it and not saved is gone.
    pub fn shut(self) {
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.close();
        }
    }
}

impl Conversation {
    /// Opens the settings of the open chat, filled in with those of a preset, if there is one.
    pub fn open_settings(self, preset: Option<String>) {
        self.show("settings", preset);
    }

    /// Opens the panel of this name.
    pub fn show(self, name: &str, item: Option<String>) {
        // What the document has in a template is there before the next key is pressed.
        if let Ok(Some(frame)) = document().query_selector(&format!("template#{name}")) {
            self.panel.open(self, &frame.inner_html());
            return;
        }
        let name = name.to_owned();
        spawn_local(async move {
            let chat = self.chat.get_untracked();
            match api::panel(name, chat, item, 0).await {
                Ok(html) => self.panel.open(self, &html),
                Err(error) => self.tell(Words::not_shown, &error),
            }
        });
    }

    /// Begins a chat with a preset.
    pub fn begin_with(self, preset: &str) {
        self.fill(format!("for=begin&item={preset}"));
    }

    /// Gives the server a form.
    fn fill(self, form: String) {
        spawn_local(async move {
            let chat = self.chat.get_untracked();
            match api::fill(chat.clone(), form).await {
                // It was about a preset or a prompt: what else is in the dialog stays.
                Ok(None) => {
                    self.panel.say("");
                    self.refresh_list();
                    if let Some(part) = self.panel.part() {
                        let name = part.get_attribute("data-part").unwrap_or_default();
                        let html = api::panel(name.clone(), chat, None, 0).await;
                        // Something else may be shown by now.
                        let part = self.panel.part();
                        let part =
                            part.filter(|it| it.get_attribute("data-part").as_ref() == Some(&name));
                        if let (Ok(html), Some(part)) = (html, part) {
                            part.set_outer_html(&html);
                            self.panel.attend();
                        }
                    }
                }
                Ok(filled) => {
                    self.panel.shut();
                    self.open_set(chat, filled);
                }
                Err(error) if self.panel.is_open() => self.panel.say(&error.message),
                Err(error) => self.tell(Words::not_done, &error),
            }
        });
    }
}

/// The dialog.
#[component]
pub fn Dialog(
    /// The state of the page.
    conversation: Conversation,
) -> impl IntoView {
    let panel = conversation.panel;
    let on_click = move |click: ev::MouseEvent| {
        let target = click.target().and_then(|it| it.dyn_into::<Element>().ok());
        // Whoever clicks beside it is done with it.
        if target.as_ref().is_some_and(|it| it.tag_name() == "DIALOG") {
            panel.shut();
        }
        let asking = target.and_then(|it| {
            it.closest("button[data-verb], [role=option]")
                .ok()
                .flatten()
        });
        let Some(asking) = asking else {
            return;
        };
        let item = asking.get_attribute("data-item").unwrap_or_default();
        match asking.get_attribute("data-verb").as_deref() {
            Some("close") => panel.shut(),
            Some("run") => {
                panel.shut();
                let (command, item) = item.split_once(' ').unwrap_or((&item, ""));
                keys::run(conversation, command, item);
            }
            Some("use") => conversation.open_settings(Some(item)),
            Some("prompts") => conversation.show("prompts", Some(item)),
            Some(verb @ ("forget" | "unprompt")) => {
                conversation.fill(format!("for={verb}&item={item}"));
            }
            _ => {}
        }
    };
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let form = event
            .target()
            .and_then(|it| it.dyn_into::<HtmlFormElement>().ok());
        let Some(form) = form else {
            return;
        };
        let Ok(data) = FormData::new_with_form(&form) else {
            return;
        };
        // The browser leaves out which button it was.
        if let Some(button) = event.submitter() {
            let attribute = |name| button.get_attribute(name).unwrap_or_default();
            let _ = data.append_with_str(&attribute("name"), &attribute("value"));
        }
        if let Ok(pairs) = UrlSearchParams::new_with_str_sequence_sequence(&data) {
            conversation.fill(String::from(pairs.to_string()));
        }
    };
    view! {
        <dialog
            class="panel"
            node_ref=panel.dialog
            on:click=on_click
            on:submit=on_submit
            on:input=move |event| palette::typed(conversation, &event)
            on:keydown=move |event| palette::pressed(&event)
        ></dialog>
    }
}

/// Shows what is shown of an answer on demand, in `place`: how it came about.
pub fn show_account(message: Option<String>, place: Element) {
    spawn_local(async move {
        match api::panel("answer".to_owned(), None, message, shelf::clock()).await {
            Ok(account) => {
                place.set_inner_html(&account);
                if let Ok(Some(time)) = place.query_selector("time") {
                    let machine = time.get_attribute("datetime").unwrap_or_default();
                    time.set_text_content(Some(&Words::here().time(&machine)));
                }
            }
            Err(error) => place.set_text_content(Some(&error.message)),
        }
    });
}
