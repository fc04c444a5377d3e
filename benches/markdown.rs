//! What a token costs in an answer that is short, long, very long; and a whole text beside the parser alone.

#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;
use std::path::Path;

use brooklet::markdown::{Document, Plain, html};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ollama_sim::Script;
use pulldown_cmark::{Options, Parser};

/// The places: how many tokens have been pushed before, at least.
const PLACES: [usize; 3] = [100, 10_000, 100_000];

/// How many tokens are pushed there, at least: enough for a block of each kind.
const ROUND: usize = 1500;

/// How many of them are pushed before the clock starts: a copy has no room to grow into, which an answer has.
const FIRST: usize = 10;

/// Tokens of an answer in Markdown, as the simulator says it.
fn tokens(count: usize) -> Vec<String> {
    let script = Script::parse(&format!("sim:text=markdown,seed=1,tokens={count}"));
    let tokens = script.unwrap_or_default().tokens();
    tokens.map(|token| token.text.into_owned()).collect()
}

/// At least so many tokens, to the end of a block.
fn blocks(tokens: &[String], least: usize) -> &[String] {
    let rest = tokens.iter().skip(least);
    let more = rest.take_while(|token| *token != "\n\n").count() + 1;
    &tokens[..tokens.len().min(least + more)]
}

/// A token, and what the page does for it when there is a frame for each: the blocks are made, the open one is read.
fn push(document: &mut Document, token: &str) -> usize {
    document.push(token);
    let open = document.blocks().last();
    open.map_or(0, |block| block.parts.iter().map(String::len).sum())
}

fn pushing(criterion: &mut Criterion) {
    let tokens = tokens(2 * ROUND);
    let (start, round) = (blocks(&tokens, PLACES[0]), blocks(&tokens, ROUND));
    let mut group = criterion.benchmark_group("markdown push");
    group.throughput(Throughput::Elements((round.len() - FIRST) as u64));
    group.sample_size(20);
    for place in PLACES {
        // The same tokens everywhere, so that it is the place that differs and not the text.
        let mut before = Document::default();
        let mut pushed = 0;
        while pushed < place {
            let tokens = if pushed == 0 { start } else { round };
            for token in tokens {
                push(&mut before, token);
            }
            pushed += tokens.len();
        }
        let (first, rest) = round.split_at(FIRST);
        let begun = || {
            let mut document = before.clone();
            for token in first {
                push(&mut document, token);
            }
            document
        };
        let all = |document: &mut Document| {
            for token in rest {
                black_box(push(document, black_box(token)));
            }
        };
        group.bench_function(format!("token {place}"), |bencher| {
            bencher.iter_batched_ref(begun, all, BatchSize::PerIteration);
        });
    }
    group.finish();
}

/// The corpus of the tests, and the answer of the simulator.
fn corpus() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/markdown");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = files.map(|file| file.path()).collect();
    paths.sort();
    let texts = paths
        .iter()
        .filter(|path| path.extension().is_some_and(|it| it == "md"));
    texts
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .collect()
}

/// What Brooklet's parser is asked to read.
fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM
        | Options::ENABLE_MATH
}

fn whole(criterion: &mut Criterion) {
    let answer = tokens(20_000).concat();
    for (name, texts) in [("corpus", corpus()), ("answer", vec![answer])] {
        let mut group = criterion.benchmark_group(format!("markdown whole {name}"));
        let bytes: usize = texts.iter().map(String::len).sum();
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function("brooklet", |bencher| {
            bencher.iter(|| {
                for text in &texts {
                    black_box(html(black_box(text), &mut Plain));
                }
            });
        });
        group.bench_function("pulldown-cmark", |bencher| {
            bencher.iter(|| {
                for text in &texts {
                    let mut out = String::with_capacity(text.len() * 2);
                    let events = Parser::new_ext(black_box(text), options());
                    pulldown_cmark::html::push_html(&mut out, events);
                    black_box(out);
                }
            });
        });
        group.finish();
    }
}

criterion_group!(benches, pushing, whole);
criterion_main!(benches);
