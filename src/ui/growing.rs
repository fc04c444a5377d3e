//! An answer's text, or its reasoning, as it grows.

use std::time::Duration;

use gloo_timers::future::sleep;
use leptos::{html, prelude::*, task::spawn_local};

use super::{
    finishing,
    painter::{AsWritten, Paint, load},
};
use crate::chat::Answer;

/// Which of an answer's texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What is said.
    Content,
    /// The reasoning before it.
    Thinking,
}

/// Draws one of an answer's texts: what the server has drawn of it, and from then on what comes.
#[component]
pub fn Growing(
    /// The answer; its readers are told once a frame.
    answer: ArcRwSignal<Answer>,
    /// Which text.
    part: Part,
    /// What the server has drawn; nothing in a document, where it stands already.
    drawn: String,
) -> impl IntoView {
    let root: NodeRef<html::Div> = NodeRef::new();
    let painter = StoredValue::new_local(None::<Box<dyn Paint>>);
    // What was drawn as a whole and does not go on is never parsed here.
    let (asked, loaded) = (StoredValue::new(false), RwSignal::new(false));
    let ask = move || {
        if !asked.get_value() {
            asked.set_value(true);
            spawn_local(async move {
                for pause in 0..6 {
                    if let Ok(better) = load().await {
                        // It may be gone by now.
                        let root = root.try_get_untracked().flatten();
                        if let (Some(root), 1..) = (root, pause) {
                            root.set_inner_html("");
                        }
                        painter.try_set_value(Some(better));
                        loaded.try_set(true);
                        return;
                    }
                    painter.try_set_value(Some(Box::new(AsWritten)));
                    loaded.try_set(true);
                    sleep(Duration::from_secs(1 << pause)).await;
                }
            });
        }
    };
    Effect::new(move |begun: Option<bool>| {
        let Some(root) = root.get() else {
            return false;
        };
        if begun != Some(true) {
            finishing::finish(&[root.clone().into()]);
        }
        loaded.track();
        answer.with(|answer| {
            let ended = answer.done.is_some();
            let (text, ended) = match part {
                Part::Content => (&answer.content, ended),
                Part::Thinking => (&answer.thinking, !answer.is_musing()),
            };
            // The first sign of the server: before it, nothing could be had.
            if !text.is_empty() || answer.seq > 0 {
                ask();
            }
            painter.update_value(|painter| {
                if let Some(painter) = painter {
                    let closed = painter.paint(&root, answer.epoch, text, ended);
                    finishing::finish(&closed);
                }
            });
        });
        true
    });
    view! { <div class="blocks" node_ref=root inner_html=drawn></div> }
}
