//! Colours, and that nothing but them is added.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

use std::{cell::RefCell, collections::HashMap, fmt::Write};

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

/// A class, and a text that has to be of it.
type Shown = (&'static str, &'static str);

/// What each language has to show for some code.
const SHOWN: &[(&str, &str, &[Shown])] = &[
    (
        "rust",
        "// note\nfn add(left: u32) -> Option<u32> { let text = \"a\\n\"; Some(left + 1) }\n",
        &[
            ("c", "// note\n"),
            ("k", "fn "),
            ("f", "add"),
            ("p", "left"),
            ("s", "\"a"),
            ("n", "\\n"),
            ("n", "1"),
        ],
    ),
    (
        "python",
        "@cached\ndef f(x: int) -> str:\n    \"\"\"doc\"\"\"\n    return not x and f'{x + 1}'  # why\n",
        &[
            ("k", "def "),
            ("f", "f"),
            ("p", "x"),
            ("t", "int"),
            ("c", "# why\n"),
            ("n", "1"),
        ],
    ),
    (
        "js",
        "const f = async (x) => `t ${x} u`; // c\nclass A extends B { m() { return null } }\n",
        &[
            ("k", "const "),
            ("s", "`t "),
            ("c", "// c\n"),
            ("n", "null "),
        ],
    ),
    (
        "ts",
        "interface A { x: number }\nfunction f<T>(a: T): T { return a }\n",
        &[
            ("k", "interface "),
            ("t", "A "),
            ("t", "number "),
            ("f", "f"),
            ("p", "a"),
        ],
    ),
    (
        "bash",
        "# c\nif [ -f \"$HOME\" ]; then echo hi; fi\n",
        &[("c", "# c\n"), ("k", "if "), ("f", "echo")],
    ),
    (
        "json",
        "{\"a\": [1, true, \"b\"]}",
        &[("a", "\"a\""), ("n", "1"), ("n", "true"), ("s", "\"b\"")],
    ),
    (
        "yaml",
        "a: 1 # c\nb: \"x\"\n",
        &[("g", "a"), ("n", "1 "), ("s", "\"x\"\n")],
    ),
    (
        "toml",
        "[a]\nb = 1\n",
        &[("h", "a"), ("g", "b "), ("n", "1\n")],
    ),
    (
        "html",
        "<a href=\"x\">t</a><!-- c -->",
        &[
            ("g", "a "),
            ("a", "href"),
            ("s", "\"x\""),
            ("c", "<!-- c -->"),
        ],
    ),
    (
        "css",
        "a:hover { color: #fff; width: 10px }",
        &[("g", "a"), ("a", "color"), ("n", "#fff"), ("n", "10px ")],
    ),
    (
        "sql",
        "SELECT a FROM b WHERE c = 'd' -- e\n",
        &[("k", "SELECT "), ("s", "'d' "), ("c", "-- e\n")],
    ),
    (
        "diff",
        "@@ -1 +1 @@\n-x\n+y\n z\n",
        &[("h", "@@ -1 +1 @@\n"), ("d", "-x\n"), ("i", "+y\n")],
    ),
    (
        "dockerfile",
        "FROM rust:1 # c\nRUN echo a\n",
        &[("k", "FROM ")],
    ),
    (
        "c++",
        "#include <a>\nint main() { return 0; }\n",
        &[("k", "#include "), ("f", "main"), ("n", "0")],
    ),
    (
        "go",
        "func main() { x := \"a\" }\n",
        &[("k", "func "), ("f", "main"), ("s", "\"a\" ")],
    ),
];

fn html(language: &str, code: &str) -> Option<String> {
    Highlighter::new().html(language, code)
}

/// The runs of an output: class and text. Panics at any tag but the two that there may be.
fn runs(html: &str) -> Vec<(String, String)> {
    let mut runs = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        let (class, text) = if let Some(named) = rest.strip_prefix("<span class=\"") {
            let (class, inside) = named.split_once('"').unwrap();
            let inside = match class {
                "hidden-char" => {
                    inside
                        .strip_prefix(" title=\"")
                        .unwrap()
                        .split_once('"')
                        .unwrap()
                        .1
                }
                _ => inside,
            };
            assert!(class == "hidden-char" || class.len() == 1, "{class}");
            let (text, after) = inside
                .strip_prefix('>')
                .unwrap()
                .split_once("</span>")
                .unwrap();
            rest = after;
            (class, text)
        } else {
            let (text, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
            assert!(!text.is_empty(), "a tag that may not be: {rest}");
            rest = after;
            ("", text)
        };
        assert!(!text.contains(['<', '>', '"']), "{text}");
        let text = text
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&amp;", "&");
        runs.push((class.to_owned(), text));
    }
    runs
}

/// What a reader sees of code.
fn seen(code: &str) -> String {
    let mut seen = String::new();
    for character in code.replace("\r\n", "\n").chars() {
        if is_hidden(character) {
            write!(seen, "U+{:04X}", u32::from(character)).unwrap();
        } else {
            seen.push(character);
        }
    }
    seen
}

fn text_of(runs: &[(String, String)]) -> String {
    runs.iter().map(|(_, text)| &**text).collect()
}

#[test]
fn languages_have_their_colours() {
    for (language, code, shown) in SHOWN {
        let runs = runs(&html(language, code).unwrap());
        assert_eq!(text_of(&runs), *code);
        for (class, text) in *shown {
            let found = runs
                .iter()
                .any(|run| run.0 == *class && run.1.trim() == text.trim());
            assert!(found, "{language}: {class} {text:?} in {runs:?}");
        }
        for pair in runs.windows(2) {
            assert_ne!(pair[0].0, pair[1].0, "{language}: {pair:?}");
        }
    }
}

#[test]
fn what_is_hidden_is_named_and_nothing_breaks_out() {
    let output = html("rust", "let a = \"\u{202e}</span><b>&\u{7}\";\r\n").unwrap();
    assert_eq!(
        output,
        "<span class=\"k\">let</span> a = <span class=\"s\">&quot;</span>\
         <span class=\"hidden-char\" title=\"U+202E\">U+202E</span>\
         <span class=\"s\">&lt;/span&gt;&lt;b&gt;&amp;</span>\
         <span class=\"hidden-char\" title=\"U+0007\">U+0007</span>\
         <span class=\"s\">&quot;</span>;\n"
    );
}

#[test]
fn controls_are_hidden_and_scripts_are_not() {
    for hidden in [
        '\0', '\r', '\u{1b}', '\u{85}', '\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}',
    ] {
        assert!(is_hidden(hidden), "{hidden:?}");
    }
    for seen in ['\n', '\t', ' ', 'a', 'ä', '中', '\u{a0}'] {
        assert!(!is_hidden(seen), "{seen:?}");
    }
}

#[test]
fn what_is_unknown_or_long_stays_plain() {
    assert_eq!(html("nonsense", "a"), None);
    assert_eq!(html("rust", &"a ".repeat(LONGEST / 2 + 1)), None);
    assert_eq!(html("rust", "").as_deref(), Some(""));
    let long = format!("let a = {};\nlet b = 1;\n", "1+".repeat(1000));
    let runs = runs(&html("rust", &long).unwrap());
    assert_eq!(text_of(&runs), long);
    assert_eq!(runs[0].0, "");
    assert_eq!(runs[1], ("k".to_owned(), "let".to_owned()));
}

/// Languages come and go; what they say stays the same.
#[test]
fn more_languages_than_are_held() {
    let mut highlighter = Highlighter::new();
    for _ in 0..2 {
        for language in ["json", "toml", "yaml", "ini", "diff", "csv", "c", "lua"] {
            let output = highlighter.html(language, "a = \"b\" # c\n").unwrap();
            assert_eq!(text_of(&runs(&output)), "a = \"b\" # c\n", "{language}");
            assert!(highlighter.used.len() <= MOST_LANGUAGES);
        }
    }
}

/// On each of these the grammar of JavaScript goes round in circles (vendor/syntect/README.md).
#[test]
fn what_a_grammar_would_never_end_on_ends() {
    let mut highlighter = Highlighter::new();
    for code in [
        "n /*",
        "return a /* b */\n",
        "x /* a\nb */\n",
        "return a /* b */ /* c */  \n",
        "a = {}\n  /* b */\n",
        "a /*/\n",
        "$a = [\n  'b' => 1\n  /* c */\n];\n",
    ] {
        let page = format!("<script>\n{code}\n</script>\n");
        let fence = format!("```js\n{code}\n```\n");
        for (language, code) in [
            ("js", code),
            ("html", &page),
            ("php", &page),
            ("vue", &page),
            ("markdown", &fence),
        ] {
            let output = highlighter.html(language, code);
            let output = output.unwrap_or_else(|| panic!("{language}: {code}"));
            assert_eq!(text_of(&runs(&output)), seen(code), "{language}");
        }
    }
}

#[test]
fn whatever_is_in_it_its_text_is_what_was_written() {
    const PIECES: &[&str] = &[
        "fn ",
        "let x",
        "\"",
        "'",
        "`",
        "${",
        "}",
        "{",
        "(",
        ")",
        "/*",
        "*/",
        "//",
        "#",
        "<",
        "</span>",
        "&amp;",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "    ",
        "<script>",
        "\u{202e}",
        "\0",
        "\u{1b}[0m",
        "中文",
        "🙂",
        "\\",
        "\"\"\"",
        "class A:",
        "def f(",
        "=>",
        "1.5e3",
        "@x",
        "<<EOF\n",
        "EOF\n",
        "-- a",
        "<!--",
        "-->",
        "<?php",
        "r#\"",
    ];
    const LANGUAGES: &[&str] = &[
        "rust", "python", "js", "html", "bash", "c++", "php", "json", "css", "yaml", "sql",
        "markdown", "vue",
    ];
    let highlighters: HashMap<&str, RefCell<Highlighter>> = LANGUAGES
        .iter()
        .map(|language| (*language, RefCell::new(Highlighter::new())))
        .collect();
    let config = ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let written = (select(LANGUAGES), vec(select(PIECES), 0..40));
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let checked = runner.run(&written, |(language, pieces)| {
        let code: String = pieces.concat();
        // What takes too long stays plain.
        if let Some(output) = highlighters[language].borrow_mut().html(language, &code) {
            prop_assert_eq!(text_of(&runs(&output)), seen(&code));
        }
        Ok(())
    });
    checked.unwrap();
}
