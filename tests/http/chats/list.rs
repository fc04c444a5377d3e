//! The list of chats: its order, what is live in it, and its pages.

use serde_json::{Value, json};

use super::{ask, get, thread, titles, touch};
use crate::support::House;

#[tokio::test]
async fn the_list_has_the_last_asked_first_and_knows_what_is_live() {
    let house = House::open().await;
    let mut chats = Vec::new();
    for text in ["a", "b", "c"] {
        chats.push(ask(&house, json!({"text": text})).await);
    }
    let list = get(&house, "/api/chats").await;
    assert_eq!(titles(&list), ["c", "b", "a"]);
    assert_eq!(list["more"], false);
    let slow = "sim:tokens=1000,rate=10";
    let asking = json!({"chat": chats[0]["chat"], "parent": chats[0]["answer"], "text": "more", "model": slow});
    let running = house.call("/api/ask", &asking).await;
    assert_eq!(
        touch(&house, &chats[1]["chat"], json!({"pin": true})).await,
        200
    );
    let list = get(&house, "/api/chats").await;
    assert_eq!(titles(&list), ["b", "a", "c"]);
    let live = |list: &Value, at: usize| list["chats"][at]["live"].as_bool().unwrap();
    assert!(!live(&list, 0) && live(&list, 1) && !live(&list, 2));
    // What is being written is told of, and cannot be asked after.
    let kept = thread(&house, &chats[0]["chat"]).await;
    assert_eq!(kept["messages"][3]["written"]["done"], Value::Null);
    let asking = json!({"chat": chats[0]["chat"], "parent": running["answer"], "text": "?"});
    assert_eq!(house.post("/api/ask", &asking).await.status(), 400);
    house
        .call("/api/stop", &json!({"generation": running["generation"]}))
        .await;
    let list = get(&house, "/api/chats").await;
    assert!(!live(&list, 1));

    assert_eq!(
        touch(&house, &chats[2]["chat"], json!({"rename": "Sea"})).await,
        200
    );
    assert_eq!(touch(&house, &chats[1]["chat"], json!("delete")).await, 200);
    assert_eq!(titles(&get(&house, "/api/chats").await), ["a", "Sea"]);
    assert_eq!(
        touch(&house, &chats[1]["chat"], json!({"pin": false})).await,
        404
    );
    assert_eq!(
        touch(&house, &chats[1]["chat"], json!("restore")).await,
        200
    );
    assert_eq!(titles(&get(&house, "/api/chats").await), ["b", "a", "Sea"]);
}

#[tokio::test]
async fn the_list_comes_in_pages() {
    let house = House::open().await;
    let mut wanted = Vec::new();
    for number in 0..120 {
        let text = format!("chat {number}");
        ask(&house, json!({"text": text, "model": "sim:tokens=1"})).await;
        wanted.insert(0, text);
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = get(&house, &format!("/api/chats{after}")).await;
        seen.extend(titles(&page).into_iter().map(str::to_owned));
        if page["more"] == false {
            break;
        }
        let last = page["chats"].as_array().unwrap().last().unwrap();
        after = format!("?after={}", last["id"].as_str().unwrap());
    }
    assert_eq!(seen, wanted);
}
