//! How the list of chats looks: made on the server alone, and put into the page as it is.

use leptos::prelude::*;

use super::{icons, navigation};
use crate::chat::{ChatEntry, ChatList};

/// Milliseconds of a day.
const DAY: u64 = 86_400_000;

/// The list that stands in a page when it comes: HTML.
#[derive(Clone, Debug)]
pub struct FirstList(pub String);

/// The list as HTML, in which `current` is the chat that is open, on a day that began at `today` (milliseconds since
/// 1970).
pub fn html(list: ChatList, current: Option<&str>, today: u64) -> String {
    let mut last = "";
    let entries = list.chats.into_iter().map(|chat| {
        let heading = heading(&chat, today);
        let new = heading != last;
        last = heading;
        view! {
            {new.then(|| view! { <li class="day">{heading}</li> })}
            {entry(&chat, current == Some(&*chat.id))}
        }
    });
    let entries = entries.collect_view();
    view! {
        <ol class="chats">{entries}</ol>
        {list.more.then(|| view! {
            <button class="more" type="button" data-verb="older">"Show older chats"</button>
        })}
    }
    .to_html()
}

fn entry(chat: &ChatEntry, is_current: bool) -> impl IntoView + use<> {
    let class = if is_current { "entry current" } else { "entry" };
    let pin = if chat.pinned { "unpin" } else { "pin" };
    view! {
        <li class=class data-chat=chat.id.clone()>
            <a
                href=navigation::address(Some(&chat.id))
                aria-current=is_current.then_some("page")
                data-verb="open"
            >
                {chat.live.then(|| view! { <span class="dot" role="img" aria-label="Answering"></span> })}
                <span class="title">{chat.title.clone()}</span>
            </a>
            <details class="menu">
                <summary aria-label=format!("What to do with “{}”", chat.title)>{icons::more()}</summary>
                <div class="verbs">
                    <button type="button" data-verb=pin>{if chat.pinned { "Unpin" } else { "Pin" }}</button>
                    <button type="button" data-verb="rename">"Rename"</button>
                    <button type="button" data-verb="delete">"Delete"</button>
                </div>
            </details>
            <form class="rename">
                <input aria-label="Name of the chat" maxlength="200" autocomplete="off" value=chat.title.clone()/>
            </form>
        </li>
    }
}

/// Under what a chat stands.
fn heading(chat: &ChatEntry, today: u64) -> &'static str {
    let days_before = today.saturating_sub(chat.asked_at).div_ceil(DAY);
    match days_before {
        _ if chat.pinned => "Pinned",
        0 => "Today",
        1 => "Yesterday",
        2..=7 => "The last seven days",
        8..=30 => "The last thirty days",
        _ => "Older",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat(title: &str, asked_at: u64, pinned: bool) -> ChatEntry {
        ChatEntry {
            id: title.to_owned(),
            title: title.to_owned(),
            asked_at,
            pinned,
            live: false,
        }
    }

    #[test]
    fn chats_stand_under_their_days() {
        let today = 100 * DAY;
        for (asked_at, wanted) in [
            (today, "Today"),
            (today - 1, "Yesterday"),
            (today - DAY, "Yesterday"),
            (today - DAY - 1, "The last seven days"),
            (today - 30 * DAY, "The last thirty days"),
            (today - 31 * DAY, "Older"),
            (0, "Older"),
        ] {
            assert_eq!(
                heading(&chat("a", asked_at, false), today),
                wanted,
                "{asked_at}"
            );
            assert_eq!(heading(&chat("a", asked_at, true), today), "Pinned");
        }
    }

    #[test]
    fn each_heading_is_there_once_and_titles_are_text() {
        let chats = vec![chat("<b>one</b>", 5, false), chat("two\"", 4, false)];
        let html = html(ChatList { chats, more: true }, Some("two\""), 0);
        assert_eq!(html.matches("Today").count(), 1, "{html}");
        assert!(
            html.contains("&lt;b&gt;one") && !html.contains("<b>"),
            "{html}"
        );
        assert!(html.contains("data-chat=\"two&quot;\""), "{html}");
        assert_eq!(html.matches("aria-current").count(), 1, "{html}");
        assert!(html.contains("data-verb=\"older\""), "{html}");
    }
}
