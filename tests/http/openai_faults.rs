//! `/v1`, where something is wrong: with the request, with Ollama, or at the other end.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    openai::{CHAT, added_up, asking, chunks, streaming},
    support::{House, script},
};

/// What is put into a request that would be a good one, and which field is told to be wrong.
const BAD: &[(&str, &str)] = &[
    (r#"{"messages":[]}"#, "messages"),
    (r#"{"messages":"a"}"#, "messages"),
    (r#"{"messages":["a"]}"#, "messages[0]"),
    (r#"{"messages":[{"content":"a"}]}"#, "messages[0]"),
    (r#"{"messages":[{"role":"user"}]}"#, "messages[0].content"),
    (
        r#"{"messages":[{"role":"user","content":" "}]}"#,
        "messages",
    ),
    (
        r#"{"messages":[{"role":"user","content":7}]}"#,
        "messages[0].content",
    ),
    (
        r#"{"messages":[{"role":"robot","content":"a"}]}"#,
        "messages[0].role",
    ),
    (
        r#"{"messages":[{"role":"user","content":["a"]}]}"#,
        "messages[0].content[0]",
    ),
    (
        r#"{"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}]}"#,
        "messages[0].content[0].type",
    ),
    (
        r#"{"messages":[{"role":"user","content":[{"type":"text"}]}]}"#,
        "messages[0].content[0].text",
    ),
    (
        r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"http://127.0.0.1:1/a.png"}}]}]}"#,
        "messages[0].content[0].image_url.url",
    ),
    (
        r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:text/html;base64,aGk="}}]}]}"#,
        "messages[0].content[0].image_url.url",
    ),
    (
        r#"{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}"#,
        "messages[0].content[0].image_url.url",
    ),
    (
        r#"{"messages":[{"role":"system","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}]}]}"#,
        "messages[0].content[0].type",
    ),
    (
        r#"{"messages":[{"role":"tool","content":"a"}]}"#,
        "messages[0].tool_call_id",
    ),
    (
        r#"{"messages":[{"role":"tool","content":"a","tool_call_id":"x"}]}"#,
        "messages[0].tool_call_id",
    ),
    (
        r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"[1]"}}]}]}"#,
        "messages[0].tool_calls[0].function.arguments",
    ),
    (r#"{"model":7}"#, "model"),
    (r#"{"model":""}"#, "model"),
    (r#"{"model":"a\nb"}"#, "model"),
    (r#"{"temperature":3}"#, "temperature"),
    (r#"{"temperature":"hot"}"#, "temperature"),
    (r#"{"top_p":-1}"#, "top_p"),
    (r#"{"frequency_penalty":2.5}"#, "frequency_penalty"),
    (r#"{"presence_penalty":-2.5}"#, "presence_penalty"),
    (r#"{"seed":"a"}"#, "seed"),
    (r#"{"stop":7}"#, "stop"),
    (r#"{"stop":["a",7]}"#, "stop"),
    (r#"{"max_tokens":0}"#, "max_tokens"),
    (r#"{"max_completion_tokens":-1}"#, "max_completion_tokens"),
    (r#"{"reasoning_effort":"huge"}"#, "reasoning_effort"),
    (
        r#"{"response_format":{"type":"xml"}}"#,
        "response_format.type",
    ),
    (
        r#"{"response_format":{"type":"json_schema"}}"#,
        "response_format.json_schema.schema",
    ),
    (r#"{"tools":[{"type":"custom"}]}"#, "tools[0].type"),
    (
        r#"{"tools":[{"type":"function"}]}"#,
        "tools[0].function.name",
    ),
    (r#"{"tool_choice":"required"}"#, "tool_choice"),
    (
        r#"{"tool_choice":{"type":"function","function":{"name":"f"}}}"#,
        "tool_choice",
    ),
    (r#"{"stream":"yes"}"#, "stream"),
    (r#"{"n":2}"#, "n"),
    (r#"{"logprobs":true}"#, "logprobs"),
    (r#"{"top_logprobs":3}"#, "top_logprobs"),
    (r#"{"logit_bias":{"1":2}}"#, "logit_bias"),
    (r#"{"modalities":["text","audio"]}"#, "modalities"),
    (r#"{"audio":{"voice":"a"}}"#, "audio"),
    (r#"{"prediction":{"type":"content"}}"#, "prediction"),
    (r#"{"web_search_options":{}}"#, "web_search_options"),
    (r#"{"parallel_tool_calls":false}"#, "parallel_tool_calls"),
    (r#"{"functions":[]}"#, "functions"),
    (r#"{"function_call":"auto"}"#, "function_call"),
];

/// Checks that this is OpenAI's form of an error, and gives it.
async fn refused(house: &House, body: &Value, status: u16) -> Value {
    let response = house.post(CHAT, body).await;
    assert_eq!(response.status(), status, "{body}");
    error(response).await
}

async fn error(response: reqwest::Response) -> Value {
    let body: Value = response.json().await.unwrap();
    let error = body["error"].as_object().unwrap();
    let members: Vec<_> = error.keys().collect();
    assert_eq!(members.len(), 4, "{members:?}");
    for member in ["message", "type", "param", "code"] {
        assert!(error.contains_key(member), "{member}");
    }
    body["error"].clone()
}

#[tokio::test]
async fn bad_input_is_named() {
    let house = House::open().await;
    for (change, param) in BAD {
        let mut body = asking("sim:tokens=1");
        let change: Value = serde_json::from_str(change).unwrap();
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let error = refused(&house, &body, 400).await;
        assert_eq!(error["type"], "invalid_request_error", "{change}");
        assert_eq!(error["param"], *param, "{change}: {error}");
    }
    for body in ["", "hello", "[]", "{}", "{\"messages\":[]} trailing"] {
        let url = format!("{}{CHAT}", house.url);
        let response = house.client.post(url).body(body).send().await.unwrap();
        assert_eq!(response.status(), 400, "{body}");
        assert_eq!(error(response).await["param"], Value::Null, "{body}");
    }
    assert!(
        house.ollama.sim().requests().is_empty(),
        "nothing of this reached Ollama"
    );
}

#[tokio::test]
async fn what_stands_before_every_handler_speaks_openai_too() {
    let house = House::open().await;
    let url = format!("{}{CHAT}", house.url);
    let large = vec![b'x'; 10_000_001];
    let response = house.client.post(&url).body(large).send().await.unwrap();
    assert_eq!(response.status(), 413);
    assert_eq!(error(response).await["code"], "request_too_large");
    let elsewhere = house
        .client
        .post(&url)
        .header("origin", "https://evil.example");
    let response = elsewhere.json(&asking("sim")).send().await.unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(error(response).await["type"], "permission_error");
    for (method, path) in [
        ("GET", CHAT),
        ("DELETE", "/v1/models"),
        ("POST", "/v1/models/sim"),
    ] {
        let request = house
            .client
            .request(method.parse().unwrap(), format!("{}{path}", house.url));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 405, "{method} {path}");
        assert!(response.headers().contains_key("allow"), "{method} {path}");
        assert_eq!(
            error(response).await["code"],
            "method_not_supported",
            "{method} {path}"
        );
    }
    for path in ["/v1/embeddings", "/v1/responses", "/v1/a/b"] {
        let response = house.post(path, &json!({})).await;
        assert_eq!(response.status(), 404, "{path}");
        assert_eq!(error(response).await["code"], "unknown_url", "{path}");
    }
}

#[tokio::test]
async fn an_answer_that_does_not_begin_is_a_status_in_both_forms() {
    let house = House::open().await;
    for (model, status, kind, code) in [
        (
            "none",
            404,
            "invalid_request_error",
            json!("model_not_found"),
        ),
        (
            "sim:fault=context400",
            400,
            "invalid_request_error",
            Value::Null,
        ),
        (
            "sim:fault=busy503",
            503,
            "server_error",
            json!("overloaded"),
        ),
        (
            "sim:fault=crash500",
            502,
            "server_error",
            json!("upstream_error"),
        ),
        (
            "sim:fault=html502",
            502,
            "server_error",
            json!("upstream_error"),
        ),
        (
            "sim:fault=error@0",
            502,
            "server_error",
            json!("upstream_error"),
        ),
        (
            "sim:fault=reset@0",
            502,
            "server_error",
            json!("upstream_error"),
        ),
    ] {
        for body in [asking(model), streaming(model)] {
            let error = refused(&house, &body, status).await;
            assert_eq!(error["type"], kind, "{model}");
            assert_eq!(error["code"], code, "{model}");
        }
    }
    let response = house.post(CHAT, &asking("sim:fault=busy503")).await;
    assert!(response.headers().contains_key("retry-after"));

    let house = House::with(&["--ollama", "127.0.0.1:1"]).await;
    let error = refused(&house, &asking("m"), 502).await;
    assert_eq!(error["code"], "upstream_unreachable");
    let response = house.client.get(format!("{}/v1/models", house.url)).send();
    assert_eq!(response.await.unwrap().status(), 502);
}

#[tokio::test]
async fn an_answer_that_breaks_is_an_error_and_never_looks_whole() {
    let house = House::open().await;
    for fault in ["error", "errorcloud", "eof", "reset"] {
        let model = format!("sim:tokens=20,fault={fault}@10");
        let (chunks, is_done) = chunks(&house, &streaming(&model)).await;
        assert!(!is_done, "{fault}");
        assert_eq!(added_up(&chunks, "content"), script("sim:tokens=10").0);
        let (last, before) = chunks.split_last().unwrap();
        assert_eq!(last["error"]["type"], "server_error", "{fault}");
        assert_eq!(last["error"]["code"], "upstream_error", "{fault}");
        for chunk in before {
            assert_eq!(chunk["choices"][0]["finish_reason"], Value::Null);
        }
        let error = refused(&house, &asking(&model), 502).await;
        assert_eq!(error["code"], "upstream_error", "{fault}");
    }
}

#[tokio::test]
async fn a_client_that_leaves_drops_the_upstream() {
    let house = House::open().await;
    // In the midst of a stream.
    let mut response = house
        .post(CHAT, &streaming("sim:tokens=100000,rate=100"))
        .await;
    assert!(response.chunk().await.unwrap().is_some());
    drop(response);
    house
        .until(|stats| stats.dropped == 1 && stats.open == 0)
        .await;
    // Waiting for a whole answer; and before its first token, in both forms.
    let bodies = [
        asking("sim:tokens=100000,rate=100"),
        asking("sim:delay=10m"),
        streaming("sim:delay=10m"),
    ];
    for (index, body) in (2..).zip(bodies) {
        let waiting = house.post(CHAT, &body);
        let left = async {
            house.until(|stats| stats.started == index).await;
            // So that it is under way in each part of the server.
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        tokio::select! {
            _ = waiting => panic!("{body} is answered"),
            () = left => {}
        }
        house
            .until(|stats| stats.dropped == index && stats.open == 0)
            .await;
    }
}

#[tokio::test]
async fn the_queue_and_its_room_are_those_of_all() {
    let house = House::with(&["--max-parallel", "1", "--max-queued", "0"]).await;
    let first = house
        .post(CHAT, &streaming("sim:tokens=100000,rate=100"))
        .await;
    assert_eq!(first.status(), 200);
    for body in [asking("sim:tokens=1"), streaming("sim:tokens=1")] {
        let error = refused(&house, &body, 503).await;
        assert_eq!(error["code"], "overloaded");
    }
    let other = json!({"message": "hi", "model": "sim:tokens=1"});
    assert_eq!(house.post("/api/chat", &other).await.status(), 503);
}

/// The status is held for ten seconds; then the role is there, and the answer comes when it comes.
#[tokio::test]
async fn a_slow_model_is_waited_for_but_the_status_is_not_held_for_ever() {
    let house = House::open().await;
    let mut response = house.post(CHAT, &streaming("sim:tokens=5,delay=12s")).await;
    let first = response.chunk().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains(r#""role":"assistant""#));
    assert_eq!(house.ollama.sim().stats().completed, 0);
    let rest = response.text().await.unwrap();
    assert!(rest.ends_with("data: [DONE]\n\n"), "{rest}");
}
