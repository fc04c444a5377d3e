//! Chaos, seeded: hundreds of readers over dozens of generations that break off, come back, reload, read slowly and
//! stop, while upstreams fail. Whatever happens, every reader of a generation ends with the same text: all that the
//! model said, or exactly what it had said when it ended. `CHAOS_SEED=n` repeats a run.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use crate::support::{Frame, Frames, House, PATIENCE, add_up, script};

const GENERATIONS: usize = 30;
const READERS: usize = 10;

/// Chance that can be had again: a linear congruential generator, which is random enough to choose by.
#[derive(Clone)]
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }

    /// Chance of its own for somebody else.
    fn branch(&mut self) -> Self {
        Self(self.below(u64::from(u32::MAX)))
    }
}

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

/// Reads a generation to its end in the way of somebody with a bad network and little patience.
async fn read(house: &House, generation: &str, mut chance: Chance) -> Vec<Frame> {
    let (mut read, mut last) = (Vec::new(), None);
    loop {
        let response = house.follow(generation, last).await;
        if response.status() == 204 {
            return read;
        }
        let mut frames = Frames::of(response);
        let patience = 1 + chance.below(40);
        for _ in 0..patience {
            let Some(frame) = frames.next().await else {
                return read;
            };
            last = frame.id;
            read.push(frame);
            if chance.one_in(10) {
                // A slow reader is what is tested here; nothing is waited for.
                tokio::time::sleep(Duration::from_millis(chance.below(30))).await;
            }
        }
        if chance.one_in(4) {
            // A reload: all that was read is forgotten.
            (read, last) = (Vec::new(), None);
        }
    }
}

async fn run(seed: u64) {
    let mut chance = Chance(seed);
    let house = Arc::new(House::with(&["--max-parallel", "12"]).await);
    let mut tasks = Vec::new();
    for _ in 0..GENERATIONS {
        let (model, well) = any_model(&mut chance);
        let (house, mut chance) = (Arc::clone(&house), chance.branch());
        tasks.push(tokio::spawn(async move {
            let generation = house.send(&model).await;
            let readers = (0..READERS).map(|_| read(&house, &generation, chance.branch()));
            let readers = futures_util::future::join_all(readers);
            let stopper = async {
                if chance.clone().one_in(5) {
                    tokio::time::sleep(Duration::from_millis(chance.clone().below(400))).await;
                    house
                        .call("/api/stop", &json!({"generation": generation}))
                        .await;
                }
            };
            let (readers, ()) = tokio::join!(readers, stopper);
            let stored = Frames::of(house.follow(&generation, None).await)
                .all()
                .await;
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
        }));
    }
    for task in tasks {
        tokio::time::timeout(4 * PATIENCE, task)
            .await
            .expect("no reader hangs")
            .unwrap();
    }
    let stats = house.until(|stats| stats.open == 0).await;
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
        Err(_) => vec![1, 2, 3],
    };
    for seed in seeds {
        println!("CHAOS_SEED={seed}");
        run(seed).await;
    }
}
