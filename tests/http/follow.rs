//! Following a generation: snapshot, resume at every entry, 204 after the end, many readers.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Frames, House, PATIENCE, add_up, script};

#[tokio::test]
async fn resume_at_every_entry_gives_the_same_text() {
    let house = House::open().await;
    let model = "sim:tokens=300,thinking=60,rate=2000,text=unicode";
    let (content, thinking) = script(model);
    let generation = house.send(model).await;
    // Live, from the beginning.
    let live = Frames::of(house.follow(&generation, None).await)
        .all()
        .await;
    let (read, thought, done) = add_up(&live);
    assert_eq!((&read, &thought), (&content, &thinking));
    let last = live.last().unwrap().id.unwrap();

    let (mut exact, mut rest_before) = (0, (content.len(), thinking.len()));
    for seen in 1..last {
        let rest = Frames::of(house.follow(&generation, Some(seen)).await)
            .all()
            .await;
        assert_eq!(rest.last().unwrap().id, Some(last));
        assert_eq!(rest.last().unwrap().json, done);
        assert!(
            rest.iter()
                .all(|frame| frame.json.get("snapshot").is_none())
        );
        let (read, thought, _) = add_up(&rest);
        // It is an end of the whole, and no longer than the one before.
        assert!(
            content.ends_with(&read) && thinking.ends_with(&thought),
            "after {seen}"
        );
        assert!(
            read.len() <= rest_before.0 && thought.len() <= rest_before.1,
            "after {seen}"
        );
        rest_before = (read.len(), thought.len());
        // Where the live reader had a frame that ended here, the two together are the whole, to the byte.
        let before: Vec<_> = live
            .iter()
            .take_while(|frame| frame.id.unwrap() <= seen)
            .cloned()
            .collect();
        if before.last().is_some_and(|frame| frame.id == Some(seen)) {
            exact += 1;
            let all: Vec<_> = before.into_iter().chain(rest).collect();
            let (read, thought, _) = add_up(&all);
            assert_eq!((&read, &thought), (&content, &thinking), "after {seen}");
        }
    }
    assert!(
        exact > 20,
        "only {exact} of {last} entries had a frame of their own"
    );
    assert_eq!(house.follow(&generation, Some(last)).await.status(), 204);
    assert_eq!(
        house
            .follow(&generation, Some(last))
            .await
            .text()
            .await
            .unwrap(),
        ""
    );
    // An id that this generation never gave: all of it.
    let all = Frames::of(house.follow(&generation, Some(last + 7)).await)
        .all()
        .await;
    assert_eq!(add_up(&all).0, content);
}

#[tokio::test]
async fn a_reader_that_breaks_off_again_and_again_misses_nothing() {
    let house = House::open().await;
    let model = "sim:tokens=300,rate=1500,text=unicode,seed=7";
    let generation = house.send(model).await;
    let (mut read, mut last) = (Vec::new(), None);
    loop {
        let response = house.follow(&generation, last).await;
        if response.status() == 204 {
            break;
        }
        let mut frames = Frames::of(response);
        // A few frames, then the connection is dropped with whatever was under way.
        for _ in 0..3 {
            let Some(frame) = frames.next().await else {
                break;
            };
            last = frame.id;
            read.push(frame);
        }
    }
    assert_eq!(add_up(&read).0, script(model).0);
}

#[tokio::test]
async fn a_late_reader_begins_with_one_snapshot_and_then_hears_it_live() {
    let house = House::open().await;
    let generation = house.send("sim:tokens=40,fault=stall@30").await;
    let mut early = Frames::of(house.follow(&generation, None).await);
    let mut seen = Vec::new();
    while add_up(&seen).0 != script("sim:tokens=30").0 {
        seen.push(early.next().await.unwrap());
    }
    assert!(seen[0].json["snapshot"].is_object());
    let mut late = Frames::of(house.follow(&generation, None).await);
    let first = late.next().await.unwrap();
    assert_eq!(first.json["snapshot"]["content"], script("sim:tokens=30").0);
    assert_eq!(first.json["snapshot"]["phase"], "writing");
    assert_eq!(first.id, seen.last().unwrap().id);
    house
        .call("/api/stop", &json!({"generation": generation}))
        .await;
    for frames in [early, late] {
        let rest = frames.all().await;
        assert_eq!(rest.len(), 1);
        assert_eq!(rest[0].json["status"], "stopped");
    }
}

#[tokio::test]
async fn the_headers_keep_proxies_from_holding_it_back() {
    let house = House::open().await;
    let generation = house.send("sim:tokens=3").await;
    let url = format!("{}/api/follow?generation={generation}", house.url);
    let request = house.client.get(&url).header("accept-encoding", "gzip, br");
    let response = request.send().await.unwrap();
    let headers = response.headers().clone();
    assert_eq!(headers["content-type"], "text/event-stream");
    assert_eq!(headers["cache-control"], "no-cache, no-transform");
    assert_eq!(headers["x-accel-buffering"], "no");
    assert!(!headers.contains_key("content-encoding"));
    assert!(
        response
            .text()
            .await
            .unwrap()
            .starts_with("retry: 1000\n\nid: ")
    );
    // What a page asks when its EventSource was given up.
    assert_eq!(house.client.head(&url).send().await.unwrap().status(), 200);
    let gone = format!("{}/api/follow?generation=gone", house.url);
    assert_eq!(house.client.head(&gone).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn two_hundred_readers_of_one_generation_read_the_same() {
    let house = House::open().await;
    let model = "sim:tokens=100,rate=500";
    let generation = house.send(model).await;
    let readers = (0..200).map(|_| async {
        let frames = Frames::of(house.follow(&generation, None).await)
            .all()
            .await;
        add_up(&frames).0
    });
    let texts = tokio::time::timeout(PATIENCE, futures_util::future::join_all(readers))
        .await
        .unwrap();
    let content = script(model).0;
    assert!(texts.iter().all(|text| *text == content));
    assert_eq!(house.ollama.sim().stats().started, 1);
}

#[tokio::test]
async fn the_same_request_twice_is_one_generation() {
    let house = House::open().await;
    let ask = json!({"message": "hi", "model": "sim:tokens=3", "request_id": "0190-abc"});
    let first: Value = house.call("/api/send", &ask).await;
    let (second, third) =
        tokio::join!(house.call("/api/send", &ask), house.call("/api/send", &ask));
    assert_eq!(first, second);
    assert_eq!(first, third);
    let generation = first["generation"].as_str().unwrap();
    Frames::of(house.follow(generation, None).await).all().await;
    assert_eq!(house.ollama.sim().stats().started, 1);
}

#[tokio::test]
async fn the_history_is_sent() {
    let house = House::open().await;
    let messages = json!([
        {"role": "user", "content": "My name is Ada."},
        {"role": "assistant", "content": "Hello Ada."},
        {"role": "user", "content": "What is my name?"},
    ]);
    let sent = house
        .call(
            "/api/send",
            &json!({"messages": messages, "model": "sim:tokens=3"}),
        )
        .await;
    Frames::of(
        house
            .follow(sent["generation"].as_str().unwrap(), None)
            .await,
    )
    .all()
    .await;
    assert_eq!(house.ollama.sim().requests()[0]["messages"], messages);
}

/// What is older than chunks gets the stream too, and its end is the end of the connection.
#[tokio::test]
async fn a_client_of_http_1_0_is_given_the_stream_without_chunks() {
    let house = House::open().await;
    let model = "sim:tokens=3";
    let generation = house.send(model).await;
    let address = house.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /api/follow?generation={generation} HTTP/1.0\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    tokio::time::timeout(PATIENCE, read).await.unwrap().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(!head.to_lowercase().contains("chunked"), "{head}");
    assert!(body.starts_with("retry: 1000\n\nid: "), "{body}");
    assert!(body.ends_with("}\n\n"), "{body}");
}
