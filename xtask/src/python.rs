//! Python with the packages that a `requirements.txt` lists: an environment of its own in the cache for each.
//!
//! Not here: what is run by it ([`crate::programs`], [`crate::engines`]).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::apt;
use crate::cache::Cache;
use crate::command;
use crate::failure::{Done, Failure};
use crate::packages;
use crate::step;
use crate::workspace::Workspace;

const NAMES: [&str; 2] = ["python3", "python"];

/// Debian's package, which brings Python itself too.
const DEBIAN: &str = "python3-venv";

/// Where the interpreter of an environment is.
const PROGRAM: &str = if cfg!(windows) {
    "Scripts/python.exe"
} else {
    "bin/python"
};

/// The interpreter that has what `requirements` lists, once it has.
pub(crate) fn ensure(workspace: &Workspace, cache: &Cache, requirements: &Path) -> Done<PathBuf> {
    let text = fs::read_to_string(requirements)
        .map_err(|error| Failure::file("reading", requirements, &error))?;
    let python = interpreter(workspace)?;
    let version = command::output(workspace.command(&python).arg("--version"))?;
    // Another Python does not find what this one has installed.
    let folder = requirements.parent().and_then(Path::file_name);
    let folder = folder.map_or_else(String::new, |it| it.to_string_lossy().into_owned());
    let hash = packages::hash((version + &text).as_bytes());
    let name = format!("{folder}-{hash:016x}");
    let program = Path::new(PROGRAM);
    let folder = cache.install(&name, program, |part| {
        command::run(workspace.command(&python).args(["-m", "venv"]).arg(part))?;
        let mut install = workspace.command(part.join(program));
        install.args(["-m", "pip", "install", "--quiet", "--requirement"]);
        command::run(install.arg(requirements)).map_err(|failure| {
            failure.advise("look at what it printed above: is the network there?")
        })
    })?;
    Ok(folder.join(program))
}

/// A Python that can make environments: found, or installed.
fn interpreter(workspace: &Workspace) -> Done<PathBuf> {
    if let Some(python) = installed() {
        return Ok(python);
    }
    if apt::is_possible() {
        step::timed(DEBIAN, || apt::install(workspace, &[DEBIAN]))?;
        // Another one may come before it on the PATH.
        let own = PathBuf::from("/usr/bin/python3");
        if let Some(python) = installed().or_else(|| can_make(&own).then_some(own)) {
            return Ok(python);
        }
    }
    Err(
        Failure::new("there is no Python that can make environments")
            .advise("install Python 3.10 or newer, with its module venv, and try again"),
    )
}

fn installed() -> Option<PathBuf> {
    let found = NAMES.iter().filter_map(|name| command::find(name));
    found.into_iter().find(can_make)
}

/// Debian's Python has the module, but not what it needs, unless it is asked for.
fn can_make(python: &PathBuf) -> bool {
    Command::new(python)
        .args([
            "-c",
            "import venv, ensurepip, sys; sys.exit(sys.version_info < (3, 10))",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
