//! `POST /api/chat`: the tutorial's contract.

use serde_json::json;

use crate::support::{Frames, House, add_up, script};

#[tokio::test]
async fn an_answer_is_deltas_and_a_done_and_nothing_else() {
    let house = House::open().await;
    let model = "sim:tokens=30";
    let response = house
        .post("/api/chat", &json!({"message": "hi", "model": model}))
        .await;
    assert_eq!(response.status(), 200);
    let headers = response.headers();
    assert_eq!(headers["content-type"], "text/event-stream");
    assert_eq!(headers["cache-control"], "no-cache, no-transform");
    assert_eq!(headers["x-accel-buffering"], "no");
    assert!(!headers.contains_key("content-encoding"));

    // To the letter: blocks of one `data: ` line each, the last one a `done`.
    let body = response.text().await.unwrap();
    let blocks: Vec<_> = body.strip_suffix("\n\n").unwrap().split("\n\n").collect();
    let mut content = String::new();
    for (index, block) in blocks.iter().enumerate() {
        let frame: serde_json::Value =
            serde_json::from_str(block.strip_prefix("data: ").unwrap()).unwrap();
        if index + 1 == blocks.len() {
            assert_eq!(frame["done"], true);
            assert_eq!(frame["status"], "complete");
            assert_eq!(frame["reason"], "stop");
            assert_eq!(frame["stats"]["tokens"], 30);
        } else {
            assert_eq!(frame.as_object().unwrap().len(), 1);
            content.push_str(frame["delta"].as_str().unwrap());
        }
    }
    assert_eq!(content, script(model).0);
}

#[tokio::test]
async fn the_request_reaches_ollama_as_it_was_meant() {
    let house = House::open().await;
    let body = json!({
        "messages": [
            {"role": "system", "content": "be brief"},
            {"role": "user", "content": "one"},
            {"role": "assistant", "content": "1"},
            {"role": "user", "content": "two", "images": ["aGk="]},
        ],
        "model": "sim:tokens=3,thinking=2",
        "options": {"temperature": 0.5},
        "think": false,
        "unknown": "field",
    });
    let response = house
        .client
        .post(format!("{}/api/chat", house.url))
        .header("origin", &house.url)
        .header("cookie", "secret=1")
        .json(&body)
        .send()
        .await
        .unwrap();
    let (_, thinking, _) = add_up(&Frames::of(response).all().await);
    assert_eq!(thinking, "", "think: false was passed on");
    let seen = house.ollama.sim().seen().pop().unwrap();
    for field in ["messages", "model", "options", "think"] {
        assert_eq!(seen.body[field], body[field], "{field}");
    }
    assert_eq!(seen.body["stream"], true);
    assert_eq!(
        seen.header("origin"),
        None,
        "Ollama refuses a foreign Origin"
    );
    assert_eq!(seen.header("cookie"), None);
}

#[tokio::test]
async fn thinking_is_apart_from_the_answer() {
    let house = House::open().await;
    let model = "sim:tokens=20,thinking=10";
    let response = house
        .post("/api/chat", &json!({"message": "hi", "model": model}))
        .await;
    let (content, thinking, _) = add_up(&Frames::of(response).all().await);
    assert_eq!((content, thinking), script(model));
}

#[tokio::test]
async fn without_a_model_the_default_answers() {
    let house = House::open().await;
    let response = house.post("/api/chat", &json!({"message": "hi"})).await;
    assert_eq!(response.status(), 200);
    drop(response);
    let tags: serde_json::Value = house
        .client
        .get(format!("{}/api/tags", house.ollama.url()))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        house.ollama.sim().requests()[0]["model"],
        tags["models"][0]["name"]
    );

    let house = House::with(&["--model", "sim:tokens=2"]).await;
    let response = house.post("/api/chat", &json!({"message": "hi"})).await;
    assert_eq!(Frames::of(response).all().await.len(), 2);

    let house = House::with(&["--demo"]).await;
    let response = house.post("/api/chat", &json!({"message": "hello"})).await;
    let mut frames = Frames::of(response);
    assert!(frames.next().await.unwrap().json["delta"].is_string());
    assert!(
        house.ollama.sim().requests().is_empty(),
        "the demo does not ask Ollama"
    );
}

#[tokio::test]
async fn extra_headers_go_along() {
    let house = House::with(&[
        "--ollama-header",
        "Authorization: Bearer abc",
        "--ollama-header",
        "X-Team: a: b",
    ])
    .await;
    let response = house
        .post(
            "/api/chat",
            &json!({"message": "hi", "model": "sim:tokens=1"}),
        )
        .await;
    assert_eq!(response.status(), 200);
    let seen = house.ollama.sim().seen().pop().unwrap();
    assert_eq!(seen.header("authorization"), Some("Bearer abc"));
    assert_eq!(seen.header("x-team"), Some("a: b"));
}

/// Ollama says nothing for as long as it loads: the status is held for ten seconds, then phases keep the line alive.
#[tokio::test]
async fn a_slow_model_is_waited_for_but_the_status_is_not_held_for_ever() {
    let house = House::open().await;
    let ask = json!({"message": "hi", "model": "sim:tokens=5,delay=10m"});
    let mut frames = Frames::of(house.post("/api/chat", &ask).await);
    assert!(frames.next().await.unwrap().json["phase"].is_string());
}

/// An Ollama that takes connections and answers nothing holds nobody longer, however many ask at once.
#[tokio::test]
async fn nobody_waits_for_anothers_question() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let house = House::with(&["--ollama", &address]).await;
    let body = json!({"message": "hi"});
    let asks = (0..4).map(|_| house.post("/api/chat", &body));
    let begun = std::time::Instant::now();
    for response in futures_util::future::join_all(asks).await {
        assert_eq!(response.status(), 502);
    }
    // One after the other they would take 20 s: four times the time that a list of models may take.
    assert!(begun.elapsed() < std::time::Duration::from_secs(15));
}
