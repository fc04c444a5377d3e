//! How the palette and the help about keys look: made on the server alone.

use leptos::prelude::*;

use super::keys::KEYS;
use crate::{
    chat::{ChatEntry, Model, model::DEMO_MODEL},
    words::{Said, Words},
};

/// What the commands are called, in the order in which they are told.
const COMMANDS: [(&str, Said); 13] = [
    ("palette", Words::command_palette),
    ("new", Words::new_chat),
    ("search", Words::command_search),
    ("list", Words::command_list),
    ("write", Words::command_write),
    ("stop", Words::command_stop),
    ("copy", Words::command_copy),
    ("again", Words::command_again),
    ("model", Words::command_model),
    ("settings", Words::settings_of_chat),
    ("prompts", Words::saved_prompts),
    ("preferences", Words::command_preferences),
    ("keys", Words::command_keys),
];

/// Keys that belong to where one is.
const PLACES: [(&str, Said); 6] = [
    ("Enter", Words::place_enter),
    ("Shift Enter", Words::place_shift_enter),
    ("↑ ↓", Words::place_arrows),
    ("/", Words::place_slash),
    ("Esc", Words::place_escape),
    ("?", Words::place_question),
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
pub fn frame(words: Words) -> String {
    view! {
        <div class="palette">
            <h2 class="sr">{words.commands()}</h2>
            <input
                type="text"
                role="combobox"
                aria-label=words.command_palette()
                aria-expanded="true"
                aria-autocomplete="list"
                aria-controls="found"
                placeholder=words.command_palette()
                autocomplete="off"
                autofocus
            />
            <div id="found" role="listbox" aria-label=words.found_list()></div>
        </div>
    }
    .to_html()
}

/// What goes with what is typed.
pub fn found(words: Words, typed: &str, findable: &Findable) -> String {
    let typed = typed.to_lowercase();
    let goes = |label: &str| {
        let label = label.to_lowercase();
        typed.split_whitespace().all(|word| label.contains(word))
    };
    let owned = |name: &str, label: &str, key: Option<&str>| {
        (name.to_owned(), label.to_owned(), key.map(str::to_owned))
    };
    let commands = COMMANDS
        .iter()
        .skip(1)
        .map(|(name, label)| (name, label(words)));
    let commands = commands.filter(|(_, label)| goes(label));
    let commands = commands.map(|(name, label)| owned(name, label, key_of(name)));
    let chats = findable.chats.iter();
    let chats = chats.map(|chat| owned(&format!("chat {}", chat.id), &chat.title, None));
    let demo = (DEMO_MODEL, words.demo());
    let models = findable.models.iter().map(|it| (&*it.name, &*it.name));
    let models = models.chain([demo]).filter(|(_, label)| goes(label));
    let models = models.map(|(name, label)| owned(&format!("model {name}"), label, None));
    let presets = findable.presets.iter().filter(|(_, name)| goes(name));
    let presets = presets.map(|(id, name)| owned(&format!("preset {id}"), name, None));
    let groups: [(&str, Vec<_>); 4] = [
        (words.commands(), commands.collect()),
        (words.chats(), chats.collect()),
        (words.models(), models.collect()),
        (words.new_with_preset(), presets.collect()),
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
        return view! { <p class="empty">{words.nothing_goes()}</p> }.to_html();
    }
    groups.collect_view().to_html()
}

/// The help about keys.
pub fn keys(words: Words) -> String {
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
        Some(row(keys, label(words)))
    });
    let places = PLACES
        .iter()
        .map(|(keys, label)| row((*keys).to_owned(), label(words)));
    view! {
        <div class="keys">
            <h2>{words.command_keys()}</h2>
            <dl>{commands.collect_view()}{places.collect_view()}</dl>
            <p>{words.on_a_mac()}</p>
            <p>{words.single_keys()}</p>
            <div class="ends"><button type="button" data-verb="close" autofocus>{words.close()}</button></div>
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
                server: String::new(),
            }],
            presets: vec![("p".to_owned(), "Stern teacher".to_owned())],
            chats: Vec::new(),
        };
        let found = |typed| found(Words::default(), typed, &findable);
        let html = found("LLA <3");
        assert_eq!(html.matches("role=\"option\"").count(), 1);
        assert!(
            html.contains("data-item=\"model llama &lt;3&gt;\""),
            "{html}"
        );
        assert!(found("chat new").contains("data-item=\"new\""));
        assert!(found("teach").contains("data-item=\"preset p\""));
        assert!(found("nothing of that").contains("Nothing goes with that"));
    }
}
