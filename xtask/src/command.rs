//! Running other programs, and showing how they were called when they fail.
//!
//! Not here: which programs, or in which folder ([`crate::workspace::Workspace::command`]).

use std::env;
use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Done, Failure};

/// How often it is looked whether a program has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Runs it with our own input and output; anything but success is a failure that shows the command.
pub(crate) fn run(command: &mut Command) -> Done {
    let status = command.status();
    judge(command, status)
}

/// Runs it and takes what it prints on stdout; what it prints on stderr is part of the failure.
pub(crate) fn output(command: &mut Command) -> Done<String> {
    match command.output() {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Ok(output) => {
            let complaint = String::from_utf8_lossy(&output.stderr);
            eprint!("{complaint}");
            judge(command, Ok(output.status)).map(|()| String::new())
        }
        Err(error) => Err(not_started(command, &error)),
    }
}

/// Whether it does what it is to do before so much time has passed; what it says is said to nobody.
pub(crate) fn succeeds_within(command: &mut Command, patience: Duration) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else {
        return false;
    };
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(None) if begun.elapsed() < patience => thread::sleep(LOOK_AGAIN),
            Ok(Some(status)) => return status.success(),
            Ok(None) | Err(_) => {
                // One that has ended meanwhile cannot be ended, and need not be.
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

/// Where a program is on the `PATH`, if it is.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let endings: &[&str] = if cfg!(windows) {
        &[".exe", ".cmd"]
    } else {
        &[""]
    };
    env::split_paths(&env::var_os("PATH")?)
        .flat_map(|folder| {
            endings
                .iter()
                .map(move |ending| folder.join(format!("{program}{ending}")))
        })
        .find(|path| path.is_file())
}

/// The file name of a program that npm installs: on Windows it is a script that `cmd` runs.
pub(crate) fn npm_program(name: &str) -> String {
    if cfg!(windows) {
        format!("{name}.cmd")
    } else {
        name.to_owned()
    }
}

/// The command line, ready to be pasted into a shell.
pub(crate) fn shown(command: &Command) -> String {
    let folder = command
        .get_current_dir()
        .map(|folder| format!("cd {} &&", quoted(folder.as_os_str())));
    let settings = command.get_envs().filter_map(|(name, value)| {
        let value = value?;
        let name = name.to_string_lossy();
        Some(if name == "PATH" {
            format!("PATH={}", shortened_path(value))
        } else {
            format!("{name}={}", quoted(value))
        })
    });
    let words = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(quoted);
    let parts: Vec<String> = folder.into_iter().chain(settings).chain(words).collect();
    parts.join(" ")
}

fn judge(command: &Command, status: io::Result<ExitStatus>) -> Done {
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            Err(
                Failure::new(format!("{} ended with {}", name(command), readable(status)))
                    .by(shown(command)),
            )
        }
        Err(error) => Err(not_started(command, &error)),
    }
}

fn not_started(command: &Command, error: &io::Error) -> Failure {
    let name = name(command);
    let failure = if error.kind() == io::ErrorKind::NotFound {
        Failure::new(format!("{name} is not installed, or not on the PATH"))
    } else {
        Failure::new(format!("{name} could not be started: {error}"))
    };
    let failure = failure.by(shown(command));
    if ["npm", "npm.cmd", "npx", "node"].contains(&name.as_str()) {
        failure.advise("install Node.js 20 or newer (npm comes with it) and try again")
    } else {
        failure
    }
}

fn readable(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => status.to_string(),
    }
}

fn name(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    name.to_string_lossy().into_owned()
}

/// The folders put before the `PATH` that the person has anyway.
fn shortened_path(value: &OsStr) -> String {
    let value = value.to_string_lossy().into_owned();
    let own = env::var("PATH").unwrap_or_default();
    match value.strip_suffix(own.as_str()) {
        Some(added) if !own.is_empty() => format!("\"{added}$PATH\""),
        _ => quoted(OsStr::new(&value)),
    }
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |it: char| it.is_alphanumeric() || "-_./:=@,+%".contains(it);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("cargo");
        command
            .args(["doc", "--features", "ssr", "", "it's"])
            .current_dir("a folder")
            .env("RUSTDOCFLAGS", "-D warnings")
            .env_remove("CARGO_PKG_NAME");
        assert_eq!(
            shown(&command),
            r"cd 'a folder' && RUSTDOCFLAGS='-D warnings' cargo doc --features ssr '' 'it'\''s'"
        );
    }

    #[test]
    fn a_longer_path_shows_only_what_was_added() {
        let own = env::var("PATH").expect("tests run with a PATH");
        let mut command = Command::new("cargo");
        command.env("PATH", format!("tools/bin:{own}"));
        assert_eq!(shown(&command), "PATH=\"tools/bin:$PATH\" cargo");
    }

    #[test]
    fn a_missing_program_is_named() {
        let told = run(&mut Command::new("no-such-program-anywhere"))
            .expect_err("it does not exist")
            .to_string();
        assert!(told.starts_with("no-such-program-anywhere is not installed"));
    }

    #[cfg(unix)]
    #[test]
    fn an_exit_code_is_told_with_its_command() {
        let told = run(Command::new("sh").args(["-c", "exit 3"]))
            .expect_err("it fails")
            .to_string();
        assert_eq!(
            told,
            "sh ended with exit code 3.\n  command: sh -c 'exit 3'"
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_takes_too_long_has_not_succeeded() {
        let within = |script: &str, milliseconds| {
            let patience = Duration::from_millis(milliseconds);
            succeeds_within(Command::new("sh").args(["-c", script]), patience)
        };
        assert!(within("exit 0", 60_000));
        assert!(!within("exit 1", 60_000));
        let begun = Instant::now();
        assert!(!within("exec sleep 50", 100));
        assert!(begun.elapsed() < Duration::from_secs(40));
        assert!(!succeeds_within(
            &mut Command::new("no-such-program-anywhere"),
            Duration::ZERO
        ));
    }

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(find("cargo").is_some());
        assert!(find("no-such-program-anywhere").is_none());
    }
}
