//! Keys of programs.

use serde_json::json;

use super::{Browser, Locked, PASSWORD, between};

/// Makes a key that may have so much; gives its secret.
pub(crate) async fn make_limited(browser: &Browser, limits: &[(&str, &str)]) -> String {
    let form = [
        ("do", "make_key"),
        ("name", "limited"),
        ("chat", "yes"),
        ("password", PASSWORD),
    ];
    made(browser, &[&form, limits].concat()).await
}

/// Makes a key; gives its secret.
pub(crate) async fn make(browser: &Browser, name: &str, scopes: &[&str], days: &str) -> String {
    let mut form = vec![
        ("do", "make_key"),
        ("name", name),
        ("days", days),
        ("password", PASSWORD),
    ];
    form.extend(scopes.iter().map(|scope| (*scope, "yes")));
    made(browser, &form).await
}

async fn made(browser: &Browser, form: &[(&str, &str)]) -> String {
    let response = browser.post("/account", form).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let page = response.text().await.unwrap();
    let secret = between(&page, "<li><code>", "</code>").to_owned();
    assert!(
        secret.starts_with("brooklet_") && secret.len() == 52,
        "{secret}"
    );
    secret
}

async fn status(locked: &Locked, key: &str, path: &str) -> u16 {
    let request = locked
        .house
        .client
        .get(format!("{}{path}", locked.house.url));
    let response = request.bearer_auth(key).send().await.unwrap();
    response.status().as_u16()
}

async fn chat_status(locked: &Locked, key: &str) -> u16 {
    let request = locked
        .house
        .client
        .post(format!("{}/api/chat", locked.house.url));
    let body = json!({"message": "hi", "model": "sim:tokens=3"});
    let response = request.bearer_auth(key).json(&body).send().await.unwrap();
    let status = response.status().as_u16();
    response.text().await.unwrap();
    status
}

#[tokio::test]
async fn a_key_does_what_it_is_for_and_nothing_else() {
    let locked = Locked::open().await;
    let anna = locked.somebody("anna").await;
    anna.ask("Hello?").await;
    let chat = make(&anna, "script", &["chat"], "").await;
    let read = make(&anna, "backup", &["read"], "").await;
    let both = make(&anna, "all", &["chat", "read"], "").await;
    for (key, asks, reads) in [(&chat, 200, 403), (&read, 403, 200), (&both, 200, 200)] {
        assert_eq!(chat_status(&locked, key).await, asks);
        assert_eq!(status(&locked, key, "/api/chats").await, reads);
        assert_eq!(status(&locked, key, "/api/export?form=json").await, reads);
        assert_eq!(status(&locked, key, "/api/models").await, 200);
        // The pages of people are for people, and no key makes another one.
        for path in ["/", "/account", "/admin"] {
            assert_eq!(status(&locked, key, path).await, 403, "{path}");
        }
    }
    for wrong in ["", "x", &chat[..51], "brooklet_"] {
        assert_eq!(status(&locked, wrong, "/api/models").await, 401, "{wrong}");
    }
    // One that is wrong is not made good by a cookie.
    let request = anna.client.get(format!("{}/api/chats", anna.url));
    let response = request.bearer_auth("wrong").send().await.unwrap();
    assert_eq!(response.status(), 401);
    let nothing = [("do", "make_key"), ("name", "x"), ("password", PASSWORD)];
    assert_eq!(anna.post("/account", &nothing).await.status(), 400);
    // Who finds a browser open takes no key along.
    for password in ["", "wrong"] {
        let form = [
            ("do", "make_key"),
            ("name", "x"),
            ("chat", "yes"),
            ("password", password),
        ];
        assert_eq!(anna.post("/account", &form).await.status(), 403);
    }
    // It is shown once.
    let page = anna.text("/account").await;
    assert!(
        !page.contains(&chat) && page.contains(&chat[..14]),
        "{page}"
    );
}

#[tokio::test]
async fn a_key_expires_is_revoked_and_goes_with_its_user() {
    let locked = Locked::open().await;
    let admin = locked.somebody("admin").await;
    let anna = locked.somebody("anna").await;
    let month = make(&anna, "month", &["chat"], "30").await;
    let ever = make(&anna, "ever", &["chat"], "").await;
    assert_eq!(chat_status(&locked, &month).await, 200);
    locked.later(30 * 24 * 60 * 60 + 2);
    assert_eq!(chat_status(&locked, &month).await, 401);
    assert_eq!(chat_status(&locked, &ever).await, 200);
    anna.sign_in("anna", PASSWORD).await;
    let page = anna.text("/account").await;
    let row = between(&page, ">ever", "</tr>");
    let id = between(row, "name=\"id\" value=\"", "\"").to_owned();
    // Nobody revokes another's.
    admin.sign_in("admin", PASSWORD).await;
    admin
        .post("/account", &[("do", "drop_key"), ("id", &id)])
        .await;
    assert_eq!(chat_status(&locked, &ever).await, 200);
    anna.post("/account", &[("do", "drop_key"), ("id", &id)])
        .await;
    assert_eq!(chat_status(&locked, &ever).await, 401);
    let last = make(&anna, "last", &["chat"], "").await;
    assert_eq!(chat_status(&locked, &last).await, 200);
    let id = super::id_of(&locked, "anna").await;
    admin
        .post("/admin", &[("do", "disable"), ("id", &id)])
        .await;
    assert_eq!(chat_status(&locked, &last).await, 401);
    admin.post("/admin", &[("do", "enable"), ("id", &id)]).await;
    assert_eq!(chat_status(&locked, &last).await, 200);
}
