//! The second factor.

use brooklet::server::accounts::totp;

use super::{Browser, Locked, PASSWORD, between};

/// Turns it on; gives the secret, and the codes for when it is lost.
pub(crate) async fn turn_on(locked: &Locked, browser: &Browser) -> (Vec<u8>, Vec<String>) {
    let response = browser.post("/account", &[("do", "begin_second")]).await;
    let page = response.text().await.unwrap();
    assert!(page.contains("<svg"), "a picture to scan");
    let spelled = between(&page, "name=\"secret\" value=\"", "\"").to_owned();
    let secret = totp::unspelled(&spelled).unwrap();
    for (code, password, status) in [
        ("000000".to_owned(), PASSWORD, 403),
        (code(locked, &secret), "wrong", 403),
        (code(locked, &secret), PASSWORD, 200),
    ] {
        let form = [
            ("do", "second"),
            ("secret", &*spelled),
            ("code", &*code),
            ("password", password),
        ];
        let response = browser.post("/account", &form).await;
        assert_eq!(response.status(), status, "{code} {password}");
        if status == 200 {
            let page = response.text().await.unwrap();
            let list = between(&page, "class=\"once\"", "</section>");
            let codes = list.split("<li><code>").skip(1);
            let codes = codes.map(|it| it.split_once('<').unwrap().0.to_owned());
            return (secret, codes.collect());
        }
        // What was scanned is still there.
        assert!(response.text().await.unwrap().contains(&spelled));
    }
    unreachable!()
}

fn code(locked: &Locked, secret: &[u8]) -> String {
    let step = i64::try_from(locked.clock.now() / 30_000).unwrap();
    format!("{:06}", totp::code(secret, step))
}

async fn sign_in(browser: &Browser, code: &str) -> u16 {
    let form = [("name", "anna"), ("password", PASSWORD), ("code", code)];
    browser.post("/login", &form).await.status().as_u16()
}

#[tokio::test]
async fn the_password_alone_is_not_enough_any_more() {
    let locked = Locked::open().await;
    let anna = locked.somebody("anna").await;
    let (secret, codes) = turn_on(&locked, &anna).await;
    assert_eq!(codes.len(), 10);
    let other = locked.browser();
    assert_eq!(sign_in(&other, "").await, 401);
    // The one that turned it on has been used.
    assert_eq!(sign_in(&other, &code(&locked, &secret)).await, 401);
    locked.later(60);
    let now = code(&locked, &secret);
    assert_eq!(sign_in(&other, &now).await, 303);
    assert_eq!(sign_in(&locked.browser(), &now).await, 401);
    // Each code for when it is lost is good once.
    let typed = codes[3].to_uppercase();
    assert_eq!(sign_in(&locked.browser(), &typed).await, 303);
    assert_eq!(sign_in(&locked.browser(), &codes[3]).await, 401);
    assert!(locked.events().await.contains(&"code_refused".to_owned()));
    // Who has a new password by a link is asked for it too.
    let id = super::id_of(&locked, "anna").await;
    let form = [("do", "reset"), ("id", &*id)];
    let page = anna.post("/admin", &form).await.text().await.unwrap();
    let link = between(&page, "link=", "<").to_owned();
    let form = [("link", &*link), ("password", PASSWORD)];
    let response = locked.browser().post("/join", &form).await;
    assert_eq!(response.headers()["location"], "/login");
    assert!(!response.headers().contains_key("set-cookie"));
    assert!(!anna.is_in().await);
    locked.later(60);
    let other = locked.browser();
    assert_eq!(sign_in(&other, &code(&locked, &secret)).await, 303);
    // Without it the password is enough again.
    locked.later(60);
    for (typed, status) in [("", 403), ("000000", 403), (&*code(&locked, &secret), 303)] {
        let form = [
            ("do", "drop_second"),
            ("password", PASSWORD),
            ("code", typed),
        ];
        assert_eq!(other.post("/account", &form).await.status(), status);
    }
    assert_eq!(sign_in(&locked.browser(), "").await, 303);
}

#[tokio::test]
async fn codes_are_not_guessed_even_by_who_knows_the_password() {
    let locked = Locked::open().await;
    let anna = locked.somebody("anna").await;
    let (secret, codes) = turn_on(&locked, &anna).await;
    locked.later(60);
    for (wait, status) in [
        (0, 401),
        (0, 401),
        (0, 401),
        (0, 401),
        (0, 401),
        (0, 429),
        (60, 401),
    ] {
        locked.later(wait);
        assert_eq!(sign_in(&locked.browser(), "000000").await, status);
    }
    // A right one waits too, as long as nobody knows that it is.
    assert_eq!(sign_in(&locked.browser(), &codes[0]).await, 429);
    locked.later(60);
    assert_eq!(
        sign_in(&locked.browser(), &code(&locked, &secret)).await,
        303
    );
}

/// Whoever finds a browser open, and knows the password, does not take the account along.
#[tokio::test]
async fn who_has_one_shows_it_for_a_new_password_and_for_a_key() {
    let locked = Locked::with(&["--trusted-proxy", "127.0.0.1"]).await;
    let anna = locked.somebody("anna").await;
    let (secret, codes) = turn_on(&locked, &anna).await;
    // Who knows the password and tries codes elsewhere does not keep her waiting here.
    let mut last = 0;
    for _ in 0..8 {
        let form = [("name", "anna"), ("password", PASSWORD), ("code", "000000")];
        let url = format!("{}/login", locked.house.url);
        let elsewhere = locked.house.client.post(url).form(&form);
        let tried = elsewhere.header("x-forwarded-for", "192.0.2.9").send();
        last = tried.await.unwrap().status().as_u16();
    }
    assert_eq!(last, 429);
    let form = [
        ("do", "password"),
        ("password", PASSWORD),
        ("new", PASSWORD),
        ("code", &*codes[0]),
    ];
    assert_eq!(anna.post("/account", &form).await.status(), 200);
    locked.later(60);
    // A code is not used up for a password that will not do.
    let form = [
        ("do", "password"),
        ("password", PASSWORD),
        ("new", "short"),
        ("code", &*code(&locked, &secret)),
    ];
    assert_eq!(anna.post("/account", &form).await.status(), 400);
    for form in [
        &[("do", "password"), ("new", "eleven grey herons")][..],
        &[("do", "make_key"), ("name", "script"), ("chat", "yes")],
    ] {
        // What was used for the one before is no good for the next.
        locked.later(60);
        let right = code(&locked, &secret);
        for (typed, status) in [("", 403), ("000000", 403), (&*right, 200), (&*right, 403)] {
            let shown = [("password", PASSWORD), ("code", typed)];
            let response = anna.post("/account", &[form, &shown].concat()).await;
            assert_eq!(response.status(), status, "{form:?} {typed}");
        }
        if form[0].1 == "password" {
            // Back to the one that all tests know.
            locked.later(60);
            let form = [
                ("do", "password"),
                ("password", "eleven grey herons"),
                ("new", PASSWORD),
                ("code", &*code(&locked, &secret)),
            ];
            assert_eq!(anna.post("/account", &form).await.status(), 200);
        }
    }
}
