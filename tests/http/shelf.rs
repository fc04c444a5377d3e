//! The list of chats as a whole: its views, its windows, folders, the archive, several chats at once, and search.

use reqwest::{StatusCode, Url};
use serde_json::{Value, json};

use crate::support::{Frames, House, script};

const MODEL: &str = "sim:tokens=20";

/// Begins a chat with that question; gives its id when it has been answered.
async fn chat(house: &House, text: &str) -> String {
    let asked = house
        .call("/api/ask", &json!({"text": text, "model": MODEL}))
        .await;
    let generation = asked["generation"].as_str().unwrap();
    Frames::of(house.follow(generation, None).await).all().await;
    asked["chat"].as_str().unwrap().to_owned()
}

async fn get(house: &House, path: &str, query: &[(&str, &str)]) -> Value {
    let url = Url::parse_with_params(&format!("{}{path}", house.url), query).unwrap();
    let response = house.client.get(url).send().await.unwrap();
    assert_eq!(response.status(), 200, "{path} {query:?}");
    response.json().await.unwrap()
}

/// What the sidebar shows.
async fn shelf(house: &House, query: &[(&str, &str)]) -> String {
    let mut all = vec![("from", "0"), ("offset", "0")];
    all.retain(|(name, _)| query.iter().all(|(other, _)| other != name));
    all.extend(query);
    let html = get(house, "/api/shelf", &all).await;
    html.as_str().unwrap().to_owned()
}

/// The chats in a piece of the sidebar, in their order.
fn chats_of(html: &str) -> Vec<&str> {
    let parts = html.split("data-chat=\"").skip(1);
    parts.map(|it| it.split('"').next().unwrap()).collect()
}

async fn touch(house: &House, chats: &[&str], touch: Value) -> StatusCode {
    let body = json!({"chats": chats, "touch": touch});
    house.post("/api/touch", &body).await.status()
}

#[tokio::test]
async fn an_archived_chat_is_in_the_archive_alone() {
    let house = House::open().await;
    let (one, two) = (chat(&house, "One").await, chat(&house, "Two").await);
    assert_eq!(touch(&house, &[&one], json!({"archive": true})).await, 200);
    assert_eq!(chats_of(&shelf(&house, &[]).await), [&*two]);
    let archive = shelf(&house, &[("view", "archive")]).await;
    assert_eq!(chats_of(&archive), [&*one]);
    let listed = get(&house, "/api/chats", &[]).await;
    assert_eq!(listed["chats"].as_array().unwrap().len(), 1);
    // It can still be read, found and had back.
    let found = get(&house, "/api/search", &[("words", "one")]).await;
    assert_eq!(found["chats"][0]["id"], *one);
    assert_eq!(touch(&house, &[&one], json!({"archive": false})).await, 200);
    assert_eq!(chats_of(&shelf(&house, &[]).await), [&*two, &*one]);
}

#[tokio::test]
async fn folders_hold_chats_and_let_go_of_them() {
    let house = House::open().await;
    let (one, two) = (chat(&house, "One").await, chat(&house, "Two").await);
    let change = |change: Value| {
        let house = &house;
        async move { house.post("/api/folder", &json!({"change": change})).await }
    };
    let folder: String = change(json!({"make": "Work"})).await.json().await.unwrap();
    let moved = touch(&house, &[&one], json!({"move": folder})).await;
    assert_eq!(moved, 200);
    assert_eq!(
        chats_of(&shelf(&house, &[("view", &folder)]).await),
        [&*one]
    );
    assert_eq!(chats_of(&shelf(&house, &[]).await), [&*two, &*one]);
    let renamed = change(json!({"rename": {"id": folder, "name": "Home"}})).await;
    assert_eq!(renamed.status(), 200);
    let folders = get(&house, "/api/folders", &[]).await;
    assert_eq!(folders, json!([{"id": folder, "name": "Home"}]));
    assert_eq!(change(json!({"delete": folder})).await.status(), 200);
    // Whoever still looks at it is shown all chats.
    let gone = shelf(&house, &[("view", &folder)]).await;
    assert_eq!(chats_of(&gone), [&*two, &*one]);
    assert!(!gone.contains("This folder is empty"), "{gone}");
    assert_eq!(chats_of(&shelf(&house, &[]).await), [&*two, &*one]);
    for (wrong, status) in [
        (json!({"delete": folder}), 404),
        (json!({"rename": {"id": folder, "name": "x"}}), 404),
        (json!({"make": " "}), 400),
        (json!({"make": "x".repeat(101)}), 400),
    ] {
        assert_eq!(change(wrong.clone()).await.status(), status, "{wrong}");
    }
    assert_eq!(touch(&house, &[&one], json!({"move": folder})).await, 404);
    assert_eq!(touch(&house, &[&one], json!({"move": null})).await, 200);
}

#[tokio::test]
async fn several_chats_are_changed_all_or_none() {
    let house = House::open().await;
    let (one, two) = (chat(&house, "One").await, chat(&house, "Two").await);
    let strange = "0197f6a0-0000-7000-8000-000000000000";
    assert_eq!(touch(&house, &[&one, strange], json!("delete")).await, 404);
    assert_eq!(chats_of(&shelf(&house, &[]).await), [&*two, &*one]);
    assert_eq!(touch(&house, &[&one, &two], json!("delete")).await, 200);
    assert_eq!(chats_of(&shelf(&house, &[]).await), [""; 0]);
    assert_eq!(touch(&house, &[&one, &two], json!("restore")).await, 200);
    assert_eq!(chats_of(&shelf(&house, &[]).await), [&*two, &*one]);
    assert_eq!(touch(&house, &[], json!("delete")).await, 400);
}

/// All rows are of one height, so that a page knows which it has to ask for.
#[tokio::test]
async fn a_long_list_is_shown_through_a_window() {
    let house = House::open().await;
    let mut chats = Vec::new();
    for number in 0..120 {
        chats.insert(0, chat(&house, &format!("Chat {number}")).await);
    }
    let first = shelf(&house, &[]).await;
    assert_eq!(chats_of(&first), chats[..99]);
    assert!(
        first.contains("data-before=\"0\" data-after=\"21\""),
        "{first}"
    );
    let last = shelf(&house, &[("from", "50")]).await;
    // A row is the heading.
    assert_eq!(chats_of(&last), chats[20..]);
    assert!(
        last.contains("data-before=\"21\" data-after=\"0\""),
        "{last}"
    );
}

#[tokio::test]
async fn search_finds_titles_questions_and_answers() {
    let house = House::open().await;
    let cafe = chat(&house, "Where is the Café Central?").await;
    let tokyo = chat(&house, "東京都の天気は？").await;
    let find = async |words: &str| get(&house, "/api/search", &[("words", words)]).await;
    let found_in = |found: &Value| -> Vec<String> {
        let messages = found["messages"].as_array().unwrap().iter();
        messages
            .map(|it| it["chat"].as_str().unwrap().to_owned())
            .collect()
    };
    // As it is typed, without its accent, in another case.
    for words in ["caf", "CAFÉ", "cafe centr", "\"café central\""] {
        let found = find(words).await;
        assert_eq!(found["chats"][0]["id"], *cafe, "{words}");
        assert_eq!(found_in(&found), [&*cafe], "{words}");
        assert_eq!(found["messages"][0]["role"], "user");
        let parts = found["messages"][0]["excerpt"]["parts"].as_array().unwrap();
        let hit = parts.iter().find(|part| part["hit"] == true).unwrap();
        assert!(
            hit["text"].as_str().unwrap().starts_with("Café"),
            "{parts:?}"
        );
    }
    // A part of what has no spaces.
    assert_eq!(found_in(&find("天気").await), [&*tokyo]);
    assert_eq!(found_in(&find("気天").await), [""; 0]);
    // Answers, newest first.
    let text = script(MODEL).0;
    let word = text.split(' ').find(|word| word.len() > 4).unwrap();
    assert_eq!(found_in(&find(word).await), [&*tokyo, &*cafe], "{word}");
    // All words have to be there; none of them is an operator.
    assert_eq!(found_in(&find("cafe OR nothing").await), [""; 0]);
    for odd in ["\"", "*", "(", "NEAR(", "a AND", "-", "…", "'; --"] {
        find(odd).await;
    }
    // A title that a person wrote, and what has been deleted.
    assert_eq!(
        touch(&house, &[&cafe], json!({"rename": "Kaffeehaus"})).await,
        200
    );
    assert_eq!(find("kaffee").await["chats"][0]["id"], *cafe);
    assert_eq!(find("caf").await["chats"], json!([]));
    assert_eq!(touch(&house, &[&cafe], json!("delete")).await, 200);
    assert_eq!(found_in(&find("cafe").await), [""; 0]);
    assert_eq!(find("kaffee").await["chats"], json!([]));
}

#[tokio::test]
async fn search_goes_on_page_by_page_and_the_page_shows_the_hits() {
    let house = House::open().await;
    for number in 0..55 {
        chat(&house, &format!("needle number {number}")).await;
    }
    let first = get(&house, "/api/search", &[("words", "needle")]).await;
    let messages = first["messages"].as_array().unwrap();
    assert_eq!((messages.len(), &first["more"]), (50, &json!(true)));
    assert_eq!(first["chats"].as_array().unwrap().len(), 10);
    let last = messages[49]["number"].to_string();
    let query = [("words", "needle"), ("before", &*last)];
    let rest = get(&house, "/api/search", &query).await;
    assert_eq!(rest["messages"].as_array().unwrap().len(), 5);
    assert_eq!(rest["more"], false);
    let html = shelf(&house, &[("find", "needle 7")]).await;
    assert!(html.contains("<mark>needle</mark>"), "{html}");
    let message = messages[0]["message"].as_str().unwrap();
    let all = shelf(&house, &[("find", "needle"), ("from", "50")]).await;
    assert!(all.contains(&format!("#{message}\"")), "{all}");
    assert_eq!(all.matches("class=\"hit\"").count(), 55);
    let nothing = shelf(&house, &[("find", "haystack")]).await;
    assert!(nothing.contains("Nothing was found"), "{nothing}");
}
