//! A disk that takes nothing while Brooklet serves: whoever reads an answer has it whole, and is told; nothing that was
//! stored is lost, and what could not be stored is when that works again.

use ollama_sim::Running;
use reqwest::Response;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    program::{Log, Program},
    support::{Frames, PATIENCE, add_up, client, script},
};

const MODEL: &str = "sim:tokens=60,rate=100,text=unicode";

async fn get(program: &Program, path: &str, id: &Value) -> Response {
    let url = format!("{}{path}{}", program.url, id.as_str().unwrap());
    client().get(url).send().await.unwrap()
}

async fn post(program: &Program, path: &str, body: &Value) -> Response {
    let request = client().post(format!("{}{path}", program.url)).json(body);
    request.send().await.unwrap()
}

/// Asks, and reads the answer to its end; gives what was asked, the text and the end.
async fn answer(program: &Program, text: &str) -> (Value, String, Value) {
    answer_in(program, text, &json!({})).await
}

/// The same after an answer of a chat.
async fn answer_in(program: &Program, text: &str, after: &Value) -> (Value, String, Value) {
    let asking = json!({
        "text": text, "model": MODEL, "chat": after["chat"], "parent": after["answer"],
    });
    let response = post(program, "/api/ask", &asking).await;
    assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
    let asked: Value = response.json().await.unwrap();
    let response = get(program, "/api/follow?generation=", &asked["generation"]).await;
    let (content, _, done) = add_up(&Frames::of(response).all().await);
    (asked, content, done)
}

async fn thread(program: &Program, asked: &Value) -> Value {
    let response = get(program, "/api/thread?chat=", &asked["chat"]).await;
    response.json().await.unwrap()
}

/// Reads the log up to a line with `part` in it; gives the lines, that one included.
async fn read_up_to(log: &mut Log, part: &str) -> Vec<String> {
    let mut lines = Vec::new();
    while lines
        .last()
        .is_none_or(|line: &String| !line.contains(part))
    {
        let line = tokio::time::timeout(PATIENCE, log.next_line()).await;
        lines.push(line.expect(part).unwrap().expect(part));
    }
    lines
}

#[tokio::test]
async fn a_disk_that_takes_nothing_is_told_once_and_nothing_is_lost() {
    let (ollama, data) = (Running::start().await.unwrap(), TempDir::new().unwrap());
    let (program, mut log) = Program::start_on_a_bad_disk(data.path(), &ollama.url()).await;
    let (first, _, done) = answer(&program, "first").await;
    assert_eq!(done["status"], "complete");
    assert_eq!(done.get("error"), None);

    program.set_disk_refuses(true);
    let mut unsaved = Vec::new();
    for text in ["second", "third"] {
        let (asked, content, done) = answer(&program, text).await;
        assert_eq!(content, script(MODEL).0, "{text}");
        assert_eq!(done["status"], "complete");
        assert_eq!(done["error"]["kind"], "unsaved");
        let message = done["error"]["message"].as_str().unwrap();
        for part in ["has not been saved", "could not be written", "in memory"] {
            assert!(message.contains(part), "{part}: {message}");
        }
        unsaved.push(asked);
    }
    // What was stored can be read, and what cannot be done is said.
    let kept = thread(&program, &first).await;
    assert_eq!(kept["messages"][1]["content"], script(MODEL).0);
    let rename = json!({"chats": [first["chat"]], "touch": {"rename": "Sky"}});
    let refused = post(&program, "/api/touch", &rename).await;
    assert_eq!(refused.status(), 500);
    let refused: Value = refused.json().await.unwrap();
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains("could not be written"), "{message}");

    program.set_disk_refuses(false);
    let lines = read_up_to(&mut log, "answers are saved again").await;
    let told = |part: &str| lines.iter().filter(|line| line.contains(part)).count();
    assert_eq!(told("answers could not be saved"), 1, "{lines:?}");
    assert_eq!(
        told("brooklet.db could not be read or written"),
        2,
        "{lines:?}"
    );
    assert_eq!(told("the store failed"), 1, "the rename: {lines:?}");
    let (last, _, done) = answer(&program, "last").await;
    assert_eq!(done.get("error"), None);
    program.kill().await;

    let program = Program::start(data.path(), &ollama.url(), 0, &[]).await;
    for asked in [&first, &unsaved[0], &unsaved[1], &last] {
        let kept = thread(&program, asked).await;
        assert_eq!(kept["messages"][1]["content"], script(MODEL).0, "{kept}");
        let done = &kept["messages"][1]["written"]["done"];
        assert_eq!(done["status"], "complete");
        assert_eq!(done.get("error"), None);
    }
}

#[tokio::test]
async fn one_goes_on_in_a_chat_that_is_not_saved() {
    let (ollama, data) = (Running::start().await.unwrap(), TempDir::new().unwrap());
    // A log on the same disk: what cannot be written there either is no reason to end.
    let program = Program::start_with_its_log_there(data.path(), &ollama.url()).await;
    let (kept, _, _) = answer(&program, "kept").await;
    program.set_disk_refuses(true);
    let mut chats = Vec::new();
    for before in [kept, json!({})] {
        let (second, _, done) = answer_in(&program, "second", &before).await;
        assert_eq!(done["error"]["kind"], "unsaved");
        chats.push(second);
    }
    for (chat, questions) in chats.iter_mut().zip([3, 2]) {
        let (third, content, done) = answer_in(&program, "third", chat).await;
        assert_eq!(content, script(MODEL).0);
        assert_eq!(done["error"]["kind"], "unsaved");
        *chat = third;
        // The model was told all that was said, and whoever opens the chat sees it.
        let requests = ollama.sim().requests();
        let told = requests.last().unwrap()["messages"].as_array().unwrap();
        assert_eq!(told.len(), 2 * questions - 1, "{told:?}");
        let seen = thread(&program, chat).await;
        let seen = seen["messages"].as_array().unwrap();
        assert_eq!(seen.len(), 2 * questions);
        assert_eq!(seen.last().unwrap()["content"], script(MODEL).0);
    }
    // There is room again, and nothing has been saved yet: that is no reason to wait either.
    program.set_disk_refuses(false);
    for chat in &mut chats {
        let (last, _, done) = answer_in(&program, "last", chat).await;
        assert_eq!(done.get("error"), None);
        *chat = last;
    }
    let (_, _, done) = answer(&program, "another").await;
    assert_eq!(done.get("error"), None);
    program.kill().await;
    let program = Program::start(data.path(), &ollama.url(), 0, &[]).await;
    for (chat, questions) in chats.iter().zip([4, 3]) {
        let kept = thread(&program, chat).await;
        let kept = kept["messages"].as_array().unwrap();
        assert_eq!(kept.len(), 2 * questions);
        for answer in kept.iter().skip(1).step_by(2) {
            assert_eq!(answer["content"], script(MODEL).0);
            assert_eq!(answer["written"]["done"]["status"], "complete");
        }
    }
}
