//! What lies beside the chats: presets, saved prompts, and drafts.

use serde_json::{Value, json};

use crate::support::{House, ask, get, id};

const MODEL: &str = "sim:tokens=5";

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
