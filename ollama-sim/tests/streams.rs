//! Time and connections: delays, clients that leave, a server that stops.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;

use std::time::{Duration, Instant};

use client::{chat, get, hear, post};
use futures_util::StreamExt;
use ollama_sim::{Running, Stats};
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[tokio::test]
async fn nothing_comes_before_the_delay() {
    let sim = Running::start().await.unwrap();
    let begun = Instant::now();
    let response = chat(&sim, "sim:delay=150ms").await;
    assert!(begun.elapsed() >= Duration::from_millis(150));
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_rate_does_not_drift() {
    let sim = Running::start().await.unwrap();
    let begun = Instant::now();
    let heard = hear(&sim, "sim:tokens=100,rate=500").await;
    assert!(
        begun.elapsed() >= Duration::from_millis(200),
        "the schedule is a lower bound"
    );
    let nanos = heard.last()["eval_duration"].as_u64().unwrap();
    assert!(nanos >= 200_000_000, "{nanos}");
}

#[tokio::test]
async fn stamps_tell_when_they_were_sent() {
    let sim = Running::start().await.unwrap();
    let heard = hear(&sim, "sim:text=stamp,tokens=20,rate=200").await;
    let stamps: Vec<(usize, u128)> = heard
        .content
        .split_whitespace()
        .map(|token| token.split_once('@').unwrap())
        .map(|(number, nanos)| (number.parse().unwrap(), nanos.parse().unwrap()))
        .collect();
    assert_eq!(stamps.len(), 20);
    assert!(
        stamps
            .iter()
            .enumerate()
            .all(|(at, (number, _))| at == *number)
    );
    // Nothing is written before it is due.
    assert!(stamps[19].1 - stamps[0].1 >= 80_000_000);
}

#[tokio::test]
async fn a_client_that_leaves_is_noticed() {
    let sim = Running::start().await.unwrap();
    let mut stream = chat(&sim, "sim:tokens=100000,rate=50").await.bytes_stream();
    stream.next().await.unwrap().unwrap();
    let open = Stats {
        started: 1,
        open: 1,
        completed: 0,
        dropped: 0,
        ..Stats::default()
    };
    assert_eq!(sim.sim().stats(), open);
    drop(stream);
    let stats = sim.sim().until(|stats| stats.open == 0).await;
    assert_eq!(
        stats,
        Stats {
            started: 1,
            open: 0,
            completed: 0,
            dropped: 1,
            ..Stats::default()
        }
    );

    // Also while it waits for the headers, and while it does not read.
    tokio::select! {
        _ = chat(&sim, "sim:delay=1h") => panic!("there is nothing to say yet"),
        _ = sim.sim().until(|stats| stats.open == 1) => {}
    }
    sim.sim().until(|stats| stats.dropped == 2).await;
    let response = chat(&sim, "sim:tokens=100000000").await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    drop(response);
    sim.sim().until(|stats| stats.dropped == 3).await;
}

#[tokio::test]
async fn a_model_is_loaded_once_and_let_go() {
    let sim = Running::start().await.unwrap();
    let model = "sim:load=150ms";
    let loaded = async || {
        let models: Value = get(&sim, "/api/ps").await.json().await.unwrap();
        models["models"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["name"].clone())
            .collect::<Vec<_>>()
    };
    let begun = Instant::now();
    let (_, during) = tokio::join!(hear(&sim, model), async {
        sim.sim().until(|stats| stats.open == 1).await;
        loaded().await
    });
    assert!(begun.elapsed() >= Duration::from_millis(150));
    assert_eq!((during.len(), loaded().await), (0, vec![json!(model)]));

    let load = hear(&sim, model).await.last()["load_duration"].as_u64();
    assert!(
        load.is_none_or(|nanos| nanos < 150_000_000),
        "it is not loaded again"
    );
    let body = json!({ "model": model, "messages": [], "keep_alive": 0 });
    let answer: Value = post(&sim, "/api/chat", &body).await.json().await.unwrap();
    assert_eq!(
        (&answer["done_reason"], &answer["done"]),
        (&json!("unload"), &json!(true))
    );
    assert_eq!(loaded().await.len(), 0);
    let body = json!({ "model": model, "keep_alive": -1 });
    let answer: Value = post(&sim, "/api/generate", &body)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&answer["done_reason"], &answer["response"]),
        (&json!("load"), &json!(""))
    );
    assert_eq!(sim.sim().loaded(), [model]);

    // One that hangs can be unloaded too, and its end does not bring it back.
    let hanging = chat(&sim, "sim:fault=stall@1").await;
    let body = json!({ "model": "sim:fault=stall@1", "messages": [], "keep_alive": 0 });
    post(&sim, "/api/chat", &body).await;
    assert_eq!(sim.sim().loaded(), [model]);
    drop(hanging);
    sim.sim().until(|stats| stats.dropped == 1).await;
    assert_eq!(sim.sim().loaded(), [model]);
}

#[tokio::test]
async fn stopping_cuts_what_is_open() {
    let sim = Running::start().await.unwrap();
    let (addr, state) = (sim.addr(), sim.sim().clone());
    let mut stalled = chat(&sim, "sim:fault=stall@1").await.bytes_stream();
    let mut running = chat(&sim, "sim:tokens=100000000,rate=100")
        .await
        .bytes_stream();
    stalled.next().await.unwrap().unwrap();
    running.next().await.unwrap().unwrap();
    let unread = chat(&sim, "sim:tokens=100000000").await;

    let begun = Instant::now();
    sim.stop().await;
    assert!(
        begun.elapsed() < Duration::from_millis(400),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(
        state.stats(),
        Stats {
            started: 3,
            open: 0,
            completed: 0,
            dropped: 3,
            ..Stats::default()
        }
    );
    assert!(stalled.next().await.unwrap().is_err());
    while let Some(Ok(_)) = running.next().await {}
    assert!(unread.bytes().await.is_err());

    let again = Running::start_at(addr).await.unwrap();
    assert_eq!(
        (again.addr(), again.sim().stats()),
        (addr, Stats::default())
    );
    assert_eq!(
        get(&again, "/").await.text().await.unwrap(),
        "Ollama is running"
    );
    let state = again.sim().clone();
    let _response = chat(&again, "sim:fault=stall@1").await;
    drop(again);
    state.until(|stats| stats.dropped == 1).await;
}

#[tokio::test]
async fn a_sim_serves_any_listener() {
    let sim = ollama_sim::Sim::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = sim.clone();
    let task = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        served.serve(listener, stopped).await
    });
    let text = client::client()
        .get(url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert_eq!(text, "Ollama is running");
    stop.send(()).unwrap();
    task.await.unwrap().unwrap();
}
