//! Frames: from the log to the bytes that a connection writes.

#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::task::{Context, Poll, Waker};

use brooklet::{
    server::{
        generation::{Frames, Generation, Style},
        upstream::{Batch, Kind},
    },
    sse::Source,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const TOKENS: usize = 1000;

/// Fills a buffer as a connection does that takes all it is given; gives how much that was.
fn fill(frames: &mut Frames, out: &mut Vec<u8>) -> usize {
    let mut context = Context::from_waker(Waker::noop());
    let mut length = 0;
    out.clear();
    while frames.poll_fill(&mut context, out) == Poll::Ready(true) {
        length += out.len();
        out.clear();
    }
    length
}

fn say(generation: &Generation, batch: &mut Batch, text: &str) {
    batch.push(Kind::Content, text);
    generation.log.append(batch);
}

fn framing(criterion: &mut Criterion) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
    else {
        return;
    };
    // A subscriber has a clock for its comments.
    let _guard = runtime.enter();
    let mut group = criterion.benchmark_group("framing");
    group.throughput(Throughput::Elements(TOKENS as u64));
    for (name, text) in [("plain", " token"), ("escaped", "\"\\\n\u{1}é<")] {
        for at_once in [1, TOKENS] {
            group.bench_function(format!("{name}, {at_once} tokens a frame"), |bencher| {
                let (mut batch, mut out) = (Batch::default(), Vec::new());
                bencher.iter(|| {
                    let generation = Generation::new(std::sync::Arc::default(), String::new());
                    let mut frames = generation.follow_from_start(Style::Plain);
                    let mut length = 0;
                    for number in 1..=TOKENS {
                        say(&generation, &mut batch, text);
                        if number % at_once == 0 {
                            length += fill(&mut frames, &mut out);
                        }
                    }
                    length
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, framing);
criterion_main!(benches);
