//! The end comes at any moment, seeded: the process is killed while people ask, read, rename and pin, again and again
//! in the same folder; or the power goes, and with it the end of the database's log. The file stays whole, and whatever
//! anybody was told is there at the next start. `POWER_SEED=n` repeats a run, as far as the machine's own timing lets
//! it.

use std::{collections::HashMap, convert::Infallible, fs, path::Path, time::Duration};

use ollama_sim::Running;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use tokio::{task::JoinSet, time::sleep};

use crate::{
    chance::Chance,
    program::Program,
    support::{Frames, client, script},
};

const ROUNDS: usize = 10;
const PEOPLE: usize = 5;

const FILE: &str = "brooklet.db";
const LOG: &str = "brooklet.db-wal";

fn seed() -> u64 {
    let seed = std::env::var("POWER_SEED");
    let seed = seed.map_or(1, |seed| seed.parse().unwrap());
    println!("POWER_SEED={seed}");
    seed
}

/// What somebody was told of a chat.
struct Chat {
    id: String,
    title: Touched<String>,
    pinned: Touched<bool>,
    asked: Vec<Asked>,
}

/// A question that was taken.
struct Asked {
    text: String,
    model: String,
    /// What was answered to it.
    ids: Value,
    /// The last frame, where it has been read.
    done: Option<Value>,
}

/// Something that was changed.
struct Touched<T> {
    /// As somebody was told.
    known: T,
    /// As it may be: nobody was told any more.
    tried: Option<T>,
}

impl<T: PartialEq + Clone> Touched<T> {
    fn new(known: T) -> Self {
        Self { known, tried: None }
    }

    fn may_be(&self, value: &T) -> bool {
        self.known == *value || self.tried.as_ref() == Some(value)
    }
}

/// Somebody at the page, as long as it is there.
struct Person {
    client: Client,
    url: String,
    chance: Chance,
    chats: Vec<Chat>,
}

impl Person {
    fn new(url: &str, chance: Chance) -> Self {
        Self {
            client: client(),
            url: url.to_owned(),
            chance,
            chats: Vec::new(),
        }
    }

    /// Asks, reads, renames and pins until the server is gone.
    async fn live(&mut self) -> reqwest::Result<Infallible> {
        loop {
            self.ask().await?;
            if self.chance.one_in(2) {
                self.rename().await?;
            }
            if self.chance.one_in(3) {
                self.pin().await?;
            }
        }
    }

    /// Asks in a new chat, or once more in the last one; reads the answer, or does not.
    async fn ask(&mut self) -> reqwest::Result<()> {
        let number = self.chance.below(1_000_000);
        let text = format!("Question {number}");
        let (tokens, rate) = (10 + self.chance.below(150), 300 + self.chance.below(2000));
        let kind = self.chance.of(&["lorem", "unicode", "hostile"]);
        let model = format!("sim:tokens={tokens},thinking=3,rate={rate},text={kind},seed={number}");
        let mut asking = json!({"text": text, "model": model});
        let last = self.chats.last().and_then(|chat| chat.asked.last());
        // Nobody asks after an answer that is still being written.
        let goes_on = last.filter(|last| last.done.is_some()).is_some() && self.chance.one_in(2);
        if let Some(last) = last.filter(|_| goes_on) {
            asking["chat"] = last.ids["chat"].clone();
            asking["parent"] = last.ids["answer"].clone();
        }
        let ids: Value = self.post("/api/ask", &asking).await?.json().await?;
        if !goes_on {
            self.chats.push(Chat {
                id: ids["chat"].as_str().unwrap().to_owned(),
                title: Touched::new(text.clone()),
                pinned: Touched::new(false),
                asked: Vec::new(),
            });
        }
        let generation = ids["generation"].as_str().unwrap().to_owned();
        let asked = Asked {
            text,
            model,
            ids,
            done: None,
        };
        self.chats.last_mut().unwrap().asked.push(asked);
        if self.chance.one_in(4) {
            return Ok(());
        }
        let url = format!("{}/api/follow?generation={generation}", self.url);
        let mut frames = Frames::of(self.client.get(url).send().await?);
        while let Some(frame) = frames.try_next().await? {
            if frame.json["done"] == true {
                let mut asked = self.chats.last_mut().unwrap().asked.last_mut();
                asked.as_mut().unwrap().done = Some(frame.json);
            }
        }
        Ok(())
    }

    async fn rename(&mut self) -> reqwest::Result<()> {
        let title = format!("Title {}", self.chance.below(1_000_000));
        self.last().title.tried = Some(title.clone());
        self.touch(&json!({"rename": title})).await?;
        self.last().title = Touched::new(title);
        Ok(())
    }

    async fn pin(&mut self) -> reqwest::Result<()> {
        let pinned = !self.last().pinned.known;
        self.last().pinned.tried = Some(pinned);
        self.touch(&json!({"pin": pinned})).await?;
        self.last().pinned = Touched::new(pinned);
        Ok(())
    }

    async fn touch(&mut self, touch: &Value) -> reqwest::Result<()> {
        let body = json!({"chats": [self.last().id], "touch": touch});
        // It has been told when all of it has been read.
        self.post("/api/touch", &body).await?.bytes().await?;
        Ok(())
    }

    fn last(&mut self) -> &mut Chat {
        self.chats.last_mut().unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> reqwest::Result<Response> {
        let request = self.client.post(format!("{}{path}", self.url)).json(body);
        let response = request.send().await?;
        assert_eq!(response.status(), 200, "{path} {body}");
        Ok(response)
    }
}

/// Everything that anybody was told is there.
async fn check(url: &str, chats: &[Chat]) {
    let client = client();
    let get = async |path: String| -> Value {
        let response = client.get(format!("{url}{path}")).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    };
    let (mut listed, mut after) = (HashMap::new(), String::new());
    loop {
        let page = get(format!("/api/chats{after}")).await;
        for chat in page["chats"].as_array().unwrap() {
            let id = chat["id"].as_str().unwrap().to_owned();
            after = format!("?after={id}");
            listed.insert(id, chat.clone());
        }
        if page["more"] == false {
            break;
        }
    }
    for chat in chats {
        let entry = &listed[&chat.id];
        let title = entry["title"].as_str().unwrap().to_owned();
        assert!(chat.title.may_be(&title), "{title}: {}", chat.title.known);
        let pinned = entry["pinned"].as_bool().unwrap();
        assert!(chat.pinned.may_be(&pinned), "{title}: {pinned}");
        let thread = get(format!("/api/thread?chat={}", chat.id)).await;
        let message = |id: &Value| {
            let mut messages = thread["messages"].as_array().unwrap().iter();
            let found = messages.find(|message| message["id"] == *id);
            found.unwrap_or_else(|| panic!("no {id} in {thread}"))
        };
        for asked in &chat.asked {
            let question = message(&asked.ids["question"]);
            assert_eq!(question["content"], asked.text);
            let answer = message(&asked.ids["answer"]);
            assert_eq!(answer["parent"], asked.ids["question"]);
            check_answer(asked, answer);
        }
    }
}

/// An answer that was read is there as it was read, another one as far as it came.
fn check_answer(asked: &Asked, answer: &Value) {
    let (content, thinking) = script(&asked.model);
    let written = &answer["written"];
    assert_eq!(written["generation"], asked.ids["generation"]);
    let said = answer["content"].as_str().unwrap();
    let thought = written["thinking"].as_str().unwrap_or_default();
    let status = written["done"]["status"].as_str();
    let status = status.unwrap_or_else(|| panic!("{answer}"));
    if let Some(read) = &asked.done {
        let mut done = written["done"].clone();
        done["done"] = true.into();
        assert_eq!(done, *read);
    }
    match status {
        "complete" => assert_eq!((said, thought), (&*content, &*thinking)),
        "interrupted" => assert!(content.starts_with(said) && thinking.starts_with(thought)),
        _ => panic!("{status}"),
    }
}

/// The file is whole. Looked at without touching it: the next start has to do with it as it is.
async fn check_file(folder: &Path) {
    let options = SqliteConnectOptions::new()
        .filename(folder.join(FILE))
        .read_only(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(found, ["ok"]);
    let orphans = sqlx::query("PRAGMA foreign_key_check")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(orphans.len(), 0);
    connection.close().await.unwrap();
}

async fn start(folder: &Path, ollama: &Running) -> Program {
    Program::start(folder, &ollama.url(), 0, &["--max-parallel", "100"]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whenever_it_is_killed_what_was_told_is_there() {
    let (ollama, data) = (Running::start().await.unwrap(), TempDir::new().unwrap());
    let mut chance = Chance::new(seed());
    let (mut chats, mut cut) = (Vec::new(), 0);
    for _ in 0..ROUNDS {
        let program = start(data.path(), &ollama).await;
        let mut people = JoinSet::new();
        for _ in 0..PEOPLE {
            let mut person = Person::new(&program.url, chance.branch());
            people.spawn(async move {
                // It ends with the server.
                let Err(_) = person.live().await;
                person.chats
            });
        }
        sleep(Duration::from_millis(150 + chance.below(700))).await;
        program.kill().await;
        let told: Vec<Chat> = people.join_all().await.into_iter().flatten().collect();
        let last = told.iter().filter_map(|chat| chat.asked.last());
        cut += last.filter(|last| last.done.is_none()).count();
        check_file(data.path()).await;
        let program = start(data.path(), &ollama).await;
        check(&program.url, &told).await;
        program.kill().await;
        chats.extend(told);
    }
    // What the first rounds kept has outlived all the others.
    let program = start(data.path(), &ollama).await;
    check(&program.url, &chats).await;
    let asked: usize = chats.iter().map(|chat| chat.asked.len()).sum();
    println!("{asked} questions, {cut} of them cut off or left");
    assert!(
        asked > 5 * ROUNDS && cut > ROUNDS,
        "{asked} asked, {cut} cut"
    );
}

/// A power cut takes what the system had not written yet: the end of SQLite's log, or a part in its midst. Here it is
/// taken by hand. What was told before that place in the log is there.
#[tokio::test]
async fn when_the_power_goes_what_came_before_is_there() {
    let (ollama, data) = (Running::start().await.unwrap(), TempDir::new().unwrap());
    let mut chance = Chance::new(seed());
    let program = start(data.path(), &ollama).await;
    let log = data.path().join(LOG);
    // Up to which place in the log who was told what.
    let mut told = Vec::new();
    for _ in 0..12 {
        let mut person = Person::new(&program.url, chance.branch());
        person.ask().await.unwrap();
        person.rename().await.unwrap();
        told.push((fs::metadata(&log).unwrap().len(), person.chats));
    }
    program.kill().await;
    let whole = fs::read(&log).unwrap();
    let first = usize::try_from(told[0].0).unwrap();
    for round in 0..8 {
        let room = u64::try_from(whole.len() - first).unwrap();
        let place = first + usize::try_from(chance.below(room)).unwrap();
        let mut left = whole.clone();
        if round % 2 == 0 {
            left.truncate(place);
        } else {
            let end = whole.len().min(place + 4096);
            left[place..end].fill(0);
        }
        let folder = TempDir::new().unwrap();
        fs::copy(data.path().join(FILE), folder.path().join(FILE)).unwrap();
        fs::write(folder.path().join(LOG), left).unwrap();
        check_file(folder.path()).await;
        let program = start(folder.path(), &ollama).await;
        for (upto, chats) in &told {
            if usize::try_from(*upto).unwrap() <= place {
                check(&program.url, chats).await;
            }
        }
        program.kill().await;
        check_file(folder.path()).await;
    }
}
