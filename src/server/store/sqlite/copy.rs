//! Copies of the whole database: a backup of it while it is in use, and a backup in its place.
//!
//! A copy is written under another name, brought to the disk and checked before it gets its own: whatever happens
//! meanwhile, under that name is all of it or what was there before.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf, absolute},
    time::SystemTime,
};

use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{
    super::{Folder, StoreFault},
    FILE, PATIENCE,
    inspection::{Survey, beside, connect, fault, is_alone, survey, whole},
    schema,
    values::milliseconds,
};

/// What SQLite keeps beside a database and has not moved into it yet.
const NOT_MOVED_YET: [&str; 2] = ["-wal", "-journal"];

/// What has come of a restoration.
#[derive(Clone, Debug)]
pub struct Restored {
    /// What is there now.
    pub survey: Survey,
    /// Where what was there before is; `None`: there was nothing.
    pub before: Option<PathBuf>,
}

/// Copies the database in `folder` to the file `to`, as it is at this moment. Works while a Brooklet serves from it.
///
/// # Errors
/// [`StoreFault::Exists`] when there is something of that name already; otherwise when the database cannot be read, or
/// the copy not be written.
pub async fn backup(folder: &Path, to: &Path) -> Result<Survey, StoreFault> {
    let to = absolute(to).map_err(|cause| cannot_write(to, cause))?;
    if to.symlink_metadata().is_ok() {
        return Err(StoreFault::Exists(to.display().to_string()));
    }
    let from = folder.join(FILE);
    loop {
        let before = at_rest(&from);
        let mut reading = connect(&from).await?;
        let part = Part::beside(&to)?;
        let copied = part.fill(&mut reading, &from).await?;
        // A file at rest is read without regard to others, so nobody may have come meanwhile.
        if before.is_none() || at_rest(&from) == before {
            part.place()?;
            return Ok(copied);
        }
    }
}

/// When a file was last written, and how long it is, if nobody has it open; `None`: somebody has, or it is not there.
fn at_rest(file: &Path) -> Option<(SystemTime, u64)> {
    let known = file.metadata().ok()?;
    is_alone(file).then_some((known.modified().ok()?, known.len()))
}

/// Puts a copy of the file `from` in the place of the database in `folder`, and keeps what is there under another name.
///
/// # Errors
/// [`StoreFault::Unfit`] when `from` is no whole database of a Brooklet of this version or an earlier one,
/// [`StoreFault::Taken`] and [`StoreFault::Locked`] when the database is in use; otherwise when it could not be
/// written. What was there is still there then.
pub async fn restore(from: &Path, folder: &Path) -> Result<Restored, StoreFault> {
    let from = absolute(from).map_err(|cause| cannot_write(from, cause))?;
    let mut reading = fit(&from).await.map_err(|fault| unfit(&from, &fault))?;
    let folder = Folder::take(folder)?;
    let file = folder.file(FILE);
    let part = Part::beside(&file)?;
    let survey = part.fill(&mut reading, &from).await?;
    #[cfg(unix)]
    part.give_to_owner()?;
    let before = keep(&file).await?;
    let failed = |cause| cannot_write(&file, cause);
    // From here on there is an old database without the changes beside it, for a moment; all of it is kept already.
    // The other way round SQLite would take the old one's changes for the new one's.
    for suffix in NOT_MOVED_YET.iter().chain(&["-shm"]) {
        remove(&beside(&file, suffix)).map_err(failed)?;
    }
    fs::rename(&part.path, &file).map_err(failed)?;
    sync_folder_of(&file).map_err(failed)?;
    Ok(Restored { survey, before })
}

/// Opens a backup that can be restored.
async fn fit(from: &Path) -> Result<SqliteConnection, StoreFault> {
    let mut reading = connect(from).await?;
    survey(&mut reading, from).await?;
    schema::known(&mut reading, from).await?;
    whole(&mut reading, from).await?;
    Ok(reading)
}

/// What makes a backup one that is not restored, said of a backup.
fn unfit(from: &Path, fault: &StoreFault) -> StoreFault {
    let why = match fault {
        StoreFault::Missing(_) => "there is no such file".to_owned(),
        StoreFault::Foreign(_) => "it is a database, but not one of Brooklet's".to_owned(),
        StoreFault::Newer(_) => {
            "a newer Brooklet has written it. Restore it with that one".to_owned()
        }
        StoreFault::Odd(_) => "a Brooklet that was never released has written it".to_owned(),
        StoreFault::Damaged { cause, .. } => format!("it is damaged ({cause}). Try another backup"),
        other => other.to_string().trim_end_matches('.').to_owned(),
    };
    StoreFault::Unfit {
        file: from.display().to_string(),
        why,
    }
}

/// Gives the database a second name, which it keeps when another one gets its own; `None`: there is none.
async fn keep(file: &Path) -> Result<Option<PathBuf>, StoreFault> {
    if file.metadata().is_ok_and(|it| it.len() > 0) {
        gather(file).await?;
    } else if !file.exists() {
        return Ok(None);
    }
    let name = format!(".before-restore-{}", milliseconds(SystemTime::now()));
    let kept = beside(file, &name);
    for suffix in [""].iter().chain(&NOT_MOVED_YET) {
        let (from, to) = (beside(file, suffix), beside(&kept, suffix));
        if from.exists() {
            second_name(&from, &to).map_err(|cause| cannot_write(&to, cause))?;
        }
    }
    sync_folder_of(&kept).map_err(|cause| cannot_write(&kept, cause))?;
    Ok(Some(kept))
}

/// Moves what is beside a whole database into it. A damaged one stays as it is to the byte: who repairs it may need
/// what that would overwrite.
async fn gather(file: &Path) -> Result<(), StoreFault> {
    let looked = async {
        let mut connection = connect(file).await?;
        let looked = whole(&mut connection, file).await;
        connection.close().await?;
        looked
    };
    match looked.await {
        Ok(()) => {}
        Err(StoreFault::Damaged { .. }) => return Ok(()),
        Err(other) => return Err(other),
    }
    let options = SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(PATIENCE);
    let gathered = async {
        let mut connection = SqliteConnection::connect_with(&options).await?;
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        row.try_get::<bool, _>(0)
    };
    match gathered.await {
        Ok(false) => Ok(()),
        Ok(true) => Err(StoreFault::Locked(file.display().to_string())),
        Err(error) => Err(fault(file, error)),
    }
}

/// A copy that is being written, for its owner's eyes alone. Gone when dropped, unless it has been given its name.
#[derive(Debug)]
struct Part {
    path: PathBuf,
    /// What it is to be called.
    to: PathBuf,
}

impl Part {
    /// An empty one in the folder in which `file` is to be.
    fn beside(file: &Path) -> Result<Self, StoreFault> {
        let name = format!(".{}.part", milliseconds(SystemTime::now()));
        let path = beside(file, &name);
        let mut options = OpenOptions::new();
        options.create_new(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(_) => Ok(Self {
                path,
                to: file.to_owned(),
            }),
            Err(cause) => Err(cannot_write(file, cause)),
        }
    }

    /// Copies what `reading` has open, brings it to the disk and checks it.
    async fn fill(
        &self,
        reading: &mut SqliteConnection,
        from: &Path,
    ) -> Result<Survey, StoreFault> {
        // Of one moment, whoever writes meanwhile. SQLite writes into an empty file, whose mode stays.
        sqlx::query("VACUUM INTO ?1")
            .bind(self.path.to_string_lossy())
            .execute(reading)
            .await
            .map_err(|error| match fault(from, error) {
                StoreFault::Full(_) => StoreFault::Full(self.to.display().to_string()),
                // Which of the two it was SQLite does not say; it is written more than read.
                StoreFault::Disk { cause, .. } => StoreFault::Disk {
                    file: self.to.display().to_string(),
                    cause,
                },
                other => other,
            })?;
        sync(&self.path).map_err(|cause| cannot_write(&self.to, cause))?;
        let mut copy = connect(&self.path).await?;
        whole(&mut copy, &self.path).await?;
        let survey = survey(&mut copy, &self.path).await?;
        // There are systems on which a file that is open keeps its name.
        copy.close().await?;
        Ok(survey)
    }

    /// Gives it to whom the file belongs whose place it takes, or the folder: whoever restores may be root, and whoever
    /// serves somebody else.
    #[cfg(unix)]
    fn give_to_owner(&self) -> Result<(), StoreFault> {
        use std::os::unix::fs::{MetadataExt, chown};

        let given = || {
            let there = match (self.to.metadata(), self.to.parent()) {
                (Err(_), Some(folder)) => folder.metadata()?,
                (there, _) => there?,
            };
            if there.uid() == self.path.metadata()?.uid() {
                return Ok(());
            }
            chown(&self.path, Some(there.uid()), Some(there.gid()))
        };
        given().map_err(|cause| cannot_write(&self.to, cause))
    }

    /// Gives it its name, unless that has been taken.
    fn place(self) -> Result<(), StoreFault> {
        let to = &*self.to;
        match fs::hard_link(&self.path, to) {
            Ok(()) => {}
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
                return Err(StoreFault::Exists(to.display().to_string()));
            }
            // There are file systems without second names, such as a memory stick's.
            Err(_) => fs::rename(&self.path, to).map_err(|cause| cannot_write(to, cause))?,
        }
        sync_folder_of(to).map_err(|cause| cannot_write(to, cause))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // It is not there any more when it has been moved.
        let _ = fs::remove_file(&self.path);
    }
}

/// A second name for a file, or a copy of it where the file system has no such thing.
fn second_name(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => {
            fs::copy(from, to)?;
            sync(to)
        }
        linked => linked,
    }
}

/// Brings what is in a file to the disk. There are systems that do so only for who may write to it.
fn sync(file: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).open(file)?.sync_all()
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cause),
        _ => Ok(()),
    }
}

/// Brings names to the disk: on Unix they are their folder's.
fn sync_folder_of(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

fn cannot_write(file: &Path, cause: io::Error) -> StoreFault {
    StoreFault::File {
        file: file.display().to_string(),
        cause,
    }
}
