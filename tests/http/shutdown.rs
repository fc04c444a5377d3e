//! The end of the process: readers get their last frames, and it does not take for ever.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use ollama_sim::Running;
use serde_json::{Value, json};

use crate::{
    disk::named,
    program::Program,
    support::{Frames, House, add_up, client},
};

#[tokio::test]
async fn a_shutdown_ends_every_stream_with_a_last_frame() {
    let house = House::open().await;
    let generation = house.send("sim:tokens=100000,rate=100").await;
    let mut frames = Frames::of(house.follow(&generation, None).await);
    frames.next().await.unwrap();
    let mut one_shot = Frames::of(
        house
            .post(
                "/api/chat",
                &json!({"message": "hi", "model": "sim:tokens=100000,rate=100"}),
            )
            .await,
    );
    one_shot.next().await.unwrap();
    let sim = house.ollama.sim().clone();
    let (ended, followed, told) = tokio::join!(house.shut_down(), frames.all(), one_shot.all());
    ended.unwrap();
    for frames in [followed, told] {
        let (_, _, done) = add_up(&frames);
        assert_eq!(done["status"], "interrupted");
        assert_eq!(done["error"]["kind"], "stopping");
    }
    assert_eq!(sim.until(|stats| stats.open == 0).await.dropped, 2);
}

/// Whatever it is about in the background: it has just begun, and tidies up.
#[cfg(unix)]
#[tokio::test]
async fn an_end_right_after_the_start_leaves_all_that_is_kept_in_one_file() {
    let data = tempfile::tempdir().unwrap();
    for _ in 0..20 {
        let program = Program::start(data.path(), "http://127.0.0.1:9", 0, &[]).await;
        program.ask_to_end().await;
        program.ended().await;
        assert_eq!(named(data.path(), "brooklet.db-"), Vec::<PathBuf>::new());
    }
}

/// The program itself, with fifty open streams, one of which never reads.
#[cfg(unix)]
#[tokio::test]
async fn sigterm_with_fifty_open_streams_ends_the_process_within_ten_seconds() {
    let (ollama, data) = (
        Running::start().await.unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let program = Program::start(data.path(), &ollama.url(), 0, &["--max-parallel", "100"]).await;
    let (url, client) = (program.url.clone(), client());

    let mut streams = Vec::new();
    for _ in 0..50 {
        let ask = json!({"message": "hi", "model": "sim:tokens=100000,rate=100"});
        let sent = client
            .post(format!("{url}/api/send"))
            .json(&ask)
            .send()
            .await
            .unwrap();
        let sent: Value = sent.json().await.unwrap();
        let follow = format!(
            "{url}/api/follow?generation={}",
            sent["generation"].as_str().unwrap()
        );
        let mut frames = Frames::of(client.get(follow).send().await.unwrap());
        frames.next().await.unwrap();
        streams.push(frames);
    }
    // This one holds its connection open and reads nothing.
    let idle = client
        .post(format!("{url}/api/chat"))
        .json(&json!({"message": "hi", "model": "sim:tokens=10000000"}))
        .send()
        .await
        .unwrap();

    let begun = Instant::now();
    program.ask_to_end().await;
    for frames in streams {
        let (_, _, done) = add_up(&frames.all().await);
        assert_eq!(done["status"], "interrupted");
    }
    program.ended().await;
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    drop(idle);
}
