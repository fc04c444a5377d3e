//! The browser for the browser tests: found, or installed.
//!
//! Not here: Playwright ([`crate::packages`]) and the tests ([`crate::browser`]).

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::apt;
use crate::command;
use crate::failure::{Done, Failure};
use crate::packages;
use crate::step;
use crate::workspace::Workspace;

/// Names the browser to use; the tests read it too.
pub(crate) const VARIABLE: &str = "CHROMIUM_PATH";

const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

const PLACES: [&str; 4] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
];

/// Debian's packages: the browser, and fonts to make a text look as it does elsewhere.
const DEBIAN: [&str; 3] = ["chromium", "fonts-liberation", "fonts-noto-core"];

/// Finds one, or installs one: the machine's, or none when it is the one that Playwright brings and
/// knows itself where.
pub(crate) fn ensure(workspace: &Workspace) -> Done<Option<PathBuf>> {
    if let Some(path) = named()? {
        step::already("chromium", &format!("{} by {VARIABLE}", path.display()));
        return Ok(Some(path));
    }
    if let Some(path) = installed() {
        step::already("chromium", &path.display().to_string());
        return Ok(Some(path));
    }
    step::timed("chromium", || {
        if apt::is_possible() {
            if let Err(failure) = apt::install(workspace, &DEBIAN) {
                step::say(&failure.to_string());
            }
            if let Some(path) = installed() {
                return Ok(Some(path));
            }
            step::say("apt-get brought no browser that starts, so Playwright's own is fetched");
        }
        from_playwright(workspace).map(|()| None)
    })
}

fn named() -> Done<Option<PathBuf>> {
    let Some(path) = env::var_os(VARIABLE).filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    let path = PathBuf::from(path);
    if path.is_file() {
        return Ok(Some(path));
    }
    Err(Failure::new(format!(
        "{VARIABLE} says {}, but no file is there",
        path.display()
    ))
    .advise(format!("correct {VARIABLE}, or unset it")))
}

fn installed() -> Option<PathBuf> {
    let on_the_path = NAMES.iter().filter_map(|name| command::find(name));
    let elsewhere = PLACES.iter().map(PathBuf::from);
    on_the_path
        .chain(elsewhere)
        .find(|path| path.is_file() && starts(path))
}

/// Some distributions have a `chromium` that only says how to install the real one.
fn starts(program: &PathBuf) -> bool {
    // There it would open a window instead of telling its version.
    if cfg!(windows) {
        return true;
    }
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn from_playwright(workspace: &Workspace) -> Done {
    let mut command = workspace.command(workspace.end2end().join(packages::program("playwright")));
    command.args(["install", "chromium"]);
    command::run(command.current_dir(workspace.end2end())).map_err(|failure| {
        failure.advise(format!(
            "install Chromium or Chrome as your system does it, or set {VARIABLE} to one, and try \
             again"
        ))
    })
}
