//! What it costs that people sign in: the check of each request, and logins, whose passwords are dear on purpose.
//!
//! * [`people`]: accounts, and who asks by one of them.
//! * [`check`]: the same requests where nobody signs in and where all do.
//! * [`logins`]: how many there are at most; [`others`]: how long others wait beside them.
//! * [`mod@document`]: the tables.
//!
//! Not here: how accounts are kept, which is the server's matter.

mod check;
mod document;
mod logins;
mod others;
mod people;

use std::time::{Duration, Instant};

use crate::Told;
use crate::folder::Folder;
use crate::machine::{Machine, Others};
use crate::run::Programs;
use check::Checked;
pub(crate) use document::{HEADING, document, said};
use logins::Logins;
use people::People;

/// What `--only` calls it.
pub(crate) const NAME: &str = "accounts";

/// What has been measured.
#[derive(Debug)]
pub(crate) struct Findings {
    machine: Machine,
    checked: Vec<Checked>,
    logins: Logins,
    /// How much of a core others have used meanwhile, in percent.
    others: Option<f64>,
    took: Duration,
}

impl Findings {
    pub(crate) fn errors(&self) -> u64 {
        self.logins.errors()
    }
}

/// Makes accounts and measures Brooklet with them, and without.
pub(crate) async fn measure(programs: &Programs, machine: Machine, quick: bool) -> Told<Findings> {
    let begun = Instant::now();
    let others = Others::look();
    let folder = Folder::for_data()?;
    let people = People::make(programs, folder.path()).await?;
    tell("accounts made", begun.elapsed());
    let since = Instant::now();
    let checked = check::measure(programs, &people, quick).await?;
    tell("requests checked", since.elapsed());
    let since = Instant::now();
    let logins = logins::measure(programs, &people, quick).await?;
    tell("people signed in", since.elapsed());
    Ok(Findings {
        machine,
        checked,
        logins,
        others: others.and_then(|it| it.percent_since()),
        took: begun.elapsed(),
    })
}

/// A word while it runs.
fn tell(what: &str, took: Duration) {
    eprintln!("  {what} in {:.1} s", took.as_secs_f64());
}
