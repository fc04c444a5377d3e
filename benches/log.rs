//! The log: what appending a token costs, and reading it.

#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;

use brooklet::server::{
    generation::{Cursor, Log, Piece},
    upstream::{Batch, Kind},
};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

const TOKENS: usize = 20_000;

fn append(log: &Log, batch: &mut Batch) {
    batch.push(Kind::Content, " token");
    log.append(batch);
}

fn full() -> Log {
    let (log, mut batch) = (Log::default(), Batch::default());
    for _ in 0..TOKENS {
        append(&log, &mut batch);
    }
    log
}

/// Reads what there is; gives how much text it was.
fn read(log: &Log, cursor: &mut Cursor) -> usize {
    let mut length = 0;
    while cursor.is_behind(log.head()) {
        log.read(cursor, |_, piece| {
            if let Piece::Text(_, text) = piece {
                length += text.len();
            }
        });
    }
    length
}

fn log(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("log");
    group.throughput(Throughput::Elements(TOKENS as u64));
    group.bench_function("append", |bencher| bencher.iter_with_large_drop(full));
    group.bench_function("append, read by one reader", |bencher| {
        bencher.iter_with_large_drop(|| {
            let (log, mut batch, mut cursor) =
                (Log::default(), Batch::default(), Cursor::default());
            for _ in 0..TOKENS {
                append(&log, &mut batch);
                black_box(read(&log, &mut cursor));
            }
            log
        });
    });
    let all = full();
    group.bench_function("read by one who is late", |bencher| {
        bencher.iter_batched(
            Cursor::default,
            |mut cursor| read(&all, &mut cursor),
            BatchSize::SmallInput,
        );
    });
    group.throughput(Throughput::Elements(200));
    group.bench_function("a token, read by 200 readers", |bencher| {
        let mut cursors = vec![Cursor::default(); 200];
        let (log, mut batch) = (Log::default(), Batch::default());
        bencher.iter(|| {
            append(&log, &mut batch);
            cursors
                .iter_mut()
                .map(|cursor| read(&log, cursor))
                .sum::<usize>()
        });
    });
    group.finish();
}

criterion_group!(benches, log);
criterion_main!(benches);
