//! The store under load: a made-up database of 10,000 chats and 1,000,000 messages, and Brooklet on it.
//!
//! * [`text`]: what is said in it; [`fill`]: how it comes into the file.
//! * [`requests`]: opening, listing, searching; [`mod@document`]: the tables.
//!
//! Not here: the streams that run beside it ([`crate::run`]).

mod document;
mod fill;
mod requests;
mod text;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::Told;
use crate::client::Client;
use crate::figures::Figures;
use crate::folder::Folder;
use crate::load::Load;
use crate::machine::Machine;
use crate::process::{Memory, START};
use crate::run::{self, Programs, REST};
use crate::way::Way;
pub(crate) use document::{HEADING, document, said};
use fill::Size;
use requests::Asked;
use text::Vocabulary;

/// What `--only` calls it.
pub(crate) const NAME: &str = "store";

/// Brooklet's file in its data folder.
const FILE: &str = "brooklet.db";

/// How long it may take to collect the words of all messages.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// Nobody answers there: what is asked here is not about models.
const NOWHERE: &str = "127.0.0.1:9";

/// What has been measured.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) machine: Machine,
    size: Size,
    /// Filling the file, and its bytes then.
    filled: (Duration, u64),
    /// Brooklet's first start on it, in which it collects the words, and the file's bytes after that.
    worded: (Duration, u64),
    /// From a start to the first page.
    start: Duration,
    /// From then to the beginning of a first answer being saved.
    first: Duration,
    idle: Memory,
    /// When all has been asked.
    after: Memory,
    asked: Vec<Asked>,
    /// The streams, and whether the database beside them was the full one.
    streams: Vec<(bool, Figures)>,
    load: String,
    took: Duration,
}

impl Findings {
    pub(crate) fn errors(&self) -> u64 {
        let streams = self.streams.iter();
        streams.map(|(_, figures)| figures.errors.count()).sum()
    }
}

/// Makes the database and measures Brooklet on it.
pub(crate) async fn measure(programs: &Programs, machine: Machine, quick: bool) -> Told<Findings> {
    let begun = Instant::now();
    let (chats, messages, long) = match quick {
        true => (200, 20_000, 1000),
        false => (10_000, 1_000_000, 1000),
    };
    let size = Size {
        chats,
        messages,
        long,
    };
    let folder = Folder::for_data()?;
    let data = folder.path();
    let vocabulary = Vocabulary::new();
    // The schema is the server's own.
    serve_once(programs, data).await?;
    let since = Instant::now();
    let long = fill::fill(&data.join(FILE), size, &vocabulary).await?;
    let filled = (since.elapsed(), length(data)?);
    tell(&format!("{messages} messages written"), filled.0);
    let since = Instant::now();
    serve_once(programs, data).await?;
    let worded = (since.elapsed(), length(data)?);
    tell("their words collected", worded.0);

    let since = Instant::now();
    let (server, address) = programs.brooklet(NOWHERE, data, START).await?;
    let mut client = Client::connect(address).await?;
    client.get("/").await?;
    let start = since.elapsed();
    let since = Instant::now();
    client.send(Way::Kept, "nobody").await?;
    let first = since.elapsed();
    sleep(REST).await;
    let idle = server.memory()?;
    let asked = requests::ask(address, requests::all(&long, chats, &vocabulary)).await?;
    let after = server.memory()?;
    server.end().await?;

    let loads = Load::all(quick);
    let wanted = if quick { "50" } else { "200" };
    let load = loads.iter().find(|load| load.name == wanted);
    let load = load.ok_or("there is no load to put beside the database")?;
    let mut streams = Vec::new();
    // Twice each in turn, so that what the machine does meanwhile is seen.
    for full in [false, true, false, true] {
        let figures = run::run(programs, Way::Kept, load, full.then_some(data)).await?;
        tell(&format!("{} beside the database", load.title), figures.wall);
        streams.push((full, figures));
    }
    Ok(Findings {
        machine,
        size,
        filled,
        worded,
        start,
        first,
        idle,
        after,
        asked,
        streams,
        load: load.title.clone(),
        took: begun.elapsed(),
    })
}

/// Starts Brooklet, so that it brings its file up to date, and ends it, so that all of it is in the file.
async fn serve_once(programs: &Programs, data: &Path) -> Told<()> {
    let (server, _) = programs.brooklet(NOWHERE, data, PATIENCE).await?;
    server.end().await
}

/// How long the file is, with what has not yet come into it.
fn length(data: &Path) -> Told<u64> {
    let of = |path: PathBuf| fs::metadata(path).map(|it| it.len());
    let log = of(data.join(format!("{FILE}-wal"))).unwrap_or(0);
    let file = of(data.join(FILE));
    file.map(|file| file + log)
        .map_err(|error| format!("the database is not there: {error}"))
}

/// A word while it runs.
fn tell(what: &str, took: Duration) {
    eprintln!("  {what} in {:.1} s", took.as_secs_f64());
}
