//! What administrators do.

use super::{Locked, PASSWORD, between, id_of};

#[tokio::test]
async fn an_invitation_lets_one_in_once() {
    let locked = Locked::open().await;
    let admin = locked.somebody("admin").await;
    for (role, is_admin) in [("user", 403), ("admin", 200)] {
        let response = admin
            .post("/admin", &[("do", "invite"), ("role", role)])
            .await;
        assert_eq!(response.status(), 200);
        let page = response.text().await.unwrap();
        let link = between(&page, "<li><code>", "</code>").to_owned();
        let path = link.strip_prefix(&locked.house.url).unwrap();
        let guest = locked.browser();
        assert!(guest.text(path).await.contains("invited"));
        let secret = between(path, "link=", "&");
        let taken = [("link", secret), ("name", "ADMIN"), ("password", PASSWORD)];
        assert_eq!(guest.post("/join", &taken).await.status(), 400);
        let form = [("link", secret), ("name", role), ("password", PASSWORD)];
        let form = form.map(|(name, value)| {
            (
                name,
                if value == role {
                    if role == "admin" { "second" } else { "guest" }
                } else {
                    value
                },
            )
        });
        assert_eq!(guest.post("/join", &form).await.status(), 303);
        assert!(guest.is_in().await);
        assert_eq!(guest.get("/admin").await.status(), is_admin);
        assert_eq!(locked.browser().get(path).await.status(), 404);
    }
    // One that is taken back, or too old, lets nobody in.
    for old in [false, true] {
        let page = admin
            .post("/admin", &[("do", "invite")])
            .await
            .text()
            .await
            .unwrap();
        let link = between(&page, "<li><code>", "</code>");
        let path = link.strip_prefix(&locked.house.url).unwrap().to_owned();
        if old {
            locked.later(3 * 24 * 60 * 60 + 1);
        } else {
            let id = between(
                between(&page, "Good until", "</table>"),
                "name=\"id\" value=\"",
                "\"",
            )
            .to_owned();
            admin
                .post("/admin", &[("do", "take_back"), ("id", &id)])
                .await;
        }
        assert_eq!(locked.browser().get(&path).await.status(), 404);
    }
}

#[tokio::test]
async fn who_is_disabled_is_out_at_once_and_there_is_always_an_administrator() {
    let locked = Locked::open().await;
    let admin = locked.somebody("admin").await;
    let anna = locked.somebody("anna").await;
    let (own, id) = (id_of(&locked, "admin").await, id_of(&locked, "anna").await);
    for what in ["disable", "delete", "role"] {
        let form = [
            ("do", what),
            ("id", &*own),
            ("name", "admin"),
            ("role", "user"),
        ];
        assert_eq!(admin.post("/admin", &form).await.status(), 400, "{what}");
    }
    // Who is none may do none of it.
    for what in ["disable", "delete", "role", "reset", "invite"] {
        let form = [
            ("do", what),
            ("id", &*own),
            ("name", "admin"),
            ("role", "admin"),
        ];
        assert_eq!(anna.post("/admin", &form).await.status(), 403, "{what}");
    }
    assert_eq!(
        admin
            .post("/admin", &[("do", "disable"), ("id", &id)])
            .await
            .status(),
        303
    );
    assert!(!anna.is_in().await);
    assert_eq!(anna.sign_in("anna", PASSWORD).await.status(), 401);
    admin.post("/admin", &[("do", "enable"), ("id", &id)]).await;
    assert_eq!(anna.sign_in("anna", PASSWORD).await.status(), 303);
    admin
        .post("/admin", &[("do", "role"), ("id", &id), ("role", "admin")])
        .await;
    assert_eq!(anna.get("/admin").await.status(), 200);
    assert_eq!(
        anna.post("/admin", &[("do", "role"), ("id", &own), ("role", "user")])
            .await
            .status(),
        303
    );
    assert_eq!(admin.get("/admin").await.status(), 403);
}

#[tokio::test]
async fn what_is_written_for_who_is_disabled_ends_and_so_do_their_invitations() {
    let locked = Locked::open().await;
    let first = locked.somebody("first").await;
    let second = locked.somebody("second").await;
    let id = id_of(&locked, "second").await;
    first
        .post("/admin", &[("do", "role"), ("id", &id), ("role", "admin")])
        .await;
    let page = second.post("/admin", &[("do", "invite")]).await;
    let page = page.text().await.unwrap();
    let link = between(&page, "link=", "<").to_owned();
    let asking = serde_json::json!({"text": "hi", "model": "sim:tokens=100000,rate=20"});
    let asked = second.call("/api/ask", &asking).await;
    let asked: serde_json::Value = asked.json().await.unwrap();
    let generation = asked["generation"].as_str().unwrap();
    let stream = second
        .get(&format!("/api/follow?generation={generation}"))
        .await;
    // What a program of theirs is being answered, too.
    let key = super::keys::make(&second, "script", &["chat"], "").await;
    let request = locked
        .house
        .client
        .post(format!("{}/api/chat", locked.house.url));
    let body = serde_json::json!({"message": "hi", "model": "sim:tokens=100000,rate=20"});
    let program = request.bearer_auth(key).json(&body).send().await.unwrap();
    first
        .post("/admin", &[("do", "disable"), ("id", &id)])
        .await;
    let ended = crate::support::Frames::of(program).all().await;
    assert_eq!(ended.last().unwrap().json["status"], "stopped");
    let frames = crate::support::Frames::of(stream).all().await;
    assert_eq!(frames.last().unwrap().json["status"], "stopped");
    let gone = locked.browser().get(&format!("/join?link={link}")).await;
    assert_eq!(gone.status(), 404);
}

#[tokio::test]
async fn who_is_signed_out_everywhere_is_out_at_once_and_comes_in_again() {
    let locked = Locked::open().await;
    let admin = locked.somebody("admin").await;
    let (anna, phone) = (locked.somebody("anna").await, locked.browser());
    assert_eq!(phone.sign_in("anna", PASSWORD).await.status(), 303);
    let key = super::keys::make(&anna, "script", &["read"], "").await;
    let id = id_of(&locked, "anna").await;
    // What has just been looked at is believed for a moment: not any more.
    assert!(anna.is_in().await && phone.is_in().await);
    let ending = [("do", "end"), ("id", &*id)];
    assert_eq!(admin.post("/admin", &ending).await.status(), 303);
    assert!(!anna.is_in().await);
    assert!(!phone.is_in().await);
    assert_eq!(anna.api("/api/chats").await.status(), 401);
    assert!(admin.is_in().await);
    // A key is no session: it is revoked by itself.
    let request = locked.house.client.get(format!("{}/api/chats", anna.url));
    let by_key = request.bearer_auth(key).send().await.unwrap();
    assert_eq!(by_key.status(), 200);
    assert_eq!(anna.sign_in("anna", PASSWORD).await.status(), 303);
    assert!(anna.is_in().await && !phone.is_in().await);
    let nobody = [("do", "end"), ("id", "x")];
    assert_eq!(admin.post("/admin", &nobody).await.status(), 404);
    let ended = |it: &&String| *it == "sessions_ended";
    assert_eq!(locked.events().await.iter().filter(ended).count(), 1);
}

#[tokio::test]
async fn a_link_for_a_new_password_ends_what_was() {
    let locked = Locked::open().await;
    let admin = locked.somebody("admin").await;
    let anna = locked.somebody("anna").await;
    let id = id_of(&locked, "anna").await;
    let page = admin.post("/admin", &[("do", "reset"), ("id", &id)]).await;
    let page = page.text().await.unwrap();
    let link = between(&page, "<li><code>", "</code>");
    let secret = between(link, "link=", "&");
    assert!(anna.is_in().await);
    let new = "eleven grey herons";
    // It is for her, whatever name is sent.
    let form = [("link", secret), ("name", "admin"), ("password", new)];
    let phone = locked.browser();
    assert_eq!(phone.post("/join", &form).await.status(), 303);
    assert!(phone.text("/account").await.contains("Signed in as anna"));
    assert!(!anna.is_in().await);
    assert_eq!(anna.sign_in("anna", PASSWORD).await.status(), 401);
    assert_eq!(admin.sign_in("admin", PASSWORD).await.status(), 303);
}

#[tokio::test]
async fn who_is_deleted_is_gone_with_all_chats_and_nobody_elses() {
    let locked = Locked::open().await;
    let admin = locked.somebody("admin").await;
    let anna = locked.somebody("anna").await;
    anna.ask("A secret.").await;
    admin.ask("Mine.").await;
    let id = id_of(&locked, "anna").await;
    let form = |name| [("do", "delete"), ("id", &*id), ("name", name)];
    assert_eq!(admin.post("/admin", &form("annna")).await.status(), 400);
    assert!(anna.is_in().await);
    assert_eq!(admin.post("/admin", &form("Anna")).await.status(), 303);
    assert!(!anna.is_in().await);
    // One of the same name is another.
    let other = locked.somebody("anna").await;
    let chats: serde_json::Value = other.get("/api/chats").await.json().await.unwrap();
    assert_eq!(chats["chats"].as_array().unwrap().len(), 0);
    let chats: serde_json::Value = admin.get("/api/chats").await.json().await.unwrap();
    assert_eq!(chats["chats"][0]["title"], "Mine.");
}

#[tokio::test]
async fn what_has_happened_is_told_to_administrators_without_secrets_and_without_what_was_said() {
    let locked = Locked::open().await;
    let admin = locked.somebody("admin").await;
    let anna = locked.somebody("anna").await;
    anna.ask("Something said.").await;
    locked.browser().sign_in("anna", "a wrong password").await;
    // A password that was typed where the name belongs is kept nowhere.
    locked.browser().sign_in("my secret password", "x").await;
    anna.post(
        "/account",
        &[
            ("do", "make_key"),
            ("name", "script"),
            ("chat", "yes"),
            ("password", PASSWORD),
        ],
    )
    .await;
    anna.post("/logout", &[]).await;
    assert_eq!(
        locked.events().await,
        [
            "signed_in",
            "signed_in",
            "refused",
            "refused",
            "key_made",
            "signed_out"
        ]
    );
    let page = admin.text("/admin").await;
    for shown in [
        "Wrong name or password",
        "Key made",
        "script",
        "Signed out",
        "127.0.0.1",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    for hidden in [
        "Something said",
        "wrong password<",
        "my secret password",
        "brooklet_",
    ] {
        assert!(!page.contains(hidden), "{hidden}");
    }
}
