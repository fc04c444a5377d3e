//! What was measured, on what, and when: for who reads the table later.

use std::fs;
use std::path::Path;
use std::process::Command;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_found() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nflags\t: fpu\n";
        assert_eq!(model_in(text), "Some CPU @ 2 GHz");
        assert_eq!(model_in(""), "unknown");
    }
}
