//! Models that are there: looked at, copied, made, deleted, unloaded.

use serde_json::json;

use super::tab;
use crate::support::House;

#[tokio::test]
async fn the_list_says_what_there_is_and_what_is_loaded() {
    let house = House::open().await;
    house.load("qwen3", json!("10m")).await;
    house.load("slow", json!(-1)).await;
    let page = tab(&house).text("/models").await;
    for shown in [
        "llama3.2:latest",
        "2.0 GB",
        "3.2B",
        "Q4_K_M",
        "131,072 tokens of context",
        "can chat, can use tools, can think",
        "Loaded: 5.2 GB, of which 5.2 GB on the graphics card",
        "In memory for another 10 minutes",
        "In memory until it is unloaded",
    ] {
        assert!(page.contains(shown), "no {shown} in {page}");
    }
    assert!(!page.contains("<script"), "nothing goes on");
    // What is long is asked for by itself.
    assert!(house.orders().is_empty());
    let page = tab(&house).text("/models?about=llama3.2%3Alatest").await;
    for shown in ["{{ .Prompt }}", "temperature", "only a script", "<details>"] {
        assert!(page.contains(shown), "no {shown} in {page}");
    }
    assert_eq!(house.orders(), ["show llama3.2:latest"]);
    let gone = tab(&house).get("/models?about=gone").await;
    assert_eq!(gone.status(), 404);
    let gone = gone.text().await.unwrap();
    assert!(
        gone.contains("Ollama has no model <code>gone</code>"),
        "{gone}"
    );
}

#[tokio::test]
async fn what_is_loaded_can_be_unloaded() {
    let house = House::open().await;
    house.load("qwen3", json!(-1)).await;
    house.load("slow", json!(-1)).await;
    let unload = [("model", "qwen3:latest")];
    assert_eq!(tab(&house).does("unload", &unload).await, 303);
    assert_eq!(house.ollama.sim().loaded(), ["slow"]);
}

#[tokio::test]
async fn a_model_is_deleted_by_who_types_its_name() {
    let house = House::open().await;
    let browser = tab(&house);
    for typed in ["", "slo", "llama3.2", "slow:other"] {
        let form = [("model", "slow:latest"), ("name", typed)];
        assert_eq!(browser.does("delete", &form).await, 400, "{typed}");
    }
    let page = browser
        .is_told("delete", &[("model", "slow"), ("name", "x")])
        .await;
    assert!(page.contains("Nothing was deleted") && page.contains("Delete the model"));
    assert!(
        !house
            .orders()
            .iter()
            .any(|order| order.starts_with("delete"))
    );
    let form = [("model", "slow:latest"), ("name", " slow ")];
    assert_eq!(browser.does("delete", &form).await, 303);
    assert!(!house.names().await.contains(&"slow:latest".to_owned()));
    assert!(!browser.text("/models").await.contains("slow:latest"));
    let models = crate::support::get(&house, "/api/models").await;
    assert!(!models.to_string().contains("slow"));
    assert_eq!(browser.does("delete", &form).await, 404);
}

#[tokio::test]
async fn a_model_is_copied_to_a_name_that_is_free() {
    let house = House::open().await;
    let browser = tab(&house);
    let copy = [("model", "qwen3:latest"), ("name", "mine/qwen:spare")];
    assert_eq!(browser.does("copy", &copy).await, 303);
    assert_eq!(house.names().await[0], "mine/qwen:spare");
    for (model, name, status) in [
        ("qwen3", "Llama3.2", 400),
        ("qwen3", "mine/qwen:spare", 400),
        ("gone", "new", 404),
    ] {
        let form = [("model", model), ("name", name)];
        assert_eq!(browser.does("copy", &form).await, status, "{model} {name}");
    }
    assert_eq!(house.names().await.len(), 5);
}

#[tokio::test]
async fn a_model_is_made_of_another() {
    let house = House::open().await;
    let browser = tab(&house);
    let form = [
        ("model", "llama3.2:latest"),
        ("name", "poet"),
        ("system", "Rhyme.\r\nAlways."),
        ("temperature", "1.5"),
    ];
    assert_eq!(browser.does("create", &form).await, 303);
    browser.until_shown("about=poet").await;
    let made = house.ollama.sim().orders();
    let made = made.iter().find(|order| order.what == "create").unwrap();
    assert_eq!(
        made.body,
        json!({"model": "poet", "from": "llama3.2:latest", "system": "Rhyme.\nAlways.",
               "parameters": {"temperature": 1.5}})
    );
    let page = browser.text("/models?about=poet").await;
    assert!(
        page.contains("Rhyme.\nAlways.") && page.contains("1.5"),
        "{page}"
    );
    for (field, value, why) in [
        ("temperature", "3", "Temperature"),
        ("temperature", "hot", "Temperature"),
        ("name", "qwen3", "already"),
        ("name", "a b", "no name of a model"),
    ] {
        let other = form.map(|(name, it)| match name {
            name if name == field => (name, value),
            "name" => (name, "other"),
            name => (name, it),
        });
        let told = browser.is_told("create", &other).await;
        assert!(told.contains(why), "{told}");
    }
    let created = |order: &&String| order.starts_with("create");
    assert_eq!(house.orders().iter().filter(created).count(), 1);
}
