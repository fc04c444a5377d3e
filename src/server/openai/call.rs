//! A model's call of a tool, as OpenAI and Ollama have it.
//!
//! | | OpenAI | Ollama |
//! |---|---|---|
//! | id | always | since 0.12.10 |
//! | arguments | JSON in a text | an object |

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Refusal;

/// A call in an answer: `{"id":"call_…","type":"function","function":{"name":"…","arguments":"{…}"}}`.
#[derive(Debug, Serialize)]
pub struct Call<'a> {
    /// Which of the answer's, in a stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    id: Cow<'a, str>,
    #[serde(rename = "type")]
    kind: &'static str,
    function: Function<'a>,
}

#[derive(Debug, Serialize)]
struct Function<'a> {
    name: &'a str,
    arguments: Cow<'a, str>,
}

impl<'a> Call<'a> {
    /// Ollama's call, which is the answer's `number`th; one without an id gets the answer's own and its number.
    pub fn of(call: &'a Value, number: usize, answer: &str) -> Self {
        let function = &call["function"];
        let id = match call["id"].as_str() {
            Some(id) if !id.is_empty() => Cow::from(id),
            _ => {
                let answer = answer.trim_start_matches("chatcmpl-").replace('-', "");
                format!("call_{answer}_{number}").into()
            }
        };
        let arguments = match &function["arguments"] {
            Value::Null => "{}".into(),
            Value::String(text) => text.into(),
            arguments => arguments.to_string().into(),
        };
        Self {
            index: None,
            id,
            kind: "function",
            function: Function {
                name: function["name"].as_str().unwrap_or_default(),
                arguments,
            },
        }
    }
}

/// A call in a request, made earlier in the conversation.
#[derive(Debug, Deserialize)]
pub struct Made {
    id: String,
    function: MadeFunction,
}

#[derive(Debug, Deserialize)]
struct MadeFunction {
    name: String,
    #[serde(default)]
    arguments: String,
}

impl Made {
    /// It as Ollama has it; `at` is where it stands in the request.
    ///
    /// # Errors
    /// 400: its arguments are not the JSON of an object.
    pub fn into_ollama(self, at: &str) -> Result<Value, Refusal> {
        let MadeFunction { name, arguments } = self.function;
        let arguments = match arguments.trim() {
            "" => json!({}),
            text => serde_json::from_str(text).unwrap_or_default(),
        };
        if !arguments.is_object() {
            return Err(Refusal::field(
                format!("{at}.function.arguments"),
                "must be a JSON object, as a string",
            ));
        }
        Ok(json!({"id": self.id, "function": {"name": name, "arguments": arguments}}))
    }

    /// Its id, and what it called.
    pub fn named(&self) -> (String, String) {
        (self.id.clone(), self.function.name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_an_id_and_its_arguments_are_a_text() {
        let answer = "chatcmpl-01890a5d-ac96-774b-bcce-b302099a8057";
        for (call, id, arguments) in [
            (
                json!({"id": "call_1", "function": {"name": "f", "arguments": {"a": 1}}}),
                "call_1",
                r#"{"a":1}"#,
            ),
            (
                json!({"function": {"name": "f"}}),
                "call_01890a5dac96774bbcceb302099a8057_2",
                "{}",
            ),
        ] {
            let call = json!(Call::of(&call, 2, answer));
            let expected = json!({
                "id": id, "type": "function", "function": {"name": "f", "arguments": arguments},
            });
            assert_eq!(call, expected);
            // OpenAI takes ids of up to 40 characters back.
            assert!(id.len() <= 40);
        }
    }
}
