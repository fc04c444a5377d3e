//! A client as plain as can be, for the tests beside it.
#![allow(dead_code, reason = "no test needs all of it")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ollama_sim::Running;
use reqwest::{Client, Response};
use serde_json::{Value, json};

pub(crate) fn client() -> Client {
    // The workspace's reqwest leaves the choice of cryptography to the program.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

/// Posts `body` and returns the response once its headers are there.
pub(crate) async fn post(sim: &Running, path: &str, body: &Value) -> Response {
    client()
        .post(format!("{}{path}", sim.url()))
        .json(body)
        .send()
        .await
        .unwrap()
}

pub(crate) async fn get(sim: &Running, path: &str) -> Response {
    client()
        .get(format!("{}{path}", sim.url()))
        .send()
        .await
        .unwrap()
}

/// Says hello to `model`.
pub(crate) async fn chat(sim: &Running, model: &str) -> Response {
    post(sim, "/api/chat", &question(model)).await
}

pub(crate) fn question(model: &str) -> Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": "Hello you" }] })
}

/// What a client that bears everything makes of an answer's body.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) content: String,
    pub(crate) thinking: String,
    pub(crate) lines: Vec<Value>,
    pub(crate) junk: usize,
}

impl Heard {
    pub(crate) fn new(body: &[u8]) -> Self {
        let mut heard = Self::default();
        let lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        for line in lines.filter(|line| !line.is_empty()) {
            let Ok(line) = serde_json::from_slice::<Value>(line) else {
                heard.junk += 1;
                continue;
            };
            let text = |field| line["message"][field].as_str().unwrap_or("").to_owned();
            heard.content += &text("content");
            heard.thinking += &text("thinking");
            heard.lines.push(line);
        }
        heard
    }

    pub(crate) fn last(&self) -> &Value {
        self.lines.last().unwrap()
    }
}

/// The whole answer of `model`.
pub(crate) async fn hear(sim: &Running, model: &str) -> Heard {
    let response = chat(sim, model).await;
    assert_eq!(response.status(), 200, "{model}");
    Heard::new(&response.bytes().await.unwrap())
}
