//! Makes Rust of `words/`: a method for each sentence, and on the server all sentences of all languages. Has the server
//! built again when the site that it embeds has changed: rust-embed sees changed files, not new ones.

use std::{collections::BTreeMap, env, fmt::Write, fs, path::Path};

use toml::{Table, Value};

/// The language in which sentences are written first; each other one has the same.
const FIRST: &str = "en";

/// The table of what travels to the browser.
const PAGE: &str = "page";

/// The table of what is told of errors: kept by name, and said later.
const ERROR: &str = "error";

/// The categories that a language can have.
const CATEGORIES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // A debug build reads the site from its folder, and the WASM must not be built again for what it itself became.
    let embeds = env::var_os("CARGO_FEATURE_SSR").is_some();
    let release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if embeds && release {
        println!("cargo::rerun-if-changed=target/site");
    }
    println!("cargo::rerun-if-changed=words");
    let out = env::var("OUT_DIR").expect("cargo says where");
    fs::write(Path::new(&out).join("words.rs"), words()).expect("the folder can be written to");
}

/// A sentence in one language: one text, or one for each category of numbers.
type Forms = BTreeMap<String, String>;

/// The sentences of a language, by their names; those of the page come first, what is told of errors last.
#[derive(Default)]
struct Language {
    code: String,
    name: String,
    page: BTreeMap<String, Forms>,
    server: BTreeMap<String, Forms>,
    error: BTreeMap<String, Forms>,
}

impl Language {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("the folder's files can be read");
        let table: Table = text
            .parse()
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let code = path.file_stem().unwrap_or_default().to_string_lossy();
        let mut language = Self {
            code: code.into_owned(),
            ..Self::default()
        };
        for (section, value) in table {
            match value {
                Value::String(name) if section == "name" => language.name = name,
                Value::Table(sentences) => {
                    for (name, value) in sentences {
                        let at = format!("{}: {section}.{name}", language.code);
                        let twice = language.page.contains_key(&name);
                        let into = match &*section {
                            PAGE => &mut language.page,
                            ERROR => &mut language.error,
                            _ => &mut language.server,
                        };
                        let before = into.insert(name, forms(value, &at));
                        assert!(before.is_none() && !twice, "{at} is there twice");
                    }
                }
                _ => panic!("{}: `{section}` is no table of sentences", language.code),
            }
        }
        assert!(!language.name.is_empty(), "{} has no name", language.code);
        language
    }

    fn sentences(&self) -> impl Iterator<Item = (&String, &Forms)> {
        self.page.iter().chain(&self.server).chain(&self.error)
    }
}

fn forms(value: Value, at: &str) -> Forms {
    let forms = match value {
        Value::String(text) => Forms::from([(String::new(), text)]),
        Value::Table(forms) => {
            let forms = forms.into_iter().map(|(category, text)| match text {
                Value::String(text) if CATEGORIES.contains(&&*category) => (category, text),
                _ => panic!("{at}: `{category}` is no category with a text"),
            });
            let forms: Forms = forms.collect();
            assert!(forms.contains_key("other"), "{at} has no `other`");
            forms
        }
        _ => panic!("{at} is neither a text nor a table of them"),
    };
    for text in forms.values() {
        // Sentences stand in the document in lines, and their forms in columns.
        let odd = text.contains(['\n', '\t', '\r']) || text.contains("</") || text.contains("<!");
        assert!(
            !odd && !text.is_empty(),
            "{at} cannot be put into a document"
        );
    }
    forms
}

/// What is put into a text: the names that stand in single braces, each once, as they come.
fn blanks(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let run = rest[at..].len() - rest[at..].trim_start_matches('{').len();
        rest = &rest[at + run..];
        if let Some((name, _)) = rest.split_once('}')
            && run == 1
        {
            let name = name.to_owned();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// What is put into a sentence; `one` may say its number in a word.
fn needs(forms: &Forms) -> Vec<String> {
    forms
        .get("other")
        .or_else(|| forms.get(""))
        .map_or_else(Vec::new, |text| blanks(text))
}

/// Holds a language to have what the first one has.
fn hold(language: &Language, first: &Language) {
    for (has, wants) in [
        (&language.page, &first.page),
        (&language.server, &first.server),
        (&language.error, &first.error),
    ] {
        for name in has.keys() {
            assert!(
                wants.contains_key(name),
                "{}: {name} is no sentence",
                language.code
            );
        }
        for (name, forms) in wants {
            let code = &language.code;
            let Some(own) = has.get(name) else {
                panic!("{code}: {name} is missing");
            };
            assert_eq!(
                own.contains_key(""),
                forms.contains_key(""),
                "{code}: {name}"
            );
            let mut wanted = needs(forms);
            wanted.sort();
            for text in own.values() {
                let mut found = blanks(text);
                if !own.contains_key("") && !found.contains(&"count".to_owned()) {
                    found.push("count".to_owned());
                }
                found.sort();
                assert_eq!(found, wanted, "{code}: what is put into {name}");
            }
        }
    }
}

/// What is told of errors: a function for each sentence, and where it is among all.
fn told(first: &Language) -> String {
    let mut functions = String::new();
    let mut names = String::new();
    let before = first.page.len() + first.server.len();
    for (index, (name, forms)) in first.error.iter().enumerate() {
        let text = forms.get("").expect("what is told of errors has one form");
        let blanks = blanks(text);
        let takes: Vec<_> = blanks.iter().map(|it| format!("{it}: &str")).collect();
        let gives: Vec<_> = blanks.iter().map(|it| format!("({it:?}, {it})")).collect();
        let (takes, gives) = (takes.join(", "), gives.join(", "));
        let _ = writeln!(
            functions,
            "#[doc = {text:?}]\npub fn {name}({takes}) -> Sentence {{ Sentence::new({name:?}, &[{gives}]) }}"
        );
        let _ = writeln!(names, "({name:?}, {}),", before + index);
    }
    format!(
        "/// What is told of errors.\n#[cfg(feature = \"ssr\")]\npub mod told {{\nuse super::Sentence;\n{functions}}}\n\
         /// Where those sentences are, by their names in order.\n#[cfg(feature = \"ssr\")]\n\
         static TOLD: [(&str, usize); {}] = [\n{names}];\n",
        first.error.len()
    )
}

fn words() -> String {
    let files = fs::read_dir("words").expect("there is a folder of words");
    let files = files.filter_map(|file| Some(file.ok()?.path()));
    let files = files.filter(|file| file.extension().is_some_and(|it| it == "toml"));
    let mut languages: Vec<_> = files.map(|file| Language::read(&file)).collect();
    languages.sort_by_key(|language| (language.code != FIRST, language.code.clone()));
    let first = languages.first().filter(|it| it.code == FIRST);
    let first = first.expect("there is the first language");
    for language in &languages {
        hold(language, first);
    }
    let mut rust = String::from("impl Words {\n");
    for (index, (name, forms)) in first.sentences().enumerate() {
        if index >= first.page.len() + first.server.len() {
            break;
        }
        let counts = !forms.contains_key("");
        let text = forms
            .get("other")
            .or_else(|| forms.get(""))
            .expect("one of them is there");
        if index >= first.page.len() {
            rust.push_str("#[cfg(feature = \"ssr\")]\n");
        }
        let blanks = needs(forms);
        let mut takes = String::new();
        let mut gives = String::new();
        for blank in blanks.iter().filter(|blank| !counts || *blank != "count") {
            let _ = write!(takes, ", {blank}: &str");
            let _ = write!(gives, "(\"{blank}\", {blank}), ");
        }
        let _ = match (counts, blanks.is_empty()) {
            (true, _) => writeln!(
                rust,
                "#[doc = {text:?}]\npub fn {name}(self, count: u64{takes}) -> String {{ self.counted({index}, count, &[{gives}]) }}"
            ),
            (false, true) => writeln!(
                rust,
                "#[doc = {text:?}]\npub fn {name}(self) -> &'static str {{ self.sentence({index}) }}"
            ),
            (false, false) => writeln!(
                rust,
                "#[doc = {text:?}]\npub fn {name}(self{takes}) -> String {{ self.filled({index}, &[{gives}]) }}"
            ),
        };
    }
    rust.push_str("}\n");
    rust.push_str(&told(first));
    let _ = writeln!(
        rust,
        "/// How many sentences travel to the browser: the first ones.\n#[cfg(feature = \"ssr\")]\nconst PAGE: usize = {};",
        first.page.len()
    );
    let _ = writeln!(
        rust,
        "/// All languages: their codes, their own names, and their sentences.\n#[cfg(feature = \"ssr\")]\nstatic LANGUAGES: [Language; {}] = [",
        languages.len()
    );
    for language in &languages {
        let Language { code, name, .. } = language;
        let _ = writeln!(
            rust,
            "Language {{ code: {code:?}, name: {name:?}, sentences: &["
        );
        for (_, forms) in language.sentences() {
            let columns = forms.iter().flat_map(|(category, text)| {
                let category = (!category.is_empty()).then_some(&**category);
                category.into_iter().chain([&**text])
            });
            let _ = writeln!(rust, "{:?},", columns.collect::<Vec<_>>().join("\t"));
        }
        rust.push_str("] },\n");
    }
    rust.push_str("];\n");
    rust
}
