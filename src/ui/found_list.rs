//! How what was found looks: made on the server alone, and put in the place of the list of chats.

use leptos::prelude::*;

use super::navigation;
use crate::{
    chat::{Found, Hit, Role},
    words::Words,
};

/// What was found as HTML, in which `current` is the chat that is open.
pub fn html(words: Words, found: &Found, current: Option<&str>) -> String {
    let titles = found.chats.iter().map(|chat| {
        view! {
            <li class="entry" data-chat=chat.id.clone()>
                <a
                    href=navigation::address(Some(&chat.id))
                    aria-current=(current == Some(&*chat.id)).then_some("page")
                    data-verb="open"
                >
                    <span class="title">{chat.title.clone()}</span>
                </a>
            </li>
        }
    });
    let titles = titles.collect_view();
    let messages = found.messages.iter();
    let messages = messages.map(|hit| message(words, hit)).collect_view();
    let nothing = found.chats.is_empty() && found.messages.is_empty();
    view! {
        <p class="sr" role="status">{said(words, found)}</p>
        {nothing.then(|| view! { <p class="empty">{words.nothing_found()}</p> })}
        {(!found.chats.is_empty()).then(|| view! {
            <h2 class="day">{words.chats()}</h2>
            <ol class="chats">{titles}</ol>
        })}
        {(!found.messages.is_empty()).then(|| view! {
            <h2 class="day">{words.messages()}</h2>
            <ol class="chats">{messages}</ol>
        })}
        {found.more.then(|| view! {
            <button class="more" type="button" data-verb="more">{words.show_older()}</button>
        })}
    }
    .to_html()
}

/// What a person hears when something was found.
fn said(words: Words, found: &Found) -> String {
    let chats = words.number(found.chats.len() as u64);
    let messages = words.number(found.messages.len() as u64);
    if found.more {
        words.found_more(&chats, &messages)
    } else {
        words.found(&chats, &messages)
    }
}

fn message(words: Words, hit: &Hit) -> impl IntoView + use<> {
    let who = match hit.role {
        Role::Assistant => words.answer(),
        Role::User | Role::System => words.you(),
    };
    let excerpt = hit.excerpt.parts.iter().map(|part| {
        let text = part.text.clone();
        if part.hit {
            view! { <mark>{text}</mark> }.into_any()
        } else {
            text.into_any()
        }
    });
    let excerpt = excerpt.collect_view();
    view! {
        <li class="hit" data-chat=hit.chat.clone()>
            <a
                href=format!("{}#{}", navigation::address(Some(&hit.chat)), hit.message)
                data-verb="open"
                data-message=hit.message.clone()
            >
                <span class="title">{hit.title.clone()}</span>
                <span class="excerpt"><span class="who">{who}": "</span>{excerpt}</span>
            </a>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Excerpt;

    #[test]
    fn a_hit_is_marked_and_is_text() {
        let mut excerpt = Excerpt::default();
        excerpt.push("1 < 2 ", false);
        excerpt.push("<i>", true);
        let hit = Hit {
            chat: "c".to_owned(),
            title: "A & B".to_owned(),
            message: "m".to_owned(),
            number: 1,
            role: Role::User,
            made_at: 0,
            excerpt,
        };
        let found = Found {
            messages: vec![hit],
            more: true,
            ..Found::default()
        };
        let words = Words::default();
        let html = html(words, &found, None);
        assert!(html.contains("<mark>&lt;i&gt;</mark>"), "{html}");
        assert!(html.contains("href=\"/c/c#m\""), "{html}");
        assert!(
            html.contains("A &amp; B") && html.contains("data-verb=\"more\""),
            "{html}"
        );
        assert!(super::html(words, &Found::default(), None).contains("Nothing was found"));
    }
}
