//! The browser tests: Playwright against the release binary, alone in an empty folder.
//!
//! Not here: the tests themselves (`end2end/`), their packages ([`crate::packages`]) and their
//! browser ([`crate::chromium`]).

use std::path::PathBuf;

use crate::alone::Alone;
use crate::chromium;
use crate::command;
use crate::failure::Done;
use crate::packages;
use crate::tools::Toolbox;
use crate::workspace::Workspace;

/// What the step is called.
pub(crate) const TITLE: &str = "browser tests";

/// Runs them, with further arguments for Playwright.
pub(crate) fn test(workspace: &Workspace, toolbox: &Toolbox, arguments: &[String]) -> Done {
    let simulator = simulator(workspace)?;
    check_types(workspace)?;
    let alone = Alone::copy_of(&workspace.binary())?;
    let mut command = workspace.command(workspace.end2end().join(packages::program("playwright")));
    command
        .arg("test")
        .args(arguments)
        .current_dir(workspace.end2end())
        .env("BROOKLET_BIN", &alone.binary)
        .env("OLLAMA_SIM_BIN", &simulator);
    if let Some(chromium) = &toolbox.chromium {
        command.env(chromium::VARIABLE, chromium);
    }
    command::run(&mut command).map_err(|failure| {
        failure.advise("run one of them again: cargo xtask e2e -g 'a part of its title'")
    })
}

/// The stand-in for Ollama. `--tests` changes nothing about it, but chooses the features of its
/// dependencies as the tests step did; without it they would be compiled a second time.
pub(crate) fn simulator(workspace: &Workspace) -> Done<PathBuf> {
    command::run(&mut workspace.cargo(&[
        "build",
        "--workspace",
        "--features",
        "ssr",
        "--tests",
        "--bin",
        "ollama-sim",
    ]))?;
    Ok(workspace.simulator())
}

/// Playwright runs TypeScript without looking at its types.
fn check_types(workspace: &Workspace) -> Done {
    let folder = workspace.end2end();
    if !folder.join("tsconfig.json").is_file() {
        return Ok(());
    }
    let mut command = workspace.command(folder.join(packages::program("tsc")));
    command
        .args(["--noEmit", "--project", "."])
        .current_dir(folder);
    command::run(&mut command)
        .map_err(|failure| failure.advise("mend the types that it names above"))
}
