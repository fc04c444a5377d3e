//! The benchmark in the browser: how dear it is to draw an answer that comes fast, by Chromium's own tracing.
//!
//! What it needs is built here. Not here: the benchmark itself (`end2end/bench/`), and its browser
//! ([`crate::chromium`]).

use std::fs;
use std::path::{Path, PathBuf};

use crate::cache::Cache;
use crate::chromium;
use crate::command;
use crate::failure::{Done, Failure};
use crate::packages;
use crate::step;
use crate::tools::{Toolbox, WASM};
use crate::workspace::Workspace;

/// What the step is called.
const TITLE: &str = "benchmark in the browser";

/// Where it writes its tables, from the root: of an answer that comes fast, and of what a person waits for.
const RESULTS: &str = "benches/BROWSER.md";
const PAGE: &str = "benches/PAGE.md";

/// The folder of what judges the page as it does others.
const LIGHTHOUSE: &str = "end2end/lighthouse";

/// Builds the simulator and the yardstick, and measures the page, which has been built before.
pub(crate) fn measure(
    workspace: &Workspace,
    toolbox: &Toolbox,
    cache: &Cache,
    arguments: &[String],
) -> Done {
    let mut simulator = workspace.cargo(&["build", "--release", "--package", "ollama-sim"]);
    step::timed("simulator", || command::run(&mut simulator))?;
    let yardstick = step::timed("yardstick", || yardstick(workspace, toolbox))?;
    let program = packages::program("lighthouse");
    let lighthouse = packages::installed(workspace, cache, LIGHTHOUSE, &program)?.join(program);
    let mut command = workspace.command(workspace.end2end().join(packages::program("playwright")));
    command
        .args(["test", "--config", "bench/playwright.config.ts"])
        .args(arguments)
        .current_dir(workspace.end2end())
        .env("BROOKLET_BIN", workspace.binary())
        .env(
            "OLLAMA_SIM_BIN",
            workspace.binary().with_file_name("ollama-sim"),
        )
        .env("YARDSTICK", yardstick)
        .env("LIGHTHOUSE_BIN", lighthouse)
        .env("RESULTS", workspace.root().join(RESULTS))
        .env("RESULTS_PAGE", workspace.root().join(PAGE));
    if let Some(chromium) = &toolbox.chromium {
        command.env(chromium::VARIABLE, chromium);
    }
    step::timed(TITLE, || command::run(&mut command))
}

/// Brooklet's parser as WASM by itself: as fast as the compiler can make it, however large.
fn yardstick(workspace: &Workspace, toolbox: &Toolbox) -> Done<PathBuf> {
    command::run(&mut workspace.cargo(&[
        "build",
        "--release",
        "--package",
        "reparse",
        "--target",
        WASM,
    ]))?;
    let release = workspace.binary();
    let target = release.ancestors().nth(2).unwrap_or(Path::new("target"));
    let folder = target.join("yardstick");
    fs::create_dir_all(&folder)
        .map_err(|error| Failure::file("making the folder", &folder, &error))?;
    let mut pack = workspace.command("wasm-bindgen");
    pack.args(["--target", "web", "--no-typescript", "--out-dir"])
        .arg(&folder)
        .arg(target.join(WASM).join("release/reparse.wasm"))
        .env("PATH", &toolbox.path);
    command::run(&mut pack)?;
    Ok(folder)
}
