//! Servers that speak OpenAI's API, beside Ollama: the same scripts, oddities and faults, read from events.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    routing::{self, post},
};
use ollama_sim::{Break, Running};
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::timeout};

use crate::support::{Frames, House, PATIENCE, add_up, get, script};

/// A house with another server, which is called `gpu`.
async fn house(other: &Running, arguments: &[&str]) -> House {
    let server = format!("gpu={}/v1", other.url());
    House::with(&[&["--openai", &*server], arguments].concat()).await
}

/// Asks and follows; gives all frames.
async fn answer(house: &House, model: &str) -> (String, String, Value) {
    let generation = house.send(model).await;
    let frames = Frames::of(house.follow(&generation, None).await);
    add_up(&frames.all().await)
}

#[tokio::test]
async fn an_answer_is_whole_however_it_is_told() {
    let other = Running::start().await.unwrap();
    let house = house(&other, &[]).await;
    for script_of in [
        "sim:tokens=200,text=unicode,cut=1",
        "sim:tokens=200,text=hostile,batch=50",
        "sim:tokens=60,thinking=30,crlf",
        "sim:tokens=60,junk,empty,extra",
        "sim:tokens=60,nometrics,noreason,nonewline",
        "sim:tokens=60,thinking=9,tail",
        "sim:tokens=60,thinking=9,doneonly",
        "sim:tokens=60,long=1000000,cut=4000",
    ] {
        let (content, thinking) = script(script_of);
        let (read, thought, last) = answer(&house, &format!("gpu/{script_of}")).await;
        assert_eq!((&read, &thought), (&content, &thinking), "{script_of}");
        assert_eq!(last["status"], "complete", "{script_of}");
        if !script_of.contains("nometrics") {
            let told = thinking.is_empty() || last["stats"]["thinking_ms"].is_number();
            assert!(last["stats"]["tokens"].is_number() && told, "{last}");
        }
    }
    // Ollama, which is there too, was asked for nothing.
    assert_eq!(house.ollama.sim().stats().started, 0);
    let (read, _, _) = answer(&house, "sim:tokens=3").await;
    assert_eq!(read, script("sim:tokens=3").0);
    assert_eq!(house.ollama.sim().stats().started, 1);
}

#[tokio::test]
async fn a_call_comes_in_fragments_and_is_told_whole() {
    let other = Running::start().await.unwrap();
    let house = house(&other, &[]).await;
    for model in ["gpu/sim:tokens=5,tool", "gpu/sim:tokens=5,tooldone"] {
        let generation = house.send(model).await;
        let frames = Frames::of(house.follow(&generation, None).await)
            .all()
            .await;
        // Who comes late has it in the snapshot.
        let mut calls = frames.iter().flat_map(|frame| {
            let snapshot = &frame.json["snapshot"]["tool_calls"][0];
            [&frame.json["tool_call"], snapshot]
        });
        let call = calls.find(|call| !call.is_null()).unwrap();
        assert_eq!(call["id"], "call_ab12cd34", "{model}");
        assert_eq!(call["function"]["name"], "get_weather");
        assert_eq!(call["function"]["arguments"], json!({"city": "Paris"}));
        assert_eq!(frames.last().unwrap().json["reason"], "stop");
    }
}

#[tokio::test]
async fn what_breaks_there_is_told_by_its_name() {
    let other = Running::start().await.unwrap();
    let house = house(&other, &[]).await;
    for (name, kind, _) in Break::ALL {
        let (status, why) = match kind {
            Break::Error => ("failed", "gpu reports: an error was encountered"),
            Break::ErrorObject => ("failed", "gpu reports: model runner crashed"),
            Break::ErrorNested => ("failed", "exceeds the available context size"),
            Break::ErrorCloud => ("failed", "usage limit"),
            Break::Eof | Break::Reset => (
                "interrupted",
                "gpu ended the answer before the model was done",
            ),
            Break::Stall => continue,
        };
        let (read, _, last) = answer(&house, &format!("gpu/sim:tokens=9,fault={name}@4")).await;
        assert_eq!(last["status"], status, "{name}");
        let said = last["error"]["message"].as_str().unwrap();
        assert!(said.contains(why), "{name}: {said}");
        assert!(!read.is_empty(), "{name}: the text so far is kept");
    }
    for (fault, status, why) in [
        ("busy503", 503, "gpu is busy: server busy"),
        ("context400", 400, "exceeds the available context size"),
        (
            "empty",
            502,
            "gpu broke the answer off before its first word",
        ),
        (
            "signin401",
            502,
            "gpu does not take Brooklet's key: unauthorized",
        ),
        ("html502", 502, "gpu at 127.0.0.1"),
        ("crash500", 502, "model runner has unexpectedly stopped"),
    ] {
        let model = format!("gpu/sim:tokens=3,fault={fault}");
        let response = house
            .post("/api/chat", &json!({"message": "hi", "model": model}))
            .await;
        assert_eq!(response.status(), status, "{fault}");
        let told: Value = response.json().await.unwrap();
        let said = told["error"]["message"].as_str().unwrap();
        assert!(said.contains(why), "{fault}: {said}");
    }
    let response = house
        .post("/api/chat", &json!({"message": "hi", "model": "gpu/none"}))
        .await;
    assert_eq!(response.status(), 404);
    let told: Value = response.json().await.unwrap();
    assert_eq!(told["error"]["kind"], "not_found");
}

#[tokio::test]
async fn a_stop_frees_it_and_its_queue_is_its_own() {
    let other = Running::start().await.unwrap();
    let house = house(&other, &["--max-parallel", "1"]).await;
    let endless = "sim:tokens=100000,rate=20";
    let there = house.send(&format!("gpu/{endless}")).await;
    let here = house.send(endless).await;
    // Neither waits for the other.
    let open = other.sim().until(|stats| stats.open == 1);
    timeout(PATIENCE, open).await.expect("it is asked");
    house.until(|stats| stats.open == 1).await;
    let stopped = house.call("/api/stop", &json!({"generation": there})).await;
    assert_eq!(stopped["status"], "stopped");
    assert_eq!(other.sim().stats().open, 0);
    house.call("/api/stop", &json!({"generation": here})).await;
}

#[tokio::test]
async fn its_models_stand_in_the_list_under_its_name() {
    let other = Running::start().await.unwrap();
    let house = house(&other, &[]).await;
    let models: Value = get(&house, "/api/models").await;
    let all = models["models"].as_array().unwrap();
    let named = |name: &str| all.iter().find(|model| model["name"] == name);
    assert!(named("llama3.2:latest").unwrap().get("server").is_none());
    assert_eq!(named("gpu/llama3.2:latest").unwrap()["server"], "gpu");
    // The page offers them in groups.
    let page = house
        .client
        .get(&house.url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for part in [
        "<optgroup label=\"Ollama\">",
        "<optgroup label=\"gpu\"><option value=\"gpu/",
    ] {
        assert!(page.contains(part), "{part}");
    }
    // Programs that speak OpenAI's API themselves find and ask them too.
    let body =
        json!({"model": "gpu/sim:tokens=4", "messages": [{"role": "user", "content": "hi"}]});
    let told: Value = house
        .post("/v1/chat/completions", &body)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        told["choices"][0]["message"]["content"],
        script("sim:tokens=4").0
    );
}

#[tokio::test]
async fn one_that_is_not_there_is_in_the_way_of_nothing() {
    let house = House::with(&["--openai", "gone=http://127.0.0.1:9/v1"]).await;
    let models: Value = get(&house, "/api/models").await;
    assert!(models["error"].is_null() && !models["models"].as_array().unwrap().is_empty());
    let response = house
        .post("/api/chat", &json!({"message": "hi", "model": "gone/a"}))
        .await;
    assert_eq!(response.status(), 502);
    let told: Value = response.json().await.unwrap();
    let said = told["error"]["message"].as_str().unwrap();
    assert!(
        said.contains("gone does not answer at 127.0.0.1:9/v1 (connection refused)"),
        "{said}"
    );
}

/// What it is asked, and by which key.
#[tokio::test]
async fn it_is_asked_in_its_own_words_and_shown_its_key_alone() {
    let seen = Arc::new(Mutex::new(Vec::<(String, Value)>::new()));
    let kept = Arc::clone(&seen);
    let take = move |headers: HeaderMap, Json(body): Json<Value>| {
        let key = headers
            .get("authorization")
            .map(|it| it.to_str().unwrap().to_owned());
        kept.lock().unwrap().push((key.unwrap_or_default(), body));
        async {
            let event = "data: {\"choices\":[{\"delta\":{\"content\":\"yes\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
            (StatusCode::OK, [(CONTENT_TYPE, "text/event-stream")], event)
        }
    };
    let router = Router::new()
        .route("/v1/chat/completions", post(take))
        .route(
            "/v1/models",
            routing::get(async || Json(json!({"object": "list", "data": null}))),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("one=http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, "sk-from-a-file\n").unwrap();
    let key = format!("one=@{}", file.display());
    let house = House::with(&["--openai", &server, "--openai-key", &key]).await;
    let ask = json!({"messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}],
        "model": "one/org/big", "think": "high", "options": {"temperature": 0.5, "num_ctx": 4096, "num_predict": 7}});
    let response = house.post("/api/chat", &ask).await;
    assert_eq!(response.status(), 200);
    let (said, _, _) = add_up(&Frames::of(response).all().await);
    assert_eq!(said, "yes");
    // Ollama never sees the key of another.
    answer(&house, "sim:tokens=3").await;
    let asked = house.ollama.sim().seen();
    assert!(
        asked
            .iter()
            .all(|request| request.header("authorization").is_none())
    );
    let (key, body) = seen.lock().unwrap()[0].clone();
    assert_eq!(key, "Bearer sk-from-a-file");
    assert_eq!(
        (
            &body["model"],
            &body["reasoning_effort"],
            &body["max_tokens"]
        ),
        (&json!("org/big"), &json!("high"), &json!(7))
    );
    assert!(
        body.get("options").is_none()
            && body.get("num_ctx").is_none()
            && body.get("keep_alive").is_none()
    );
    assert_eq!(
        body["messages"][0],
        json!({"role": "system", "content": "be brief"})
    );
}
