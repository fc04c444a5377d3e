//! The queue in front of the model, the phases before the first token, and the limits.

use serde_json::{Value, json};

use crate::support::{Frames, House, add_up, script};

/// A model that says a word and then nothing more until somebody stops it.
const ENDLESS: &str = "sim:tokens=5,fault=stall@1";

/// Reads on until the stream tells this phase; gives the phases that were told.
async fn until_phase(frames: &mut Frames, wanted: &Value) -> Vec<Value> {
    let mut told = Vec::new();
    loop {
        let json = frames.next().await.expect("the stream goes on").json;
        let phase = json.get("snapshot").unwrap_or(&json);
        let phase = json!({"phase": phase["phase"], "ahead": phase["ahead"]});
        if phase["phase"].is_string() {
            told.push(phase.clone());
        }
        if phase == *wanted {
            return told;
        }
    }
}

fn queued(ahead: u32) -> Value {
    json!({"phase": "queued", "ahead": ahead})
}

fn writing() -> Value {
    json!({"phase": "writing", "ahead": null})
}

#[tokio::test]
async fn who_waits_sees_the_place_and_comes_in_order() {
    let house = House::with(&["--max-parallel", "1"]).await;
    let first = house.send(ENDLESS).await;
    house.until(|stats| stats.started == 1).await;
    let second = house.send(ENDLESS).await;
    let third = house.send(ENDLESS).await;
    let mut frames = Frames::of(house.follow(&third, None).await);
    until_phase(&mut frames, &queued(2)).await;
    house.call("/api/stop", &json!({"generation": first})).await;
    until_phase(&mut frames, &queued(1)).await;
    house.until(|stats| stats.started == 2).await;
    house
        .call("/api/stop", &json!({"generation": second}))
        .await;
    until_phase(&mut frames, &writing()).await;
    house.call("/api/stop", &json!({"generation": third})).await;
    let stats = house.until(|stats| stats.open == 0).await;
    assert_eq!((stats.started, stats.dropped), (3, 3));
}

#[tokio::test]
async fn who_waits_can_leave() {
    let house = House::with(&["--max-parallel", "1"]).await;
    let first = house.send(ENDLESS).await;
    let second = house.send(ENDLESS).await;
    let mut third = Frames::of(house.follow(&house.send(ENDLESS).await, None).await);
    until_phase(&mut third, &queued(2)).await;
    let stopped = house
        .call("/api/stop", &json!({"generation": second}))
        .await;
    assert_eq!(stopped["status"], "stopped");
    until_phase(&mut third, &queued(1)).await;
    let done = Frames::of(house.follow(&second, None).await).all().await;
    assert_eq!(add_up(&done).2["status"], "stopped");
    house.call("/api/stop", &json!({"generation": first})).await;
    until_phase(&mut third, &writing()).await;
    // The one that left was never asked.
    assert_eq!(house.ollama.sim().stats().started, 2);
}

/// Programs and chats wait in one queue; a program that leaves makes room.
#[tokio::test]
async fn programs_wait_in_the_same_queue() {
    let house = House::with(&["--max-parallel", "1"]).await;
    let first = house.send(ENDLESS).await;
    house.until(|stats| stats.open == 1).await;
    let ask = json!({"message": "hi", "model": "sim:tokens=3"});
    let asking = house.post("/api/chat", &ask);
    let stopping = async {
        // Behind the program, which has come first.
        let mut behind = Frames::of(house.follow(&house.send(ENDLESS).await, None).await);
        until_phase(&mut behind, &queued(2)).await;
        house.call("/api/stop", &json!({"generation": first})).await;
        until_phase(&mut behind, &writing()).await;
    };
    let (response, ()) = tokio::join!(asking, stopping);
    let frames = Frames::of(response).all().await;
    assert_eq!(add_up(&frames).0, script("sim:tokens=3").0);
}

#[tokio::test]
async fn a_full_queue_says_so() {
    let house = House::with(&["--max-parallel", "1", "--max-queued", "1"]).await;
    house.send(ENDLESS).await;
    let waiting = house.send(ENDLESS).await;
    for path in ["/api/send", "/api/chat"] {
        let response = house
            .post(path, &json!({"message": "hi", "model": ENDLESS}))
            .await;
        assert_eq!(response.status(), 503, "{path}");
        assert!(response.headers().contains_key("retry-after"), "{path}");
        let error: Value = response.json().await.unwrap();
        assert_eq!(error["error"]["kind"], "busy");
    }
    // The demo has a queue of its own.
    house.send("brooklet-demo").await;
    house
        .call("/api/stop", &json!({"generation": waiting}))
        .await;
    house.send(ENDLESS).await;
}

#[tokio::test]
async fn phases_come_in_order() {
    let house = House::open().await;
    for (model, phases) in [
        (
            "sim:tokens=3,load=1500ms,delay=2500ms",
            &["loading", "reading", "writing"][..],
        ),
        ("sim:tokens=4,load=1s", &["loading", "writing"]),
        ("sim:tokens=5,delay=1s", &["reading", "writing"]),
    ] {
        let generation = house.send(model).await;
        let mut frames = Frames::of(house.follow(&generation, None).await);
        let told = until_phase(&mut frames, &writing()).await;
        let mut told: Vec<_> = told
            .iter()
            .filter_map(|phase| phase["phase"].as_str())
            .collect();
        told.retain(|phase| *phase != "queued");
        assert_eq!(told, phases, "{model}");
    }
}

#[tokio::test]
async fn a_generation_that_nobody_follows_is_dropped_when_told_to_be() {
    for time in ["0", "1s"] {
        let house = House::with(&["--abandon-after", time]).await;
        let generation = house.send("sim:tokens=100000,rate=100").await;
        let mut frames = Frames::of(house.follow(&generation, None).await);
        until_phase(&mut frames, &writing()).await;
        drop(frames);
        house.until(|stats| stats.dropped == 1).await;
        let (_, _, done) = add_up(
            &Frames::of(house.follow(&generation, None).await)
                .all()
                .await,
        );
        assert_eq!(done["status"], "interrupted", "{time}");
        assert_eq!(done["error"]["kind"], "abandoned", "{time}");
    }
}

#[tokio::test]
async fn an_answer_without_end_ends_at_the_limit() {
    let house = House::with(&["--max-answer-bytes", "1000"]).await;
    let generation = house.send("sim:tokens=100000,rate=2000").await;
    let (text, _, done) = add_up(
        &Frames::of(house.follow(&generation, None).await)
            .all()
            .await,
    );
    assert_eq!(done["status"], "complete");
    assert_eq!(done["reason"], "length");
    assert!(text.len() > 1000 && text.len() < 10_000, "{}", text.len());
    house.until(|stats| stats.dropped == 1).await;
}

#[tokio::test]
async fn there_are_only_so_many_streams() {
    let house = House::with(&["--max-streams", "2"]).await;
    let generation = house.send(ENDLESS).await;
    let first = Frames::of(house.follow(&generation, None).await);
    let ask = json!({"message": "hi", "model": ENDLESS});
    let _second = Frames::of(house.post("/api/chat", &ask).await);
    let third = house.follow(&generation, None).await;
    assert_eq!(third.status(), 503);
    assert!(third.headers().contains_key("retry-after"));
    assert_eq!(house.post("/api/chat", &ask).await.status(), 503);
    drop(first);
    // The place is free when the server has seen that the reader is gone.
    let again = async {
        while house.follow(&generation, None).await.status() != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::support::PATIENCE, again)
        .await
        .unwrap();
}
