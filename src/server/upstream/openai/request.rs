//! What is asked, in OpenAI's words: an [`Ask`] has Ollama's.

use serde_json::{Map, Value, json};

use super::super::Ask;

/// Options of Ollama's that go by the same name, or by another one. What is not here means nothing to such a server, or was
/// settled where it was started: `num_ctx`, `num_gpu`, …
const OPTIONS: [(&str, &str); 11] = [
    ("temperature", "temperature"),
    ("top_p", "top_p"),
    ("seed", "seed"),
    ("stop", "stop"),
    ("presence_penalty", "presence_penalty"),
    ("frequency_penalty", "frequency_penalty"),
    ("num_predict", "max_tokens"),
    // Not OpenAI's own, but of all who serve models themselves. They go along where somebody has set them.
    ("top_k", "top_k"),
    ("min_p", "min_p"),
    ("typical_p", "typical_p"),
    ("repeat_penalty", "repeat_penalty"),
];

/// The body of a request.
pub fn body(ask: Ask) -> Value {
    let Ask {
        model,
        messages,
        think,
        options,
        format,
        tools,
        ..
    } = ask;
    let goes_on = messages
        .last()
        .is_some_and(|last| last["role"] == "assistant");
    let messages: Vec<_> = messages.into_iter().map(message).collect();
    let mut body = json!({
        "model": model,
        "messages": messages,
        "stream": true,
        "stream_options": {"include_usage": true},
    });
    let mut options = options.unwrap_or_default();
    // As long as it likes is what nothing says.
    if options
        .get("num_predict")
        .and_then(Value::as_i64)
        .is_some_and(|most| most < 0)
    {
        options.remove("num_predict");
    }
    for (ours, theirs) in OPTIONS {
        if let Some(value) = options.remove(ours).filter(|it| !it.is_null()) {
            body[theirs] = value;
        }
    }
    match think {
        Some(Value::String(level)) => body["reasoning_effort"] = json!(level),
        Some(Value::Bool(thinks)) => {
            body["chat_template_kwargs"] = json!({"enable_thinking": thinks});
        }
        _ => {}
    }
    match format {
        None | Some(Value::Null) => {}
        Some(Value::String(_)) => body["response_format"] = json!({"type": "json_object"}),
        Some(schema) => {
            let schema = json!({"name": "answer", "schema": schema, "strict": true});
            body["response_format"] = json!({"type": "json_schema", "json_schema": schema});
        }
    }
    if !tools.is_empty() {
        body["tools"] = Value::Array(tools);
    }
    if goes_on {
        // vLLM's words for an answer that goes on; others do so by themselves where it is the last message.
        body["continue_final_message"] = json!(true);
        body["add_generation_prompt"] = json!(false);
    }
    body
}

/// A message; what it lacks is left out.
fn message(mut message: Value) -> Value {
    let Some(fields) = message.as_object_mut() else {
        return message;
    };
    let mut told = Map::new();
    for (ours, theirs) in [
        ("role", "role"),
        ("tool_call_id", "tool_call_id"),
        ("tool_name", "name"),
    ] {
        if let Some(value) = fields.remove(ours).filter(|it| !it.is_null()) {
            told.insert(theirs.to_owned(), value);
        }
    }
    let content = fields.remove("content").unwrap_or_default();
    let images = match fields.remove("images") {
        Some(Value::Array(images)) => images,
        _ => Vec::new(),
    };
    let content = if images.is_empty() {
        content
    } else {
        let text = json!({"type": "text", "text": content});
        let images = images.iter().filter_map(Value::as_str).map(image);
        Value::Array(std::iter::once(text).chain(images).collect())
    };
    told.insert("content".to_owned(), content);
    if let Some(Value::Array(calls)) = fields.remove("tool_calls") {
        let calls: Vec<_> = calls.iter().enumerate().map(call).collect();
        told.insert("tool_calls".to_owned(), Value::Array(calls));
    }
    Value::Object(told)
}

/// An image, whose kind is told by how it begins.
fn image(base64: &str) -> Value {
    let kinds = [("/9j/", "jpeg"), ("R0lG", "gif"), ("UklG", "webp")];
    let known = kinds.iter().find(|(begins, _)| base64.starts_with(begins));
    let kind = known.map_or("png", |(_, kind)| kind);
    json!({"type": "image_url", "image_url": {"url": format!("data:image/{kind};base64,{base64}")}})
}

/// A tool call: the arguments are text, and there has to be an id.
fn call((number, call): (usize, &Value)) -> Value {
    let function = &call["function"];
    let arguments = match &function["arguments"] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let id = call["id"]
        .as_str()
        .map_or_else(|| format!("call_{number}"), str::to_owned);
    json!({"id": id, "type": "function", "function": {"name": function["name"], "arguments": arguments}})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(json: Value) -> Ask {
        Ask {
            model: "m".to_owned(),
            messages: json["messages"].as_array().cloned().unwrap_or_default(),
            stream: true,
            think: json.get("think").cloned(),
            keep_alive: Some(json!("5m")),
            options: json["options"].as_object().cloned(),
            format: json.get("format").cloned(),
            tools: json["tools"].as_array().cloned().unwrap_or_default(),
        }
    }

    #[test]
    fn what_has_a_word_there_is_said_and_nothing_else() {
        let said = body(ask(json!({
            "messages": [{"role": "user", "content": "hi", "thinking": "x"}],
            "options": {"temperature": 0.5, "num_predict": 7, "num_ctx": 4096, "stop": ["a"], "top_k": 3, "seed": null},
        })));
        let expected = json!({
            "model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": true,
            "stream_options": {"include_usage": true},
            "temperature": 0.5, "max_tokens": 7, "stop": ["a"], "top_k": 3,
        });
        assert_eq!(said, expected);
        assert_eq!(
            body(ask(json!({"options": {"num_predict": -1}})))["max_tokens"],
            Value::Null
        );
    }

    #[test]
    fn thinking_and_forms_have_other_words_there() {
        let said = |ask_of: Value| body(ask(ask_of));
        assert_eq!(said(json!({"think": "high"}))["reasoning_effort"], "high");
        assert_eq!(
            said(json!({"think": false}))["chat_template_kwargs"],
            json!({"enable_thinking": false})
        );
        assert_eq!(
            said(json!({"format": "json"}))["response_format"],
            json!({"type": "json_object"})
        );
        let schema = json!({"type": "object"});
        let form = &said(json!({"format": schema}))["response_format"];
        assert_eq!(
            (&form["type"], &form["json_schema"]["schema"]),
            (&json!("json_schema"), &schema)
        );
    }

    #[test]
    fn tools_images_and_an_answer_that_goes_on() {
        let said = body(ask(json!({
            "messages": [
                {"role": "user", "content": "what is it", "images": ["/9j/4AAQ", "iVBORw0K"]},
                {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "look", "arguments": {"at": 1}}}]},
                {"role": "tool", "content": "a cat", "tool_name": "look", "tool_call_id": "call_0"},
                {"role": "assistant", "content": "It is"},
            ],
            "tools": [{"type": "function", "function": {"name": "look"}}],
        })));
        let messages = &said["messages"];
        assert_eq!(
            messages[0]["content"][0],
            json!({"type": "text", "text": "what is it"})
        );
        assert_eq!(
            messages[0]["content"][1]["image_url"]["url"],
            "data:image/jpeg;base64,/9j/4AAQ"
        );
        assert_eq!(
            messages[0]["content"][2]["image_url"]["url"],
            "data:image/png;base64,iVBORw0K"
        );
        let call = json!({"id": "call_0", "type": "function", "function": {"name": "look", "arguments": "{\"at\":1}"}});
        assert_eq!(messages[1]["tool_calls"][0], call);
        assert_eq!(
            messages[2],
            json!({"role": "tool", "content": "a cat", "name": "look", "tool_call_id": "call_0"})
        );
        assert_eq!(
            (
                &said["tools"][0]["function"]["name"],
                &said["continue_final_message"]
            ),
            (&json!("look"), &json!(true))
        );
    }
}
