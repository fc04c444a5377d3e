//! How the list of chats looks: made on the server alone, and put into the page as it is.
//!
//! The page has a window of it. All rows are of one height, headings too, so that whoever scrolls knows which rows to
//! ask for next.

use leptos::prelude::*;

use super::{icons, navigation, rows::CHAT};
use crate::chat::{ChatEntry, Folder, View};

/// Under what chats stand: those that are pinned, then by when something was last asked.
pub const HEADINGS: [&str; 6] = [
    "Pinned",
    "Today",
    "Yesterday",
    "The last seven days",
    "The last thirty days",
    "Older",
];

/// The list that stands in a page when it comes: HTML.
#[derive(Clone, Debug)]
pub struct FirstList(pub String);

/// A window of the list: some of its rows, of which each is a heading or a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// The headings with how many chats stand under each; none is empty.
    groups: Vec<(&'static str, u32)>,
    /// The first row of the window, from 0.
    from: u32,
    /// How many rows it has.
    count: u32,
}

impl Rows {
    /// The window of at most `count` rows, from the row `from` on, or the last that there is.
    pub fn new(groups: impl Iterator<Item = (&'static str, u32)>, from: u32, count: u32) -> Self {
        let groups: Vec<_> = groups.filter(|(_, chats)| *chats > 0).collect();
        let all = groups.iter().map(|(_, chats)| chats + 1).sum::<u32>();
        let from = from.min(all.saturating_sub(count));
        Self {
            groups,
            from,
            count: count.min(all - from),
        }
    }

    /// Which chats are in it: how many stand before, and how many it has.
    pub fn chats(&self) -> (u32, u32) {
        let before = self.chats_before(self.from);
        (before, self.chats_before(self.from + self.count) - before)
    }

    /// How many chats stand before a row.
    fn chats_before(&self, row: u32) -> u32 {
        let mut rows = row;
        let mut before = 0;
        for (_, chats) in &self.groups {
            let taken = rows.min(chats + 1);
            before += taken.saturating_sub(1);
            rows -= taken;
        }
        before
    }

    /// How many rows there are in all.
    fn all(&self) -> u32 {
        self.groups.iter().map(|(_, chats)| chats + 1).sum()
    }

    /// The rows of the window: a heading, or `None` for a chat.
    fn shown(&self) -> impl Iterator<Item = Option<&'static str>> {
        let rows = self.groups.iter().flat_map(|(heading, chats)| {
            std::iter::once(Some(*heading)).chain((0..*chats).map(|_| None))
        });
        rows.skip(self.from as usize).take(self.count as usize)
    }
}

/// The window `rows` of a view of the list as HTML, in which `chats` are its chats and `current` is the one that is
/// open.
pub fn html(
    rows: &Rows,
    chats: &[ChatEntry],
    folders: &[Folder],
    view: &View,
    current: Option<&str>,
) -> String {
    let mut chats = chats.iter();
    let entries = rows.shown().filter_map(|row| {
        Some(match row {
            Some(heading) => view! { <li class="day">{heading}</li> }.into_any(),
            None => {
                let chat = chats.next()?;
                entry(chat, current == Some(&*chat.id)).into_any()
            }
        })
    });
    let entries = entries.collect_view();
    let empty = match view {
        _ if rows.all() > 0 => None,
        View::All => None,
        View::Archive => Some("Nothing is in the archive."),
        View::Folder(_) => Some("This folder is empty. Select chats, then move them here."),
    };
    let after = rows.all() - rows.from - rows.count;
    view! {
        {head(folders, view)}
        {menu()}
        {empty.map(|text| view! { <p class="empty">{text}</p> })}
        <ol class="chats" data-before=rows.from.to_string() data-after=after.to_string()>{entries}</ol>
    }
    .to_html()
}

/// The presets that a chat can begin with, by their ids and names, as HTML.
pub fn starts(presets: &[(String, String)]) -> String {
    let starts = presets.iter().map(|(id, name)| {
        let (id, name) = (id.clone(), name.clone());
        view! { <button type="button" data-verb="begin" data-item=id title="New chat with this preset">{name}</button> }
    });
    let starts = starts.collect_view();
    let some = !presets.is_empty();
    some.then(|| {
        view! { <div class="starts" role="group" aria-label="New chat with a preset">{starts}</div> }
    })
    .to_html()
}

/// Which chats are listed, and what can be done with several of them.
fn head(folders: &[Folder], view: &View) -> impl IntoView + use<> {
    let choices = |chosen: Option<&String>| {
        let folders = folders.iter().map(|folder| {
            let chosen = chosen == Some(&folder.id);
            view! { <option value=folder.id.clone() selected=chosen>{folder.name.clone()}</option> }
        });
        folders.collect_view()
    };
    let open = match view {
        View::Folder(id) => folders.iter().find(|folder| folder.id == *id).cloned(),
        View::All | View::Archive => None,
    };
    let archive = *view == View::Archive;
    let listed = choices(open.as_ref().map(|folder| &folder.id));
    let targets = choices(None);
    let some = !folders.is_empty();
    view! {
        <div class="views">
            <select aria-label="Which chats" data-verb="view">
                <option value="">"All chats"</option>
                {some.then(|| view! { <optgroup label="Folders">{listed}</optgroup> })}
                <option value="archive" selected=archive>"Archive"</option>
            </select>
            <details class="menu">
                <summary aria-label="What to do with the list">{icons::more()}</summary>
                <div class="verbs">
                    <button type="button" data-verb="select">"Select chats"</button>
                    <a href="/api/export?form=markdown" download>"Export all as Markdown"</a>
                    <a href="/api/export?form=json" download>"Export all as JSON"</a>
                    <form data-verb="make-folder">
                        <input aria-label="Name of the new folder" placeholder="New folder" maxlength="100" autocomplete="off" required/>
                        <button type="submit">"Make"</button>
                    </form>
                    {open.map(|folder| view! {
                        <form data-verb="rename-folder" data-folder=folder.id.clone()>
                            <input aria-label="Name of the folder" maxlength="100" autocomplete="off" required value=folder.name/>
                            <button type="submit">"Rename"</button>
                        </form>
                        <button type="button" data-verb="delete-folder" data-folder=folder.id>"Delete the folder, keep its chats"</button>
                    })}
                </div>
            </details>
            <div class="picked" role="group" aria-label="The selected chats">
                <button type="button" data-verb=if archive { "unarchive" } else { "archive" }>
                    {if archive { "Unarchive" } else { "Archive" }}
                </button>
                <select aria-label="Folder">
                    {targets}
                    <option value="none">"No folder"</option>
                </select>
                <button type="button" data-verb="move">"Move"</button>
                <button type="button" data-verb="delete">"Delete"</button>
                <button type="button" data-verb="done">"Done"</button>
            </div>
        </div>
    }
}

fn entry(chat: &ChatEntry, is_current: bool) -> impl IntoView + use<> {
    let mut class = "entry".to_owned();
    for (name, is) in [
        (" current", is_current),
        (" pinned", chat.pinned),
        (" archived", chat.archived),
    ] {
        class += if is { name } else { "" };
    }
    view! {
        <li class=class data-chat=chat.id.clone()>
            <input class="pick" type="checkbox" data-verb="pick" aria-label=format!("Select “{}”", chat.title)/>
            <a
                href=navigation::address(Some(&chat.id))
                aria-current=is_current.then_some("page")
                data-verb="open"
            >
                {chat.live.then(|| view! { <span class="dot" role="img" aria-label="Answering"></span> })}
                <span class="title">{chat.title.clone()}</span>
            </a>
            <details class="menu">
                <summary aria-label=format!("What to do with “{}”", chat.title)></summary>
            </details>
        </li>
    }
}

/// The menu of every chat, once for all of them: the page puts a copy into the one that is opened. What does not go with
/// the state of the chat is hidden there.
fn menu() -> impl IntoView {
    let export = |form: &str| format!("/api/export?chat={CHAT}&form={form}");
    view! {
        <template>
            <div class="verbs">
                <button type="button" data-verb="pin">"Pin"</button>
                <button type="button" data-verb="unpin">"Unpin"</button>
                <button type="button" data-verb="rename">"Rename"</button>
                <button type="button" data-verb="select">"Select"</button>
                <button type="button" data-verb="archive">"Archive"</button>
                <button type="button" data-verb="unarchive">"Unarchive"</button>
                <a href=export("markdown") download>"Export as Markdown"</a>
                <a href=export("json") download>"Export as JSON"</a>
                <button type="button" data-verb="delete">"Delete"</button>
            </div>
        </template>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat(title: &str) -> ChatEntry {
        ChatEntry {
            id: title.to_owned(),
            title: title.to_owned(),
            asked_at: 0,
            pinned: false,
            archived: false,
            folder: None,
            live: false,
        }
    }

    fn rows(counts: [u32; 6], from: u32, count: u32) -> Rows {
        Rows::new(HEADINGS.into_iter().zip(counts), from, count)
    }

    #[test]
    fn a_window_has_the_chats_of_its_rows() {
        for (from, count, wanted) in [
            // Pinned, a, b, Yesterday, c, d, e.
            (0, 100, (0, 5)),
            (0, 2, (0, 1)),
            (1, 2, (0, 2)),
            (2, 2, (1, 1)),
            (3, 1, (2, 0)),
            (3, 3, (2, 2)),
            // Beyond the end there is the end.
            (9, 2, (3, 2)),
            (9, 100, (0, 5)),
        ] {
            let rows = rows([2, 0, 3, 0, 0, 0], from, count);
            assert_eq!(rows.chats(), wanted, "{count} rows from {from}");
            let shown = rows.shown().filter(Option::is_none).count();
            assert_eq!(shown, wanted.1 as usize, "{count} rows from {from}");
        }
        assert_eq!(rows([0; 6], 5, 10).chats(), (0, 0));
    }

    #[test]
    fn each_heading_is_there_once_and_titles_are_text() {
        let chats = [chat("<b>one</b>"), chat("two\"")];
        let rows = rows([0, 2, 0, 0, 0, 7], 0, 3);
        let html = html(&rows, &chats, &[], &View::All, Some("two\""));
        assert_eq!(html.matches("Today").count(), 1, "{html}");
        assert!(
            html.contains("&lt;b&gt;one") && !html.contains("<b>"),
            "{html}"
        );
        // What each chat can have done to it is there once.
        assert_eq!(html.matches("data-verb=\"pin\"").count(), 1, "{html}");
        assert!(html.contains("data-chat=\"two&quot;\""), "{html}");
        assert_eq!(html.matches("aria-current").count(), 1, "{html}");
        assert!(
            html.contains("data-before=\"0\" data-after=\"8\""),
            "{html}"
        );
    }

    #[test]
    fn a_folder_is_shown_with_what_can_be_done_with_it() {
        let folders = [("a", "Work"), ("b", "Home")].map(|(id, name)| Folder {
            id: id.to_owned(),
            name: name.to_owned(),
        });
        let rows = rows([0; 6], 0, 10);
        let view = View::Folder("b".to_owned());
        let folder = html(&rows, &[], &folders, &view, None);
        assert!(folder.contains("value=\"b\" selected"), "{folder}");
        assert!(folder.contains("This folder is empty"), "{folder}");
        assert!(folder.contains("data-verb=\"delete-folder\""), "{folder}");
        let all = html(&rows, &[], &folders, &View::All, None);
        assert!(!all.contains("delete-folder"), "{all}");
    }
}
