//! An answer's lines into a batch: what a token costs before it is in a log, as Ollama tells it and as OpenAI's API does.

#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;

use brooklet::server::upstream::{
    Batch, answer::Dialect, line::Tally, ndjson::Decoder, openai::events::Events,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const LINE: &[u8] = b"{\"model\":\"llama3.2\",\"created_at\":\"2026-08-22T10:11:12.123456789Z\",\
    \"message\":{\"role\":\"assistant\",\"content\":\" token\"},\"done\":false}\n";

/// As llama.cpp's server tells the same.
const EVENT: &[u8] = b"data: {\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":{\"content\":\" token\"}}],\
    \"created\":1795892880,\"id\":\"chatcmpl-UiE8MhWOVBLaR3GCLMMiKJgdeoMRFrBg\",\"model\":\"llama3.2\",\
    \"system_fingerprint\":\"b0-unknown\",\"object\":\"chat.completion.chunk\"}\n\n";

/// How many lines are read in all.
const LINES: usize = 1000;

fn decode<D: Dialect>(chunks: &[&[u8]]) -> usize {
    let (mut decoder, mut dialect) = (Decoder::default(), D::default());
    let (mut batch, mut length) = (Batch::default(), 0);
    for chunk in chunks {
        let _ = decoder.push(chunk, |line| dialect.take_in(line, &mut batch));
        length += batch.len();
        batch.clear();
    }
    length
}

fn decoder(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decoder");
    group.throughput(Throughput::Elements(LINES as u64));
    let mut bench = |language: &str, line: &[u8], decode: fn(&[&[u8]]) -> usize| {
        let all = line.repeat(LINES);
        for (name, size) in [
            ("a line a chunk", line.len()),
            ("32 kB a chunk", 32 * 1024),
            ("every line cut", line.len() - 1),
        ] {
            let chunks: Vec<_> = all.chunks(size).collect();
            let name = format!("{language}, {name}");
            group.bench_function(name, |bencher| bencher.iter(|| decode(black_box(&chunks))));
        }
    };
    bench("Ollama", LINE, decode::<Tally>);
    bench("OpenAI", EVENT, decode::<Events>);
    group.finish();
}

criterion_group!(benches, decoder);
criterion_main!(benches);
