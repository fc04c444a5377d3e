//! What the program does instead of serving: looking after what it keeps, and after accounts ([`user`]).
//!
//! What is said here goes to stdout; how it is done is the store's matter.

pub mod user;

use std::{
    fmt::Display,
    io::{self, Write},
    path::PathBuf,
};

use clap::Subcommand;

use super::{
    Config,
    store::sqlite::{self, copy, inspection, inspection::Survey},
};

/// What to do instead of serving.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Copies the database to a file, while Brooklet serves too.
    ///
    /// The copy is of one moment, and checked. Nothing is overwritten.
    Backup {
        /// Where the copy is to be.
        #[arg(value_name = "FILE")]
        to: PathBuf,
    },
    /// Puts a backup in the place of the database.
    ///
    /// Stop Brooklet first. What was there before is kept beside it.
    Restore {
        /// The backup.
        #[arg(value_name = "FILE")]
        from: PathBuf,
    },
    /// Looks after the database.
    #[command(subcommand)]
    Db(Db),
    /// Looks after accounts, while Brooklet serves too.
    #[command(subcommand)]
    User(user::UserCommand),
}

/// What can be done with the database.
#[derive(Clone, Debug, Subcommand)]
pub enum Db {
    /// Says whether the database is whole, and what is in it, while Brooklet serves too.
    ///
    /// The exit code is 1 when it is damaged.
    Check,
}

/// Does it, and says what came of it.
///
/// # Errors
/// When it could not be done, or what was checked is damaged.
pub async fn run(command: &Command, config: &Config) -> io::Result<()> {
    let folder = config.data_dir()?;
    match command {
        Command::Backup { to } => {
            let survey = copy::backup(&folder, to).await.map_err(io::Error::other)?;
            let file = folder.join(sqlite::FILE);
            say(format!(
                "{} is a backup of {}.",
                to.display(),
                file.display()
            ))?;
            say(contents(&survey))?;
        }
        Command::Restore { from } => {
            let restored = copy::restore(from, &folder)
                .await
                .map_err(io::Error::other)?;
            let file = folder.join(sqlite::FILE);
            say(format!(
                "{} is as it was in {}.",
                file.display(),
                from.display()
            ))?;
            say(contents(&restored.survey))?;
            if let Some(before) = restored.before {
                say(format!("What was there before is in {}.", before.display()))?;
            }
        }
        Command::User(command) => user::run(command, config).await?,
        Command::Db(Db::Check) => {
            let file = folder.join(sqlite::FILE);
            let survey = inspection::check(&file).await.map_err(io::Error::other)?;
            say(format!("{} is whole.", file.display()))?;
            say(contents(&survey))?;
        }
    }
    Ok(())
}

/// Says a line on stdout. Who has heard enough (`| head -1`) stops nothing.
///
/// # Errors
/// When it could not be written.
pub fn say(line: impl Display) -> io::Result<()> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// What is in a database, for people.
fn contents(survey: &Survey) -> String {
    format!(
        "size: {}, chats: {}, messages: {}, generations: {}, version of its form: {}",
        size(survey.size),
        survey.chats,
        survey.messages,
        survey.generations,
        survey.version
    )
}

/// A number of bytes, for people.
fn size(bytes: u64) -> String {
    const KILO: u64 = 1000;
    match bytes {
        0..KILO => format!("{bytes} bytes"),
        KILO..1_000_000 => format!("{} kB", bytes / KILO),
        _ => {
            let tenths = bytes / (100 * KILO);
            format!("{}.{} MB", tenths / 10, tenths % 10)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_said_as_people_say_them() {
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(8192), "8 kB");
        assert_eq!(size(12_345_678), "12.3 MB");
    }
}
