//! The steps of `cargo xtask test`, in their order, and the account of them at the end.
//!
//! All of them build into the same folders: what one has compiled, the next one finds. A step that
//! fails is the last one. Not here: how the longer steps work ([`crate::site`], [`crate::size`],
//! [`crate::programs`], [`crate::browser`]).

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use crate::browser;
use crate::cache::Cache;
use crate::command;
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
    /// Something that runs where its tool is installed.
    Optional {
        tool: &'static str,
        arguments: &'static [&'static str],
        advice: &'static str,
    },
}

const CHECKS: [Check; 10] = [
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
    // Advisories are left out: they need the network, and come to light on days without a change.
    Check {
        title: "licences and sources",
        work: Work::Optional {
            tool: "cargo-deny",
            arguments: &["deny", "check", "licenses", "bans", "sources"],
            advice: "see deny.toml",
        },
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
    Skipped(String),
}

/// Runs them all, or up to the first that fails, and gives account.
pub(crate) fn run_all(workspace: &Workspace, cache: &Cache) -> Done<ExitCode> {
    let start = Instant::now();
    let mut rows = Vec::new();
    if let Some(toolbox) = recorded(&mut rows, "tools", || {
        Toolbox::for_testing(workspace, cache)
    }) {
        for check in &CHECKS {
            if let Some(reason) = check.reason_to_skip() {
                step::already(check.title, &reason);
                rows.push(Row {
                    title: check.title,
                    end: End::Skipped(reason),
                });
            } else {
                let work = || step::timed(check.title, || check.run(workspace, &toolbox));
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
    fn reason_to_skip(&self) -> Option<String> {
        match self.work {
            Work::Optional { tool, .. } if command::find(tool).is_none() => {
                Some(format!("skipped: {tool} is not installed"))
            }
            Work::Optional { .. } | Work::Cargo { .. } | Work::Own(_) => None,
        }
    }

    fn run(&self, workspace: &Workspace, toolbox: &Toolbox) -> Done {
        let cargo = |mut command: Command, advice: &str| {
            command::run(&mut command).map_err(|failure| failure.advise(advice))
        };
        match self.work {
            Work::Own(work) => work(workspace, toolbox),
            Work::Optional {
                arguments, advice, ..
            } => cargo(workspace.cargo(arguments), advice),
            Work::Cargo {
                arguments,
                variables,
                advice,
            } => {
                let mut command = workspace.cargo(&without_ourselves(arguments));
                command.envs(variables.iter().copied());
                cargo(command, advice)
            }
        }
    }
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
                End::Skipped(reason) => reason.clone(),
            };
            vec![row.title.to_owned(), end]
        })
        .collect();
    lines.push(vec!["total".to_owned(), step::readable(total)]);
    table::left(&lines)
}

fn tally(rows: &[Row]) -> String {
    let count = |wanted: fn(&End) -> bool| rows.iter().filter(|row| wanted(&row.end)).count();
    format!(
        "{} passed, {} failed\n",
        count(|end| matches!(end, End::Passed(_))),
        count(|end| matches!(end, End::Failed(_)))
    )
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
                title: "licences and sources",
                end: End::Skipped("skipped: cargo-deny is not installed".to_owned()),
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
            "  rustfmt               0.8s\n\
             \x20 licences and sources  skipped: cargo-deny is not installed\n\
             \x20 tests                 0.0s failed\n\
             \x20 total                 1m 15s\n"
        );
    }

    #[test]
    fn skipped_steps_are_not_counted() {
        assert_eq!(tally(&rows()), "1 passed, 1 failed\n");
    }

    #[test]
    fn only_windows_leaves_this_program_out() {
        let arguments = without_ourselves(&["test", "--workspace", "--features", "ssr"]);
        assert_eq!(arguments.contains(&"--exclude"), cfg!(windows));
        assert_eq!(arguments.last(), Some(&"ssr"));
    }
}
