//! The page, the assets, and who may ask.

use serde_json::{Value, json};

use crate::{disk::sql, support::House};

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
        "Without JavaScript you can read, ask",
        "/pkg/brooklet.js",
        "/pkg/brooklet.css",
    ] {
        assert!(html.contains(part), "{part}");
    }
}

/// Whatever stands in the address.
#[tokio::test]
async fn the_page_of_a_chat_that_is_not_there_says_so() {
    let house = House::open().await;
    let unknown = "/c/0198c0de-0000-7000-8000-000000000000";
    for path in [unknown, "/c/nothing", "/c/%27%20OR%201", "/c/%ff%00"] {
        let url = format!("{}{path}", house.url);
        let response = house.client.get(url).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
        let html = response.text().await.unwrap();
        assert!(html.starts_with("<!DOCTYPE html>"), "{path}: {html}");
        assert!(html.contains("There is no such chat"), "{path}");
    }
}

/// People read a page, programs JSON; the rest of the server works on.
#[tokio::test]
async fn a_chat_that_cannot_be_read_is_told_to_people_and_to_programs() {
    let house = House::open().await;
    let asked = house
        .call("/api/ask", &json!({"text": "a", "model": "sim:tokens=1"}))
        .await;
    let file = house.data.path().join("brooklet.db");
    sql(&file, "ALTER TABLE messages RENAME TO away").await;
    let chat = asked["chat"].as_str().unwrap();
    let get = async |path: String| {
        let response = house.client.get(format!("{}{path}", house.url));
        response.send().await.unwrap()
    };
    let response = get(format!("/c/{chat}")).await;
    assert_eq!(response.status(), 500);
    assert_eq!(
        response.headers()["content-type"],
        "text/html; charset=utf-8"
    );
    let html = response.text().await.unwrap();
    for part in [
        "<!DOCTYPE html>",
        "could not use its database; its log says why",
        "/pkg/brooklet.css",
        "Try again",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    let response = get(format!("/api/thread?chat={chat}")).await;
    assert_eq!(response.status(), 500);
    let error: Value = response.json().await.unwrap();
    assert_eq!(error["error"]["kind"], "internal");
    assert_eq!(get("/".to_owned()).await.status(), 200);
    sql(&file, "ALTER TABLE away RENAME TO messages").await;
    assert_eq!(get(format!("/c/{chat}")).await.status(), 200);
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

/// Whether there is something that draws or not: the frame says so, and may do nothing else.
#[tokio::test]
async fn the_frame_of_diagrams_is_allowed_its_own_scripts_alone() {
    let house = House::open().await;
    let get = async || {
        let response = house.client.get(format!("{}/diagram", house.url));
        response.send().await.unwrap()
    };
    let response = get().await;
    let headers = response.headers().clone();
    assert_eq!(headers["x-frame-options"], "SAMEORIGIN");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    let policy = headers["content-security-policy"].to_str().unwrap();
    for part in [
        "default-src 'none'",
        "connect-src 'none'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-scripts",
    ] {
        assert!(
            policy.split(';').any(|it| it.trim() == part),
            "{part} in {policy}"
        );
    }
    let (_, nonce) = policy.split_once("script-src 'nonce-").unwrap();
    let (nonce, _) = nonce.split_once('\'').unwrap();
    let status = response.status();
    let html = response.text().await.unwrap();
    let scripts = html.matches("<script").count();
    assert_eq!(
        html.matches(&format!("<script nonce=\"{nonce}\"")).count(),
        scripts
    );
    // A checkout in which nothing has been built yet has nothing that draws.
    assert_eq!(
        (status.as_u16(), scripts),
        if scripts == 2 { (200, 2) } else { (404, 1) }
    );
    let again = get().await;
    assert_ne!(again.headers()["content-security-policy"], policy);
    let page = house.client.get(&house.url).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("frame-src 'self'"), "{policy}");
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
        assert_eq!(response.headers()["referrer-policy"], "same-origin");
        for name in ["opener", "resource"] {
            let name = format!("cross-origin-{name}-policy");
            assert_eq!(response.headers()[&name], "same-origin");
        }
        let permissions = response.headers()["permissions-policy"].to_str().unwrap();
        assert!(permissions.contains("microphone=()"), "{permissions}");
        let policy = response.headers()["content-security-policy"].to_str();
        let policy = policy.unwrap();
        for part in [
            "default-src 'none'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline"), "{path}: {policy}");
    }
    let posted = house
        .client
        .post(format!("{}/favicon.svg", house.url))
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status(), 404);
}

/// Each page has a number of its own, which its scripts have, and no other page's.
#[tokio::test]
async fn a_page_runs_its_own_scripts_alone() {
    let house = House::open().await;
    let mut numbers = Vec::new();
    for _ in 0..2 {
        let response = house.client.get(&house.url).send().await.unwrap();
        let policy = response.headers()["content-security-policy"].to_str();
        let mut parts = policy.unwrap().split("; ");
        let scripts = parts.find_map(|it| it.strip_prefix("script-src ")).unwrap();
        // Nothing runs for where it comes from.
        let number = scripts
            .strip_prefix("'nonce-")
            .and_then(|it| it.strip_suffix("' 'wasm-unsafe-eval'"))
            .unwrap_or_else(|| panic!("{scripts}"))
            .to_owned();
        assert!(number.len() >= 22, "{number}");
        let html = response.text().await.unwrap();
        let tags = ["<script", "<link rel=\"modulepreload\""];
        let scripts = tags.iter().flat_map(|tag| html.match_indices(tag));
        let scripts = scripts.map(|(at, _)| &html[at..]);
        let scripts = scripts.map(|it| &it[..it.find('>').unwrap()]);
        let scripts: Vec<_> = scripts.filter(|it| !it.contains("text/plain")).collect();
        assert!(scripts.len() > 1);
        for script in scripts {
            assert!(script.contains(&format!("nonce=\"{number}\"")), "{script}");
        }
        for inline in [" style=\"", " onclick=", "javascript:"] {
            assert!(!html.contains(inline), "{inline}");
        }
        numbers.push(number);
    }
    assert_ne!(numbers[0], numbers[1]);
}
