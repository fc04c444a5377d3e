//! What was found, as a part of the document: tables and sentences.
//!
//! Not here: the other parts, and how numbers are written ([`crate::report`]).

use std::fmt::Write;

use super::Findings;
use super::check::{Checked, Who};
use super::logins::{Done, Most};
use super::others::{Beside, Rate};
use crate::figures::Times;
use crate::report::{decimal, megabytes, table, table_with, thousands};

/// What the part begins with.
pub(crate) const HEADING: &str = "# Accounts\n";

/// So many milliseconds are noticed by who waits.
const NOTICED: f64 = 100.0;

const CHECKED: [&str; 7] = [
    "request",
    "by whom",
    "status",
    "requests/s",
    "ms p50",
    "p99",
    "CPU µs/request",
];

/// The last column: what the check adds.
const MORE: &str = "more than nobody signs in";

const MOST: [&str; 6] = [
    "people at once",
    "logins/s",
    "ms p50",
    "p99",
    "CPU ms/login",
    "errors",
];

const BESIDE: [&str; 10] = [
    "logins/s",
    "done",
    "login ms p50",
    "request ms p50",
    "p99",
    "longest",
    "first token ms p50",
    "p99",
    "longest",
    "errors",
];

const READING: &str = "\
* **requests**: one after the other over one connection, from just before the request to the last byte of the answer, in \
rounds: each round has all rows in turn, and the processor's time is the median of the rounds. One server lets everybody \
in (`--auth none`), the other one (`--auth password`) only who is known. `/healthz` is anybody's, so nobody's cookie or \
key is looked at; `/v1/nothing` is looked at and reads nothing (there is no such route, to those who are known); \
`/api/presets` reads the store. Who has been looked up is believed for a second; a wrong key is looked up each time.
* **logins**: a new connection, then `POST /login` with name and password until the answer with the cookie, each by \
another account and from another address of this machine; so many people do that at once, again and again. Hashing takes the time that it is made to take, on the one core \
that the server has here; at most two passwords are looked at at once.
* **others**: somebody who is signed in asks for `/api/presets` every 10 ms over connections that are open, and begins a \
stream of five tokens every 50 ms over one that is not (connect, `send`, `follow`, its first token), whether what came \
before has been answered or not. The rate of logins that is told is one from which on they wait at all rates: a row that \
is slow among others that are not was disturbed.
";

/// The part of the document.
pub(crate) fn document(findings: &Findings) -> String {
    let machine = &findings.machine;
    format!(
        "{HEADING}\n\
         * {}, in {} s; {}; {}\n\
         * {}, commit {}\n\
         {}\n## How to read this\n\n{READING}",
        machine.date,
        findings.took.as_secs(),
        machine.processor,
        machine.kernel,
        machine.brooklet,
        machine.commit,
        said(findings)
    )
}

/// The figures: some sentences and three tables.
pub(crate) fn said(findings: &Findings) -> String {
    let head = |head: &[&str]| -> Vec<String> { head.iter().map(|&it| it.to_owned()).collect() };
    let all = &findings.checked;
    let checked: Vec<Vec<String>> = all.iter().map(|one| checked(one, all)).collect();
    let logins = &findings.logins;
    let most: Vec<Vec<String>> = logins.most.iter().map(most).collect();
    let beside: Vec<Vec<String>> = logins.beside.iter().map(beside).collect();
    let with_more: Vec<&str> = CHECKED.into_iter().chain([MORE]).collect();
    format!(
        "{}\n{}\n{}\n{}",
        facts(findings),
        table(&head(&with_more), &checked),
        table_with(1, &head(&MOST), &most),
        table_with(1, &head(&BESIDE), &beside)
    )
}

/// What a sentence says better than a table.
fn facts(findings: &Findings) -> String {
    let logins = &findings.logins;
    let requests = |it: &Beside| it.requests.times.percentile(99);
    let streams = |it: &Beside| it.streams.times.percentile(99);
    let mut text = String::new();
    if let Some(percent) = findings.others {
        let _ = writeln!(
            text,
            "* Other programs on this machine used {percent:.0} % of a core meanwhile; what is waited for is only told well \
             where that is little."
        );
    }
    for (what, wait) in [
        ("for a request", noticed_from(&logins.beside, requests)),
        ("for a first token", noticed_from(&logins.beside, streams)),
    ] {
        let wait = wait.unwrap_or_else(|| "at none of these rates of logins".to_owned());
        let _ = writeln!(
            text,
            "* Others wait more than {NOTICED:.0} ms (p99) {what}: {wait}."
        );
    }
    let _ = writeln!(
        text,
        "* Memory {} MB before these logins, {} MB at most.",
        megabytes(logins.idle.now),
        megabytes(logins.after.peak)
    );
    if let Some(why) = logins.failure() {
        let _ = writeln!(text, "* The first error: `{}`.", why.trim());
    }
    text
}

/// From how many logins on others wait longer than is not noticed: at that rate and at all above it, so that a moment in
/// which the machine did something else is not taken for one.
fn noticed_from(all: &[Beside], wait: impl Fn(&Beside) -> Option<f64>) -> Option<String> {
    let waits = |it: &&Beside| wait(it).is_some_and(|it| it > NOTICED);
    let first = all.iter().rev().take_while(waits).last()?;
    Some(match first.rate {
        Rate::Paced(0) => "without any login already".to_owned(),
        Rate::Paced(rate) => format!("from {rate} logins/s on"),
        Rate::Most => format!(
            "at as many as there can be, {:.0} logins/s",
            per_second(first)
        ),
    })
}

fn checked(one: &Checked, all: &[Checked]) -> Vec<String> {
    let same = all.iter().filter(|it| it.path == one.path);
    let bare = same.into_iter().find(|it| it.who == Who::Anybody);
    let more = match bare {
        Some(bare) if one.who != Who::Anybody => format!("{:+.1}", one.cost() - bare.cost()),
        _ => "–".to_owned(),
    };
    let who = match one.who {
        Who::Anybody => "nobody signs in",
        Who::Session => "a session",
        Who::Key => "a key",
        Who::Wrong => "a wrong key",
    };
    let each_second = one.times.count() as f64 / one.wall.as_secs_f64().max(f64::EPSILON);
    vec![
        one.path.to_owned(),
        who.to_owned(),
        one.status.to_string(),
        thousands(each_second),
        time(one.times.percentile(50)),
        time(one.times.percentile(99)),
        decimal(one.cost()),
        more,
    ]
}

fn most(most: &Most) -> Vec<String> {
    let Done { times, failed, .. } = &most.done;
    let count = times.count() as f64;
    let each = most.used.as_secs_f64() * 1e3 / count.max(1.0);
    vec![
        most.at_once.to_string(),
        decimal(count / most.wall.as_secs_f64().max(f64::EPSILON)),
        time(times.percentile(50)),
        time(times.percentile(99)),
        decimal(each),
        thousands(*failed as f64),
    ]
}

fn beside(beside: &Beside) -> Vec<String> {
    let (requests, streams) = (&beside.requests.times, &beside.streams.times);
    let [request, first] = [requests, streams].map(waits);
    let mut row = vec![
        match beside.rate {
            Rate::Paced(0) => "none".to_owned(),
            Rate::Paced(rate) => rate.to_string(),
            Rate::Most => "as many as can be".to_owned(),
        },
        decimal(per_second(beside)),
        time(beside.logins.times.percentile(50)),
    ];
    row.extend(request);
    row.extend(first);
    row.push(thousands(beside.errors() as f64));
    row
}

fn waits(times: &Times) -> [String; 3] {
    [50, 99, 100].map(|percent| time(times.percentile(percent)))
}

fn per_second(beside: &Beside) -> f64 {
    beside.logins.times.count() as f64 / beside.wall.as_secs_f64().max(f64::EPSILON)
}

fn time(time: Option<f64>) -> String {
    time.map_or_else(|| "–".to_owned(), decimal)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// What was found where somebody waited so many milliseconds, at these rates.
    fn found(waited: &[(Rate, u32)]) -> Option<String> {
        let all = waited.iter().map(|&(rate, wait)| Beside {
            rate,
            logins: Done::default(),
            requests: Done {
                times: Times::new(vec![wait * 1000]),
                ..Done::default()
            },
            streams: Done::default(),
            wall: Duration::from_secs(1),
        });
        let all: Vec<Beside> = all.collect();
        noticed_from(&all, |it| it.requests.times.percentile(99))
    }

    #[test]
    fn a_rate_is_told_where_all_above_it_are_slow_too() {
        let [none, ten] = [0, 10].map(Rate::Paced);
        assert_eq!(found(&[(none, 1), (ten, 300), (Rate::Most, 90)]), None);
        let told = found(&[(none, 1), (ten, 300), (Rate::Most, 101)]);
        assert_eq!(told.as_deref(), Some("from 10 logins/s on"));
        let told = found(&[(none, 101), (ten, 300), (Rate::Most, 101)]);
        assert_eq!(told.as_deref(), Some("without any login already"));
    }
}
