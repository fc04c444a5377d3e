//! What the server adds to closed blocks, once and where it is wanted: colours of code, mathematics,
//! and the language of a text.

use std::time::Duration;

use gloo_timers::future::sleep;
use leptos::{
    prelude::{document, window},
    task::spawn_local,
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlTemplateElement};

use super::{far, messages};
use crate::chat::{Piece, PieceKind, api, finish::SAMPLE};

/// How many pieces are asked for at once.
const AT_ONCE: usize = 50;

/// Where there is text that is no code.
const PROSE: &str = ":is(p, li, td, th, h3, h4, h5, h6):not(:has(pre))";

/// What is not finished yet and has not been asked for; of an answer that comes its language is not, as this ends it.
const WANTED: &str = "[data-finish]:not([data-asked], [aria-busy=true] [data-finish=language])";

/// How much of an answer that comes tells its language, in bytes.
const ENOUGH: usize = 200;

/// Asks for what is to be finished in these elements, which are closed, and puts it in.
pub fn finish(closed: &[Element]) {
    let mut wanted = Vec::new();
    for element in closed {
        if element.matches(WANTED).unwrap_or_default() {
            wanted.push(element.clone());
        }
        let Ok(inner) = element.query_selector_all(WANTED) else {
            continue;
        };
        let inner = (0..inner.length()).filter_map(|at| inner.item(at));
        wanted.extend(inner.filter_map(|node| node.dyn_into::<Element>().ok()));
    }
    let wanted = wanted.into_iter().map(|it| (piece(&it), it));
    // What is without a word has no language: code alone, or files.
    let wanted: Vec<_> = wanted
        .filter(|(piece, _)| piece.kind != PieceKind::Language || !piece.text.is_empty())
        .collect();
    for (_, element) in &wanted {
        let _ = element.set_attribute("data-asked", "");
    }
    if !wanted.is_empty() {
        spawn_local(ask(wanted));
    }
}

/// Asks for the language of an answer that comes, once there is enough of it: what is read out is to be in that.
pub fn hear(root: &Element) {
    let wanted = root.has_attribute("data-finish") && !root.has_attribute("data-heard");
    if wanted && sample(root).len() >= ENOUGH {
        for attribute in ["data-heard", "data-asked"] {
            let _ = root.set_attribute(attribute, "");
        }
        spawn_local(ask(vec![(piece(root), root.clone())]));
    }
}

/// Has the language of an answer that comes, or goes on, be found out.
pub fn listen(article: &Element) {
    let Ok(texts) = article.query_selector_all(".blocks") else {
        return;
    };
    for text in (0..texts.length()).filter_map(|at| texts.item(at)) {
        if let Some(text) = text.dyn_ref::<Element>() {
            let _ = text.set_attribute("data-finish", "language");
            for attribute in ["data-heard", "data-asked"] {
                let _ = text.remove_attribute(attribute);
            }
        }
    }
}

fn is_language(element: &Element) -> bool {
    element.get_attribute("data-finish").as_deref() == Some("language")
}

async fn ask(mut wanted: Vec<(Piece, Element)>) {
    while !wanted.is_empty() {
        let count = wanted.len().min(AT_ONCE);
        let pieces = wanted[..count].iter().map(|(piece, _)| piece.clone());
        let Ok(finished) = api::finish(pieces.collect()).await else {
            // They stay as they are, and are asked for when the chat is opened again.
            return;
        };
        if finished.is_empty() {
            return;
        }
        // The server ends where it takes too long; the rest is asked for again.
        let known = wanted.drain(..finished.len().min(count));
        for ((_, element), finished) in known.zip(finished) {
            // One that is selected waits, and none for it.
            spawn_local(put(element, finished));
        }
    }
}

fn piece(element: &Element) -> Piece {
    let kind = match element.get_attribute("data-finish").as_deref() {
        Some("math") => PieceKind::Math,
        Some("display") => PieceKind::Display,
        Some("language") => PieceKind::Language,
        _ => PieceKind::Code,
    };
    let figure = element.closest("figure.code").ok().flatten();
    Piece {
        kind,
        language: figure
            .and_then(|figure| figure.get_attribute("data-language"))
            .unwrap_or_default(),
        text: match kind {
            PieceKind::Language => sample(element),
            _ => source(element),
        },
    }
}

/// What of a text tells its language.
fn sample(text: &Element) -> String {
    let mut sample = String::new();
    let prose = text.query_selector_all(PROSE).ok();
    let parts = (0..).map_while(|at| prose.as_ref()?.item(at));
    for part in parts {
        sample.push_str(&part.text_content().unwrap_or_default());
        sample.push('\n');
        if sample.len() >= SAMPLE {
            break;
        }
    }
    // What a person wrote has no blocks, but files.
    if sample.is_empty() && !text.class_list().contains("blocks") {
        sample = messages::text_without(text, "details");
    }
    sample.truncate(sample.floor_char_boundary(SAMPLE));
    sample
}

/// The text of code as it was written: what is shown by its number in it is itself again.
pub fn source(code: &Element) -> String {
    let copy = code.clone_node_with_deep(true).ok();
    let Some(copy) = copy.and_then(|it| it.dyn_into::<Element>().ok()) else {
        return String::new();
    };
    while let Ok(Some(shown)) = copy.query_selector(".hidden-char") {
        let number = shown.text_content().unwrap_or_default();
        let number = number.strip_prefix("U+").unwrap_or_default();
        let hidden = u32::from_str_radix(number, 16)
            .ok()
            .and_then(char::from_u32);
        let hidden = hidden.map(String::from).unwrap_or_default();
        let _ = shown.replace_with_with_str_1(&hidden);
    }
    copy.text_content().unwrap_or_default()
}

/// Puts it in; what is to be seen once nothing in its place is selected.
async fn put(element: Element, finished: Option<String>) {
    if is_language(&element) {
        let busy = element.closest("[aria-busy=true]").ok().flatten();
        match finished {
            // There will be more to tell it by.
            None if busy.is_some() => {
                let _ = element.remove_attribute("data-asked");
                return;
            }
            code => {
                let _ = element.set_attribute("lang", &code.unwrap_or_default());
            }
        }
    } else if let Some(html) = finished {
        while is_selected(&element) {
            sleep(Duration::from_millis(500)).await;
        }
        if element.get_attribute("data-finish").as_deref() == Some("code") {
            element.set_inner_html(&html);
        } else {
            let around = element.parent_element();
            replace(&element, &html);
            if let Some(around) = around {
                far::tell(&around, far::REPLACED);
            }
        }
    }
    for attribute in ["data-finish", "data-asked", "data-heard"] {
        let _ = element.remove_attribute(attribute);
    }
}

/// Puts HTML into an element's place, wherever that is: its block may stand aside by now (`far`), or have been made anew, and
/// then it is nowhere. (`outerHTML` throws there, and with it goes whatever else the page was about to do.)
fn replace(element: &Element, html: &str) {
    let template = document().create_element("template").ok();
    let template = template.and_then(|it| it.dyn_into::<HtmlTemplateElement>().ok());
    if let Some(template) = template {
        template.set_inner_html(html);
        let _ = element.replace_with_with_node_1(&template.content());
    }
}

fn is_selected(element: &Element) -> bool {
    let selection = window().get_selection().ok().flatten();
    selection.is_some_and(|it| {
        !it.is_collapsed()
            && it
                .contains_node_with_allow_partial_containment(element, true)
                .unwrap_or_default()
    })
}
