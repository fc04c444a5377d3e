//! Each way in which an answer goes wrong, as a client sees it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;

use std::time::Duration;

use client::{Heard, chat, post, question};
use futures_util::StreamExt;
use ollama_sim::{Instead, Running, Script};
use serde_json::{Value, json};
use tokio::time::timeout;

/// What arrives of an answer, and whether its end is clean.
async fn broken(sim: &Running, model: &str) -> (Vec<u8>, bool) {
    let response = chat(sim, model).await;
    assert_eq!(response.status(), 200, "{model}");
    let mut stream = response.bytes_stream();
    let mut body = Vec::new();
    while let Some(chunk) = stream.next().await {
        match chunk {
            Ok(chunk) => body.extend_from_slice(&chunk),
            Err(_) => return (body, false),
        }
    }
    (body, true)
}

fn error(heard: &Heard) -> &Value {
    &heard.last()["error"]
}

#[tokio::test]
async fn answers_break_where_the_script_says() {
    let sim = Running::start().await.unwrap();
    let whole = Script::parse("sim:thinking=2,tokens=10").unwrap();
    let kinds = [
        ("error", 1, true),
        ("errorobject", 1, true),
        ("errornested", 1, true),
        ("errorcloud", 1, true),
        ("eof", 0, true),
        ("reset", 0, false),
    ];
    for (kind, last, clean) in kinds {
        for (at, said) in [(0, 0), (1, 3), (7, 9), (10, 12), (99, 12)] {
            let model = format!("sim:thinking=2,tokens=10,fault={kind}@{at}");
            let (body, ended) = broken(&sim, &model).await;
            let heard = Heard::new(&body);
            assert_eq!((heard.lines.len(), ended), (said + last, clean), "{model}");
            assert!(whole.content().starts_with(&heard.content), "{model}");
            assert!(
                heard.lines.iter().all(|line| line["done"] != true),
                "{model}"
            );
        }
    }
    let stats = sim.sim().until(|stats| stats.open == 0).await;
    assert_eq!((stats.started, stats.completed, stats.dropped), (30, 30, 0));
}

#[tokio::test]
async fn error_lines_are_ollamas() {
    let sim = Running::start().await.unwrap();
    let line = async |kind: &str| {
        let (body, _) = broken(&sim, &format!("sim:fault={kind}@2")).await;
        (Heard::new(&body), body.ends_with(b"\n"))
    };
    let (heard, ended) = line("error").await;
    let text = "an error was encountered while running the model: unexpected EOF";
    assert_eq!((error(&heard), ended), (&json!(text), true));
    let (heard, _) = line("errorobject").await;
    assert_eq!(error(&heard)["message"], "model runner crashed");
    let (heard, _) = line("errornested").await;
    let nested: Value = serde_json::from_str(error(&heard).as_str().unwrap()).unwrap();
    assert_eq!(nested["error"]["type"], "exceed_context_size_error");
    let (heard, ended) = line("errorcloud").await;
    assert_eq!((&heard.last()["StatusCode"], ended), (&json!(429), false));
}

#[tokio::test]
async fn a_whole_response_is_something_else() {
    let sim = Running::start().await.unwrap();
    for instead in Instead::ALL {
        let response = chat(&sim, &format!("sim:fault={}", instead.name)).await;
        assert_eq!(response.status(), instead.status);
        let kind = response
            .headers()
            .get("content-type")
            .map(|kind| kind.to_str().unwrap());
        assert_eq!(kind.unwrap_or(""), instead.kind);
        assert_eq!(response.text().await.unwrap(), instead.body);
    }
    let text = chat(&sim, "sim:fault=busy503").await.text().await.unwrap();
    assert!(
        text.contains("try again.  maximum"),
        "Ollama writes two spaces"
    );
}

#[tokio::test]
async fn a_wrong_length_is_an_incomplete_message() {
    let sim = Running::start().await.unwrap();
    let (body, clean) = broken(&sim, "sim:fault=badlen").await;
    assert!(!clean);
    assert_eq!(Heard::new(&body).last()["done"], true);
    let mut body = question("sim:fault=badlen");
    body["stream"] = json!(false);
    assert!(post(&sim, "/api/chat", &body).await.bytes().await.is_err());
}

#[tokio::test]
async fn a_stall_lasts_until_the_client_leaves() {
    let sim = Running::start().await.unwrap();
    let response = chat(&sim, "sim:fault=stall@3").await;
    let mut stream = response.bytes_stream();
    let mut body = Vec::new();
    while Heard::new(&body).lines.len() < 3 {
        body.extend_from_slice(&stream.next().await.unwrap().unwrap());
    }
    assert!(
        timeout(Duration::from_millis(50), stream.next())
            .await
            .is_err()
    );
    assert_eq!(sim.sim().stats().open, 1);
    drop(stream);
    let stats = sim.sim().until(|stats| stats.open == 0).await;
    assert_eq!((stats.dropped, stats.completed), (1, 0));

    // Before the first token not even the headers come; the request has arrived all the same.
    tokio::select! {
        _ = chat(&sim, "sim:fault=stall") => panic!("there is nothing to say"),
        _ = sim.sim().until(|stats| stats.open == 1) => {}
    }
    sim.sim().until(|stats| stats.dropped == 2).await;
}

#[tokio::test]
async fn one_object_breaks_as_a_whole() {
    let sim = Running::start().await.unwrap();
    let ask = async |model: &str| {
        let mut body = question(model);
        body["stream"] = json!(false);
        let response = post(&sim, "/api/chat", &body).await;
        (
            response.status().as_u16(),
            response.json::<Value>().await.unwrap(),
        )
    };
    let (status, body) = ask("sim:fault=error@3").await;
    assert_eq!(status, 500);
    assert!(body["error"].as_str().unwrap().ends_with("unexpected EOF"));
    let (status, body) = ask("sim:fault=eof@3").await;
    assert_eq!((status, &body["eval_count"]), (200, &json!(3)));
}
