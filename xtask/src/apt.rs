//! Debian's packages: how they are installed where that can be done.
//!
//! Not here: which ones are needed ([`crate::chromium`], [`crate::python`], [`mod@crate::bench`]).

use std::process::Command;

use crate::command;
use crate::failure::Done;
use crate::workspace::Workspace;

/// Whether packages can be installed here: there is apt, and we are root.
pub(crate) fn is_possible() -> bool {
    is_root() && command::find("apt-get").is_some()
}

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

fn is_root() -> bool {
    cfg!(unix)
        && Command::new("id")
            .arg("-u")
            .output()
            .is_ok_and(|answer| answer.stdout.trim_ascii() == b"0")
}
