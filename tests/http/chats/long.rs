//! A long chat, of which a page has the end.

use serde_json::json;

use crate::support::{House, ask, get, id};

const MODEL: &str = "sim:tokens=5";

/// The end of a long chat is what its page begins with.
#[tokio::test]
async fn a_long_chat_comes_by_its_end() {
    let house = House::open().await;
    let mut asked = Vec::new();
    let mut asking = json!({"text": "Question 0", "model": MODEL});
    for number in 1..31 {
        let next = ask(&house, asking).await;
        asking = json!({
            "chat": next["chat"], "parent": next["answer"], "model": MODEL,
            "text": format!("Question {number}"),
        });
        asked.push(next);
    }
    let chat = id(&asked[0]["chat"]);
    let page = house.client.get(format!("{}/c/{chat}", house.url)).send();
    let page = page.await.unwrap().text().await.unwrap();
    assert!(
        page.contains("Question 29") && page.contains("Question 10"),
        "{page}"
    );
    assert!(
        !page.contains("Question 9<") && page.contains("Show earlier messages"),
        "{page}"
    );
    let path = get(&house, &format!("/api/path?chat={chat}&count=4")).await;
    assert_eq!(path["earlier"], 56);
    let first = path["messages"][0]["html"].as_str().unwrap();
    assert!(first.contains(">Question 28<"), "{first}");
    let sought = id(&asked[5]["question"]);
    let path = get(
        &house,
        &format!("/api/path?chat={chat}&count=4&through={sought}"),
    )
    .await;
    assert_eq!(path["earlier"], 6);
    let whole = get(&house, &format!("/api/path?chat={chat}")).await;
    assert_eq!(whole["messages"].as_array().unwrap().len(), 60);
    let before = id(&asked[5]["question"]);
    let path = get(
        &house,
        &format!("/api/path?chat={chat}&count=4&before={before}"),
    )
    .await;
    assert_eq!(path["earlier"], 6);
    let last = path["messages"][3]["html"].as_str().unwrap();
    assert_eq!(path["messages"][3]["id"], asked[4]["answer"], "{last}");
}
