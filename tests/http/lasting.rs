//! What outlives the process, or its memory: `kill -9`, SIGTERM, generations that ended long ago.

use std::time::{Duration, Instant};

use ollama_sim::Running;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    program::Program,
    support::{Frames, House, PATIENCE, add_up, client, script},
};

async fn call(url: &str, path: &str, body: &Value) -> Value {
    let request = client().post(format!("{url}{path}")).json(body);
    request.send().await.unwrap().json().await.unwrap()
}

async fn follow(url: &str, generation: &str, last: Option<u64>) -> reqwest::Response {
    let url = format!("{url}/api/follow?generation={generation}");
    let mut request = client().get(url);
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    request.send().await.unwrap()
}

/// A Brooklet of which nothing is kept yet, and its Ollama.
async fn open() -> (Running, TempDir, Program) {
    let (ollama, data) = (Running::start().await.unwrap(), TempDir::new().unwrap());
    let program = Program::start(data.path(), &ollama.url(), 0, &[]).await;
    (ollama, data, program)
}

/// Asks; gives the generation and its stream.
async fn ask(program: &Program, question: &Value) -> (String, Frames) {
    let sent = call(&program.url, "/api/send", question).await;
    let generation = sent["generation"].as_str().unwrap().to_owned();
    let frames = Frames::of(follow(&program.url, &generation, None).await);
    (generation, frames)
}

#[tokio::test]
async fn after_kill_9_the_answer_is_interrupted_and_goes_on_in_the_same_message() {
    let (ollama, data, program) = open().await;
    let question = json!({
        "message": "hi", "model": "sim:tokens=100000,thinking=5,rate=100", "request_id": "once"
    });
    let (generation, mut frames) = ask(&program, &question).await;
    let (mut read, mut lengths) = (Vec::new(), Vec::new());
    while add_up(&read).0.len() < 1200 {
        read.push(frames.next().await.unwrap());
        lengths.push((Instant::now(), add_up(&read).0.len()));
    }
    let port = program.port();
    program.kill().await;
    let killed = Instant::now();

    let program = Program::start(data.path(), &ollama.url(), port, &[]).await;
    // Who was following gets a snapshot and the end.
    let last = read.last().unwrap().id;
    let rest = Frames::of(follow(&program.url, &generation, last).await)
        .all()
        .await;
    assert!(rest[0].json["snapshot"].is_object(), "{rest:?}");
    let (stored, thought, done) = add_up(&rest);
    assert_eq!(done["status"], "interrupted");
    assert_eq!(thought, script("sim:thinking=5").1);
    assert!(script("sim:tokens=1000").0.starts_with(&stored));
    // The promise is a second; a machine that runs all tests at once may be late by another one.
    let (_, safe) = lengths
        .iter()
        .rfind(|(at, _)| killed - *at > Duration::from_secs(2))
        .unwrap();
    assert!(stored.len() >= *safe, "{} of {safe}", stored.len());
    let end = rest.last().unwrap().id;
    assert!(end > last, "the end has not been read yet");
    assert_eq!(follow(&program.url, &generation, end).await.status(), 204);
    // Sending it again is still the same request.
    let again = call(&program.url, "/api/send", &question).await;
    assert_eq!(again["generation"], generation);

    // Continue: the partial answer is the assistant's last message.
    let model = "sim:tokens=600";
    let messages = json!([
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": stored, "thinking": thought},
    ]);
    let question = json!({"messages": messages, "model": model});
    let (_, frames) = ask(&program, &question).await;
    let frames = frames.all().await;
    let (content, thinking, done) = add_up(&frames);
    assert_eq!((content, thinking), (script(model).0, thought));
    assert_eq!(done["status"], "complete");
}

#[tokio::test]
async fn after_sigterm_everything_that_was_read_is_there() {
    let (ollama, data, program) = open().await;
    let question = json!({"message": "hi", "model": "sim:tokens=100000,rate=300,text=unicode"});
    let (generation, mut frames) = ask(&program, &question).await;
    let mut read = Vec::new();
    while add_up(&read).0.len() < 300 {
        read.push(frames.next().await.unwrap());
    }
    program.ask_to_end().await;
    read.extend(frames.all().await);
    program.ended().await;

    let program = Program::start(data.path(), &ollama.url(), 0, &[]).await;
    let stored = Frames::of(follow(&program.url, &generation, None).await)
        .all()
        .await;
    assert_eq!(add_up(&stored), add_up(&read));
    assert_eq!(add_up(&read).2["error"]["kind"], "stopping");
    // Who had read it to its end is told so, over the restart.
    let last = read.last().unwrap().id;
    assert_eq!(follow(&program.url, &generation, last).await.status(), 204);
}

#[tokio::test]
async fn two_cannot_have_one_folder() {
    let (_ollama, data, _first) = open().await;
    let second = tokio::process::Command::new(env!("CARGO_BIN_EXE_brooklet"))
        .args(["--listen", "127.0.0.1:0", "--data-dir"])
        .arg(data.path())
        .output();
    let second = tokio::time::timeout(PATIENCE, second)
        .await
        .unwrap()
        .unwrap();
    assert!(!second.status.success());
    let why = String::from_utf8_lossy(&second.stderr);
    assert!(
        why.contains("another Brooklet has the data folder"),
        "{why}"
    );
}

#[tokio::test]
async fn what_has_left_memory_is_answered_from_the_store() {
    let house = House::with(&["--max-finished", "0"]).await;
    let model = "sim:tokens=20,thinking=3,text=hostile,tool";
    let ask = json!({"message": "hi", "model": model, "request_id": "once"});
    let sent = house.call("/api/send", &ask).await;
    let generation = sent["generation"].as_str().unwrap();
    let live = Frames::of(house.follow(generation, None).await).all().await;
    let (content, thinking) = script(model);
    // Memory answers a resume with what comes after it, the store with a snapshot.
    let resumed = async {
        loop {
            // Each new generation has what is too much leave.
            house.send("sim:tokens=1").await;
            let rest = Frames::of(house.follow(generation, Some(1)).await)
                .all()
                .await;
            if rest[0].json["snapshot"].is_object() {
                return rest;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let stored = tokio::time::timeout(PATIENCE, resumed).await.unwrap();
    assert_eq!(
        add_up(&stored),
        (content, thinking, live.last().unwrap().json.clone())
    );
    assert_eq!(
        stored[0].json["snapshot"]["tool_calls"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(stored.last().unwrap().id, live.last().unwrap().id);
    let last = live.last().unwrap().id;
    assert_eq!(house.follow(generation, last).await.status(), 204);
    assert_eq!(house.call("/api/send", &ask).await, sent);
    let stopped = house
        .call("/api/stop", &json!({"generation": generation}))
        .await;
    assert_eq!(stopped["status"], "complete");
}
