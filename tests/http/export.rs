//! `GET /api/export`: chats as files, whole and to the last message.

use std::time::Duration;

use reqwest::{Response, Url};
use serde_json::{Value, json};

use crate::support::{Frames, House, PATIENCE, script};

const MODEL: &str = "sim:tokens=20,text=unicode";

/// Asks, and waits for the end of the answer.
async fn ask(house: &House, mut asking: Value) -> Value {
    if asking.get("model").is_none() {
        asking["model"] = MODEL.into();
    }
    let asked = house.call("/api/ask", &asking).await;
    let generation = asked["generation"].as_str().unwrap();
    Frames::of(house.follow(generation, None).await).all().await;
    asked
}

async fn touch(house: &House, chat: &Value, touch: Value) {
    let body = json!({"chats": [chat], "touch": touch});
    assert_eq!(house.post("/api/touch", &body).await.status(), 200);
}

async fn export(house: &House, query: &[(&str, &str)]) -> Response {
    let url = Url::parse_with_params(&format!("{}/api/export", house.url), query).unwrap();
    house.client.get(url).send().await.unwrap()
}

/// One chat.
async fn one(house: &House, chat: &Value, form: &str) -> Response {
    let response = export(house, &[("chat", chat.as_str().unwrap()), ("form", form)]).await;
    assert_eq!(response.status(), 200);
    response
}

async fn json(response: Response) -> Value {
    assert_eq!(
        response.headers()["content-type"],
        "application/json; charset=utf-8"
    );
    response.json().await.unwrap()
}

async fn markdown(response: Response) -> String {
    assert_eq!(
        response.headers()["content-type"],
        "text/markdown; charset=utf-8"
    );
    response.text().await.unwrap()
}

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

    let file = json(one(&house, &chat, "json").await).await;
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
    let text = markdown(one(&house, &chat, "markdown").await).await;
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
    let file = json(one(&house, &chat, "json").await).await;
    let broken = &file["chats"][0]["messages"][2];
    touch(&house, &chat, json!({"show": broken["id"]})).await;
    let text = markdown(one(&house, &chat, "markdown").await).await;
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
        let file = json(one(&house, chat, "json").await).await;
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
    let text = markdown(one(&house, chat, "markdown").await).await;
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

#[tokio::test]
async fn all_chats_are_one_document() {
    let house = House::open().await;
    let empty = json(export(&house, &[("form", "json")]).await).await;
    assert_eq!(
        (&empty["folders"], &empty["chats"]),
        (&json!([]), &json!([]))
    );
    let empty = markdown(export(&house, &[("form", "markdown")]).await).await;
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
    let file = json(response).await;
    assert_eq!(file["brooklet_export"], 1);
    let chats = file["chats"].as_array().unwrap();
    let ids: Vec<_> = chats.iter().map(|it| it["id"].clone()).collect();
    assert_eq!(ids, wanted);
    assert_eq!(chats[3]["archived"], true);
    assert_eq!(chats[118]["messages"].as_array().unwrap().len(), 4);

    let text = markdown(export(&house, &[("form", "markdown")]).await).await;
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
    let file = json(one(&house, &asked["chat"], "json").await).await;
    assert_eq!(file["chats"][0]["title"], "b");
    // Half of them leave; the first one gets it all.
    slow.truncate(3);
    let mut rest = Vec::new();
    while let Some(chunk) = slow[0].chunk().await.unwrap() {
        rest.extend_from_slice(&chunk);
    }
    assert!(rest.ends_with(b"\n]}\n"));
    drop(slow);
    let whole = json(export(&house, &[("form", "json")]).await).await;
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

#[tokio::test]
async fn a_file_is_called_by_its_title() {
    let house = House::open().await;
    let chat = ask(&house, json!({"text": "Why is the sky blue?"})).await["chat"].clone();
    for (title, form, wanted) in [
        (
            "Why is the sky blue?",
            "json",
            "attachment; filename=\"Why is the sky blue-.json\"; filename*=UTF-8''Why%20is%20the%20sky%20blue-.json",
        ),
        (
            "a/b\\c \"d\"\r\nX-Bad: 1",
            "markdown",
            "attachment; filename=\"a-b-c -d- X-Bad- 1.md\"; filename*=UTF-8''a-b-c%20-d-%20X-Bad-%201.md",
        ),
        (
            "Smile 😀",
            "json",
            "attachment; filename=\"Smile.json\"; filename*=UTF-8''Smile%20%F0%9F%98%80.json",
        ),
        (
            "שלום",
            "markdown",
            "attachment; filename=\"chat.md\"; filename*=UTF-8''%D7%A9%D7%9C%D7%95%D7%9D.md",
        ),
        (
            "\u{202e}nosj.exe",
            "json",
            "attachment; filename=\"nosj.exe.json\"; filename*=UTF-8''nosj.exe.json",
        ),
    ] {
        touch(&house, &chat, json!({"rename": title})).await;
        let response = one(&house, &chat, form).await;
        assert_eq!(response.headers()["content-disposition"], wanted);
        assert_eq!(response.headers().get_all("x-bad").iter().count(), 0);
        if form == "json" {
            assert_eq!(json(response).await["chats"][0]["title"], title);
        } else {
            let text = markdown(response).await;
            let words: Vec<_> = title.split_whitespace().collect();
            let heading = format!("# {}\n\nBegun ", words.join(" "));
            assert!(text.starts_with(&heading), "{text}");
        }
    }
}

#[tokio::test]
async fn mistakes_are_named() {
    let house = House::open().await;
    let chat = ask(&house, json!({"text": "a"})).await["chat"].clone();
    let id = chat.as_str().unwrap();
    let (bad, missing) = ("bad_request", "not_found");
    for (query, status, kind, named) in [
        (&[][..], 400, bad, "`form`"),
        (&[("chat", id)], 400, bad, "`form`"),
        (&[("form", "pdf")], 400, bad, "`form`"),
        (&[("form", "")], 400, bad, "`form`"),
        (&[("form", "json"), ("form", "json")], 400, bad, "`form`"),
        (
            &[("form", "json"), ("chat", "x")],
            404,
            missing,
            "no such chat",
        ),
        // Nobody who names one gets all.
        (
            &[("form", "json"), ("chat", "")],
            404,
            missing,
            "no such chat",
        ),
    ] {
        let response = export(&house, query).await;
        assert_eq!(response.status(), status, "{query:?}");
        assert!(!response.headers().contains_key("content-disposition"));
        let error: Value = response.json().await.unwrap();
        assert_eq!(error["error"]["kind"], kind, "{query:?}");
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains(named), "{query:?}: {message}");
    }
    touch(&house, &chat, json!("delete")).await;
    let response = export(&house, &[("chat", id), ("form", "markdown")]).await;
    assert_eq!(response.status(), 404);
}
