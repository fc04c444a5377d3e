//! A house to test: a server, its simulator, and a reader of streams.

use std::time::Duration;

use brooklet::server::{self, Config, clock::Clock, upstream};
use clap::Parser;
use ollama_sim::{Running, Stats};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// No event of these tests takes longer than this unless something is wrong.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A Brooklet with an Ollama behind it.
pub(crate) struct House {
    pub(crate) url: String,
    pub(crate) ollama: Running,
    pub(crate) client: Client,
    shutdown: Option<oneshot::Sender<()>>,
    server: JoinHandle<std::io::Result<()>>,
    /// Where it keeps what lasts; gone with it.
    pub(crate) data: TempDir,
}

impl House {
    /// A server in front of a simulated Ollama.
    pub(crate) async fn open() -> Self {
        Self::with(&[]).await
    }

    /// The same, with more arguments. It makes no titles: for these the simulator is asked more than a test asks for.
    pub(crate) async fn with(arguments: &[&str]) -> Self {
        Self::with_titles(&[arguments, &["--no-titles"]].concat()).await
    }

    /// The same, with titles.
    pub(crate) async fn with_titles(arguments: &[&str]) -> Self {
        Self::open_at(arguments, Clock::default()).await
    }

    /// A house without titles, at a time that a test sets.
    pub(crate) async fn at(arguments: &[&str], clock: Clock) -> Self {
        Self::open_at(&[arguments, &["--no-titles"]].concat(), clock).await
    }

    async fn open_at(arguments: &[&str], clock: Clock) -> Self {
        let ollama = Running::start().await.unwrap();
        let host = ollama.url();
        let data = TempDir::new().unwrap();
        let folder = data.path().to_str().unwrap();
        let mut config = vec!["brooklet", "--listen", "127.0.0.1:0"];
        if !arguments.contains(&"--data-dir") {
            config.extend(["--data-dir", folder]);
        }
        if !arguments.contains(&"--ollama") {
            config.extend(["--ollama", &host]);
        }
        // One at a time is what a person wants of a real model; a test wants all that it asks for.
        if !arguments.contains(&"--max-parallel") {
            config.extend(["--max-parallel", "1000"]);
        }
        // What needs a proxy has people sign in, unless a test says otherwise.
        if !arguments.contains(&"--auth") {
            config.extend(["--auth", "none"]);
        }
        config.extend(arguments);
        let mut config = Config::try_parse_from(config).unwrap();
        config.clock = clock;
        let listener = TcpListener::bind(config.listen).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (shutdown, stopped) = oneshot::channel();
        let stopped = async {
            let _ = stopped.await;
        };
        let server = tokio::spawn(server::run(listener, config, stopped, |_| {}));
        Self {
            url,
            ollama,
            client: client(),
            shutdown: Some(shutdown),
            server,
            data,
        }
    }

    /// Posts JSON.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.client
            .post(format!("{}{path}", self.url))
            .json(body)
            .send()
            .await
            .unwrap()
    }

    /// Posts JSON to a server function; gives the JSON of its answer.
    pub(crate) async fn call(&self, path: &str, body: &Value) -> Value {
        let response = self.post(path, body).await;
        assert!(
            response.status().is_success(),
            "{path}: {}",
            response.status()
        );
        response.json().await.unwrap()
    }

    /// Sends a question; gives the generation's id.
    pub(crate) async fn send(&self, model: &str) -> String {
        let sent = self
            .call("/api/send", &json!({"message": "hi", "model": model}))
            .await;
        sent["generation"].as_str().unwrap().to_owned()
    }

    /// Opens a generation's stream.
    pub(crate) async fn follow(&self, generation: &str, last_event_id: Option<u64>) -> Response {
        let url = format!("{}/api/follow?generation={generation}", self.url);
        let mut request = self.client.get(url);
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        request.send().await.unwrap()
    }

    /// Waits until the simulator has seen that.
    pub(crate) async fn until(&self, wanted: impl Fn(&Stats) -> bool) -> Stats {
        let waiting = self.ollama.sim().until(wanted);
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .expect("the simulator sees it")
    }

    /// Asks for a shutdown; gives what `server::run` gave.
    pub(crate) async fn shut_down(mut self) -> std::io::Result<()> {
        self.begin_shutdown();
        tokio::time::timeout(PATIENCE, self.server)
            .await
            .unwrap()
            .unwrap()
    }

    /// Shuts down; gives the folder of what it has kept.
    pub(crate) async fn close(mut self) -> TempDir {
        self.begin_shutdown();
        let ended = tokio::time::timeout(PATIENCE, self.server).await;
        ended.unwrap().unwrap().unwrap();
        self.data
    }

    /// Asks for a shutdown.
    pub(crate) fn begin_shutdown(&mut self) {
        if let Some(shutdown) = self.shutdown.take() {
            let _ = shutdown.send(());
        }
    }
}

/// A client for this machine.
pub(crate) fn client() -> Client {
    upstream::http::choose_cryptography();
    Client::builder().no_proxy().build().unwrap()
}

/// One frame of a stream.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) id: Option<u64>,
    pub(crate) json: Value,
}

/// Reads a stream frame by frame; comments and `retry` are passed over.
pub(crate) struct Frames {
    response: Response,
    buffer: Vec<u8>,
}

impl Frames {
    pub(crate) fn of(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            buffer: Vec::new(),
        }
    }

    /// The next frame; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        self.try_next().await.unwrap()
    }

    /// The next frame; `None` at the end, an error when the connection breaks.
    pub(crate) async fn try_next(&mut self) -> reqwest::Result<Option<Frame>> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
                if let Some(frame) = parse(std::str::from_utf8(&block).unwrap()) {
                    return Ok(Some(frame));
                }
                continue;
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
            let Some(chunk) = chunk.expect("a stream that goes on")? else {
                return Ok(None);
            };
            self.buffer.extend_from_slice(&chunk);
        }
    }

    /// All frames to the end.
    pub(crate) async fn all(mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.next().await {
            frames.push(frame);
        }
        assert!(self.buffer.is_empty(), "half a frame at the end");
        frames
    }
}

fn parse(block: &str) -> Option<Frame> {
    let mut id = None;
    let mut data = None;
    for line in block.lines() {
        match line.split_once(": ") {
            Some(("id", value)) => id = Some(value.parse().unwrap()),
            Some(("data", value)) => {
                assert!(data.is_none(), "two data lines in {block:?}");
                data = Some(serde_json::from_str(value).unwrap());
            }
            Some(("retry" | "", _)) | None => {}
            Some((field, _)) => panic!("field {field} in {block:?}"),
        }
    }
    data.map(|json| Frame { id, json })
}

/// What a reader has after these frames: content, thinking and the last frame.
pub(crate) fn add_up(frames: &[Frame]) -> (String, String, Value) {
    let (mut content, mut thinking) = (String::new(), String::new());
    for Frame { json, .. } in frames {
        if let Some(text) = json["delta"].as_str() {
            content.push_str(text);
        }
        if let Some(text) = json["thinking"].as_str() {
            thinking.push_str(text);
        }
        if let Some(snapshot) = json.get("snapshot") {
            content = snapshot["content"].as_str().unwrap().to_owned();
            thinking = snapshot["thinking"].as_str().unwrap().to_owned();
        }
    }
    let last = frames
        .last()
        .map(|frame| frame.json.clone())
        .unwrap_or_default();
    (content, thinking, last)
}

/// What the simulator says when nothing goes wrong.
pub(crate) fn script(model: &str) -> (String, String) {
    let script = ollama_sim::Script::parse(model).unwrap();
    (script.content(), script.thinking())
}

/// Asks, and waits for the end of the answer.
pub(crate) async fn ask(house: &House, asking: Value) -> Value {
    let asked = house.call("/api/ask", &asking).await;
    let generation = asked["generation"].as_str().unwrap();
    Frames::of(house.follow(generation, None).await).all().await;
    asked
}

/// What is at a path, as JSON.
pub(crate) async fn get(house: &House, path: &str) -> Value {
    let response = house.client.get(format!("{}{path}", house.url)).send();
    let response = response.await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.json().await.unwrap()
}

/// An id in some JSON.
pub(crate) fn id(value: &Value) -> &str {
    value.as_str().unwrap()
}
