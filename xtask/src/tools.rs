//! The tools that a build needs besides cargo: the table of them with their versions, and how each
//! kind is installed.
//!
//! Not here: where they are kept ([`crate::cache`]), what only the browser tests need
//! ([`crate::packages`], [`crate::chromium`]).

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache::Cache;
use crate::chromium;
use crate::command;
use crate::failure::{Done, Failure};
use crate::lockfile;
use crate::packages;
use crate::renderer;
use crate::step;
use crate::workspace::Workspace;

/// What the page is compiled to.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

struct Tool {
    /// As its registry calls it.
    package: &'static str,
    version: Version,
    program: &'static str,
    source: Source,
    /// Said when it has to be installed.
    takes: &'static str,
}

enum Version {
    Exactly(&'static str),
    /// The same as that of a crate in Cargo.lock: the two speak a private format to each other.
    AsLocked(&'static str),
}

enum Source {
    /// `locked`: with the versions in the crate's own Cargo.lock.
    Crate {
        locked: bool,
    },
    Npm,
}

const TOOLS: [Tool; 3] = [
    // The last version whose own lock builds with our compiler.
    Tool {
        package: "cargo-leptos",
        version: Version::Exactly("0.3.10"),
        program: "cargo-leptos",
        source: Source::Crate { locked: true },
        takes: "compiling it takes about ten minutes, once",
    },
    // Not locked: its lock names a version that is gone.
    Tool {
        package: "wasm-bindgen-cli",
        version: Version::AsLocked("wasm-bindgen"),
        program: "wasm-bindgen",
        source: Source::Crate { locked: false },
        takes: "compiling it takes some minutes, once",
    },
    // Distributions have older ones, which refuse what our compiler writes.
    Tool {
        package: "binaryen",
        version: Version::Exactly("132.0.0"),
        program: "wasm-opt",
        source: Source::Npm,
        takes: "fetching it takes some seconds, once",
    },
];

/// What looks at the crates that others have written. Both are locked, as cargo-leptos is.
const AUDITORS: [Tool; 2] = [
    Tool {
        package: "cargo-deny",
        version: Version::Exactly("0.20.2"),
        program: "cargo-deny",
        source: Source::Crate { locked: true },
        takes: "compiling it takes some two minutes, once",
    },
    Tool {
        package: "cargo-audit",
        version: Version::Exactly("0.22.2"),
        program: "cargo-audit",
        source: Source::Crate { locked: true },
        takes: "compiling it takes some minutes, once",
    },
];

/// The tools, installed.
pub(crate) struct Toolbox {
    /// The `PATH` on which a build finds them.
    pub(crate) path: OsString,
    /// The browser for the browser tests; without one Playwright uses its own.
    pub(crate) chromium: Option<PathBuf>,
}

impl Toolbox {
    /// What the release build needs.
    pub(crate) fn for_building(workspace: &Workspace, cache: &Cache) -> Done<Self> {
        wasm_target(workspace)?;
        renderer::ensure(workspace, cache)?;
        let own = env::var_os("PATH").unwrap_or_default();
        Ok(Self {
            path: with_tools(&TOOLS, own, workspace, cache)?,
            chromium: None,
        })
    }

    /// That, and what the browser tests need.
    pub(crate) fn for_testing(workspace: &Workspace, cache: &Cache) -> Done<Self> {
        let toolbox = Self::for_building(workspace, cache)?;
        packages::ensure(workspace, cache)?;
        Ok(Self {
            chromium: chromium::ensure(workspace)?,
            ..toolbox
        })
    }

    /// That, and what looks at the crates of others.
    pub(crate) fn for_checking(workspace: &Workspace, cache: &Cache) -> Done<Self> {
        let toolbox = Self::for_testing(workspace, cache)?;
        Ok(Self {
            path: with_tools(&AUDITORS, toolbox.path, workspace, cache)?,
            ..toolbox
        })
    }
}

/// A `PATH` on which these tools are found too; those that are missing are installed.
fn with_tools(
    tools: &[Tool],
    path: OsString,
    workspace: &Workspace,
    cache: &Cache,
) -> Done<OsString> {
    let mut folders = Vec::new();
    for tool in tools {
        folders.extend(tool.ensure(workspace, cache)?);
    }
    env::join_paths(folders.into_iter().chain(env::split_paths(&path)))
        .map_err(|error| Failure::new(format!("the tools cannot be on a PATH: {error}")))
}

impl Tool {
    /// Installs it if it is missing; the folder to put on the `PATH`, unless it is there already.
    fn ensure(&self, workspace: &Workspace, cache: &Cache) -> Done<Option<PathBuf>> {
        let version = self.version(workspace)?;
        let name = format!("{}-{version}", self.package);
        let file = self.file();
        if !cache.folder(&name).join(&file).exists() && self.is_on_the_path(&version) {
            step::already(&name, "on the PATH");
            return Ok(None);
        }
        let folder = cache.install(&name, &file, |part| {
            step::say(self.takes);
            let by_hand = self.install_command(workspace, &version, &cache.folder(&name));
            self.install(workspace, &version, part).map_err(|failure| {
                failure.advise(format!(
                    "look at what it printed above; once that is mended, try again, or install it \
                     by hand: {}",
                    command::shown(&by_hand)
                ))
            })
        })?;
        let program = folder.join(file);
        Ok(program.parent().map(Path::to_path_buf))
    }

    fn version(&self, workspace: &Workspace) -> Done<String> {
        match self.version {
            Version::Exactly(version) => Ok(version.to_owned()),
            Version::AsLocked(package) => {
                let path = workspace.root().join("Cargo.lock");
                let lock = fs::read_to_string(&path)
                    .map_err(|error| Failure::file("reading", &path, &error))?;
                let version = lockfile::version(&lock, package).ok_or_else(|| {
                    Failure::new(format!(
                        "Cargo.lock does not name exactly one {package}, whose version {} has to \
                         have",
                        self.package
                    ))
                    .advise(format!("see who asks for it: cargo tree -i {package}"))
                })?;
                Ok(version.to_owned())
            }
        }
    }

    /// Where its program is in the folder it is installed into.
    fn file(&self) -> PathBuf {
        match self.source {
            Source::Crate { .. } => {
                Path::new("bin").join(format!("{}{}", self.program, env::consts::EXE_SUFFIX))
            }
            Source::Npm => Path::new("node_modules/.bin").join(command::npm_program(self.program)),
        }
    }

    fn is_on_the_path(&self, version: &str) -> bool {
        command::find(self.program).is_some_and(|program| {
            Command::new(program)
                .arg("--version")
                .output()
                .is_ok_and(|answer| announces(&String::from_utf8_lossy(&answer.stdout), version))
        })
    }

    fn install(&self, workspace: &Workspace, version: &str, folder: &Path) -> Done {
        if let Source::Crate { .. } = self.source {
            if self.fetched_as_binary(workspace, version, folder) {
                return Ok(());
            }
            // Under a name of its own, so that an interrupted compilation goes on where it was.
            let build = folder.with_extension("build");
            command::run(
                self.install_command(workspace, version, folder)
                    .arg("--target-dir")
                    .arg(&build),
            )?;
            // What is left of it would only take room.
            let _ = fs::remove_dir_all(build);
            return Ok(());
        }
        command::run(&mut self.install_command(workspace, version, folder))
    }

    fn install_command(&self, workspace: &Workspace, version: &str, folder: &Path) -> Command {
        match self.source {
            Source::Crate { locked } => {
                let mut command = workspace.cargo(&["install", self.package]);
                command.args(["--version", version]);
                if locked {
                    command.arg("--locked");
                }
                command.arg("--root").arg(folder);
                command
            }
            Source::Npm => {
                let mut command = workspace.command(command::npm_program("npm"));
                command.args(["install", "--no-audit", "--no-fund", "--prefix"]);
                command.arg(folder);
                command.arg(format!("{}@{version}", self.package));
                command
            }
        }
    }

    /// Whether cargo-binstall, on a machine that has it, found the program ready made.
    fn fetched_as_binary(&self, workspace: &Workspace, version: &str, folder: &Path) -> bool {
        if command::find("cargo-binstall").is_none() {
            return false;
        }
        let mut command = workspace.cargo(&["binstall", "--no-confirm"]);
        command.args(["--disable-strategies", "compile", "--root"]);
        command.arg(folder);
        command.arg(format!("{}@{version}", self.package));
        let fetched = command::run(&mut command).is_ok() && folder.join(self.file()).exists();
        if !fetched {
            step::say("cargo binstall could not fetch it, so it is compiled");
        }
        fetched
    }
}

/// Whether the answer to `--version` names this version; binaryen calls 132.0.0 `version 132`.
fn announces(answer: &str, version: &str) -> bool {
    answer.split_whitespace().any(|word| {
        word == version
            || version
                .strip_prefix(word)
                .is_some_and(|rest| rest == ".0.0")
    })
}

/// The standard library for the page's target.
fn wasm_target(workspace: &Workspace) -> Done {
    if command::find("rustup").is_none() {
        return wasm_target_without_rustup(workspace);
    }
    let mut list = workspace.command("rustup");
    list.args(["target", "list", "--installed"]);
    if command::output(&mut list)?.lines().any(|line| line == WASM) {
        step::already(WASM, "already here");
        return Ok(());
    }
    step::timed(WASM, || {
        command::run(workspace.command("rustup").args(["target", "add", WASM])).map_err(|failure| {
            failure.advise("rustup fetches Rust's library for the page: is the network there?")
        })
    })
}

fn wasm_target_without_rustup(workspace: &Workspace) -> Done {
    let mut ask = workspace.command("rustc");
    ask.args(["--print", "target-libdir", "--target", WASM]);
    let folder = command::output(&mut ask)?;
    if Path::new(folder.trim()).exists() {
        step::already(WASM, "already here");
        return Ok(());
    }
    Err(
        Failure::new(format!("the Rust on this machine cannot compile to {WASM}")).advise(
            "install your system's package with Rust's standard library for that target, or Rust \
             by rustup",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_taken_only_in_its_version() {
        assert!(announces("cargo-leptos 0.3.10\n", "0.3.10"));
        assert!(!announces("cargo-leptos 0.3.11\n", "0.3.10"));
        assert!(!announces("cargo-leptos 0.3.1\n", "0.3.10"));
        assert!(announces("wasm-opt version 132 (version_132)", "132.0.0"));
        assert!(!announces("wasm-opt version 108", "132.0.0"));
        assert!(!announces("", "132.0.0"));
        assert!(announces("cargo-deny 0.20.2\n", "0.20.2"));
        assert!(announces("cargo-audit-audit 0.22.2\n", "0.22.2"));
    }
}
