//! How much is enough for one.

use serde_json::{Value, json};

use super::{Browser, Locked, between, id_of, keys::make_limited};
use crate::support::Frames;

async fn ask(browser: &Browser, model: &str) -> reqwest::Response {
    let asking = json!({"text": "hi", "model": model});
    browser.call("/api/ask", &asking).await
}

/// What a refusal says, and after how many seconds it passes.
async fn refused(response: reqwest::Response) -> (String, u64) {
    assert_eq!(response.status(), 429);
    let wait = response.headers()["retry-after"].to_str().unwrap();
    let wait = wait.parse().unwrap();
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"]["kind"], "limited");
    (body["error"]["message"].as_str().unwrap().to_owned(), wait)
}

#[tokio::test]
async fn tokens_of_a_day_and_a_month_are_counted_across_restarts_and_come_anew() {
    let limits = ["--max-tokens-per-day", "100"];
    let locked = Locked::with(&limits).await;
    locked.to_the_middle_of_a_month();
    let anna = locked.somebody("anna").await;
    let berta = locked.somebody("berta").await;
    let said = anna.ask_model("sim:tokens=120").await;
    let prompt = said["stats"]["prompt_tokens"].as_u64().unwrap();
    assert_eq!(said["stats"]["tokens"], 120);
    let (message, wait) = refused(ask(&anna, "sim:tokens=3").await).await;
    assert_eq!(
        message,
        format!(
            "You have had {} of 100 tokens today. There are more tomorrow (UTC).",
            120 + prompt
        )
    );
    assert!((1..=24 * 60 * 60).contains(&wait), "{wait}");
    // Others have theirs.
    assert_eq!(ask(&berta, "sim:tokens=3").await.status(), 200);
    // So have programs none of what their user has had.
    let key = super::keys::make(&anna, "script", &["chat"], "").await;
    for path in ["/api/chat", "/v1/chat/completions"] {
        let request = locked
            .house
            .client
            .post(format!("{}{path}", locked.house.url));
        let body =
            json!({"messages": [{"role": "user", "content": "hi"}], "model": "sim:tokens=3"});
        let response = request.bearer_auth(&key).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 429, "{path}");
        assert_eq!(
            response.headers()["retry-after"].to_str().unwrap(),
            wait.to_string()
        );
    }
    // It is told, and shown.
    let page = anna.text("/account").await;
    assert!(
        page.contains(&format!("Today: {} of 100 tokens", 120 + prompt)),
        "{page}"
    );
    assert!(
        page.contains("sim:tokens=120") && page.contains("<rect"),
        "a plot"
    );
    // A restart forgets nothing.
    let (locked, anna) = locked.again(&anna, &limits).await;
    refused(ask(&anna, "sim:tokens=3").await).await;
    locked.later(24 * 60 * 60);
    let said = anna.ask_model("sim:tokens=3").await;
    let more = 3 + said["stats"]["prompt_tokens"].as_u64().unwrap();
    let page = anna.text("/account").await;
    let month = format!("This month: {} tokens", 120 + prompt + more);
    assert!(page.contains(&month), "{month}: {page}");
}

#[tokio::test]
async fn an_administrator_says_how_much_one_may_have() {
    let locked = Locked::with(&["--max-tokens-per-day", "1000000"]).await;
    let admin = locked.somebody("admin").await;
    let anna = locked.somebody("anna").await;
    let id = id_of(&locked, "anna").await;
    let set = async |fields: &[(&str, &str)]| {
        let form = [&[("do", "limits"), ("id", &*id)], fields].concat();
        admin.post("/admin", &form).await.status().as_u16()
    };
    assert_eq!(set(&[("month", "none")]).await, 400);
    assert_eq!(set(&[("month", "0")]).await, 400);
    assert_eq!(set(&[("month", "10")]).await, 303);
    anna.ask_model("sim:tokens=20").await;
    let (message, _) = refused(ask(&anna, "sim:tokens=3").await).await;
    assert!(message.contains("of 10 tokens this month"), "{message}");
    // One sees what others have had, and not what they said.
    let page = admin.text("/admin").await;
    assert!(page.contains("value=\"10\""), "{page}");
    assert_eq!(set(&[("month", "")]).await, 303);
    assert_eq!(ask(&anna, "sim:tokens=3").await.status(), 200);
    assert!(locked.events().await.contains(&"limits_changed".to_owned()));
}

#[tokio::test]
async fn requests_are_counted_by_the_minute() {
    let locked = Locked::with(&["--max-requests-per-minute", "30"]).await;
    let anna = locked.somebody("anna").await;
    let berta = locked.somebody("berta").await;
    let mut passed = 0;
    let refusal = loop {
        let response = anna.api("/api/chats").await;
        if response.status() == 429 {
            break response;
        }
        passed += 1;
        assert!(passed <= 30);
    };
    assert_eq!(passed, 30);
    let (message, wait) = refused(refusal).await;
    assert!(
        message.contains("more than 30 requests in a minute"),
        "{message}"
    );
    assert_eq!(wait, 2);
    assert_eq!(berta.api("/api/chats").await.status(), 200);
    locked.later(wait);
    assert_eq!(anna.api("/api/chats").await.status(), 200);
    assert_eq!(anna.api("/api/chats").await.status(), 429);
}

#[tokio::test]
async fn a_key_may_have_less_than_its_user() {
    let locked = Locked::with(&["--max-requests-per-minute", "20"]).await;
    let anna = locked.somebody("anna").await;
    let key = make_limited(&anna, &[("requests", "3"), ("day", "5")]).await;
    let status = async || {
        let request = locked
            .house
            .client
            .post(format!("{}/api/chat", locked.house.url));
        let body = json!({"message": "hi", "model": "sim:tokens=9"});
        let response = request.bearer_auth(&key).json(&body).send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, text)
    };
    assert_eq!(status().await.0, 200);
    let (code, text) = status().await;
    assert!(
        code == 429 && text.contains("This key has had 14 of 5 tokens today"),
        "{text}"
    );
    status().await;
    let (code, text) = status().await;
    assert!(
        code == 429 && text.contains("requests in a minute"),
        "{text}"
    );
    for _ in 0..30 {
        assert_eq!(status().await.0, 429);
    }
    // Its user may go on.
    assert_eq!(ask(&anna, "sim:tokens=3").await.status(), 200);
}

#[tokio::test]
async fn nobody_has_all_of_the_queue() {
    let locked = Locked::with(&["--max-parallel", "1", "--max-queued", "6"]).await;
    let anna = locked.somebody("anna").await;
    let berta = locked.somebody("berta").await;
    let slow = "sim:tokens=100000,rate=10";
    for _ in 0..4 {
        assert_eq!(ask(&anna, slow).await.status(), 200);
    }
    let (message, wait) = refused(ask(&anna, slow).await).await;
    assert!(
        message.contains("may be at once are being answered or wait: 4"),
        "{message}"
    );
    assert_eq!(wait, 5);
    let asked = ask(&berta, slow).await;
    assert_eq!(asked.status(), 200);
    // What has ended makes room, and who stops an answer pays for what came of it.
    let asked: Value = asked.json().await.unwrap();
    berta
        .call("/api/stop", &json!({"generation": asked["generation"]}))
        .await;
    for _ in 0..3 {
        assert_eq!(ask(&berta, slow).await.status(), 200);
    }
}

#[tokio::test]
async fn there_is_room_for_one_even_where_nobody_may_wait() {
    let locked = Locked::with(&["--max-parallel", "1", "--max-queued", "0"]).await;
    let anna = locked.somebody("anna").await;
    assert_eq!(ask(&anna, "sim:tokens=3").await.status(), 200);
}

#[tokio::test]
async fn who_waits_with_many_questions_has_no_more_tokens_for_it() {
    let limits = ["--max-parallel", "1", "--max-tokens-per-day", "100"];
    let locked = Locked::with(&limits).await;
    let anna = locked.somebody("anna").await;
    let mut last = None;
    for _ in 0..5 {
        let asked = ask(&anna, "sim:tokens=120,rate=500").await;
        assert_eq!(asked.status(), 200);
        last = Some(asked.json::<Value>().await.unwrap());
    }
    let generation = last.unwrap()["generation"].as_str().unwrap().to_owned();
    let path = format!("/api/follow?generation={generation}");
    let frames = Frames::of(anna.get(&path).await).all().await;
    let done = &frames.last().unwrap().json;
    assert_eq!(done["status"], "failed");
    assert_eq!(done["error"]["kind"], "limited");
    // The model was asked once.
    assert_eq!(locked.house.ollama.sim().stats().started, 1);
}

#[tokio::test]
async fn what_was_written_before_an_answer_goes_on_is_not_paid_again() {
    let locked = Locked::open().await;
    let anna = locked.somebody("anna").await;
    let asked: Value = ask(&anna, "sim:tokens=100000,rate=2000")
        .await
        .json()
        .await
        .unwrap();
    let generation = asked["generation"].as_str().unwrap();
    let mut stream = anna
        .get(&format!("/api/follow?generation={generation}"))
        .await;
    let mut seen = 0;
    while seen < 20_000 {
        seen += stream.chunk().await.unwrap().unwrap().len();
    }
    anna.call("/api/stop", &json!({"generation": generation}))
        .await;
    let used = async || {
        let page = anna.text("/account").await;
        let used = between(&page, "Today: ", " tokens").replace(',', "");
        used.parse::<u64>().unwrap()
    };
    let once = used().await;
    assert!(once > 100, "{once}");
    // It goes on, and is stopped: what there was is read again, and not written again.
    let going = json!({"chat": asked["chat"], "answer": asked["answer"]});
    let again = anna.call("/api/go_on", &going).await;
    let again: Value = again.json().await.unwrap();
    let stopping = json!({"generation": again["generation"]});
    anna.call("/api/stop", &stopping).await;
    let twice = used().await;
    assert!(twice < once * 5 / 2, "{once} {twice}");
}

#[tokio::test]
async fn what_was_read_counts_though_nobody_waited_for_a_word() {
    let locked = Locked::with(&["--max-tokens-per-day", "1000"]).await;
    let anna = locked.somebody("anna").await;
    let long = "word ".repeat(1000);
    let asking = json!({"text": long, "model": "sim:tokens=10,delay=100s"});
    let asked: Value = anna.call("/api/ask", &asking).await.json().await.unwrap();
    let generation = asked["generation"].as_str().unwrap();
    let mut frames = Frames::of(
        anna.get(&format!("/api/follow?generation={generation}"))
            .await,
    );
    loop {
        let frame = frames.next().await.unwrap();
        let phase = frame.json["snapshot"]["phase"]
            .as_str()
            .or(frame.json["phase"].as_str());
        if phase == Some("reading") {
            break;
        }
    }
    anna.call("/api/stop", &json!({"generation": generation}))
        .await;
    refused(ask(&anna, "sim:tokens=3").await).await;
}

#[tokio::test]
async fn an_answer_that_is_stopped_counts() {
    let locked = Locked::with(&["--max-tokens-per-day", "10"]).await;
    let anna = locked.somebody("anna").await;
    let asked: Value = ask(&anna, "sim:tokens=100000,rate=2000")
        .await
        .json()
        .await
        .unwrap();
    let generation = asked["generation"].as_str().unwrap();
    let mut stream = anna
        .get(&format!("/api/follow?generation={generation}"))
        .await;
    let mut seen = 0;
    while seen < 4000 {
        seen += stream.chunk().await.unwrap().unwrap().len();
    }
    anna.call("/api/stop", &json!({"generation": generation}))
        .await;
    refused(ask(&anna, "sim:tokens=3").await).await;
}
