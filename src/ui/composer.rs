//! Where one writes: grows with its text, sends with Enter, stops what runs, and keeps the next question until it has ended.

use leptos::{ev, html, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{FileList, HtmlInputElement, HtmlTextAreaElement};

use super::{
    blanks::Blanks,
    conversation::{Conversation, Editing},
    drafts::Drafts,
    files, icons,
    recall::Recall,
};
use crate::{
    client::{effect::effect, preferences},
    words::Words,
};

/// From how many tokens on it is said how many they may be.
const MANY: u32 = 100;

/// The form at the bottom. The text is the browser's own until it is sent: what was typed before the page woke up is
/// not lost.
#[component]
pub fn Composer(
    /// The state of the page.
    conversation: Conversation,
) -> impl IntoView {
    let words = Words::here();
    let input: NodeRef<html::Textarea> = NodeRef::new();
    // Until the page is awake, a form sends what there is.
    let empty = RwSignal::new(false);
    let tokens = RwSignal::new(0_u32);
    let look = move || {
        if let Some(input) = input.get_untracked() {
            grow(&input);
            let text = input.value();
            empty.set(text.trim().is_empty());
            tokens.set(estimate(&text));
        }
    };
    let drafts = Drafts::new(conversation);
    let written = move || {
        look();
        let text = input.get_untracked().map(|input| input.value());
        let queued = conversation.queued.get_untracked();
        let all = queued.into_iter().chain(text);
        let all: Vec<_> = all.filter(|text| !text.is_empty()).collect();
        drafts.written(all.join("\n\n"));
    };
    let put = move |text: &str| {
        if let Some(input) = input.get_untracked() {
            input.set_value(text);
            written();
        }
    };
    let attach = move |files: FileList| {
        let files = files::all(&files);
        spawn_local(async move {
            match files::read(files).await {
                Ok(quoted) => {
                    if let Some(input) = input.get_untracked() {
                        let before = input.value();
                        let gap = if before.is_empty() { "" } else { "\n\n" };
                        put(&format!("{}{gap}{quoted}", before.trim_end()));
                        let _ = input.focus();
                    }
                }
                Err(sentence) => conversation.trouble.set(Some(sentence)),
            }
        });
    };
    let blanks = Blanks::new(conversation, input);
    let send_as_it_is = move || {
        let Some(input) = input.get_untracked() else {
            return;
        };
        let text = input.value();
        if text.trim().is_empty() {
            conversation.try_again();
            return;
        }
        blanks.sent();
        // An answer runs, or the chat is not there yet.
        if !conversation.may_ask() {
            conversation.queue(text.trim_end());
            put("");
            conversation.try_again();
            return;
        }
        input.set_value("");
        look();
        drafts.sent();
        conversation.ask(text.trim_end());
        conversation.follow.to_bottom();
    };
    let send = move || {
        if !blanks.wanting() {
            send_as_it_is();
        }
    };
    let recall = Recall::new(conversation);
    let on_key = move |event: ev::KeyboardEvent| {
        // While an input method is composing, Enter accepts its suggestion.
        // (Safari says so by the code alone.)
        if event.is_composing() || event.key_code() == 229 || blanks.pressed(&event) {
            return;
        }
        let control = event.ctrl_key() || event.meta_key();
        if event.key() == "Enter" && control {
            event.prevent_default();
            send_as_it_is();
        } else if event.key() == "Enter" && sends(&event) {
            event.prevent_default();
            send();
        } else if event.key() == "Escape" {
            conversation.editing.set(None);
        } else if let Some(input) = input.get_untracked()
            && let Some(asked) = recall.pressed(&event, &input.value())
        {
            event.prevent_default();
            put(&asked);
        }
    };
    let on_paste = move |event: ev::ClipboardEvent| {
        let files = event.clipboard_data().and_then(|it| it.files());
        if let Some(files) = files.filter(|files| files.length() > 0) {
            event.prevent_default();
            attach(files);
        }
    };
    // A file that is dropped anywhere is for the question; the browser would leave the page for it.
    effect(move || {
        let has_files = |event: &ev::DragEvent| {
            let files = event.data_transfer().map(|it| it.types());
            files.is_some_and(|types| types.includes(&"Files".into(), 0))
        };
        let _ = window_event_listener(ev::dragover, move |event| {
            if has_files(&event) {
                event.prevent_default();
            }
        });
        let _ = window_event_listener(ev::drop, move |event| {
            if has_files(&event) {
                event.prevent_default();
                if let Some(files) = event.data_transfer().and_then(|it| it.files()) {
                    attach(files);
                }
            }
        });
    });
    // What has been asked, or taken back, is in the draft no more.
    let mut before = false;
    effect(move || {
        let queued = conversation.queued.with(Option::is_some);
        if before && !queued {
            written();
        }
        before = queued;
    });
    let take_back = move |_| {
        let queued = conversation.queued.try_update(Option::take).flatten();
        if let (Some(queued), Some(input)) = (queued, input.get_untracked()) {
            let text = input.value();
            let gap = if text.is_empty() { "" } else { "\n\n" };
            put(&format!("{queued}{gap}{text}"));
            let _ = input.focus();
        }
    };
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send();
    };
    // Runs in the browser alone: once when the page is awake, and whenever the focus is wanted here. Where a finger
    // points, focus would bring up the keyboard.
    effect(move || {
        conversation.attention.track();
        look();
        if let Some(input) = input.get()
            && points_finely()
        {
            let _ = input.focus();
        }
    });
    // What was being written in the chat that has been opened; what is being written already stays.
    let mut awake = false;
    effect(move || {
        let draft = conversation.draft.get();
        // Nothing is said when another chat is being opened; but not by the page as it wakes up.
        let leaves = std::mem::replace(&mut awake, true) && draft.is_empty();
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
    effect(move || {
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
    let (queued, runs) = (conversation.queued, conversation.running);
    let next = Signal::derive(move || queued.get().unwrap_or_default());
    let none_waits = Signal::derive(move || queued.with(Option::is_none));
    let running = Signal::derive(move || runs.get());
    let rests = Signal::derive(move || !runs.get());
    let nothing_next = Signal::derive(move || !runs.get() || empty.get());
    let few = Signal::derive(move || tokens.get() < MANY);
    let estimate = Signal::derive(move || match tokens.get() {
        ..MANY => String::new(),
        tokens => words.estimate(u64::from(tokens)),
    });
    view! {
        <div class="queued" role="group" aria-label=words.asked_next() hidden=none_waits>
            <span class="next">{next}</span>
            <button type="button" hidden=running on:click=move |_| conversation.ask_queued()>{words.ask_now()}</button>
            <button type="button" on:click=take_back>{words.take_back()}</button>
        </div>
        <form class="composer" id="composer" method="post" action="/ask" on:submit=on_submit>
            <span hidden inner_html=plainly!(fields)></span>
            {blanks.view(put)}
            <label class="sr" for="question">{words.your_question()}</label>
            <textarea
                id="question"
                name="text"
                inner_html=plainly!(draft)
                node_ref=input
                rows="1"
                placeholder=words.ask_me()
                autocomplete="off"
                dir="auto"
                aria-describedby="estimate"
                aria-autocomplete="list"
                aria-controls="offered"
                on:input=move |event| {
                    conversation.typed.set_value(event.time_stamp());
                    written();
                    blanks.typed(send);
                }
                on:blur=move |_| {
                    blanks.shut();
                    drafts.flush();
                }
                on:keydown=on_key
                on:paste=on_paste
            ></textarea>
            <span class="estimate" id="estimate" hidden=few>{estimate}</span>
            <label class="attach" title=words.attach()>
                <input
                    class="sr"
                    type="file"
                    multiple
                    aria-label=words.attach()
                    on:change=move |event| {
                        let picker = event.target().and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
                        if let Some(picker) = picker {
                            if let Some(files) = picker.files() {
                                attach(files);
                            }
                            // The same file can be picked again.
                            picker.set_value("");
                        }
                    }
                />
                {icons::clip()}
            </label>
            <button class="round" type="submit" aria-label=words.send() hidden=running disabled=Signal::derive(move || empty.get())>
                {icons::send()}
            </button>
            <button
                class="round quiet"
                type="submit"
                aria-label=words.ask_next()
                title=words.ask_next()
                hidden=nothing_next
            >
                {icons::send()}
            </button>
            <button
                class="round stop"
                type="button"
                aria-label=words.stop()
                hidden=rests
                disabled=Signal::derive(move || conversation.stopping.get())
                on:click=move |_| conversation.stop()
            >
                {icons::stop()}
            </button>
        </form>
    }
}

/// Makes the box as high as its text; CSS says how high at most. A browser that knows `field-sizing` does it by itself:
/// to ask for a height has all of the page be laid out, at each key.
fn grow(input: &HtmlTextAreaElement) {
    let style = web_sys::HtmlElement::style(input);
    if js_sys::Reflect::has(&style, &"fieldSizing".into()).unwrap_or_default() {
        return;
    }
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &format!("{}px", input.scroll_height()));
}

/// Whether Enter sends, as one likes it.
fn sends(event: &ev::KeyboardEvent) -> bool {
    !event.shift_key() && preferences::get("enter").is_empty()
}

/// How many tokens a text may be, before a model has read it: four letters of Latin script, or one of another, are about
/// one.
fn estimate(text: &str) -> u32 {
    let other = text.chars().filter(|it| *it > '\u{2ff}').count();
    let letters = text.chars().count() - other;
    u32::try_from(letters.div_ceil(4) + other).unwrap_or(u32::MAX)
}

/// Whether the page is used with a mouse or the like.
fn points_finely() -> bool {
    let query = window().match_media("(pointer: fine)").ok().flatten();
    query.is_some_and(|query| query.matches())
}
