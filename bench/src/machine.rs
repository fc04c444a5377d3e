//! What was measured, on what, and when: for who reads the table later.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Facts of this machine and these programs; what cannot be found out is said to be unknown.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) date: String,
    pub(crate) processor: String,
    pub(crate) kernel: String,
    pub(crate) commit: String,
    pub(crate) brooklet: String,
    pub(crate) nginx: String,
}

impl Machine {
    pub(crate) fn look(brooklet: &Path, nginx: Option<&Path>) -> Self {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        // This program is allowed one core alone by now, so the machine is asked.
        let cores = match processors.matches("processor\t").count() {
            0 => cores,
            count => count,
        };
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        // What follows the number is whose kernel it is.
        let kernel = kernel.split('-').next().unwrap_or_default();
        Self {
            date: said("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
            processor: format!("{cores} cores, {}", model_in(&processors)),
            kernel: format!("Linux {}", or_unknown(kernel.trim())),
            commit: said("git", &["describe", "--always", "--dirty", "--abbrev=12"]),
            brooklet: said(brooklet, &["--version"]),
            nginx: nginx.map_or_else(|| "not there".to_owned(), |nginx| said(nginx, &["-v"])),
        }
    }
}

fn model_in(processors: &str) -> &str {
    let line = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    or_unknown(line.map_or("", |line| line.trim_start_matches([' ', '\t', ':'])))
}

/// What a program says on one line, on stdout or, as nginx does, on stderr.
fn said(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else {
        return or_unknown("").to_owned();
    };
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    or_unknown(text.lines().next().unwrap_or_default().trim()).to_owned()
}

fn or_unknown(text: &str) -> &str {
    if text.is_empty() { "unknown" } else { text }
}

/// What others do on this machine while something is measured: all that its processors do, without this program and those
/// of its children that have ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Others {
    since: Instant,
    ticks: u64,
}

impl Others {
    /// As it is now, where the system tells.
    pub(crate) fn look() -> Option<Self> {
        let all = busy_in(&fs::read_to_string("/proc/stat").ok()?)?;
        let own = with_children_in(&fs::read_to_string("/proc/self/stat").ok()?)?;
        Some(Self {
            since: Instant::now(),
            ticks: all.saturating_sub(own),
        })
    }

    /// How much of a core they have used since then, in percent; a tick is 10 ms.
    pub(crate) fn percent_since(self) -> Option<f64> {
        let used = Self::look()?.ticks.saturating_sub(self.ticks) as f64;
        Some(used / self.since.elapsed().as_secs_f64().max(f64::EPSILON))
    }
}

/// The ticks in which processors were not idle: user, nice, system, and from the sixth on interrupts and what the host took.
fn busy_in(stat: &str) -> Option<u64> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Option<Vec<u64>> = line.split_whitespace().map(|it| it.parse().ok()).collect();
    let ticks = ticks?;
    Some(ticks.get(..3)?.iter().sum::<u64>() + ticks.get(5..8)?.iter().sum::<u64>())
}

/// The 14th to the 17th field: the program's own, and that of its children who have ended.
fn with_children_in(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let times = rest.split_whitespace().skip(11).take(4);
    times.map(|it| it.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_found() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nflags\t: fpu\n";
        assert_eq!(model_in(text), "Some CPU @ 2 GHz");
        assert_eq!(model_in(""), "unknown");
    }

    #[test]
    fn what_processors_do_is_found() {
        let stat = "cpu  100 20 3 9000 800 4 5 6 0 0\ncpu0 1 2 3";
        assert_eq!(busy_in(stat), Some(138));
        assert_eq!(busy_in("cpu  1 2"), None);
        let stat = "7 (a) b) R 1 1 1 0 -1 4194304 101 0 1 0 30 12 5 1 20 0 1 0 697539 3133440";
        assert_eq!(with_children_in(stat), Some(48));
    }
}
