//! A model's call of a tool: Ollama's own object, `{"function":{"name":"…","arguments":{…}}}`, and what a person reads of it.
//!
//! What is done with it is not here: Brooklet calls no tools yet, and shows what the model wanted.

use serde::{Deserialize, Serialize};
#[cfg(not(feature = "hydrate"))]
use serde_json::Value;

use crate::json::{self, Told};

/// A call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(feature = "hydrate"), serde(from = "Value", into = "Value"))]
pub struct ToolCall {
    /// What is called.
    pub name: String,
    /// With what: JSON, set over lines.
    pub arguments: String,
    /// The object as it came, which goes on to whoever asks for it. A page does without, and without the 9 kB of code
    /// that any JSON takes.
    #[cfg(not(feature = "hydrate"))]
    whole: Value,
}

#[cfg(not(feature = "hydrate"))]
impl From<Value> for ToolCall {
    fn from(whole: Value) -> Self {
        let member = |name: &str| whole.get("function")?.get(name);
        let name = member("name").and_then(Value::as_str).unwrap_or_default();
        let arguments = member("arguments").map(serde_json::to_string_pretty);
        Self {
            name: name.to_owned(),
            arguments: arguments.and_then(Result::ok).unwrap_or_default(),
            whole,
        }
    }
}

#[cfg(not(feature = "hydrate"))]
impl From<ToolCall> for Value {
    fn from(call: ToolCall) -> Self {
        call.whole
    }
}

impl Told for ToolCall {
    fn told(json: &json::Value) -> Self {
        let function = json.get("function");
        let arguments = function.get("arguments");
        Self {
            name: Told::told(&function.get("name")),
            arguments: arguments.set_over_lines(),
            #[cfg(not(feature = "hydrate"))]
            whole: Value::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_comes_goes_on_as_it_is() {
        for whole in [
            json!({"id": "c", "function": {"index": 0, "name": "get_weather", "arguments": {"city": "Paris"}}}),
            json!({"function": "?"}),
            json!(3),
        ] {
            let call = ToolCall::from(whole.clone());
            assert_eq!(Value::from(call), whole);
        }
    }

    #[test]
    fn a_person_reads_its_name_and_its_arguments() {
        let call = ToolCall::from(json!({"function": {"name": "add", "arguments": {"a": 1}}}));
        assert_eq!((&*call.name, &*call.arguments), ("add", "{\n  \"a\": 1\n}"));
        let call = ToolCall::from(json!({"function": {"name": "now"}}));
        assert_eq!((&*call.name, &*call.arguments), ("now", ""));
    }
}
