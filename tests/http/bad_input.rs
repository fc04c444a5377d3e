//! What bad input gets: a status, a kind, and a sentence that names the field.

use serde_json::{Value, json};

use crate::support::House;

/// Bodies that are refused, and what the sentence has to name.
const BAD: &[(&str, &str)] = &[
    ("", "EOF"),
    ("hello", "expected value"),
    ("[]", "expected struct"),
    ("{}", "`message`"),
    (r#"{"message":""}"#, "`message`"),
    (r#"{"message":" \n"}"#, "`message`"),
    (r#"{"message":7}"#, "message: "),
    (r#"{"message":["a"]}"#, "message: "),
    (r#"{"message":"a","model":7}"#, "model: "),
    (r#"{"message":"a","model":""}"#, "`model`"),
    (r#"{"message":"a","model":"a\nb"}"#, "`model`"),
    (r#"{"message":"a","options":[]}"#, "options: "),
    (r#"{"message":"a","think":7}"#, "`think`"),
    (
        r#"{"message":"a","messages":[{"role":"user","content":"b"}]}"#,
        "`messages`",
    ),
    (r#"{"messages":[]}"#, "`messages`"),
    (r#"{"messages":"a"}"#, "messages: "),
    (r#"{"messages":["a"]}"#, "messages[0]"),
    (r#"{"messages":[{"content":"a"}]}"#, "messages[0]"),
    (
        r#"{"messages":[{"role":"user","content":"a"},{"role":"robot","content":"b"}]}"#,
        "messages[1].role",
    ),
    (
        r#"{"messages":[{"role":"user","content":7}]}"#,
        "messages[0].content",
    ),
    (r#"{"messages":[{"role":"user"}]}"#, "messages[0]"),
    (
        r#"{"messages":[{"role":"user","content":" "}]}"#,
        "`content`",
    ),
    (r#"{"message":"a"} trailing"#, "trailing"),
];

#[tokio::test]
async fn every_verb_names_the_field() {
    let house = House::open().await;
    for path in ["/api/chat", "/api/send"] {
        for (body, names) in BAD {
            let url = format!("{}{path}", house.url);
            let response = house.client.post(url).body(*body).send().await.unwrap();
            assert_eq!(response.status(), 400, "{path} {body}");
            let error: Value = response.json().await.unwrap();
            assert_eq!(error["error"]["kind"], "bad_request", "{path} {body}");
            let message = error["error"]["message"].as_str().unwrap();
            assert!(message.contains(names), "{path} {body}: {message}");
        }
    }
    assert!(
        house.ollama.sim().requests().is_empty(),
        "nothing of this reached Ollama"
    );
}

#[tokio::test]
async fn stop_and_follow_refuse_what_is_not_theirs() {
    let house = House::open().await;
    for (body, status) in [
        ("{}", 400),
        (r#"{"generation":7}"#, 400),
        (r#"{"generation":"no"}"#, 404),
    ] {
        let response = house
            .client
            .post(format!("{}/api/stop", house.url))
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), status, "{body}");
        assert!(response.json::<Value>().await.unwrap()["error"]["message"].is_string());
    }
    for (query, status) in [
        ("", 400),
        ("?generation=", 404),
        ("?generation=no", 404),
        ("?generation[a]=b", 400),
    ] {
        let response = house
            .client
            .get(format!("{}/api/follow{query}", house.url))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), status, "{query}");
        assert!(response.json::<Value>().await.unwrap()["error"]["message"].is_string());
    }
    let long = json!({"message": "a", "request_id": "x".repeat(65)});
    assert_eq!(house.post("/api/send", &long).await.status(), 400);
}

#[tokio::test]
async fn ten_megabytes_are_enough() {
    let house = House::open().await;
    for path in ["/api/chat", "/api/send", "/api/stop"] {
        let announced = vec![b'x'; 10_000_001];
        let url = format!("{}{path}", house.url);
        let response = house
            .client
            .post(&url)
            .body(announced)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 413, "{path}");
        assert_eq!(
            response.json::<Value>().await.unwrap()["error"]["kind"],
            "too_large"
        );
    }
    // The largest that fits is taken.
    let text = "x".repeat(9_999_900);
    let fits = json!({"message": text, "model": "sim:tokens=1"});
    assert_eq!(house.post("/api/chat", &fits).await.status(), 200);
}

/// A body without an announced length is taken up to the limit, and not beyond.
#[tokio::test]
async fn an_unannounced_body_is_cut_off() {
    let house = House::open().await;
    for path in ["/api/chat", "/api/send"] {
        let body = reqwest::Body::wrap_stream(futures_util::stream::iter(
            (0..101).map(|_| Ok::<_, std::io::Error>(vec![b' '; 100_000])),
        ));
        let url = format!("{}{path}", house.url);
        let response = house.client.post(url).body(body).send().await.unwrap();
        assert_eq!(response.status(), 413, "{path}");
        let error: Value = response.json().await.unwrap();
        assert_eq!(error["error"]["kind"], "too_large", "{path}");
    }
    assert!(house.ollama.sim().requests().is_empty());
}
