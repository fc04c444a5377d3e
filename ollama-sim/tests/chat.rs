//! What answers look like on the wire when nothing goes wrong.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;

use client::{Heard, chat, get, hear, post, question};
use futures_util::StreamExt;
use ollama_sim::{CATALOGUE, Quirk, Running, Script};
use serde_json::{Value, json};

#[tokio::test]
async fn lines_are_ollamas() {
    let sim = Running::start().await.unwrap();
    let response = chat(&sim, "sim:tokens=2,thinking=1").await;
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    let body = response.text().await.unwrap();
    let mut lines = body.split_inclusive('\n');
    let mut next = || {
        let line = lines.next().unwrap();
        let (before, rest) = line.split_once("\"created_at\":\"").unwrap();
        let (time, after) = rest.split_once('"').unwrap();
        assert_eq!((time.len(), &time[10..11], &time[29..]), (30, "T", "Z"));
        format!("{before}{after}")
    };
    let script = Script::parse("sim:tokens=2,thinking=1").unwrap();
    let tokens: Vec<_> = script.tokens().map(|token| token.text).collect();
    let front = r#"{"model":"sim:tokens=2,thinking=1",,"message":{"role":"assistant","content":"#;
    assert_eq!(
        next(),
        format!(
            "{front}\"\",\"thinking\":\"{}\"}},\"done\":false}}\n",
            tokens[0]
        )
    );
    assert_eq!(
        next(),
        format!("{front}\"{}\"}},\"done\":false}}\n", tokens[1])
    );
    assert_eq!(
        next(),
        format!("{front}\"{}\"}},\"done\":false}}\n", tokens[2])
    );
    let done = next();
    assert!(done.starts_with(&format!(
        "{front}\"\"}},\"done\":true,\"done_reason\":\"stop\",\"total_duration\":"
    )));
    assert!(
        done.contains("\"prompt_eval_count\":6,") && done.contains("\"eval_count\":3,"),
        "{done}"
    );
    assert_eq!(lines.next(), None);
}

#[tokio::test]
async fn the_whole_text_arrives_whatever_the_quirks() {
    let sim = Running::start().await.unwrap();
    let mut dressings: Vec<String> = Quirk::ALL.map(|(name, ..)| name.to_owned()).to_vec();
    let cuts = [
        "cut=1",
        "cut=7",
        "batch=1",
        "batch=3",
        "batch=3,cut=50",
        "long=20000",
        "rate=2000",
    ];
    dressings.extend(cuts.map(str::to_owned));
    dressings.push(
        "crlf,blank,junk,empty,extra,tail,tool,nonewline,nometrics,noreason,cut=11".to_owned(),
    );
    for style in ["lorem", "unicode", "hostile", "code"] {
        for dressing in &dressings {
            let model = format!("sim:text={style},tokens=60,thinking=9,{dressing}");
            let script = Script::parse(&model).unwrap();
            let heard = hear(&sim, &model).await;
            assert_eq!(heard.content, script.content(), "{model}");
            assert_eq!(heard.thinking, script.thinking(), "{model}");
            assert_eq!(heard.last()["done"], true, "{model}");
            assert_eq!(heard.junk > 0, script.has(Quirk::Junk), "{model}");
        }
    }
    let stats = sim.sim().stats();
    assert_eq!(
        (stats.open, stats.dropped, stats.completed),
        (0, 0, stats.started)
    );
}

#[tokio::test]
async fn quirks_are_on_the_wire() {
    let sim = Running::start().await.unwrap();
    let text = async |quirk: &str| {
        chat(&sim, &format!("sim:tokens=9,thinking=3,{quirk}"))
            .await
            .text()
            .await
            .unwrap()
    };
    let plain = text("").await;
    assert_eq!((plain.lines().count(), plain.contains('\r')), (13, false));
    assert!(text("crlf").await.ends_with("}\r\n"));
    assert_eq!(text("blank").await.matches("}\n\n").count(), 13);
    assert!(text("nonewline").await.ends_with('}'));
    assert!(text("empty").await.lines().count() > 13);
    assert!(
        text("extra")
            .await
            .contains("\"done_reason\":\"sim_unknown\"")
    );
    assert!(!text("nometrics").await.contains("_duration"));
    assert!(!text("noreason").await.contains("done_reason"));
    assert!(
        text("reason=length")
            .await
            .contains("\"done_reason\":\"length\"")
    );
    assert_eq!(text("tail").await.lines().count(), 11);
    assert_eq!(text("doneonly").await.lines().count(), 1);
    assert_eq!(
        text("long=5000").await.lines().map(str::len).max(),
        Some(5000)
    );
    assert!(
        text("tool")
            .await
            .lines()
            .nth(12)
            .unwrap()
            .contains("\"tool_calls\":[{\"id\":")
    );
    assert!(
        text("tooldone")
            .await
            .lines()
            .last()
            .unwrap()
            .contains("\"tool_calls\":[{\"id\":")
    );
}

#[tokio::test]
async fn chunks_are_cut_as_told() {
    let sim = Running::start().await.unwrap();
    let response = chat(&sim, "sim:text=unicode,cut=10").await;
    let chunks: Vec<_> = response.bytes_stream().map(Result::unwrap).collect().await;
    let split = |chunk: &bytes::Bytes| std::str::from_utf8(chunk).is_err();
    assert!(chunks.iter().all(|chunk| chunk.len() <= 10));
    assert!(chunks.iter().any(split), "some chunk cuts a code point");

    let response = chat(&sim, "sim:tokens=40,batch=10").await;
    let chunks: Vec<_> = response.bytes_stream().map(Result::unwrap).collect().await;
    let lines = |chunk: &bytes::Bytes| chunk.split_inclusive(|byte| *byte == b'\n').count();
    assert_eq!(
        chunks.iter().map(lines).collect::<Vec<_>>(),
        [10, 10, 10, 10, 1]
    );
}

#[tokio::test]
async fn the_answer_follows_the_request() {
    let sim = Running::start().await.unwrap();
    let ask = async |model: &str, more: Value| {
        let mut body = question(model);
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let response = post(&sim, "/api/chat", &body).await;
        (
            response.status().as_u16(),
            Heard::new(&response.bytes().await.unwrap()),
        )
    };
    let (_, heard) = ask("sim:thinking=5", json!({ "think": false })).await;
    assert_eq!((&*heard.thinking, heard.lines.len()), ("", 41));
    let (_, heard) = ask("sim", json!({ "options": { "num_predict": 3 } })).await;
    assert_eq!(
        (heard.lines.len(), &heard.last()["done_reason"]),
        (4, &json!("length"))
    );
    let script = Script::parse("sim:thinking=5,tool").unwrap();
    let (_, heard) = ask("sim:thinking=5,tool", json!({ "stream": false })).await;
    assert_eq!(
        (heard.content, heard.thinking),
        (script.content(), script.thinking())
    );
    assert!(heard.lines[0]["message"]["tool_calls"].is_array() && heard.lines[0]["done"] == true);
    let given = json!({ "messages": [{ "role": "tool", "content": "sunny" }] });
    let (_, heard) = ask("sim:tool", given).await;
    assert!(
        heard
            .lines
            .iter()
            .all(|line| line["message"]["tool_calls"].is_null())
    );

    let refused = [
        (
            "sim",
            json!({ "think": true }),
            400,
            "\"sim\" does not support thinking",
        ),
        (
            "slow",
            json!({ "tools": [{}] }),
            400,
            "registry.ollama.ai/library/slow:latest does not support tools",
        ),
        ("none", json!({}), 404, "model 'none' not found"),
        ("", json!({}), 400, "model is required"),
        ("sim:x=1", json!({}), 400, "sim: unknown key \"x\""),
        (
            "sim",
            json!({ "options": { "temperature": "hot" } }),
            500,
            "option \"temperature\" must be of type float32",
        ),
        (
            "sim",
            json!({ "keep_alive": "10" }),
            400,
            "time: missing unit in duration \"10\"",
        ),
    ];
    for (model, more, status, text) in refused {
        let (got, heard) = ask(model, more).await;
        assert_eq!((got, &heard.lines[0]["error"]), (status, &json!(text)));
    }
}

#[tokio::test]
async fn what_is_not_json_is_refused() {
    let sim = Running::start().await.unwrap();
    let known = [
        ("", "missing request body"),
        ("{\"model\":", "unexpected EOF"),
        (
            "hello",
            "invalid character 'h' looking for beginning of value",
        ),
    ];
    for (body, text) in known {
        let url = format!("{}/api/chat", sim.url());
        let response = client::client().post(url).body(body).send().await.unwrap();
        assert_eq!(response.status(), 400);
        assert_eq!(
            response.json::<Value>().await.unwrap(),
            json!({ "error": text })
        );
    }
    let response = post(
        &sim,
        "/api/chat",
        &json!({ "model": "sim", "messages": "hi" }),
    )
    .await;
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn generate_speaks_too() {
    let sim = Running::start().await.unwrap();
    let body = json!({ "model": "sim:thinking=2", "prompt": "Hello" });
    let text = post(&sim, "/api/generate", &body)
        .await
        .text()
        .await
        .unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let said: String = lines
        .map(|line| line["response"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(said, Script::parse("sim").unwrap().content());
}

#[tokio::test]
async fn an_answer_goes_on_after_the_words_put_into_its_mouth() {
    let sim = Running::start().await.unwrap();
    // The fault has struck at the twentieth word: it does not strike again.
    let model = "sim:tokens=60,thinking=5,text=unicode,fault=eof@20";
    let script = Script::parse(model).unwrap();
    let said = hear(&sim, model).await.content;
    let go_on = async |said: &str| {
        let mut ask = question(model);
        let messages = ask["messages"].as_array_mut().unwrap();
        messages.push(json!({ "role": "assistant", "content": said }));
        let response = post(&sim, "/api/chat", &ask).await;
        Heard::new(&response.bytes().await.unwrap())
    };
    let rest = go_on(&said).await;
    assert_eq!(said.clone() + &rest.content, script.content());
    assert_eq!(rest.thinking, "");
    assert_eq!(rest.last()["done"], true);
    // What it would not have said changes nothing.
    let anew = go_on("Something else").await;
    assert_eq!(anew.content, said);
    assert_eq!(anew.thinking, script.thinking());
}

#[tokio::test]
async fn the_text_can_be_asked_for() {
    let sim = Running::start().await.unwrap();
    for model in CATALOGUE {
        let script = Script::parse(model).unwrap();
        let text: Value = get(&sim, &format!("/sim/text?model={model}"))
            .await
            .json()
            .await
            .unwrap();
        assert_eq!(
            text,
            json!({ "content": script.content(), "thinking": script.thinking() })
        );
    }
    let text: Value = get(&sim, "/sim/text?model=brooklet-demo&question=a+poem")
        .await
        .json()
        .await
        .unwrap();
    assert!(
        text["content"]
            .as_str()
            .unwrap()
            .contains("“a poem” deserves a poet")
    );
    assert_eq!(get(&sim, "/sim/text?model=none").await.status(), 404);
}

#[tokio::test]
async fn requests_are_remembered() {
    let sim = Running::start().await.unwrap();
    let request = client::client().post(format!("{}/api/chat", sim.url()));
    request
        .header("X-Colour", "red")
        .json(&question("sim"))
        .send()
        .await
        .unwrap();
    assert_eq!(sim.sim().requests(), [question("sim")]);
    assert_eq!(sim.sim().seen()[0].header("x-colour"), Some("red"));
    for _ in 0..1000 {
        chat(&sim, "none").await;
    }
    assert_eq!(sim.sim().requests().len(), 1000);
    assert_eq!(sim.sim().requests()[0], question("none"));
}
