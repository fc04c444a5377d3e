//! `GET /api/export`: chats as files, whole and to the last message.
//!
//! What one chat's file holds is in `chat`, what a file of all chats is in `all`; here is what is common to both: how
//! they are called, and what is refused.

mod all;
mod chat;

use reqwest::{Response, Url};
use serde_json::{Value, json};

use crate::support::{Frames, House};

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

async fn read_json(response: Response) -> Value {
    assert_eq!(
        response.headers()["content-type"],
        "application/json; charset=utf-8"
    );
    response.json().await.unwrap()
}

async fn read_markdown(response: Response) -> String {
    assert_eq!(
        response.headers()["content-type"],
        "text/markdown; charset=utf-8"
    );
    response.text().await.unwrap()
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
            assert_eq!(read_json(response).await["chats"][0]["title"], title);
        } else {
            let text = read_markdown(response).await;
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
