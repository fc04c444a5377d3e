//! The folder that tools are installed into, shared by all clones on a machine.
//!
//! What stands under its final name is complete: an install happens beside it and is then renamed,
//! and two runs that want the same thing wait for each other. Not here: what is installed.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::failure::{Done, Failure};
use crate::step;

/// Names another folder than the usual one.
pub(crate) const VARIABLE: &str = "BROOKLET_TOOLS";

/// The folder.
pub(crate) struct Cache {
    root: PathBuf,
}

impl Cache {
    /// Where it is on this machine.
    pub(crate) fn find() -> Done<Self> {
        match chosen(env::consts::OS, |name| env::var_os(name)) {
            Some(root) => Ok(Self { root }),
            None => Err(Failure::new("there is no home folder to keep tools in")
                .advise(format!("set {VARIABLE} to a folder for them"))),
        }
    }

    /// The folder of one installed thing, there or not.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Installs `name` by `work`, which is given an empty folder to fill, unless it is there.
    /// `proof` is the file in it that makes it complete.
    pub(crate) fn install(
        &self,
        name: &str,
        proof: &Path,
        work: impl FnOnce(&Path) -> Done,
    ) -> Done<PathBuf> {
        let folder = self.folder(name);
        if folder.join(proof).exists() {
            step::already(name, "already here");
            return Ok(folder);
        }
        fs::create_dir_all(&self.root)
            .map_err(|error| Failure::file("making the folder", &self.root, &error))?;
        step::timed(name, || {
            let _lock = self.lock(name)?;
            if folder.join(proof).exists() {
                step::say("somebody else has just installed it");
                return Ok(folder);
            }
            let part = self.root.join(format!("{name}.part"));
            renew(&part)?;
            work(&part)?;
            if !part.join(proof).exists() {
                return Err(Failure::new(format!(
                    "{name} was installed without an error, but {} is not in it",
                    proof.display()
                )));
            }
            remove(&folder)?;
            fs::rename(&part, &folder)
                .map_err(|error| Failure::file("moving into place", &folder, &error))?;
            Ok(folder)
        })
    }

    /// Does `work` in the folder of something that others keep up to date as well, and never two at once.
    pub(crate) fn keep<T>(&self, name: &str, work: impl FnOnce(&Path) -> T) -> Done<T> {
        fs::create_dir_all(&self.root)
            .map_err(|error| Failure::file("making the folder", &self.root, &error))?;
        let _lock = self.lock(name)?;
        Ok(work(&self.folder(name)))
    }

    /// Held as long as the file is; the system lets go of it even when we are killed.
    fn lock(&self, name: &str) -> Done<File> {
        let path = self.root.join(format!("{name}.lock"));
        let failed = |error| Failure::file("locking", &path, &error);
        let file = File::create(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                step::say("another run is installing it: waiting");
                file.lock().map_err(failed)?;
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        Ok(file)
    }
}

/// Chooses by the operating system and the environment.
fn chosen(os: &str, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = |name: &str| {
        let value = variable(name).filter(|value| !value.is_empty())?;
        Some(PathBuf::from(value))
    };
    if let Some(own) = folder(VARIABLE) {
        return Some(own);
    }
    let caches = match os {
        "windows" => folder("LOCALAPPDATA"),
        _ => folder("XDG_CACHE_HOME").or_else(|| {
            let caches = match os {
                "macos" => "Library/Caches",
                _ => ".cache",
            };
            Some(folder("HOME")?.join(caches))
        }),
    };
    Some(caches?.join("brooklet").join("tools"))
}

fn renew(folder: &Path) -> Done {
    remove(folder)?;
    fs::create_dir(folder).map_err(|error| Failure::file("making the folder", folder, &error))
}

fn remove(folder: &Path) -> Done {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .map_err(|error| Failure::file("removing the folder", folder, &error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen_with(os: &str, variables: &[(&str, &str)]) -> Option<PathBuf> {
        chosen(os, |name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn the_folder_follows_the_customs_of_the_system() {
        let home = ("HOME", "/home-of-one");
        for (os, variables, expected) in [
            ("linux", vec![home], "/home-of-one/.cache/brooklet/tools"),
            (
                "linux",
                vec![home, ("XDG_CACHE_HOME", "/x")],
                "/x/brooklet/tools",
            ),
            (
                "linux",
                vec![home, ("XDG_CACHE_HOME", "")],
                "/home-of-one/.cache/brooklet/tools",
            ),
            (
                "macos",
                vec![home],
                "/home-of-one/Library/Caches/brooklet/tools",
            ),
            (
                "windows",
                vec![("LOCALAPPDATA", "/local")],
                "/local/brooklet/tools",
            ),
            ("linux", vec![home, (VARIABLE, "/mine")], "/mine"),
            ("windows", vec![(VARIABLE, "/mine")], "/mine"),
        ] {
            assert_eq!(
                chosen_with(os, &variables),
                Some(PathBuf::from(expected)),
                "{os} {variables:?}"
            );
        }
    }

    #[test]
    fn without_a_home_there_is_none() {
        assert_eq!(chosen_with("linux", &[]), None);
        assert_eq!(chosen_with("windows", &[("HOME", "/home-of-one")]), None);
    }

    /// A cache in a folder that goes away with it.
    struct Scratch(Cache);

    impl Scratch {
        fn new(test: &str) -> Self {
            let name = format!("brooklet-xtask-{test}-{}", std::process::id());
            let root = env::temp_dir().join(name);
            renew(&root).expect("a folder of our own");
            Self(Cache { root })
        }

        fn install(&self, work: impl FnOnce(&Path) -> Done) -> Done<PathBuf> {
            self.0.install("tool-1", Path::new("bin/tool"), work)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0.root);
        }
    }

    fn fill(folder: &Path) -> Done {
        fs::create_dir(folder.join("bin")).expect("a new folder");
        fs::write(folder.join("bin/tool"), "").expect("a new file");
        Ok(())
    }

    #[test]
    fn an_install_is_done_once() {
        let cache = Scratch::new("once");
        let folder = cache.install(fill).expect("the first one works");
        assert!(folder.join("bin/tool").exists());
        let again = cache.install(|_| Err(Failure::new("must not run")));
        assert_eq!(again, Ok(folder));
    }

    #[test]
    fn an_interrupted_install_is_not_taken_for_a_finished_one() {
        let cache = Scratch::new("interrupted");
        let failed = cache.install(|folder| {
            fs::write(folder.join("half"), "").expect("a new file");
            Err(Failure::new("the network went away"))
        });
        assert!(failed.is_err());
        assert!(!cache.0.folder("tool-1").exists());
        let folder = cache.install(fill).expect("the second try works");
        assert!(
            !folder.join("half").exists(),
            "it starts in an empty folder"
        );
    }

    #[test]
    fn a_folder_without_the_program_is_replaced() {
        let cache = Scratch::new("replaced");
        fs::create_dir(cache.0.folder("tool-1")).expect("a new folder");
        let folder = cache.install(fill).expect("it works");
        assert!(folder.join("bin/tool").exists());
    }

    #[test]
    fn an_install_without_the_program_fails() {
        let cache = Scratch::new("empty");
        let told = cache.install(|_| Ok(())).expect_err("nothing is there");
        assert!(told.to_string().contains("tool-1 was installed without"));
    }
}
