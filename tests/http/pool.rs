//! Several Ollamas that share what is asked.

use ollama_sim::Running;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{Frames, House, PATIENCE, add_up, script};

const ENDLESS: &str = "sim:tokens=100000,rate=20";

/// Two, one question at a time each, and a house before them.
async fn two() -> (Running, Running, House) {
    let (one, other) = (
        Running::start().await.unwrap(),
        Running::start().await.unwrap(),
    );
    let house = before(&[&one.url(), &other.url()]).await;
    (one, other, house)
}

async fn before(hosts: &[&str]) -> House {
    let hosts = hosts.join(",");
    House::with(&["--ollama", &hosts, "--max-parallel", "1"]).await
}

async fn until(ollama: &Running, what: &str, wanted: impl Fn(&ollama_sim::Stats) -> bool) {
    timeout(PATIENCE, ollama.sim().until(wanted))
        .await
        .expect(what);
}

async fn answer(house: &House, model: &str) -> (String, Value) {
    let ask = json!({"message": "hi", "model": model});
    let (said, _, done) = add_up(&Frames::of(house.post("/api/chat", &ask).await).all().await);
    (said, done)
}

#[tokio::test]
async fn each_works_on_as_many_as_it_may_and_the_others_wait() {
    let (one, other, house) = two().await;
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(house.send(ENDLESS).await);
    }
    until(&one, "the first has one", |stats| stats.open == 1).await;
    until(&other, "the second has one", |stats| stats.open == 1).await;
    let mut third = Frames::of(house.follow(&all[2], None).await);
    let frame = third.next().await.unwrap().json;
    assert_eq!(
        (&frame["snapshot"]["phase"], &frame["snapshot"]["ahead"]),
        (&json!("queued"), &json!(1)),
        "{frame}"
    );
    // A place that is free is taken, wherever it is.
    house
        .call("/api/stop", &json!({"generation": all[0]}))
        .await;
    loop {
        let frame = third.next().await.unwrap().json;
        if frame["delta"].is_string() {
            break;
        }
    }
    assert_eq!((one.sim().stats().open, other.sim().stats().open), (1, 1));
}

#[tokio::test]
async fn the_one_that_has_the_model_loaded_is_asked_first() {
    let (one, other) = (
        Running::start().await.unwrap(),
        Running::start().await.unwrap(),
    );
    // The second has it in memory before Brooklet has looked.
    let model = "llama3.2";
    let load = json!({"model": model, "messages": []});
    let client = crate::support::client();
    let loaded = client
        .post(format!("{}/api/chat", other.url()))
        .json(&load)
        .send()
        .await;
    assert_eq!(loaded.unwrap().status(), 200);
    let house = before(&[&one.url(), &other.url()]).await;
    // When it looks for the second time it knows what it saw at first.
    for ollama in [&one, &other] {
        until(ollama, "it is looked at", |stats| stats.looked > 1).await;
    }
    for _ in 0..3 {
        let (_, done) = answer(&house, model).await;
        assert_eq!(done["status"], "complete");
    }
    assert_eq!(
        (one.sim().stats().started, other.sim().stats().started),
        (0, 3)
    );
}

#[tokio::test]
async fn who_is_away_is_left_out_and_comes_back() {
    let other = Running::start().await.unwrap();
    // A port that nobody listens at, and is kept from others.
    let away = tokio::net::TcpSocket::new_v4().unwrap();
    away.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = away.local_addr().unwrap();
    let house = before(&[&format!("http://{address}"), &other.url()]).await;
    for _ in 0..4 {
        let (said, done) = answer(&house, "sim:tokens=5").await;
        assert_eq!(
            (said, &done["status"]),
            (script("sim:tokens=5").0, &json!("complete"))
        );
    }
    assert_eq!(other.sim().stats().started, 4);
    let models: Value = crate::support::get(&house, "/api/models").await;
    assert!(models["error"].is_null() && !models["models"].as_array().unwrap().is_empty());
    // Both at once, once it is there: the second question goes to it.
    let listener = away.listen(16).unwrap();
    let back = Running::on(listener).unwrap();
    let busy = house.send(ENDLESS).await;
    until(&other, "the one that was there has one", |stats| {
        stats.open == 1
    })
    .await;
    let next = house.send(ENDLESS).await;
    until(&back, "the one that is back has one", |stats| {
        stats.open == 1
    })
    .await;
    for generation in [busy, next] {
        house
            .call("/api/stop", &json!({"generation": generation}))
            .await;
    }
}

#[tokio::test]
async fn a_question_whose_server_dies_before_a_word_is_asked_of_another_once() {
    let (one, other, house) = two().await;
    // Both break it off before its first word: it was asked twice, and no more.
    let ask = json!({"message": "hi", "model": "sim:tokens=5,fault=reset@0"});
    let response = house.post("/api/chat", &ask).await;
    assert_eq!(response.status(), 502);
    assert_eq!(one.sim().stats().started + other.sim().stats().started, 2);
    // After its first word it is not asked again: what has been read would be said twice.
    let (said, done) = answer(&house, "sim:tokens=9,fault=reset@4").await;
    assert!(
        !said.is_empty() && done["status"] == "interrupted",
        "{done}"
    );
    assert_eq!(one.sim().stats().started + other.sim().stats().started, 3);
    // What neither has is told as one tells it.
    let response = house
        .post("/api/chat", &json!({"message": "hi", "model": "none"}))
        .await;
    assert_eq!(response.status(), 404);
}
