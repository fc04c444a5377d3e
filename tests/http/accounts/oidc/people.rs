//! Who it is whom a provider signs in, and what they may do.

use serde_json::{Value, json};

use super::{
    super::{PASSWORD, id_of},
    fails, house, location, name,
    provider::Provider,
};
use crate::program::{done, refused};

#[tokio::test]
async fn the_role_follows_the_group_and_who_is_in_none_stays_out() {
    let provider = Provider::start().await;
    let groups = ["--admin-group", "admins", "--oidc-user-group", "chat"];
    let locked = house(&provider, &groups).await;
    let is = |sub: &str, groups: Value| {
        provider.signs_in(json!({"sub": sub, "preferred_username": sub, "groups": groups}));
    };
    let (anna, berta) = (locked.browser(), locked.browser());
    for groups in [
        json!([]),
        json!(null),
        json!(["admins"]),
        json!(["Chat", "chats"]),
    ] {
        is("anna", groups);
        fails(&anna, 403, "You are not in the group chat").await;
    }
    // Nobody becomes administrator by being the first.
    is("berta", json!(["chat"]));
    fails(
        &berta,
        401,
        "somebody of the group admins has to sign in first",
    )
    .await;
    is("anna", json!(["chat", "admins"]));
    assert_eq!(name(&anna).await, "anna");
    assert_eq!(anna.get("/admin").await.status(), 200);
    is("berta", json!(["chat"]));
    assert_eq!(name(&berta).await, "berta");
    assert_eq!(berta.get("/admin").await.status(), 403);
    // The last one stays, or nobody could look after the others.
    is("anna", json!(["chat"]));
    assert_eq!(name(&anna).await, "anna");
    assert_eq!(anna.get("/admin").await.status(), 200);
    is("berta", json!(["admins", "chat"]));
    assert_eq!(name(&berta).await, "berta");
    assert_eq!(berta.get("/admin").await.status(), 200);
    is("anna", json!(["chat"]));
    assert_eq!(name(&anna).await, "anna");
    assert_eq!(anna.get("/admin").await.status(), 403);
    // Who is not in the group any more does not come in again.
    anna.post("/logout", &[]).await;
    is("anna", json!(["admins"]));
    fails(&anna, 403, "You are not in the group chat").await;
}

#[tokio::test]
async fn nobody_becomes_another_by_a_name_or_an_address() {
    let provider = Provider::start().await;
    let locked = house(&provider, &[]).await;
    // Accounts from before the provider, of which the first looks after the others.
    locked.add("anna").await;
    locked.add("anna@a.example").await;
    let claims = |sub: &str| json!({"sub": sub, "preferred_username": "Anna", "email": "anna@a.example", "email_verified": true});
    let (one, other) = (locked.browser(), locked.browser());
    provider.signs_in(claims("1"));
    assert_eq!(name(&one).await, "Anna 2");
    assert_eq!(one.get("/admin").await.status(), 403);
    provider.signs_in(claims("2"));
    assert_eq!(name(&other).await, "Anna 3");
    one.ask("Mine.").await;
    let chats: Value = other.get("/api/chats").await.json().await.unwrap();
    assert_eq!(chats["chats"], json!([]));
    let email = json!({"sub": "3", "email": "anna@a.example"});
    provider.signs_in(email);
    assert_eq!(name(&locked.browser()).await, "anna@a.example 2");
    provider.signs_in(claims("1"));
    assert_eq!(name(&locked.browser()).await, "Anna 2");
    // Nor is the password of any use.
    let browser = locked.browser();
    let response = browser.sign_in("anna", PASSWORD).await;
    assert_eq!(location(&response), "/login");
    assert!(!browser.is_in().await);
    let link = locked.set_up_link().await;
    assert_eq!(browser.get(&link).await.status(), 404);
}

#[tokio::test]
async fn who_is_disabled_stays_out() {
    let provider = Provider::start().await;
    let locked = house(&provider, &[]).await;
    let (anna, berta) = (locked.browser(), locked.browser());
    name(&anna).await;
    provider.signs_in(json!({"sub": "2", "name": "berta"}));
    assert_eq!(name(&berta).await, "berta");
    let id = id_of(&locked, "berta").await;
    anna.post("/admin", &[("do", "disable"), ("id", &id)]).await;
    assert!(!berta.is_in().await);
    fails(&berta, 401, "This account is disabled").await;
    anna.post("/admin", &[("do", "enable"), ("id", &id)]).await;
    assert_eq!(name(&berta).await, "berta");
}

#[tokio::test]
async fn what_a_token_does_not_say_is_asked_for() {
    let provider = Provider::start().await;
    let arguments = [
        "--admin-group",
        "admins",
        "--oidc-groups-claim",
        "roles.chat",
        "--oidc-name-claim",
        "nickname",
    ];
    let locked = house(&provider, &arguments).await;
    let more = json!({"userinfo_endpoint": format!("{}/more", provider.issuer)});
    provider.scene().about = more;
    provider.signs_in(json!({"sub": "1"}));
    provider.scene().more = json!({"sub": "2", "nickname": "eve", "roles": {"chat": ["admins"]}});
    let browser = locked.browser();
    // It says who it speaks of, and that is somebody else.
    fails(&browser, 502, "does not believe").await;
    provider.scene().more = json!({"sub": "1", "nickname": "anna", "roles": {"chat": ["admins"]}});
    assert_eq!(name(&browser).await, "anna");
    assert_eq!(browser.get("/admin").await.status(), 200);
}

#[tokio::test]
async fn who_was_there_before_comes_in_as_before_once_somebody_says_who_it_is() {
    let provider = Provider::start().await;
    let locked = house(&provider, &[]).await;
    locked.add("anna").await;
    let data = locked.house.data.path();
    let subject = format!("{}|1", provider.issuer);
    for wrong in ["1", "|1", "https://id.example|", "https://id.example"] {
        let why = refused(data, &["user", "link", "anna", wrong]).await;
        assert!(why.contains("names nobody at a provider"), "{why}");
    }
    let why = refused(data, &["user", "link", "berta", &subject]).await;
    assert!(why.contains("no account berta"), "{why}");
    done(data, &["user", "link", "anna", &subject]).await;
    let browser = locked.browser();
    provider.signs_in(json!({"sub": "1", "preferred_username": "somebody"}));
    assert_eq!(name(&browser).await, "anna");
    assert_eq!(browser.get("/admin").await.status(), 200);
    let why = refused(data, &["user", "link", "anna", &subject]).await;
    assert!(why.contains("comes in as anna already"), "{why}");
    assert_eq!(locked.events().await, ["linked", "signed_in"]);
}
