//! Titles: a chat is called by its question, and by what its model makes of it while nobody else asks anything.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Frames, House, PATIENCE, add_up, script};

const MODEL: &str = "sim:tokens=20";

/// A model whose answers, and titles, take their time: 24 tokens of a title take more than two seconds.
const SLOW: &str = "sim:tokens=1000,rate=10";

/// A model that says a word and then nothing more until somebody stops it.
const ENDLESS: &str = "sim:tokens=5,fault=stall@1";

/// Asks; the answer is being written.
async fn begin(house: &House, text: &str, model: &str) -> Value {
    let asking = json!({"text": text, "model": model});
    house.call("/api/ask", &asking).await
}

/// Asks, and waits for the end of the answer.
async fn ask(house: &House, text: &str, model: &str) -> Value {
    let asked = begin(house, text, model).await;
    assert_eq!(end(house, &asked).await, "complete");
    asked
}

/// Waits for the end of an answer; gives how it ended.
async fn end(house: &House, asked: &Value) -> Value {
    let generation = asked["generation"].as_str().unwrap();
    let frames = Frames::of(house.follow(generation, None).await).all().await;
    add_up(&frames).2["status"].clone()
}

/// Stops an answer once it has text.
async fn stop(house: &House, asked: &Value) {
    let generation = asked["generation"].as_str().unwrap();
    let mut frames = Frames::of(house.follow(generation, None).await);
    let mut read = Vec::new();
    while add_up(&read).0.is_empty() {
        read.push(frames.next().await.unwrap());
    }
    let stopped = json!({"generation": generation});
    let stopped = house.call("/api/stop", &stopped).await;
    assert_eq!(stopped["status"], "stopped");
}

async fn title(house: &House, asked: &Value) -> String {
    let chat = asked["chat"].as_str().unwrap();
    let url = format!("{}/api/thread?chat={chat}", house.url);
    let thread = house.client.get(url).send().await.unwrap();
    let thread: Value = thread.json().await.unwrap();
    thread["title"].as_str().unwrap().to_owned()
}

/// Waits until a chat is called something else than its question.
async fn entitled(house: &House, asked: &Value) -> String {
    let question = asked["title"].as_str().unwrap();
    let looking = async {
        loop {
            let title = title(house, asked).await;
            if title != question {
                return title;
            }
            tokio::task::yield_now().await;
        }
    };
    let entitled = tokio::time::timeout(PATIENCE, looking).await;
    entitled.expect("a title is made")
}

/// Waits until all titles have been made that could be: they are made one after the other.
async fn all_made(house: &House) {
    let last = ask(house, "The last one", MODEL).await;
    entitled(house, &last).await;
}

async fn touch(house: &House, asked: &Value, touch: Value) -> StatusCode {
    let body = json!({"chats": [asked["chat"]], "touch": touch});
    house.post("/api/touch", &body).await.status()
}

/// For which models titles were asked for, in order, and which questions were asked between them.
fn requests(house: &House) -> Vec<String> {
    let requests = house.ollama.sim().requests();
    let told = requests.iter().map(|request| {
        let words = request["messages"].as_array().unwrap().last();
        let words = words.map_or("", |it| it["content"].as_str().unwrap());
        match words.split_once("User:\n") {
            Some((_, about)) => format!("title of {}", about.lines().next().unwrap()),
            None => words.to_owned(),
        }
    });
    told.collect()
}

#[tokio::test]
async fn a_title_is_made_after_the_first_exchange_alone() {
    let house = House::with_titles(&[]).await;
    let model = "sim:tokens=20,thinking=5";
    let question = "Why is the sky blue?";
    let first = ask(&house, question, model).await;
    assert_eq!(first["title"], question);
    let made = entitled(&house, &first).await;
    let said = script(model).0;
    let line = said.lines().next().unwrap();
    assert!(made.chars().count() <= 61, "{made}");
    assert!(line.starts_with(made.trim_end_matches('…')), "{made}");

    let more = json!({
        "chat": first["chat"], "parent": first["answer"], "text": "And at night?", "model": model
    });
    end(&house, &house.call("/api/ask", &more).await).await;
    let again = json!({"chat": first["chat"], "parent": first["question"], "model": model});
    end(&house, &house.call("/api/ask", &again).await).await;
    all_made(&house).await;
    let asked = [
        question,
        "title of Why is the sky blue?",
        "And at night?",
        question,
        "The last one",
        "title of The last one",
    ];
    assert_eq!(requests(&house), asked);
    assert_eq!(title(&house, &first).await, made);

    let request = &house.ollama.sim().requests()[1];
    assert_eq!(request["model"], model);
    assert_eq!(request["think"], false);
    assert_eq!(request["options"], json!({"num_predict": 24}));
    let words = request["messages"][0]["content"].as_str().unwrap();
    assert!(words.contains(question) && words.contains(&said), "{words}");
    let stats = house.ollama.sim().stats();
    assert_eq!((stats.started, stats.completed, stats.open), (6, 6, 0));
}

#[tokio::test]
async fn a_long_first_exchange_is_told_by_its_beginning() {
    let house = House::with_titles(&[]).await;
    let question = "水".repeat(3000);
    let asked = ask(&house, &question, "sim:tokens=2000").await;
    entitled(&house, &asked).await;
    let request = &house.ollama.sim().requests()[1];
    let words = request["messages"][0]["content"].as_str().unwrap();
    assert_eq!(words.matches('水').count(), 1000);
    assert!(words.chars().count() < 2400, "{}", words.chars().count());
}

#[tokio::test]
async fn an_answer_that_failed_or_said_nothing_makes_no_title() {
    let house = House::with_titles(&[]).await;
    let failed = begin(&house, "a", "sim:tokens=20,fault=eof@3").await;
    assert_eq!(end(&house, &failed).await, "interrupted");
    let silent = ask(&house, "b", "sim:tokens=0").await;
    let refused = begin(&house, "c", "sim:fault=busy503").await;
    assert_eq!(end(&house, &refused).await, "failed");
    all_made(&house).await;
    let asked = ["a", "b", "c", "The last one", "title of The last one"];
    assert_eq!(requests(&house), asked);
    assert_eq!(title(&house, &failed).await, "a");
    assert_eq!(title(&house, &silent).await, "b");
}

#[tokio::test]
async fn no_title_is_asked_for_while_the_queue_is_busy() {
    let house = House::with_titles(&[]).await;
    let busy = house.send(ENDLESS).await;
    house.until(|stats| stats.open == 1).await;
    let first = ask(&house, "a", MODEL).await;
    let second = ask(&house, "b", MODEL).await;
    assert_eq!(requests(&house), ["hi", "a", "b"]);
    house.call("/api/stop", &json!({"generation": busy})).await;
    entitled(&house, &first).await;
    entitled(&house, &second).await;
    let asked = requests(&house);
    assert_eq!(asked[..3], ["hi", "a", "b"]);
    assert_eq!(asked.len(), 5);
    assert_eq!(house.ollama.sim().stats().dropped, 1);
}

#[tokio::test]
async fn a_question_ends_the_title_at_once_and_it_is_made_later() {
    let house = House::with_titles(&["--max-parallel", "1"]).await;
    let first = begin(&house, "a", SLOW).await;
    stop(&house, &first).await;
    // The answer's own connection is the first one to be dropped.
    house.until(|stats| stats.started == 2).await;
    // A title is not one of the things that are being written.
    let list = house.client.get(format!("{}/api/chats", house.url));
    let list: Value = list.send().await.unwrap().json().await.unwrap();
    assert_eq!(list["chats"][0]["live"], false);
    let busy = house.send(ENDLESS).await;
    house.until(|stats| stats.dropped == 2).await;
    house
        .until(|stats| stats.started == 3 && stats.open == 1)
        .await;
    assert_eq!(title(&house, &first).await, "a");
    house.call("/api/stop", &json!({"generation": busy})).await;
    entitled(&house, &first).await;
    assert_eq!(requests(&house), ["a", "title of a", "hi", "title of a"]);
}

#[tokio::test]
async fn a_title_that_is_always_in_the_way_is_given_up() {
    let house = House::with_titles(&[]).await;
    let first = begin(&house, "a", ENDLESS).await;
    stop(&house, &first).await;
    for tries in 1..=3 {
        house
            .until(|stats| stats.started == 2 * tries && stats.open == 1)
            .await;
        let asked = json!({"message": "hi", "model": MODEL});
        let answer = house.post("/api/chat", &asked).await;
        Frames::of(answer).all().await;
        house.until(|stats| stats.dropped == tries + 1).await;
    }
    all_made(&house).await;
    assert_eq!(
        requests(&house)[1..7],
        ["title of a", "hi", "title of a", "hi", "title of a", "hi"]
    );
    assert_eq!(requests(&house).len(), 9);
    assert_eq!(title(&house, &first).await, "a");
}

#[tokio::test]
async fn what_a_person_wrote_or_deleted_stays_so() {
    let house = House::with_titles(&[]).await;
    let busy = house.send(ENDLESS).await;
    house.until(|stats| stats.open == 1).await;
    let renamed = ask(&house, "a", MODEL).await;
    let deleted = ask(&house, "b", MODEL).await;
    let other = ask(&house, "c", MODEL).await;
    assert_eq!(touch(&house, &renamed, json!({"rename": "Sea"})).await, 200);
    assert_eq!(touch(&house, &deleted, json!("delete")).await, 200);
    house.call("/api/stop", &json!({"generation": busy})).await;
    entitled(&house, &other).await;
    assert_eq!(title(&house, &renamed).await, "Sea");
    assert_eq!(touch(&house, &deleted, json!("restore")).await, 200);
    assert_eq!(title(&house, &deleted).await, "b");
    // A person may change what a model has made.
    assert_eq!(touch(&house, &other, json!({"rename": "Sky"})).await, 200);
    assert_eq!(title(&house, &other).await, "Sky");
}

/// Others may need the room that a model had.
#[tokio::test]
async fn a_model_that_has_left_memory_is_not_loaded_for_a_title() {
    let house = House::with_titles(&[]).await;
    let busy = house.send(ENDLESS).await;
    let model = "sim:tokens=20,seed=2";
    let asked = ask(&house, "a", model).await;
    let unload = json!({"model": model, "messages": [], "keep_alive": 0});
    let ollama = house
        .client
        .post(format!("{}/api/chat", house.ollama.url()));
    ollama.json(&unload).send().await.unwrap();
    assert!(!house.ollama.sim().loaded().contains(&model.to_owned()));
    house.call("/api/stop", &json!({"generation": busy})).await;
    all_made(&house).await;
    assert_eq!(title(&house, &asked).await, "a");
    assert!(!house.ollama.sim().loaded().contains(&model.to_owned()));
}

/// The same request twice is one chat, and one title.
#[tokio::test]
async fn a_request_that_is_sent_twice_makes_one_title() {
    let house = House::with_titles(&[]).await;
    let asking = json!({"text": "a", "model": MODEL, "request_id": "one"});
    let (first, second) = tokio::join!(
        house.call("/api/ask", &asking),
        house.call("/api/ask", &asking)
    );
    assert_eq!(first["chat"], second["chat"]);
    entitled(&house, &first).await;
    all_made(&house).await;
    assert_eq!(requests(&house)[..3], ["a", "title of a", "The last one"]);
}

#[tokio::test]
async fn a_script_has_nothing_to_say() {
    let house = House::with_titles(&[]).await;
    let demo = begin(&house, "Why is the sky blue?", "brooklet-demo").await;
    stop(&house, &demo).await;
    all_made(&house).await;
    assert_eq!(title(&house, &demo).await, "Why is the sky blue?");
}

#[tokio::test]
async fn without_titles_there_are_none() {
    let house = House::open().await;
    let asked = ask(&house, "a", MODEL).await;
    ask(&house, "b", MODEL).await;
    assert_eq!(requests(&house), ["a", "b"]);
    assert_eq!(title(&house, &asked).await, "a");
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_titles_that_wait() {
    let house = House::with_titles(&[]).await;
    begin(&house, "a", ENDLESS).await;
    house.until(|stats| stats.open == 1).await;
    ask(&house, "b", MODEL).await;
    let sim = house.ollama.sim().clone();
    shut_down_soon(house).await;
    assert_eq!(sim.requests().len(), 2);
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_a_title() {
    let house = House::with_titles(&[]).await;
    let asked = begin(&house, "a", ENDLESS).await;
    stop(&house, &asked).await;
    house.until(|stats| stats.started == 2).await;
    let sim = house.ollama.sim().clone();
    shut_down_soon(house).await;
    assert_eq!(sim.until(|stats| stats.open == 0).await.dropped, 2);
}

async fn shut_down_soon(house: House) {
    let begun = Instant::now();
    house.shut_down().await.unwrap();
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
}
