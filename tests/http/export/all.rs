//! All chats as one file: their order, readers that are slow, and a file that breaks off.

use std::time::Duration;

use serde_json::json;

use super::{ask, export, one, read_json, read_markdown, touch};
use crate::support::{House, PATIENCE};

#[tokio::test]
async fn all_chats_are_one_document() {
    let house = House::open().await;
    let empty = read_json(export(&house, &[("form", "json")]).await).await;
    assert_eq!(
        (&empty["folders"], &empty["chats"]),
        (&json!([]), &json!([]))
    );
    let empty = read_markdown(export(&house, &[("form", "markdown")]).await).await;
    assert!(
        empty.starts_with("---\n\nExported ") && empty.ends_with(" Chats: 0.\n"),
        "{empty}"
    );

    // More than a page of ids.
    let mut wanted = Vec::new();
    for number in 0..120 {
        let asking = json!({"text": format!("chat {number}"), "model": "sim:tokens=1"});
        wanted.insert(0, ask(&house, asking).await["chat"].clone());
    }
    let deleted = wanted.remove(7);
    touch(&house, &deleted, json!("delete")).await;
    touch(&house, &wanted[3], json!({"archive": true})).await;
    // What is asked later does not change the order.
    ask(&house, json!({"chat": wanted[118], "text": "again"})).await;

    let response = export(&house, &[("form", "json")]).await;
    let disposition = response.headers()["content-disposition"].to_str().unwrap();
    assert!(
        disposition.starts_with("attachment; filename=\"brooklet-chats-20")
            && disposition.ends_with(".json"),
        "{disposition}"
    );
    assert!(!response.headers().contains_key("content-length"));
    let file = read_json(response).await;
    assert_eq!(file["brooklet_export"], 1);
    let chats = file["chats"].as_array().unwrap();
    let ids: Vec<_> = chats.iter().map(|it| it["id"].clone()).collect();
    assert_eq!(ids, wanted);
    assert_eq!(chats[3]["archived"], true);
    assert_eq!(chats[118]["messages"].as_array().unwrap().len(), 4);

    let text = read_markdown(export(&house, &[("form", "markdown")]).await).await;
    let titles: Vec<_> = text.lines().filter(|it| it.starts_with("# ")).collect();
    assert_eq!(titles.len(), 119);
    assert_eq!((titles[0], titles[118]), ("# chat 119", "# chat 0"));
    assert!(
        text.ends_with(" Chats: 119.\n"),
        "{}",
        &text[text.len() - 100..]
    );
    assert!(!text.contains("\n\n\n"), "one blank line at a time");
}

/// A house with more in it than lies on its way to a reader.
async fn full_house() -> House {
    let house = House::open().await;
    // Without words, since to make them findable takes longer than anything that is shown here.
    let long = "- ".repeat(1 << 19);
    for _ in 0..24 {
        ask(&house, json!({"text": long, "model": "sim:tokens=1"})).await;
    }
    house
}

#[tokio::test]
async fn readers_that_are_slow_or_leave_hold_nothing() {
    let house = full_house().await;
    let mut slow = Vec::new();
    for _ in 0..6 {
        let mut response = export(&house, &[("form", "json")]).await;
        assert!(response.chunk().await.unwrap().is_some());
        slow.push(response);
    }
    // While they wait there is reading and writing as ever.
    let asked = ask(&house, json!({"text": "b"})).await;
    let file = read_json(one(&house, &asked["chat"], "json").await).await;
    assert_eq!(file["chats"][0]["title"], "b");
    // Half of them leave; the first one gets it all.
    slow.truncate(3);
    let mut rest = Vec::new();
    while let Some(chunk) = slow[0].chunk().await.unwrap() {
        rest.extend_from_slice(&chunk);
    }
    assert!(rest.ends_with(b"\n]}\n"));
    drop(slow);
    let whole = read_json(export(&house, &[("form", "json")]).await).await;
    assert_eq!(whole["chats"].as_array().unwrap().len(), 25);
    house.shut_down().await.unwrap();
}

/// Half a file must not pass for a whole one.
#[tokio::test]
async fn what_goes_wrong_in_the_midst_breaks_the_connection() {
    let mut house = full_house().await;
    let mut responses = Vec::new();
    for form in ["json", "markdown"] {
        let mut response = export(&house, &[("form", form)]).await;
        assert!(response.chunk().await.unwrap().is_some());
        responses.push(response);
    }
    // The store is closed under them.
    house.begin_shutdown();
    tokio::time::sleep(Duration::from_millis(500)).await;
    for mut response in responses {
        let reading = async {
            while response.chunk().await?.is_some() {}
            Ok::<_, reqwest::Error>(())
        };
        let read = tokio::time::timeout(PATIENCE, reading).await.unwrap();
        assert!(read.is_err());
    }
    house.shut_down().await.unwrap();
}
