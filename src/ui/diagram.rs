//! Diagrams: what is written in a block of code, drawn on demand in a frame of its own.
//!
//! The frame is `server/diagram.rs`: it has no origin and no network. It sends `true` when it can draw, and is sent the
//! source then; after that it sends its height, at each change of it, or says why there is none. Nothing is loaded
//! before somebody asks for a diagram, and what draws it is the frame's own.

use std::sync::Once;

use leptos::{ev, prelude::*};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement, HtmlIFrameElement, MessageEvent, js_sys::Array};

use crate::{client::preferences, words::Words};

/// The tallest that a diagram may be, in pixels.
const TALLEST: f64 = 4000.0;

/// The longest account of a failure.
const LONGEST: usize = 300;

/// Draws the diagram that this block of code describes; one that is drawn becomes its source again.
pub fn draw(figure: &Element) {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        // One for all diagrams, for as long as the page is there.
        let _ = window_event_listener(ev::message, |message| hear(&message));
    });
    let old = figure.query_selector("iframe, .undrawn").ok().flatten();
    let is_drawn = old.as_ref().is_some_and(|it| it.tag_name() == "IFRAME");
    if let Some(old) = old {
        old.remove();
    }
    if is_drawn {
        show_source(figure);
        return;
    }
    let words = Words::here();
    let Ok(frame) = document().create_element("iframe") else {
        return;
    };
    for (name, value) in [
        ("sandbox", "allow-scripts"),
        ("title", words.diagram()),
        ("referrerpolicy", "no-referrer"),
        ("src", "/diagram"),
    ] {
        let _ = frame.set_attribute(name, value);
    }
    let _ = figure.append_child(&frame);
    label(figure, words.source());
}

/// What a frame says.
fn hear(message: &MessageEvent) {
    let Some(frame) = frame_of(message) else {
        return;
    };
    let Some(figure) = frame.closest("figure").ok().flatten() else {
        return;
    };
    let said = message.data();
    if let Some(height) = said.as_f64() {
        let _ = figure.set_attribute("data-drawn", "");
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is within bounds; to print a float would weigh more than all of this"
        )]
        let height = height.clamp(1.0, TALLEST) as u32;
        let _ = frame
            .unchecked_ref::<HtmlElement>()
            .style()
            .set_property("height", &format!("{height}px"));
    } else if let Some(why) = said.as_string() {
        frame.remove();
        show_source(&figure);
        let why: String = why.chars().take(LONGEST).collect();
        if let Ok(sentence) = document().create_element("p") {
            sentence.set_class_name("undrawn");
            let _ = sentence.set_attribute("role", "status");
            sentence.set_text_content(Some(&Words::here().diagram_failed(&why)));
            let _ = figure.append_child(&sentence);
        }
    } else {
        let source = figure.query_selector("pre").ok().flatten();
        let source = source.and_then(|it| it.text_content()).unwrap_or_default();
        let system = window().match_media("(prefers-color-scheme: dark)");
        let dark = match &*preferences::get("theme") {
            "" => system.ok().flatten().is_some_and(|query| query.matches()),
            theme => theme == "dark",
        };
        let order = Array::of2(&JsValue::from_str(&source), &JsValue::from_bool(dark));
        if let Some(inside) = frame.content_window() {
            // A frame without an origin can be addressed by no name; it cannot have gone elsewhere.
            let _ = inside.post_message(&order, "*");
        }
    }
}

/// The frame of ours that a message is from.
fn frame_of(message: &MessageEvent) -> Option<HtmlIFrameElement> {
    let source = message.source()?;
    let frames = document().query_selector_all("figure.code > iframe").ok()?;
    (0..frames.length())
        .filter_map(|index| frames.get(index)?.dyn_into::<HtmlIFrameElement>().ok())
        .find(|frame| {
            let inside = frame.content_window();
            inside.is_some_and(|inside| *AsRef::<JsValue>::as_ref(&inside) == *source)
        })
}

fn show_source(figure: &Element) {
    let _ = figure.remove_attribute("data-drawn");
    label(figure, Words::here().draw());
}

fn label(figure: &Element, text: &str) {
    if let Ok(Some(button)) = figure.query_selector("[data-code=draw]") {
        button.set_text_content(Some(text));
    }
}
