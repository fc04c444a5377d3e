//! The release binary as its users have it: a file, and nothing beside it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use crate::failure::{Done, Failure};

/// A folder with the binary and nothing else, so that a file it needs besides itself is missed.
/// It goes away with this value.
pub(crate) struct Alone {
    pub(crate) folder: PathBuf,
    pub(crate) binary: PathBuf,
}

impl Alone {
    /// A copy of a binary.
    pub(crate) fn copy_of(original: &Path) -> Done<Self> {
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
