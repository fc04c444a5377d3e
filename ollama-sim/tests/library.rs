//! The endpoints around the chat.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;

use client::{get, post};
use ollama_sim::{CATALOGUE, Running};
use serde_json::{Value, json};

#[tokio::test]
async fn the_list_names_the_catalogue() {
    let sim = Running::start().await.unwrap();
    let tags: Value = get(&sim, "/api/tags").await.json().await.unwrap();
    let models = tags["models"].as_array().unwrap();
    let names: Vec<_> = models
        .iter()
        .map(|model| model["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, CATALOGUE.map(|name| format!("{name}:latest")));
    for model in models {
        assert_eq!(model["digest"].as_str().unwrap().len(), 64);
        assert!(model["details"]["parameter_size"].is_string() && model["size"].is_u64());
        let show = post(&sim, "/api/show", &json!({ "model": model["name"] })).await;
        let show: Value = show.json().await.unwrap();
        assert_eq!(show["capabilities"], model["capabilities"]);
        let family = show["model_info"]["general.architecture"].as_str().unwrap();
        let context = &show["model_info"][format!("{family}.context_length")];
        assert_eq!(context, &model["details"]["context_length"]);
    }
    let show = post(&sim, "/api/show", &json!({ "model": "sim:thinking=1" })).await;
    let show: Value = show.json().await.unwrap();
    assert!(
        show["capabilities"]
            .as_array()
            .unwrap()
            .contains(&json!("thinking"))
    );
    assert_eq!(
        post(&sim, "/api/show", &json!({ "model": "none" }))
            .await
            .status(),
        404
    );
}

#[tokio::test]
async fn small_things_are_as_in_ollama() {
    let sim = Running::start().await.unwrap();
    for path in ["/", "/api/version", "/api/tags"] {
        let head = client::client()
            .head(format!("{}{path}", sim.url()))
            .send()
            .await
            .unwrap();
        assert_eq!(head.status(), 200, "{path}");
    }
    let version: Value = get(&sim, "/api/version").await.json().await.unwrap();
    assert!(version["version"].is_string());
    let missing = get(&sim, "/api/none").await;
    assert_eq!(missing.status(), 404);
    assert_eq!(missing.text().await.unwrap(), "404 page not found");
    let wrong = get(&sim, "/api/chat").await;
    assert_eq!(wrong.status(), 405);
    assert_eq!(wrong.text().await.unwrap(), "405 method not allowed");
    let foreign = client::client()
        .get(sim.url())
        .header("Origin", "http://brook.example");
    let foreign = foreign.send().await.unwrap();
    assert_eq!(foreign.status(), 403);
    assert_eq!(foreign.text().await.unwrap(), "");
    let stats: Value = get(&sim, "/sim/stats").await.json().await.unwrap();
    assert_eq!(
        stats,
        json!({ "started": 0, "open": 0, "completed": 0, "dropped": 0, "looked": 0 })
    );
    let requests: Value = get(&sim, "/sim/requests").await.json().await.unwrap();
    assert_eq!(requests, json!([]));
}

#[tokio::test]
async fn a_pull_makes_progress() {
    let sim = Running::start().await.unwrap();
    let pull = async |body: Value| {
        let response = post(&sim, "/api/pull", &body).await;
        let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
        (
            status,
            text.lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect::<Vec<Value>>(),
        )
    };
    let (_, lines) = pull(json!({ "model": "llama3.2" })).await;
    assert_eq!(
        lines.first().unwrap(),
        &json!({ "status": "pulling manifest" })
    );
    assert_eq!(lines.last().unwrap(), &json!({ "status": "success" }));
    let whole = |line: &&Value| line["completed"].is_u64() && line["completed"] == line["total"];
    assert_eq!(
        lines.iter().filter(whole).count(),
        2,
        "a line for each finished layer"
    );
    let missing = json!({ "error": "pull model manifest: file does not exist" });
    assert_eq!(
        pull(json!({ "model": "none" })).await.1.last().unwrap(),
        &missing
    );
    assert_eq!(
        pull(json!({ "model": "none", "stream": false })).await,
        (500, vec![missing])
    );
    let done = json!({ "status": "success" });
    assert_eq!(
        pull(json!({ "model": "slow", "stream": false })).await,
        (200, vec![done])
    );
    assert_eq!(pull(json!({ "model": "a b" })).await.0, 400);
}

#[tokio::test]
async fn vectors_are_given() {
    let sim = Running::start().await.unwrap();
    let body = json!({ "model": "llama3.2", "input": ["one", "two"], "dimensions": 16 });
    let answer: Value = post(&sim, "/api/embed", &body).await.json().await.unwrap();
    let vectors = answer["embeddings"].as_array().unwrap();
    assert_eq!(
        (vectors.len(), vectors[0].as_array().unwrap().len()),
        (2, 16)
    );
    let missing = post(
        &sim,
        "/api/embed",
        &json!({ "model": "none", "input": "one" }),
    )
    .await;
    let missing: Value = missing.json().await.unwrap();
    assert_eq!(
        missing["error"],
        "model \"none\" not found, try pulling it first"
    );
}

/// The names in `/api/tags`.
async fn names(sim: &Running) -> Vec<String> {
    let tags: Value = get(sim, "/api/tags").await.json().await.unwrap();
    let models = tags["models"].as_array().unwrap().iter();
    models
        .map(|model| model["name"].as_str().unwrap().to_owned())
        .collect()
}

/// The lines of a stream.
async fn lines(sim: &Running, path: &str, body: &Value) -> Vec<Value> {
    let text = post(sim, path, body).await.text().await.unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn models_come_and_go() {
    let sim = Running::start().await.unwrap();
    let delete = async |name: &str| {
        let delete = client::client().delete(format!("{}/api/delete", sim.url()));
        let delete = delete.json(&json!({ "model": name })).send().await;
        delete.unwrap().status().as_u16()
    };
    post(&sim, "/api/chat", &json!({ "model": "slow" })).await;
    assert_eq!(sim.sim().loaded(), ["slow"]);
    assert_eq!(delete("slow").await, 200);
    assert!(sim.sim().loaded().is_empty());
    assert_eq!(delete("slow").await, 404);
    let ask = json!({ "model": "slow", "messages": [{ "role": "user", "content": "hi" }] });
    for path in ["/api/show", "/api/chat"] {
        assert_eq!(post(&sim, path, &ask).await.status(), 404, "{path}");
    }
    for (source, status) in [("qwen3", 200), ("none", 404)] {
        let copy = json!({ "source": source, "destination": "mine" });
        assert_eq!(post(&sim, "/api/copy", &copy).await.status(), status);
    }
    let create = json!({ "model": "poet", "from": "mine", "system": "Rhyme.", "parameters": { "temperature": 1.5 } });
    let made = lines(&sim, "/api/create", &create).await;
    assert_eq!(made.last().unwrap()["status"], "success");
    let show = post(&sim, "/api/show", &json!({ "model": "poet" })).await;
    let show: Value = show.json().await.unwrap();
    assert_eq!(show["system"], "Rhyme.");
    assert!(show["parameters"].as_str().unwrap().contains("1.5"));
    let pulled = lines(&sim, "/api/pull", &json!({ "model": "slow" })).await;
    assert_eq!(pulled.last().unwrap()["status"], "success");
    let names = names(&sim).await;
    assert_eq!(&names[..3], ["slow:latest", "poet:latest", "mine:latest"]);
    let orders = sim.sim().orders();
    let orders: Vec<_> = orders.iter().map(|order| order.what).collect();
    let all = [
        "delete", "delete", "show", "copy", "copy", "create", "show", "pull",
    ];
    assert_eq!(orders, all);
    let stats = sim.sim().pulls();
    assert_eq!((stats.started, stats.completed), (2, 2));
}

#[tokio::test]
async fn a_pull_has_the_troubles_of_its_name() {
    let sim = Running::start().await.unwrap();
    for (name, error) in [
        (
            "sim-pull:missing",
            "pull model manifest: file does not exist",
        ),
        (
            "sim-pull:nonsense",
            "pull model manifest: file does not exist",
        ),
        (
            "sim-pull:diskfull",
            "write /models/blobs/sha256-0-partial: no space left on device",
        ),
        ("sim-pull:bytes-100_eof", "max retries exceeded: EOF"),
    ] {
        let lines = lines(&sim, "/api/pull", &json!({ "model": name })).await;
        assert_eq!(lines.last().unwrap()["error"], error, "{name}");
    }
    // Once is enough, and what is there stays there.
    let pull = json!({ "model": "sim-pull:bytes-100_eof" });
    let lines = lines(&sim, "/api/pull", &pull).await;
    assert_eq!(lines.last().unwrap()["status"], "success");
    assert!(lines[1]["completed"].as_u64().unwrap() >= 50);
    let tags: Value = get(&sim, "/api/tags").await.json().await.unwrap();
    assert_eq!(tags["models"][0]["size"], 100);
    // One that breaks off, and one that hangs until its client leaves.
    let cut = post(&sim, "/api/pull", &json!({ "model": "sim-pull:cut" })).await;
    assert!(cut.text().await.is_err());
    let stalled = post(&sim, "/api/pull", &json!({ "model": "sim-pull:stall" })).await;
    drop(stalled);
    sim.sim().until_pulls(|stats| stats.dropped == 1).await;
}
