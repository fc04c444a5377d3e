//! Chaos, seeded: hundreds of readers over dozens of generations that break off, come back, reload, read slowly and
//! stop, while upstreams fail, and the server is killed and started again in their midst. Whatever happens, every
//! reader of a generation ends with the same text: all that the model said, or exactly what was kept of it. Nothing is
//! left behind: no upstream's connection, and no memory. `CHAOS_SEED=n` repeats a run.

use std::{path::Path, sync::Arc, time::Duration};

use ollama_sim::Running;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::{sync::Notify, time::sleep};

use crate::{
    chance::Chance,
    program::Program,
    support::{Frame, Frames, PATIENCE, add_up, client, script},
};

const GENERATIONS: usize = 30;
const READERS: usize = 10;

/// A model that says something, in some way, and perhaps fails at it. Also: what it would say if it did not.
fn any_model(chance: &mut Chance) -> (String, String) {
    let (text, seed) = (
        chance.of(&["lorem", "unicode", "hostile"]),
        chance.below(1000),
    );
    let (tokens, thinking) = (50 + chance.below(300), chance.below(30));
    let well = format!("sim:tokens={tokens},thinking={thinking},text={text},seed={seed}");
    let rate = 200 + chance.below(1800);
    let way = chance.of(&["", ",cut=3", ",batch=7", ",junk", ",blank", ",delay=200ms"]);
    let fault = if chance.one_in(3) {
        let kind = chance.of(&["error", "eof", "reset", "errornested"]);
        format!(",fault={kind}@{}", chance.below(tokens))
    } else {
        String::new()
    };
    (format!("{well},rate={rate}{way}{fault}"), well)
}

/// Brooklet as its clients see it: at one address, and not always there.
struct House {
    url: String,
    client: Client,
    /// Told when the first generations have ended: the time to be killed.
    ripe: Notify,
}

impl House {
    /// Posts until there is an answer.
    async fn call(&self, path: &str, body: &Value) -> Value {
        loop {
            let request = self.client.post(format!("{}{path}", self.url)).json(body);
            if let Ok(response) = request.send().await
                && let Ok(answer) = response.json().await
            {
                return answer;
            }
            // As long as a browser waits before it comes again, for an impatient one.
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Follows as soon as there is somebody to follow.
    async fn follow(&self, generation: &str, last: Option<u64>) -> Response {
        loop {
            let url = format!("{}/api/follow?generation={generation}", self.url);
            let mut request = self.client.get(url);
            if let Some(last) = last {
                request = request.header("last-event-id", last);
            }
            if let Ok(response) = request.send().await {
                return response;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Reads a generation to its end in the way of somebody with a bad network and little patience.
async fn read(house: &House, generation: &str, mut chance: Chance) -> Vec<Frame> {
    let (mut read, mut last) = (Vec::<Frame>::new(), None);
    loop {
        let response = house.follow(generation, last).await;
        if response.status() == 204 {
            return read;
        }
        let mut frames = Frames::of(response);
        let patience = 1 + chance.below(40);
        for _ in 0..patience {
            let frame = match frames.try_next().await {
                Ok(Some(frame)) => frame,
                Ok(None) if read.last().is_some_and(|it| it.json["done"] == true) => return read,
                // It broke off, or ended without an end: the server is gone.
                Ok(None) | Err(_) => break,
            };
            last = frame.id;
            read.push(frame);
            if chance.one_in(10) {
                // A slow reader is what is tested here; nothing is waited for.
                sleep(Duration::from_millis(chance.below(30))).await;
            }
        }
        if chance.one_in(4) {
            // A reload: all that was read is forgotten.
            (read, last) = (Vec::new(), None);
        }
    }
}

/// What is kept of a generation that has ended. The server may be killed while that is read, too.
async fn stored(house: &House, generation: &str) -> Vec<Frame> {
    loop {
        let mut frames = Frames::of(house.follow(generation, None).await);
        let mut read = Vec::new();
        while let Ok(Some(frame)) = frames.try_next().await {
            read.push(frame);
        }
        if read.last().is_some_and(|it| it.json["done"] == true) {
            return read;
        }
    }
}

/// A generation, its readers, and perhaps somebody who stops it; then all of them are compared.
async fn live(house: Arc<House>, model: String, well: String, number: usize, mut chance: Chance) {
    let ask = json!({"message": "hi", "model": model, "request_id": format!("chaos-{number}")});
    let sent = house.call("/api/send", &ask).await;
    let generation = sent["generation"].as_str().unwrap();
    let readers = (0..READERS).map(|_| read(&house, generation, chance.branch()));
    let readers = futures_util::future::join_all(readers);
    let mut whim = chance.branch();
    let stopper = async {
        if whim.one_in(5) {
            sleep(Duration::from_millis(whim.below(400))).await;
            let stop = json!({"generation": generation});
            house.call("/api/stop", &stop).await;
        }
    };
    let (readers, ()) = tokio::join!(readers, stopper);
    let stored = stored(&house, generation).await;
    let (content, thinking, done) = add_up(&stored);
    for frames in readers {
        check_ids(&frames);
        let (read, thought, end) = add_up(&frames);
        assert_eq!(
            (&read, &thought, &end),
            (&content, &thinking, &done),
            "{model}"
        );
    }
    check_text(&model, &script(&well), (&content, &thinking), &done);
    house.ripe.notify_one();
}

/// Dozens of generations at once.
async fn crowd(house: &Arc<House>, wave: usize, chance: &mut Chance) {
    let lives: Vec<_> = (0..GENERATIONS)
        .map(|number| {
            let (model, well) = any_model(chance);
            let number = wave * GENERATIONS + number;
            let life = live(Arc::clone(house), model, well, number, chance.branch());
            tokio::spawn(life)
        })
        .collect();
    for life in lives {
        let ended = tokio::time::timeout(4 * PATIENCE, life).await;
        ended.expect("no reader hangs").unwrap();
    }
}

async fn start(data: &Path, ollama: &Running, port: u16) -> Program {
    let few = ["--max-parallel", "12", "--max-finished", "0"];
    Program::start(data, &ollama.url(), port, &few).await
}

async fn run(seed: u64) {
    let mut chance = Chance::new(seed);
    let ollama = Running::start().await.unwrap();
    let data = tempfile::tempdir().unwrap();
    let program = start(data.path(), &ollama, 0).await;
    let house = Arc::new(House {
        url: program.url.clone(),
        client: client(),
        ripe: Notify::new(),
    });
    let idle = idle(&program).await;
    let port = program.port();
    let killing = async {
        house.ripe.notified().await;
        program.kill().await;
        start(data.path(), &ollama, port).await
    };
    let ((), program) = tokio::join!(crowd(&house, 0, &mut chance), killing);
    check_upstream(&ollama).await;
    // What a crowd has taken it has given back, and a crowd more takes no more than the one before it did.
    crowd(&house, 1, &mut chance).await;
    check_upstream(&ollama).await;
    let before = program.memory();
    crowd(&house, 2, &mut chance).await;
    check_upstream(&ollama).await;
    let after = program.memory();
    println!("memory: {idle} kB idle, {before} kB after a crowd, {after} kB after another");
    for (less, more) in [(idle, before), (idle, after), (before, after)] {
        assert!(more * 5 <= less * 6, "{less} kB, then {more} kB");
    }
}

/// What a program takes that has nothing to do, once it has had a question.
async fn idle(program: &Program) -> u64 {
    let house = House {
        url: program.url.clone(),
        client: client(),
        ripe: Notify::new(),
    };
    let model = "sim:tokens=50".to_owned();
    live(
        Arc::new(house),
        model.clone(),
        model,
        usize::MAX,
        Chance::new(0),
    )
    .await;
    program.memory()
}

/// Nobody is left who reads from the model's server.
async fn check_upstream(ollama: &Running) {
    let gone = ollama.sim().until(|stats| stats.open == 0);
    let stats = tokio::time::timeout(PATIENCE, gone).await.unwrap();
    assert_eq!(stats.started, stats.completed + stats.dropped);
}

/// The numbers only grow, but for a snapshot, which may begin anywhere.
fn check_ids(frames: &[Frame]) {
    for pair in frames.windows(2) {
        assert!(
            pair[1].json.get("snapshot").is_some() || pair[0].id < pair[1].id,
            "{pair:?}"
        );
    }
}

/// All that the model says if it came to its end, else the beginning of it.
fn check_text(model: &str, whole: &(String, String), read: (&str, &str), done: &Value) {
    if done["status"] == "complete" {
        assert_eq!((whole.0.as_str(), whole.1.as_str()), read, "{model}");
    } else {
        assert!(
            whole.0.starts_with(read.0) && whole.1.starts_with(read.1),
            "{model}"
        );
        assert!(["stopped", "failed", "interrupted"].contains(&done["status"].as_str().unwrap()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_reader_of_a_generation_ends_with_the_same_text() {
    let seeds = match std::env::var("CHAOS_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => vec![1, 2],
    };
    for seed in seeds {
        println!("CHAOS_SEED={seed}");
        run(seed).await;
    }
}
