//! How models are asked: what is set in a chat, by a program and by the page's form, and the account of an answer.

use serde_json::{Value, json};

use crate::support::{Frames, House, add_up, ask, get, id, script};

const MODEL: &str = "sim:tokens=5";

#[tokio::test]
async fn a_chat_asks_as_it_is_set() {
    let house = House::open().await;
    let settings = json!({
        "model": MODEL,
        "system": "Be brief.",
        "think": false,
        "keep_alive": "10m",
        "options": {"temperature": 0.5, "num_ctx": 4096, "stop": ["END"], "typical_p": 0.9},
    });
    let chat = house
        .call("/api/begin", &json!({"settings": settings}))
        .await;
    // Nothing has been asked in it: it is in no list, and has a page.
    let list = get(&house, "/api/chats").await;
    assert_eq!(list["chats"], json!([]));
    let page = house
        .client
        .get(format!("{}/c/{}", house.url, id(&chat)))
        .send();
    assert_eq!(page.await.unwrap().status(), 200);

    let first = ask(
        &house,
        json!({"chat": chat, "text": "Why is the sky blue?"}),
    )
    .await;
    assert_eq!(first["model"], MODEL);
    assert_eq!(first["title"], "Why is the sky blue?");
    let told = &house.ollama.sim().requests()[0];
    assert_eq!(
        told["messages"][0],
        json!({"role": "system", "content": "Be brief."})
    );
    assert_eq!(told["messages"][1]["content"], "Why is the sky blue?");
    assert_eq!(told["options"], settings["options"]);
    assert_eq!(told["think"], false);
    assert_eq!(told["keep_alive"], "10m");
    let list = get(&house, "/api/chats").await;
    assert_eq!(list["chats"][0]["title"], "Why is the sky blue?");

    // From now on otherwise, and by another model, which the chat remembers.
    let other = json!({"system": "", "options": {"seed": 7}});
    house
        .call("/api/configure", &json!({"chat": chat, "settings": other}))
        .await;
    let model = "sim:tokens=6";
    ask(
        &house,
        json!({"chat": chat, "parent": first["answer"], "text": "And at night?", "model": model}),
    )
    .await;
    let told = &house.ollama.sim().requests()[1];
    assert_eq!(told["messages"][0]["role"], "user");
    assert_eq!(told["options"], json!({"seed": 7}));
    assert_eq!(told.get("think"), None);
    let kept = get(&house, &format!("/api/thread?chat={}", id(&chat))).await;
    assert_eq!(
        kept["settings"],
        json!({"model": model, "options": {"seed": 7}})
    );

    // Each answer says how it came about, whatever is set now.
    let path = format!(
        "/api/panel?name=answer&offset=0&item={}",
        id(&first["answer"])
    );
    let account = get(&house, &path).await;
    for wanted in [
        MODEL,
        "temperature = 0.5",
        "10m",
        "The model was done.",
        "First token after",
    ] {
        assert!(id(&account).contains(wanted), "{wanted}: {account}");
    }
}

#[tokio::test]
async fn an_answer_that_goes_on_is_asked_for_as_the_chat_is_set() {
    let house = House::open().await;
    let settings = json!({"system": "Be brief.", "options": {"num_predict": 3}});
    let chat = house
        .call("/api/begin", &json!({"settings": settings}))
        .await;
    let asked = ask(
        &house,
        json!({"chat": chat, "text": "Hi", "model": "sim:tokens=9"}),
    )
    .await;
    let again = house
        .call(
            "/api/go_on",
            &json!({"chat": chat, "answer": asked["answer"]}),
        )
        .await;
    Frames::of(house.follow(id(&again["generation"]), None).await)
        .all()
        .await;
    let told = &house.ollama.sim().requests()[1];
    assert_eq!(told["messages"][0]["content"], "Be brief.");
    assert_eq!(told["messages"][2]["role"], "assistant");
    assert_eq!(told["options"], json!({"num_predict": 3}));
}

#[tokio::test]
async fn a_form_sets_a_chat_or_begins_one() {
    let house = House::open().await;
    let fill = async |chat: &Value, form: &str| {
        house
            .post("/api/fill", &json!({"chat": chat, "form": form}))
            .await
    };
    let begun: Value = fill(&Value::Null, "system=One&for=chat")
        .await
        .json()
        .await
        .unwrap();
    let same: Value = fill(&begun, "system=Two&for=chat")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(begun, same);
    let kept = get(&house, &format!("/api/thread?chat={}", id(&begun))).await;
    assert_eq!(kept["settings"], json!({"system": "Two"}));
    assert_eq!(fill(&json!("x"), "system=One&for=chat").await.status(), 404);
}

#[tokio::test]
async fn mistakes_are_named() {
    let house = House::open().await;
    let chat = house.call("/api/begin", &json!({})).await;
    let configured = |settings: Value| ("configure", json!({"chat": chat, "settings": settings}));
    for ((path, body), status, named) in [
        (
            configured(json!({"options": {"temperature": 3}})),
            400,
            "`settings.options.temperature`",
        ),
        (
            configured(json!({"options": {"top_k": 0.5}})),
            400,
            "`settings.options.top_k`",
        ),
        (
            configured(json!({"options": {"stop": [""]}})),
            400,
            "`settings.options.stop`",
        ),
        (
            configured(json!({"think": "hard"})),
            400,
            "`settings.think`",
        ),
        (
            configured(json!({"keep_alive": "soon"})),
            400,
            "`settings.keep_alive`",
        ),
        (
            configured(json!({"system": "x".repeat(100_001)})),
            400,
            "`settings.system`",
        ),
        (configured(json!({"temperature": 1})), 400, "temperature"),
        (
            ("configure", json!({"chat": "x", "settings": {}})),
            404,
            "no such chat",
        ),
        (
            ("fill", json!({"chat": chat, "form": "for=chat&min_p=2"})),
            400,
            "“Min P”",
        ),
        (
            ("fill", json!({"form": "for=preset&name=+"})),
            400,
            "`name`",
        ),
        (
            ("begin", json!({"preset": "x", "settings": {}})),
            400,
            "both",
        ),
        (
            ("begin", json!({"settings": {"think": 1}})),
            400,
            "`settings.think`",
        ),
        (
            (
                "preset",
                json!({"change": {"make": {"name": "", "settings": {}}}}),
            ),
            400,
            "`name`",
        ),
        (
            ("draft", json!({"text": "x".repeat(1_000_001)})),
            400,
            "`text`",
        ),
    ] {
        let answer = house.post(&format!("/api/{path}"), &body).await;
        let text = answer.text().await.unwrap();
        let error: Value = serde_json::from_str(&text).unwrap();
        let message = error["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(named), "{path} {named}: {text}");
        let again = house.post(&format!("/api/{path}"), &body).await;
        assert_eq!(again.status(), status, "{path} {named}");
    }
    for query in ["name=kitchen&offset=0", "name=answer&offset=0&item=x"] {
        let answer = house
            .client
            .get(format!("{}/api/panel?{query}", house.url))
            .send();
        assert!(answer.await.unwrap().status().is_client_error(), "{query}");
    }
}

/// A chat keeps its wish when another model is chosen; who asks is told what became of it.
#[tokio::test]
async fn a_model_that_cannot_think_is_asked_without_and_that_is_told() {
    let other = ollama_sim::Running::start().await.unwrap();
    let server = format!("gpu={}/v1", other.url());
    let house = House::with(&["--openai", &server]).await;
    for prefix in ["", "gpu/"] {
        for think in [json!(true), json!("high")] {
            let model = format!("{prefix}sim:tokens=5");
            let ask = json!({"message": "hi", "model": model, "think": think});
            let frames = Frames::of(house.post("/api/chat", &ask).await).all().await;
            let (said, _, done) = add_up(&frames);
            assert_eq!(said, script("sim:tokens=5").0, "{model}");
            assert_eq!(done["stats"]["without_thinking"], true, "{model}: {done}");
            let model = format!("{prefix}sim:tokens=5,thinking=3");
            let ask = json!({"message": "hi", "model": model, "think": think});
            let (_, thought, done) =
                add_up(&Frames::of(house.post("/api/chat", &ask).await).all().await);
            assert!(
                !thought.is_empty() && done["stats"]["without_thinking"].is_null(),
                "{done}"
            );
        }
    }
    // The page says so under the answer, whenever it is read.
    let settings = json!({"model": MODEL, "think": true});
    let chat = house
        .call("/api/begin", &json!({"settings": settings}))
        .await;
    let asking = json!({"chat": id(&chat), "text": "hi", "model": MODEL});
    ask(&house, asking).await;
    let page = house.client.get(format!("{}/c/{}", house.url, id(&chat)));
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("This model cannot think, so it was asked without"));
}
