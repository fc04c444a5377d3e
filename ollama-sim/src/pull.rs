//! `/api/pull` and `/api/create`: the progress of what takes time. Nothing is
//! downloaded; which models are there afterwards lives in `stock`.
//! How one that is made for pulling comes lives in `plan`.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::unfold;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};

use crate::catalogue::digest;
use crate::library;
use crate::plan::{Plan, Trouble};
use crate::refusal::Refusal;
use crate::request::{decode, named};
use crate::script::{Script, canonical};
use crate::sim::Sim;
use crate::stats::Pulling;

/// Ollama reports at this pace.
const PACE: Duration = Duration::from_millis(60);

/// The layers that each model pretends to have, with their bytes and the
/// number of lines which tell of them.
const LAYERS: [(&str, u64, u64); 2] = [("weights", 2_019_377_376, 16), ("template", 1_429, 2)];

pub(crate) async fn pull(State(sim): State<Sim>, body: Bytes) -> Result<Response, Refusal> {
    let name = library::model(&body)?;
    let options: Value = decode(&body)?;
    sim.note("pull", options.clone());
    if name.contains(char::is_whitespace) {
        return Err(Refusal::bad("invalid model name"));
    }
    let plan = Plan::parse(&name);
    let mut lines = Lines::new(sim, name.clone(), options["stream"] != false);
    // The first comes before Ollama has looked anywhere, so a model that
    // nobody has is an error after a 200.
    lines.status("pulling manifest");
    let is_missing = plan.map_or_else(
        || Script::parse(&name).is_err(),
        |plan| plan.trouble == Some(Trouble::Missing),
    );
    if is_missing {
        lines.error("pull model manifest: file does not exist");
    } else if let Some(plan) = plan {
        lines.weights = Some(Weights {
            plan,
            from: lines.sim.stock().part(&name).min(plan.bytes),
            begun: None,
        });
    } else {
        for (layer, total, steps) in LAYERS {
            for step in 0..=steps {
                lines.layer(layer, total * step / steps, total);
            }
        }
        lines.last();
    }
    lines.respond().await
}

/// The body of `/api/create`, as far as it matters here.
#[derive(Deserialize)]
struct Create {
    model: Option<String>,
    from: Option<String>,
    system: Option<String>,
    #[serde(default)]
    parameters: Map<String, Value>,
}

pub(crate) async fn create(State(sim): State<Sim>, body: Bytes) -> Result<Response, Refusal> {
    let create: Create = decode(&body)?;
    let options: Value = decode(&body)?;
    sim.note("create", options.clone());
    let name = named(create.model)?;
    let neither = "neither 'from' or 'files' was specified";
    let from = create.from.ok_or_else(|| Refusal::bad(neither))?;
    let mut lines = Lines::new(sim, name.clone(), options["stream"] != false);
    let parameters = create.parameters.iter();
    let parameters: Vec<_> = parameters
        .map(|(key, value)| format!("{key:<30} {value}"))
        .collect();
    let mut own = Map::new();
    own.insert("parameters".to_owned(), parameters.join("\n").into());
    own.extend(
        create
            .system
            .map(|system| ("system".to_owned(), system.into())),
    );
    if lines.sim.stock().derive(&from, &name, own) {
        lines.status(&format!("using existing layer sha256:{}", digest(&from)));
        lines.status(&format!("creating new layer sha256:{}", digest(&name)));
        lines.status("writing manifest");
        lines.status("success");
    } else {
        // Ollama looks for it in its library.
        lines.error("pull model manifest: file does not exist");
    }
    lines.respond().await
}

/// The layer that takes time.
#[derive(Debug)]
struct Weights {
    plan: Plan,
    /// The bytes that were there before.
    from: u64,
    begun: Option<Instant>,
}

/// Lines as they become due.
#[derive(Debug)]
struct Lines {
    sim: Sim,
    open: Pulling,
    name: String,
    streams: bool,
    ready: VecDeque<Value>,
    /// What comes between the lines that are ready and the last ones.
    weights: Option<Weights>,
    is_first: bool,
    is_cut: bool,
}

impl Lines {
    fn new(sim: Sim, name: String, streams: bool) -> Self {
        Self {
            open: Pulling::new(sim.clone()),
            sim,
            name,
            streams,
            ready: VecDeque::new(),
            weights: None,
            is_first: true,
            is_cut: false,
        }
    }

    fn status(&mut self, text: &str) {
        self.ready.push_back(json!({ "status": text }));
    }

    fn error(&mut self, text: &str) {
        self.ready.push_back(json!({ "error": text }));
    }

    fn layer(&mut self, layer: &str, completed: u64, total: u64) {
        let digest = digest(&format!("{} {layer}", canonical(&self.name)));
        let mut line = json!({ "status": format!("pulling {}", &digest[..12]) });
        line["digest"] = format!("sha256:{digest}").into();
        // Go omits a zero.
        for (key, value) in [("total", total), ("completed", completed)] {
            if value > 0 {
                line[key] = value.into();
            }
        }
        self.ready.push_back(line);
    }

    /// What comes when all layers are there.
    fn last(&mut self) {
        for text in [
            "verifying sha256 digest",
            "writing manifest",
            "removing unused layers",
            "success",
        ] {
            self.status(text);
        }
    }

    async fn respond(mut self) -> Result<Response, Refusal> {
        if self.streams {
            let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
            let each = |mut lines: Self| async move { Some((lines.next().await?, lines)) };
            return Ok((kind, Body::from_stream(unfold(self, each))).into_response());
        }
        let mut last = Value::Null;
        while let Some(Ok(line)) = self.next().await {
            last = serde_json::from_str(&line).unwrap_or_default();
        }
        match last["error"].as_str() {
            Some(error) => Err(Refusal::internal(error)),
            None => Ok(Json(last).into_response()),
        }
    }

    /// The next line when it is due.
    async fn next(&mut self) -> Option<io::Result<String>> {
        if self.ready.is_empty() {
            if self.is_cut {
                // What has been said is to be on its way.
                sleep(PACE).await;
                self.open.complete();
                return Some(Err(io::Error::other("cut")));
            }
            self.go_on();
        }
        let Some(line) = self.ready.pop_front() else {
            self.open.complete();
            return None;
        };
        if self.streams && !self.is_first {
            sleep(PACE).await;
        }
        self.is_first = false;
        if line["status"] == "success" && !self.sim.stock().has(&self.name) {
            let plan = Plan::parse(&self.name);
            self.sim
                .stock()
                .add(&self.name, plan.map(|plan| plan.bytes));
        }
        Some(Ok(format!("{line}\n")))
    }

    /// Gets ready what the weights have to say by now.
    fn go_on(&mut self) {
        let Some(weights) = &mut self.weights else {
            return;
        };
        let Weights { plan, from, .. } = *weights;
        let begun = *weights.begun.get_or_insert_with(Instant::now);
        let Plan {
            bytes,
            rate,
            trouble,
        } = plan;
        let come = match rate {
            0 => bytes,
            rate => rate.saturating_mul(elapsed(begun)) / 1000,
        };
        let (mut completed, half) = ((from + come).min(bytes), bytes / 2);
        // What comes once is behind who begins there.
        let is_over = from >= half && matches!(trouble, Some(Trouble::Eof | Trouble::Cut));
        let trouble = trouble.filter(|_| completed >= half && !is_over);
        if trouble.is_some() {
            completed = half;
        }
        self.sim.stock().keep_part(&self.name, completed);
        self.layer("weights", completed, bytes);
        match trouble {
            None if completed < bytes => {}
            None => {
                self.weights = None;
                self.last();
            }
            // Ollama says the same again and again while nothing comes.
            Some(Trouble::Stall) => {}
            Some(Trouble::Cut) => self.is_cut = true,
            Some(trouble) => {
                self.weights = None;
                self.error(match trouble {
                    Trouble::DiskFull => {
                        "write /models/blobs/sha256-0-partial: no space left on device"
                    }
                    _ => "max retries exceeded: EOF",
                });
            }
        }
    }
}

/// Milliseconds since then.
fn elapsed(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}
