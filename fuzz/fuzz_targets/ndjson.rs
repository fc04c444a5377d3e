//! Any bytes, cut anywhere, are decoded to the same answer in either language, and nothing panics.

#![no_main]

use brooklet::server::upstream::{
    Batch, Kind,
    answer::Dialect,
    line::{Line, Tally},
    ndjson::Decoder,
    openai::events::Events,
};
use libfuzzer_sys::fuzz_target;

/// Everything that an upstream's bytes come to. How long an answer took is another time each time.
fn decode<'a, D: Dialect>(chunks: impl Iterator<Item = &'a [u8]>) -> (Vec<(Kind, String)>, Option<Line>, usize) {
    let (mut decoder, mut dialect, mut batch) = (Decoder::default(), D::default(), Batch::default());
    let mut is_over = false;
    for chunk in chunks {
        let flow = decoder.push(chunk, |line| dialect.take_in(line, &mut batch));
        if flow.is_err() || flow.is_ok_and(|flow| flow.is_break()) {
            is_over = true;
            break;
        }
    }
    if !is_over {
        let _ = decoder.finish(|line| dialect.take_in(line, &mut batch));
    }
    let mut end = dialect.end(true, &mut batch);
    if let Some(Line::Done(finish)) = &mut end {
        finish.nanoseconds = None;
    }
    let runs = batch.runs().map(|(kind, text)| (kind, text.to_owned())).collect();
    (runs, end, dialect.counts().1)
}

fuzz_target!(|input: (Vec<u8>, Vec<u8>)| {
    let (bytes, cuts) = input;
    let mut rest = &bytes[..];
    let mut chunks = Vec::new();
    for cut in cuts {
        let (chunk, after) = rest.split_at(usize::from(cut).min(rest.len()));
        chunks.push(chunk);
        rest = after;
    }
    chunks.push(rest);
    let whole = || [&bytes[..]].into_iter();
    assert_eq!(decode::<Tally>(whole()), decode::<Tally>(chunks.iter().copied()));
    assert_eq!(decode::<Events>(whole()), decode::<Events>(chunks.into_iter()));
});
