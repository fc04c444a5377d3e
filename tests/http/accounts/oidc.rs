//! A provider that signs people in.

mod forgery;
mod people;
mod provider;

use brooklet::server::store::Users;
use provider::{CLIENT, HOME, Place, Provider, SECRET};
use reqwest::{Response, Url};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Browser, Locked, PASSWORD, between};
use crate::{program::refused, support::House};

async fn house(provider: &Provider, arguments: &[&str]) -> Locked {
    open(&provider.issuer, arguments).await
}

async fn open(issuer: &str, arguments: &[&str]) -> Locked {
    let mut all = vec!["--oidc-issuer", issuer, "--oidc-client-id", CLIENT];
    all.extend(["--public-url", HOME]);
    if !arguments.contains(&"--oidc-scopes") {
        all.extend(["--oidc-client-secret", SECRET]);
    }
    all.extend(arguments);
    Locked::by("oidc", &all).await
}

/// Goes to the provider; gives its address with all that was sent along.
async fn leave(browser: &Browser, to: &str) -> String {
    let response = browser.get(&format!("/oidc/begin?to={to}")).await;
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers()["cache-control"], "no-store");
    location(&response)
}

fn location(response: &Response) -> String {
    response.headers()["location"].to_str().unwrap().to_owned()
}

/// Signs in there; gives the way back.
async fn there(browser: &Browser, provider: &str) -> String {
    let response = browser.client.get(provider).send().await.unwrap();
    let back = location(&response);
    back.strip_prefix(HOME).unwrap().to_owned()
}

/// Goes there and back.
async fn sign_in(browser: &Browser) -> Response {
    let provider = leave(browser, "/").await;
    let back = there(browser, &provider).await;
    browser.get(&back).await
}

/// The same, and says who is in then.
async fn name(browser: &Browser) -> String {
    let response = sign_in(browser).await;
    assert_eq!(response.status(), 303);
    let page = browser.text("/account").await;
    between(&page, "Signed in as ", "<").to_owned()
}

/// The same, which is to fail so.
async fn fails(browser: &Browser, status: u16, why: &str) {
    let response = sign_in(browser).await;
    assert_eq!(response.status(), status, "{why}");
    assert!(!response.headers().contains_key("set-cookie"));
    let page = response.text().await.unwrap();
    assert!(page.contains(why), "{why}: {page}");
    assert!(!browser.is_in().await);
}

/// Whether there is no account.
async fn is_empty(locked: &Locked) -> bool {
    let store = locked.store().await;
    store.database().users().await.unwrap().is_empty()
}

/// One parameter of an address.
fn parameter(address: &str, name: &str) -> String {
    let url = Url::parse(HOME).unwrap().join(address).unwrap();
    let found = url.query_pairs().find(|(it, _)| it == name);
    found.unwrap().1.into_owned()
}

#[tokio::test]
async fn who_signs_in_first_looks_after_the_others_and_has_what_was_there() {
    let before = House::open().await;
    crate::support::ask(&before, json!({"text": "Before.", "model": "sim:tokens=3"})).await;
    let data = before.close().await;
    let provider = Provider::start().await;
    let folder = data.path().to_str().unwrap();
    let locked = house(&provider, &["--data-dir", folder]).await;
    assert_eq!(provider.scene().asked, 0, "nobody wants to sign in yet");
    let browser = locked.browser();
    // One is led to the provider and back to where one wanted to go.
    let response = browser.get("/c/abc?all").await;
    let login = location(&response);
    let page = browser.text(&login).await;
    assert!(page.contains("Sign in at 127.0.0.1"), "{page}");
    assert!(!page.contains("type=\"password\""));
    let begin = between(&page, "href=\"/oidc", "\"");
    let response = browser.get(&format!("/oidc{begin}")).await;
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(
        cookie.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    let address = location(&response);
    assert_eq!(parameter(&address, "scope"), "openid profile email");
    // Nothing that is to stay here goes along.
    assert!(!address.contains("verifier") && !address.contains("secret"));
    let back = there(&browser, &address).await;
    let response = browser.get(&back).await;
    assert_eq!(response.status(), 303);
    assert_eq!(location(&response), "/c/abc?all");
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("brooklet="), "{cookie}");
    let page = browser.text("/account").await;
    assert!(page.contains("Signed in as anna"), "{page}");
    for hidden in ["Change the password", "Second factor"] {
        assert!(!page.contains(hidden), "{hidden}");
    }
    assert!(page.contains("Where you are signed in"));
    let page = browser.text("/admin").await;
    for hidden in ["Make an invitation", "New password"] {
        assert!(!page.contains(hidden), "{hidden}");
    }
    let chats: Value = browser.get("/api/chats").await.json().await.unwrap();
    assert_eq!(chats["chats"][0]["title"], "Before.");
    // A key of theirs is as good as ever.
    let form = [("do", "make_key"), ("name", "script"), ("read", "yes")];
    let page = browser.post("/account", &form).await.text().await.unwrap();
    let key = between(&page, "<li><code>", "</code>");
    let request = locked
        .house
        .client
        .get(format!("{}/api/chats", locked.house.url));
    let response = request.bearer_auth(key).send().await.unwrap();
    assert_eq!(response.status(), 200);
    // That it was used is noted by the way.
    let store = locked.store().await;
    super::until("the use of the key is noted", async || {
        use brooklet::server::store::Ledger;
        let events = store.database().events(None, 100).await.unwrap();
        events.iter().any(|event| event.kind == "key_used")
    })
    .await;
    // Who signs out is out here, and not led to the provider again by itself.
    let response = browser.post("/logout", &[]).await;
    assert_eq!(location(&response), "/login");
    assert!(!browser.is_in().await);
    assert!(browser.text("/login").await.contains("Sign in at"));
    assert_eq!(
        locked.events().await,
        ["set_up", "signed_in", "key_made", "key_used", "signed_out"]
    );
    // The second time it is the same account, whatever the name is by then.
    provider.signs_in(json!({"sub": "1", "preferred_username": "anna-lena"}));
    assert_eq!(name(&browser).await, "anna");
    assert_eq!(provider.scene().asked, 1);
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_in_the_way_of_nothing_else() {
    let place = Place::take();
    let locked = open(&place.issuer, &[]).await;
    let browser = locked.browser();
    for path in ["/login", "/oidc/begin"] {
        let response = browser.get(path).await;
        assert_eq!(response.status(), 502, "{path}");
        let page = response.text().await.unwrap();
        assert!(
            page.contains("127.0.0.1, which signs people in here, does not answer"),
            "{page}"
        );
    }
    assert_eq!(browser.get("/healthz").await.status(), 200);
    assert_eq!(browser.get("/account").await.status(), 303);
    let provider = Provider::at(place);
    // It is left alone for a moment.
    assert_eq!(browser.get("/login").await.status(), 502);
    locked.later(5);
    assert_eq!(browser.get("/login").await.status(), 200);
    assert_eq!(name(&browser).await, "anna");
    drop(provider);
}

#[tokio::test]
async fn what_the_provider_refuses_is_told_in_words() {
    let provider = Provider::start().await;
    let locked = house(&provider, &[]).await;
    let browser = locked.browser();
    for (error, why) in [
        ("access_denied", "it was refused there"),
        ("temporarily_unavailable", "reports temporarily_unavailable"),
        // What is no code is shown to nobody.
        (
            "%3Cb%3EEvil+site%3A+evil.example",
            "reports bEvilsiteevil.example.",
        ),
    ] {
        provider.scene().error = Some(error);
        fails(&browser, 401, why).await;
    }
    // Who has not been sent there is told nothing of it.
    let forged = "/oidc/end?error=Call+0900&state=x";
    let page = browser.get(forged).await.text().await.unwrap();
    assert!(!page.contains("0900"));
}

#[tokio::test]
async fn a_client_without_a_secret_is_known_by_the_verifier() {
    let provider = Provider::start().await;
    provider.scene().is_confidential = false;
    let locked = house(&provider, &["--oidc-scopes", "openid groups"]).await;
    let browser = locked.browser();
    let address = leave(&browser, "//evil.example").await;
    assert_eq!(parameter(&address, "scope"), "openid groups");
    let back = there(&browser, &address).await;
    // Nobody is led elsewhere from here.
    assert_eq!(location(&browser.get(&back).await), "/");
    assert!(browser.is_in().await);
}

#[tokio::test]
async fn who_has_signed_in_by_other_means_signs_in_anew() {
    let before = Locked::open().await;
    let browser = before.somebody("anna").await;
    let secret = browser.sign_in("anna", PASSWORD).await;
    let secret = secret.headers()["set-cookie"].to_str().unwrap();
    let secret = secret.split_once(';').unwrap().0.to_owned();
    let data = before.house.close().await;
    let provider = Provider::start().await;
    let folder = data.path().to_str().unwrap();
    let locked = house(&provider, &["--data-dir", folder]).await;
    let request = locked
        .house
        .client
        .get(format!("{}/api/chats", locked.house.url));
    let response = request.header("cookie", secret).send().await.unwrap();
    assert_eq!(response.status(), 401);
    // Who has come by the provider stays in over a restart.
    let browser = locked.browser();
    let response = sign_in(&browser).await;
    let secret = response.headers()["set-cookie"].to_str().unwrap();
    let secret = secret.split_once(';').unwrap().0.to_owned();
    let _empty = locked.house.close().await;
    let locked = house(&provider, &["--data-dir", folder]).await;
    let asked_by = async |locked: &Locked| {
        let url = format!("{}/api/chats", locked.house.url);
        let request = locked.house.client.get(url).header("cookie", &secret);
        request.send().await.unwrap().status()
    };
    assert_eq!(asked_by(&locked).await, 200);
    // Where passwords are asked for again, who has none is out.
    let _empty = locked.house.close().await;
    let locked = Locked::with(&["--data-dir", folder]).await;
    assert_eq!(asked_by(&locked).await, 401);
}

#[tokio::test]
async fn what_is_missing_is_said_at_the_start() {
    let data = TempDir::new().unwrap();
    let file = data.path().join("secret");
    std::fs::write(&file, "\n").unwrap();
    let file = file.to_str().unwrap();
    let issuer = ["--oidc-issuer", "https://id.example"];
    let client = ["--oidc-client-id", "brooklet"];
    let home = ["--public-url", "https://chat.example"];
    let oidc = ["--auth", "oidc"];
    let all = [&oidc[..], &issuer, &client, &home].concat();
    for (arguments, why) in [
        (oidc.to_vec(), "--oidc-issuer"),
        ([&oidc[..], &issuer, &home].concat(), "--oidc-client-id"),
        ([&oidc[..], &issuer, &client].concat(), "--public-url"),
        (
            [&oidc[..], &["--oidc-issuer", "id.example"], &client, &home].concat(),
            "`id.example` is no address",
        ),
        (
            [&all[..], &["--oidc-client-secret-file", file]].concat(),
            "is empty",
        ),
        (
            [&all[..], &["--oidc-client-secret-file", "/nowhere"]].concat(),
            "/nowhere cannot be read",
        ),
        (
            [
                &all[..],
                &[
                    "--oidc-client-secret-file",
                    file,
                    "--oidc-client-secret",
                    "x",
                ],
            ]
            .concat(),
            "two secrets",
        ),
        // Who names a provider and forgets the rest would be open to all.
        (issuer.to_vec(), "--auth oidc"),
    ] {
        let arguments = [&["--listen", "127.0.0.1:0"][..], &arguments].concat();
        let why_not = refused(data.path(), &arguments).await;
        assert!(why_not.contains(why), "{arguments:?}: {why_not}");
    }
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_link_of_another_site_leads_nobody_to_the_provider() {
    let provider = Provider::start().await;
    let locked = house(&provider, &[]).await;
    for (site, to) in [
        ("cross-site", "/login"),
        ("same-site", "/login"),
        ("same-origin", &*provider.issuer),
        ("none", &provider.issuer),
    ] {
        let browser = locked.browser();
        let request = browser.client.get(format!("{}/oidc/begin", browser.url));
        let request = request.header("sec-fetch-site", site);
        let response = request.send().await.unwrap();
        assert!(location(&response).starts_with(to), "{site}");
    }
}
