//! A proxy in front that says who asks, and others who would like to.

use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Locked, PASSWORD, id_of, no_redirects};
use crate::{program::refused, support::House};

/// One that believes this machine.
async fn house(arguments: &[&str]) -> Locked {
    let listed = ["--trusted-proxy", "127.0.0.1"];
    Locked::by("header", &[&listed, arguments].concat()).await
}

/// A request with these headers, as a proxy sends it.
fn request(locked: &Locked, path: &str, headers: &[(&str, &str)]) -> RequestBuilder {
    let request = locked
        .house
        .client
        .get(format!("{}{path}", locked.house.url));
    headers
        .iter()
        .fold(request, |request, (name, value)| {
            request.header(*name, *value)
        })
        .header("accept", "text/html")
}

async fn get(locked: &Locked, path: &str, headers: &[(&str, &str)]) -> Response {
    no_redirects(request(locked, path, headers)).await
}

/// What the page of an account says; there has to be one.
async fn account(locked: &Locked, headers: &[(&str, &str)]) -> String {
    let response = get(locked, "/account", headers).await;
    assert_eq!(response.status(), 200, "{headers:?}");
    response.text().await.unwrap()
}

/// What a program is answered that shows this.
async fn status(locked: &Locked, headers: &[(&str, &str)]) -> u16 {
    let request = locked
        .house
        .client
        .get(format!("{}/api/chats", locked.house.url));
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    request.send().await.unwrap().status().as_u16()
}

/// What administrators do.
async fn administer(locked: &Locked, as_whom: &[(&str, &str)], form: &[(&str, &str)]) -> u16 {
    let request = locked
        .house
        .client
        .post(format!("{}/admin", locked.house.url));
    let request = as_whom.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    no_redirects(request.form(form)).await.status().as_u16()
}

#[tokio::test]
async fn the_first_who_is_named_looks_after_the_others_and_has_what_was_there() {
    let house = House::open().await;
    crate::support::ask(&house, json!({"text": "Before.", "model": "sim:tokens=3"})).await;
    let data = house.close().await;
    let folder = data.path().to_str().unwrap();
    let locked = self::house(&["--data-dir", folder]).await;
    // Somebody whom the proxy lets pass without a name is nobody.
    for nobody in [&[][..], &[("remote-user", "")], &[("remote-user", "  ")]] {
        assert_eq!(status(&locked, nobody).await, 401, "{nobody:?}");
    }
    let anna = [("remote-user", "Anna")];
    let page = account(&locked, &anna).await;
    assert!(page.contains("Signed in as Anna"), "{page}");
    // The proxy signs people in and out, and knows their passwords.
    for hidden in ["Change the password", "Second factor", "Sign out"] {
        assert!(!page.contains(hidden), "{hidden}");
    }
    assert!(page.contains("Keys for programs"));
    assert_eq!(get(&locked, "/admin", &anna).await.status(), 200);
    let chats = request(&locked, "/api/chats", &anna).send().await.unwrap();
    let chats: Value = chats.json().await.unwrap();
    assert_eq!(chats["chats"][0]["title"], "Before.");
    // Another one is another one, and a user.
    let berta = [("remote-user", "berta")];
    assert!(
        account(&locked, &berta)
            .await
            .contains("Signed in as berta")
    );
    assert_eq!(get(&locked, "/admin", &berta).await.status(), 403);
    let chats = request(&locked, "/api/chats", &berta).send().await.unwrap();
    let chats: Value = chats.json().await.unwrap();
    assert_eq!(chats["chats"], json!([]));
    // A proxy may tell people apart by the case of their letters: nobody is somebody else by that.
    for other in ["ANNA", "anna"] {
        let other = request(&locked, "/api/chats", &[("remote-user", other)]);
        let refused = other.send().await.unwrap();
        assert_eq!(refused.status(), 401);
        let text = refused.text().await.unwrap();
        assert!(
            text.contains("otherwise than the account <code>Anna</code>"),
            "{text}"
        );
    }
    assert_eq!(locked.events().await, ["set_up", "joined"]);
}

#[tokio::test]
async fn who_is_not_listed_is_not_believed() {
    let forger = Locked::by("header", &["--trusted-proxy", "192.0.2.1"]).await;
    forger.add("anna").await;
    for headers in [
        &[("remote-user", "anna")][..],
        &[("remote-user", "anna"), ("remote-groups", "admins")],
        // Nor is who says that a proxy has asked.
        &[("remote-user", "anna"), ("x-forwarded-for", "192.0.2.1")],
        &[("remote-user", "anna"), ("remote-user", "anna")],
        &[],
    ] {
        assert_eq!(status(&forger, headers).await, 401, "{headers:?}");
        let response = get(&forger, "/account", headers).await;
        assert_eq!(response.status(), 303, "{headers:?}");
    }
    let response = get(&forger, "/login", &[("remote-user", "anna")]).await;
    assert_eq!(response.status(), 200);
    let page = response.text().await.unwrap();
    assert!(page.contains("proxy in front of Brooklet"), "{page}");
    assert!(!page.contains("type=\"password\""));
    assert!(forger.events().await.is_empty());
}

#[tokio::test]
async fn nobody_is_two_and_a_name_is_one() {
    let locked = house(&[]).await;
    // A proxy that adds its header to that of a client lets the client say who it is.
    let two = [("remote-user", "eve"), ("remote-user", "anna")];
    assert_eq!(status(&locked, &two).await, 401);
    let response = get(&locked, "/account", &two).await;
    assert_eq!(response.headers()["location"], "/login?to=%2Faccount");
    let page = get(&locked, "/login", &two).await;
    assert_eq!(page.status(), 401);
    assert!(page.text().await.unwrap().contains("more than once"));
    let long = "x".repeat(65);
    assert_eq!(status(&locked, &[("remote-user", &long)]).await, 401);
    let bytes = [("remote-user", "Änne")];
    assert!(account(&locked, &bytes).await.contains("Änne"));
    assert_eq!(locked.events().await, ["set_up"]);
}

#[tokio::test]
async fn a_header_of_another_name_is_no_name() {
    let locked = house(&["--auth-header", "X-Auth-User"]).await;
    assert_eq!(status(&locked, &[("remote-user", "anna")]).await, 401);
    let anna = [("x-auth-user", "anna"), ("remote-user", "eve")];
    assert!(account(&locked, &anna).await.contains("Signed in as anna"));
}

#[tokio::test]
async fn a_password_is_of_no_use_there_nor_is_a_link() {
    let locked = house(&[]).await;
    locked.add("anna").await;
    let browser = locked.browser();
    let response = browser.sign_in("anna", PASSWORD).await;
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers()["location"], "/login");
    assert!(!response.headers().contains_key("set-cookie"));
    assert!(!browser.is_in().await);
    let link = locked.set_up_link().await;
    assert_eq!(browser.get(&link).await.status(), 404);
    let secret = link.split_once('=').unwrap().1;
    let form = [("link", secret), ("name", "eve"), ("password", PASSWORD)];
    assert_eq!(browser.post("/join", &form).await.status(), 404);
    // The account itself is who is named so.
    let anna = [("remote-user", "anna")];
    let id = id_of(&locked, "anna").await;
    assert_eq!(get(&locked, "/admin", &anna).await.status(), 200);
    for form in [&[("do", "invite")][..], &[("do", "reset"), ("id", &id)]] {
        assert_eq!(administer(&locked, &anna, form).await, 400, "{form:?}");
    }
}

#[tokio::test]
async fn a_session_from_before_is_none() {
    let before = Locked::open().await;
    let browser = before.somebody("anna").await;
    let response = browser.sign_in("anna", PASSWORD).await;
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split_once(';').unwrap().0.to_owned();
    let data = before.house.close().await;
    let locked = house(&["--data-dir", data.path().to_str().unwrap()]).await;
    assert_eq!(status(&locked, &[("cookie", &cookie)]).await, 401);
    let berta = [("remote-user", "berta"), ("cookie", &cookie)];
    assert!(account(&locked, &berta).await.contains("as berta"));
}

#[tokio::test]
async fn the_role_follows_the_group_and_somebody_stays_administrator() {
    let locked = house(&["--admin-group", "chat admins"]).await;
    let who = |name, groups| [("remote-user", name), ("remote-groups", groups)];
    // Nobody becomes administrator by being the first.
    let berta = who("berta", "users");
    assert_eq!(status(&locked, &berta).await, 401);
    let page = get(&locked, "/login", &berta).await.text().await.unwrap();
    assert!(page.contains("somebody of the group chat admins"), "{page}");
    assert!(locked.events().await.is_empty());
    let anna = who("anna", "users, chat admins");
    assert_eq!(get(&locked, "/admin", &anna).await.status(), 200);
    assert_eq!(get(&locked, "/admin", &berta).await.status(), 403);
    // Part of a name is none.
    let almost = who("berta", "admins,chat,Chat Admins");
    assert_eq!(get(&locked, "/admin", &almost).await.status(), 403);
    // She would be the last one, and stays.
    let demoted = who("anna", "users");
    assert_eq!(get(&locked, "/admin", &demoted).await.status(), 200);
    let promoted = who("berta", "chat admins");
    assert_eq!(get(&locked, "/admin", &promoted).await.status(), 200);
    locked.later(1);
    assert_eq!(get(&locked, "/admin", &demoted).await.status(), 403);
    assert_eq!(get(&locked, "/admin", &promoted).await.status(), 200);
    assert_eq!(
        locked.events().await,
        ["set_up", "joined", "role_changed", "role_changed"]
    );
    // A second line of groups may be the client's own.
    let two = [&promoted[..], &[("remote-groups", "users")]].concat();
    assert_eq!(status(&locked, &two).await, 401);
}

#[tokio::test]
async fn without_a_group_of_administrators_groups_say_nothing() {
    let locked = house(&[]).await;
    account(&locked, &[("remote-user", "anna")]).await;
    let berta = [("remote-user", "berta"), ("remote-groups", "admins")];
    assert_eq!(get(&locked, "/admin", &berta).await.status(), 403);
    let (anna, id) = ([("remote-user", "anna")], id_of(&locked, "berta").await);
    let form = [("do", "role"), ("id", &*id), ("role", "admin")];
    assert_eq!(administer(&locked, &anna, &form).await, 303);
    assert_eq!(get(&locked, "/admin", &berta).await.status(), 200);
}

#[tokio::test]
async fn a_page_that_asks_for_much_at_first_sight_is_one_person() {
    let locked = house(&[]).await;
    let anna = [("remote-user", "anna")];
    let asked = std::iter::repeat_with(|| status(&locked, &anna)).take(20);
    let answers = futures_util::future::join_all(asked).await;
    assert_eq!(answers, [200; 20]);
    assert_eq!(locked.events().await, ["set_up"]);
}

#[tokio::test]
async fn who_is_disabled_stays_out_and_is_told_so() {
    let locked = house(&[]).await;
    let (anna, berta) = ([("remote-user", "anna")], [("remote-user", "berta")]);
    account(&locked, &anna).await;
    account(&locked, &berta).await;
    let id = id_of(&locked, "berta").await;
    let form = [("do", "disable"), ("id", &*id)];
    assert_eq!(administer(&locked, &anna, &form).await, 303);
    assert_eq!(status(&locked, &berta).await, 401);
    let page = get(&locked, "/login", &berta).await.text().await.unwrap();
    assert!(page.contains("This account is disabled"), "{page}");
    let form = [("do", "enable"), ("id", &*id)];
    assert_eq!(administer(&locked, &anna, &form).await, 303);
    assert_eq!(status(&locked, &berta).await, 200);
}

#[tokio::test]
async fn programs_have_keys_as_ever() {
    let locked = house(&[]).await;
    let anna = [("remote-user", "anna")];
    let request = locked
        .house
        .client
        .post(format!("{}/account", locked.house.url));
    let form = [("do", "make_key"), ("name", "script"), ("read", "yes")];
    let page = request.header("remote-user", "anna").form(&form);
    let page = no_redirects(page).await.text().await.unwrap();
    let key = super::between(&page, "<li><code>", "</code>");
    let bearer = format!("Bearer {key}");
    assert_eq!(status(&locked, &[("authorization", &bearer)]).await, 200);
    let wrong = [("authorization", "Bearer brooklet_x"), anna[0]];
    assert_eq!(status(&locked, &wrong).await, 401);
    // What a proxy knows people by itself may come along.
    let token = [("authorization", "Bearer eyJhbGciOi.x.y"), anna[0]];
    assert_eq!(status(&locked, &token).await, 200);
}

#[tokio::test]
async fn without_a_listed_proxy_it_does_not_start() {
    let data = TempDir::new().unwrap();
    let start = ["--listen", "127.0.0.1:0", "--auth", "header"];
    let why = refused(data.path(), &start).await;
    assert!(why.contains("--trusted-proxy"), "{why}");
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0);
}
