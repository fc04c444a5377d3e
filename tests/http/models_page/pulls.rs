//! Models that are downloaded: seen in every tab, whoever leaves; ended by who does not want them; told what went wrong.

use brooklet::server::store::{Unfinished, unfinished};
use ollama_sim::Running;
use tempfile::TempDir;

use super::tab;
use crate::support::{House, PATIENCE};

/// By what a page shows how far it is.
const LIVE: &str = "<script type=\"module\" nonce=";

#[tokio::test]
async fn a_pull_is_seen_in_two_tabs_to_its_end() {
    let house = House::open().await;
    let (one, other) = (tab(&house), tab(&house));
    // It hangs half-way, so that both have time to look.
    let stalled = "sim-pull:bytes-4000000_stall";
    assert_eq!(one.does("pull", &[("name", stalled)]).await, 303);
    for tab in [&one, &other] {
        let page = tab.until_shown("2.0 MB of 4.0 MB (50 %)").await;
        assert!(page.contains(LIVE) && page.contains("Downloading"));
        assert!(page.contains(r#"value="2000000""#) && page.contains(r#"max="4000000""#));
        // The next can be asked for meanwhile.
        assert!(page.contains(r#"name="name""#), "{page}");
    }
    // The speed is that of the last seconds: of what hangs it comes to nothing.
    one.until_shown("bytes a second").await;
    let form = one.text("/models?add=").await;
    assert!(form.contains(r#"name="name""#) && !form.contains(LIVE));
    assert_eq!(one.does("cancel", &[("model", stalled)]).await, 303);
    let name = "sim-pull:bytes-3000000_rate-800000";
    assert_eq!(one.does("pull", &[("name", name)]).await, 303);
    one.until_shown("left</span>").await;
    for tab in [&one, &other] {
        let page = tab.until_shown("Done").await;
        assert!(!page.contains(LIVE), "nothing goes on");
        assert!(page.contains("about=sim-pull%3Abytes-3000000"), "{page}");
    }
    assert_eq!(house.names().await[0], name);
    // The picker of the chat page knows it at once.
    let models = crate::support::get(&house, "/api/models").await;
    assert!(models.to_string().contains(name));
    // What is done can be hidden.
    assert_eq!(one.does("cancel", &[("model", name)]).await, 303);
    assert!(!other.text("/models").await.contains("Done"));
    assert_eq!(house.names().await[0], name);
}

#[tokio::test]
async fn a_pull_goes_on_without_a_browser_and_the_same_name_is_one() {
    let house = House::open().await;
    let name = "sim-pull:bytes-1000000_rate-2000000";
    for name in [name, "SIM-pull:bytes-1000000_rate-2000000"] {
        let leaving = tab(&house);
        assert_eq!(leaving.does("pull", &[("name", name)]).await, 303);
        drop(leaving);
    }
    let stats = house.until_pulls(|stats| stats.completed == 1).await;
    assert_eq!((stats.started, stats.dropped), (1, 0));
    assert_eq!(house.names().await[0], name);
}

#[tokio::test]
async fn who_cancels_lets_go_of_ollama() {
    let house = House::open().await;
    let browser = tab(&house);
    let names = [
        "sim-pull:bytes-2000000_stall",
        "sim-pull:bytes-4000000_stall",
    ];
    for name in names {
        assert_eq!(browser.does("pull", &[("name", name)]).await, 303);
    }
    // Both go on at once.
    house.until_pulls(|stats| stats.open == 2).await;
    browser.until_shown("1.0 MB of 2.0 MB").await;
    browser.until_shown("2.0 MB of 4.0 MB").await;
    assert_eq!(browser.does("cancel", &[("model", names[0])]).await, 303);
    house.until_pulls(|stats| stats.dropped == 1).await;
    let page = browser.text("/models").await;
    assert!(!page.contains(names[0]) && page.contains(names[1]));
    assert_eq!(
        browser.does("cancel", &[("model", "never-begun")]).await,
        303
    );
    assert_eq!(house.ollama.sim().pulls().open, 1);
    // One that something else is done for.
    let create = [("model", "qwen3"), ("name", "Sim-Pull:bytes-4000000_stall")];
    let told = browser.is_told("create", &create).await;
    assert!(told.contains("Something else is being done"));
}

#[tokio::test]
async fn after_a_restart_a_pull_goes_on() {
    let (ollama, data) = (Running::start().await.unwrap(), TempDir::new().unwrap());
    let url = ollama.url();
    let arguments = [
        "--ollama",
        &*url,
        "--data-dir",
        data.path().to_str().unwrap(),
    ];
    let file = Unfinished::at(data.path().join(unfinished::FILE));
    let house = House::with(&arguments).await;
    let name = "sim-pull:bytes-2000000_rate-300000";
    let done = "sim-pull:bytes-1";
    for name in [name, done] {
        assert_eq!(tab(&house).does("pull", &[("name", name)]).await, 303);
    }
    tab(&house).until_shown("Done").await;
    tab(&house).until_shown("of 2.0 MB").await;
    house.shut_down().await.unwrap();
    assert_eq!(file.read().unwrap(), [name]);
    let dropped = ollama.sim().until_pulls(|stats| stats.dropped == 1);
    let before = tokio::time::timeout(PATIENCE, dropped).await.unwrap();
    assert_eq!((before.started, before.completed), (2, 1));
    let again = House::with(&arguments).await;
    let page = tab(&again).until_shown("of 2.0 MB").await;
    assert!(page.contains(name) && !page.contains("Done"), "{page}");
    tab(&again).until_shown("Done").await;
    assert_eq!(ollama.sim().pulls().started, 3);
    again.shut_down().await.unwrap();
    assert!(file.read().unwrap().is_empty());
}

#[tokio::test]
async fn what_went_wrong_is_told_with_what_to_do() {
    let house = House::open().await;
    let browser = tab(&house);
    for (name, why) in [
        (
            "sim-pull:missing",
            "There is no model <code>sim-pull:missing</code>",
        ),
        (
            "nobody/has-it:7b",
            "There is no model <code>nobody/has-it:7b</code>",
        ),
        (
            "sim-pull:diskfull",
            "is full, so <code>sim-pull:diskfull</code>",
        ),
    ] {
        assert_eq!(browser.does("pull", &[("name", name)]).await, 303);
        let page = browser.until_shown(why).await;
        assert!(
            page.contains("Failed") && page.contains("Try again"),
            "{page}"
        );
        assert!(!page.contains(LIVE));
        browser.does("cancel", &[("model", name)]).await;
    }
    // In the reader's language, too.
    browser.does("pull", &[("name", "sim-pull:diskfull")]).await;
    browser.until_shown("is full").await;
    let request = house.client.get(format!("{}/models", house.url));
    let german = request
        .header("accept-language", "de")
        .send()
        .await
        .unwrap();
    assert!(german.text().await.unwrap().contains("Rechner ist voll"));
    // Nothing of it was tried again.
    assert_eq!(house.ollama.sim().pulls().started, 4);
}

#[tokio::test]
async fn what_the_network_cuts_off_is_tried_again_and_goes_on() {
    let house = House::open().await;
    let browser = tab(&house);
    for name in ["sim-pull:no-1_eof", "sim-pull:no-2_cut"] {
        assert_eq!(browser.does("pull", &[("name", name)]).await, 303);
    }
    browser.until_shown("The network has broken off").await;
    let stats = house.until_pulls(|stats| stats.completed == 4).await;
    assert_eq!(stats.started, 4);
    let waiting = browser.until_shown("about=sim-pull%3Ano-1_eof").await;
    assert!(!waiting.contains("Failed"));
    browser.until_shown("about=sim-pull%3Ano-2_cut").await;
}

#[tokio::test]
async fn without_an_ollama_the_page_says_so() {
    let house = House::with(&["--ollama", "http://127.0.0.1:9"]).await;
    let response = tab(&house).get("/models").await;
    assert_eq!(response.status(), 502);
    let page = response.text().await.unwrap();
    assert!(page.contains("Ollama does not answer") && page.contains("Get a model"));
}
