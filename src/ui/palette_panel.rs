//! How the palette and the help about keys look: made on the server alone.

use leptos::prelude::*;

use super::keys::KEYS;
use crate::chat::{ChatEntry, Model, model::DEMO_MODEL};

/// What the commands are called, in the order in which they are told.
const COMMANDS: [(&str, &str); 13] = [
    ("palette", "Find a command, a chat or a model"),
    ("new", "New chat"),
    ("search", "Search in chats"),
    ("list", "Go to the list of chats"),
    ("write", "Write a question"),
    ("stop", "Stop the answer"),
    ("copy", "Copy the last answer"),
    ("again", "Answer the last question again"),
    ("model", "Choose a model"),
    ("settings", "Settings of this chat"),
    ("prompts", "Saved prompts"),
    ("preferences", "Preferences: colours, Enter, single keys"),
    ("keys", "Keys"),
];

/// Keys that belong to where one is.
const PLACES: [(&str, &str); 6] = [
    (
        "Enter",
        "Send the question; while an answer runs, ask it next",
    ),
    ("Shift Enter", "A new line"),
    ("↑ ↓", "In an empty box: what was asked before"),
    (
        "/",
        "In an empty box: saved prompts; Tab goes to the next blank",
    ),
    ("Esc", "Leave a menu, a dialog, an edit"),
    ("?", "These keys"),
];

/// What can be found, beside the commands.
#[derive(Clone, Debug, Default)]
pub struct Findable {
    /// The models, all of them.
    pub models: Vec<Model>,
    /// Ids and names of presets, all of them.
    pub presets: Vec<(String, String)>,
    /// Chats that have been found already.
    pub chats: Vec<ChatEntry>,
}

/// The palette, before anything is found.
pub fn frame() -> String {
    view! {
        <div class="palette">
            <h2 class="sr">"Commands"</h2>
            <input
                type="text"
                role="combobox"
                aria-label="Find a command, a chat or a model"
                aria-expanded="true"
                aria-autocomplete="list"
                aria-controls="found"
                placeholder="Find a command, a chat or a model"
                autocomplete="off"
                autofocus
            />
            <div id="found" role="listbox" aria-label="Found"></div>
        </div>
    }
    .to_html()
}

/// What goes with what is typed.
pub fn found(typed: &str, findable: &Findable) -> String {
    let typed = typed.to_lowercase();
    let goes = |label: &str| {
        let label = label.to_lowercase();
        typed.split_whitespace().all(|word| label.contains(word))
    };
    let owned = |name: &str, label: &str, key: Option<&str>| {
        (name.to_owned(), label.to_owned(), key.map(str::to_owned))
    };
    let commands = COMMANDS.iter().skip(1).filter(|(_, label)| goes(label));
    let commands = commands.map(|(name, label)| owned(name, label, key_of(name)));
    let chats = findable.chats.iter();
    let chats = chats.map(|chat| owned(&format!("chat {}", chat.id), &chat.title, None));
    let demo = (DEMO_MODEL, "Demo (a script, no model)");
    let models = findable.models.iter().map(|it| (&*it.name, &*it.name));
    let models = models.chain([demo]).filter(|(_, label)| goes(label));
    let models = models.map(|(name, label)| owned(&format!("model {name}"), label, None));
    let presets = findable.presets.iter().filter(|(_, name)| goes(name));
    let presets = presets.map(|(id, name)| owned(&format!("preset {id}"), name, None));
    let groups: [(&str, Vec<_>); 4] = [
        ("Commands", commands.collect()),
        ("Chats", chats.collect()),
        ("Models", models.collect()),
        ("New chat with a preset", presets.collect()),
    ];
    let mut number = 0;
    let groups = groups.into_iter().filter(|(_, items)| !items.is_empty());
    let groups: Vec<_> = groups
        .map(|(heading, items)| {
            let options = items.into_iter().map(|(item, label, key)| {
                let id = format!("found-{number}");
                let selected = (number == 0).to_string();
                number += 1;
                view! {
                    <div role="option" id=id aria-selected=selected data-verb="run" data-item=item>
                        <span>{label}</span>
                        {key.map(|key| view! { <kbd>{format!("Alt Shift {key}")}</kbd> })}
                    </div>
                }
            });
            view! {
                <div role="group" aria-label=heading>
                    <p class="day" aria-hidden="true">{heading}</p>
                    {options.collect_view()}
                </div>
            }
        })
        .collect();
    if groups.is_empty() {
        return "<p class=\"empty\">Nothing goes with that.</p>".to_owned();
    }
    groups.collect_view().to_html()
}

/// The help about keys.
pub fn keys() -> String {
    let row = |keys: String, label: &'static str| {
        let keys = keys
            .split(' ')
            .map(|key| view! { <kbd>{key.to_owned()}</kbd>" " });
        view! { <div><dt>{label}</dt><dd>{keys.collect_view()}</dd></div> }
    };
    let commands = COMMANDS.iter().filter_map(|(name, label)| {
        let keys = match key_of(name) {
            Some(key) => format!("Alt Shift {key}"),
            None if *name == "palette" => "Ctrl K".to_owned(),
            None => return None,
        };
        Some(row(keys, label))
    });
    let places = PLACES
        .iter()
        .map(|(keys, label)| row((*keys).to_owned(), label));
    view! {
        <div class="keys">
            <h2>"Keys"</h2>
            <dl>{commands.collect_view()}{places.collect_view()}</dl>
            <p>"On a Mac, Alt is Option (⌥), and ⌘ K does what Ctrl K does."</p>
            <p>"That a single key (?) does something can be switched off in the preferences."</p>
            <div class="ends"><button type="button" data-verb="close" autofocus>"Close"</button></div>
        </div>
    }
    .to_html()
}

/// The letter of a command's key.
fn key_of(command: &str) -> Option<&'static str> {
    let found = KEYS.iter().find(|(_, name)| *name == command);
    found.map(|(code, _)| &code[code.len() - 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_command_that_is_told() {
        for (_, command) in KEYS {
            assert!(
                COMMANDS.iter().any(|(name, _)| *name == command),
                "{command}"
            );
        }
    }

    #[test]
    fn what_goes_with_all_that_is_typed_is_found() {
        let findable = Findable {
            models: vec![Model {
                name: "llama <3>".to_owned(),
                details: String::new(),
            }],
            presets: vec![("p".to_owned(), "Stern teacher".to_owned())],
            chats: Vec::new(),
        };
        let html = found("LLA <3", &findable);
        assert_eq!(html.matches("role=\"option\"").count(), 1);
        assert!(
            html.contains("data-item=\"model llama &lt;3&gt;\""),
            "{html}"
        );
        assert!(found("chat new", &findable).contains("data-item=\"new\""));
        assert!(found("teach", &findable).contains("data-item=\"preset p\""));
        assert!(found("nothing of that", &findable).contains("Nothing goes with that"));
    }
}
