//! Coming in, and going.

use serde_json::json;

use super::{Locked, PASSWORD, between};
use crate::support::House;

#[tokio::test]
async fn the_first_account_is_made_by_the_link_and_has_what_was_there() {
    // What was there before there were accounts.
    let house = House::open().await;
    crate::support::ask(&house, json!({"text": "Before.", "model": "sim:tokens=3"})).await;
    let data = house.close().await;
    let folder = data.path().to_str().unwrap();
    let locked = Locked::with(&["--data-dir", folder]).await;
    let browser = locked.browser();
    assert!(browser.text("/login").await.contains("no account yet"));
    let link = locked.set_up_link().await;
    let page = browser.text(&link).await;
    assert!(page.contains("Make the first account"));
    let secret = between(&link, "link=", "&");
    for (name, password, status) in [
        ("", PASSWORD, 400),
        ("anna", "password", 400),
        ("anna", "anna1234", 400),
        ("anna", PASSWORD, 303),
    ] {
        let form = [("link", secret), ("name", name), ("password", password)];
        let response = browser.post("/join", &form).await;
        assert_eq!(response.status(), status, "{name} {password}");
    }
    assert!(browser.text("/account").await.contains("Signed in as anna"));
    assert_eq!(browser.get("/admin").await.status(), 200);
    let chats: serde_json::Value = browser.get("/api/chats").await.json().await.unwrap();
    assert_eq!(chats["chats"][0]["title"], "Before.");
    // It is good once, and no other start's is good any more.
    let again = [("link", secret), ("name", "eve"), ("password", PASSWORD)];
    assert_eq!(locked.browser().post("/join", &again).await.status(), 404);
    assert_eq!(locked.browser().get(&link).await.status(), 404);
    assert_eq!(locked.events().await, ["set_up", "signed_in"]);
}

#[tokio::test]
async fn a_link_for_the_first_account_is_no_good_once_there_is_one() {
    let locked = Locked::open().await;
    let link = locked.set_up_link().await;
    assert_eq!(locked.browser().get(&link).await.status(), 200);
    locked.add("anna").await;
    assert_eq!(locked.browser().get(&link).await.status(), 404);
    let secret = between(&link, "link=", "&");
    let form = [("link", secret), ("name", "eve"), ("password", PASSWORD)];
    assert_eq!(locked.browser().post("/join", &form).await.status(), 404);
}

#[tokio::test]
async fn names_are_what_can_be_told_apart() {
    let locked = Locked::open().await;
    locked.add("anna").await;
    let link = locked.set_up_link().await;
    let secret = between(&link, "link=", "&");
    for name in [
        "an\u{200b}na",
        "\u{202e}anna",
        "an\nna",
        " ANNA ",
        "ａｎｎａ",
        &"x".repeat(65),
    ] {
        let form = [("link", secret), ("name", name), ("password", PASSWORD)];
        let response = locked.browser().post("/join", &form).await;
        assert_eq!(response.status(), 400, "{name:?}");
    }
    // However long it is, it is answered.
    let long = "\u{fdfa}".repeat(1_000_000);
    assert_eq!(locked.browser().sign_in(&long, "x").await.status(), 401);
}

#[tokio::test]
async fn a_session_is_a_cookie_that_no_script_reads_and_lasts_as_long_as_it_is_used() {
    let locked = Locked::open().await;
    locked.add("Anna").await;
    let browser = locked.browser();
    assert!(!browser.is_in().await);
    // Names do not differ by their letters' case.
    let response = browser.sign_in(" anna ", PASSWORD).await;
    assert_eq!(response.status(), 303);
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    let flags = cookie.split_once(';').unwrap().1;
    assert_eq!(flags, " Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax");
    let secret = between(cookie, "brooklet=", ";").to_owned();
    assert_eq!(secret.len(), 43);
    assert!(browser.is_in().await);
    // Of the secret itself nothing is kept.
    let file = std::fs::read(locked.house.data.path().join("brooklet.db")).unwrap();
    let wal = std::fs::read(locked.house.data.path().join("brooklet.db-wal")).unwrap();
    for kept in [file, wal] {
        let found = kept.windows(secret.len()).any(|it| it == secret.as_bytes());
        assert!(!found);
        assert!(
            !kept
                .windows(PASSWORD.len())
                .any(|it| it == PASSWORD.as_bytes())
        );
    }
    // Each use makes it last; without any it is over after thirty days, and in any case after half a year.
    let day = 24 * 60 * 60;
    for _ in 0..7 {
        locked.later(25 * day);
        assert!(browser.is_in().await);
        locked.until_seen().await;
    }
    locked.later(10 * day);
    assert!(!browser.is_in().await);
    assert_eq!(browser.sign_in("anna", PASSWORD).await.status(), 303);
    locked.later(30 * day + 1);
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn a_sign_in_makes_a_new_session_and_a_sign_out_ends_it() {
    let locked = Locked::open().await;
    let browser = locked.somebody("anna").await;
    let secret = |response: &reqwest::Response| {
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        between(cookie, "brooklet=", ";").to_owned()
    };
    // What somebody has put into the browser becomes nobody's session.
    let planted = "A".repeat(43);
    let request = locked
        .house
        .client
        .post(format!("{}/login", locked.house.url));
    let request = request.header("cookie", format!("brooklet={planted}"));
    let form = [("name", "anna"), ("password", PASSWORD)];
    let response = super::no_redirects(request.form(&form)).await;
    assert_eq!(response.status(), 303);
    assert_ne!(secret(&response), planted);
    // The one from before a sign-in is over after it.
    let first = secret(&browser.sign_in("anna", PASSWORD).await);
    let second = secret(&browser.sign_in("anna", PASSWORD).await);
    assert_ne!(first, second);
    for (secret, status) in [(&first, 303), (&second, 200)] {
        let request = locked
            .house
            .client
            .get(format!("{}/account", locked.house.url));
        let request = request.header("cookie", format!("brooklet={secret}"));
        let request = request.header("accept", "text/html");
        assert_eq!(super::no_redirects(request).await.status(), status);
    }
    let response = browser.post("/logout", &[]).await;
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("Max-Age=0"), "{cookie}");
    let request = locked
        .house
        .client
        .get(format!("{}/api/chats", locked.house.url));
    let request = request.header("cookie", format!("brooklet={second}"));
    assert_eq!(request.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn no_other_site_signs_anybody_in_or_out() {
    let locked = Locked::open().await;
    let browser = locked.somebody("anna").await;
    for path in ["/login", "/logout", "/join", "/account", "/admin", "/ask"] {
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let request = browser.client.post(format!("{}{path}", browser.url));
            let form = [
                ("name", "anna"),
                ("password", PASSWORD),
                ("do", "end_others"),
            ];
            let response = request
                .header(name, value)
                .form(&form)
                .send()
                .await
                .unwrap();
            assert_eq!(response.status(), 403, "{path} {name}: {value}");
        }
    }
    assert!(browser.is_in().await);
}

#[tokio::test]
async fn wrong_passwords_are_slowed_and_nobody_is_locked_out() {
    let locked = Locked::open().await;
    locked.add("anna").await;
    let browser = locked.browser();
    for name in ["anna", "nobody"] {
        let mut answers = Vec::new();
        for _ in 0..6 {
            let response = browser.sign_in(name, "wrong").await;
            answers.push(response.status().as_u16());
            if response.status() == 429 {
                assert_eq!(response.headers()["retry-after"], "1");
            }
        }
        assert_eq!(answers, [401, 401, 401, 401, 401, 429], "{name}");
    }
    // The right one waits too, but not for ever.
    assert_eq!(browser.sign_in("anna", PASSWORD).await.status(), 429);
    locked.later(1);
    assert_eq!(browser.sign_in("anna", PASSWORD).await.status(), 303);
    assert_eq!(browser.sign_in("anna", "wrong").await.status(), 401);
}

#[tokio::test]
async fn no_answer_tells_whether_a_name_exists() {
    let locked = Locked::open().await;
    locked.add("anna").await;
    let mut answers = Vec::new();
    for name in ["anna", "nobody"] {
        for _ in 0..7 {
            let response = locked.browser().sign_in(name, "wrong").await;
            let (status, headers) = (response.status(), response.headers().clone());
            let wait = headers.get("retry-after").cloned();
            let text = response.text().await.unwrap().replace(name, "NAME");
            answers.push((status, wait, text));
        }
    }
    let (known, unknown) = answers.split_at(7);
    assert_eq!(known, unknown);
}

#[tokio::test]
async fn a_new_password_ends_what_was_signed_in_elsewhere() {
    let locked = Locked::open().await;
    let here = locked.somebody("anna").await;
    let there = locked.browser();
    there.sign_in("anna", PASSWORD).await;
    let new = "eleven grey herons";
    for (old, new, status) in [
        ("wrong", new, 403),
        (PASSWORD, "password", 400),
        (PASSWORD, new, 200),
    ] {
        let form = [("do", "password"), ("password", old), ("new", new)];
        assert_eq!(
            here.post("/account", &form).await.status(),
            status,
            "{old} {new}"
        );
    }
    assert!(here.is_in().await);
    assert!(!there.is_in().await);
    assert_eq!(there.sign_in("anna", PASSWORD).await.status(), 401);
    assert_eq!(there.sign_in("anna", new).await.status(), 303);
    // One by one, too.
    let page = here.text("/account").await;
    let id = between(
        between(&page, "Where you are signed in", "Sign out everywhere"),
        "name=\"id\" value=\"",
        "\"",
    );
    here.post("/account", &[("do", "end"), ("id", id)]).await;
    assert!(here.is_in().await);
    assert!(!there.is_in().await);
}

#[tokio::test]
async fn sessions_survive_a_restart() {
    let locked = Locked::open().await;
    let browser = locked.somebody("anna").await;
    let response = browser.sign_in("anna", PASSWORD).await;
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    let secret = between(cookie, "brooklet=", ";").to_owned();
    let (house, clock) = (locked.house, locked.clock);
    let data = house.close().await;
    let folder = data.path().to_str().unwrap();
    let again = House::at(&["--auth", "password", "--data-dir", folder], clock).await;
    let request = again.client.get(format!("{}/api/chats", again.url));
    let request = request.header("cookie", format!("brooklet={secret}"));
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn behind_tls_the_cookie_goes_by_tls_alone() {
    let locked = Locked::with(&["--public-url", "https://chat.example/"]).await;
    locked.add("anna").await;
    let response = locked.browser().sign_in("anna", PASSWORD).await;
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("__Host-brooklet=") && cookie.ends_with("; Secure"),
        "{cookie}"
    );

    // What a neighbour of the same domain has put there is not looked at.
    let plain = Locked::open().await;
    let secret = plain.somebody("anna").await.sign_in("anna", PASSWORD).await;
    let secret = between(
        secret.headers()["set-cookie"].to_str().unwrap(),
        "brooklet=",
        ";",
    )
    .to_owned();
    let (again, _) = plain
        .again(&locked.browser(), &["--public-url", "https://chat.example"])
        .await;
    for (name, status) in [("brooklet", 401), ("__Host-brooklet", 200)] {
        let request = again
            .house
            .client
            .get(format!("{}/api/chats", again.house.url));
        let request = request.header("cookie", format!("{name}={secret}"));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{name}");
        assert_eq!(
            response.headers()["strict-transport-security"],
            "max-age=31536000"
        );
    }

    let locked = Locked::with(&["--trusted-proxy", "127.0.0.1"]).await;
    locked.add("anna").await;
    for (told, secure) in [("https", true), ("http", false)] {
        let request = locked
            .house
            .client
            .post(format!("{}/login", locked.house.url));
        let request = request.header("x-forwarded-proto", told);
        let response =
            super::no_redirects(request.form(&[("name", "anna"), ("password", PASSWORD)])).await;
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        assert_eq!(cookie.ends_with("; Secure"), secure, "{cookie}");
    }
}
