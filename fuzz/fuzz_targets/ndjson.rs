//! Any bytes, cut anywhere, are decoded to the same answer, and nothing panics.

#![no_main]

use brooklet::server::upstream::{Batch, Kind, line::{Line, Tally}, ndjson::Decoder};
use libfuzzer_sys::fuzz_target;

/// Everything that an upstream's bytes come to.
fn decode<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> (Vec<(Kind, String)>, Option<Line>, usize) {
    let (mut decoder, mut tally, mut batch) = (Decoder::default(), Tally::default(), Batch::default());
    for chunk in chunks {
        let flow = decoder.push(chunk, |line| tally.take_in(line, &mut batch));
        if flow.is_err() || flow.is_ok_and(|flow| flow.is_break()) {
            break;
        }
    }
    if tally.end.is_none() {
        let _ = decoder.finish(|line| tally.take_in(line, &mut batch));
    }
    let runs = batch.runs().map(|(kind, text)| (kind, text.to_owned())).collect();
    (runs, tally.end, tally.junk)
}

fuzz_target!(|input: (Vec<u8>, Vec<u8>)| {
    let (bytes, cuts) = input;
    let whole = decode([&bytes[..]].into_iter());
    let mut rest = &bytes[..];
    let mut chunks = Vec::new();
    for cut in cuts {
        let (chunk, after) = rest.split_at(usize::from(cut).min(rest.len()));
        chunks.push(chunk);
        rest = after;
    }
    chunks.push(rest);
    assert_eq!(whole, decode(chunks.into_iter()));
});
