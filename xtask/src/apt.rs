//! Debian's packages: how they are installed where that can be done.
//!
//! Not here: which ones are needed ([`crate::chromium`], [`mod@crate::bench`]).

use crate::command;
use crate::failure::Done;
use crate::workspace::Workspace;

/// Installs packages; it takes root.
pub(crate) fn install(workspace: &Workspace, packages: &[&str]) -> Done {
    let apt = |arguments: &[&str]| {
        let mut command = workspace.command("apt-get");
        // It waits for another apt that is running, and asks nothing.
        command
            .args(["-q", "-o", "DPkg::Lock::Timeout=300"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        command::run(&mut command)
    };
    apt(&["update"])?;
    apt(&[&["install", "-y", "--no-install-recommends"][..], packages].concat())
}
