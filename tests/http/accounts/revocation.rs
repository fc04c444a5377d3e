//! What ends when somebody may not come in any more, and what does not.

use reqwest::Response;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Browser, Locked, PASSWORD, id_of, keys};
use crate::support::{Frames, PATIENCE};

/// An answer without an end.
const ENDLESS: &str = "sim:tokens=100000,rate=20";

/// Asks for an answer without an end; gives its generation.
async fn ask(browser: &Browser) -> String {
    let asking = json!({"text": "hi", "model": ENDLESS});
    let asked: Value = browser
        .call("/api/ask", &asking)
        .await
        .json()
        .await
        .unwrap();
    asked["generation"].as_str().unwrap().to_owned()
}

async fn follow(browser: &Browser, generation: &str) -> Frames {
    let path = format!("/api/follow?generation={generation}");
    let mut frames = Frames::of(browser.get(&path).await);
    frames.next().await.unwrap();
    frames
}

/// Waits until a stream is cut off: it has no last frame, since what it tells goes on.
async fn cut(mut frames: Frames, why: &str) {
    let reading = async {
        loop {
            match frames.try_next().await {
                Ok(Some(frame)) => assert!(frame.json["done"].is_null(), "{why}"),
                Ok(None) => panic!("{why}: ended as if that were all"),
                Err(_) => return,
            }
        }
    };
    timeout(PATIENCE, reading).await.expect(why);
}

/// Waits until the connection of an answer breaks: no half of it passes for a whole.
async fn broken(answer: impl Future<Output = Result<Response, reqwest::Error>>, why: &str) {
    let read = async { answer.await?.bytes().await };
    let read = timeout(PATIENCE, read).await.expect(why);
    assert!(read.is_err(), "{why}");
}

/// Asks by a program's key.
async fn ask_by(locked: &Locked, key: &str, path: &str, body: &Value) -> Response {
    let request = locked
        .house
        .client
        .post(format!("{}{path}", locked.house.url));
    request.bearer_auth(key).json(body).send().await.unwrap()
}

#[tokio::test]
async fn a_session_that_ends_has_no_stream_any_more_and_the_answer_goes_on() {
    let locked = Locked::open().await;
    let admin = locked.somebody("admin").await;
    let anna = locked.somebody("anna").await;
    let id = id_of(&locked, "anna").await;
    let generation = ask(&anna).await;
    for what in [
        "signed out",
        "revoked elsewhere",
        "another password",
        "signed out everywhere by an administrator",
    ] {
        let phone = locked.browser();
        assert_eq!(phone.sign_in("anna", PASSWORD).await.status(), 303);
        let stream = follow(&phone, &generation).await;
        match what {
            "signed out" => phone.post("/logout", &[]).await,
            "revoked elsewhere" => anna.post("/account", &[("do", "end_others")]).await,
            "another password" => {
                let form = [
                    ("do", "password"),
                    ("password", PASSWORD),
                    ("new", PASSWORD),
                ];
                anna.post("/account", &form).await
            }
            _ => admin.post("/admin", &[("do", "end"), ("id", &id)]).await,
        };
        cut(stream, what).await;
        let again = format!("/api/follow?generation={generation}");
        assert_eq!(phone.api(&again).await.status(), 401, "{what}");
    }
    assert_eq!(anna.sign_in("anna", PASSWORD).await.status(), 303);
    let mut stream = follow(&anna, &generation).await;
    assert!(stream.next().await.unwrap().json["done"].is_null());
}

#[tokio::test]
async fn a_key_that_is_taken_back_or_expires_ends_what_its_program_reads() {
    let locked = Locked::open().await;
    let anna = locked.somebody("anna").await;
    let generation = ask(&anna).await;
    let kept = follow(&anna, &generation).await;
    let requests = [
        ("/api/chat", json!({"message": "hi", "model": ENDLESS})),
        (
            "/v1/chat/completions",
            json!({"messages": [{"role": "user", "content": "hi"}], "model": ENDLESS, "stream": true}),
        ),
    ];
    for way in ["taken back", "expired"] {
        let key = keys::make(&anna, way, &["chat"], "1").await;
        let mut streams = Vec::new();
        for (path, body) in &requests {
            streams.push(ask_by(&locked, &key, path, body).await);
        }
        // One that is waited for as a whole.
        let request = locked
            .house
            .client
            .post(format!("{}/v1/chat/completions", locked.house.url));
        let body = json!({"messages": [{"role": "user", "content": "hi"}], "model": ENDLESS});
        let whole = tokio::spawn(request.bearer_auth(&key).json(&body).send());
        locked.house.until(|stats| stats.open == 4).await;
        if way == "expired" {
            locked.later(24 * 60 * 60);
        } else {
            let page = anna.text("/account").await;
            let id = super::between(&page, "name=\"id\" value=\"", "\"");
            anna.post("/account", &[("do", "drop_key"), ("id", id)])
                .await;
        }
        for stream in streams {
            broken(async { Ok(stream) }, way).await;
        }
        broken(async { whole.await.unwrap() }, way).await;
        // Nobody is left to answer but the one who asked in her browser.
        locked.house.until(|stats| stats.open == 1).await;
    }
    drop(kept);
}

#[tokio::test]
async fn who_is_disabled_from_the_terminal_reads_no_further() {
    use brooklet::server::store::{Users, users::UserChange};
    let locked = Locked::open().await;
    let _admin = locked.somebody("admin").await;
    let anna = locked.somebody("anna").await;
    let id = id_of(&locked, "anna").await;
    let generation = ask(&anna).await;
    let stream = follow(&anna, &generation).await;
    // Another process, of which this one hears nothing.
    let database = locked.store().await.database();
    let disable = UserChange::Disabled(true);
    database.change_user(&id, disable).await.unwrap();
    let frames = stream.all().await;
    assert_eq!(frames.last().unwrap().json["status"], "stopped");
    locked.house.until(|stats| stats.open == 0).await;
}

/// A file is no answer of a model's, and as long as its reader likes.
#[tokio::test]
async fn an_export_ends_with_the_session_that_reads_it_and_with_its_user() {
    let locked = Locked::open().await;
    let admin = locked.somebody("admin").await;
    let anna = locked.somebody("anna").await;
    let id = id_of(&locked, "anna").await;
    // More than lies between the two ends of a connection.
    let text = "long ".repeat(600_000);
    for _ in 0..6 {
        let asking = json!({"text": text, "model": "sim:tokens=1"});
        assert_eq!(anna.call("/api/ask", &asking).await.status(), 200);
    }
    for way in ["signed out", "disabled"] {
        let phone = locked.browser();
        assert_eq!(phone.sign_in("anna", PASSWORD).await.status(), 303);
        let export = phone.get("/api/export?form=json").await;
        assert_eq!(export.status(), 200);
        if way == "disabled" {
            admin
                .post("/admin", &[("do", "disable"), ("id", &id)])
                .await;
        } else {
            phone.post("/logout", &[]).await;
        }
        broken(async { Ok(export) }, way).await;
    }
}
