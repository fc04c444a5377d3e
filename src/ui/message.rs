//! How a turn looks.

use std::sync::Arc;

use leptos::{either::Either, prelude::*};

use super::{
    calls,
    conversation::Conversation,
    growing::{Growing, Part},
    icons,
    notice::{Notice, Sentence},
    panel::Account,
    turn::{Reply, Siblings, Turn, TurnBody},
};
use crate::{
    chat::{Answer, Done, Phase, Status},
    markdown,
};

/// A question, or an answer as it comes.
#[component]
pub fn Message(
    /// The state of the page.
    conversation: Conversation,
    /// The turn.
    turn: Turn,
) -> impl IntoView {
    match turn.body.clone() {
        TurnBody::Question(text) => Either::Left(view! { <QuestionView conversation turn text/> }),
        TurnBody::Reply(reply) => Either::Right(view! { <AnswerView conversation turn reply/> }),
    }
}

#[component]
fn QuestionView(conversation: Conversation, turn: Turn, text: Arc<str>) -> impl IntoView {
    let id = id_of(&turn);
    let mut html = turn.drawn.content.clone();
    if html.is_empty() {
        markdown::escape(&text, &mut html);
    }
    view! {
        <div class="asked" id=id>
            <article class="question" aria-label="You" inner_html=html></article>
            <Actions conversation turn/>
        </div>
    }
}

/// The message's id, by which an address names it.
fn id_of(turn: &Turn) -> impl Fn() -> Option<String> + Send + use<> {
    let id = turn.id.clone();
    move || id.get()
}

/// What can be done with a turn that the server has: look at what else stands in its place, and put something else
/// there. While an answer is being written, nothing.
#[component]
fn Actions(conversation: Conversation, turn: Turn) -> impl IntoView {
    let actions = move || {
        let mut actions = Vec::new();
        let Siblings { ids, shown } = turn.siblings.get();
        if !ids.is_empty() {
            let to = |at: Option<usize>| at.and_then(|at| ids.get(at).cloned());
            let step = |label, icon, to: Option<String>| {
                let run =
                    to.map(|to| Box::new(move || conversation.turn_to(to.clone(), label)) as _);
                button(label, icon, run)
            };
            let place = format!("{} / {}", shown + 1, ids.len());
            actions.push(step(
                "Earlier version",
                icons::left().into_any(),
                to(shown.checked_sub(1)),
            ));
            actions.push(view! { <span class="place">{place}</span> }.into_any());
            actions.push(step(
                "Later version",
                icons::right().into_any(),
                to(Some(shown + 1)),
            ));
        }
        if turn.id.with(Option::is_none) || conversation.running.get().is_some() {
            return actions;
        }
        let key = turn.key;
        match turn.reply().cloned() {
            None => {
                let run = Box::new(move || conversation.edit(key));
                actions.push(button("Edit", icons::edit().into_any(), Some(run)));
            }
            // Of one that has failed the notice says so.
            Some(reply) if !reply.has_failed() => {
                let run = Box::new(move || conversation.ask_again(key, &reply, false));
                actions.push(button("Answer again", icons::again().into_any(), Some(run)));
            }
            Some(_) => {}
        }
        let run = Box::new(move || conversation.delete(key));
        actions.push(button("Delete", icons::bin().into_any(), Some(run)));
        actions
    };
    view! { <div class="actions">{actions}</div> }
}

/// A small button with a drawing on it; without anything to run it cannot be pressed.
fn button(label: &'static str, icon: AnyView, run: Option<Box<dyn Fn()>>) -> AnyView {
    let disabled = run.is_none();
    let on_click = move |_| {
        if let Some(run) = &run {
            run();
        }
    };
    view! {
        <button class="small" type="button" aria-label=label title=label disabled=disabled on:click=on_click>{icon}</button>
    }
    .into_any()
}

#[component]
fn AnswerView(conversation: Conversation, turn: Turn, reply: Reply) -> impl IntoView {
    let (key, id) = (turn.key, id_of(&turn));
    let answer = reply.answer.clone();
    // What changes once in an answer is remembered, so that a delta draws text and nothing else.
    let ask = move |what: fn(&Answer) -> bool| {
        let answer = answer.clone();
        Memo::new(move |_| answer.with(what))
    };
    let running = ask(|answer| answer.done.is_none());
    let waiting = ask(|answer| answer.done.is_none() && answer.phase != Phase::Writing);
    let silent = ask(|answer| answer.done.is_none() && answer.phase == Phase::Silent);
    let thought = ask(Answer::has_thinking);
    let musing = ask(Answer::is_musing);
    let phase = {
        let answer = reply.answer.clone();
        Memo::new(move |_| answer.with(|answer| answer.phase))
    };
    let done = {
        let answer = reply.answer.clone();
        Memo::new(move |_| answer.with(|answer| answer.done.clone()))
    };
    let time = thinking_time(&reply, musing);
    let drawn = Arc::clone(&turn.drawn);
    let said = drawn.content.clone();
    let calls = {
        let (answer, drawn) = (reply.answer.clone(), drawn.calls.clone());
        Memo::new(move |_| {
            answer.with(|answer| match &answer.tool_calls[..] {
                [] => drawn.clone(),
                calls => calls::html(calls),
            })
        })
    };
    let model = reply.model.clone();
    let (thinking, content) = (reply.answer.clone(), reply.answer.clone());
    let hanging = reply.clone();
    view! {
        <article class="answer" id=id aria-label="Answer" aria-busy=move || running.get().to_string()>
            <h2 class="model">{move || model.get()}</h2>
            <Show when=move || thought.get()>
                <details class="thinking" prop:open=move || musing.get()>
                    <summary>{move || match (musing.get(), time.get()) {
                        (true, _) => "Thinking…".to_owned(),
                        (false, Some(time)) => thought_for(time),
                        (false, None) => "Thoughts".to_owned(),
                    }}</summary>
                    <Growing answer=thinking.clone() part=Part::Thinking drawn=drawn.thinking.clone()/>
                </details>
            </Show>
            <div class="calls" inner_html=move || calls.get()></div>
            <div class="text"><Growing answer=content part=Part::Content drawn=said/></div>
            <Show when=move || waiting.get()>
                <p class="waiting"><span class="pulse" aria-hidden="true"></span>{move || waiting_for(phase.get())}</p>
            </Show>
            <Show when=move || silent.get()>
                <Silence conversation reply=hanging.clone()/>
            </Show>
            {move || done.get().map(|done| {
                let reply = reply.clone();
                view! { <Ending conversation key reply done/> }
            })}
            <Actions conversation turn/>
        </article>
    }
}

/// For how many milliseconds the model has thought: as the server says, and until it does as it was seen here.
fn thinking_time(reply: &Reply, musing: Memo<bool>) -> Memo<Option<u64>> {
    let answer = reply.answer.clone();
    let seen = RwSignal::new(None);
    Effect::new(move |begun: Option<f64>| {
        let now = js_sys::Date::now();
        if musing.get() {
            return begun.unwrap_or(now);
        }
        if let Some(begun) = begun.filter(|begun| *begun > 0.0) {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a time is small and not negative"
            )]
            seen.set(Some((now - begun) as u64));
        }
        0.0
    });
    Memo::new(move |_| {
        let told = answer.with(|answer| answer.done.as_ref()?.stats.thinking_ms);
        told.or_else(|| seen.get())
    })
}

/// How long it thought, as one says it.
fn thought_for(milliseconds: u64) -> String {
    match milliseconds.div_ceil(1000) {
        0 | 1 => "Thought for a second".to_owned(),
        seconds @ 2..60 => format!("Thought for {seconds} seconds"),
        seconds => format!("Thought for {} min {} s", seconds / 60, seconds % 60),
    }
}

/// What can be done about a model that says nothing.
#[component]
fn Silence(conversation: Conversation, reply: Reply) -> impl IntoView {
    let stopping = reply.stopping.clone();
    view! {
        <p class="silence">
            <button
                type="button"
                disabled=move || stopping.get()
                on:click=move |_| conversation.unload(&reply)
            >
                "Unload the model"
            </button>
            "If it hangs, this frees it; it is loaded anew with the next question."
        </p>
    }
}

/// How an answer ended: numbers when all went well, else a sentence; and what to do about one that was cut.
#[component]
fn Ending(conversation: Conversation, key: u32, reply: Reply, done: Done) -> impl IntoView {
    let failed = done.has_failed();
    let cut = failed || done.status == Status::Stopped || done.reason.as_deref() == Some("length");
    let has_text = reply.has_text();
    let button = move |label: &'static str, go_on| {
        let reply = reply.clone();
        let ask_again = move |_| conversation.ask_again(key, &reply, go_on);
        view! { <button type="button" on:click=ask_again>{label}</button> }
    };
    let go_on = (cut && has_text).then(|| button("Continue", true));
    // What the server has never had, it has nothing to tell of.
    let sent = conversation
        .turn(key)
        .is_some_and(|turn| turn.id.with_untracked(Option::is_some));
    if failed {
        let text = done
            .error
            .map_or_else(|| "The answer broke off.".to_owned(), |error| error.message);
        view! {
            <Notice text>{go_on}{button("Retry", false)}</Notice>
            {sent.then(|| view! { <Account conversation key facts="Details".to_owned()/> })}
        }
        .into_any()
    } else {
        view! {
            <div class="ending"><Account conversation key facts=facts(&done)/>{go_on}</div>
            {done.error.map(|error| view! { <p class="notice"><Sentence text=error.message/></p> })}
        }
        .into_any()
    }
}

/// What there is to say under an answer that ended well.
fn facts(done: &Done) -> String {
    let mut facts = Vec::new();
    match (done.status, done.reason.as_deref()) {
        (Status::Stopped, _) => facts.push("Stopped".to_owned()),
        (_, Some("length")) => facts.push("Cut off: the length limit was reached".to_owned()),
        _ => {}
    }
    if let Some(tokens) = done.stats.tokens {
        facts.push(format!("{tokens} tokens"));
    }
    if let Some(rate) = done.stats.tokens_per_second {
        facts.push(format!("{} tokens/s", to_a_tenth(rate)));
    }
    if facts.is_empty() {
        facts.push("Details".to_owned());
    }
    facts.join(" · ")
}

/// A rate to a tenth. By whole numbers: the machinery that prints any float to its last digit weighs as much as this
/// whole component does in the browser.
fn to_a_tenth(rate: f64) -> String {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate is small and not negative"
    )]
    let tenths = (rate * 10.0).round() as u64;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// What a person is told while nothing comes.
fn waiting_for(phase: Phase) -> String {
    match phase {
        Phase::Loading => "Loading the model…".to_owned(),
        Phase::Queued { ahead } if ahead > 0 => format!("{ahead} ahead of you…"),
        Phase::Silent => "The model has said nothing for a while.".to_owned(),
        Phase::Queued { .. } | Phase::Reading | Phase::Writing => "Thinking…".to_owned(),
    }
}
