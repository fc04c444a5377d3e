//! Which of the crates that others have written are known to have holes: the database of `RustSec`, and the two programs that
//! hold Cargo.lock against it.
//!
//! The database is fetched anew each time, from a place that not every machine reaches: what cannot be looked up is
//! skipped, and said to be. cargo-deny looks at what is built for our targets; cargo-audit at all that Cargo.lock names. Not
//! here: how they are installed ([`crate::tools`]), which licences and sources may be ([`crate::checks`], `deny.toml`).

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cache::Cache;
use crate::command;
use crate::failure::Done;
use crate::tools::Toolbox;
use crate::workspace::Workspace;

/// What is said where the database cannot be had.
pub(crate) const UNREACHED: &str = "skipped: the advisory database cannot be reached";

/// Where it is: cargo-deny and cargo-audit take it from there too.
const HOME: &str = "https://github.com/RustSec/advisory-db";

/// What it is called in the cache.
const NAME: &str = "advisory-db";

/// How long fetching it may take: some ten megabytes; where a network swallows what is sent, nothing would ever come.
const PATIENCE: Duration = Duration::from_secs(60);

/// The database as it is today; `None`: it cannot be reached.
pub(crate) fn fetch(workspace: &Workspace, cache: &Cache) -> Done<Option<PathBuf>> {
    cache.keep(NAME, |folder| {
        fetch_into(workspace, folder, HOME).then(|| folder.to_path_buf())
    })
}

/// Has a folder be what is at `from` now; a folder that was fetched before is brought up to date.
fn fetch_into(workspace: &Workspace, folder: &Path, from: &str) -> bool {
    let git = |arguments: &[&str]| {
        let mut git = workspace.command("git");
        // Nobody is there to be asked for a password.
        git.env("GIT_TERMINAL_PROMPT", "0");
        git.arg("-C").arg(folder).args(arguments);
        command::succeeds_within(&mut git, PATIENCE)
    };
    let mut begin = workspace.command("git");
    begin.args(["init", "--quiet"]).arg(folder);
    command::succeeds_within(&mut begin, PATIENCE)
        && git(&["fetch", "--quiet", "--depth", "1", from, "HEAD"])
        && git(&["reset", "--quiet", "--hard", "FETCH_HEAD"])
}

/// `cargo deny check advisories`: what is built.
pub(crate) fn deny(workspace: &Workspace, toolbox: &Toolbox, _: &Path) -> Done {
    let mut deny = workspace.cargo(&["deny", "check", "advisories"]);
    command::run(deny.env("PATH", &toolbox.path))
        .map_err(|failure| failure.advise("update what it names above: cargo update -p …"))
}

/// `cargo audit`: all that Cargo.lock names.
pub(crate) fn audit(workspace: &Workspace, toolbox: &Toolbox, database: &Path) -> Done {
    let mut audit = workspace.cargo(&["audit", "--no-fetch", "--db"]);
    command::run(audit.arg(database).env("PATH", &toolbox.path))
        .map_err(|failure| failure.advise("update what it names above: cargo update -p …"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use std::fs;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_database_is_fetched_and_brought_up_to_date_and_one_that_is_nowhere_is_not_there() {
        let workspace = Workspace::find().unwrap();
        let name = format!("brooklet-xtask-advisories-{}", std::process::id());
        let root = std::env::temp_dir().join(name);
        let (there, here) = (root.join("there"), root.join("here"));
        fs::create_dir_all(&there).unwrap();
        let from = there.to_str().unwrap();
        assert!(!fetch_into(&workspace, &here, from), "it is no repository");
        let git = |arguments: &[&str]| {
            let mut git = Command::new("git");
            git.args(["-c", "user.name=x", "-c", "user.email=x@x.example"]);
            // What a person has set for all their commits is not for these.
            git.args(["-c", "commit.gpgsign=false", "-c", "core.hooksPath="]);
            git.arg("-C").arg(&there).args(arguments);
            assert!(
                command::succeeds_within(&mut git, PATIENCE),
                "{arguments:?}"
            );
        };
        git(&["init", "--quiet"]);
        for text in ["one", "another"] {
            fs::write(there.join("file"), text).unwrap();
            git(&["add", "."]);
            git(&["commit", "--quiet", "--message", text]);
            assert!(fetch_into(&workspace, &here, from));
            assert_eq!(fs::read_to_string(here.join("file")).unwrap(), text);
        }
        fs::remove_dir_all(&there).unwrap();
        assert!(
            !fetch_into(&workspace, &here, from),
            "what was there is old"
        );
        fs::remove_dir_all(root).unwrap();
    }
}
