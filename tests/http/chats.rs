//! Chats: trees of messages that the server keeps.
//!
//! Their list is in `list`, and what is refused in `mistakes`; the list as the page shows it is in `shelf`.

mod list;
mod long;
mod mistakes;

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Frames, House, add_up, script};

const MODEL: &str = "sim:tokens=20,text=unicode";

/// Asks, and waits for the end of the answer.
async fn ask(house: &House, asking: Value) -> Value {
    let mut asking = asking;
    if asking.get("model").is_none() {
        asking["model"] = MODEL.into();
    }
    let asked = house.call("/api/ask", &asking).await;
    read(house, &asked).await;
    asked
}

/// Reads an answer to its end; gives its text and its last frame.
async fn read(house: &House, asked: &Value) -> (String, Value) {
    let generation = asked["generation"].as_str().unwrap();
    let frames = Frames::of(house.follow(generation, None).await).all().await;
    let (content, _, done) = add_up(&frames);
    (content, done)
}

async fn get(house: &House, path: &str) -> Value {
    let response = house.client.get(format!("{}{path}", house.url)).send();
    let response = response.await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.json().await.unwrap()
}

async fn thread(house: &House, chat: &Value) -> Value {
    get(
        house,
        &format!("/api/thread?chat={}", chat.as_str().unwrap()),
    )
    .await
}

async fn touch(house: &House, chat: &Value, touch: Value) -> StatusCode {
    let body = json!({"chats": [chat], "touch": touch});
    house.post("/api/touch", &body).await.status()
}

/// Of each message its id, what it follows and what it says.
fn tree(thread: &Value) -> Vec<(&Value, &Value, &str)> {
    let messages = thread["messages"].as_array().unwrap().iter();
    messages
        .map(|it| (&it["id"], &it["parent"], it["content"].as_str().unwrap()))
        .collect()
}

fn titles(list: &Value) -> Vec<&str> {
    let chats = list["chats"].as_array().unwrap().iter();
    chats.map(|chat| chat["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_chat_keeps_what_was_said_and_the_model_is_told_it() {
    let house = House::open().await;
    let first = ask(&house, json!({"text": "Why is the sky blue?\nTell me."})).await;
    let chat = &first["chat"];
    let second = ask(
        &house,
        json!({"chat": chat, "parent": first["answer"], "text": "And at night?"}),
    )
    .await;
    let answer = script(MODEL).0;
    let kept = thread(&house, chat).await;
    assert_eq!(kept["title"], "Why is the sky blue?");
    assert_eq!(kept["leaf"], second["answer"]);
    assert_eq!(
        tree(&kept),
        [
            (
                &first["question"],
                &Value::Null,
                "Why is the sky blue?\nTell me."
            ),
            (&first["answer"], &first["question"], &answer),
            (&second["question"], &first["answer"], "And at night?"),
            (&second["answer"], &second["question"], &answer),
        ]
    );
    let written = &kept["messages"][3]["written"];
    assert_eq!(written["model"], MODEL);
    assert_eq!(written["generation"], second["generation"]);
    assert_eq!(written["done"]["status"], "complete");
    assert_eq!(written["done"]["stats"]["tokens"], 20);
    let told = json!([
        {"role": "user", "content": "Why is the sky blue?\nTell me."},
        {"role": "assistant", "content": answer},
        {"role": "user", "content": "And at night?"},
    ]);
    assert_eq!(house.ollama.sim().requests()[1]["messages"], told);
}

#[tokio::test]
async fn another_answer_and_another_question_are_siblings() {
    let house = House::open().await;
    let first = ask(&house, json!({"text": "a"})).await;
    let (chat, question) = (&first["chat"], &first["question"]);
    let other = "sim:tokens=5,text=lorem";
    let again = ask(
        &house,
        json!({"chat": chat, "parent": question, "model": other}),
    )
    .await;
    let edited = ask(&house, json!({"chat": chat, "text": "b"})).await;
    assert_eq!((&again["chat"], &again["question"]), (chat, question));
    assert_ne!(edited["question"], *question);
    let kept = thread(&house, chat).await;
    let (one, two) = (script(MODEL).0, script(other).0);
    assert_eq!(
        tree(&kept),
        [
            (question, &Value::Null, "a"),
            (&first["answer"], question, &*one),
            (&again["answer"], question, &*two),
            (&edited["question"], &Value::Null, "b"),
            (&edited["answer"], &edited["question"], &*one),
        ]
    );
    // The model was told of its own path alone.
    let requests = house.ollama.sim().requests();
    assert_eq!(
        requests[1]["messages"],
        json!([{"role": "user", "content": "a"}])
    );
    assert_eq!(
        requests[2]["messages"],
        json!([{"role": "user", "content": "b"}])
    );

    // The path that is shown is remembered, and a message goes with what hangs below it.
    assert_eq!(
        touch(&house, chat, json!({"show": first["answer"]})).await,
        200
    );
    assert_eq!(thread(&house, chat).await["leaf"], first["answer"]);
    // A message with others below it: the newest of these.
    assert_eq!(touch(&house, chat, json!({"show": question})).await, 200);
    assert_eq!(thread(&house, chat).await["leaf"], again["answer"]);
    assert_eq!(
        touch(&house, chat, json!({"delete_message": question})).await,
        200
    );
    let kept = thread(&house, chat).await;
    let ids: Vec<_> = tree(&kept).into_iter().map(|(id, ..)| id).collect();
    assert_eq!(ids, [&edited["question"], &edited["answer"]]);
    assert_eq!(
        touch(&house, chat, json!({"show": first["answer"]})).await,
        404
    );
}

/// Deeper than the database's own cascades go.
#[tokio::test]
async fn a_long_chat_can_be_deleted_from_its_beginning() {
    let house = House::open().await;
    let mut last = ask(&house, json!({"text": "0", "model": "sim:tokens=1"})).await;
    let first = last.clone();
    for number in 1..510 {
        let text = number.to_string();
        let asking = json!({"chat": first["chat"], "parent": last["answer"], "text": text, "model": "sim:tokens=1"});
        last = ask(&house, asking).await;
    }
    let chat = &first["chat"];
    assert_eq!(tree(&thread(&house, chat).await).len(), 1020);
    assert_eq!(
        touch(&house, chat, json!({"delete_message": first["question"]})).await,
        200
    );
    assert_eq!(tree(&thread(&house, chat).await), []);
}

#[tokio::test]
async fn an_answer_that_was_cut_goes_on_in_its_message() {
    let house = House::open().await;
    let cut = "sim:tokens=40,thinking=5,fault=eof@10";
    let asked = ask(&house, json!({"text": "a", "model": cut})).await;
    let (chat, answer) = (&asked["chat"], &asked["answer"]);
    let before = thread(&house, chat).await;
    let written = &before["messages"][1]["written"];
    assert_eq!(written["done"]["status"], "interrupted");
    let going = house
        .call("/api/go_on", &json!({"chat": chat, "answer": answer}))
        .await;
    assert_eq!(going["answer"], *answer);
    assert_ne!(going["generation"], asked["generation"]);
    let (content, done) = read(&house, &going).await;
    let half = before["messages"][1]["content"].as_str().unwrap();
    assert!(
        content.starts_with(half) && content.len() > half.len(),
        "{content}"
    );
    let after = thread(&house, chat).await;
    assert_eq!(tree(&after).len(), 2);
    assert_eq!(after["messages"][1]["content"], content);
    assert_eq!(
        after["messages"][1]["written"]["done"]["status"],
        done["status"]
    );
    let told = &house.ollama.sim().requests()[1]["messages"];
    assert_eq!(told[1]["content"], half);
    assert_eq!(told[1]["thinking"], written["thinking"]);
}

/// Two tabs edit the same question, or ask after the same answer, in the same moment.
#[tokio::test]
async fn what_two_tabs_ask_at_once_are_siblings() {
    let house = House::open().await;
    let first = ask(&house, json!({"text": "One"})).await;
    let chat = &first["chat"];
    for parent in [&Value::Null, &first["answer"]] {
        let asks = (0..8).map(|tab| {
            let text = format!("From tab {tab} after {parent}");
            ask(
                &house,
                json!({"chat": chat, "parent": parent, "text": text}),
            )
        });
        let asked = join_all(asks).await;
        let kept = thread(&house, chat).await;
        let kept = tree(&kept);
        for one in &asked {
            let question = kept.iter().find(|(id, ..)| **id == one["question"]);
            assert_eq!(question.unwrap().1, parent);
            let answer = kept.iter().find(|(id, ..)| **id == one["answer"]);
            assert_eq!(answer.unwrap().2, script(MODEL).0);
        }
    }
}

#[tokio::test]
async fn the_same_request_is_one_question() {
    let house = House::open().await;
    let asking = json!({"text": "a", "model": MODEL, "request_id": "one"});
    let (first, second) = tokio::join!(
        house.call("/api/ask", &asking),
        house.call("/api/ask", &asking)
    );
    assert_eq!(first, second);
    read(&house, &first).await;
    assert_eq!(house.call("/api/ask", &asking).await, first);
    let list = get(&house, "/api/chats").await;
    assert_eq!(titles(&list), ["a"]);
}

/// What is copied of a message is what was written, to the letter.
#[tokio::test]
async fn a_message_is_had_as_it_was_written() {
    let house = House::open().await;
    let text = "a <b> `c`\n\n**d**  \n";
    let asked = ask(&house, json!({"text": text, "model": "sim:text=echo"})).await;
    let source = async |message: &Value, status: StatusCode| {
        let [chat, message] = [&asked["chat"], message].map(|it| it.as_str().unwrap());
        let path = format!("/api/panel?name=source&chat={chat}&item={message}&offset=0");
        let response = house.client.get(house.url.clone() + &path).send();
        let response = response.await.unwrap();
        assert_eq!(response.status(), status);
        response.json::<Value>().await.unwrap()
    };
    for message in ["question", "answer"] {
        assert_eq!(source(&asked[message], StatusCode::OK).await, text);
    }
    source(&json!("gone"), StatusCode::NOT_FOUND).await;
}
