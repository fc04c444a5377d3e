//! Whether the release binary is made of what is in the checkout now.
//!
//! cargo-leptos writes the site anew at each build, which has the server compiled again. A person who only wants to
//! start Brooklet a second time should not wait for that. Not here: the build itself ([`crate::site`]).

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::workspace::Workspace;

/// What the binary is made of, from the root.
const INPUTS: [&str; 14] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "Leptos.toml",
    "allocator",
    "build.rs",
    "migrations",
    "ollama-sim",
    "public",
    "rust-toolchain.toml",
    "src",
    "style",
    "vendor",
    "words",
];

/// Whether nothing has changed since the last build began.
pub(crate) fn is_fresh(workspace: &Workspace) -> bool {
    let built = fs::metadata(stamp(workspace)).and_then(|file| file.modified());
    let inputs = INPUTS
        .iter()
        .map(|input| newest(&workspace.root().join(input)));
    let changed = inputs
        .collect::<io::Result<Vec<_>>>()
        .map(|times| times.into_iter().max());
    match (built, changed) {
        (Ok(built), Ok(Some(changed))) => changed < built && workspace.binary().is_file(),
        _ => false,
    }
}

/// Takes note of a build that began at `begun` and went well.
pub(crate) fn note(workspace: &Workspace, begun: SystemTime) {
    // Without the note the next build is made once more, which is no harm.
    let _ = File::create(stamp(workspace)).and_then(|file| file.set_modified(begun));
}

fn stamp(workspace: &Workspace) -> PathBuf {
    workspace.binary().with_extension("built")
}

/// When the newest file of a tree was changed.
fn newest(path: &Path) -> io::Result<SystemTime> {
    let about = fs::metadata(path)?;
    let mut newest = about.modified()?;
    if about.is_dir() {
        for entry in fs::read_dir(path)? {
            newest = newest.max(self::newest(&entry?.path())?);
        }
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use std::time::Duration;

    use super::*;

    #[test]
    fn a_tree_is_as_new_as_its_newest_file() {
        let folder = std::env::temp_dir().join(format!("xtask-fresh-{}", std::process::id()));
        fs::create_dir_all(folder.join("inner")).unwrap();
        let later = SystemTime::now() + Duration::from_secs(100);
        File::create(folder.join("inner/file"))
            .unwrap()
            .set_modified(later)
            .unwrap();
        assert_eq!(newest(&folder).unwrap(), later);
        assert!(newest(&folder.join("nothing")).is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}
