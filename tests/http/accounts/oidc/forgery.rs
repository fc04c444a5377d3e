//! Others who would like to be somebody else, and providers that are none.

use serde_json::json;

use super::{
    fails, house, is_empty, leave, location, name, parameter,
    provider::{CLIENT, Key, Provider, Sign},
    there,
};

#[tokio::test]
async fn a_state_is_good_once_for_ten_minutes_and_for_one_browser() {
    let provider = Provider::start().await;
    let locked = house(&provider, &[]).await;
    let browser = locked.browser();
    let gone = "begun in another browser";
    for path in [
        "/oidc/end",
        "/oidc/end?code=x",
        "/oidc/end?code=x&state=",
        "/oidc/end?code=x&state=wrong",
        "/oidc/end?error=access_denied",
        "/oidc/end?state=%ff&code=%00",
    ] {
        let response = browser.get(path).await;
        assert_eq!(response.status(), 400, "{path}");
        assert!(response.text().await.unwrap().contains(gone), "{path}");
    }
    // The right code with the state of nobody.
    let address = leave(&browser, "/").await;
    let back = there(&browser, &address).await;
    let forged = format!("/oidc/end?code={}&state=x", parameter(&back, "code"));
    assert_eq!(browser.get(&forged).await.status(), 400);
    assert_eq!(browser.get(&back).await.status(), 303);
    // Once.
    assert_eq!(browser.get(&back).await.status(), 400);
    browser.post("/logout", &[]).await;
    // Somebody else's way back leads nobody in, and then not them either.
    let (eve, victim) = (locked.browser(), locked.browser());
    let address = leave(&eve, "/").await;
    let back = there(&eve, &address).await;
    leave(&victim, "/").await;
    assert_eq!(victim.get(&back).await.status(), 400);
    assert!(!victim.is_in().await);
    assert_eq!(eve.get(&back).await.status(), 400);
    let address = leave(&eve, "/").await;
    let back = there(&eve, &address).await;
    assert_eq!(locked.browser().get(&back).await.status(), 400);
    // Ten minutes, and no more.
    for (seconds, status) in [(599, 303), (600, 400)] {
        let address = leave(&browser, "/").await;
        let back = there(&browser, &address).await;
        locked.later(seconds);
        assert_eq!(browser.get(&back).await.status(), status, "{seconds}");
    }
    // Two tabs of one browser are away at once.
    let (one, other) = (leave(&browser, "/a").await, leave(&browser, "/b").await);
    assert_ne!(parameter(&one, "state"), parameter(&other, "state"));
    assert_ne!(parameter(&one, "nonce"), parameter(&other, "nonce"));
    for (address, to) in [(one, "/a"), (other, "/b")] {
        let back = there(&browser, &address).await;
        assert_eq!(location(&browser.get(&back).await), to);
    }
}

#[tokio::test]
async fn a_code_is_of_use_to_who_has_begun_alone() {
    let provider = Provider::start().await;
    let locked = house(&provider, &[]).await;
    // Somebody has a code of their own arrive with another's state, in the browser of that one: the verifier does not fit.
    let (eve, anna) = (locked.browser(), locked.browser());
    let address = leave(&eve, "/").await;
    let back = there(&eve, &address).await;
    let state = parameter(&leave(&anna, "/").await, "state");
    let mixed = format!("/oidc/end?code={}&state={state}", parameter(&back, "code"));
    let response = anna.get(&mixed).await;
    assert_eq!(response.status(), 401);
    assert!(!anna.is_in().await);
    // Nor does one that there is not.
    let state = parameter(&leave(&anna, "/").await, "state");
    let none = format!("/oidc/end?code=&state={state}");
    assert_eq!(anna.get(&none).await.status(), 401);
    assert!(is_empty(&locked).await);
    assert_eq!(locked.events().await, ["turned_away", "turned_away"]);
}

#[tokio::test]
async fn a_token_that_is_not_whole_lets_nobody_in() {
    let provider = Provider::start().await;
    let locked = house(&provider, &[]).await;
    let browser = locked.browser();
    let why = "could not be verified";
    let person = json!({"sub": "1", "preferred_username": "anna"});
    for wrong in [
        json!({"nonce": "another"}),
        json!({"nonce": null}),
        json!({"aud": "somebody else"}),
        json!({"aud": []}),
        // One for several says for whom of them it was made.
        json!({"aud": [CLIENT, "somebody else"]}),
        json!({"aud": [CLIENT, "somebody else"], "azp": "somebody else"}),
        json!({"azp": "somebody else"}),
        json!({"exp": 1_700_000_000}),
        json!({"iss": "https://id.example"}),
        json!({"iss": format!("{}/", provider.issuer)}),
        json!({"sub": ""}),
        json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
    ] {
        let mut claims = person.clone();
        let more = wrong.as_object().unwrap().clone();
        claims.as_object_mut().unwrap().extend(more);
        provider.signs_in(claims);
        fails(&browser, 401, why).await;
    }
    provider.signs_in(person);
    for sign in [Sign::None, Sign::Shared] {
        provider.scene().sign = sign;
        fails(&browser, 401, why).await;
    }
    provider.scene().sign = Sign::Key;
    // A key that the provider does not know of, and one that goes by the name of another.
    for name in ["unknown", "first"] {
        provider.scene().key = Key::new(name);
        fails(&browser, 401, why).await;
    }
    assert!(is_empty(&locked).await);
    let events = locked.events().await;
    assert!(events.iter().all(|it| it == "turned_away"), "{events:?}");
    // The provider signs by that key from now on: it is asked for its keys again.
    let key = provider.scene().key.public();
    provider.scene().published = vec![key];
    assert_eq!(name(&browser).await, "anna");
    let asked = provider.scene().asked;
    assert_eq!(name(&browser).await, "anna");
    assert_eq!(provider.scene().asked, asked);
    let several = json!({"sub": "1", "aud": ["somebody else", CLIENT], "azp": CLIENT});
    provider.signs_in(several);
    assert_eq!(name(&browser).await, "anna");
}

#[tokio::test]
async fn keys_that_were_taken_back_are_not_believed_for_ever() {
    let provider = Provider::start().await;
    let locked = house(&provider, &[]).await;
    let browser = locked.browser();
    assert_eq!(name(&browser).await, "anna");
    provider.scene().published = vec![Key::new("second").public()];
    browser.post("/logout", &[]).await;
    locked.later(60 * 60);
    fails(&browser, 401, "could not be verified").await;
}

#[tokio::test]
async fn a_provider_that_says_it_is_another_is_not_believed() {
    let provider = Provider::start().await;
    let locked = house(&provider, &[]).await;
    let browser = locked.browser();
    provider.scene().about = json!({"issuer": "https://id.example"});
    let response = browser.get("/login").await;
    assert_eq!(response.status(), 502);
    assert!(response.text().await.unwrap().contains("does not believe"));
    locked.later(5);
    provider.scene().about = json!({});
    assert_eq!(browser.get("/login").await.status(), 200);
    // Nor is one that answers for another (RFC 9207).
    let address = leave(&browser, "/").await;
    let back = there(&browser, &address).await;
    let mixed = format!("{back}&iss=https%3A%2F%2Fid.example");
    assert_eq!(browser.get(&mixed).await.status(), 401);
    let address = leave(&browser, "/").await;
    let back = there(&browser, &address).await;
    let issuer: String = form_urlencoded::byte_serialize(provider.issuer.as_bytes()).collect();
    let right = format!("{back}&iss={issuer}");
    assert_eq!(browser.get(&right).await.status(), 303);
}
