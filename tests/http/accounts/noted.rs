//! What anybody can have happen as often as they like: it is noted, and fills nothing.

use super::{Locked, keys};

/// How often each of these is in the list of what has happened.
async fn counts<const N: usize>(locked: &Locked, kinds: [&str; N]) -> [usize; N] {
    let events = locked.events().await;
    kinds.map(|kind| events.iter().filter(|it| *it == kind).count())
}

#[tokio::test]
async fn keys_that_are_no_good_and_tries_that_wait_are_noted_once_in_a_while() {
    let locked = Locked::with(&["--trusted-proxy", "127.0.0.1"]).await;
    let anna = locked.somebody("anna").await;
    let key = keys::make(&anna, "script", &["read"], "1").await;
    locked.later(24 * 60 * 60);
    let kinds = ["key_refused", "slowed"];
    let ask = async |key: &str, from: &str| {
        let url = format!("{}/api/chats", locked.house.url);
        let request = locked.house.client.get(url).bearer_auth(key);
        let answer = request.header("x-forwarded-for", from).send().await;
        answer.unwrap().status().as_u16()
    };
    for _ in 0..5 {
        assert_eq!(ask("brooklet_none", "192.0.2.1").await, 401);
    }
    assert_eq!(counts(&locked, kinds).await, [1, 0]);
    // Of a key that has expired it is known whose it was.
    assert_eq!(ask(&key, "192.0.2.2").await, 401);
    assert_eq!(counts(&locked, kinds).await, [2, 0]);
    locked.later(10 * 60);
    assert_eq!(ask("brooklet_none", "192.0.2.1").await, 401);
    assert_eq!(counts(&locked, kinds).await, [3, 0]);
    let browser = locked.browser();
    for _ in 0..9 {
        browser.sign_in("anna", "wrong").await;
    }
    assert_eq!(counts(&locked, kinds).await, [3, 1]);
    assert_eq!(anna.sign_in("anna", super::PASSWORD).await.status(), 429);
    locked.later(60);
    assert_eq!(anna.sign_in("anna", super::PASSWORD).await.status(), 303);
    let page = anna.text("/admin").await;
    for sentence in [
        "Key refused<!></th><td>anna</td><td>192.0.2.2</td><td>script</td>",
        "Told to wait after wrong tries<!></th><td>anna</td>",
    ] {
        assert!(page.contains(sentence), "{sentence} in {page}");
    }
}
