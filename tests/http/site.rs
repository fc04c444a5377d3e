//! The page, the assets, and who may ask.

use serde_json::{Value, json};

use crate::support::House;

#[tokio::test]
async fn the_page_can_be_read_without_a_script() {
    let house = House::open().await;
    let response = house.client.get(&house.url).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.headers()["content-type"],
        "text/html; charset=utf-8"
    );
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    let html = response.text().await.unwrap();
    assert!(html.starts_with("<!DOCTYPE html>"), "{}", &html[..60]);
    for part in [
        "<html lang=\"en\"",
        "Ask me anything",
        "Asking needs JavaScript",
        "/pkg/brooklet.js",
        "/pkg/brooklet.css",
    ] {
        assert!(html.contains(part), "{part}");
    }
}

#[tokio::test]
async fn healthz_answers_and_unknown_paths_do_not() {
    let house = House::open().await;
    let get = async |path: &str| {
        house
            .client
            .get(format!("{}{path}", house.url))
            .send()
            .await
            .unwrap()
    };
    assert_eq!(get("/healthz").await.text().await.unwrap(), "ok\n");
    for path in [
        "/nothing",
        "/pkg/nothing.js",
        "/pkg/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/pkg/",
    ] {
        let response = get(path).await;
        assert_eq!(response.status(), 404, "{path}");
        assert_eq!(
            response.json::<Value>().await.unwrap()["error"]["kind"],
            "not_found"
        );
    }
    assert_eq!(get("/api/chat").await.status(), 405);
    assert_eq!(
        house
            .client
            .post(format!("{}/api/nothing", house.url))
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
}

#[tokio::test]
async fn other_sites_pages_cannot_ask() {
    let house = House::open().await;
    let body = json!({"message": "hi", "model": "sim:tokens=1"});
    let ask = async |headers: &[(&str, &str)]| {
        let mut request = house
            .client
            .post(format!("{}/api/chat", house.url))
            .json(&body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask(&[]).await, 200);
    assert_eq!(ask(&[("origin", &house.url)]).await, 200);
    assert_eq!(
        ask(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://chat.example")
        ])
        .await,
        200
    );
    assert_eq!(ask(&[("origin", "https://evil.example")]).await, 403);
    assert_eq!(ask(&[("origin", "null")]).await, 403);
    assert_eq!(ask(&[("sec-fetch-site", "cross-site")]).await, 403);
    assert_eq!(ask(&[("sec-fetch-site", "same-site")]).await, 403);
    assert_eq!(ask(&[("host", "evil.example")]).await, 403);
    assert_eq!(ask(&[("host", "localhost")]).await, 200);
    assert_eq!(house.ollama.sim().stats().started, 4);

    let named = House::with(&["--host-name", "chat.example"]).await;
    let request = named.client.get(&named.url).header("host", "chat.example");
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn the_models_are_listed_in_ollamas_order() {
    let house = House::open().await;
    let models: Value = house
        .client
        .get(format!("{}/api/models", house.url))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let names: Vec<_> = models["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["name"].clone())
        .collect();
    assert!(
        names
            .iter()
            .any(|name| name.as_str().unwrap().starts_with("llama3.2")),
        "{names:?}"
    );
    assert_eq!(models["default"], names[0]);
    assert_eq!(models["error"], Value::Null);
}

/// Leptos would send a form without a script back to where it came from; here nobody is sent anywhere.
#[tokio::test]
async fn a_browser_that_asks_a_server_function_is_answered_and_not_redirected() {
    let house = House::open().await;
    for (path, status) in [("/api/models", 200), ("/api/follow?generation=no", 404)] {
        let request = house
            .client
            .get(format!("{}{path}", house.url))
            .header("accept", "text/html,*/*")
            .header("referer", "https://evil.example/");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        assert!(!response.headers().contains_key("location"));
        response.json::<Value>().await.unwrap();
    }
}

#[tokio::test]
async fn every_answer_keeps_browsers_from_guessing_and_framing() {
    let house = House::open().await;
    for (path, host) in [
        ("/", "localhost"),
        ("/nothing", "localhost"),
        ("/", "evil.example"),
    ] {
        let request = house
            .client
            .get(format!("{}{path}", house.url))
            .header("host", host);
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(response.headers()["x-frame-options"], "DENY");
    }
    let posted = house
        .client
        .post(format!("{}/favicon.svg", house.url))
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status(), 404);
}
