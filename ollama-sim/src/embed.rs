//! `/api/embed`: vectors that are the same at every run, of length one, and
//! the nearer to each other the more words two texts share.

use std::time::Instant;

use axum::Json;
use axum::http::StatusCode;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::catalogue::Model;
use crate::refusal::Refusal;
use crate::request::{decode, named};
use crate::script::ScriptError;
use crate::words::random;

/// How long a vector is when the request does not say.
const DIMENSIONS: usize = 384;

/// How many numbers of a vector each word moves.
const SPREAD: usize = 8;

#[derive(Deserialize)]
struct Wire {
    model: Option<String>,
    input: Option<Input>,
    dimensions: Option<usize>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    One(String),
    Many(Vec<String>),
}

pub(crate) async fn embed(body: Bytes) -> Result<Json<Value>, Refusal> {
    let begun = Instant::now();
    let wire: Wire = decode(&body)?;
    let name = named(wire.model)?;
    Model::describe(&name).map_err(|error| match error {
        ScriptError::Unknown => {
            let text = format!("model \"{name}\" not found, try pulling it first");
            Refusal::new(StatusCode::NOT_FOUND, text)
        }
        ScriptError::Invalid(_) => Refusal::model(&name, &error),
    })?;
    let texts = match wire.input {
        None => Vec::new(),
        Some(Input::One(text)) => vec![text],
        Some(Input::Many(texts)) => texts,
    };
    let dimensions = wire.dimensions.unwrap_or(DIMENSIONS).clamp(1, 4096);
    let embeddings: Vec<_> = texts.iter().map(|text| vector(text, dimensions)).collect();
    Ok(Json(json!({
        "model": name,
        "embeddings": embeddings,
        "total_duration": begun.elapsed().as_nanos() as u64,
        "load_duration": 1_000_000,
        "prompt_eval_count": texts.iter().map(|text| text.split_whitespace().count()).sum::<usize>(),
    })))
}

/// Each word moves a few numbers up or down; then the whole is made as long
/// as one. A text without words points along the first axis.
fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.0_f32; dimensions];
    let lower = text.to_lowercase();
    for word in lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let mut state = word.bytes().fold(0xcbf2_9ce4_8422_2325, hash);
        for _ in 0..SPREAD {
            let number = random(&mut state);
            let place = usize::try_from(number >> 33).unwrap_or(0) % dimensions;
            vector[place] += if number & 1 == 0 { 1.0 } else { -1.0 };
        }
    }
    let length = vector
        .iter()
        .map(|number| number * number)
        .sum::<f32>()
        .sqrt();
    if length == 0.0 {
        vector[0] = 1.0;
        return vector;
    }
    vector.iter().map(|number| number / length).collect()
}

#[cfg(test)]
mod tests {
    use super::vector;

    #[test]
    fn shared_words_bring_texts_together() {
        let dot = |a: &str, b: &str| {
            let (a, b) = (vector(a, 384), vector(b, 384));
            a.iter().zip(&b).map(|(a, b)| a * b).sum::<f32>()
        };
        assert!((dot("the old mill", "The old mill!") - 1.0).abs() < 1e-5);
        assert!((dot("", "?") - 1.0).abs() < 1e-5);
        assert!(dot("the old mill", "the old bridge") > dot("the old mill", "quite another thing"));
    }
}
