//! Which models there are: the catalogue's to begin with, then what is pulled,
//! copied, created and deleted. How much of a pull is there already, too. What
//! a model says lives in `script`.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use crate::catalogue::{CATALOGUE, Model};
use crate::script::canonical;

/// A model that is there.
#[derive(Clone, Debug)]
struct Item {
    /// As it was named.
    name: String,
    /// The model of the catalogue, or the script, that it looks like.
    like: String,
    /// Its size, where that is another.
    size: Option<u64>,
    /// What `/api/show` says of it besides.
    own: Map<String, Value>,
}

/// The models that are there.
#[derive(Debug)]
pub(crate) struct Stock {
    items: Mutex<Vec<Item>>,
    /// The bytes that are there of what was not pulled to its end.
    partial: Mutex<BTreeMap<String, u64>>,
}

impl Default for Stock {
    fn default() -> Self {
        let item = |name: &str| Item {
            name: name.to_owned(),
            like: name.to_owned(),
            size: None,
            own: Map::new(),
        };
        Self {
            items: Mutex::new(CATALOGUE.into_iter().map(item).collect()),
            partial: Mutex::default(),
        }
    }
}

impl Stock {
    /// The answer of `/api/tags`.
    pub(crate) fn tags(&self) -> Value {
        let items = self.items();
        let models = items.iter().filter_map(|item| {
            let mut entry = Model::describe(&item.like).ok()?.listed(&item.name);
            if let Some(size) = item.size {
                entry["size"] = size.into();
            }
            Some(entry)
        });
        json!({ "models": models.collect::<Vec<_>>() })
    }

    /// What `/api/show` says of a model; `None`: it is not there. A script always is.
    pub(crate) fn show(&self, name: &str) -> Option<Value> {
        let items = self.items();
        let item = items.iter().find(|item| same(&item.name, name));
        if item.is_none() && is_of_catalogue(name) {
            return None;
        }
        let like = item.map_or(name, |item| &item.like);
        let mut shown = Model::describe(like).ok()?.show();
        for (key, value) in item.into_iter().flat_map(|item| &item.own) {
            shown[key] = value.clone();
        }
        Some(shown)
    }

    /// Whether it is one of the catalogue that has been deleted.
    pub(crate) fn lacks(&self, name: &str) -> bool {
        is_of_catalogue(name) && !self.has(name)
    }

    /// Whether it is in the list.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.items().iter().any(|item| same(&item.name, name))
    }

    /// A model that has been pulled: `None` for the size that its kind has.
    pub(crate) fn add(&self, name: &str, size: Option<u64>) {
        let known = Model::describe(name).is_ok();
        self.put(Item {
            name: name.to_owned(),
            like: if known { name } else { "sim" }.to_owned(),
            size,
            own: Map::new(),
        });
        self.keep_part(name, 0);
    }

    /// Another model like one that is there, of which `/api/show` says this
    /// besides. False: that one is not there.
    pub(crate) fn derive(&self, from: &str, name: &str, own: Map<String, Value>) -> bool {
        let found = self.items().iter().find(|it| same(&it.name, from)).cloned();
        let Some(item) = found else {
            return false;
        };
        let own = item.own.into_iter().chain(own).collect();
        self.put(Item {
            name: name.to_owned(),
            own,
            ..item
        });
        true
    }

    /// Takes a model away. False: it was not there.
    pub(crate) fn delete(&self, name: &str) -> bool {
        let mut items = self.items();
        let before = items.len();
        items.retain(|item| !same(&item.name, name));
        items.len() < before
    }

    /// How many bytes of a model are there of an earlier pull.
    pub(crate) fn part(&self, name: &str) -> u64 {
        let key = canonical(name);
        self.partial().get(&key).copied().unwrap_or_default()
    }

    /// So many of them are there now.
    pub(crate) fn keep_part(&self, name: &str, bytes: u64) {
        self.partial().insert(canonical(name), bytes);
    }

    /// The newest comes first, as in Ollama.
    fn put(&self, item: Item) {
        let mut items = self.items();
        items.retain(|it| !same(&it.name, &item.name));
        items.insert(0, item);
    }

    fn items(&self) -> MutexGuard<'_, Vec<Item>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn partial(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.partial.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the catalogue has it, deleted or not.
fn is_of_catalogue(name: &str) -> bool {
    CATALOGUE.iter().any(|known| same(known, name))
}

fn same(a: &str, b: &str) -> bool {
    canonical(a) == canonical(b)
}
