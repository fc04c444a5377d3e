//! How models are asked: settings of chats, presets, saved prompts, the account of an answer, and drafts.

use serde_json::{Value, json};

use crate::support::{Frames, House};

const MODEL: &str = "sim:tokens=5";

/// Asks, and waits for the end of the answer.
async fn ask(house: &House, asking: Value) -> Value {
    let asked = house.call("/api/ask", &asking).await;
    let generation = asked["generation"].as_str().unwrap();
    Frames::of(house.follow(generation, None).await).all().await;
    asked
}

async fn get(house: &House, path: &str) -> Value {
    let response = house.client.get(format!("{}{path}", house.url)).send();
    let response = response.await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.json().await.unwrap()
}

fn id(value: &Value) -> &str {
    value.as_str().unwrap()
}

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
async fn presets_are_made_used_changed_and_deleted() {
    let house = House::open().await;
    let change = async |change: Value| house.post("/api/preset", &json!({"change": change})).await;
    let settings = json!({"model": MODEL, "system": "Be brief."});
    let made = change(json!({"make": {"name": "Brief", "settings": settings}})).await;
    let preset: String = made.json().await.unwrap();
    assert_eq!(
        get(&house, "/api/presets").await,
        json!([{"id": preset, "name": "Brief", "settings": settings}])
    );
    let chat = house.call("/api/begin", &json!({"preset": preset})).await;
    ask(&house, json!({"chat": chat, "text": "Hi"})).await;
    assert_eq!(
        house.ollama.sim().requests()[0]["messages"][0]["content"],
        "Be brief."
    );
    // The page's own way: its form names the preset that it is for.
    let form = "model=&system=Be+thorough.&temperature=1&for=preset&name=Brief";
    let filled = house
        .call("/api/fill", &json!({"chat": chat, "form": form}))
        .await;
    assert_eq!(filled, Value::Null);
    let presets = get(&house, "/api/presets").await;
    assert_eq!(
        presets[0]["settings"],
        json!({"system": "Be thorough.", "options": {"temperature": 1.0}})
    );
    assert_eq!(presets.as_array().unwrap().len(), 1);
    let shelf = get(&house, "/api/shelf?from=0&offset=0").await;
    assert!(
        id(&shelf).contains(&format!("data-item=\"{preset}\"")),
        "{shelf}"
    );
    let form = get(
        &house,
        &format!("/api/panel?name=settings&offset=0&item={preset}"),
    )
    .await;
    assert!(id(&form).contains("Be thorough."), "{form}");
    let form = format!("for=begin&item={preset}");
    let begun = house.call("/api/fill", &json!({"form": form})).await;
    let begun = get(&house, &format!("/api/thread?chat={}", id(&begun))).await;
    assert_eq!(begun["settings"]["system"], "Be thorough.");
    let form = format!("for=forget&item={preset}");
    house.call("/api/fill", &json!({"form": form})).await;
    assert_eq!(get(&house, "/api/presets").await, json!([]));
    for gone in [
        change(json!({"delete": preset})).await,
        house.post("/api/begin", &json!({"preset": preset})).await,
    ] {
        assert_eq!(gone.status(), 404);
    }
}

#[tokio::test]
async fn prompts_are_saved_offered_changed_and_deleted() {
    let house = House::open().await;
    let change = async |change: Value| house.post("/api/prompt", &json!({"change": change})).await;
    let text = "Explain {{topic}}.";
    let made = change(json!({"make": {"name": "Explain", "text": text}})).await;
    let prompt: String = made.json().await.unwrap();
    assert_eq!(
        get(&house, "/api/prompts").await,
        json!([{"id": prompt, "name": "Explain", "text": text}])
    );
    for (typed, offered) in [("", true), ("PLA", true), ("zz", false)] {
        let path = format!("/api/panel?name=offered&offset=0&item={typed}");
        let panel = get(&house, &path).await;
        assert_eq!(id(&panel).contains(text), offered, "{typed}");
    }
    // The page's own way: by the name, by the id, and away.
    let fill = async |form: String| house.post("/api/fill", &json!({"form": form})).await;
    let filled = [
        ("for=prompt&name=Explain&text=Say+so.".to_owned(), "Explain"),
        (
            format!("for=prompt&item={prompt}&name=Say&text=Say+so."),
            "Say",
        ),
    ];
    for (form, name) in filled {
        assert_eq!(fill(form).await.status(), 200);
        assert_eq!(
            get(&house, "/api/prompts").await,
            json!([{"id": prompt, "name": name, "text": "Say so."}])
        );
    }
    let panel = get(
        &house,
        &format!("/api/panel?name=prompts&offset=0&item={prompt}"),
    )
    .await;
    assert!(id(&panel).contains("Say so.</textarea>"), "{panel}");
    let gone = fill(format!("for=unprompt&item={prompt}")).await;
    assert_eq!(gone.status(), 200);
    assert_eq!(get(&house, "/api/prompts").await, json!([]));
    for (path, wrong, status, named) in [
        (
            "prompt",
            json!({"change": {"delete": prompt}}),
            404,
            "no such prompt",
        ),
        (
            "prompt",
            json!({"change": {"change": {"id": prompt, "name": "a", "text": "b"}}}),
            404,
            "no such prompt",
        ),
        (
            "prompt",
            json!({"change": {"make": {"name": "x".repeat(101), "text": "b"}}}),
            400,
            "`name`",
        ),
        (
            "prompt",
            json!({"change": {"make": {"name": "a", "text": " "}}}),
            400,
            "`text`",
        ),
        (
            "prompt",
            json!({"change": {"make": {"name": "a", "text": "x".repeat(100_001)}}}),
            400,
            "`text`",
        ),
        (
            "fill",
            json!({"form": "for=prompt&name=a&text="}),
            400,
            "`text`",
        ),
    ] {
        let answer = house.post(&format!("/api/{path}"), &wrong).await;
        assert_eq!(answer.status(), status, "{wrong}");
        let said = answer.text().await.unwrap();
        assert!(said.contains(named), "{wrong}: {said}");
    }
    let path = format!("/api/panel?name=prompts&offset=0&item={prompt}");
    let answer = house.client.get(format!("{}{path}", house.url)).send();
    assert_eq!(answer.await.unwrap().status(), 404);
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

#[tokio::test]
async fn a_draft_is_there_until_it_is_asked() {
    let house = House::open().await;
    let keep = async |chat: &Value, text: &str| {
        house
            .call("/api/draft", &json!({"chat": chat, "text": text}))
            .await;
    };
    let draft = async |chat: &Value| {
        let query = chat
            .as_str()
            .map(|chat| format!("?chat={chat}"))
            .unwrap_or_default();
        get(&house, &format!("/api/path{query}")).await["draft"].clone()
    };
    let new = Value::Null;
    keep(&new, "Why is the").await;
    assert_eq!(draft(&new).await, "Why is the");
    // Its last words came after it was kept.
    let asked = ask(
        &house,
        json!({"text": "Why is the sky blue?", "model": MODEL}),
    )
    .await;
    let chat = &asked["chat"];
    assert_eq!(draft(&new).await, Value::Null);
    keep(chat, "And at").await;
    keep(&new, "Something else").await;
    assert_eq!(
        (draft(chat).await, draft(&new).await),
        (json!("And at"), json!("Something else"))
    );
    // Another question in the place of the first one is none of this draft's.
    ask(
        &house,
        json!({"chat": chat, "text": "Why is it grey?", "model": MODEL}),
    )
    .await;
    assert_eq!(draft(chat).await, "And at");
    ask(
        &house,
        json!({"chat": chat, "text": "And at night?", "model": MODEL}),
    )
    .await;
    assert_eq!(
        (draft(chat).await, draft(&new).await),
        (Value::Null, json!("Something else"))
    );
    keep(&new, "").await;
    assert_eq!(draft(&new).await, Value::Null);
}

/// The end of a long chat is what its page begins with.
#[tokio::test]
async fn a_long_chat_comes_by_its_end() {
    let house = House::open().await;
    let mut asked = Vec::new();
    let mut asking = json!({"text": "Question 0", "model": MODEL});
    for number in 1..31 {
        let next = ask(&house, asking).await;
        asking = json!({
            "chat": next["chat"], "parent": next["answer"], "model": MODEL,
            "text": format!("Question {number}"),
        });
        asked.push(next);
    }
    let chat = id(&asked[0]["chat"]);
    let page = house.client.get(format!("{}/c/{chat}", house.url)).send();
    let page = page.await.unwrap().text().await.unwrap();
    assert!(
        page.contains("Question 29") && page.contains("Question 10"),
        "{page}"
    );
    assert!(
        !page.contains("Question 9<") && page.contains("Show earlier messages"),
        "{page}"
    );
    let path = get(&house, &format!("/api/path?chat={chat}&count=4")).await;
    assert_eq!(path["earlier"], 56);
    let first = path["messages"][0]["html"].as_str().unwrap();
    assert!(first.contains(">Question 28<"), "{first}");
    let sought = id(&asked[5]["question"]);
    let path = get(
        &house,
        &format!("/api/path?chat={chat}&count=4&through={sought}"),
    )
    .await;
    assert_eq!(path["earlier"], 6);
    let whole = get(&house, &format!("/api/path?chat={chat}")).await;
    assert_eq!(whole["messages"].as_array().unwrap().len(), 60);
    let before = id(&asked[5]["question"]);
    let path = get(
        &house,
        &format!("/api/path?chat={chat}&count=4&before={before}"),
    )
    .await;
    assert_eq!(path["earlier"], 6);
    let last = path["messages"][3]["html"].as_str().unwrap();
    assert_eq!(path["messages"][3]["id"], asked[4]["answer"], "{last}");
}
