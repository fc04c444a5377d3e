//! The release build, and its start.
//!
//! cargo-leptos compiles the page to WASM, splits off what is loaded later, shrinks and compresses it,
//! then compiles the server with all of that inside. Not here: its tools ([`crate::tools`]), what the page weighs
//! ([`crate::size`]).

use std::process::ExitCode;
use std::time::SystemTime;

use crate::command;
use crate::failure::{Done, Failure};
use crate::fresh;
use crate::tools::Toolbox;
use crate::workspace::Workspace;

/// What the step is called.
pub(crate) const TITLE: &str = "release build";

/// Builds the page into `target/site` and the server into `target/release/brooklet`.
pub(crate) fn build(workspace: &Workspace, toolbox: &Toolbox) -> Done {
    // Not `cargo leptos`: cargo would prefer another version in its own folder to the one on the
    // PATH.
    let mut command = workspace.command("cargo-leptos");
    command
        .args(["build", "--release", "--precompress", "--split"])
        .env("PATH", &toolbox.path);
    let begun = SystemTime::now();
    command::run(&mut command)
        .map_err(|failure| failure.advise("look at the first error that it printed above"))?;
    let binary = workspace.binary();
    if binary.is_file() {
        fresh::note(workspace, begun);
        return Ok(());
    }
    Err(Failure::new(format!(
        "the build went well, but {} is not there",
        binary.display()
    ))
    .advise("see [package.metadata.leptos] in Cargo.toml: is another place set for the binary?"))
}

/// Builds, serves, and does both again at each change, until it is told to end.
pub(crate) fn watch(workspace: &Workspace, toolbox: &Toolbox) -> Done {
    let mut command = workspace.command("cargo-leptos");
    command.arg("watch").env("PATH", &toolbox.path);
    command::run(&mut command)
}

/// Becomes the server, so that its signals and its exit code are its own.
#[cfg(unix)]
pub(crate) fn start(workspace: &Workspace, arguments: &[String]) -> Done<ExitCode> {
    use std::os::unix::process::CommandExt;

    let mut command = std::process::Command::new(workspace.binary());
    let error = command.args(arguments).exec();
    Err(
        Failure::new(format!("the server could not be started: {error}"))
            .by(command::shown(&command)),
    )
}

/// Starts the server, waits for its end and passes its exit code on.
#[cfg(not(unix))]
pub(crate) fn start(workspace: &Workspace, arguments: &[String]) -> Done<ExitCode> {
    let mut command = std::process::Command::new(workspace.binary());
    let status = command.args(arguments).status().map_err(|error| {
        Failure::new(format!("the server could not be started: {error}"))
            .by(command::shown(&command))
    })?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
