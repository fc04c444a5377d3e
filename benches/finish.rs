//! Colours and formulas: from a piece to its HTML, known and not known yet.

#![allow(missing_docs, reason = "criterion's macros make public functions")]

use brooklet::{
    chat::{Piece, PieceKind},
    server::finish::Finisher,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const RUST: &str = include_str!("finish.rs");
const FORMULA: &str =
    r"\sum_{i=1}^{n} \frac{a_i}{\sqrt{x^2+1}} = \begin{pmatrix} a & b \\ c & d \end{pmatrix}";

fn finish(criterion: &mut Criterion) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
    else {
        return;
    };
    let finisher = Finisher::default();
    let one = |kind: PieceKind, text: String| {
        let piece = Piece {
            kind,
            language: "rust".to_owned(),
            text,
        };
        runtime.block_on(finisher.finish(vec![piece]))
    };
    let mut group = criterion.benchmark_group("finish");
    let mut number = 0_u64;
    for (name, kind, text) in [
        ("code", PieceKind::Code, RUST),
        ("formula", PieceKind::Math, FORMULA),
    ] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("{name}, new"), |bencher| {
            bencher.iter(|| {
                number += 1;
                one(kind, format!("{number}\n{text}"))
            });
        });
        group.bench_function(format!("{name}, known"), |bencher| {
            bencher.iter(|| one(kind, text.to_owned()));
        });
    }
    group.finish();
}

criterion_group!(benches, finish);
criterion_main!(benches);
