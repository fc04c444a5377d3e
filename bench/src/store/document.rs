//! What was found, as a part of the document: tables and sentences.
//!
//! Not here: the other part, and how numbers are written ([`crate::report`]).

use std::fmt::Write;

use super::Findings;
use super::requests::Asked;
use crate::figures::Figures;
use crate::report::{decimal, megabytes, table, thousands};

/// What the part begins with.
pub(crate) const HEADING: &str = "# A large database\n";

const REQUESTS: [&str; 8] = [
    "request",
    "which",
    "times",
    "ms p50",
    "p99",
    "longest",
    "budget ms",
    "kB",
];

const STREAMS: [&str; 9] = [
    "load",
    "database",
    "first token ms p50",
    "p99",
    "added ms p50",
    "p99",
    "max",
    "CPU µs/token",
    "errors",
];

const READING: &str = "\
* **requests**: one after the other over one connection, from just before the request to the last byte of the answer; \
each kind is asked for several words in turn. The budget is for p99; **missed** says which one is over it. The file has \
just been written, so the system has it in memory.
* **streams**: chats that are begun by `ask` and kept; each row with fresh processes, beside a database that is empty \
and beside the full one, in turn.
";

/// The part of the document.
pub(crate) fn document(findings: &Findings) -> String {
    let machine = &findings.machine;
    format!(
        "{HEADING}\n\
         * {}, in {} s; {}; {}\n\
         * {}, commit {}\n\
         {}\n## How to read these\n\n{READING}",
        machine.date,
        findings.took.as_secs(),
        machine.processor,
        machine.kernel,
        machine.brooklet,
        machine.commit,
        said(findings)
    )
}

/// The figures: some sentences and two tables.
pub(crate) fn said(findings: &Findings) -> String {
    let head = |head: &[&str]| -> Vec<String> { head.iter().map(|&it| it.to_owned()).collect() };
    let requests: Vec<Vec<String>> = findings.asked.iter().map(request).collect();
    let streams = findings.streams.iter();
    let streams: Vec<Vec<String>> = streams
        .map(|(full, figures)| stream(&findings.load, *full, figures))
        .collect();
    format!(
        "{}\n{}\n{}",
        facts(findings),
        table(&head(&REQUESTS), &requests),
        table(&head(&STREAMS), &streams)
    )
}

/// What a sentence says better than a table.
fn facts(findings: &Findings) -> String {
    let count = |count: usize| thousands(count as f64);
    let size = &findings.size;
    let (filling, bare) = findings.filled;
    let (wording, whole) = findings.worded;
    let each = |bytes: u64| thousands(bytes as f64 / size.messages as f64);
    let mut text = format!(
        "* Made up: {} chats of {} messages over a year, one of them of {}; questions of some 100 characters, answers of \
         some 600.\n",
        count(size.chats),
        count(size.messages),
        count(size.long)
    );
    let _ = writeln!(
        text,
        "* On disk: {} bytes a message, of which {} are the words for the search; {} MB in all. Written in {:.0} s, the \
         words collected in {:.0} s.",
        each(whole),
        each(whole.saturating_sub(bare)),
        thousands(whole as f64 / 1e6),
        filling.as_secs_f64(),
        wording.as_secs_f64()
    );
    let _ = writeln!(
        text,
        "* Start to the first page {:.0} ms; the first question after it is in the file after {:.1} ms. Memory {} MB \
         idle, {} MB when all of this had been asked.",
        findings.start.as_secs_f64() * 1e3,
        findings.first.as_secs_f64() * 1e3,
        megabytes(findings.idle.now),
        megabytes(findings.after.now)
    );
    text
}

fn request(asked: &Asked) -> Vec<String> {
    let Asked { kind, times, bytes } = asked;
    let time = |percent| times.percentile(percent).map_or_else(String::new, decimal);
    let over = times.percentile(99).is_some_and(|it| it > kind.budget);
    let budget = format!("{:.0}", kind.budget);
    vec![
        kind.what.to_owned(),
        kind.which.clone(),
        times.count().to_string(),
        time(50),
        time(99),
        time(100),
        match over {
            true => format!("**missed** {budget}"),
            false => budget,
        },
        decimal(*bytes as f64 / 1000.0),
    ]
}

fn stream(load: &str, full: bool, figures: &Figures) -> Vec<String> {
    let (first, late) = (&figures.first, &figures.late);
    let time = |time: Option<f64>| time.map_or_else(|| "–".to_owned(), decimal);
    vec![
        load.to_owned(),
        if full { "full" } else { "empty" }.to_owned(),
        time(first.percentile(50)),
        time(first.percentile(99)),
        time(late.percentile(50)),
        time(late.percentile(99)),
        time(late.longest()),
        decimal(figures.microseconds_per_token()),
        thousands(figures.errors.count() as f64),
    ]
}
