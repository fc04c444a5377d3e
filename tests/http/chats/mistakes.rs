//! What is refused where one asks in a chat or changes it, and what is said then.

use serde_json::{Value, json};

use super::ask;
use crate::support::House;

#[tokio::test]
async fn mistakes_are_named() {
    let house = House::open().await;
    let asked = ask(&house, json!({"text": "a"})).await;
    let (chat, question) = (&asked["chat"], &asked["question"]);
    for (path, body, status, named) in [
        ("ask", json!({"text": " "}), 400, "`text`"),
        ("ask", json!({}), 400, "`text`"),
        ("ask", json!({"text": "a", "parent": "x"}), 400, "`parent`"),
        (
            "ask",
            json!({"text": "a", "chat": "nowhere"}),
            404,
            "no such chat",
        ),
        (
            "ask",
            json!({"text": "a", "chat": chat, "parent": "x"}),
            404,
            "no such message",
        ),
        (
            "ask",
            json!({"text": "a", "chat": chat, "parent": question}),
            400,
            "`parent`",
        ),
        (
            "ask",
            json!({"chat": chat, "parent": asked["answer"]}),
            400,
            "`text`",
        ),
        (
            "ask",
            json!({"text": "a", "request_id": ""}),
            400,
            "`request_id`",
        ),
        (
            "go_on",
            json!({"chat": chat, "answer": question}),
            400,
            "`answer`",
        ),
        (
            "go_on",
            json!({"chat": chat, "answer": "x"}),
            404,
            "no such message",
        ),
        (
            "touch",
            json!({"chats": [chat], "touch": {"rename": ""}}),
            400,
            "`touch.rename`",
        ),
        (
            "touch",
            json!({"chats": [chat], "touch": {"rename": "x".repeat(201)}}),
            400,
            "`touch.rename`",
        ),
        (
            "touch",
            json!({"chats": [chat], "touch": {"paint": "red"}}),
            400,
            "touch",
        ),
        (
            "touch",
            json!({"chats": ["x"], "touch": "delete"}),
            404,
            "no such chat",
        ),
    ] {
        let answer = house.post(&format!("/api/{path}"), &body).await;
        assert_eq!(answer.status(), status, "{path} {body}");
        let error: Value = answer.json().await.unwrap();
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains(named), "{path} {body}: {message}");
    }
}
