//! One chat as a file: all of it in JSON, what is shown of it in Markdown, and what is still being written.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ask, one, read_json, read_markdown, touch};
use crate::support::{Frames, House, PATIENCE, script};

fn time(value: &Value) -> &str {
    let time = value.as_str().unwrap();
    assert!(time.len() == 24 && time.ends_with('Z'), "{time}");
    time
}

/// A chat with two versions of everything: thoughts and a tool call, an answer that broke off, one that was stopped;
/// the stopped one is shown.
async fn tree(house: &House) -> Value {
    let asking = json!({"text": "# Why?\n\n```\nx", "model": "sim:tokens=20,thinking=5,tool"});
    let first = ask(house, asking).await;
    let (chat, question) = (&first["chat"], &first["question"]);
    let broken = "sim:tokens=20,fault=eof@10";
    let asking = json!({"chat": chat, "parent": question, "model": broken});
    ask(house, asking).await;
    ask(house, json!({"chat": chat, "text": "Another beginning"})).await;
    let stalling = "sim:tokens=20,thinking=3,fault=stall@10";
    let asking = json!({"chat": chat, "parent": question, "model": stalling});
    let running = house.call("/api/ask", &asking).await;
    let mut frames = Frames::of(
        house
            .follow(running["generation"].as_str().unwrap(), None)
            .await,
    );
    let written = script("sim:tokens=10").0;
    let mut read = String::new();
    while read.len() < written.len() {
        let json = frames.next().await.unwrap().json;
        let piece = json
            .get("snapshot")
            .map_or(&json["delta"], |it| &it["content"]);
        read += piece.as_str().unwrap_or_default();
    }
    house
        .call("/api/stop", &json!({"generation": running["generation"]}))
        .await;
    chat.clone()
}

#[tokio::test]
async fn json_has_all_that_a_chat_has() {
    let house = House::open().await;
    let chat = tree(&house).await;
    let folder = json!({"change": {"make": "Work"}});
    let folder = house.call("/api/folder", &folder).await;
    house
        .call("/api/folder", &json!({"change": {"make": "Other"}}))
        .await;
    touch(&house, &chat, json!({"move": folder})).await;
    let settings = json!({"model": "m", "system": "Be brief.", "options": {"seed": 7}});
    house
        .call(
            "/api/configure",
            &json!({"chat": chat, "settings": settings}),
        )
        .await;
    touch(&house, &chat, json!({"pin": true})).await;
    touch(&house, &chat, json!({"rename": "Mine"})).await;

    let file = read_json(one(&house, &chat, "json").await).await;
    assert_eq!(file["brooklet_export"], 1);
    time(&file["exported_at"]);
    assert_eq!(file["folders"], json!([{"id": folder, "name": "Work"}]));
    assert_eq!(file["chats"].as_array().unwrap().len(), 1);
    let told = &file["chats"][0];
    assert_eq!((&told["id"], &told["title"]), (&chat, &json!("Mine")));
    assert_eq!(told["titled_by"], "person");
    assert_eq!(
        (&told["pinned"], &told["archived"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(told["folder"], folder);
    assert_eq!(told["settings"], settings);
    assert!(time(&told["begun_at"]) <= time(&told["asked_at"]));

    // As much as `thread` has, and more.
    let url = format!("{}/api/thread?chat={}", house.url, chat.as_str().unwrap());
    let thread: Value = house
        .client
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(told["leaf"], thread["leaf"]);
    let (all, wanted) = (
        told["messages"].as_array().unwrap(),
        thread["messages"].as_array().unwrap(),
    );
    assert_eq!((all.len(), wanted.len()), (6, 6));
    for (told, wanted) in all.iter().zip(wanted) {
        for field in ["id", "parent", "role", "content"] {
            assert_eq!(told[field], wanted[field], "{field}");
        }
        time(&told["made_at"]);
        let (written, wanted) = (&told["written"], &wanted["written"]);
        assert_eq!(written.is_null(), wanted.is_null());
        if written.is_null() {
            continue;
        }
        time(&written["begun_at"]);
        for field in ["generation", "model", "thinking"] {
            assert_eq!(written[field], wanted[field], "{field}");
        }
        for field in ["status", "reason", "stats", "error"] {
            assert_eq!(written[field], wanted["done"][field], "{field}");
        }
    }
    let written: Vec<_> = all.iter().map(|it| &it["written"]).collect();
    let statuses: Vec<_> = written.iter().map(|it| it["status"].as_str()).collect();
    let (complete, cut, stopped) = (Some("complete"), Some("interrupted"), Some("stopped"));
    assert_eq!(statuses, [None, complete, cut, None, complete, stopped]);
    assert_eq!(written[1]["stats"]["tokens"], 25);
    assert_eq!(
        written[1]["tool_calls"][0]["function"]["name"],
        "get_weather"
    );
    assert!(!written[2]["error"]["message"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn markdown_has_what_is_shown() {
    let house = House::open().await;
    let chat = tree(&house).await;
    let text = read_markdown(one(&house, &chat, "markdown").await).await;
    let model = "sim:tokens=20,thinking=3,fault=stall@10";
    let thoughts = script("sim:thinking=3").1;
    let answer = script("sim:tokens=10").0;
    let (head, rest) = text.split_once("\n\n").unwrap();
    assert_eq!(head, "# # Why?");
    let (facts, rest) = rest.split_once('\n').unwrap();
    assert!(
        facts.starts_with("Begun 2") && facts.ends_with(&format!(" UTC · {model}")),
        "{facts}"
    );
    // The question's code is ended, so that what follows is none.
    let wanted = format!(
        "\n## You\n\n*Version 1 of 2*\n\n# Why?\n\n```\nx\n```\n\n\
         ## {model}\n\n*Version 3 of 3*\n\n\
         <details><summary>Thoughts</summary>\n\n{thoughts}\n\n</details>\n\n\
         {answer}\n\n> Stopped.\n"
    );
    assert_eq!(rest, wanted);

    // Another path, and an end that was none.
    let file = read_json(one(&house, &chat, "json").await).await;
    let broken = &file["chats"][0]["messages"][2];
    touch(&house, &chat, json!({"show": broken["id"]})).await;
    let text = read_markdown(one(&house, &chat, "markdown").await).await;
    let why = broken["written"]["error"]["message"].as_str().unwrap();
    assert!(
        text.ends_with(&format!("\n> Interrupted: {why}\n")),
        "{text}"
    );
    assert!(text.contains("*Version 2 of 3*"), "{text}");
    assert!(!text.contains("Thoughts"), "{text}");
}

/// Of what is being written, there is what the store has: at most a second is missing, and nothing of what was there
/// before an answer went on.
#[tokio::test]
async fn an_answer_that_is_being_written_is_there_so_far() {
    let house = House::open().await;
    let model = "sim:tokens=1000,rate=20";
    let asked = house
        .call("/api/ask", &json!({"text": "a", "model": model}))
        .await;
    let chat = &asked["chat"];
    let answer = async |status: &str| {
        let file = read_json(one(&house, chat, "json").await).await;
        let answer = file["chats"][0]["messages"][1].clone();
        assert_eq!(answer["written"]["status"], status);
        answer["content"].as_str().unwrap().to_owned()
    };
    let waiting = async {
        loop {
            let content = answer("running").await;
            if !content.is_empty() {
                break content;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let content = tokio::time::timeout(PATIENCE, waiting).await.unwrap();
    assert!(script(model).0.starts_with(&content), "{content}");
    let text = read_markdown(one(&house, chat, "markdown").await).await;
    let heading = format!("\n## {model}\n\n{}", content.trim_end());
    assert!(text.contains(&heading), "{text}");
    let ending = "\n\n> This answer was still being written when it was exported.\n";
    assert!(text.ends_with(ending), "{text}");

    let stop = json!({"generation": asked["generation"]});
    house.call("/api/stop", &stop).await;
    let half = answer("stopped").await;
    let going = json!({"chat": chat, "answer": asked["answer"]});
    house.call("/api/go_on", &going).await;
    let content = answer("running").await;
    assert!(content.starts_with(&half), "{content}");
}
