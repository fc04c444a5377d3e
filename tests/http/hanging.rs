//! A model that is loaded and says nothing: told, and unloaded when somebody wants it.

use serde_json::json;

use crate::support::{Frames, House, add_up, script};

const SOON: [&str; 2] = ["--silent-after", "1s"];

/// Reads until the model is said to be silent; gives the generation.
async fn until_silent(house: &House, model: &str) -> (String, Frames) {
    let generation = house.send(model).await;
    let mut frames = Frames::of(house.follow(&generation, None).await);
    while frames.next().await.unwrap().json["phase"] != "silent" {}
    (generation, frames)
}

#[tokio::test]
async fn a_model_that_hangs_is_unloaded_and_the_text_so_far_is_kept() {
    let house = House::with(&SOON).await;
    // One that hangs in mid-answer, and one that hangs before its first word.
    for (model, text) in [
        ("sim:tokens=9,fault=stall@4", script("sim:tokens=4").0),
        ("sim:tokens=8,fault=stall@0", String::new()),
    ] {
        let (generation, frames) = until_silent(&house, model).await;
        assert_eq!(house.ollama.sim().loaded(), [model]);
        let unload = json!({"generation": generation});
        let unloaded = house.call("/api/unload", &unload).await;
        assert_eq!(unloaded["status"], "interrupted");
        assert!(house.ollama.sim().loaded().is_empty());
        assert_eq!(house.ollama.sim().stats().open, 0);
        frames.all().await;
        let all = Frames::of(house.follow(&generation, None).await)
            .all()
            .await;
        let (content, _, done) = add_up(&all);
        assert_eq!(content, text);
        assert_eq!(done["status"], "interrupted");
        let why = done["error"]["message"].as_str().unwrap();
        assert!(why.contains("unloaded"), "{why}");
        // It has ended: there is nothing to unload any more.
        assert_eq!(house.post("/api/unload", &unload).await.status(), 400);
    }
}

#[tokio::test]
async fn a_model_that_speaks_is_not_unloaded() {
    let house = House::open().await;
    let generation = house.send("sim:tokens=100000,rate=50").await;
    let refused = house
        .post("/api/unload", &json!({"generation": generation}))
        .await;
    assert_eq!(refused.status(), 400);
    let unknown = json!({"generation": "gone"});
    assert_eq!(house.post("/api/unload", &unknown).await.status(), 404);
}

#[tokio::test]
async fn one_that_speaks_again_is_writing_again_and_one_that_loads_is_not_silent() {
    let house = House::with(&SOON).await;
    let generation = house.send("sim:load=2500ms,tokens=3,delay=4s").await;
    let frames = Frames::of(house.follow(&generation, None).await)
        .all()
        .await;
    let mut phases: Vec<_> = frames
        .iter()
        .filter_map(|frame| frame.json["phase"].as_str())
        .collect();
    phases.retain(|phase| *phase != "queued");
    assert_eq!(phases, ["loading", "reading", "silent", "writing"]);
}
