//! Where things are in this repository.
//!
//! Not here: what is done with them.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command;
use crate::failure::{Done, Failure};

/// The checkout, and the folder that cargo builds into.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The workspace that this program belongs to.
    pub(crate) fn find() -> Done<Self> {
        let own = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = own.parent().unwrap_or(&own).to_path_buf();
        let mut metadata = Command::new("cargo");
        metadata
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(&root);
        let answer = command::output(&mut metadata)?;
        let target = target_directory(&answer).ok_or_else(|| {
            Failure::new("cargo metadata named no target folder").by(command::shown(&metadata))
        })?;
        Ok(Self { root, target })
    }

    /// The folder of the repository.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The server with the page inside it.
    pub(crate) fn binary(&self) -> PathBuf {
        self.program("release", "brooklet")
    }

    /// The stand-in for Ollama.
    pub(crate) fn simulator(&self) -> PathBuf {
        self.program("debug", "ollama-sim")
    }

    /// What cargo-leptos makes for the browser: `site-root` in Cargo.toml, which it takes from the
    /// root, wherever cargo builds.
    pub(crate) fn site(&self) -> PathBuf {
        self.root.join("target/site")
    }

    /// The browser tests.
    pub(crate) fn end2end(&self) -> PathBuf {
        self.root.join("end2end")
    }

    /// A command in the root, without the variables that `cargo run` gave us: some build scripts
    /// watch them, and would build anew each time a person changes between `cargo xtask` and cargo.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        command
    }

    /// Cargo in the root.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.command("cargo");
        command.args(arguments);
        command
    }

    fn program(&self, profile: &str, name: &str) -> PathBuf {
        let file = format!("{name}{}", env::consts::EXE_SUFFIX);
        self.target.join(profile).join(file)
    }
}

/// Reads `"target_directory":"…"` out of the one line of JSON that `cargo metadata` prints.
fn target_directory(metadata: &str) -> Option<PathBuf> {
    let (_, rest) = metadata.split_once(r#""target_directory":""#)?;
    let mut path = String::new();
    let mut characters = rest.chars();
    loop {
        match characters.next()? {
            '"' => return Some(PathBuf::from(path)),
            '\\' => path.push(characters.next()?),
            character => path.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_folder_is_read_from_the_metadata() {
        assert_eq!(
            target_directory(r#"{"packages":[],"target_directory":"/a b/target","version":1}"#),
            Some(PathBuf::from("/a b/target"))
        );
        assert_eq!(
            target_directory(r#"{"target_directory":"C:\\me\\target"}"#),
            Some(PathBuf::from(r"C:\me\target"))
        );
        assert_eq!(target_directory(r#"{"target_directory":"cut"#), None);
        assert_eq!(target_directory("{}"), None);
    }
}
