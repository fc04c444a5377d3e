//! The end of the process: readers get their last frames, and it does not take for ever.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use ollama_sim::Running;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

use crate::support::{Frames, House, PATIENCE, add_up, client};

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

/// The program itself, with fifty open streams, one of which never reads.
#[cfg(unix)]
#[tokio::test]
async fn sigterm_with_fifty_open_streams_ends_the_process_within_ten_seconds() {
    let ollama = Running::start().await.unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_brooklet"))
        .args([
            "--listen",
            "127.0.0.1:0",
            "--log",
            "warn",
            "--max-parallel",
            "100",
            "--ollama",
            &ollama.url(),
        ])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap();
    let url = line
        .strip_prefix("Brooklet listens on ")
        .unwrap()
        .to_owned();
    let client = client();

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
    let id = process.id().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .await
            .unwrap()
            .success()
    );
    for frames in streams {
        let (_, _, done) = add_up(&frames.all().await);
        assert_eq!(done["status"], "interrupted");
    }
    let status = tokio::time::timeout(PATIENCE, process.wait())
        .await
        .unwrap()
        .unwrap();
    assert!(status.success(), "{status}");
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    drop(idle);
}
