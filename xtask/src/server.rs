//! A program that listens, and says where.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::command;
use crate::failure::{Done, Failure};

/// What a program says before its address.
const LISTENS: &str = " listens on ";

/// How long it may take until it says so.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long it has to end by itself, once nobody can say anything to it any more.
const GRACE: Duration = Duration::from_secs(5);

/// A program that listens. It ends with this value.
pub(crate) struct Server {
    /// Where it listens, as it says it.
    pub(crate) url: String,
    child: Child,
    /// Open as long as it runs, so that it may say more.
    _said: Option<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts it with nothing to read, and waits until it says where it listens.
    pub(crate) fn start(command: &mut Command) -> Done<Self> {
        Self::listening(command.stdin(Stdio::null()))
    }

    /// The same, with the stdin that it has.
    pub(crate) fn listening(command: &mut Command) -> Done<Self> {
        let shown = command::shown(command);
        let failed = |what: &str| Failure::new(what).by(shown.clone());
        let child = command.stdout(Stdio::piped()).spawn();
        let mut child =
            child.map_err(|error| failed(&format!("it could not be started: {error}")))?;
        let Some(said) = child.stdout.take() else {
            return Err(failed("it has no output"));
        };
        // It ends with this value, whatever comes of it.
        let mut server = Self {
            url: String::new(),
            child,
            _said: None,
        };
        let (sender, told) = mpsc::channel();
        thread::spawn(move || {
            // Nobody may be left to hear it.
            let _ = sender.send(address(BufReader::new(said)));
        });
        match told.recv_timeout(PATIENCE) {
            Ok(Some((url, said))) => {
                server.url = url;
                server._said = Some(said);
                Ok(server)
            }
            Ok(None) => Err(failed("it ended before it listened")),
            Err(_) => Err(failed("it did not listen within two minutes")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that was listening to somebody ends in order, and takes its files along.
        if self.child.stdin.take().is_some() {
            let begun = Instant::now();
            while begun.elapsed() < GRACE && matches!(self.child.try_wait(), Ok(None)) {
                thread::sleep(Duration::from_millis(20));
            }
        }
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where it says that it listens, and what else it says.
fn address(mut said: BufReader<ChildStdout>) -> Option<(String, BufReader<ChildStdout>)> {
    let mut line = String::new();
    while matches!(said.read_line(&mut line), Ok(1..)) {
        if let Some((_, url)) = line.split_once(LISTENS) {
            return Some((url.trim().to_owned(), said));
        }
        line.clear();
    }
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_known_by_what_it_says() {
        let said = "echo hello; echo 'It listens on http://127.0.0.1:1'; exec sleep 60";
        let server = Server::start(Command::new("sh").args(["-c", said])).expect("it listens");
        assert_eq!(server.url, "http://127.0.0.1:1");
        drop(server);
        let ended = Server::start(Command::new("sh").args(["-c", "echo hello"]));
        let told = ended.err().expect("it has ended").to_string();
        assert!(told.starts_with("it ended before it listened"), "{told}");
    }
}
