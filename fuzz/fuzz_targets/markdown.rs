//! Any text, cut anywhere, comes to the same HTML, and to none that could do harm.

#![no_main]

use brooklet::markdown::{Document, Plain, html};
use brooklet_fuzz::scan;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    // How many pieces there are in turn, how long each is, and the text: a file of Markdown after a zero byte is one.
    let Some((&count, rest)) = input.split_first() else {
        return;
    };
    let (lengths, bytes) = rest.split_at(usize::from(count % 16).min(rest.len()));
    let text = String::from_utf8_lossy(bytes);
    let whole = html(&text, &mut Plain);
    if let Err(wrong) = scan(&whole) {
        panic!("{wrong} in {whole:?} of {text:?}");
    }
    let mut document = Document::default();
    let mut rest = &*text;
    for length in lengths.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at(rest.ceil_char_boundary(usize::from(*length).max(1)));
        document.push(piece);
        rest = after;
        // What is open has to be harmless as well, and drawing it must not change what comes of it.
        let drawn = written(&mut document);
        if let Err(wrong) = scan(&drawn) {
            panic!("{wrong} in {drawn:?} after {:?}", &text[..text.len() - rest.len()]);
        }
    }
    document.push(rest);
    document.end();
    assert_eq!(written(&mut document), whole, "{text:?}");
});

fn written(document: &mut Document) -> String {
    let mut html = String::new();
    for block in document.blocks() {
        block.write(&mut html);
    }
    html
}
