//! The messages in the document: elements that stay as long as they show what there is.
//!
//! The server makes their HTML (`message`), and a browser that takes it as it is needs no code for it but this. What is
//! the same stays the same element: a selection in it, and what was opened, stay.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlTemplateElement};

use crate::chat::Shown;

/// What a page's transcript begins with, as HTML.
#[derive(Clone, Debug, Default)]
pub struct FirstMessages(pub String);

/// Has `list` show the last messages of a path. What stands before the first of them leads to it, if that is there
/// already, and stays; gives how many these are.
pub fn place(list: &Element, messages: &[Shown]) -> u32 {
    let first = messages.first().and_then(|first| find(list, &first.id));
    let mut kept = 0;
    let mut at = list.first_element_child();
    if let Some(first) = first {
        while let Some(next) = at.filter(|it| *it != first) {
            kept += 1;
            at = next.next_element_sibling();
        }
        at = Some(first);
    }
    for message in messages {
        let found = find(list, &message.id);
        let element = match found {
            Some(element) if is_same(&element, message) => element,
            found => {
                let Some(made) = made_of(&message.html) else {
                    continue;
                };
                if let Some(old) = found {
                    if at.as_ref() == Some(&old) {
                        at = old.next_element_sibling();
                    }
                    old.remove();
                }
                made
            }
        };
        if at.as_ref() == Some(&element) {
            at = element.next_element_sibling();
        } else {
            let _ = list.insert_before(&element, at.as_deref());
        }
    }
    while let Some(more) = at {
        at = more.next_element_sibling();
        more.remove();
    }
    kept
}

/// Puts messages before those that are there.
pub fn put_before(list: &Element, messages: &[Shown]) {
    let html: String = messages.iter().map(|it| &*it.html).collect();
    let _ = list.insert_adjacent_html("afterbegin", &html);
}

/// Puts a message after those that are there; gives its element.
pub fn put_after(list: &Element, html: &str) -> Option<Element> {
    let element = made_of(html)?;
    list.append_child(&element).ok()?;
    Some(element)
}

/// The message of this id.
pub fn find(list: &Element, id: &str) -> Option<Element> {
    let found = document().get_element_by_id(id)?;
    list.contains(Some(&found)).then_some(found)
}

/// The message that an element belongs to.
pub fn of(element: &Element) -> Option<Element> {
    element.closest(".asked, .answer").ok().flatten()
}

/// The id of a message; `None` until the server has it.
pub fn id_of(message: &Element) -> Option<String> {
    Some(message.id()).filter(|id| !id.is_empty())
}

/// The last message that the server has, of those before `message`, or of all.
pub fn before(list: &Element, message: Option<&Element>) -> Option<String> {
    let mut at = match message {
        Some(message) => message.previous_element_sibling(),
        None => list.last_element_child(),
    };
    while let Some(it) = at {
        if let Some(id) = id_of(&it) {
            return Some(id);
        }
        at = it.previous_element_sibling();
    }
    None
}

/// What was asked, as it was written.
pub fn question_of(message: &Element) -> String {
    let question = message.query_selector(".question").ok().flatten();
    // The names of quoted files stand in the text as well.
    question.map_or_else(String::new, |it| text_without(&it, "summary"))
}

/// The text of an element, but for what this names in it.
pub fn text_without(element: &Element, selector: &str) -> String {
    let copy = element.clone_node_with_deep(true).ok();
    let Some(copy) = copy.and_then(|it| it.dyn_into::<Element>().ok()) else {
        return String::new();
    };
    while let Ok(Some(other)) = copy.query_selector(selector) {
        other.remove();
    }
    copy.text_content().unwrap_or_default()
}

/// All that was asked, the last one first.
pub fn questions(list: &Element) -> Vec<String> {
    let mut questions = Vec::new();
    let mut at = list.last_element_child();
    while let Some(it) = at {
        if it.class_list().contains("asked") {
            questions.push(question_of(&it));
        }
        at = it.previous_element_sibling();
    }
    questions
}

/// Puts HTML into a part of a message.
pub fn put(message: &Element, part: &str, html: &str) {
    if let Ok(Some(part)) = message.query_selector(part) {
        part.set_inner_html(html);
    }
}

/// Has a part of a message say this.
pub fn put_text(message: &Element, part: &str, text: &str) {
    if let Ok(Some(part)) = message.query_selector(part) {
        part.set_text_content(Some(text));
    }
}

/// Puts an element into the place of a part of a message.
pub fn swap(message: &Element, part: &str, html: &str) {
    if let Ok(Some(part)) = message.query_selector(part) {
        part.set_outer_html(html);
    }
}

/// Whether an element shows a message as it is; what has only got other versions beside it shows them from now on.
fn is_same(element: &Element, message: &Shown) -> bool {
    let told = |name: &str| element.get_attribute(name).unwrap_or_default();
    if told("data-stamp") != message.stamp {
        return false;
    }
    if told("data-place") != message.place
        && let Some(made) = made_of(&message.html)
        && let Ok(Some(actions)) = made.query_selector(".actions")
    {
        swap(element, ".actions", &actions.outer_html());
        let _ = element.set_attribute("data-place", &message.place);
    }
    true
}

/// The element that this HTML is.
fn made_of(html: &str) -> Option<Element> {
    let template = document().create_element("template").ok()?;
    template.set_inner_html(html);
    let template = template.dyn_into::<HtmlTemplateElement>().ok()?;
    template.content().first_element_child()
}
