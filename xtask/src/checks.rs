//! The steps of `cargo xtask test`, in their order, and the account of them at the end.
//!
//! All of them build into the same folders: what one has compiled, the next one finds. A step that
//! fails is the last one. Not here: how the longer steps work ([`crate::site`], [`crate::size`],
//! [`crate::advisories`], [`crate::engines`], [`crate::programs`], [`crate::browser`]).

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::advisories;
use crate::browser;
use crate::cache::Cache;
use crate::command;
use crate::engines;
use crate::failure::Done;
use crate::programs;
use crate::site;
use crate::size;
use crate::step;
use crate::table;
use crate::tools::{Toolbox, WASM};
use crate::workspace::Workspace;

struct Check {
    title: &'static str,
    work: Work,
}

enum Work {
    /// One call of cargo.
    Cargo {
        arguments: &'static [&'static str],
        variables: &'static [(&'static str, &'static str)],
        advice: &'static str,
    },
    /// Something longer.
    Own(fn(&Workspace, &Toolbox) -> Done),
    /// Something that needs the advisory database, and is skipped where that cannot be reached.
    Advised(fn(&Workspace, &Toolbox, &Path) -> Done),
}

const CHECKS: [Check; 13] = [
    Check {
        title: "rustfmt",
        work: Work::Cargo {
            arguments: &["fmt", "--all", "--check"],
            variables: &[],
            advice: "cargo fmt --all",
        },
    },
    Check {
        title: "clippy, server",
        work: Work::Cargo {
            arguments: &[
                "clippy",
                "--workspace",
                "--all-targets",
                "--features",
                "ssr",
                "--",
                "-D",
                "warnings",
            ],
            variables: &[],
            advice: "mend what it names above",
        },
    },
    Check {
        title: "clippy, page",
        work: Work::Cargo {
            arguments: &[
                "clippy",
                "--package",
                "brooklet",
                "--lib",
                "--target",
                WASM,
                "--no-default-features",
                "--features",
                "hydrate",
                "--",
                "-D",
                "warnings",
            ],
            variables: &[],
            advice: "mend what it names above",
        },
    },
    Check {
        title: "docs",
        work: Work::Cargo {
            arguments: &[
                "doc",
                "--workspace",
                "--no-deps",
                "--document-private-items",
                "--features",
                "ssr",
            ],
            variables: &[("RUSTDOCFLAGS", "-D warnings")],
            advice: "mend what it names above",
        },
    },
    Check {
        title: "licences and sources",
        work: Work::Own(licences),
    },
    Check {
        title: "advisories, cargo deny",
        work: Work::Advised(advisories::deny),
    },
    Check {
        title: "advisories, cargo audit",
        work: Work::Advised(advisories::audit),
    },
    Check {
        title: "tests",
        work: Work::Cargo {
            arguments: &["test", "--workspace", "--features", "ssr"],
            variables: &[],
            advice: "run one of them again: cargo test --features ssr a_part_of_its_name",
        },
    },
    Check {
        title: engines::TITLE,
        work: Work::Own(|workspace, _| engines::test(workspace, &Cache::find()?)),
    },
    Check {
        title: site::TITLE,
        work: Work::Own(site::build),
    },
    Check {
        title: size::TITLE,
        work: Work::Own(|workspace, _| size::weigh(workspace)),
    },
    Check {
        title: programs::TITLE,
        work: Work::Own(|workspace, _| programs::test(workspace, &Cache::find()?)),
    },
    Check {
        title: browser::TITLE,
        work: Work::Own(|workspace, toolbox| browser::test(workspace, toolbox, &[])),
    },
];

/// What is told of a step at the end.
struct Row {
    title: &'static str,
    end: End,
}

enum End {
    Passed(Duration),
    Failed(Duration),
    Skipped(&'static str),
}

/// Runs them all, or up to the first that fails, and gives account.
pub(crate) fn run_all(workspace: &Workspace, cache: &Cache) -> Done<ExitCode> {
    let start = Instant::now();
    let mut rows = Vec::new();
    if let Some(toolbox) = recorded(&mut rows, "tools", || {
        Toolbox::for_checking(workspace, cache)
    }) {
        let database = advisories::fetch(workspace, cache)?;
        for check in &CHECKS {
            if let Some(reason) = check.reason_to_skip(database.as_ref()) {
                step::skipped(check.title, reason);
                rows.push(Row {
                    title: check.title,
                    end: End::Skipped(reason),
                });
            } else {
                let work = || {
                    step::timed(check.title, || {
                        check.run(workspace, &toolbox, database.as_deref())
                    })
                };
                if recorded(&mut rows, check.title, work).is_none() {
                    break;
                }
            }
        }
    }
    print!("\n{}\n{}", account(&rows, start.elapsed()), tally(&rows));
    let failed = rows.iter().any(|row| matches!(row.end, End::Failed(_)));
    Ok(ExitCode::from(u8::from(failed)))
}

impl Check {
    /// Why it is not run, if it is not; `database`: the advisory database, where it could be reached.
    fn reason_to_skip(&self, database: Option<&PathBuf>) -> Option<&'static str> {
        match (&self.work, database) {
            (Work::Advised(_), None) => Some(advisories::UNREACHED),
            (Work::Advised(_), Some(_)) | (Work::Cargo { .. } | Work::Own(_), _) => None,
        }
    }

    fn run(&self, workspace: &Workspace, toolbox: &Toolbox, database: Option<&Path>) -> Done {
        match self.work {
            Work::Own(work) => work(workspace, toolbox),
            // Without it there is nothing to run, and that has been said.
            Work::Advised(work) => database.map_or(Ok(()), |it| work(workspace, toolbox, it)),
            Work::Cargo {
                arguments,
                variables,
                advice,
            } => {
                let mut command = workspace.cargo(&without_ourselves(arguments));
                command.envs(variables.iter().copied());
                command::run(&mut command).map_err(|failure| failure.advise(advice))
            }
        }
    }
}

/// What the crates of others are licensed under, and where they come from.
fn licences(workspace: &Workspace, toolbox: &Toolbox) -> Done {
    let mut deny = workspace.cargo(&["deny", "check", "licenses", "bans", "sources"]);
    command::run(deny.env("PATH", &toolbox.path)).map_err(|failure| failure.advise("see deny.toml"))
}

/// Windows cannot overwrite a program that runs, which this one does.
fn without_ourselves(arguments: &[&'static str]) -> Vec<&'static str> {
    let mut arguments = arguments.to_vec();
    let workspace = arguments.iter().position(|it| *it == "--workspace");
    if let (true, Some(place)) = (cfg!(windows), workspace) {
        arguments.splice(place..=place, ["--workspace", "--exclude", "xtask"]);
    }
    arguments
}

/// Does the work, tells a failure at once, and notes how it ended.
fn recorded<T>(
    rows: &mut Vec<Row>,
    title: &'static str,
    work: impl FnOnce() -> Done<T>,
) -> Option<T> {
    let start = Instant::now();
    let result = work();
    let time = start.elapsed();
    let (end, value) = match result {
        Ok(value) => (End::Passed(time), Some(value)),
        Err(failure) => {
            step::tell(&failure);
            (End::Failed(time), None)
        }
    };
    rows.push(Row { title, end });
    value
}

fn account(rows: &[Row], total: Duration) -> String {
    let mut lines: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let end = match &row.end {
                End::Passed(time) => step::readable(*time),
                End::Failed(time) => format!("{} failed", step::readable(*time)),
                End::Skipped(reason) => (*reason).to_owned(),
            };
            vec![row.title.to_owned(), end]
        })
        .collect();
    lines.push(vec!["total".to_owned(), step::readable(total)]);
    table::left(&lines)
}

fn tally(rows: &[Row]) -> String {
    let count = |wanted: fn(&End) -> bool| rows.iter().filter(|row| wanted(&row.end)).count();
    let passed = count(|end| matches!(end, End::Passed(_)));
    let failed = count(|end| matches!(end, End::Failed(_)));
    match count(|end| matches!(end, End::Skipped(_))) {
        0 => format!("{passed} passed, {failed} failed\n"),
        skipped => format!("{passed} passed, {failed} failed, {skipped} skipped\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;

    fn rows() -> Vec<Row> {
        let mut rows = vec![
            Row {
                title: "rustfmt",
                end: End::Passed(Duration::from_millis(800)),
            },
            Row {
                title: "advisories, cargo deny",
                end: End::Skipped(advisories::UNREACHED),
            },
        ];
        let nothing: Option<()> = recorded(&mut rows, "tests", || Err(Failure::new("broken")));
        assert!(nothing.is_none());
        rows
    }

    #[test]
    fn the_account_has_a_line_for_each_step_and_the_total() {
        assert_eq!(
            account(&rows(), Duration::from_secs(75)),
            "  rustfmt                 0.8s\n\
             \x20 advisories, cargo deny  skipped: the advisory database cannot be reached\n\
             \x20 tests                   0.0s failed\n\
             \x20 total                   1m 15s\n"
        );
    }

    #[test]
    fn a_skipped_step_is_no_passed_one() {
        let mut rows = rows();
        assert_eq!(tally(&rows), "1 passed, 1 failed, 1 skipped\n");
        rows.remove(1);
        assert_eq!(tally(&rows), "1 passed, 1 failed\n");
    }

    #[test]
    fn without_the_database_the_two_that_need_it_are_skipped_and_nothing_else() {
        let skipped = |database: Option<&PathBuf>| -> Vec<_> {
            let skipped = CHECKS
                .iter()
                .filter(|it| it.reason_to_skip(database).is_some());
            skipped.map(|it| it.title).collect()
        };
        assert_eq!(
            skipped(None),
            ["advisories, cargo deny", "advisories, cargo audit"]
        );
        assert!(skipped(Some(&PathBuf::from("database"))).is_empty());
    }

    #[test]
    fn only_windows_leaves_this_program_out() {
        let arguments = without_ourselves(&["test", "--workspace", "--features", "ssr"]);
        assert_eq!(arguments.contains(&"--exclude"), cfg!(windows));
        assert_eq!(arguments.last(), Some(&"ssr"));
    }
}
