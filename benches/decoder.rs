//! Ollama's lines into a batch: what a token costs before it is in a log.

#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;

use brooklet::server::upstream::{Batch, answer::Dialect as _, line::Tally, ndjson::Decoder};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const LINE: &[u8] = b"{\"model\":\"llama3.2\",\"created_at\":\"2026-08-22T10:11:12.123456789Z\",\
    \"message\":{\"role\":\"assistant\",\"content\":\" token\"},\"done\":false}\n";

/// How many lines are read in all.
const LINES: usize = 1000;

fn decode(chunks: &[&[u8]]) -> usize {
    let (mut decoder, mut tally) = (Decoder::default(), Tally::default());
    let (mut batch, mut length) = (Batch::default(), 0);
    for chunk in chunks {
        let _ = decoder.push(chunk, |line| tally.take_in(line, &mut batch));
        length += batch.len();
        batch.clear();
    }
    length
}

fn decoder(criterion: &mut Criterion) {
    let all = LINE.repeat(LINES);
    let mut group = criterion.benchmark_group("decoder");
    group.throughput(Throughput::Elements(LINES as u64));
    for (name, size) in [
        ("a line a chunk", LINE.len()),
        ("32 kB a chunk", 32 * 1024),
        ("every line cut", LINE.len() - 1),
    ] {
        let chunks: Vec<_> = all.chunks(size).collect();
        group.bench_function(name, |bencher| bencher.iter(|| decode(black_box(&chunks))));
    }
    group.finish();
}

criterion_group!(benches, decoder);
criterion_main!(benches);
