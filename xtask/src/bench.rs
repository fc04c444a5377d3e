//! The load benchmark: what it needs is built or installed, then it runs.
//!
//! Not here: the benchmark itself (the crate `brooklet-bench`), and the release build ([`crate::site`]).

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::apt;
use crate::command;
use crate::failure::Done;
use crate::step;
use crate::workspace::Workspace;

/// What the step is called.
const TITLE: &str = "benchmark";

/// Where a whole run writes its table, from the root.
const RESULTS: &str = "benches/RESULTS.md";

/// Debian's package, the smallest one with a proxy in it.
const DEBIAN: &str = "nginx-light";

/// Debian keeps servers where only root's `PATH` leads.
const PLACE: &str = "/usr/sbin/nginx";

/// Builds the simulator and the benchmark, and measures the server, which has been built before.
pub(crate) fn measure(workspace: &Workspace, arguments: &[String]) -> Done<ExitCode> {
    let mut build = workspace.cargo(&[
        "build",
        "--release",
        "--package",
        "ollama-sim",
        "--package",
        "brooklet-bench",
    ]);
    step::timed("simulator and load generator", || command::run(&mut build))?;
    let nginx = nginx(workspace);
    let beside = |name: &str| workspace.binary().with_file_name(name);
    let mut bench = workspace.command(beside("brooklet-bench"));
    bench
        .arg("--brooklet")
        .arg(workspace.binary())
        .arg("--sim")
        .arg(beside("ollama-sim"))
        .args(["--results", RESULTS]);
    if let Some(nginx) = nginx {
        bench.arg("--nginx").arg(nginx);
    }
    bench.args(arguments);
    step::timed(TITLE, || command::run(&mut bench))?;
    Ok(ExitCode::SUCCESS)
}

/// Finds nginx, or installs it where that can be done; without it, its rows are missing.
fn nginx(workspace: &Workspace) -> Option<PathBuf> {
    if let Some(path) = installed() {
        step::already("nginx", &path.display().to_string());
        return Some(path);
    }
    if command::find("apt-get").is_none() {
        step::say("nginx is not there, and no apt-get to install it: its rows are left out");
        return None;
    }
    let told = step::timed("nginx", || apt::install(workspace, &[DEBIAN]));
    if let Err(failure) = told {
        step::say(&failure.to_string());
    }
    let path = installed();
    if path.is_none() {
        step::say("nginx could not be installed (it takes root): its rows are left out");
    }
    path
}

fn installed() -> Option<PathBuf> {
    command::find("nginx")
        .or_else(|| Some(Path::new(PLACE).to_path_buf()).filter(|it| it.is_file()))
}
