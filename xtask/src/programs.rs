//! Real clients of the API for programs against the release binary, alone in a folder, ollama-sim behind it. People sign in
//! there, so each client shows a key, which is made as a person makes one.
//!
//! Not here: the clients themselves (`end2end/clients/`), and the Python that one of them runs in ([`crate::python`]).

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::alone::Alone;
use crate::apt;
use crate::browser;
use crate::cache::Cache;
use crate::command;
use crate::failure::{Done, Failure};
use crate::python;
use crate::server::Server;
use crate::step;
use crate::workspace::Workspace;

/// What the step is called.
pub(crate) const TITLE: &str = "programs";

/// Where a program is to listen: on any free port of this machine.
const FREE: &str = "127.0.0.1:0";

/// Whose the key is.
const USER: &str = "clients";

/// What `brooklet user add` says before the password.
const PASSWORD_IS: &str = "Its password is: ";

/// Runs them.
pub(crate) fn test(workspace: &Workspace, cache: &Cache) -> Done {
    let clients = workspace.end2end().join("clients");
    let python = python::ensure(workspace, cache, &clients.join("requirements.txt"))?;
    let simulator = browser::simulator(workspace)?;
    let alone = Alone::copy_of(&workspace.binary())?;
    let started = |program: &Path| {
        let mut command = workspace.command(program);
        command.args(["--listen", FREE]).current_dir(&alone.folder);
        command
    };
    let ollama = Server::start(&mut started(&simulator))?;
    let data = alone.folder.join("data");
    let log = alone.folder.join("log");
    let file = File::create(&log).map_err(|error| Failure::file("making", &log, &error))?;
    let mut command = started(&alone.binary);
    command
        .args(["--no-titles", "--auth", "password", "--ollama", &ollama.url])
        .arg("--data-dir")
        .arg(&data)
        .stderr(file);
    let served = Server::start(&mut command).and_then(|brooklet| {
        let password = said_by(
            workspace
                .command(&alone.binary)
                .args(["user", "add", USER, "--data-dir"])
                .arg(&data),
            PASSWORD_IS,
        )?;
        let key = said_by(
            workspace
                .command(&python)
                .arg(clients.join("key.py"))
                .args([&*brooklet.url, USER])
                .env("PASSWORD", password),
            "",
        )?;
        let call = |command: &mut Command| {
            command.arg(&brooklet.url).env("BROOKLET_KEY", &key);
            // A person's proxy leads elsewhere.
            command::run(command.env("NO_PROXY", "*").env("no_proxy", "*"))
        };
        call(
            workspace
                .command(&python)
                .arg(clients.join("openai_client.py")),
        )?;
        if has_curl(workspace) {
            call(workspace.command("sh").arg(clients.join("curl_client.sh")))?;
        }
        Ok(())
    });
    if served.is_err() {
        step::say("the server's log:");
        eprintln!("{}", fs::read_to_string(log).unwrap_or_default());
    }
    served.map_err(|failure| failure.advise("run these alone again: cargo xtask programs"))
}

/// The rest of the line of a program's that begins so.
fn said_by(command: &mut Command, begins: &str) -> Done<String> {
    let shown = command::shown(command);
    let failed = |what: &str| Failure::new(what).by(shown.clone());
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| failed(&format!("it could not be started: {error}")))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let found = said.lines().find_map(|line| line.strip_prefix(begins));
    match found.filter(|_| output.status.success()) {
        Some(found) => Ok(found.to_owned()),
        None => Err(failed("it did not say what it was asked for")),
    }
}

/// Whether there is a curl, and a shell to call it from; where it can be installed, it is.
fn has_curl(workspace: &Workspace) -> bool {
    let is_there = || command::find("sh").is_some() && command::find("curl").is_some();
    if !is_there() && apt::is_possible() {
        let told = step::timed("curl", || apt::install(workspace, &["curl"]));
        if let Err(failure) = told {
            step::say(&failure.to_string());
        }
    }
    if !is_there() {
        step::say("there is no curl, so it is left out");
    }
    is_there()
}
