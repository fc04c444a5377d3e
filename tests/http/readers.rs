//! Readers that are slow, or that never read: neither is in anybody's way.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use crate::support::{Frames, House, add_up, script};

/// A reader with little room, who has asked and has read nothing yet.
async fn asks(house: &House, generation: &str) -> TcpStream {
    let address = house.url.strip_prefix("http://").unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    let request =
        format!("GET /api/follow?generation={generation} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    // It has its place.
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    stream
}

#[tokio::test]
async fn slow_ones_and_silent_ones_hold_up_neither_the_model_nor_the_others() {
    let house = House::with(&["--max-answer-bytes", "100000000"]).await;
    let model = "sim:tokens=1000000";
    let generation = house.send(model).await;
    let _silent = asks(&house, &generation).await;
    let mut slow = asks(&house, &generation).await;
    let slowly = tokio::spawn(async move {
        let mut kilobyte = [0; 1024];
        loop {
            slow.read_exact(&mut kilobyte).await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    // The model is read to its end at its own speed, and so is who keeps up with it.
    house.until(|stats| stats.completed == 1).await;
    let all = Frames::of(house.follow(&generation, None).await)
        .all()
        .await;
    let (content, _, done) = add_up(&all);
    assert!(content == script(model).0);
    assert_eq!(done["status"], "complete");
    assert!(!slowly.is_finished());
    slowly.abort();
}

/// Half a minute in truth: the one thing here that only time can show.
#[tokio::test]
async fn one_that_takes_nothing_for_half_a_minute_is_cut_off() {
    let house = House::with(&["--max-answer-bytes", "100000000", "--max-streams", "1"]).await;
    let generation = house.send("sim:tokens=3000000").await;
    let begun = Instant::now();
    let mut silent = asks(&house, &generation).await;
    // It holds the only place; when it is cut off, the place is free.
    let free = async {
        while house.follow(&generation, None).await.status() != 200 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), free)
        .await
        .unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(30));
    // What was on its way is still there to be read, and then nothing more: no end was told.
    let mut rest = Vec::new();
    let _ = silent.read_to_end(&mut rest).await;
    assert!(!rest.ends_with(b"0\r\n\r\n"));
}
