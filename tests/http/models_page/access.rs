//! Who may, and which names are sent at all.

use super::tab;
use crate::{
    accounts::{Locked, keys},
    support::House,
};

#[tokio::test]
async fn administrators_may_and_nobody_else() {
    let locked = Locked::open().await;
    let admin = locked.somebody("admin").await;
    let anna = locked.somebody("anna").await;
    let pull = [("do", "pull"), ("name", "sim-pull:bytes-1")];
    let nobody = locked.browser();
    let led = nobody.get("/models").await;
    assert_eq!(led.status(), 303);
    assert_eq!(led.headers()["location"], "/login?to=%2Fmodels");
    assert_eq!(nobody.post("/models", &pull).await.status(), 401);
    for path in ["/models", "/models?add=", "/models?about=qwen3"] {
        assert_eq!(anna.get(path).await.status(), 403, "{path}");
    }
    assert_eq!(anna.post("/models", &pull).await.status(), 403);
    // A key is no administrator, whoever has it.
    let key = keys::make(&admin, "script", &["chat", "read"], "").await;
    let request = locked.house.client.get(format!("{}/models", admin.url));
    assert_eq!(request.bearer_auth(key).send().await.unwrap().status(), 403);
    assert!(locked.house.orders().is_empty());
    assert!(admin.text("/admin").await.contains(r#"href="/models""#));
    assert!(admin.text("/models").await.contains("qwen3:latest"));
    assert_eq!(
        admin.does("pull", &[("name", "sim-pull:bytes-1")]).await,
        303
    );
    locked.house.until_pulls(|stats| stats.completed == 1).await;
    let delete = [("model", "slow"), ("name", "slow")];
    assert_eq!(admin.does("delete", &delete).await, 303);
    // What has been done is noted, with who has done it.
    let page = admin.text("/admin").await;
    for shown in [
        "Download of a model begun",
        "sim-pull:bytes-1",
        "Model deleted",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
}

#[tokio::test]
async fn another_sites_page_may_not() {
    let house = House::open().await;
    let request = house.client.post(format!("{}/models", house.url));
    let request = request.header("origin", "http://evil.example");
    let form = [("do", "pull"), ("name", "qwen3")];
    let refused = request.form(&form).send().await.unwrap();
    assert_eq!(refused.status(), 403);
    assert!(house.orders().is_empty());
}

#[tokio::test]
async fn what_is_no_name_is_not_sent() {
    let house = House::open().await;
    let browser = tab(&house);
    let long = "x".repeat(201);
    for name in [
        "",
        "../../api/tags",
        "a/../b",
        "qwen3\n",
        "qwen3\0",
        "qwen3\u{7f}x",
        "http://evil.example/a/b",
        "a/b/c/d",
        "a b",
        "a?b",
        "-a",
        &*long,
    ] {
        // What stands around a name is no part of it.
        let name = if name == "qwen3\n" { "qw\nen3" } else { name };
        for (what, fields) in [
            ("pull", [("name", name), ("model", "")]),
            ("copy", [("name", name), ("model", "qwen3")]),
            ("create", [("name", name), ("model", "qwen3")]),
            ("copy", [("name", "new"), ("model", name)]),
            ("create", [("name", "new"), ("model", name)]),
            ("delete", [("name", name), ("model", name)]),
            ("unload", [("name", name), ("model", name)]),
            ("cancel", [("name", name), ("model", name)]),
        ] {
            assert_eq!(browser.does(what, &fields).await, 400, "{what} {name:?}");
        }
    }
    assert_eq!(browser.does("nonsense", &[("model", "qwen3")]).await, 400);
    // The page of a model whose form was refused is shown again, and nothing more.
    let others = |order: &String| order != "show qwen3";
    assert!(!house.orders().iter().any(others), "{:?}", house.orders());
    assert!(house.ollama.sim().requests().is_empty());
}
