//! The table in Markdown, and the document around it.
//!
//! Not here: how the figures come about ([`crate::figures`]).

use std::fmt::Write;
use std::time::Duration;

use crate::figures::Figures;
use crate::load::Load;
use crate::machine::Machine;
use crate::way::Way;

/// What the document begins with.
pub(crate) const HEADING: &str = "# Under load\n";

const HEAD: [&str; 15] = [
    "load",
    "way",
    "first token ms p50",
    "p99",
    "added ms p50",
    "p99",
    "max",
    "CPU µs/token",
    "tokens/s",
    "tokens/CPU-s",
    "CPU % server",
    "CPU % load",
    "RSS MB idle → peak",
    "kB/stream",
    "errors",
];

/// Fewer streams than this are too few to share the memory out among them.
const ENOUGH: u32 = 50;

const READING: &str = "\
The simulator and the load generator share one core (column `CPU % load`; 100 is all of it), so above some load their \
own lateness is in the latencies: the `sim` row, which is the same streams with nothing in between, is the yardstick, \
and what a way adds is the difference to it. In the `sim` rows the server whose CPU and memory are told is the \
simulator itself, which is not alone on its core; everywhere else it is nginx or Brooklet alone on the other one.

* **first token**: from just before connecting to the first token's arrival (for a chat: connect, `send`, `follow`).
* **added**: from each token's stamp in the simulator to its arrival, over all tokens of all streams.
* **CPU µs/token**, **tokens/CPU-s**: processor time of the server, the kernel's part included, for each token read.
* **tokens/s**: by the wall clock, the second over which the streams begin included; offered are streams × rate.
* **RSS**: after a first stream that is not counted, and the most during the run; **kB/stream** is the difference for \
each stream, its text and, with Brooklet, the finished generation that is kept included.
* **errors**: tokens lost, doubled, out of order or garbled, and streams that failed or did not end.
* Where a figure would mean nothing there is a dash: at full speed lateness is the depth of the sockets' buffers, and \
what a stream costs in memory is its text; the readers of one generation wait for its first token on purpose.
";

/// A run of the benchmark.
#[derive(Debug)]
pub(crate) struct Report {
    machine: Machine,
    rows: Vec<Vec<String>>,
    remarks: Vec<String>,
    errors: u64,
    took: Duration,
}

impl Report {
    pub(crate) const fn new(machine: Machine) -> Self {
        Self {
            machine,
            rows: Vec::new(),
            remarks: Vec::new(),
            errors: 0,
            took: Duration::ZERO,
        }
    }

    pub(crate) fn add(&mut self, load: &Load, way: Way, figures: Figures) {
        self.rows.push(row(load, way, &figures));
        self.errors += figures.errors.count();
        if figures.errors.count() > 0 {
            let errors = figures.errors;
            let mut remark = format!(
                "{} by {way}: {} tokens lost, {} doubled, {} bytes garbled, {} streams failed",
                load.title, errors.lost, errors.doubled, errors.garbled, errors.failed
            );
            if let Some(why) = figures.failure {
                let _ = write!(remark, " (the first: `{}`)", why.trim());
            }
            self.remarks.push(format!("{remark}."));
        }
    }

    /// A sentence below the table.
    pub(crate) fn remark(&mut self, remark: String) {
        self.remarks.push(remark);
    }

    pub(crate) const fn took(&mut self, time: Duration) {
        self.took = time;
    }

    pub(crate) const fn errors(&self) -> u64 {
        self.errors
    }

    /// The table and what has to be said about it.
    pub(crate) fn table(&self) -> String {
        let head = HEAD.map(str::to_owned).to_vec();
        let mut text = table(&head, &self.rows);
        if !self.remarks.is_empty() {
            text.push('\n');
        }
        for remark in &self.remarks {
            let _ = writeln!(text, "* {remark}");
        }
        text
    }

    /// All of it, to be kept.
    pub(crate) fn document(&self) -> String {
        let Machine {
            date,
            processor,
            kernel,
            commit,
            brooklet,
            nginx,
        } = &self.machine;
        format!(
            "{HEADING}\n\
             Written by `cargo xtask bench`, which measures everything anew; not to be edited.\n\n\
             * {date}, in {} s\n\
             * {processor}; {kernel}\n\
             * {brooklet}, commit {commit}; {nginx}\n\
             * Everything on 127.0.0.1, for each row with fresh processes: the server under test pinned to core 0 with \
             one worker, ollama-sim and the load generator to core 1, Brooklet's limits out of the way.\n\n\
             {}\n## How to read it\n\n{READING}",
            self.took.as_secs(),
            self.table()
        )
    }
}

fn row(load: &Load, way: Way, figures: &Figures) -> Vec<String> {
    let dash = || "–".to_owned();
    let time = |time: Option<f64>| time.map_or_else(dash, decimal);
    let (first, late) = (&figures.first, &figures.late);
    let [first_half, first_most] = match load.is_paced() && !load.shared {
        true => [50, 99].map(|percent| time(first.percentile(percent))),
        false => [dash(), dash()],
    };
    let [half, most, longest] = match load.is_paced() {
        true => [late.percentile(50), late.percentile(99), late.longest()].map(time),
        false => [dash(), dash(), dash()],
    };
    let per_stream = match load.is_paced() && load.streams >= ENOUGH {
        true => decimal(figures.memory_per_stream(load.streams)),
        false => dash(),
    };
    let costs = &figures.costs;
    vec![
        load.title.clone(),
        way.to_string(),
        first_half,
        first_most,
        half,
        most,
        longest,
        decimal(figures.microseconds_per_token()),
        thousands(figures.tokens_per_second()),
        thousands(figures.tokens_per_server_second()),
        format!("{:.0}", figures.server_percent()),
        format!("{:.0}", figures.load_percent()),
        format!(
            "{} → {}",
            megabytes(costs.idle.now),
            megabytes(costs.after.peak)
        ),
        per_stream,
        thousands(figures.errors.count() as f64),
    ]
}

pub(crate) fn megabytes(kilobytes: u64) -> String {
    decimal(kilobytes as f64 / 1024.0)
}

/// As many digits as mean something.
pub(crate) fn decimal(value: f64) -> String {
    match value {
        ..9.995 => format!("{value:.2}"),
        ..99.95 => format!("{value:.1}"),
        _ => thousands(value),
    }
}

/// A whole number with a comma before every three digits.
pub(crate) fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Markdown whose columns line up in the source too; the first two are words, the others numbers.
pub(crate) fn table(head: &[String], rows: &[Vec<String>]) -> String {
    table_with(2, head, rows)
}

/// The same, with so many columns of words.
pub(crate) fn table_with(words: usize, head: &[String], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows
            .iter()
            .chain([&head.to_vec()])
            .map(|row| row[column].chars().count())
            .max();
        cells.unwrap_or(0).max(2)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |row: &[String]| {
        let cells = row.iter().zip(&widths).enumerate();
        let cells = cells.map(|(column, (cell, &width))| match column {
            it if it < words => format!(" {cell:<width$} |"),
            _ => format!(" {cell:>width$} |"),
        });
        format!("|{}\n", cells.collect::<String>())
    };
    let rule = widths
        .iter()
        .enumerate()
        .map(|(column, &width)| match column {
            it if it < words => format!("{}|", "-".repeat(width + 2)),
            _ => format!("{}:|", "-".repeat(width + 1)),
        });
    let rule = format!("|{}\n", rule.collect::<String>());
    let rows = rows.iter().map(|row| line(row));
    line(head) + &rule + &rows.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        let known = [
            (0.0, "0.00"),
            (0.126, "0.13"),
            (9.999, "10.0"),
            (99.96, "100"),
            (1_234_567.0, "1,234,567"),
        ];
        for (value, expected) in known {
            assert_eq!(decimal(value), expected);
        }
        assert_eq!(thousands(999.0), "999");
        assert_eq!(thousands(1000.0), "1,000");
    }

    #[test]
    fn the_table_lines_up() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let text = table(&row(["load", "way", "µs"]), &[row(["1", "sim", "1,000"])]);
        assert_eq!(
            text,
            "| load | way |    µs |\n|------|-----|------:|\n| 1    | sim | 1,000 |\n"
        );
    }
}
