//! An answer that goes on: the conversation ends with the assistant's own words.

use serde_json::{Value, json};

use crate::support::{Frames, House, add_up, script};

const MODEL: &str = "sim:tokens=80,rate=2000,text=unicode";

/// A conversation whose last words are the first half of the answer.
fn begun() -> (Value, String) {
    let half = script("sim:tokens=40,text=unicode").0;
    let messages = json!([
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": half, "thinking": "hm"},
    ]);
    (messages, half)
}

#[tokio::test]
async fn the_message_is_whole_from_its_first_snapshot_on() {
    let house = House::open().await;
    let (messages, half) = begun();
    let ask = json!({"messages": messages, "model": MODEL});
    let sent = house.call("/api/send", &ask).await;
    let generation = sent["generation"].as_str().unwrap();
    let frames = Frames::of(house.follow(generation, None).await).all().await;
    let first = frames[0].json["snapshot"]["content"].as_str().unwrap();
    assert!(first.starts_with(&half), "{first}");
    let (content, thinking, done) = add_up(&frames);
    assert_eq!((content, thinking.as_str()), (script(MODEL).0, "hm"));
    assert_eq!(done["status"], "complete");
    assert_eq!(house.ollama.sim().requests()[0]["messages"], messages);
    // A resume gives exactly what comes after it.
    let last = frames[0].id;
    let rest = Frames::of(house.follow(generation, last).await).all().await;
    assert_eq!(add_up(&rest).0, script(MODEL).0[first.len()..]);
}

#[tokio::test]
async fn one_that_fails_at_once_keeps_what_there_was() {
    let house = House::open().await;
    let (messages, half) = begun();
    let ask = json!({"messages": messages, "model": "sim:fault=error@0"});
    let sent = house.call("/api/send", &ask).await;
    let generation = sent["generation"].as_str().unwrap();
    let frames = Frames::of(house.follow(generation, None).await).all().await;
    let (content, _, done) = add_up(&frames);
    assert_eq!((content, &done["status"]), (half, &json!("failed")));
}

#[tokio::test]
async fn a_program_gets_what_is_new_alone() {
    let house = House::open().await;
    let (messages, half) = begun();
    let ask = json!({"messages": messages, "model": MODEL});
    let frames = Frames::of(house.post("/api/chat", &ask).await).all().await;
    assert_eq!(add_up(&frames).0, script(MODEL).0[half.len()..]);
}
