//! The program itself, as a process that can be ended in any way and started again in its place.

use std::{
    fs::{self, File},
    path::Path,
    process::{Output, Stdio},
};

use tempfile::TempDir;
#[cfg(target_os = "linux")]
use tokio::{io::Lines, process::ChildStderr};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::support::PATIENCE;

/// Runs one that does something else than serve, with its data in `data`, to its end.
async fn command(data: &Path, arguments: &[&str]) -> Output {
    let ended = Command::new(env!("CARGO_BIN_EXE_brooklet"))
        .args(arguments)
        .args(["--data-dir", data.to_str().unwrap()])
        .kill_on_drop(true)
        .output();
    tokio::time::timeout(PATIENCE, ended)
        .await
        .unwrap()
        .unwrap()
}

/// Runs a command that goes well; gives what it says.
pub(crate) async fn done(data: &Path, arguments: &[&str]) -> String {
    let output = command(data, arguments).await;
    let said = String::from_utf8(output.stdout).unwrap();
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}{why}");
    said
}

/// Runs a command that is refused; gives why.
pub(crate) async fn refused(data: &Path, arguments: &[&str]) -> String {
    let output = command(data, arguments).await;
    let why = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {why}");
    assert_eq!(output.stdout, b"", "{arguments:?}");
    why
}

fn arguments(data: &Path, ollama: &str, port: u16, level: &str) -> Vec<String> {
    at(&format!("127.0.0.1:{port}"), data, ollama, level)
}

fn at(listen: &str, data: &Path, ollama: &str, level: &str) -> Vec<String> {
    let data = data.to_str().unwrap();
    let arguments = [
        ["--listen", listen],
        ["--log", level],
        ["--ollama", ollama],
        ["--data-dir", data],
    ];
    let arguments = arguments.concat().into_iter();
    arguments
        .chain(["--no-titles"])
        .map(str::to_owned)
        .collect()
}

/// What a running one says on stderr.
#[cfg(target_os = "linux")]
pub(crate) type Log = Lines<BufReader<ChildStderr>>;

/// A running Brooklet. It is killed when dropped.
pub(crate) struct Program {
    child: Child,
    pub(crate) url: String,
}

impl Program {
    /// Starts one at `port` (0 takes a free one) that keeps its data in `data`.
    pub(crate) async fn start(data: &Path, ollama: &str, port: u16, more: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_brooklet"));
        command
            .args(arguments(data, ollama, port, "warn"))
            .args(more);
        Self::spawn(command).await
    }

    /// Starts one whose disk can be made to refuse, and whose log can be read.
    #[cfg(target_os = "linux")]
    pub(crate) async fn start_on_a_bad_disk(data: &Path, ollama: &str) -> (Self, Log) {
        let mut program = Self::start_refusable(data, ollama, Stdio::piped()).await;
        let log = BufReader::new(program.child.stderr.take().unwrap());
        (program, log.lines())
    }

    /// The same, whose log is a file on that disk.
    #[cfg(target_os = "linux")]
    pub(crate) async fn start_with_its_log_there(data: &Path, ollama: &str) -> Self {
        let log = File::create(data.join("log")).unwrap();
        Self::start_refusable(data, ollama, log.into()).await
    }

    /// Starts one that logs all there is to log, to `log`.
    #[cfg(target_os = "linux")]
    pub(crate) async fn start_talkative(data: &Path, ollama: &str, log: Stdio) -> Self {
        Self::start_talkative_with(data, ollama, log, &[]).await
    }

    /// The same, with more arguments.
    #[cfg(target_os = "linux")]
    pub(crate) async fn start_talkative_with(
        data: &Path,
        ollama: &str,
        log: Stdio,
        more: &[&str],
    ) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_brooklet"));
        command
            .args(arguments(data, ollama, 0, "trace"))
            .args(more)
            .stderr(log);
        Self::spawn(command).await
    }

    /// Starts one that listens there, and ends it; gives what it has logged at the level that is usual.
    pub(crate) async fn log_of_a_start(listen: &str, more: &[&str]) -> String {
        let data = TempDir::new().unwrap();
        let path = data.path().join("log");
        let log = File::create(&path).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_brooklet"));
        command
            .args(at(listen, data.path(), "127.0.0.1:1", "info"))
            .args(more)
            .stderr(log);
        let program = Self::spawn(command).await;
        program.ask_to_end().await;
        program.ended().await;
        fs::read_to_string(path).unwrap()
    }

    #[cfg(target_os = "linux")]
    async fn start_refusable(data: &Path, ollama: &str, log: Stdio) -> Self {
        let mut command = Command::new("sh");
        // A write beyond the limit is an error then, and no signal.
        command
            .args(["-c", r#"trap "" XFSZ; exec "$@""#, "sh"])
            .arg(env!("CARGO_BIN_EXE_brooklet"))
            .args(arguments(data, ollama, 0, "warn"))
            .stderr(log);
        Self::spawn(command).await
    }

    /// Has every write to a file fail, or none any more.
    #[cfg(target_os = "linux")]
    pub(crate) fn set_disk_refuses(&self, refuses: bool) {
        use rustix::process::{Pid, Resource, Rlimit, prlimit};

        let id = self.child.id().unwrap().try_into().unwrap();
        let limit = Rlimit {
            current: refuses.then_some(0),
            maximum: None,
        };
        prlimit(Pid::from_raw(id), Resource::Fsize, limit).unwrap();
    }

    /// Waits until it says where it listens.
    async fn spawn(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = tokio::time::timeout(PATIENCE, lines.next_line()).await;
        let line = line.unwrap().unwrap().expect("it says where it listens");
        let url = line.strip_prefix("Brooklet listens on ").unwrap();
        Self {
            child,
            url: url.to_owned(),
        }
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.url.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// `kill -9`.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Asks it to end, by SIGTERM.
    pub(crate) async fn ask_to_end(&self) {
        let id = self.child.id().unwrap().to_string();
        let kill = Command::new("kill").args(["-TERM", &id]).status().await;
        assert!(kill.unwrap().success());
    }

    /// Waits for its end, which is a good one.
    pub(crate) async fn ended(mut self) {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let status = status.unwrap().unwrap();
        assert!(status.success(), "{status}");
    }

    /// Its resident memory in kB.
    #[cfg(target_os = "linux")]
    pub(crate) fn memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id().unwrap());
        let status = fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.unwrap()
            .split_whitespace()
            .next()
            .unwrap()
            .parse()
            .unwrap()
    }
}
