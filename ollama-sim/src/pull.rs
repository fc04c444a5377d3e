//! `/api/pull`: the progress of a download that does not take place.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::catalogue::digest;
use crate::refusal::Refusal;
use crate::request::decode;
use crate::script::Script;
use crate::{library, script};

/// Ollama reports at this pace.
const PACE: Duration = Duration::from_millis(60);

/// The layers that each model pretends to have, with their bytes and the
/// number of lines which tell of them.
const LAYERS: [(&str, u64, u64); 2] = [("weights", 2_019_377_376, 16), ("template", 1_429, 2)];

pub(crate) async fn pull(body: Bytes) -> Result<Response, Refusal> {
    let name = library::model(&body)?;
    if name.contains(char::is_whitespace) {
        return Err(Refusal::bad("invalid model name"));
    }
    let lines = lines(&name);
    let options: Value = decode(&body)?;
    if options["stream"] == false {
        let last = lines.into_iter().next_back().unwrap_or_default();
        return Ok(match last["error"].as_str() {
            Some(error) => Refusal::internal(error).into_response(),
            None => Json(last).into_response(),
        });
    }
    let paced = stream::iter(lines)
        .enumerate()
        .then(|(number, line)| async move {
            if number > 0 {
                sleep(PACE).await;
            }
            Ok::<_, std::io::Error>(format!("{line}\n"))
        });
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, Body::from_stream(paced)).into_response())
}

/// All lines. The first comes before Ollama has looked anywhere, so a model
/// that nobody has is an error after a 200.
fn lines(name: &str) -> Vec<Value> {
    let status = |text: &str| json!({ "status": text });
    let mut lines = vec![status("pulling manifest")];
    let name = script::canonical(name);
    if Script::parse(&name).is_err() {
        lines.push(json!({ "error": "pull model manifest: file does not exist" }));
        return lines;
    }
    for (layer, total, steps) in LAYERS {
        let digest = digest(&format!("{name} {layer}"));
        for step in 0..=steps {
            let mut line = status(&format!("pulling {}", &digest[..12]));
            line["digest"] = format!("sha256:{digest}").into();
            line["total"] = total.into();
            // Go omits a zero.
            if step > 0 {
                line["completed"] = (total * step / steps).into();
            }
            lines.push(line);
        }
    }
    let last = [
        "verifying sha256 digest",
        "writing manifest",
        "removing unused layers",
        "success",
    ];
    lines.extend(last.map(status));
    lines
}
