//! From what a caller sent to what a model is asked: the same checks for the page and for programs.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    catalogue::Catalogue,
    upstream::{Ask, Batch, Kind},
};
use crate::{
    chat::Message,
    error::{Error, Result},
};

/// The longest name of a model, in bytes: those of hubs have hosts and folders in them.
const LONGEST_MODEL: usize = 300;

/// What a caller asks. Either `message` or `messages` is needed.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Question {
    /// One question, without a conversation before it.
    pub message: Option<String>,
    /// A conversation: objects with `role` and `content`; what else they hold goes along as it is.
    pub messages: Option<Vec<Value>>,
    /// Which model; without it the default one.
    pub model: Option<String>,
    /// Whether, or how hard, to think first.
    pub think: Option<Value>,
    /// How long the model stays in memory after the answer.
    pub keep_alive: Option<Value>,
    /// Ollama's model options.
    pub options: Option<Map<String, Value>>,
}

impl Question {
    /// A typed message as the upstream's JSON.
    pub fn message(message: &Message) -> Value {
        json!(message)
    }

    /// What the model is asked.
    ///
    /// # Errors
    /// 400 that names the field; or the reason why there is no default model.
    pub async fn into_ask(self, catalogue: &Catalogue) -> Result<Ask> {
        let messages = match (self.message, self.messages) {
            (Some(_), Some(_)) => {
                return Err(Error::bad_request(
                    "The request has both `message` and `messages`. Send one of the two.",
                ));
            }
            (Some(text), None) if text.trim().is_empty() => {
                return Err(Error::bad_request("`message` is empty. Ask something."));
            }
            (Some(text), None) => vec![json!({"role": "user", "content": text})],
            (None, Some(messages)) => checked(messages)?,
            (None, None) => {
                return Err(Error::bad_request(
                    "The request lacks `message`. Send {\"message\":\"…\"} or a list of `messages`.",
                ));
            }
        };
        if let Some(think) = &self.think
            && !(think.is_boolean() || think.is_string() || think.is_null())
        {
            return Err(Error::bad_request(
                "`think` must be true, false, or a level such as \"low\" or \"high\".",
            ));
        }
        Ok(Ask {
            model: model(self.model, catalogue).await?,
            messages,
            stream: true,
            think: self.think.filter(|think| !think.is_null()),
            keep_alive: self.keep_alive.filter(|it| !it.is_null()),
            options: self.options,
            format: None,
            tools: Vec::new(),
        })
    }
}

/// The model that a request names, or the default one.
///
/// # Errors
/// 400 for what is no name; or the reason why there is no default model.
pub async fn model(named: Option<String>, catalogue: &Catalogue) -> Result<String> {
    match named {
        Some(model) if model.trim().is_empty() => Err(Error::bad_request(
            "`model` is empty. Leave it out for the default.",
        )),
        Some(model) if !is_name(&model) => Err(Error::bad_request(format!(
            "`model` must be a name of at most {LONGEST_MODEL} bytes without control characters."
        ))),
        Some(model) => Ok(model),
        None => catalogue.default().await,
    }
}

/// Whether a text can be the name of a model.
pub fn is_name(model: &str) -> bool {
    !model.trim().is_empty() && model.len() <= LONGEST_MODEL && !model.contains(char::is_control)
}

/// What has been said of the answer before it is asked for: the assistant's words at the end of a conversation, after
/// which it is to go on. Mostly nothing.
pub fn said_before(messages: &[Value]) -> Batch {
    let mut said = Batch::default();
    if let Some(last) = messages.last()
        && last["role"] == "assistant"
        && let Some(content) = last["content"].as_str()
        && !content.is_empty()
    {
        said.push(
            Kind::Thinking,
            last["thinking"].as_str().unwrap_or_default(),
        );
        said.push(Kind::Content, content);
    }
    said
}

/// Holds a conversation to its form; an answer to nothing is refused, as the model would answer anything.
///
/// # Errors
/// 400 that names the field.
pub fn checked(messages: Vec<Value>) -> Result<Vec<Value>> {
    for (index, message) in messages.iter().enumerate() {
        let wrong = |field: &str, what: &str| {
            Err(Error::bad_request(format!(
                "`messages[{index}]{field}` {what}."
            )))
        };
        let Some(fields) = message.as_object() else {
            return wrong("", "must be an object with `role` and `content`");
        };
        match fields.get("role").map(Value::as_str) {
            Some(Some("system" | "user" | "assistant" | "tool")) => {}
            Some(Some(_)) => {
                return wrong(".role", "must be `system`, `user`, `assistant` or `tool`");
            }
            Some(None) => return wrong(".role", "must be a string"),
            None => return wrong(".role", "is missing"),
        }
        match fields.get("content") {
            Some(Value::String(_)) => {}
            Some(_) => return wrong(".content", "must be a string"),
            None if fields.contains_key("tool_calls") => {}
            None => return wrong(".content", "is missing"),
        }
    }
    let Some(last) = messages.last() else {
        return Err(Error::bad_request("`messages` is empty. Ask something."));
    };
    // What a tool gives may be nothing.
    let asks = last["role"] == "tool"
        || ["content", "images", "tool_calls"]
            .iter()
            .any(|field| match last.get(*field) {
                Some(Value::String(text)) => !text.trim().is_empty(),
                Some(Value::Array(list)) => !list.is_empty(),
                _ => false,
            });
    if !asks {
        return Err(Error::bad_request(
            "The last of `messages` has an empty `content`. Ask something.",
        ));
    }
    Ok(messages)
}
