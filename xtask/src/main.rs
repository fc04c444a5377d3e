//! `cargo xtask`: what a person or CI does with this repository, one word for each.
//!
//! Here is the table of those words and nothing of how they are done.
//!
//! * [`tools`], [`packages`], [`renderer`], [`chromium`], [`python`]: what has to be on the machine; kept in the
//!   [`cache`], or from [`apt`].
//! * [`site`]: the release build and its start; [`fresh`]: whether it has to be made again. [`size`]: what the page
//!   weighs.
//! * [`checks`]: the steps of `test`. [`advisories`]: two of them. [`engines`], [`programs`], [`browser`]: the last of
//!   them. [`alone`], [`mod@server`]: what these start.
//! * [`mod@bench`]: the load benchmark. [`drawing`]: the one in the browser.
//! * [`workspace`], [`lockfile`]: facts of this repository. `security`: what holds SECURITY.md to them, in tests.
//! * [`command`], [`failure`], [`step`], [`table`]: running a program, and telling a person about it.

mod advisories;
mod alone;
mod apt;
mod bench;
mod browser;
mod cache;
mod checks;
mod chromium;
mod command;
mod drawing;
mod engines;
mod failure;
mod fresh;
mod lockfile;
mod packages;
mod programs;
mod python;
mod renderer;
#[cfg(test)]
mod security;
mod server;
mod site;
mod size;
mod step;
mod table;
mod tools;
mod workspace;

use std::env;
use std::process::ExitCode;

use cache::Cache;
use failure::{Done, Failure};
use tools::Toolbox;
use workspace::Workspace;

/// One word after `cargo xtask`.
struct Subcommand {
    name: &'static str,
    /// What the arguments are; empty when it takes none.
    arguments: &'static str,
    does: &'static str,
    act: fn(&[String]) -> Done<ExitCode>,
}

const SUBCOMMANDS: [Subcommand; 10] = [
    Subcommand {
        name: "run",
        arguments: "[arguments of brooklet]",
        does: "build the release binary and start it",
        act: run,
    },
    Subcommand {
        name: "watch",
        arguments: "",
        does: "cargo leptos watch with the tools: build and serve again at each change",
        act: watch,
    },
    Subcommand {
        name: "test",
        arguments: "",
        does: "check everything: format, lints, docs, tests, size, the page in a browser",
        act: |_| checks::run_all(&Workspace::find()?, &Cache::find()?),
    },
    Subcommand {
        name: "e2e",
        arguments: "[arguments of playwright]",
        does: "build, then only the browser tests",
        act: e2e,
    },
    Subcommand {
        name: "programs",
        arguments: "",
        does: "build, then only real clients against the API for programs",
        act: |_| {
            let (workspace, _) = build()?;
            step::timed(programs::TITLE, || {
                programs::test(&workspace, &Cache::find()?)
            })?;
            Ok(ExitCode::SUCCESS)
        },
    },
    Subcommand {
        name: "engines",
        arguments: "",
        does: "only what every server of models has to do, with a real llama.cpp",
        act: |_| {
            let workspace = Workspace::find()?;
            step::timed(engines::TITLE, || {
                engines::test(&workspace, &Cache::find()?)
            })?;
            Ok(ExitCode::SUCCESS)
        },
    },
    Subcommand {
        name: "size",
        arguments: "",
        does: "build, then weigh what a first visit loads",
        act: |_| {
            let (workspace, _) = build()?;
            step::timed(size::TITLE, || size::weigh(&workspace))?;
            Ok(ExitCode::SUCCESS)
        },
    },
    Subcommand {
        name: "bench",
        arguments: "[--quick] [--only NAME] | --browser",
        does: "build, then measure the server under load, nginx beside it; or the page in a browser",
        act: bench,
    },
    Subcommand {
        name: "build",
        arguments: "",
        does: "build the release binary, the page inside it",
        act: |_| build().map(|_| ExitCode::SUCCESS),
    },
    Subcommand {
        name: "help",
        arguments: "",
        does: "this text",
        act: |_| {
            print!("{}", help());
            Ok(ExitCode::SUCCESS)
        },
    },
];

const VARIABLES: [[&str; 2]; 3] = [
    [cache::VARIABLE, "the folder that tools are installed into"],
    [
        chromium::VARIABLE,
        "the browser for the browser tests, instead of looking for one",
    ],
    ["NO_COLOR", "no colours, even on a terminal"],
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match chosen(&arguments).and_then(|(subcommand, rest)| (subcommand.act)(rest)) {
        Ok(code) => code,
        Err(failure) => {
            step::tell(&failure);
            ExitCode::FAILURE
        }
    }
}

/// The sub-command that the arguments name, and what is left for it.
fn chosen(arguments: &[String]) -> Done<(&'static Subcommand, &[String])> {
    let (name, rest) = match arguments.split_first() {
        None => ("help", arguments),
        Some((first, rest)) => match first.as_str() {
            "-h" | "--help" => ("help", rest),
            name => (name, rest),
        },
    };
    let Some(subcommand) = SUBCOMMANDS.iter().find(|it| it.name == name) else {
        return Err(Failure::new(format!("there is no `cargo xtask {name}`"))
            .advise("`cargo xtask help` lists what there is"));
    };
    // `cargo xtask run --demo` and `cargo xtask run -- --demo` are the same.
    let rest = match rest.split_first() {
        Some((first, rest)) if first == "--" => rest,
        _ => rest,
    };
    if subcommand.arguments.is_empty() && !rest.is_empty() {
        return Err(Failure::new(format!(
            "`cargo xtask {name}` takes no arguments, but got `{}`",
            rest.join(" ")
        ))
        .advise(format!("run `cargo xtask {name}` alone")));
    }
    Ok((subcommand, rest))
}

/// Everything up to `target/release/brooklet`.
fn build() -> Done<(Workspace, Toolbox)> {
    let workspace = Workspace::find()?;
    let toolbox = Toolbox::for_building(&workspace, &Cache::find()?)?;
    build_unless_fresh(&workspace, &toolbox)?;
    Ok((workspace, toolbox))
}

fn build_unless_fresh(workspace: &Workspace, toolbox: &Toolbox) -> Done {
    if fresh::is_fresh(workspace) {
        step::already(site::TITLE, "nothing has changed since the last one");
        return Ok(());
    }
    step::timed(site::TITLE, || site::build(workspace, toolbox))
}

/// The page and the server as they are written, built again at each change.
fn watch(_: &[String]) -> Done<ExitCode> {
    let workspace = Workspace::find()?;
    let toolbox = Toolbox::for_building(&workspace, &Cache::find()?)?;
    site::watch(&workspace, &toolbox)?;
    Ok(ExitCode::SUCCESS)
}

fn run(arguments: &[String]) -> Done<ExitCode> {
    let (workspace, _) = build()?;
    site::start(&workspace, arguments)
}

fn e2e(arguments: &[String]) -> Done<ExitCode> {
    let workspace = Workspace::find()?;
    let toolbox = Toolbox::for_testing(&workspace, &Cache::find()?)?;
    build_unless_fresh(&workspace, &toolbox)?;
    step::timed(browser::TITLE, || {
        browser::test(&workspace, &toolbox, arguments)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The server under load, or the page in a browser.
fn bench(arguments: &[String]) -> Done<ExitCode> {
    let rest = match arguments.split_first() {
        Some((first, rest)) if first == "--browser" => rest,
        _ => return bench::measure(&build()?.0, arguments),
    };
    let workspace = Workspace::find()?;
    let cache = Cache::find()?;
    let toolbox = Toolbox::for_testing(&workspace, &cache)?;
    build_unless_fresh(&workspace, &toolbox)?;
    drawing::measure(&workspace, &toolbox, &cache, rest)?;
    Ok(ExitCode::SUCCESS)
}

fn help() -> String {
    let words: Vec<Vec<String>> = SUBCOMMANDS
        .iter()
        .map(|it| {
            let call = format!("{} {}", it.name, it.arguments);
            vec![call.trim_end().to_owned(), it.does.to_owned()]
        })
        .collect();
    let variables: Vec<Vec<String>> = VARIABLES
        .iter()
        .map(|row| row.map(str::to_owned).to_vec())
        .collect();
    format!(
        "cargo xtask <word>: installs what is missing, then does the one thing.\n\n{}\n\
         Environment\n\n{}",
        table::left(&words),
        table::left(&variables)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn choice(text: &str) -> Result<(&'static str, Vec<String>), String> {
        match chosen(&arguments(text)) {
            Ok((subcommand, rest)) => Ok((subcommand.name, rest.to_vec())),
            Err(failure) => Err(failure.to_string()),
        }
    }

    #[test]
    fn arguments_reach_the_server_with_and_without_a_dash_dash() {
        let expected = Ok(("run", arguments("--demo --port 1")));
        assert_eq!(choice("run --demo --port 1"), expected);
        assert_eq!(choice("run -- --demo --port 1"), expected);
    }

    #[test]
    fn only_the_first_dash_dash_is_ours() {
        assert_eq!(
            choice("e2e -- -- a"),
            Ok(("e2e", arguments("-- a"))),
            "the second one belongs to the program"
        );
    }

    #[test]
    fn nothing_is_help() {
        for text in ["", "help", "-h", "--help"] {
            assert_eq!(choice(text), Ok(("help", Vec::new())), "{text:?}");
        }
    }

    #[test]
    fn an_unknown_word_is_named() {
        let told = choice("tset").expect_err("there is no such word");
        assert!(told.contains("cargo xtask tset"), "{told}");
        assert!(told.contains("cargo xtask help"), "{told}");
    }

    #[test]
    fn surplus_arguments_are_refused() {
        let told = choice("test --fast").expect_err("it takes none");
        assert!(told.contains("takes no arguments"), "{told}");
        assert!(told.contains("--fast"), "{told}");
    }

    #[test]
    fn help_names_every_word_and_variable() {
        let text = help();
        for name in SUBCOMMANDS
            .iter()
            .map(|it| it.name)
            .chain(VARIABLES.iter().map(|row| row[0]))
        {
            assert!(text.contains(name), "{name} is missing in:\n{text}");
        }
    }
}
