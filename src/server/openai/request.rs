//! The body of `POST /v1/chat/completions`: read, held to its form, and made what a model is asked.
//!
//! Fields that ask for what Ollama cannot do are in one table (`REFUSED`); those that change nothing of the answer
//! (`user`, `metadata`, `store`, …), and unknown ones, are passed over. What is not set is the model's matter, and not
//! OpenAI's default. Messages are `message`'s.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    super::{catalogue::Catalogue, question, upstream::Ask},
    Refusal,
    message::{self, Message},
};

/// What a program asks.
#[derive(Debug, Deserialize)]
pub struct Request {
    model: Option<String>,
    messages: Vec<Message>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    frequency_penalty: Option<f64>,
    presence_penalty: Option<f64>,
    seed: Option<i64>,
    max_tokens: Option<u64>,
    max_completion_tokens: Option<u64>,
    stop: Option<Value>,
    reasoning_effort: Option<String>,
    response_format: Option<ResponseFormat>,
    tools: Option<Vec<Value>>,
    tool_choice: Option<Value>,
    /// All other fields.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct ResponseFormat {
    #[serde(rename = "type")]
    kind: String,
    json_schema: Option<JsonSchema>,
}

#[derive(Debug, Deserialize)]
struct JsonSchema {
    schema: Option<Map<String, Value>>,
}

/// In which form the answer is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// As a stream.
    pub stream: bool,
    /// With what it cost at the stream's end.
    pub usage: bool,
}

/// A field, whether it may have this value all the same, and what is said of others.
type Refused = (&'static str, fn(&Value) -> bool, &'static str);

/// What is refused, as passing it over would give another answer than was asked for.
const REFUSED: [Refused; 11] = [
    ("n", |n| *n == 1, "must be 1: a request has one answer"),
    (
        "logprobs",
        |it| *it == false,
        "must be false: probabilities are not passed on",
    ),
    (
        "top_logprobs",
        |it| *it == 0,
        "must be 0: probabilities are not passed on",
    ),
    (
        "logit_bias",
        |it| it.as_object().is_some_and(Map::is_empty),
        "must be empty: Ollama has no such option",
    ),
    (
        "modalities",
        |it| *it == json!(["text"]),
        "must be [\"text\"]: answers are text",
    ),
    ("audio", |_| false, "cannot be had: answers are text"),
    (
        "prediction",
        |_| false,
        "cannot be made use of: Ollama has no such option",
    ),
    (
        "web_search_options",
        |_| false,
        "cannot be made use of: Brooklet searches nothing",
    ),
    (
        "parallel_tool_calls",
        |it| *it == true,
        "must be true: a model may call several tools at once",
    ),
    ("functions", |_| false, "is not known: send `tools`"),
    (
        "function_call",
        |_| false,
        "is not known: send `tool_choice`",
    ),
];

impl Request {
    /// In which form the answer is wanted.
    pub fn form(&self) -> Form {
        let options = self.stream_options.as_ref();
        Form {
            stream: self.stream.unwrap_or_default(),
            usage: options.and_then(|it| it.include_usage).unwrap_or_default(),
        }
    }

    /// What the model is asked.
    ///
    /// # Errors
    /// 400 that names the field; or the reason why there is no default model.
    pub async fn into_ask(self, catalogue: &Catalogue) -> Result<Ask, Refusal> {
        for (name, is_usual, what) in REFUSED {
            if let Some(value) = self.rest.get(name)
                && !value.is_null()
                && !is_usual(value)
            {
                return Err(Refusal::field(name, what));
            }
        }
        let options = self.options()?;
        let messages = message::into_ollama(self.messages)?;
        let messages =
            question::checked(messages).map_err(|error| Refusal::about("messages", error))?;
        Ok(Ask {
            messages,
            stream: true,
            think: self.reasoning_effort.map(think).transpose()?,
            keep_alive: None,
            options: Some(options).filter(|options| !options.is_empty()),
            format: self.response_format.map_or(Ok(None), format)?,
            tools: tools(self.tools.unwrap_or_default(), self.tool_choice)?,
            // Last, as it may have the upstream asked.
            model: question::model(self.model, catalogue)
                .await
                .map_err(|error| Refusal::about("model", error))?,
        })
    }

    /// Ollama's model options.
    fn options(&self) -> Result<Map<String, Value>, Refusal> {
        let mut options = Map::new();
        let mut set = |name: &str, value: Value| options.insert(name.to_owned(), value);
        for (name, value, least, most) in [
            ("temperature", self.temperature, 0.0, 2.0),
            ("top_p", self.top_p, 0.0, 1.0),
            ("frequency_penalty", self.frequency_penalty, -2.0, 2.0),
            ("presence_penalty", self.presence_penalty, -2.0, 2.0),
        ] {
            let Some(value) = value else {
                continue;
            };
            if !(least..=most).contains(&value) {
                let what = format!("must be a number from {least} to {most}");
                return Err(Refusal::field(name, &what));
            }
            set(name, value.into());
        }
        if let Some(seed) = self.seed {
            set("seed", seed.into());
        }
        // The newer name first.
        for (name, tokens) in [
            ("max_completion_tokens", self.max_completion_tokens),
            ("max_tokens", self.max_tokens),
        ] {
            match tokens {
                None => continue,
                Some(0) => return Err(Refusal::field(name, "must be at least 1")),
                Some(tokens) => set("num_predict", tokens.into()),
            };
            break;
        }
        match &self.stop {
            None => {}
            Some(Value::String(text)) => {
                set("stop", json!([text]));
            }
            Some(stop)
                if stop
                    .as_array()
                    .is_some_and(|it| it.iter().all(Value::is_string)) =>
            {
                set("stop", stop.clone());
            }
            Some(_) => {
                return Err(Refusal::field(
                    "stop",
                    "must be a string or an array of strings",
                ));
            }
        }
        Ok(options)
    }
}

/// Whether, or how hard, to think first.
fn think(effort: String) -> Result<Value, Refusal> {
    Ok(match &*effort {
        "none" => false.into(),
        "minimal" => "low".into(),
        "low" | "medium" | "high" => effort.into(),
        "xhigh" | "max" => "max".into(),
        _ => {
            return Err(Refusal::field(
                "reasoning_effort",
                "must be `none`, `minimal`, `low`, `medium`, `high` or `xhigh`",
            ));
        }
    })
}

/// The form that the answer is held to.
fn format(format: ResponseFormat) -> Result<Option<Value>, Refusal> {
    match &*format.kind {
        "text" => Ok(None),
        "json_object" => Ok(Some("json".into())),
        "json_schema" => match format.json_schema.and_then(|it| it.schema) {
            Some(schema) => Ok(Some(schema.into())),
            None => Err(Refusal::field(
                "response_format.json_schema.schema",
                "is missing",
            )),
        },
        _ => Err(Refusal::field(
            "response_format.type",
            "must be `text`, `json_object` or `json_schema`",
        )),
    }
}

/// The tools that the model may call, which OpenAI and Ollama describe in the same way.
fn tools(tools: Vec<Value>, choice: Option<Value>) -> Result<Vec<Value>, Refusal> {
    for (index, tool) in tools.iter().enumerate() {
        let at = format!("tools[{index}]");
        if tool["type"] != "function" {
            return Err(Refusal::field(format!("{at}.type"), "must be `function`"));
        }
        if !tool["function"]["name"].is_string() {
            return Err(Refusal::field(
                format!("{at}.function.name"),
                "must be a string",
            ));
        }
    }
    match choice.as_ref().map(Value::as_str) {
        None | Some(Some("auto")) => Ok(tools),
        Some(Some("none")) => Ok(Vec::new()),
        Some(_) => Err(Refusal::field(
            "tool_choice",
            "must be `auto` or `none`: Ollama cannot make a model call a tool",
        )),
    }
}
