//! How the list of chats looks: made on the server alone, and put into the page as it is.
//!
//! The page has a window of it. All rows are of one height, headings too, so that whoever scrolls knows which rows to
//! ask for next.

use leptos::prelude::*;

use super::{icons, navigation, rows::CHAT};
use crate::{
    chat::{ChatEntry, Folder, View},
    markdown::escape,
    words::Words,
};

/// Under what chats stand: those that are pinned, then by when something was last asked.
pub fn headings(words: Words) -> [&'static str; 6] {
    [
        words.pinned(),
        words.today(),
        words.yesterday(),
        words.seven_days(),
        words.thirty_days(),
        words.older(),
    ]
}

/// The list that stands in a page when it comes: HTML.
#[derive(Clone, Debug)]
pub struct FirstList(pub String);

/// Who has signed in, at the foot of the list: HTML; empty where nobody does.
#[derive(Clone, Debug)]
pub struct Own(pub String);

impl Own {
    /// A link to the account of somebody of this id and name.
    pub fn new(words: Words, id: &str, name: &str) -> Self {
        let mut html = String::from("<a class=\"own\" href=\"/account\" data-user=\"");
        escape(id, &mut html);
        html.push_str("\" aria-label=\"");
        escape(words.account(), &mut html);
        html.push_str(": ");
        escape(name, &mut html);
        html.push_str("\">");
        escape(name, &mut html);
        html.push_str("</a>");
        Self(html)
    }
}

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
    words: Words,
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
                entry(words, chat, current == Some(&*chat.id)).into_any()
            }
        })
    });
    let entries = entries.collect_view();
    let empty = match view {
        _ if rows.all() > 0 => None,
        View::All => None,
        View::Archive => Some(words.archive_empty()),
        View::Folder(_) => Some(words.folder_empty()),
    };
    let after = rows.all() - rows.from - rows.count;
    view! {
        {head(words, folders, view)}
        {menu(words)}
        {empty.map(|text| view! { <p class="empty">{text}</p> })}
        <ol class="chats" data-before=rows.from.to_string() data-after=after.to_string()>{entries}</ol>
    }
    .to_html()
}

/// The presets that a chat can begin with, by their ids and names, as HTML.
pub fn starts(words: Words, presets: &[(String, String)]) -> String {
    let starts = presets.iter().map(|(id, name)| {
        let (id, name) = (id.clone(), name.clone());
        view! { <button type="button" data-verb="begin" data-item=id title=words.new_with_this_preset()>{name}</button> }
    });
    let starts = starts.collect_view();
    let some = !presets.is_empty();
    some.then(|| {
        view! { <div class="starts" role="group" aria-label=words.new_with_preset()>{starts}</div> }
    })
    .to_html()
}

/// Which chats are listed, and what can be done with several of them.
fn head(words: Words, folders: &[Folder], view: &View) -> impl IntoView + use<> {
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
            <select aria-label=words.which_chats() data-verb="view">
                <option value="">{words.all_chats()}</option>
                {some.then(|| view! { <optgroup label=words.folders()>{listed}</optgroup> })}
                <option value="archive" selected=archive>{words.archive()}</option>
            </select>
            <details class="menu">
                <summary aria-label=words.what_with_list()>{icons::more()}</summary>
                <div class="verbs">
                    <button type="button" data-verb="select">{words.select_chats()}</button>
                    <a href="/api/export?form=markdown" download>{words.export_all_markdown()}</a>
                    <a href="/api/export?form=json" download>{words.export_all_json()}</a>
                    <form data-verb="make-folder">
                        <input aria-label=words.name_of_new_folder() placeholder=words.new_folder() maxlength="100" autocomplete="off" required/>
                        <button type="submit">{words.make()}</button>
                    </form>
                    {open.map(|folder| view! {
                        <form data-verb="rename-folder" data-folder=folder.id.clone()>
                            <input aria-label=words.name_of_folder() maxlength="100" autocomplete="off" required value=folder.name/>
                            <button type="submit">{words.rename()}</button>
                        </form>
                        <button type="button" data-verb="delete-folder" data-folder=folder.id>{words.delete_folder()}</button>
                    })}
                </div>
            </details>
            <div class="picked" role="group" aria-label=words.selected_chats()>
                <button type="button" data-verb=if archive { "unarchive" } else { "archive" }>
                    {if archive { words.unarchive() } else { words.archive_verb() }}
                </button>
                <select aria-label=words.folder()>
                    {targets}
                    <option value="none">{words.no_folder()}</option>
                </select>
                <button type="button" data-verb="move">{words.move_verb()}</button>
                <button type="button" data-verb="delete">{words.delete()}</button>
                <button type="button" data-verb="done">{words.done()}</button>
            </div>
        </div>
    }
}

fn entry(words: Words, chat: &ChatEntry, is_current: bool) -> impl IntoView + use<> {
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
            <input class="pick" type="checkbox" data-verb="pick" aria-label=words.select_this(&chat.title)/>
            <a
                href=navigation::address(Some(&chat.id))
                aria-current=is_current.then_some("page")
                data-verb="open"
            >
                {chat.live.then(|| view! { <span class="dot" role="img" aria-label=words.answering()></span> })}
                <span class="title">{chat.title.clone()}</span>
            </a>
            <details class="menu">
                <summary aria-label=words.what_with(&chat.title)></summary>
            </details>
        </li>
    }
}

/// The menu of every chat, once for all of them: the page puts a copy into the one that is opened. What does not go with
/// the state of the chat is hidden there.
fn menu(words: Words) -> impl IntoView {
    let export = |form: &str| format!("/api/export?chat={CHAT}&form={form}");
    view! {
        <template>
            <div class="verbs">
                <button type="button" data-verb="pin">{words.pin()}</button>
                <button type="button" data-verb="unpin">{words.unpin()}</button>
                <button type="button" data-verb="rename">{words.rename()}</button>
                <button type="button" data-verb="select">{words.select()}</button>
                <button type="button" data-verb="archive">{words.archive_verb()}</button>
                <button type="button" data-verb="unarchive">{words.unarchive()}</button>
                <a href=export("markdown") download>{words.export_markdown()}</a>
                <a href=export("json") download>{words.export_json()}</a>
                <button type="button" data-verb="delete">{words.delete()}</button>
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
        Rows::new(
            headings(Words::default()).into_iter().zip(counts),
            from,
            count,
        )
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
        let html = html(
            Words::default(),
            &rows,
            &chats,
            &[],
            &View::All,
            Some("two\""),
        );
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
        let folder = html(Words::default(), &rows, &[], &folders, &view, None);
        assert!(folder.contains("value=\"b\" selected"), "{folder}");
        assert!(folder.contains("This folder is empty"), "{folder}");
        assert!(folder.contains("data-verb=\"delete-folder\""), "{folder}");
        let all = html(Words::default(), &rows, &[], &folders, &View::All, None);
        assert!(!all.contains("delete-folder"), "{all}");
    }
}
