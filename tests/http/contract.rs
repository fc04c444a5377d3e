//! What every server of models has to do, whichever it is: the same tests against `ollama-sim` in both of its languages,
//! against llama.cpp where `cargo xtask engines` has started one (`BROOKLET_ENGINES`), and against a real Ollama where
//! somebody names one (`OLLAMA_TEST_URL`, with the model `OLLAMA_TEST_MODEL`).

use std::env;

use ollama_sim::Running;
use serde_json::{Value, json};

use crate::support::{Frames, House, add_up, get};

/// A server that is there, and its models by what they do; `None`: none of it does that.
struct Engine {
    house: House,
    /// One that says something and ends.
    text: String,
    /// One that thinks first.
    think: Option<String>,
    /// One that calls `get_weather` when it may.
    tool: Option<String>,
    /// One that goes on for long.
    endless: String,
    /// Whether it knows which models it has: llama.cpp has one, whatever it is called.
    knows_names: bool,
    /// Whether what is too long for its window is refused: Ollama cuts it.
    refuses_too_long: bool,
    _other: Option<Running>,
}

/// All that there are.
async fn engines() -> Vec<Engine> {
    let mut all = Vec::new();
    let simulated = |house: House, prefix: &str, other: Option<Running>| Engine {
        house,
        text: format!("{prefix}sim:tokens=20,rate=400"),
        think: Some(format!("{prefix}sim:tokens=20,thinking=10")),
        tool: Some(format!("{prefix}sim:tokens=5,tool")),
        endless: format!("{prefix}sim:tokens=100000,rate=100"),
        knows_names: true,
        refuses_too_long: false,
        _other: other,
    };
    all.push(simulated(House::open().await, "", None));
    let other = Running::start().await.unwrap();
    let server = format!("gpu={}/v1", other.url());
    let house = House::with(&["--openai", &server]).await;
    all.push(simulated(house, "gpu/", Some(other)));
    if let Ok(servers) = env::var("BROOKLET_ENGINES") {
        let house = House::with(&["--openai", &servers]).await;
        let models: Value = get(&house, "/api/models").await;
        let of = |server: &str| {
            let models = models["models"].as_array().unwrap();
            let found = models.iter().find(|model| model["server"] == server);
            let found = found.unwrap_or_else(|| panic!("{server} in {models:?}"));
            found["name"].as_str().unwrap().to_owned()
        };
        all.push(Engine {
            text: of("text"),
            think: Some(of("think")),
            tool: Some(of("tool")),
            endless: of("endless"),
            house,
            knows_names: false,
            refuses_too_long: true,
            _other: None,
        });
    }
    if let Ok(url) = env::var("OLLAMA_TEST_URL") {
        let house = House::with(&["--ollama", &url]).await;
        let model =
            env::var("OLLAMA_TEST_MODEL").expect("OLLAMA_TEST_MODEL names the model to ask");
        all.push(Engine {
            house,
            endless: model.clone(),
            text: model,
            think: None,
            tool: None,
            knows_names: true,
            refuses_too_long: false,
            _other: None,
        });
    }
    all
}

/// The body of a question.
fn asking(model: &str, more: Value) -> Value {
    let mut body =
        json!({"model": model, "message": "Say something.", "options": {"num_predict": 64}});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn answer(engine: &Engine, body: &Value) -> (String, String, Value) {
    let response = engine.house.post("/api/chat", body).await;
    add_up(&Frames::of(response).all().await)
}

#[tokio::test]
async fn an_answer_comes_bit_by_bit_and_says_what_it_was() {
    for engine in engines().await {
        let body = asking(&engine.text, json!({}));
        let (said, thought, done) = answer(&engine, &body).await;
        let told = format!("{}: {done}", engine.text);
        assert!(!said.trim().is_empty() && thought.is_empty(), "{told}");
        assert_eq!(
            (&done["status"], &done["reason"]),
            (&json!("complete"), &json!("stop")),
            "{told}"
        );
        for count in [
            "prompt_tokens",
            "tokens",
            "tokens_per_second",
            "first_token_ms",
        ] {
            assert!(done["stats"][count].is_number(), "{count} in {told}");
        }
        // The same to who follows, and to who comes back in the midst of it.
        let ask = json!({"model": engine.text, "message": "Say something.", "options": {"num_predict": 64}});
        let sent = engine.house.call("/api/send", &ask).await;
        let generation = sent["generation"].as_str().unwrap();
        let frames = Frames::of(engine.house.follow(generation, None).await)
            .all()
            .await;
        let (whole, _, _) = add_up(&frames);
        assert_eq!(whole, said, "{told}");
    }
}

#[tokio::test]
async fn a_limit_ends_an_answer_and_says_so() {
    for engine in engines().await {
        let body = asking(&engine.text, json!({"options": {"num_predict": 3}}));
        let (said, _, done) = answer(&engine, &body).await;
        assert!(!said.is_empty(), "{}", engine.text);
        assert_eq!(done["reason"], "length", "{}: {done}", engine.text);
        assert_eq!(done["stats"]["tokens"], 3, "{}: {done}", engine.text);
    }
}

#[tokio::test]
async fn thoughts_are_told_apart_and_can_be_left_out() {
    for engine in engines().await {
        let Some(model) = &engine.think else { continue };
        let (said, thought, done) = answer(&engine, &asking(model, json!({}))).await;
        assert!(
            !said.trim().is_empty() && !thought.trim().is_empty(),
            "{model}: {said} {thought}"
        );
        assert!(
            !said.contains("think>") && !thought.contains("think>"),
            "{model}: {said} {thought}"
        );
        assert_eq!(done["status"], "complete", "{model}");
        let (_, thought, done) = answer(&engine, &asking(model, json!({"think": false}))).await;
        assert_eq!(
            (&*thought, &done["status"]),
            ("", &json!("complete")),
            "{model}"
        );
    }
}

#[tokio::test]
async fn a_call_is_told_whole() {
    for engine in engines().await {
        let Some(model) = &engine.tool else { continue };
        let parameters = json!({"type": "object", "properties": {"city": {"type": "string"}}});
        let function = json!({"name": "get_weather", "parameters": parameters});
        let body = json!({
            "model": model,
            "messages": [{"role": "user", "content": "What is the weather in Paris?"}],
            "tools": [{"type": "function", "function": function}],
        });
        let told = engine.house.post("/v1/chat/completions", &body).await;
        let told: Value = told.json().await.unwrap();
        let choice = &told["choices"][0];
        let call = &choice["message"]["tool_calls"][0]["function"];
        assert_eq!(
            (&call["name"], &choice["finish_reason"]),
            (&json!("get_weather"), &json!("tool_calls")),
            "{model}: {told}"
        );
        let arguments: Value = serde_json::from_str(call["arguments"].as_str().unwrap()).unwrap();
        assert_eq!(arguments, json!({"city": "Paris"}), "{model}");
    }
}

#[tokio::test]
async fn a_stop_frees_it_for_the_next() {
    for engine in engines().await {
        let ask = json!({"model": engine.endless, "message": "Go on and on.", "options": {"num_predict": 400}});
        let sent = engine.house.call("/api/send", &ask).await;
        let generation = sent["generation"].as_str().unwrap();
        let mut frames = Frames::of(engine.house.follow(generation, None).await);
        loop {
            let frame = frames.next().await.unwrap().json;
            if frame["delta"].is_string()
                || frame["snapshot"]["content"]
                    .as_str()
                    .is_some_and(|it| !it.is_empty())
            {
                break;
            }
        }
        let stopped = engine
            .house
            .call("/api/stop", &json!({"generation": generation}))
            .await;
        assert!(
            ["stopped", "complete"].contains(&stopped["status"].as_str().unwrap()),
            "{stopped}"
        );
        let (said, _, done) = answer(&engine, &asking(&engine.text, json!({}))).await;
        assert!(
            !said.is_empty() && done["status"] == "complete",
            "{}: {done}",
            engine.text
        );
    }
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_in_words() {
    for engine in engines().await {
        if engine.knows_names {
            let prefix = engine
                .text
                .strip_suffix("sim:tokens=20,rate=400")
                .unwrap_or_default();
            let body = json!({"model": format!("{prefix}no-such-model"), "message": "hi"});
            let response = engine.house.post("/api/chat", &body).await;
            assert_eq!(response.status(), 404, "{}", engine.text);
            let told: Value = response.json().await.unwrap();
            assert_eq!(told["error"]["kind"], "not_found", "{told}");
        }
        if engine.refuses_too_long {
            let body = json!({"model": engine.text, "message": "long ".repeat(5000)});
            let response = engine.house.post("/api/chat", &body).await;
            assert_eq!(response.status(), 400, "{}", engine.text);
            let told: Value = response.json().await.unwrap();
            let said = told["error"]["message"].as_str().unwrap();
            assert!(
                said.contains("exceeds the available context size"),
                "{said}"
            );
        }
    }
}
