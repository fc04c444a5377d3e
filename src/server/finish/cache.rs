//! What has been finished already, up to a number of bytes; what was not asked for longest goes first.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use crate::chat::finish::PieceKind;

/// What a piece has become; `None`: it stays plain.
pub(super) type Outcome = Option<Arc<str>>;

/// What an entry takes beside its text, about.
const OVERHEAD: usize = 160;

/// The name of a piece: its hash under two secret keys, 128 bits. Nobody can make up two pieces of one name, so nobody
/// is given another one's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key(u64, u64);

/// What has been finished already.
#[derive(Debug)]
pub(super) struct Cache {
    secrets: (RandomState, RandomState),
    entries: HashMap<Key, Entry>,
    /// Who was asked for when.
    order: BTreeMap<u64, Key>,
    clock: u64,
    bytes: usize,
    limit: usize,
}

#[derive(Debug)]
struct Entry {
    outcome: Outcome,
    asked: u64,
}

impl Entry {
    fn bytes(&self) -> usize {
        OVERHEAD + self.outcome.as_ref().map_or(0, |html| html.len())
    }
}

impl Cache {
    /// One that holds so many bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            secrets: (RandomState::new(), RandomState::new()),
            entries: HashMap::new(),
            order: BTreeMap::new(),
            clock: 0,
            bytes: 0,
            limit,
        }
    }

    /// The name of a piece.
    pub(super) fn key(&self, kind: PieceKind, language: &str, text: &str) -> Key {
        // A str's hash ends with a byte that is in no str: parts cannot run into one another.
        let piece = (kind, language, text);
        let (first, second) = &self.secrets;
        Key(first.hash_one(piece), second.hash_one(piece))
    }

    /// What the piece has become, if that is known.
    pub(super) fn get(&mut self, key: Key) -> Option<Outcome> {
        let entry = self.entries.get_mut(&key)?;
        self.order.remove(&entry.asked);
        self.clock += 1;
        entry.asked = self.clock;
        self.order.insert(entry.asked, key);
        Some(entry.outcome.clone())
    }

    /// Keeps what a piece has become.
    pub(super) fn put(&mut self, key: Key, outcome: Outcome) {
        self.forget(key);
        self.clock += 1;
        let entry = Entry {
            outcome,
            asked: self.clock,
        };
        self.bytes += entry.bytes();
        self.order.insert(entry.asked, key);
        self.entries.insert(key, entry);
        while self.bytes > self.limit
            && let Some((_, oldest)) = self.order.first_key_value()
        {
            self.forget(*oldest);
        }
    }

    fn forget(&mut self, key: Key) {
        if let Some(entry) = self.entries.remove(&key) {
            self.order.remove(&entry.asked);
            self.bytes -= entry.bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(cache: &Cache, text: &str) -> Key {
        cache.key(PieceKind::Code, "rust", text)
    }

    #[test]
    fn it_holds_so_many_bytes_and_lets_go_of_what_was_asked_for_longest_ago() {
        let mut cache = Cache::new(10_000);
        let keys: Vec<Key> = (0..100)
            .map(|number| key(&cache, &number.to_string()))
            .collect();
        for at in &keys {
            cache.put(*at, Some("x".repeat(840).into()));
            // The first is asked for all the time.
            assert!(cache.get(keys[0]).is_some());
            assert!(cache.bytes <= 10_000);
        }
        let held: Vec<usize> = (0..100)
            .filter(|at| cache.get(keys[*at]).is_some())
            .collect();
        assert_eq!(held, [0, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
        assert_eq!(cache.entries.len(), cache.order.len());
        // What is too large for it is not held, and nothing is left of the others' bytes.
        cache.put(keys[0], Some("x".repeat(20_000).into()));
        assert_eq!((cache.bytes, cache.entries.len()), (0, 0));
    }

    #[test]
    fn what_stays_plain_is_known_too_and_is_counted() {
        let mut cache = Cache::new(1000);
        for number in 0..1000 {
            let at = key(&cache, &number.to_string());
            cache.put(at, None);
            cache.put(at, None);
            assert_eq!(cache.get(at), Some(None));
        }
        assert!(cache.entries.len() <= 6);
    }

    #[test]
    fn kind_language_and_text_are_told_apart() {
        let cache = Cache::new(0);
        let keys = [
            cache.key(PieceKind::Code, "a", "b"),
            cache.key(PieceKind::Code, "ab", ""),
            cache.key(PieceKind::Code, "", "ab"),
            cache.key(PieceKind::Math, "a", "b"),
            cache.key(PieceKind::Display, "a", "b"),
        ];
        for (at, one) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(one));
        }
    }
}
