//! The data folder: where it is unless somebody says so, and that one process has it at a time.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use super::StoreFault;

/// The file that is locked while a process has the folder.
const LOCK: &str = "brooklet.lock";

/// A data folder that is this process's own as long as this value lives.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// The lock goes with the file, however the process ends.
    _lock: File,
}

impl Folder {
    /// Makes the folder, if need be, and takes it.
    ///
    /// # Errors
    /// [`StoreFault::Folder`] when it cannot be made or written, [`StoreFault::Taken`] when another process has it.
    pub fn take(path: &Path) -> Result<Self, StoreFault> {
        let folder = || path.display().to_string();
        let failed = |cause| StoreFault::Folder {
            folder: folder(),
            cause,
        };
        make(path).map_err(failed)?;
        let lock = File::create(path.join(LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(StoreFault::Taken(folder())),
            Err(TryLockError::Error(cause)) => Err(failed(cause)),
        }
    }

    /// Where a file of this name is.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// What people ask their models is for nobody else's eyes.
#[cfg(unix)]
fn make(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn make(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)
}

/// Where this system keeps the data of a user's programs; `None` when the environment does not say who the user is.
pub fn usual() -> Option<PathBuf> {
    let named = |variable: &str| {
        let path = PathBuf::from(std::env::var_os(variable)?);
        path.is_absolute().then_some(path)
    };
    let data = if cfg!(windows) {
        named("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        named("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        named("XDG_DATA_HOME").or_else(|| Some(named("HOME")?.join(".local/share")))
    };
    Some(data?.join("brooklet"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    #[test]
    fn a_folder_has_one_owner_at_a_time() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b");
        let first = Folder::take(&path).unwrap();
        assert!(matches!(Folder::take(&path), Err(StoreFault::Taken(_))));
        drop(first);
        Folder::take(&path).unwrap();
    }

    #[test]
    fn what_is_no_folder_is_refused_with_its_name() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        fs::write(&path, "").unwrap();
        let why = Folder::take(&path).unwrap_err().to_string();
        assert!(why.contains("file") && why.contains("--data-dir"), "{why}");
    }
}
