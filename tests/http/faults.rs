//! Every fault of an upstream, through `POST /api/chat` and through `follow`.

use axum::{
    Router,
    http::{StatusCode, header::CONTENT_TYPE},
    routing::post,
};
use ollama_sim::{Break, Instead};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Frames, House, add_up, script};

/// Odd ways to say a whole answer: nothing of it may be lost.
const ODD: &[&str] = &[
    "sim:tokens=200,text=unicode,cut=1",
    "sim:tokens=200,text=unicode,cut=7",
    "sim:tokens=200,text=hostile,batch=50",
    "sim:tokens=60,thinking=30,crlf",
    "sim:tokens=60,blank",
    "sim:tokens=60,nonewline",
    "sim:tokens=60,junk",
    "sim:tokens=60,empty",
    "sim:tokens=60,extra",
    "sim:tokens=60,nometrics,noreason",
    "sim:tokens=60,thinking=9,tail",
    "sim:tokens=60,thinking=9,doneonly",
    "sim:tokens=60,long=1000000",
    "sim:tokens=60,long=1000000,cut=4000",
    "sim:tokens=60,fault=badlen",
];

/// What the `done` frame of an answer that broke has to say.
fn broken(kind: Break) -> Option<(&'static str, &'static str)> {
    match kind {
        Break::Error => Some(("failed", "unexpected EOF")),
        Break::ErrorObject => Some(("failed", "model runner crashed")),
        Break::ErrorNested => Some(("failed", "exceeds the available context size")),
        Break::ErrorCloud => Some(("failed", "usage limit")),
        Break::Eof | Break::Reset => Some(("interrupted", "before the model was done")),
        Break::Stall => None,
    }
}

/// What a whole response in place of the answer gets.
fn refused(name: &str) -> (u16, &'static str, &'static str) {
    match name {
        "busy503" => (503, "busy", "maximum pending requests exceeded"),
        "context400" => (400, "refused", "exceeds the available context size"),
        "empty" => (502, "upstream", "before its first word"),
        "empty403" => (502, "upstream", "HTTP 403"),
        "text404" => (502, "upstream", "404 page not found"),
        "html502" => (502, "upstream", "502 Bad Gateway"),
        "crash500" => (502, "upstream", "model runner has unexpectedly stopped"),
        "signin401" => (502, "upstream", "unauthorized"),
        other => panic!("what does {other} get?"),
    }
}

#[tokio::test]
async fn an_oddly_told_answer_is_whole() {
    let house = House::open().await;
    for model in ODD {
        let (content, thinking) = script(model);
        let response = house
            .post("/api/chat", &json!({"message": "hi", "model": model}))
            .await;
        let frames = Frames::of(response).all().await;
        let (read, thought, last) = add_up(&frames);
        assert_eq!((&read, &thought), (&content, &thinking), "{model}");
        assert_eq!(last["status"], "complete", "{model}");

        let generation = house.send(model).await;
        let frames = Frames::of(house.follow(&generation, None).await)
            .all()
            .await;
        let (read, thought, last) = add_up(&frames);
        assert_eq!((&read, &thought), (&content, &thinking), "{model}");
        assert_eq!(last["status"], "complete", "{model}");
    }
}

#[tokio::test]
async fn a_tool_call_has_its_own_frame() {
    let house = House::open().await;
    for model in ["sim:tokens=5,tool", "sim:tokens=5,tooldone"] {
        let generation = house.send(model).await;
        let frames = Frames::of(house.follow(&generation, None).await)
            .all()
            .await;
        let calls = frames.iter().filter_map(|frame| {
            let snapshot = &frame.json["snapshot"]["tool_calls"][0];
            [&frame.json["tool_call"], snapshot]
                .into_iter()
                .find(|call| !call.is_null())
        });
        let names: Vec<_> = calls.map(|call| call["function"]["name"].clone()).collect();
        assert_eq!(names, ["get_weather"], "{model}");
    }
}

#[tokio::test]
async fn what_breaks_midway_keeps_the_text_so_far() {
    let house = House::open().await;
    let before = script("sim:tokens=10").0;
    for (name, kind, _) in Break::ALL {
        let Some((status, cause)) = broken(kind) else {
            continue;
        };
        let model = format!("sim:tokens=20,fault={name}@10");
        let response = house
            .post("/api/chat", &json!({"message": "hi", "model": model}))
            .await;
        let (read, _, last) = add_up(&Frames::of(response).all().await);
        assert_eq!(read, before, "{name}");
        check_done(&last, status, cause);

        let generation = house.send(&model).await;
        let (read, _, last) = add_up(
            &Frames::of(house.follow(&generation, None).await)
                .all()
                .await,
        );
        assert_eq!(read, before, "{name}");
        check_done(&last, status, cause);
    }
}

#[tokio::test]
async fn what_breaks_at_once_is_a_status_for_programs_and_an_end_for_the_page() {
    let house = House::open().await;
    for (name, kind, _) in Break::ALL {
        let Some((_, cause)) = broken(kind) else {
            continue;
        };
        let model = format!("sim:tokens=20,fault={name}@0");
        let cause = match kind {
            Break::Eof | Break::Reset => "before its first word",
            _ => cause,
        };
        check_refusal(&house, &model, (502, "upstream", cause)).await;
    }
    for instead in Instead::ALL {
        let model = format!("sim:fault={}", instead.name);
        check_refusal(&house, &model, refused(instead.name)).await;
    }
    check_refusal(&house, "nope", (404, "not_found", "model 'nope' not found")).await;
}

/// A stream that falls silent is not an error: a model may think for minutes. Stop ends it.
#[tokio::test]
async fn silence_is_waited_out_until_somebody_stops_it() {
    let house = House::open().await;
    let generation = house.send("sim:tokens=20,fault=stall@5").await;
    let mut frames = Frames::of(house.follow(&generation, None).await);
    let mut read = Vec::new();
    while add_up(&read).0 != script("sim:tokens=5").0 {
        read.push(frames.next().await.unwrap());
    }
    let stopped = house
        .call("/api/stop", &json!({"generation": generation}))
        .await;
    assert_eq!(stopped["status"], "stopped");
    assert_eq!(frames.next().await.unwrap().json["status"], "stopped");
    assert_eq!(frames.next().await, None);
}

#[tokio::test]
async fn an_ollama_that_is_not_there_is_named_with_what_to_do() {
    let house = House::open().await;
    let address = house.ollama.addr();
    let House {
        ollama,
        client,
        url,
        ..
    } = house;
    ollama.stop().await;
    let ask = json!({"message": "hi", "model": "llama3.2"});
    let response = client
        .post(format!("{url}/api/chat"))
        .json(&ask)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 502);
    let error: Value = response.json().await.unwrap();
    assert_eq!(error["error"]["kind"], "unreachable");
    assert_eq!(
        error["error"]["message"],
        format!(
            "upstream error: Ollama does not answer at {address} (connection refused). Start it with `ollama serve`, then try again."
        )
    );

    // Without a model one has to be chosen first: the same, at once.
    let response = client
        .post(format!("{url}/api/send"))
        .json(&json!({"message": "hi"}))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 502);

    // The list of models says so too, and is no error itself.
    let response = client
        .get(format!("{url}/api/models"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let models: Value = response.json().await.unwrap();
    assert_eq!(models["error"]["kind"], "unreachable");

    // Once it is back, all is well again.
    let _back = ollama_sim::Running::start_at(address).await.unwrap();
    let ask = json!({"message": "hi", "model": "sim:tokens=3"});
    let response = client
        .post(format!("{url}/api/chat"))
        .json(&ask)
        .send()
        .await
        .unwrap();
    assert_eq!(
        add_up(&Frames::of(response).all().await).0,
        script("sim:tokens=3").0
    );
}

/// Something else on Ollama's port: a login page that says 200 to everything.
#[tokio::test]
async fn a_page_in_place_of_ollama_is_told_from_an_answer() {
    let page = || async {
        (
            [(CONTENT_TYPE, "text/html")],
            "<html>\n<p>Please log in</p>\n</html>",
        )
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let app = Router::new().route("/api/chat", post(page)).fallback(page);
    let server = tokio::spawn(async { axum::serve(listener, app).await });
    let house = House::with(&["--ollama", &address]).await;
    check_refusal(&house, "llama3.2", (502, "upstream", "Please log in")).await;
    let models = house
        .client
        .get(format!("{}/api/models", house.url))
        .send()
        .await
        .unwrap();
    let models: Value = models.json().await.unwrap();
    assert_eq!(models["error"]["kind"], "upstream");
    server.abort();
}

/// A question that is refused: as a status by `POST /api/chat`, as the end of the stream by `follow`.
async fn check_refusal(house: &House, model: &str, expected: (u16, &str, &str)) {
    let (status, kind, cause) = expected;
    let response = house
        .post("/api/chat", &json!({"message": "hi", "model": model}))
        .await;
    assert_eq!(response.status(), status, "{model}");
    assert_eq!(
        response.headers().contains_key("retry-after"),
        status == 503,
        "{model}"
    );
    let error: Value = response.json().await.unwrap();
    assert_eq!(error["error"]["kind"], kind, "{model}");
    let message = error["error"]["message"].as_str().unwrap();
    assert!(message.contains(cause), "{model}: {message}");
    assert_eq!(
        message.starts_with("upstream error: "),
        status == 502,
        "{model}: {message}"
    );

    let generation = house.send(model).await;
    let (read, _, last) = add_up(
        &Frames::of(house.follow(&generation, None).await)
            .all()
            .await,
    );
    assert_eq!(read, "", "{model}");
    assert_eq!(last["error"]["kind"], kind, "{model}");
    assert_eq!(last["status"], "failed", "{model}");
}

fn check_done(done: &Value, status: &str, cause: &str) {
    assert_eq!(done["done"], true);
    assert_eq!(done["status"], status, "{done}");
    let message = done["error"]["message"].as_str().unwrap();
    assert!(message.contains(cause), "{message}");
}

/// A busy server says when to come back, on the page's verbs too.
#[tokio::test]
async fn a_busy_list_of_models_is_told_with_when_to_come_back() {
    let busy = || async { (StatusCode::SERVICE_UNAVAILABLE, "full") };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server =
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(busy)).await });
    let house = House::with(&["--ollama", &address]).await;
    for path in ["/api/send", "/api/chat"] {
        let response = house.post(path, &json!({"message": "hi"})).await;
        assert_eq!(response.status(), 503, "{path}");
        assert!(response.headers().contains_key("retry-after"), "{path}");
    }
    server.abort();
}
