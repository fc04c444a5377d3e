//! A folder for a server's files, gone when dropped.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Told;

/// How many there have been: each has a name of its own.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// An empty folder.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn make() -> io::Result<Self> {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("brooklet-bench-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// The same, for a server that keeps data.
    pub(crate) fn for_data() -> Told<Self> {
        Self::make().map_err(|error| format!("a folder for data could not be made: {error}"))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // At worst a small folder stays in the folder for what may be deleted.
        let _ = fs::remove_dir_all(&self.0);
    }
}
