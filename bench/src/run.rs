//! One load by one way: fresh servers, a first stream that is not counted, then all of them.
//!
//! Not here: which loads and ways there are, and what the streams come to ([`crate::figures`]).

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use crate::Told;
use crate::answer::Answer;
use crate::client::{Client, now};
use crate::figures::{Costs, Figures, Stream};
use crate::folder::Folder;
use crate::load::Load;
use crate::nginx::Configured;
use crate::process::{Core, Process, START, own_processor_time};
use crate::way::Way;

/// How long a server is left alone before its memory is looked at.
pub(crate) const REST: Duration = Duration::from_millis(300);

/// No limit of Brooklet's is what is measured, nor what it does beside; a flag that it does not have is left out, as
/// is a value that a switch has not.
const FLAGS: [(&str, &str); 10] = [
    ("--listen", "127.0.0.1:0"),
    ("--log", "error"),
    ("--max-parallel", "100000"),
    ("--max-queued", "100000"),
    ("--max-finished", "100000"),
    ("--max-connections", "100000"),
    ("--max-streams", "100000"),
    ("--max-streams-per-client", "100000"),
    ("--abandon-after", "never"),
    ("--no-titles", ""),
];

/// What is run.
#[derive(Debug)]
pub(crate) struct Programs {
    brooklet: PathBuf,
    /// Brooklet's flags, as far as this Brooklet knows them.
    flags: Vec<String>,
    sim: PathBuf,
    nginx: Option<PathBuf>,
}

impl Programs {
    pub(crate) fn find(brooklet: PathBuf, sim: PathBuf, nginx: Option<PathBuf>) -> Told<Self> {
        let help = Command::new(&brooklet)
            .arg("--help")
            .output()
            .map_err(|error| format!("{} could not be started: {error}", brooklet.display()))?;
        let flags = known_flags(&String::from_utf8_lossy(&help.stdout));
        Ok(Self {
            brooklet,
            flags,
            sim,
            nginx,
        })
    }

    /// Brooklet on its core, with the data in `data`; it may take so long until it listens.
    pub(crate) async fn brooklet(
        &self,
        upstream: &str,
        data: &Path,
        patience: Duration,
    ) -> Told<(Process, SocketAddr)> {
        self.brooklet_with(&[], upstream, data, patience).await
    }

    /// The same, with these arguments too.
    pub(crate) async fn brooklet_with(
        &self,
        more: &[&str],
        upstream: &str,
        data: &Path,
        patience: Duration,
    ) -> Told<(Process, SocketAddr)> {
        let mut arguments = self.flags.clone();
        arguments.extend(["--ollama".to_owned(), format!("http://{upstream}")]);
        arguments.extend(["--data-dir".to_owned(), data.display().to_string()]);
        arguments.extend(more.iter().map(|&it| it.to_owned()));
        Process::start_and_read(Core::Server, &self.brooklet, &arguments, patience).await
    }

    /// The simulator on the load's core.
    pub(crate) async fn sim(&self) -> Told<(Process, SocketAddr)> {
        let anywhere = ["--listen", "127.0.0.1:0"].map(str::to_owned);
        Process::start_and_read(Core::Load, &self.sim, &anywhere, START).await
    }

    /// Where Brooklet is: for what it does besides serving.
    pub(crate) fn brooklet_itself(&self) -> &Path {
        &self.brooklet
    }
}

fn known_flags(help: &str) -> Vec<String> {
    let words: Vec<&str> = help.split_whitespace().collect();
    FLAGS
        .into_iter()
        .filter(|(flag, _)| words.contains(flag))
        .flat_map(|(flag, value)| [flag, value])
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The servers of one run.
struct Servers {
    sim: Process,
    /// What stands before the simulator, if anything does.
    front: Option<Process>,
    /// Where the streams are asked for.
    address: SocketAddr,
    _folder: Option<Folder>,
}

impl Servers {
    /// Brooklet's data are in `data`, or in a new folder.
    async fn start(programs: &Programs, way: Way, data: Option<&Path>) -> Told<Self> {
        let (sim, upstream) = programs.sim().await?;
        let (front, address, folder) = match way {
            Way::Sim => (None, upstream, None),
            Way::Nginx => {
                let nginx = programs.nginx.as_ref().ok_or("nginx is not there")?;
                let configured = Configured::write(upstream)?;
                let address = configured.address;
                let arguments = configured.arguments();
                let process =
                    Process::start_and_knock(Core::Server, nginx, &arguments, address).await?;
                (Some(process), address, Some(configured.into_folder()))
            }
            Way::OneShot | Way::Chat | Way::Kept => {
                let own = data.is_none().then(Folder::for_data).transpose()?;
                let data = data.or(own.as_ref().map(Folder::path));
                let data = data.ok_or("there is no folder for data")?;
                let upstream = upstream.to_string();
                let (process, address) = programs.brooklet(&upstream, data, START).await?;
                (Some(process), address, own)
            }
        };
        Ok(Self {
            sim,
            front,
            address,
            _folder: folder,
        })
    }

    /// The one under test: the simulator where nothing stands before it.
    fn server(&self) -> &Process {
        self.front.as_ref().unwrap_or(&self.sim)
    }

    /// Processor time of the server under test, and of simulator and this program.
    fn times(&self) -> Told<(Duration, Duration)> {
        let load = self.sim.processor_time()? + own_processor_time()?;
        Ok((self.server().processor_time()?, load))
    }

    async fn stop(self) {
        if let Some(front) = self.front {
            front.stop().await;
        }
        self.sim.stop().await;
    }
}

/// Puts the load on the way; Brooklet's data are in `data`, or in a new folder.
pub(crate) async fn run(
    programs: &Programs,
    way: Way,
    load: &Load,
    data: Option<&Path>,
) -> Told<Figures> {
    let servers = Servers::start(programs, way, data).await?;
    warm_up(&servers, way).await?;
    sleep(REST).await;
    let idle = servers.server().memory()?;
    let (server, generator) = servers.times()?;
    let begun = Instant::now();
    let mut streams = Vec::new();
    for _ in 0..load.rounds {
        streams.extend(round(servers.address, way, load).await?);
    }
    let wall = begun.elapsed();
    let (server_then, generator_then) = servers.times()?;
    let costs = Costs {
        server: server_then.saturating_sub(server),
        load: generator_then.saturating_sub(generator),
        idle,
        after: servers.server().memory()?,
    };
    servers.stop().await;
    Ok(Figures::of(streams, wall, costs))
}

/// A stream that is not counted, so that what a server does only once is done.
async fn warm_up(servers: &Servers, way: Way) -> Told<()> {
    let mut answer = Answer::new(5);
    let mut client = Client::connect(servers.address).await?;
    let model = "sim:tokens=5,text=stamp";
    let asked = client.ask(way, model, &mut answer).await;
    asked.map_err(|why| format!("{way} does not answer: {why}"))?;
    answer.end(5);
    match answer.errors.count() {
        0 => Ok(()),
        _ => Err(format!("{way} answers wrongly: {:?}", answer.errors)),
    }
}

/// All streams of the load once, to their end.
async fn round(address: SocketAddr, way: Way, load: &Load) -> Told<Vec<Stream>> {
    let model: Arc<str> = load.model().into();
    let generation = if load.shared {
        let mut client = Client::connect(address).await?;
        Some(client.send(way, &model).await?)
    } else {
        None
    };
    let begin = Instant::now();
    let end = begin + load.patience();
    let tokens = load.tokens;
    let mut reading = JoinSet::new();
    for stream in 0..load.streams {
        let begin = begin + load.begin_of(stream);
        let (generation, model) = (generation.clone(), Arc::clone(&model));
        reading.spawn(async move {
            sleep_until(begin).await;
            let mut answer = Answer::new(tokens);
            let asked = now();
            let read = async {
                let mut client = Client::connect(address).await?;
                match generation {
                    Some(generation) => client.follow(&generation, &mut answer).await,
                    None => client.ask(way, &model, &mut answer).await,
                }
            };
            match timeout_at(end, read).await {
                Ok(Ok(())) => {}
                Ok(Err(why)) => answer.fail(why),
                Err(_) => answer.fail("the stream did not end in time".to_owned()),
            }
            answer.end(tokens);
            Stream { asked, answer }
        });
    }
    Ok(reading.join_all().await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_that_are_not_there_are_left_out() {
        let help = "Options:\n      --listen <ADDRESS:PORT>\n          Where\n      --log <FILTER>\n      --max-streams-of-x <N>\n";
        assert_eq!(
            known_flags(help),
            ["--listen", "127.0.0.1:0", "--log", "error"]
        );
    }
}
