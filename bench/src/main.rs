//! The load benchmark: the same streams read by several ways, side by side in one table.
//!
//! `ollama-sim` stamps each token with its number and the time at which it was sent; what arrives here is compared
//! with that. The server under test has core 0 for itself; the simulator and this program share core 1.
//!
//! * [`way`]: by which ways a stream is read, [`load`]: how many streams, of how many tokens.
//! * [`process`]: the servers as children of this program, and what they cost; [`nginx`]: one of them; [`folder`]: their files.
//! * [`client`]: one connection; [`response`]: HTTP/1.1 taken apart; [`answer`]: the tokens in it, checked.
//! * [`run`]: one load by one way; [`figures`]: what it comes to; [`report`], [`machine`]: the table and what it was
//!   measured on.
//! * [`store`]: a large database, what is asked of it, and streams beside it.
//! * [`accounts`]: what it costs that people sign in.
//! * [`results`]: the file that keeps what was measured.
//!
//! Not here: the simulator, and how the programs are built (`cargo xtask bench` does both).

mod accounts;
mod answer;
mod client;
mod figures;
mod folder;
mod load;
mod machine;
mod nginx;
mod process;
mod report;
mod response;
mod results;
mod run;
mod store;
mod way;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use figures::Figures;
use load::Load;
use machine::Machine;
use report::Report;
use run::Programs;
use way::Way;

/// What goes wrong here is told in a sentence and ends the program.
type Told<T> = Result<T, String>;

/// No stream begins later than this, so that all of them end within seven minutes; the store takes two or three more, the accounts one.
const LAST_BEGIN: Duration = Duration::from_secs(6 * 60);

/// The load benchmark of Brooklet.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Brooklet's release binary
    #[arg(long, value_name = "FILE")]
    brooklet: PathBuf,
    /// The simulator's release binary
    #[arg(long, value_name = "FILE")]
    sim: PathBuf,
    /// nginx; without it, its rows are left out
    #[arg(long, value_name = "FILE")]
    nginx: Option<PathBuf>,
    /// Only small loads, for a smoke test
    #[arg(long)]
    quick: bool,
    /// Only this way, this load, the store or the accounts; may be given several times
    #[arg(long, value_name = "NAME", help = only_help())]
    only: Vec<String>,
    /// Where a whole run writes its tables, and one of the store or the accounts alone its own part; others do not
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match begin(&arguments) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(errors) => {
            eprintln!("error: {errors} errors in the streams; the table says where.");
            ExitCode::FAILURE
        }
        Err(why) => {
            eprintln!("error: {why}.");
            ExitCode::FAILURE
        }
    }
}

/// Measures; the answer is how many errors there were.
fn begin(arguments: &Arguments) -> Told<u64> {
    let loads = Load::all(arguments.quick);
    let chosen = Choice::of(&arguments.only, &loads)?;
    process::pin_this_program()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime could not be started: {error}"))?;
    // Dropping the work drops the servers, which kills them: so ends a Ctrl-C.
    let measured = runtime.block_on(async {
        tokio::select! {
            measured = measure(arguments, &loads, &chosen) => measured,
            () = ended() => Err("interrupted".to_owned()),
        }
    })?;
    let Measured {
        report,
        store,
        accounts,
    } = &measured;
    let tables = [
        chosen.streams.then(|| report.table()),
        store.as_ref().map(store::said),
        accounts.as_ref().map(accounts::said),
    ];
    let tables: Vec<String> = tables.into_iter().flatten().collect();
    let _ = write!(io::stdout(), "{}", tables.join("\n"));
    if let Some(path) = arguments.results.as_ref().filter(|_| !arguments.quick) {
        keep(path, arguments, &measured)?;
    }
    let store = store.as_ref().map_or(0, store::Findings::errors);
    let accounts = accounts.as_ref().map_or(0, accounts::Findings::errors);
    Ok(report.errors() + store + accounts)
}

/// What has been measured.
struct Measured {
    report: Report,
    store: Option<store::Findings>,
    accounts: Option<accounts::Findings>,
}

/// Writes what has been measured as a whole; a part that has not been stays as it is.
fn keep(path: &Path, arguments: &Arguments, measured: &Measured) -> Told<()> {
    let whole = arguments.only.is_empty();
    if !whole && !arguments.only.iter().all(|name| PARTS.contains(&&**name)) {
        return Ok(());
    }
    let parts = [
        whole.then(|| measured.report.document()),
        measured.store.as_ref().map(store::document),
        measured.accounts.as_ref().map(accounts::document),
    ];
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    std::fs::write(path, results::renewed(&kept, parts))
        .map_err(|error| format!("writing {} failed: {error}", path.display()))
}

async fn measure(arguments: &Arguments, loads: &[Load], chosen: &Choice) -> Told<Measured> {
    let begun = Instant::now();
    let programs = Programs::find(
        arguments.brooklet.clone(),
        arguments.sim.clone(),
        arguments.nginx.clone(),
    )?;
    let machine = Machine::look(&arguments.brooklet, arguments.nginx.as_deref());
    let mut report = Report::new(machine.clone());
    if arguments.nginx.is_none() {
        report.remark("nginx was not there, so its rows are missing.".to_owned());
    }
    for load in loads {
        for way in Way::ALL {
            let able = load.suits(way) && (way != Way::Nginx || arguments.nginx.is_some());
            if !able || !chosen.has(way, load) {
                continue;
            }
            if begun.elapsed() > LAST_BEGIN {
                report.remark(format!("{} by {}: left out, time was up.", load.title, way));
                continue;
            }
            let figures = run::run(&programs, way, load, None).await?;
            tell(way, load, &figures);
            report.add(load, way, figures);
        }
    }
    report.took(begun.elapsed());
    let store = match chosen.store {
        true => Some(store::measure(&programs, machine.clone(), arguments.quick).await?),
        false => None,
    };
    let accounts = match chosen.accounts {
        true => Some(accounts::measure(&programs, machine, arguments.quick).await?),
        false => None,
    };
    Ok(Measured {
        report,
        store,
        accounts,
    })
}

/// A word while it runs, on stderr; the table is for stdout.
fn tell(way: Way, load: &Load, figures: &Figures) {
    eprintln!(
        "  {} by {way}: {} tokens in {:.1} s, {} errors",
        load.title,
        figures.tokens,
        figures.wall.as_secs_f64(),
        figures.errors.count()
    );
}

/// What is measured beside the ways and the loads, as `--only` calls it.
const PARTS: [&str; 2] = [store::NAME, accounts::NAME];

/// What `--only` leaves.
struct Choice {
    ways: Vec<Way>,
    loads: Vec<&'static str>,
    /// Whether there is anything but the parts beside.
    streams: bool,
    store: bool,
    accounts: bool,
}

impl Choice {
    fn of(names: &[String], loads: &[Load]) -> Told<Self> {
        let is_part = |name: &String| PARTS.contains(&&**name);
        let has = |part: &str| names.is_empty() || names.iter().any(|name| name == part);
        let mut choice = Self {
            ways: Vec::new(),
            loads: Vec::new(),
            streams: names.is_empty() || !names.iter().all(is_part),
            store: has(store::NAME),
            accounts: has(accounts::NAME),
        };
        for name in names.iter().filter(|name| !is_part(name)) {
            let way = Way::ALL.into_iter().find(|way| way.name() == name);
            let load = loads.iter().find(|load| load.name == name);
            match (way, load) {
                (Some(way), _) => choice.ways.push(way),
                (None, Some(load)) => choice.loads.push(load.name),
                (None, None) => {
                    return Err(format!(
                        "there is no `{name}`; --only takes {}",
                        names_of(loads)
                    ));
                }
            }
        }
        Ok(choice)
    }

    fn has(&self, way: Way, load: &Load) -> bool {
        self.streams
            && (self.ways.is_empty() || self.ways.contains(&way))
            && (self.loads.is_empty() || self.loads.contains(&load.name))
    }
}

fn names_of(loads: &[Load]) -> String {
    let ways = Way::ALL.into_iter().map(Way::name);
    let loads = loads.iter().map(|load| load.name);
    let names: Vec<&str> = ways.chain(loads).chain(PARTS).collect();
    names.join(", ")
}

fn only_help() -> String {
    let names = names_of(&Load::all(false));
    format!("Only this way or this load; may be given several times: {names}")
}

/// Ctrl-C or SIGTERM.
async fn ended() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminated.recv() => return,
                _ = tokio::signal::ctrl_c() => return,
            }
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    #[test]
    fn only_takes_ways_and_loads() {
        let loads = Load::all(false);
        let choice = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            Choice::of(&names, &loads)
        };
        let load = |name| loads.iter().find(|load| load.name == name).unwrap();
        let all = choice(&[]).unwrap();
        assert!(all.has(Way::Sim, load("1")) && all.has(Way::Chat, load("full")));
        let some = choice(&["chat", "50", "full"]).unwrap();
        assert!(some.has(Way::Chat, load("50")) && some.has(Way::Chat, load("full")));
        assert!(!some.has(Way::Sim, load("50")) && !some.has(Way::Chat, load("1")));
        let store = choice(&["store"]).unwrap();
        assert!(store.store && !store.has(Way::Chat, load("50")));
        let both = choice(&["store", "50"]).unwrap();
        assert!(all.store && both.store && both.has(Way::Chat, load("50")) && !some.store);
        let accounts = choice(&["accounts"]).unwrap();
        assert!(accounts.accounts && !accounts.store && !accounts.streams);
        assert!(all.accounts && !both.accounts && !store.accounts && !some.accounts);
        let told = choice(&["everything"]).map(|_| ()).unwrap_err();
        assert!(
            told.contains("everything") && told.contains("one-shot"),
            "{told}"
        );
    }
}
