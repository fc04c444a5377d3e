//! Saved prompts in the composer: a `/` at its beginning finds them, and Tab goes from one blank to the next.
//!
//! A blank is what stands in double braces, as in `{{topic}}`. Only in a prompt that was taken here are there any: who
//! writes braces himself means them.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlTextAreaElement};

use super::{conversation::Conversation, listbox, spoken};
use crate::{client::effect::effect, words::Words};

/// The longest name that is looked for, and the longest blank, in bytes.
const LONGEST: usize = 100;

/// What is offered, and what is to be filled in; `Copy`, like the signals it is made of.
#[derive(Clone, Copy, Debug)]
pub struct Blanks {
    conversation: Conversation,
    input: NodeRef<html::Textarea>,
    /// Where what is offered stands.
    place: NodeRef<html::Div>,
    /// Whether what is written comes from a saved prompt.
    filling: StoredValue<bool>,
}

impl Blanks {
    /// Those of a box in which nothing has been written yet.
    pub fn new(conversation: Conversation, input: NodeRef<html::Textarea>) -> Self {
        let filling = StoredValue::new(false);
        // What is written elsewhere is none of it.
        effect(move || {
            conversation.chat.track();
            filling.set_value(false);
        });
        Self {
            conversation,
            input,
            place: NodeRef::new(),
            filling,
        }
    }

    fn elements(self) -> Option<(HtmlTextAreaElement, Element)> {
        let place = self.place.get_untracked()?;
        Some((self.input.get_untracked()?, place.into()))
    }

    /// Offers what goes with what has been typed; `send`: does what Enter does when there is nothing.
    pub fn typed(self, send: impl FnOnce() + 'static) {
        let Some((input, place)) = self.elements() else {
            return;
        };
        let text = input.value();
        if text.is_empty() {
            self.filling.set_value(false);
        }
        let name = text.strip_prefix('/');
        let Some(name) = name.filter(|it| it.len() <= LONGEST && !it.contains('\n')) else {
            self.shut();
            return;
        };
        let name = name.to_owned();
        let still = {
            let input = input.clone();
            move || input.value() == text && is_focused(&input)
        };
        let offered = place.clone();
        listbox::find("offered", name, place, still, move |wanted, came| {
            let any = came.is_ok() && listbox::choose(&input, &offered, 0);
            if !any {
                self.shut();
                if wanted {
                    send();
                }
                return;
            }
            if offered.has_attribute("hidden")
                && let Ok(Some(said)) = offered.query_selector("[data-said]")
            {
                spoken::say(&said.text_content().unwrap_or_default());
            }
            let _ = offered.remove_attribute("hidden");
            if wanted {
                listbox::take(&offered);
            }
        });
    }

    /// Offers nothing any more.
    pub fn shut(self) {
        if let Some((input, place)) = self.elements() {
            listbox::forget(&place);
            let _ = place.set_attribute("hidden", "");
            let _ = input.remove_attribute("aria-activedescendant");
        }
    }

    /// Whether a key was meant for what is offered, or for blanks.
    pub fn pressed(self, event: &ev::KeyboardEvent) -> bool {
        let Some((input, place)) = self.elements() else {
            return false;
        };
        let key = event.key();
        let open = !place.has_attribute("hidden");
        let meant = match (&*key, listbox::step(&key)) {
            (_, Some(step)) if open => listbox::choose(&input, &place, step),
            ("Escape", _) if open => {
                self.shut();
                true
            }
            ("Tab", _) if open && !event.shift_key() => {
                listbox::take(&place);
                true
            }
            ("Enter", _) if (open || listbox::is_busy(&place)) && !event.shift_key() => {
                listbox::take(&place);
                true
            }
            ("Tab", _) => self.go(&input, event.shift_key()),
            _ => false,
        };
        if meant {
            event.prevent_default();
        }
        meant
    }

    /// Whether there is something still to be filled in; it is selected.
    pub fn wanting(self) -> bool {
        let Some((input, _)) = self.elements() else {
            return false;
        };
        let first = blanks(&input.value()).into_iter().next();
        let first = first.filter(|_| self.filling.get_value());
        first.is_some_and(|blank| select(&input, blank))
    }

    /// It is on its way.
    pub fn sent(self) {
        self.filling.set_value(false);
        self.shut();
    }

    /// Goes to the next blank, or to the one before; gives whether there is one.
    fn go(self, input: &HtmlTextAreaElement, back: bool) -> bool {
        if !self.filling.get_value() {
            return false;
        }
        let at = |it: Result<Option<u32>, _>| it.ok().flatten().unwrap_or_default();
        let (from, to) = (at(input.selection_start()), at(input.selection_end()));
        let mut all = blanks(&input.value()).into_iter();
        let next = if back {
            all.rfind(|(_, end)| *end <= from)
        } else {
            all.find(|(start, end)| *start >= to && *end > to)
        };
        next.is_some_and(|blank| select(input, blank))
    }

    /// Does what was clicked on; `put` writes into the box.
    fn taken(self, event: &ev::MouseEvent, put: impl Fn(&str)) {
        let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        let option = target.and_then(|it| it.closest("[role=option]").ok().flatten());
        let (Some(option), Some((input, _))) = (option, self.elements()) else {
            return;
        };
        self.shut();
        let Some(text) = option.get_attribute("data-text") else {
            put("");
            self.conversation.show("prompts", None);
            return;
        };
        put(&text);
        let _ = input.focus();
        self.filling.set_value(true);
        if !self.wanting() {
            let end = u32::try_from(text.encode_utf16().count()).unwrap_or_default();
            select(&input, (end, end));
        }
    }

    /// Where what is offered stands; `put` writes into the box.
    pub fn view(self, put: impl Fn(&str) + Copy + 'static) -> impl IntoView {
        view! {
            <div
                class="offered"
                id="offered"
                role="listbox"
                aria-label=Words::here().saved_prompts()
                hidden
                node_ref=self.place
                // The focus stays in the box.
                on:mousedown=|event| event.prevent_default()
                on:click=move |event| self.taken(&event, put)
            ></div>
        }
    }
}

/// From where to where, in UTF-16 code units.
type Span = (u32, u32);

/// Where the blanks of a text are.
fn blanks(text: &str) -> Vec<Span> {
    let mut all = Vec::new();
    let (mut at, mut units) = (0, 0);
    let count = |text: &str| u32::try_from(text.encode_utf16().count()).unwrap_or_default();
    while let Some(start) = text[at..].find("{{") {
        let start = at + start;
        let name = &text[start + 2..];
        let length = name.find(['{', '}', '\n']).unwrap_or(name.len());
        units += count(&text[at..start]);
        let is_blank = (1..=LONGEST).contains(&name[..length].trim().len())
            && name[length..].starts_with("}}");
        let end = if is_blank {
            start + length + 4
        } else {
            start + 1
        };
        let after = units + count(&text[start..end]);
        if is_blank {
            all.push((units, after));
        }
        (at, units) = (end, after);
    }
    all
}

/// Selects it, and gives `true`.
fn select(input: &HtmlTextAreaElement, (start, end): Span) -> bool {
    let _ = input.focus();
    let _ = input.set_selection_range(start, end);
    true
}

fn is_focused(input: &Element) -> bool {
    document().active_element().as_ref() == Some(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_found_as_browsers_count() {
        assert_eq!(blanks("Explain {{topic}} to {{whom}}"), [(8, 17), (21, 29)]);
        assert_eq!(blanks("😀é {{x}}{{y}}"), [(4, 9), (9, 14)]);
        assert_eq!(blanks("{{{x}}} {{ }} {{}} {{a\nb}} {{a {b}} {{"), [(1, 6)]);
        assert_eq!(blanks(&format!("{{{{{}}}}}", "x".repeat(101))), []);
    }
}
