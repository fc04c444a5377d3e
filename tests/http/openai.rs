//! `/v1`: OpenAI's API.

use serde_json::{Value, json};

use crate::support::{House, PATIENCE, script};

pub(crate) const CHAT: &str = "/v1/chat/completions";

/// A request with one question.
pub(crate) fn asking(model: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": "hi"}]})
}

/// The same as a stream.
pub(crate) fn streaming(model: &str) -> Value {
    let mut body = asking(model);
    body["stream"] = true.into();
    body
}

/// The JSON of all frames of a stream, and whether it ended with `[DONE]`.
pub(crate) async fn chunks(house: &House, body: &Value) -> (Vec<Value>, bool) {
    let response = house.post(CHAT, body).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    let text = tokio::time::timeout(PATIENCE, response.text()).await;
    let text = text.unwrap().unwrap();
    let frames = text.strip_suffix("\n\n").unwrap().split("\n\n");
    let frames = frames.filter(|frame| !frame.starts_with(':'));
    let mut frames: Vec<_> = frames
        .map(|frame| frame.strip_prefix("data: ").unwrap())
        .collect();
    let is_done = frames.pop_if(|frame| *frame == "[DONE]").is_some();
    let frames = frames.into_iter().map(serde_json::from_str);
    (frames.collect::<Result<_, _>>().unwrap(), is_done)
}

/// What the deltas of this member add up to.
pub(crate) fn added_up(chunks: &[Value], member: &str) -> String {
    let deltas = chunks.iter().filter_map(|chunk| {
        chunk["choices"][0]["delta"]
            .get(member)
            .map(|text| text.as_str().unwrap())
    });
    deltas.collect()
}

/// The reasons for which an answer ended: one, if all is well.
fn reasons(chunks: &[Value]) -> Vec<&str> {
    let reasons = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["finish_reason"].as_str());
    reasons.collect()
}

#[tokio::test]
async fn an_answer_is_one_object() {
    let house = House::open().await;
    let model = "sim:tokens=20,thinking=10";
    let answer = house.call(CHAT, &asking(model)).await;
    let (content, thinking) = script(model);
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["model"], model);
    assert!(answer["id"].as_str().unwrap().starts_with("chatcmpl-"));
    assert!(answer["created"].as_u64().unwrap() > 1_700_000_000);
    let expected = json!([{
        "index": 0,
        "message": {"role": "assistant", "content": content, "reasoning_content": thinking},
        "finish_reason": "stop",
    }]);
    assert_eq!(answer["choices"], expected);
    // The simulator counts a word and four for the message.
    let usage = json!({"prompt_tokens": 5, "completion_tokens": 30, "total_tokens": 35});
    assert_eq!(answer["usage"], usage);
    house.until(|stats| stats.completed == 1).await;
}

#[tokio::test]
async fn a_stream_is_chunks_and_a_done() {
    let house = House::open().await;
    let model = "sim:tokens=30,thinking=8,rate=500";
    let (chunks, is_done) = chunks(&house, &streaming(model)).await;
    assert!(is_done);
    let (content, thinking) = script(model);
    assert_eq!(added_up(&chunks, "content"), content);
    assert_eq!(added_up(&chunks, "reasoning_content"), thinking);
    let first = &chunks[0]["choices"][0];
    assert_eq!(
        first["delta"],
        json!({"role": "assistant", "content": ""}),
        "the role comes first"
    );
    assert_eq!(reasons(&chunks), ["stop"]);
    let last = chunks.last().unwrap();
    assert_eq!(
        last["choices"],
        json!([{"index": 0, "delta": {}, "finish_reason": "stop"}])
    );
    for chunk in &chunks {
        assert_eq!(chunk["object"], "chat.completion.chunk");
        for member in ["id", "created", "model"] {
            assert_eq!(chunk[member], chunks[0][member]);
        }
        assert!(chunk.get("usage").is_none(), "nobody has asked for it");
    }
}

#[tokio::test]
async fn usage_is_the_last_chunk_where_it_is_wanted() {
    let house = House::open().await;
    let mut body = streaming("sim:tokens=30");
    body["stream_options"] = json!({"include_usage": true});
    let (chunks, is_done) = chunks(&house, &body).await;
    assert!(is_done);
    let (last, before) = chunks.split_last().unwrap();
    assert_eq!(last["choices"], json!([]));
    let usage = json!({"prompt_tokens": 5, "completion_tokens": 30, "total_tokens": 35});
    assert_eq!(last["usage"], usage);
    for chunk in before {
        assert_eq!(chunk.get("usage"), Some(&Value::Null));
    }
}

#[tokio::test]
async fn the_request_reaches_ollama_in_its_own_form() {
    let house = House::open().await;
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let tool =
        json!({"type": "function", "function": {"name": "get_weather", "parameters": schema}});
    let body = json!({
        "model": "sim:tokens=3,thinking=2",
        "messages": [
            {"role": "developer", "content": "be brief"},
            {"role": "user", "content": [
                {"type": "text", "text": "what is"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk=", "detail": "low"}},
                {"type": "text", "text": "this?"},
            ]},
            {"role": "assistant", "content": null, "reasoning_content": "hm", "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": "{\"city\":\"Paris\"}"}},
            ]},
            {"role": "tool", "tool_call_id": "call_1", "content": ""},
        ],
        "temperature": 0.5, "top_p": 0.9, "seed": 7, "stop": "\n", "max_tokens": 9, "max_completion_tokens": 2,
        "frequency_penalty": 1, "presence_penalty": -1,
        "reasoning_effort": "minimal",
        "response_format": {"type": "json_schema", "json_schema": {"name": "city", "strict": true, "schema": schema}},
        "tools": [tool], "tool_choice": "auto",
        "n": 1, "logprobs": false, "logit_bias": {}, "modalities": ["text"], "parallel_tool_calls": true, "audio": null,
        "user": "somebody", "store": true, "metadata": {"a": "b"},
    });
    house.call(CHAT, &body).await;
    let expected = json!({
        "model": "sim:tokens=3,thinking=2",
        "messages": [
            {"role": "system", "content": "be brief"},
            {"role": "user", "content": "what is\nthis?", "images": ["aGk="]},
            {"role": "assistant", "content": "", "thinking": "hm", "tool_calls": [
                {"id": "call_1", "function": {"name": "get_weather", "arguments": {"city": "Paris"}}},
            ]},
            {"role": "tool", "content": "", "tool_name": "get_weather", "tool_call_id": "call_1"},
        ],
        "stream": true,
        "think": "low",
        "options": {
            "temperature": 0.5, "top_p": 0.9, "seed": 7, "stop": ["\n"], "num_predict": 2,
            "frequency_penalty": 1.0, "presence_penalty": -1.0,
        },
        "format": schema,
        "tools": [tool],
    });
    assert_eq!(house.ollama.sim().requests(), [expected]);

    // What is not set is the model's matter.
    house.call(CHAT, &asking("sim:tokens=3")).await;
    let seen = house.ollama.sim().requests().pop().unwrap();
    let mut members: Vec<_> = seen.as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(members, ["messages", "model", "stream"]);
}

#[tokio::test]
async fn each_way_to_ask_for_a_thing_is_understood() {
    let house = House::open().await;
    for (field, value, ollama, expected) in [
        (
            "stop",
            json!(["a", "b"]),
            "/options/stop",
            json!(["a", "b"]),
        ),
        ("max_tokens", json!(5), "/options/num_predict", json!(5)),
        ("reasoning_effort", json!("none"), "/think", json!(false)),
        ("reasoning_effort", json!("xhigh"), "/think", json!("max")),
        (
            "response_format",
            json!({"type": "json_object"}),
            "/format",
            json!("json"),
        ),
        (
            "response_format",
            json!({"type": "text"}),
            "/format",
            Value::Null,
        ),
        ("stop", Value::Null, "/options", Value::Null),
    ] {
        let mut body = asking("sim:tokens=3,thinking=1");
        body[field] = value;
        house.call(CHAT, &body).await;
        let seen = house.ollama.sim().requests().pop().unwrap();
        let seen = seen.pointer(ollama).cloned().unwrap_or_default();
        assert_eq!(seen, expected, "{body}");
    }
    let mut body = asking("sim:tokens=3");
    body["tools"] = json!([{"type": "function", "function": {"name": "now"}}]);
    body["tool_choice"] = "none".into();
    house.call(CHAT, &body).await;
    let seen = house.ollama.sim().requests().pop().unwrap();
    assert!(seen.get("tools").is_none());
}

#[tokio::test]
async fn a_limit_is_told_as_length() {
    let house = House::open().await;
    let mut body = asking("sim:tokens=50");
    body["max_completion_tokens"] = 10.into();
    let answer = house.call(CHAT, &body).await;
    assert_eq!(answer["choices"][0]["finish_reason"], "length");
    assert_eq!(answer["usage"]["completion_tokens"], 10);
    body["stream"] = true.into();
    let (chunks, _) = chunks(&house, &body).await;
    assert_eq!(reasons(&chunks), ["length"]);
}

#[tokio::test]
async fn calls_of_tools_come_in_openais_form() {
    let house = House::open().await;
    let call = |index: Value| {
        let mut call = json!({
            "id": "call_ab12cd34",
            "type": "function",
            "function": {"name": "get_weather", "arguments": "{\"city\":\"Paris\"}"},
        });
        if !index.is_null() {
            call["index"] = index;
        }
        json!([call])
    };
    for model in ["sim:tokens=0,tool", "sim:tokens=0,tooldone"] {
        let mut body = asking(model);
        body["tools"] = json!([{"type": "function", "function": {"name": "get_weather"}}]);
        let answer = house.call(CHAT, &body).await;
        let choice = &answer["choices"][0];
        assert_eq!(choice["finish_reason"], "tool_calls", "{model}");
        let message =
            json!({"role": "assistant", "content": null, "tool_calls": call(Value::Null)});
        assert_eq!(choice["message"], message, "{model}");

        body["stream"] = true.into();
        let (chunks, is_done) = chunks(&house, &body).await;
        assert!(is_done);
        let calls: Vec<_> = chunks
            .iter()
            .filter_map(|chunk| chunk["choices"][0]["delta"].get("tool_calls"))
            .collect();
        assert_eq!(calls, [&call(0.into())], "{model}");
        assert_eq!(reasons(&chunks), ["tool_calls"], "{model}");

        // And back, with what the tool gave: the model answers.
        body["stream"] = false.into();
        let messages = body["messages"].as_array_mut().unwrap();
        messages.push(choice["message"].clone());
        messages.push(json!({"role": "tool", "tool_call_id": "call_ab12cd34", "content": "rain"}));
        let answer = house.call(CHAT, &body).await;
        assert_eq!(answer["choices"][0]["finish_reason"], "stop", "{model}");
        let seen = house.ollama.sim().requests().pop().unwrap();
        assert_eq!(seen["messages"][2]["tool_name"], "get_weather");
    }
}

#[tokio::test]
async fn models_are_listed_and_found_by_name() {
    let house = House::open().await;
    let get = async |path: &str| {
        let response = house.client.get(format!("{}{path}", house.url)).send();
        let response = response.await.unwrap();
        let status = response.status().as_u16();
        (status, response.json::<Value>().await.unwrap())
    };
    let (status, list) = get("/v1/models").await;
    assert_eq!((status, &list["object"]), (200, &json!("list")));
    let names: Vec<_> = list["data"].as_array().unwrap().iter().collect();
    let qwen = names
        .iter()
        .find(|model| model["id"].as_str().unwrap().starts_with("qwen3"))
        .unwrap();
    assert_eq!(
        **qwen,
        json!({"id": qwen["id"], "object": "model", "created": 0, "owned_by": "library"})
    );
    for name in ["qwen3", "QWEN3:latest", "qwen3%3Alatest"] {
        let (status, model) = get(&format!("/v1/models/{name}")).await;
        assert_eq!((status, &model), (200, *qwen), "{name}");
    }
    for (name, told) in [
        ("none", "`none`"),
        ("hf.co/a/b:Q4", "`hf.co/a/b:Q4`"),
        ("hf.co%2Fa%2Fb:Q4", "`hf.co/a/b:Q4`"),
        ("%ff", "``"),
    ] {
        let (status, body) = get(&format!("/v1/models/{name}")).await;
        assert_eq!(status, 404, "{name}");
        let error = &body["error"];
        assert_eq!(error["code"], "model_not_found", "{name}");
        assert_eq!(error["param"], "model", "{name}");
        assert!(error["message"].as_str().unwrap().contains(told), "{name}");
    }
}

/// A program that does not name a model gets the default one, as everywhere.
#[tokio::test]
async fn without_a_model_the_default_answers() {
    let house = House::with(&["--model", "sim:tokens=2"]).await;
    let mut body = asking("");
    body.as_object_mut().unwrap().remove("model");
    let answer = house.call(CHAT, &body).await;
    assert_eq!(answer["model"], "sim:tokens=2");
}
