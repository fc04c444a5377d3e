//! What is one's own is nobody else's: each id of one is tried with another's session, on every route that takes one.

use serde_json::{Value, json};

use super::Locked;

#[tokio::test]
async fn nobody_has_anything_of_another() {
    let locked = Locked::open().await;
    // The first one is an administrator, who sees no more of what others say.
    let eve = locked.somebody("eve").await;
    let anna = locked.somebody("anna").await;
    let asked = anna.ask("A secret.").await;
    let id = |name: &str| asked[name].as_str().unwrap().to_owned();
    let (chat, question, answer, generation) =
        (id("chat"), id("question"), id("answer"), id("generation"));
    let made = |response: reqwest::Response| async {
        assert_eq!(response.status(), 200);
        response.json::<Value>().await.unwrap()
    };
    let folder = made(
        anna.call("/api/folder", &json!({"change": {"make": "Secrets"}}))
            .await,
    )
    .await;
    let folder = folder.as_str().unwrap().to_owned();
    let preset = json!({"change": {"make": {"name": "Secret", "settings": {"system": "secret"}}}});
    let preset = made(anna.call("/api/preset", &preset).await).await;
    let preset = preset.as_str().unwrap().to_owned();
    let prompt = json!({"change": {"make": {"name": "Secret", "text": "secret"}}});
    let prompt = made(anna.call("/api/prompt", &prompt).await).await;
    let prompt = prompt.as_str().unwrap().to_owned();
    let kept = anna
        .call(
            "/api/draft",
            &json!({"chat": chat, "text": "a secret draft"}),
        )
        .await;
    assert_eq!(kept.status(), 200);
    anna.call("/api/draft", &json!({"text": "another secret draft"}))
        .await;

    // Reading.
    for path in [
        format!("/c/{chat}"),
        format!("/api/thread?chat={chat}"),
        format!("/api/path?chat={chat}"),
        format!("/api/follow?generation={generation}"),
        format!("/api/panel?name=settings&chat={chat}&offset=0"),
        format!("/api/panel?name=settings&item={preset}&offset=0"),
        format!("/api/panel?name=answer&item={answer}&offset=0"),
        format!("/api/panel?name=source&chat={chat}&item={question}&offset=0"),
        format!("/api/panel?name=prompts&item={prompt}&offset=0"),
        format!("/api/export?chat={chat}&form=json"),
        format!("/api/export?chat={chat}&form=markdown"),
    ] {
        assert_eq!(anna.get(&path).await.status(), 200, "{path}");
        let response = eve.get(&path).await;
        assert_eq!(response.status(), 404, "{path}");
        let text = response.text().await.unwrap().to_lowercase();
        assert!(!text.contains("secret"), "{path}: {text}");
    }
    // Lists.
    for path in [
        "/",
        "/api/chats",
        "/api/shelf?rows=100",
        "/api/search?words=secret",
        "/api/folders",
        "/api/presets",
        "/api/prompts",
        "/api/path",
        "/api/panel?name=presets&offset=0",
        "/api/panel?name=prompts&offset=0",
        "/api/panel?name=offered&item=sec&offset=0",
        "/api/panel?name=found&item=secret&offset=0",
        "/api/export?form=json",
    ] {
        let text = eve.get(path).await.text().await.unwrap().to_lowercase();
        let text = text.replace(">secret<", "");
        let shown = ["a secret", "secrets", "\"secret\"", "secret draft"];
        assert!(shown.iter().all(|it| !text.contains(it)), "{path}: {text}");
    }
    // Changing.
    for (path, body) in [
        (
            "/api/ask",
            json!({"chat": chat, "parent": answer, "text": "And?", "model": "sim:tokens=3"}),
        ),
        (
            "/api/ask",
            json!({"chat": chat, "parent": question, "model": "sim:tokens=3"}),
        ),
        (
            "/api/go_on",
            json!({"chat": chat, "answer": answer, "model": "sim:tokens=3"}),
        ),
        ("/api/stop", json!({"generation": generation})),
        ("/api/unload", json!({"generation": generation})),
        ("/api/configure", json!({"chat": chat, "settings": {}})),
        ("/api/fill", json!({"chat": chat, "form": "for=chat"})),
        (
            "/api/fill",
            json!({"form": format!("for=begin&item={preset}")}),
        ),
        (
            "/api/fill",
            json!({"form": format!("for=forget&item={preset}")}),
        ),
        (
            "/api/fill",
            json!({"form": format!("for=unprompt&item={prompt}")}),
        ),
        ("/api/begin", json!({"preset": preset})),
        ("/api/preset", json!({"change": {"delete": preset}})),
        (
            "/api/preset",
            json!({"change": {"change": {"id": preset, "name": "x", "settings": {}}}}),
        ),
        ("/api/prompt", json!({"change": {"delete": prompt}})),
        (
            "/api/prompt",
            json!({"change": {"change": {"id": prompt, "name": "x", "text": "x"}}}),
        ),
        (
            "/api/folder",
            json!({"change": {"rename": {"id": folder, "name": "x"}}}),
        ),
        ("/api/folder", json!({"change": {"delete": folder}})),
        (
            "/api/touch",
            json!({"chats": [chat], "touch": {"rename": "Mine"}}),
        ),
        (
            "/api/touch",
            json!({"chats": [chat], "touch": {"pin": true}}),
        ),
        (
            "/api/touch",
            json!({"chats": [chat], "touch": {"archive": true}}),
        ),
        (
            "/api/touch",
            json!({"chats": [chat], "touch": {"show": answer}}),
        ),
        (
            "/api/touch",
            json!({"chats": [chat], "touch": {"delete_message": answer}}),
        ),
        ("/api/touch", json!({"chats": [chat], "touch": "delete"})),
        ("/api/touch", json!({"chats": [chat], "touch": "restore"})),
    ] {
        let response = eve.call(path, &body).await;
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        assert!(
            (400..500).contains(&status),
            "{path} {body}: {status} {text}"
        );
        assert!(
            !text.to_lowercase().contains("secret"),
            "{path} {body}: {text}"
        );
    }
    // Of it all nothing has become another.
    let own = eve.ask("Mine.").await;
    let moved = json!({"chats": [own["chat"]], "touch": {"move": folder}});
    assert_eq!(eve.call("/api/touch", &moved).await.status(), 404);
    let draft = json!({"chat": chat, "text": "theirs"});
    eve.call("/api/draft", &draft).await;
    let path: Value = anna
        .get(&format!("/api/path?chat={chat}"))
        .await
        .json()
        .await
        .unwrap();
    let path = path.to_string();
    assert!(
        path.contains("a secret draft") && !path.contains("theirs"),
        "{path}"
    );
    let thread: Value = anna
        .get(&format!("/api/thread?chat={chat}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(thread["title"], "A secret.");
    assert_eq!(thread["messages"].as_array().unwrap().len(), 2);
    let stopped = anna
        .call("/api/stop", &json!({"generation": generation}))
        .await;
    assert_eq!(stopped.json::<Value>().await.unwrap()["status"], "complete");
}

#[tokio::test]
async fn a_request_of_one_is_not_that_of_another() {
    let locked = Locked::open().await;
    let (anna, berta) = (
        locked.somebody("anna").await,
        locked.somebody("berta").await,
    );
    let asking = json!({"text": "hi", "model": "sim:tokens=3", "request_id": "the-same"});
    let ask = async |browser: &super::Browser| -> Value {
        browser
            .call("/api/ask", &asking)
            .await
            .json()
            .await
            .unwrap()
    };
    let (one, other, again) = (ask(&anna).await, ask(&berta).await, ask(&anna).await);
    assert_ne!(one["generation"], other["generation"]);
    assert_eq!(one["generation"], again["generation"]);
}
