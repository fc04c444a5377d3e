//! Whatever a text is, and however it is cut, its blocks are those of the whole.
#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

use proptest::prelude::*;

/// The strict reader that the fuzzing judges by.
#[path = "../../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "it is the whole of a crate there")]
mod judge;

use super::{
    Document, Plain, html,
    parse::{Definitions, parse},
};

/// The HTML of a text that comes in pieces, drawn after each.
fn in_pieces<'a>(pieces: impl Iterator<Item = &'a str>) -> String {
    let mut document = Document::default();
    let mut before: Vec<super::Block> = Vec::new();
    for piece in pieces {
        document.push(piece);
        let blocks = document.blocks().to_vec();
        let changed = document.take_changed();
        let (closed, _) = document.closed();
        let same = changed.min(before.len());
        assert_eq!(before[..same], blocks[..same], "a closed block has changed");
        before = blocks[..closed].to_vec();
    }
    document.end();
    let mut html = String::new();
    for block in document.blocks() {
        block.write(&mut html);
    }
    html
}

/// Asserts it for a cut at every byte that is one, and for one character at a time.
fn same_however_cut(text: &str) {
    let whole = html(text, &mut Plain);
    assert_eq!(judge::scan(&whole), Ok(()), "{text:?}");
    let mut before = Document::default();
    for (at, character) in text.char_indices() {
        // What was drawn up to here may have any state; what follows comes at once.
        let mut document = before.clone();
        document.blocks();
        document.push(&text[at..]);
        document.end();
        let mut html = String::new();
        for block in document.blocks() {
            block.write(&mut html);
        }
        assert_eq!(html, whole, "cut at {at} of {text:?}");
        before.push(&text[at..at + character.len_utf8()]);
    }
    assert_eq!(
        in_pieces(characters(text)),
        whole,
        "by characters: {text:?}"
    );
}

fn characters(text: &str) -> impl Iterator<Item = &str> {
    text.char_indices()
        .map(|(at, it)| &text[at..at + it.len_utf8()])
}

#[test]
fn small_ones() {
    for (text, wanted) in [
        ("a", "<p>a</p>"),
        ("a\n\nb", "<p>a</p><p>b</p>"),
        ("# a\nb", "<h3>a</h3><p>b</p>"),
        ("- a\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
        (
            "- a\n\n- b",
            "<ul class=\"loose\"><li><p>a</p></li><li><p>b</p></li></ul>",
        ),
        (
            "2. a\n3. b",
            "<ol start=\"2\"><li><p>a</p></li><li><p>b</p></li></ol>",
        ),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("[a](javascript:x)", "<p>a</p>"),
        (
            "from $5 and $10 to $5-$10",
            "<p>from $5 and $10 to $5-$10</p>",
        ),
        (
            r"\(x\)",
            "<p><code class=\"math\" data-finish=\"math\">x</code></p>",
        ),
        (
            r"[a](https://b.c/\(d\)) `\(e",
            "<p><a href=\"https://b.c/(d)\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">a</a> `(e</p>",
        ),
        (
            "`\\(a\nb\\)` \\(c\\)",
            "<p><code>\\(a b\\)</code> <code class=\"math\" data-finish=\"math\">c</code></p>",
        ),
        (
            "$$\na\n- b\n$$\nc",
            "<code class=\"math display\" data-finish=\"display\">a\n- b</code><p>c</p>",
        ),
        (
            "[ẞ]\n\nb\n\n[SS]: https://b.c",
            "<p><a href=\"https://b.c\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">ẞ</a></p><p>b</p>",
        ),
        (
            "between **$5** and **$10**, ($5) is *cheap*, ($10) not",
            "<p>between <strong>$5</strong> and <strong>$10</strong>, ($5) is <em>cheap</em>, ($10) not</p>",
        ),
        (
            "$HOME/bin:$PATH, the $n$th, CO$_2$ and 设$x$为",
            "<p>$HOME/bin:$PATH, the <code class=\"math\" data-finish=\"math\">n</code>th, CO<code class=\"math\" data-finish=\"math\">_2</code> and 设<code class=\"math\" data-finish=\"math\">x</code>为</p>",
        ),
        (
            "**$5** [b](https://b.c/$d) `$e` **$10** ![$1 to $2](https://b.c)",
            "<p><strong>$5</strong> <a href=\"https://b.c/$d\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">b</a> <code>$e</code> <strong>$10</strong> <button type=\"button\" class=\"image\" data-image=\"https://b.c\"><span class=\"alt\">$1 to $2</span><span class=\"host\">Load the image from b.c</span></button></p>",
        ),
        (
            r"\( \$5 \) and \(\$100 \times 2\)",
            "<p><code class=\"math\" data-finish=\"math\">\\$5</code> and <code class=\"math\" data-finish=\"math\">\\$100 \\times 2</code></p>",
        ),
        (
            "[^a]: b\n\n[^a]: [^a]: c",
            "<div class=\"footnote\" data-note=\"a\"><span class=\"label\">a</span><p>b</p></div><div class=\"footnote\" data-note=\"a\"><span class=\"label\">a</span></div><div class=\"footnote\" data-note=\"a\"><span class=\"label\">a</span><p>c</p></div>",
        ),
        ("a\n\n\u{3000}\n- ", "<p>a</p><h4>\u{3000}</h4>"),
        (
            "**$5** \u{7f} **$6**",
            "<p><strong>$5</strong> \u{2421} <strong>$6</strong></p>",
        ),
        (
            "<div>\nmass \\(m\\)\n</div>",
            "<p>&lt;div&gt;\nmass \\(m\\)\n&lt;/div&gt;</p>",
        ),
        (
            "[a]\n\n[a]: https://b.c/\\(d\\)",
            "<p><a href=\"https://b.c/(d)\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">a</a></p>",
        ),
        (
            "[a b]: https://b.c\n\nfoo\n\n$$\nx\n$$\n\n[a\u{a0}b]: https://d.e\n\n[a b]: https://f.g\n\n[a b], [a\u{a0}b]",
            "<p>foo</p><code class=\"math display\" data-finish=\"display\">x</code><p><a href=\"https://b.c\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">a b</a>, <a href=\"https://d.e\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">a\u{a0}b</a></p>",
        ),
        (
            "[i]: https://b.c\n\nfoo\n\n$$\nx\n$$\n\n- 10. x\n\n      > [\u{131}]:\n      > https://d.e\n\n  > [I]:\n  > https://f.g",
            "<p>foo</p><code class=\"math display\" data-finish=\"display\">x</code><ul class=\"loose\"><li><ol start=\"10\" class=\"loose\"><li><p>x</p><blockquote></blockquote></li></ol><blockquote></blockquote></li></ul>",
        ),
        (
            "[a]\n\nb\n\n[a]: https://b.c",
            "<p><a href=\"https://b.c\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">a</a></p><p>b</p>",
        ),
    ] {
        assert_eq!(html(text, &mut Plain), wanted, "{text:?}");
        same_however_cut(text);
    }
}

/// What is drawn while the text breaks off here.
fn drawn(text: &str) -> String {
    let mut document = Document::default();
    document.push(text);
    let mut html = String::new();
    for block in document.blocks() {
        block.write(&mut html);
    }
    html
}

#[test]
fn what_is_open_is_shown_as_what_it_will_be() {
    for (text, wanted) in [
        ("a **bo", "<p>a <strong>bo</strong></p>"),
        ("a **", "<p>a</p>"),
        ("a *", "<p>a</p>"),
        ("a **bold*", "<p>a <strong>bold</strong></p>"),
        ("a `co", "<p>a <code>co</code></p>"),
        ("a `", "<p>a</p>"),
        ("see [the pa", "<p>see the pa</p>"),
        ("see [the page](https://a.b/c", "<p>see the page</p>"),
        ("see ![pic](https://a.b/c", "<p>see</p>"),
        ("a\n-", "<p>a</p>"),
        ("a\n=", "<p>a</p>"),
        ("- a\n-", "<ul><li><p>a</p></li></ul>"),
        ("- a\n- [", "<ul><li><p>a</p></li><li></li></ul>"),
        (
            "| a | b",
            "<div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table><thead><tr><th scope=\"col\">a</th><th scope=\"col\">b</th></tr></thead><tbody></tbody></table></div>",
        ),
        ("a_b_c and 2 * 3", "<p>a_b_c and 2 * 3</p>"),
    ] {
        assert_eq!(drawn(text), wanted, "{text:?}");
    }
}

/// For a cut at every byte that is one, and for one character at a time.
#[test]
fn the_corpus_is_the_same_however_it_is_cut() {
    let texts = corpus();
    assert!(texts.len() > 10, "the corpus is not there");
    std::thread::scope(|threads| {
        for text in &texts {
            threads.spawn(move || same_however_cut(text));
        }
    });
}

/// One ever longer text would be laid out anew with each line.
#[test]
fn a_long_paragraph_is_cut_whatever_signs_are_in_it() {
    let line = "R&D [1] of ~ 5 a head: 3 * 4 < 15, snake_case, **bold** and \\* more\n";
    let mut document = Document::default();
    document.push("Of $5\n");
    document.push(&line.repeat(200));
    document.blocks();
    let (closed, _) = document.closed();
    assert!(closed > 4, "{closed}");
    // Of what is not closed by then, the end may still come.
    let mut document = Document::default();
    document.push("a **b\n");
    document.push(&line.repeat(200));
    document.blocks();
    assert_eq!(document.closed(), (0, 0));
}

/// What costs more than it is long would not end here.
#[test]
fn what_a_model_has_lost_itself_in_ends() {
    for piece in [
        "[",
        "$$\n\n",
        "$$a\n$$\n",
        r"\(",
        "\\[\n",
        "[a]\n\n",
        "- ",
        "> ",
        "*a _b ",
        "`",
        "| a ",
        "[^a]",
        "a",
        ".",
        "\\(](",
        "`a`",
        "]:",
        "$5** ",
        r"\",
        "\\[ $ ",
        "<a\n",
    ] {
        let text = piece.repeat(30_000 / piece.len());
        let _ = drawn(&text);
        assert!(!html(&text, &mut Plain).is_empty(), "{piece}");
    }
}

/// The examples of `CommonMark`'s specification, each cut anywhere.
#[test]
fn the_examples_of_the_specification_are_the_same_however_they_are_cut() {
    let examples = examples();
    assert_eq!(examples.len(), 652);
    for text in &examples {
        same_however_cut(text);
    }
}

/// pulldown-cmark reads the whole at once: that is what all the windows, parts and guesses have to end with.
#[test]
fn a_whole_text_is_what_the_parser_makes_of_it_in_one_go() {
    for text in examples().iter().chain(&corpus()) {
        // Formulas over several blocks, and what is cut since it is long, are of our own making.
        if text.contains("$$") || text.contains(r"\[") {
            continue;
        }
        let mut wanted = String::new();
        for top in parse(text, &Definitions::default(), &mut Plain).tops {
            top.block.write(&mut wanted);
        }
        let html = html(text, &mut Plain).replace("</p><p class=\"on\">", "\n");
        assert_eq!(html, wanted, "{text:?}");
    }
}

fn examples() -> Vec<String> {
    let file = std::fs::read("tests/markdown/commonmark/examples.json").unwrap();
    let examples: Vec<serde_json::Value> = serde_json::from_slice(&file).unwrap();
    let text = |example: &serde_json::Value| example["markdown"].as_str().unwrap().to_owned();
    examples.iter().map(text).collect()
}

fn corpus() -> Vec<String> {
    let mut texts = Vec::new();
    if let Ok(folder) = std::fs::read_dir("tests/markdown") {
        for entry in folder.flatten() {
            if entry.path().extension().is_some_and(|it| it == "md") {
                texts.push(std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    texts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]
    #[test]
    fn any_text_is_the_same_however_it_is_cut(
        pieces in proptest::collection::vec(
            prop_oneof![
                "[a-c]{1,3}", " {1,5}", "\n{1,2}", "[-*+_=#>|`~$!:.()\\[\\]^<&\\\\]{1,4}", "[0-9]{1,2}[.)] ", "[iI\u{131}\u{a0}\u{3000}\u{7f}]",
                Just("\n- ".to_owned()), Just("\n```\n".to_owned()), Just("\n| a | b |\n|-|-|\n".to_owned()),
                Just("\n[a]: /b\n\n".to_owned()), Just("\n[i]: /c\n\n".to_owned()), Just("**$5**".to_owned()), Just("[^a]".to_owned()), Just("\n\n[^a]: ".to_owned()), Just("\n$$\n".to_owned()),
                Just("\\[".to_owned()), Just("\\]".to_owned()), Just("\r\n".to_owned()), Just("\t".to_owned()),
            ],
            0..40,
        )
    ) {
        let text = pieces.concat();
        let whole = html(&text, &mut Plain);
        prop_assert_eq!(judge::scan(&whole), Ok(()), "{:?}", text);
        prop_assert_eq!(&in_pieces(pieces.iter().map(String::as_str)), &whole, "{:?}", text);
        prop_assert_eq!(in_pieces(characters(&text)), whole, "by characters: {:?}", text);
    }
}
