//! SECURITY.md, held to the tree: each file that it names is there, each test too, and each requirement has its row.
//!
//! Not here: whether what it says is right, which takes a person.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The sections of ASVS 5.0.0, and how many requirements of levels 1 and 2 each has: those of level 3 come last.
const SECTIONS: &str = "1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 \
                        4.3:2 4.4:4 5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 \
                        7.4:5 7.5:2 7.6:2 8.1:2 8.2:3 8.3:1 8.4:1 9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 \
                        10.7:3 11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4 13.1:1 13.2:5 13.3:2 13.4:5 \
                        14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4 17.3:2";

/// How a row begins that says why it is not met.
const NOT_APPLICABLE: &str = "not applicable: ";
const OPEN: &str = "open: ";

/// What the names of files end with that the page speaks of.
const ENDINGS: [&str; 8] = [
    ".rs", ".ts", ".js", ".md", ".sql", ".toml", ".json", ".lock",
];

/// Where tests of Rust are.
const RUST: [&str; 4] = ["src", "tests", "ollama-sim", "xtask/src"];

/// A row of the table.
struct Row<'a> {
    id: &'a str,
    met: &'a str,
    shown: &'a str,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn page() -> String {
    fs::read_to_string(root().join("SECURITY.md")).unwrap()
}

fn rows(page: &str) -> Vec<Row<'_>> {
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split('|').map(str::trim);
        let id = cells.next()?;
        let _asks = cells.next()?;
        id.starts_with(|it: char| it.is_ascii_digit())
            .then_some(Row {
                id,
                met: cells.next()?,
                shown: cells.next()?,
            })
    });
    rows.collect()
}

/// What stands between backticks.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| !line.starts_with("```"))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
}

fn is_file(span: &str) -> bool {
    !span.contains(' ') && ENDINGS.iter().any(|ending| span.ends_with(ending))
}

/// Whether it is there: from the root, or as the server's own.
fn is_there(file: &str) -> bool {
    let root = root();
    root.join(file).is_file() || root.join("src/server").join(file).is_file()
}

/// All files of a tree whose names end so, one after the other.
fn texts(folder: &Path, ending: &str, all: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, ending, all);
        } else if path.to_string_lossy().ends_with(ending) {
            all.push(fs::read_to_string(&path).unwrap());
        }
    }
}

/// The names of all tests in a file of Rust.
fn tests_in(text: &str) -> impl Iterator<Item = &str> {
    let marks = text.match_indices("#[test]");
    let marks = marks.chain(text.match_indices("#[tokio::test"));
    marks.filter_map(|(at, _)| {
        let (_, name) = text[at..].split_once("fn ")?;
        name.split(['(', '<']).next()
    })
}

#[test]
fn each_file_that_is_named_is_there() {
    let page = page();
    let files: BTreeSet<_> = spans(&page).filter(|span| is_file(span)).collect();
    assert!(files.len() > 50, "{files:?}");
    let missing: Vec<_> = files.into_iter().filter(|file| !is_there(file)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn each_test_that_is_named_is_there() {
    let (mut rust, mut browser) = (Vec::new(), Vec::new());
    for folder in RUST {
        texts(&root().join(folder), ".rs", &mut rust);
    }
    texts(&root().join("end2end/tests"), ".spec.ts", &mut browser);
    let tests: BTreeSet<_> = rust.iter().flat_map(|text| tests_in(text)).collect();
    let is_told = |title: &str| {
        let begins = ['\'', '`', '"'].map(|quote| format!("test({quote}{title}"));
        let told = |text: &String| begins.iter().any(|it| text.contains(it));
        browser.iter().any(told)
    };
    let page = page();
    let rows = rows(&page);
    let named = rows.iter().flat_map(|row| spans(row.shown));
    let named: BTreeSet<_> = named.collect();
    assert!(named.len() > 50, "{named:?}");
    let missing = named.into_iter().filter(|name| {
        let is_name = name
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'_');
        if is_name {
            !tests.contains(name)
        } else {
            !is_told(name)
        }
    });
    let missing: Vec<_> = missing.collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn each_requirement_has_its_row_which_says_where_or_why_not() {
    let expected = SECTIONS.split_whitespace().flat_map(|section| {
        let (section, count) = section.split_once(':').unwrap();
        let count: u32 = count.parse().unwrap();
        (1..=count).map(move |number| format!("{section}.{number}"))
    });
    let page = page();
    let rows = rows(&page);
    let ids: Vec<_> = rows.iter().map(|row| row.id.to_owned()).collect();
    assert_eq!(ids, expected.collect::<Vec<_>>());
    for Row { id, met, shown } in &rows {
        if met.starts_with(NOT_APPLICABLE) || met.starts_with(OPEN) {
            assert!(shown.is_empty(), "{id} is not met, and shown by {shown}");
        } else {
            assert!(spans(met).any(is_file), "{id} is met nowhere: {met}");
            let is_shown = *shown == "–" || spans(shown).next().is_some();
            assert!(is_shown, "{id} says no test, nor that there is none");
        }
    }
}

#[test]
fn the_sums_are_right() {
    let page = page();
    let rows = rows(&page);
    let begin = |what: &str| rows.iter().filter(|row| row.met.starts_with(what)).count();
    let (unneeded, open, all) = (begin(NOT_APPLICABLE), begin(OPEN), rows.len());
    let sums = format!(
        "Of {all}, {} are met, {unneeded} are not applicable and {open} are open.",
        all - unneeded - open
    );
    assert!(page.contains(&sums), "SECURITY.md does not say: {sums}");
}
