//! Stop, and a client that leaves, free the upstream.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Frames, House, add_up};

/// How soon the upstream has to be free, at the median: a machine may be busy with other things once or twice.
const SOON: Duration = Duration::from_millis(100);

async fn until_dropped(house: &House, dropped: u64) {
    house
        .until(|stats| stats.dropped == dropped && stats.open == 0)
        .await;
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::test]
async fn a_stop_frees_the_upstream_at_once_and_keeps_the_text() {
    let house = House::open().await;
    let mut times = Vec::new();
    for round in 1..=11 {
        let generation = house.send("sim:tokens=100000,rate=200").await;
        let mut frames = Frames::of(house.follow(&generation, None).await);
        let mut read = Vec::new();
        while add_up(&read).0.is_empty() {
            read.push(frames.next().await.unwrap());
        }
        let begun = Instant::now();
        let stopped = house
            .call("/api/stop", &json!({"generation": generation}))
            .await;
        until_dropped(&house, round).await;
        times.push(begun.elapsed());
        assert_eq!(stopped["status"], "stopped");
        read.extend(frames.all().await);
        let (text, _, done) = add_up(&read);
        assert_eq!(done["status"], "stopped");
        // Stopping again changes nothing, and what was there is there.
        let again = house
            .call("/api/stop", &json!({"generation": generation}))
            .await;
        assert_eq!(again["status"], "stopped");
        let later = Frames::of(house.follow(&generation, None).await)
            .all()
            .await;
        assert_eq!(add_up(&later).0, text);
    }
    assert!(median(times.clone()) < SOON, "{times:?}");
}

#[tokio::test]
async fn a_stop_before_the_first_token_frees_the_upstream_too() {
    let house = House::open().await;
    let generation = house.send("sim:tokens=5,delay=60s").await;
    house.until(|stats| stats.open == 1).await;
    let stopped = house
        .call("/api/stop", &json!({"generation": generation}))
        .await;
    assert_eq!(stopped["status"], "stopped");
    until_dropped(&house, 1).await;
}

#[tokio::test]
async fn a_stop_after_the_end_tells_the_end() {
    let house = House::open().await;
    let generation = house.send("sim:tokens=5").await;
    Frames::of(house.follow(&generation, None).await)
        .all()
        .await;
    let stopped = house
        .call("/api/stop", &json!({"generation": generation}))
        .await;
    assert_eq!(stopped["status"], "complete");
}

#[tokio::test]
async fn a_one_shot_client_that_leaves_frees_the_upstream_at_once() {
    let house = House::open().await;
    let mut times = Vec::new();
    for round in 1..=11 {
        let ask = json!({"message": "hi", "model": "sim:tokens=100000,rate=200"});
        let mut frames = Frames::of(house.post("/api/chat", &ask).await);
        frames.next().await.unwrap();
        let begun = Instant::now();
        drop(frames);
        until_dropped(&house, round).await;
        times.push(begun.elapsed());
    }
    assert!(median(times.clone()) < SOON, "{times:?}");
}

/// It may also leave before there is anything to read.
#[tokio::test]
async fn a_one_shot_client_that_leaves_early_frees_the_upstream_too() {
    let house = House::open().await;
    let ask = json!({"message": "hi", "model": "sim:tokens=5,delay=60s"});
    tokio::select! {
        _ = house.post("/api/chat", &ask) => panic!("there is no answer yet"),
        _ = house.until(|stats| stats.open == 1) => {}
    }
    until_dropped(&house, 1).await;
}

/// A reader of a chat is no owner: the answer goes on without it.
#[tokio::test]
async fn a_reader_that_leaves_stops_nothing() {
    let house = House::open().await;
    let generation = house.send("sim:tokens=40,rate=400").await;
    let mut frames = Frames::of(house.follow(&generation, None).await);
    frames.next().await.unwrap();
    drop(frames);
    house.until(|stats| stats.completed == 1).await;
    let all = Frames::of(house.follow(&generation, None).await)
        .all()
        .await;
    assert_eq!(add_up(&all).2["status"], "complete");
}
