//! What a client asks for, understood and refused as Ollama does. What it
//! gets lives in `chat`.

use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::catalogue::Model;
use crate::lines::Shape;
use crate::memory::KeepAlive;
use crate::quirk::Quirk;
use crate::refusal::Refusal;
use crate::script::Script;

/// The body of `/api/chat` and `/api/generate` as it is on the wire. Each
/// field may be absent or null.
#[derive(Debug, Deserialize)]
struct Wire {
    model: Option<String>,
    messages: Option<Vec<Message>>,
    prompt: Option<String>,
    stream: Option<bool>,
    #[serde(default)]
    think: Value,
    #[serde(default)]
    keep_alive: Value,
    options: Option<Map<String, Value>>,
    tools: Option<Vec<Value>>,
}

#[derive(Debug, Deserialize)]
struct Message {
    role: Option<String>,
    content: Option<String>,
}

/// A request that can be answered.
#[derive(Debug)]
pub(crate) struct Ask {
    /// The model as the client spells it.
    pub(crate) model: String,
    /// What it says to that.
    pub(crate) script: Script,
    pub(crate) stream: bool,
    pub(crate) keep_alive: KeepAlive,
    /// Nothing is asked: the model is only to be loaded or unloaded.
    pub(crate) load_only: bool,
    pub(crate) prompt_tokens: u64,
}

/// Reads a JSON body, with Go's words for what is wrong with it.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    if body.is_empty() {
        return Err(Refusal::bad("missing request body"));
    }
    serde_json::from_slice(body).map_err(|error| {
        if error.is_eof() {
            return Refusal::bad("unexpected EOF");
        }
        if error.is_data() {
            return Refusal::bad(format!("json: cannot unmarshal: {error}"));
        }
        let line = body
            .split(|byte| *byte == b'\n')
            .nth(error.line().saturating_sub(1));
        let byte = line.and_then(|line| line.get(error.column().saturating_sub(1)));
        let found = char::from(byte.copied().unwrap_or(b' '));
        Refusal::bad(format!(
            "invalid character {found:?} looking for beginning of value"
        ))
    })
}

/// The model that a body names.
pub(crate) fn named(model: Option<String>) -> Result<String, Refusal> {
    model
        .filter(|name| !name.is_empty())
        .ok_or_else(|| Refusal::bad("model is required"))
}

impl Ask {
    pub(crate) fn read(body: Value, shape: Shape) -> Result<Self, Refusal> {
        let wire: Wire = serde_json::from_value(body)
            .map_err(|error| Refusal::bad(format!("json: cannot unmarshal: {error}")))?;
        let think = thinks(&wire.think)?;
        let keep_alive = KeepAlive::parse(&wire.keep_alive).map_err(Refusal::bad)?;
        let model = named(wire.model)?;
        let script = Script::parse(&model).map_err(|error| Refusal::model(&model, &error))?;
        let known = Model::describe(&model).map_err(|error| Refusal::model(&model, &error))?;
        if wire.tools.is_some_and(|tools| !tools.is_empty()) && !known.can("tools") {
            let tag = if model.contains(':') { "" } else { ":latest" };
            let name = format!("registry.ollama.ai/library/{model}{tag}");
            return Err(Refusal::bad(format!("{name} does not support tools")));
        }
        if think == Some(true) && !script.can_think() {
            return Err(Refusal::bad(format!(
                "\"{model}\" does not support thinking"
            )));
        }
        let options = wire.options.unwrap_or_default();
        check(&options)?;

        let messages = match shape {
            Shape::Chat | Shape::OpenAi => wire.messages.unwrap_or_default(),
            Shape::Generate => {
                let asked = wire.prompt.filter(|prompt| !prompt.is_empty());
                asked
                    .map(|prompt| Message {
                        role: None,
                        content: Some(prompt),
                    })
                    .into_iter()
                    .collect()
            }
        };
        let mut script = script.asked(question(&messages));
        if think == Some(false) {
            script.thinking = 0;
        }
        // The words that the client puts into the model's mouth.
        if let Some(Message {
            role: Some(role),
            content: Some(said),
        }) = messages.last()
            && role == "assistant"
        {
            script = script.after(said);
        }
        // The model has what it called for, so now it answers.
        if messages
            .last()
            .is_some_and(|message| message.role.as_deref() == Some("tool"))
        {
            script.quirks.remove(Quirk::Tool);
            script.quirks.remove(Quirk::ToolDone);
        }
        let limit = options.get("num_predict").and_then(Value::as_u64);
        if let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) {
            script.limit(limit);
        }
        Ok(Self {
            model,
            script,
            stream: wire.stream.unwrap_or(true),
            keep_alive,
            load_only: messages.is_empty(),
            prompt_tokens: messages.iter().map(tokens).sum(),
        })
    }
}

/// The last thing that the user said.
fn question(messages: &[Message]) -> &str {
    let users = |message: &&Message| message.role.as_deref().is_none_or(|role| role == "user");
    messages
        .iter()
        .rfind(users)
        .and_then(|message| message.content.as_deref())
        .unwrap_or("")
}

/// An estimate of a message's tokens: its words, its role and its delimiters.
fn tokens(message: &Message) -> u64 {
    message
        .content
        .as_deref()
        .unwrap_or("")
        .split_whitespace()
        .count() as u64
        + 4
}

/// Reads `think`: nothing, a boolean or a level.
fn thinks(think: &Value) -> Result<Option<bool>, Refusal> {
    match think {
        Value::Null => Ok(None),
        Value::Bool(think) => Ok(Some(*think)),
        Value::String(level) if ["low", "medium", "high", "max"].contains(&&**level) => {
            Ok(Some(true))
        }
        other => Err(Refusal::bad(format!(
            "invalid think value: {other} (must be \"high\", \"medium\", \"low\", \"max\", true, or false)"
        ))),
    }
}

/// A type that an option may have, as Go calls it.
type OptionType = (&'static str, fn(&Value) -> bool, &'static [&'static str]);

const OPTIONS: [OptionType; 4] = [
    (
        "integer",
        Value::is_number,
        &[
            "num_ctx",
            "num_predict",
            "num_keep",
            "num_batch",
            "num_gpu",
            "main_gpu",
            "num_thread",
            "seed",
            "top_k",
            "repeat_last_n",
        ],
    ),
    (
        "float32",
        Value::is_number,
        &[
            "temperature",
            "top_p",
            "min_p",
            "typical_p",
            "repeat_penalty",
            "presence_penalty",
            "frequency_penalty",
        ],
    ),
    ("boolean", Value::is_boolean, &["use_mmap"]),
    ("array", Value::is_array, &["stop"]),
];

/// Refuses options of a wrong type; those that are unknown are let through.
fn check(options: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, value) in options.iter().filter(|(_, value)| !value.is_null()) {
        let known = OPTIONS.iter().find(|(.., names)| names.contains(&&**name));
        if let Some((kind, fits, _)) = known
            && !fits(value)
        {
            let text = format!("option \"{name}\" must be of type {kind}");
            return Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, text));
        }
    }
    Ok(())
}
