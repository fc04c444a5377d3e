//! npm packages, pinned by the `package-lock.json` of a folder of this repository: those of the browser tests
//! (Playwright and what goes with it), and others' ([`installed`]).
//!
//! They are kept in the cache by that file's hash, so that a second clone installs nothing;
//! `end2end/node_modules` is a link to them. Not here: the browser ([`crate::chromium`]), what draws diagrams
//! ([`crate::renderer`]).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::cache::Cache;
use crate::command;
use crate::failure::{Done, Failure};
use crate::step;
use crate::workspace::Workspace;

const LOCK: &str = "package-lock.json";

/// Installs what the browser tests miss, and links it.
pub(crate) fn ensure(workspace: &Workspace, cache: &Cache) -> Done {
    let folder = workspace.end2end();
    let installed = installed(workspace, cache, "end2end", &program("playwright"))?;
    link(
        &installed.join("node_modules"),
        &folder.join("node_modules"),
    )
}

/// Where the packages of a folder of this repository are, once they are; `proof` is a file that makes them complete.
pub(crate) fn installed(
    workspace: &Workspace,
    cache: &Cache,
    name: &str,
    proof: &Path,
) -> Done<PathBuf> {
    let folder = workspace.root().join(name);
    let lock = folder.join(LOCK);
    let text = fs::read(&lock).map_err(|error| Failure::file("reading", &lock, &error))?;
    let name = format!("{}-{:016x}", name.replace('/', "-"), hash(&text));
    cache.install(&name, proof, |part| {
        for file in ["package.json", LOCK, ".npmrc"] {
            fs::copy(folder.join(file), part.join(file))
                .map_err(|error| Failure::file("copying", &folder.join(file), &error))?;
        }
        let mut install = workspace.command(command::npm_program("npm"));
        command::run(install.arg("ci").current_dir(part)).map_err(|failure| {
            failure.advise(
                "look at what it printed above: is the network there? do package.json and \
                 package-lock.json agree?",
            )
        })
    })
}

/// A program of these packages, seen from `end2end`.
pub(crate) fn program(name: &str) -> PathBuf {
    Path::new("node_modules/.bin").join(command::npm_program(name))
}

/// Makes `link` point to `target`. A real folder there is somebody's work and stays.
fn link(target: &Path, link: &Path) -> Done {
    let failed = |error| Failure::file("linking", link, &error);
    match fs::read_link(link) {
        Ok(old) if old == target => return Ok(()),
        Ok(_) => unlink(link).map_err(failed)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(_) => {
            step::say(&format!(
                "{} is a folder, not a link: it is used as it is; remove it to get the pinned \
                 packages",
                link.display()
            ));
            return Ok(());
        }
    }
    symlink(target, link).map_err(failed)
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(unix)]
fn unlink(link: &Path) -> io::Result<()> {
    fs::remove_file(link)
}

/// A junction, since on Windows a symbolic link needs a privilege.
#[cfg(windows)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    let status = std::process::Command::new("cmd")
        .args(["/C", "mklink", "/J"])
        .args([link, target])
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other("mklink /J did not work"))
    }
}

#[cfg(windows)]
fn unlink(link: &Path) -> io::Result<()> {
    fs::remove_dir(link)
}

/// FNV-1a: short, and the same with every compiler, which the standard library's does not promise.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[cfg(unix)]
    #[test]
    fn a_stale_link_is_replaced_and_a_folder_is_left() {
        let name = format!("brooklet-xtask-link-{}", std::process::id());
        let root = std::env::temp_dir().join(name);
        fs::create_dir_all(root.join("real")).expect("a folder of our own");
        let place = root.join("node_modules");
        for target in ["gone", "new", "new"] {
            let target = root.join(target);
            link(&target, &place).expect("a link");
            assert_eq!(fs::read_link(&place).expect("it is a link"), target);
        }
        link(&root.join("new"), &root.join("real")).expect("no error");
        assert!(fs::read_link(root.join("real")).is_err(), "still a folder");
        fs::remove_dir_all(root).expect("it was ours");
    }
}
