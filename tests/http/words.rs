//! In which language somebody is answered, and that nothing of another one is left.

use std::collections::BTreeSet;

use reqwest::header::{ACCEPT_LANGUAGE, COOKIE};
use serde_json::{Value, json};
use toml::Table;

use crate::support::{Frames, House};

const GERMAN: &str = include_str!("../../words/de.toml");
const ENGLISH: &str = include_str!("../../words/en.toml");

async fn get(house: &House, path: &str, headers: &[(&str, &str)]) -> String {
    let mut get = house.client.get(format!("{}{path}", house.url));
    for (name, value) in headers {
        get = get.header(*name, *value);
    }
    get.send().await.unwrap().text().await.unwrap()
}

/// The sentences of a language; those of which only a part can be told are left out.
fn sentences(words: &str) -> BTreeSet<String> {
    let words: Table = words.parse().unwrap();
    let tables = words.into_iter().filter_map(|(_, table)| match table {
        toml::Value::Table(table) => Some(table),
        _ => None,
    });
    let sentences = tables.flatten().filter_map(|(_, sentence)| match sentence {
        toml::Value::String(text) if !text.contains('{') && text.len() > 3 => Some(text),
        _ => None,
    });
    sentences.collect()
}

/// Which sentences of English stand in some HTML, as text or as what an attribute says.
fn english(html: &str) -> Vec<String> {
    let (german, english) = (sentences(GERMAN), sentences(ENGLISH));
    let only = english.difference(&german);
    let only = only.filter(|sentence| {
        ['>', '"', '\n'].iter().any(|before| {
            let begun = format!("{before}{sentence}");
            let mut found = html.match_indices(&*begun);
            found.any(|(at, it)| html[at + it.len()..].starts_with(['<', '"', '\n']))
        })
    });
    only.cloned().collect()
}

#[tokio::test]
async fn the_page_is_in_the_language_that_is_asked_for() {
    let house = House::open().await;
    let accept = ACCEPT_LANGUAGE.as_str();
    let cookie = COOKIE.as_str();
    for (headers, language) in [
        (&[][..], "en"),
        (&[(accept, "de-DE,de;q=0.9,en;q=0.8")], "de"),
        (&[(accept, "fr,de;q=0.5")], "de"),
        (&[(accept, "xx")], "en"),
        (&[(accept, "de"), (cookie, "brooklet-language=en")], "en"),
        (&[(cookie, "a=b; brooklet-language=de")], "de"),
        (&[(cookie, "brooklet-language=xx")], "en"),
    ] {
        for path in ["/", "/c/nowhere", "/offline"] {
            let html = get(&house, path, headers).await;
            assert!(
                html.contains(&format!("<html lang=\"{language}\"")),
                "{headers:?} {path}: {html}"
            );
        }
    }
}

#[tokio::test]
async fn nothing_is_left_of_english() {
    let house = House::open().await;
    // The check finds something.
    assert!(english(&get(&house, "/", &[]).await).len() > 50);
    let german = [("accept-language", "de")];
    let text = "Zähle.\n\n```rust\nfn main() {}\n```";
    let asked = house
        .call(
            "/api/ask",
            &json!({"text": text, "model": "sim:tokens=400,thinking=9,text=markdown"}),
        )
        .await;
    let id = |name: &str| asked[name].as_str().unwrap().to_owned();
    let generation = id("generation");
    Frames::of(house.follow(&generation, None).await)
        .all()
        .await;
    let (chat, answer) = (id("chat"), id("answer"));
    house
        .call("/api/folder", &json!({"change": {"make": "Ordner"}}))
        .await;
    let settings = json!({"make": {"name": "Kurz", "settings": {"system": "Sei kurz."}}});
    house
        .call("/api/preset", &json!({"change": settings}))
        .await;
    let prompt = json!({"make": {"name": "Erkläre", "text": "Erkläre {{thema}}."}});
    house.call("/api/prompt", &json!({"change": prompt})).await;
    let panel = |name: &str, rest: &str| format!("/api/panel?name={name}&offset=0{rest}");
    for path in [
        "/".to_owned(),
        "/offline".to_owned(),
        "/models".to_owned(),
        "/models?add=".to_owned(),
        "/models?about=qwen3".to_owned(),
        "/c/nowhere".to_owned(),
        format!("/c/{chat}"),
        format!("/api/path?chat={chat}"),
        "/api/shelf?from=0&offset=0".to_owned(),
        "/api/shelf?from=0&offset=0&view=archive".to_owned(),
        "/api/shelf?from=0&offset=0&find=Z%C3%A4hle".to_owned(),
        panel("settings", ""),
        panel("presets", ""),
        panel("keys", ""),
        panel("preferences", ""),
        panel("prompts", ""),
        panel("offered", "&item="),
        panel("found", "&item="),
        panel("found", "&item=nirgends"),
        panel("answer", &format!("&item={answer}")),
    ] {
        let html = get(&house, &path, &german).await;
        // What comes as JSON is HTML in a string.
        let html = match serde_json::from_str::<Value>(&html) {
            Ok(Value::String(html)) => html,
            Ok(json) => json["messages"].to_string().replace("\\\"", "\""),
            Err(_) => html,
        };
        assert_eq!(english(&html), Vec::<String>::new(), "{path}: {html}");
        assert!(html.len() > 20, "{path}: {html}");
    }
    // An answer that comes without a script.
    let asked = house
        .call(
            "/api/ask",
            &json!({"text": "Und?", "chat": chat, "parent": answer, "model": "sim:tokens=20,thinking=5,rate=100"}),
        )
        .await;
    let html = get(&house, &format!("/c/{chat}?live"), &german).await;
    assert!(html.contains("<summary>Gedanken</summary>"), "{html}");
    assert_eq!(english(&html), Vec::<String>::new(), "{html}");
    assert!(asked["generation"].is_string());
    let numbers = get(
        &house,
        &panel("answer", &format!("&item={answer}")),
        &german,
    )
    .await;
    assert!(numbers.contains("Geschriebene Token"), "{numbers}");
}

#[tokio::test]
async fn errors_are_told_in_the_language_of_whoever_reads_them() {
    // Nobody is at this address.
    let house = House::with(&["--ollama", "http://127.0.0.1:1"]).await;
    let asked = house
        .call("/api/ask", &json!({"text": "Hi", "model": "llama3.2"}))
        .await;
    let id = |name: &str| asked[name].as_str().unwrap().to_owned();
    let follow = format!("/api/follow?generation={}", id("generation"));
    let page = format!("/c/{}", id("chat"));
    let german = [("accept-language", "de")];
    let told = [
        (&[][..], "Ollama does not answer at"),
        (&german, "Ollama antwortet nicht unter"),
    ];
    for path in [&*follow, &page] {
        for (headers, wanted) in told {
            let said = get(&house, path, headers).await;
            assert!(said.contains(wanted), "{path}: {said}");
        }
    }
    let models = get(&house, "/api/models", &german).await;
    assert!(models.contains("Ollama antwortet nicht"), "{models}");
    let post = |path: &str, body: Value| {
        let post = house.client.post(format!("{}{path}", house.url));
        let post = post.header("accept-language", "de").json(&body).send();
        async { post.await.unwrap().text().await.unwrap() }
    };
    for (path, body, wanted) in [
        (
            "/api/fill",
            json!({"form": "for=chat&temperature=3"}),
            "„Temperatur“ muss eine Zahl von 0 bis 2 sein.",
        ),
        (
            "/api/fill",
            json!({"form": "for=preset&name="}),
            "Der Name der Vorlage (`name`) muss 1 bis 100 Zeichen haben.",
        ),
        (
            "/api/ask",
            json!({"chat": "x", "text": "Hi"}),
            "Diesen Chat gibt es nicht, oder er wurde gelöscht.",
        ),
        // What a program is told of its request is in English.
        (
            "/api/configure",
            json!({"chat": "x", "settings": {"options": {"top_k": 0.5}}}),
            "`settings.options.top_k` must be a whole number from 0 to 1000.",
        ),
    ] {
        let said = post(path, body).await;
        assert!(said.contains(wanted), "{path}: {said}");
    }
    // What is kept of an error is by name, and says what it is to who has no other words.
    let thread = get(&house, &format!("/api/thread?chat={}", id("chat")), &german).await;
    assert!(thread.contains("\"ollama_unreachable\""), "{thread}");
    assert!(thread.contains("Ollama does not answer at"), "{thread}");
}
