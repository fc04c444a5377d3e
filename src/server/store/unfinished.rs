//! What is to go on after a restart: the names of models whose downloads have not ended, in a small file of the data folder.
//! What is there of a model already is Ollama's matter.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::PathBuf,
};

/// The file's name. It is there only while something is unfinished.
pub const FILE: &str = "pulls.json";

/// The file.
#[derive(Clone, Debug)]
pub struct Unfinished(PathBuf);

impl Unfinished {
    /// The one at this place.
    pub const fn at(file: PathBuf) -> Self {
        Self(file)
    }

    /// The names; none where there is no file, or what is in it makes no sense: then nothing goes on, and nothing is lost.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    pub fn read(&self) -> io::Result<Vec<String>> {
        match fs::read(&self.0) {
            Ok(text) => Ok(serde_json::from_slice(&text).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Keeps these names in place of those before: all of them, or after a crash all of those before.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn write(&self, names: &[String]) -> io::Result<()> {
        if names.is_empty() {
            return match fs::remove_file(&self.0) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let part = self.0.with_extension("json.part");
        let mut file = File::create(&part)?;
        file.write_all(&serde_json::to_vec(names)?)?;
        file.sync_all()?;
        fs::rename(&part, &self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    #[test]
    fn names_are_there_until_they_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = Unfinished::at(folder.path().join(FILE));
        assert!(file.read().unwrap().is_empty());
        file.write(&[]).unwrap();
        let names = ["a".to_owned(), "b/c:d".to_owned()];
        file.write(&names).unwrap();
        assert_eq!(file.read().unwrap(), names);
        file.write(&names[..1]).unwrap();
        assert_eq!(file.read().unwrap(), names[..1]);
        file.write(&[]).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(folder.path().join(FILE), "{").unwrap();
        assert!(file.read().unwrap().is_empty());
    }
}
