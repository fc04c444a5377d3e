//! The servers as children of this program: started on their core, measured through `/proc`, gone when dropped.
//!
//! Not here: nginx's configuration ([`crate::nginx`]), and when what is measured ([`crate::run`]).

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command as BlockingCommand, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::Told;

/// The core of the server under test.
const SERVER_CORE: &str = "0";

/// The core of the simulator and this program.
const LOAD_CORE: &str = "1";

/// How long a server may take until it listens.
pub(crate) const START: Duration = Duration::from_secs(10);

/// How long it may take to end by itself.
const END: Duration = Duration::from_secs(60);

/// As many files as a process may have open, if the machine allows it.
const FILES: u64 = 65_536;

/// Where a program is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Core {
    Server,
    Load,
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    id: u32,
    /// Kept open: a server may write more.
    _output: Option<Lines<BufReader<ChildStdout>>>,
}

/// What a process has used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memory {
    /// Now, in kB.
    pub(crate) now: u64,
    /// At most so far, in kB.
    pub(crate) peak: u64,
}

/// Puts this program on the load's core and allows it, and so its children, many open files.
pub(crate) fn pin_this_program() -> Told<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores < 2 {
        return Err("two cores are needed, one for the server and one for the load".to_owned());
    }
    let id = std::process::id().to_string();
    quietly("taskset", &["-a", "-c", "-p", LOAD_CORE, &id])?;
    // The hard limit may be lower, and only root may raise it.
    let most = open_files_allowed()?.max(1024);
    let raised = format!("--nofile={FILES}:{}", FILES.max(most));
    let within = format!("--nofile={most}:{most}");
    quietly("prlimit", &["--pid", &id, &raised])
        .or_else(|_| quietly("prlimit", &["--pid", &id, &within]))
}

/// The hard limit on open files of this process.
fn open_files_allowed() -> Told<u64> {
    let limits = read("/proc/self/limits")?;
    let line = limits.lines().find(|it| it.starts_with("Max open files"));
    let hard = line.and_then(|line| line.split_whitespace().nth(4));
    hard.and_then(|hard| hard.parse().ok())
        .ok_or_else(|| "/proc/self/limits tells no limit on open files".to_owned())
}

fn quietly(program: &str, arguments: &[&str]) -> Told<()> {
    let output = BlockingCommand::new(program)
        .args(arguments)
        .output()
        .map_err(|error| format!("{program} could not be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program} failed: {}", complaint.trim()))
}

impl Process {
    /// Starts a program that prints `… listens on http://ADDRESS`, and waits for that line.
    pub(crate) async fn start_and_read(
        core: Core,
        program: &Path,
        arguments: &[String],
        patience: Duration,
    ) -> Told<(Self, SocketAddr)> {
        let mut command = on_core(core, program, arguments);
        let mut process = Self::spawn(command.stdout(Stdio::piped()), program)?;
        let silent = || format!("{} did not say where it listens", program.display());
        let output = process.child.stdout.take().ok_or_else(silent)?;
        let mut lines = BufReader::new(output).lines();
        let said = timeout(patience, async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(address) = address_in(&line) {
                    return Some(address);
                }
            }
            None
        });
        let address = said.await.ok().flatten().ok_or_else(silent)?;
        process._output = Some(lines);
        Ok((process, address))
    }

    /// Starts a program that says nothing, and waits until something listens at `address`.
    pub(crate) async fn start_and_knock(
        core: Core,
        program: &Path,
        arguments: &[String],
        address: SocketAddr,
    ) -> Told<Self> {
        let mut command = on_core(core, program, arguments);
        let mut process = Self::spawn(command.stdout(Stdio::null()), program)?;
        let open = timeout(START, async {
            while tokio::net::TcpStream::connect(address).await.is_err() {
                if let Ok(Some(status)) = process.child.try_wait() {
                    return Err(format!("{} ended: {status}", program.display()));
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok(())
        });
        let silent = |_| format!("{} does not listen", program.display());
        open.await.map_err(silent)??;
        Ok(process)
    }

    fn spawn(command: &mut Command, program: &Path) -> Told<Self> {
        let failed = |why: String| format!("{} could not be started: {why}", program.display());
        let child = command
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let id = child
            .id()
            .ok_or_else(|| failed("it has ended".to_owned()))?;
        Ok(Self {
            child,
            id,
            _output: None,
        })
    }

    /// The processor time used so far.
    pub(crate) fn processor_time(&self) -> Told<Duration> {
        processor_time(&self.id.to_string())
    }

    /// The memory that is resident.
    pub(crate) fn memory(&self) -> Told<Memory> {
        let status = read(&format!("/proc/{}/status", self.id))?;
        memory_in(&status).ok_or_else(|| "/proc tells no memory".to_owned())
    }

    /// Tells it to end and waits for that: what it keeps is written.
    pub(crate) async fn end(mut self) -> Told<()> {
        quietly("kill", &["-TERM", &self.id.to_string()])?;
        match timeout(END, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(format!("the server ended badly: {status}")),
            _ => Err("the server did not end when it was told to".to_owned()),
        }
    }

    /// Kills it and waits for that.
    pub(crate) async fn stop(mut self) {
        // It is ours and was never waited for, so there is something to kill.
        let _ = self.child.kill().await;
    }
}

/// `taskset` becomes the program: the child's id is the program's own.
fn on_core(core: Core, program: &Path, arguments: &[String]) -> Command {
    let mut command = Command::new("taskset");
    command
        .args([
            "-c",
            match core {
                Core::Server => SERVER_CORE,
                Core::Load => LOAD_CORE,
            },
        ])
        .arg(program)
        .args(arguments)
        .env("TOKIO_WORKER_THREADS", "1");
    command
}

/// The processor time that this program has used so far.
pub(crate) fn own_processor_time() -> Told<Duration> {
    processor_time("self")
}

/// To the nanosecond, from all threads that live; without the scheduler's figures in ticks of 10 ms.
fn processor_time(id: &str) -> Told<Duration> {
    let tasks = fs::read_dir(format!("/proc/{id}/task"))
        .map_err(|error| format!("/proc/{id}/task could not be read: {error}"))?;
    let precise: Option<u64> = tasks
        .map(|task| {
            let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<u64>().ok()
        })
        .sum();
    // Threads that have ended count in the ticks alone.
    let rough = ticks_in(&read(&format!("/proc/{id}/stat"))?)
        .map(|ticks| Duration::from_millis(10 * ticks))
        .ok_or_else(|| "/proc tells no processor time".to_owned())?;
    let precise = precise.map_or(Duration::ZERO, Duration::from_nanos);
    if rough > precise + Duration::from_millis(20) {
        return Ok(rough);
    }
    Ok(precise)
}

fn read(path: &str) -> Told<String> {
    fs::read_to_string(path).map_err(|error| format!("{path} could not be read: {error}"))
}

/// `utime` and `stime`, the 14th and 15th field; the second one, a name in brackets, may hold spaces.
fn ticks_in(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut times = rest.split_whitespace().skip(11);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    Some(user + system)
}

fn memory_in(status: &str) -> Option<Memory> {
    let value = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    Some(Memory {
        now: value("VmRSS:")?,
        peak: value("VmHWM:")?,
    })
}

fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, address) = line.split_once("listens on http://")?;
    address.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    #[test]
    fn ticks_are_found_behind_a_strange_name() {
        let stat = "7 (a) b) R 1 1 1 0 -1 4194304 101 0 1 0 30 12 0 0 20 0 1 0 697539 3133440";
        assert_eq!(ticks_in(stat), Some(42));
        assert_eq!(ticks_in("7 (a) R 1"), None);
    }

    #[test]
    fn memory_is_found() {
        let memory = memory_in("Name:\tx\nVmHWM:\t    2184 kB\nVmRSS:\t    1184 kB\n").unwrap();
        assert_eq!((memory.now, memory.peak), (1184, 2184));
        assert!(memory_in("Name:\tx\n").is_none());
    }

    #[test]
    fn the_address_is_found() {
        let line = "Brooklet listens on http://127.0.0.1:39439";
        assert_eq!(address_in(line), Some("127.0.0.1:39439".parse().unwrap()));
        assert_eq!(address_in("something else"), None);
    }
}
