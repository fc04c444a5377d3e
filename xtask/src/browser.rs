//! The browser tests: Playwright against the release binary, alone in an empty folder.
//!
//! Not here: the tests themselves (`end2end/`), their packages ([`crate::packages`]) and their
//! browser ([`crate::chromium`]).

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use crate::chromium;
use crate::command;
use crate::failure::{Done, Failure};
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
fn simulator(workspace: &Workspace) -> Done<PathBuf> {
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

/// A folder with the binary and nothing else, so that a file it needs besides itself is missed.
/// It goes away with this value.
struct Alone {
    folder: PathBuf,
    binary: PathBuf,
}

impl Alone {
    fn copy_of(original: &Path) -> Done<Self> {
        let folder = env::temp_dir().join(format!("brooklet-e2e-{}", process::id()));
        fs::create_dir(&folder)
            .map_err(|error| Failure::file("making the folder", &folder, &error))?;
        let alone = Self {
            binary: folder.join(original.file_name().unwrap_or("brooklet".as_ref())),
            folder,
        };
        fs::copy(original, &alone.binary).map_err(|error| {
            Failure::file("copying", original, &error).advise("build first: cargo xtask build")
        })?;
        Ok(alone)
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        // A folder left over in the system's temporary one harms nobody.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_is_alone_while_it_is_needed() {
        let original = env::current_exe().expect("this test is a program");
        let alone = Alone::copy_of(&original).expect("there is room for a copy");
        let folder = alone.folder.clone();
        let files = fs::read_dir(&folder).expect("the folder is there").count();
        assert_eq!(files, 1);
        assert!(alone.binary.is_file());
        drop(alone);
        assert!(!folder.exists());
    }
}
