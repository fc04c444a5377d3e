//! What a screen reader is told: an answer sentence by sentence as it comes, that it begins, and how it ends.
//!
//! The messages themselves are a log that says nothing by itself, since it changes with every token. What is said of an
//! answer's text is found in `painter::speech`, which is loaded with what draws it.

use leptos::prelude::*;

use crate::words::Words;

/// Where it stands in the document.
const ID: &str = "spoken";

/// How much of it stays there, in sentences: what has been read is of no more use.
const MOST: u32 = 20;

/// Has this be read out, after what is being read.
pub fn say(sentence: &str) {
    read_out(None, sentence);
}

/// The same in another language than the page's: empty where it is not known.
pub fn say_in(language: &str, sentence: &str) {
    read_out(Some(language), sentence);
}

fn read_out(language: Option<&str>, sentence: &str) {
    let Some(place) = document().get_element_by_id(ID) else {
        return;
    };
    let Ok(line) = document().create_element("p") else {
        return;
    };
    if let Some(language) = language {
        let _ = line.set_attribute("lang", language);
    }
    line.set_text_content(Some(sentence));
    let _ = place.append_child(&line);
    if place.child_element_count() > MOST
        && let Some(first) = place.first_element_child()
    {
        first.remove();
    }
}

/// The place in the document.
#[component]
pub fn Spoken() -> impl IntoView {
    let label = Words::here().read_out();
    view! { <div class="sr" id=ID role="log" aria-live="polite" aria-label=label></div> }
}
