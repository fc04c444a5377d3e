//! The contract suite against a real engine: llama.cpp's own server, from a Python package, with tiny models that are made
//! here. The suite itself is `tests/http/contract.rs`; without an engine it runs against ollama-sim alone.
//!
//! Not here: the models, and how they are served (`end2end/engines/`).

use std::process::Stdio;

use crate::cache::Cache;
use crate::command;
use crate::failure::Done;
use crate::python;
use crate::server::Server;
use crate::workspace::Workspace;

/// What the step is called.
pub(crate) const TITLE: &str = "llama.cpp";

/// By this the suite is told where they are.
const VARIABLE: &str = "BROOKLET_ENGINES";

/// Runs it.
pub(crate) fn test(workspace: &Workspace, cache: &Cache) -> Done {
    let folder = workspace.end2end().join("engines");
    let python = python::ensure(workspace, cache, &folder.join("requirements.txt"))?;
    let mut serve = workspace.command(&python);
    // It serves for as long as somebody may say something to it.
    serve.args(["-B".as_ref(), folder.join("serve.py").as_os_str()]);
    let engines = Server::listening(serve.stdin(Stdio::piped()))?;
    // The very build of the step before.
    let mut suite = workspace.cargo(&[
        "test",
        "--workspace",
        "--features",
        "ssr",
        "--test",
        "http",
        "contract::",
    ]);
    let tested = command::run(suite.env(VARIABLE, &engines.url));
    tested.map_err(|failure| failure.advise("run these alone again: cargo xtask engines"))
}
