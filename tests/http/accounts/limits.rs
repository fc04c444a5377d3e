//! How much one key, and one address, may have.

use reqwest::Response;
use serde_json::{Value, json};

use tokio::time::timeout;

use super::{Browser, Locked, between, keys};
use crate::support::PATIENCE;

/// Asks by a program's key, from an address that a proxy tells of.
async fn ask_from(locked: &Locked, key: &str, address: &str, model: &str) -> Response {
    let request = locked
        .house
        .client
        .post(format!("{}/api/chat", locked.house.url));
    let request = request.header("x-forwarded-for", address).bearer_auth(key);
    let asking = request.json(&json!({"message": "hi", "model": model}));
    asking.send().await.unwrap()
}

/// The status, and what is said.
async fn outcome(response: Response) -> (u16, String) {
    let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
    let said =
        serde_json::from_str(&text).map_or(Value::Null, |it: Value| it["error"]["message"].clone());
    (status, said.as_str().unwrap_or_default().to_owned())
}

/// What is wanted of a key on `/admin`.
async fn set(admin: &Browser, what: &str, id: &str, fields: &[(&str, &str)]) -> u16 {
    let form = [&[("do", what), ("id", id)], fields].concat();
    admin.post("/admin", &form).await.status().as_u16()
}

#[tokio::test]
async fn an_administrator_says_how_much_a_key_may_have_and_takes_it_back() {
    let locked = Locked::open().await;
    let admin = locked.somebody("admin").await;
    let anna = locked.somebody("anna").await;
    let key = keys::make(&anna, "script", &["chat"], "").await;
    let ask = async |model: &str| outcome(ask_from(&locked, &key, "", model).await).await;
    assert_eq!(ask("sim:tokens=20").await.0, 200);
    let page = admin.text("/admin").await;
    let section = between(&page, "<h2>Keys for programs</h2>", "</section>");
    assert!(
        section.contains("<b>script</b><span>anna</span>"),
        "{section}"
    );
    // What it is known by is nobody's to see.
    assert!(!page.contains(&key[..14]));
    let id = between(section, "name=\"id\" value=\"", "\"").to_owned();
    for wrong in ["none", "0", "-3"] {
        assert_eq!(set(&admin, "limit_key", &id, &[("day", wrong)]).await, 400);
    }
    // What there was before counts.
    assert_eq!(set(&admin, "limit_key", &id, &[("day", "10")]).await, 303);
    let (status, said) = ask("sim:tokens=3").await;
    assert!(
        status == 429 && said.contains("of 10 tokens today"),
        "{said}"
    );
    assert_eq!(set(&admin, "limit_key", &id, &[("month", "10")]).await, 303);
    let (status, said) = ask("sim:tokens=3").await;
    assert!(
        status == 429 && said.contains("This key has had") && said.contains("this month"),
        "{said}"
    );
    assert_eq!(
        set(&admin, "limit_key", &id, &[("at_once", "1")]).await,
        303
    );
    let running = ask_from(&locked, &key, "", "sim:tokens=100000,rate=10").await;
    assert_eq!(running.status(), 200);
    let (status, said) = ask("sim:tokens=3").await;
    assert!(
        status == 429 && said.contains("this key may have at once"),
        "{said}"
    );
    drop(running);
    // Its user was never kept from asking.
    anna.ask_model("sim:tokens=3").await;
    // Who looks after nobody has no say in it.
    assert_eq!(
        set(&anna, "limit_key", &id, &[("day", "1000000")]).await,
        403
    );
    assert_eq!(set(&admin, "drop_key", &id, &[]).await, 303);
    assert_eq!(ask("sim:tokens=3").await.0, 401);
    assert_eq!(set(&admin, "drop_key", &id, &[]).await, 404);
    assert_eq!(set(&admin, "limit_key", &id, &[]).await, 404);
    let events = locked.events().await;
    for kind in ["key_limited", "key_dropped"] {
        assert!(events.iter().any(|it| it == kind), "{kind}");
    }
}

#[tokio::test]
async fn an_address_has_so_much_whoever_asks_from_it() {
    let limits = [
        "--trusted-proxy",
        "127.0.0.1",
        "--max-parallel",
        "8",
        "--max-generations-per-client",
        "1",
        "--max-tokens-per-day-per-client",
        "100",
        "--max-tokens-per-month-per-client",
        "150",
    ];
    let locked = Locked::with(&limits).await;
    locked.to_the_middle_of_a_month();
    let anna = locked.somebody("anna").await;
    let berta = locked.somebody("berta").await;
    let hers = keys::make(&anna, "script", &["chat"], "").await;
    let other = keys::make(&berta, "script", &["chat"], "").await;
    let (here, there) = ("192.0.2.7", "192.0.2.8");
    // One at once.
    let slow = "sim:tokens=100000,rate=10";
    let running = ask_from(&locked, &hers, here, slow).await;
    assert_eq!(running.status(), 200);
    let (status, said) = outcome(ask_from(&locked, &other, here, slow).await).await;
    assert!(
        status == 429 && said.contains("your network address are being answered"),
        "{said}"
    );
    let elsewhere = ask_from(&locked, &other, there, slow).await;
    assert_eq!(elsewhere.status(), 200);
    drop((running, elsewhere));
    locked.house.until(|stats| stats.open == 0).await;
    // So many tokens a day and a month, of all who ask from there, after a restart too.
    let ask = async |locked: &Locked, key: &str, from: &str, model: &str| {
        // The place of the one before is free when its end has been told, which is a moment after it.
        let asking = async {
            loop {
                let (status, said) = outcome(ask_from(locked, key, from, model).await).await;
                if !said.contains("at once") {
                    return (status, said);
                }
            }
        };
        timeout(PATIENCE, asking).await.expect("a place")
    };
    assert_eq!(ask(&locked, &hers, here, "sim:tokens=120").await.0, 200);
    let (status, said) = ask(&locked, &other, here, "sim:tokens=3").await;
    assert!(
        status == 429 && said.contains("of 100 tokens have been used today"),
        "{said}"
    );
    assert_eq!(ask(&locked, &other, there, "sim:tokens=3").await.0, 200);
    let (locked, _anna) = locked.again(&anna, &limits).await;
    assert_eq!(ask(&locked, &other, here, "sim:tokens=3").await.0, 429);
    locked.later(24 * 60 * 60);
    assert_eq!(ask(&locked, &other, here, "sim:tokens=120").await.0, 200);
    locked.later(24 * 60 * 60);
    let (status, said) = ask(&locked, &hers, here, "sim:tokens=3").await;
    assert!(
        status == 429 && said.contains("of 150 tokens have been used this month"),
        "{said}"
    );
}
