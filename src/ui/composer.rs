//! Where one writes: grows with its text, sends with Enter, and stops what runs.

use leptos::{ev, html, prelude::*};
use web_sys::HtmlTextAreaElement;

use super::{
    conversation::{Conversation, Editing},
    drafts::Drafts,
    icons,
};

/// The form at the bottom. The text is the browser's own until it is sent: what was typed before the page woke up is
/// not lost.
#[component]
pub fn Composer(
    /// The state of the page.
    conversation: Conversation,
) -> impl IntoView {
    let input: NodeRef<html::Textarea> = NodeRef::new();
    let empty = RwSignal::new(true);
    let look = move || {
        if let Some(input) = input.get_untracked() {
            grow(&input);
            empty.set(input.value().trim().is_empty());
        }
    };
    let drafts = Drafts::new(conversation);
    let send = move || {
        let Some(input) = input.get_untracked() else {
            return;
        };
        let text = input.value();
        if text.trim().is_empty() || !conversation.may_ask() {
            conversation.try_again();
            return;
        }
        input.set_value("");
        look();
        drafts.sent();
        conversation.ask(text.trim_end());
        conversation.follow.to_bottom();
    };
    let on_key = move |event: ev::KeyboardEvent| {
        // While an input method is composing, Enter accepts its suggestion.
        // (Safari says so by the code alone.)
        let composing = event.is_composing() || event.key_code() == 229;
        if event.key() == "Enter" && !event.shift_key() && !composing {
            event.prevent_default();
            send();
        } else if event.key() == "Escape" {
            conversation.editing.set(None);
        }
    };
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send();
    };
    // Runs in the browser alone: once when the page is awake, and whenever the focus is wanted here. Where a finger
    // points, focus would bring up the keyboard.
    Effect::new(move || {
        conversation.attention.track();
        look();
        if let Some(input) = input.get()
            && points_finely()
        {
            let _ = input.focus();
        }
    });
    // What was being written in the chat that has been opened; what is being written already stays.
    Effect::new(move |before: Option<()>| {
        let draft = conversation.draft.get();
        // Nothing is said when another chat is being opened; but not by the page as it wakes up.
        let leaves = before.is_some() && draft.is_empty();
        if leaves {
            drafts.flush();
        }
        if let Some(input) = input.get_untracked()
            && (leaves || input.value().trim().is_empty())
        {
            input.set_value(&draft);
            look();
        }
    });
    // A question that is edited is written here; what stood here before comes back when that is over, if its chat is
    // still the one that is open.
    let aside = StoredValue::new(None::<(Option<String>, String)>);
    Effect::new(move || {
        let editing = conversation.editing.get();
        let Some(input) = input.get_untracked() else {
            return;
        };
        let text = match editing {
            Some(Editing { text, .. }) => {
                aside.update_value(|aside| {
                    let chat = conversation.chat.get_untracked();
                    aside.get_or_insert_with(|| (chat, input.value()));
                });
                Some(text)
            }
            None => {
                let kept = aside.try_update_value(Option::take).flatten();
                let open = conversation.chat.get_untracked();
                kept.filter(|(chat, _)| *chat == open).map(|(_, text)| text)
            }
        };
        if let Some(text) = text {
            input.set_value(&text);
            look();
        }
    });
    let running = move || conversation.running.get();
    view! {
        <form class="composer" on:submit=on_submit>
            <label class="sr" for="question">"Your question"</label>
            <textarea
                id="question"
                node_ref=input
                rows="1"
                placeholder="Ask me anything"
                autocomplete="off"
                on:input=move |event| {
                    look();
                    drafts.written(event_target_value(&event));
                }
                on:keydown=on_key
            ></textarea>
            <Show
                when=running
                fallback=move || view! {
                    <button class="round" type="submit" aria-label="Send" disabled=empty>{icons::send()}</button>
                }
            >
                <button
                    class="round stop"
                    type="button"
                    aria-label="Stop"
                    disabled=conversation.stopping
                    on:click=move |_| conversation.stop()
                >
                    {icons::stop()}
                </button>
            </Show>
        </form>
    }
}

/// Makes the box as high as its text; CSS says how high at most.
fn grow(input: &HtmlTextAreaElement) {
    let style = web_sys::HtmlElement::style(input);
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &format!("{}px", input.scroll_height()));
}

/// Whether the page is used with a mouse or the like.
fn points_finely() -> bool {
    let query = window().match_media("(pointer: fine)").ok().flatten();
    query.is_some_and(|query| query.matches())
}
