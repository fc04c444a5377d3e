//! Copying, also where the browser's clipboard is not to be had: it is there for pages that came over TLS or from this
//! machine.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlTextAreaElement, Node};

/// Copies a text; whether that was possible.
pub async fn copy(text: &str) -> bool {
    write(text).await || copy_from_box(text)
}

/// The same, of an element that shows it: where nothing else is possible it is selected.
pub async fn copy_shown(text: &str, shown: &Element) -> bool {
    write(text).await || copy_selected(shown)
}

/// By the browser's clipboard.
async fn write(text: &str) -> bool {
    let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into());
    if !clipboard.is_ok_and(|it| it.is_object()) {
        return false;
    }
    let writing = window().navigator().clipboard().write_text(text);
    JsFuture::from(writing).await.is_ok()
}

/// By selecting it, which works everywhere.
fn copy_selected(shown: &Element) -> bool {
    let Ok(Some(selection)) = window().get_selection() else {
        return false;
    };
    let node: &Node = shown;
    selection.select_all_children(node).is_ok() && command()
}

/// By a box that is there for a moment; what had the focus has it again.
fn copy_from_box(text: &str) -> bool {
    let focused = document().active_element();
    let made = document().create_element("textarea").ok();
    let (Some(place), Some(body)) = (
        made.and_then(|it| it.dyn_into::<HtmlTextAreaElement>().ok()),
        document().body(),
    ) else {
        return false;
    };
    place.set_class_name("sr");
    place.set_value(text);
    let _ = body.append_child(&place);
    place.select();
    let copied = command();
    place.remove();
    if let Some(focused) = focused.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = focused.focus();
    }
    copied
}

fn command() -> bool {
    let html = document().dyn_into::<web_sys::HtmlDocument>();
    html.is_ok_and(|html| html.exec_command("copy").unwrap_or_default())
}
