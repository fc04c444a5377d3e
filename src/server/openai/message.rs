//! The messages of a request: OpenAI's into Ollama's.
//!
//! Text parts are joined by line breaks. An image comes in the request itself, as a `data:` URL; what is elsewhere is
//! not fetched, since a program could have this machine ask for anything in its network.

use std::{collections::HashMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor, value::SeqAccessDeserializer},
};
use serde_json::{Map, Value};

use super::{Refusal, call::Made};

/// A message.
#[derive(Debug, Deserialize)]
pub struct Message {
    role: String,
    content: Option<Content>,
    reasoning_content: Option<String>,
    tool_calls: Option<Vec<Made>>,
    tool_call_id: Option<String>,
}

/// What is said: a text, or parts.
#[derive(Debug)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
    image_url: Option<ImageUrl>,
}

#[derive(Debug, Deserialize)]
struct ImageUrl {
    url: String,
}

/// Not one of serde's untagged enums, which say of a mistake only that there is one.
impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrParts;

        impl<'de> Visitor<'de> for TextOrParts {
            type Value = Content;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an array of parts")
            }

            fn visit_str<E>(self, text: &str) -> Result<Content, E> {
                Ok(Content::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Content, E> {
                Ok(Content::Text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<Content, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(parts)).map(Content::Parts)
            }
        }

        deserializer.deserialize_any(TextOrParts)
    }
}

/// The messages as Ollama has them.
///
/// # Errors
/// 400 names the field.
pub fn into_ollama(messages: Vec<Message>) -> Result<Vec<Value>, Refusal> {
    // Ollama's templates want the name of the tool that a result is of, which OpenAI's do not have.
    let mut called = HashMap::new();
    let mut all = Vec::with_capacity(messages.len());
    for (index, message) in messages.into_iter().enumerate() {
        let at = format!("messages[{index}]");
        for call in message.tool_calls.iter().flatten() {
            called.extend([call.named()]);
        }
        all.push(message.into_ollama(&at, &called)?.into());
    }
    Ok(all)
}

impl Message {
    fn into_ollama(
        self,
        at: &str,
        called: &HashMap<String, String>,
    ) -> Result<Map<String, Value>, Refusal> {
        let role = match &*self.role {
            "system" | "developer" => "system",
            role @ ("user" | "assistant" | "tool") => role,
            _ => {
                return Err(Refusal::field(
                    format!("{at}.role"),
                    "must be `system`, `developer`, `user`, `assistant` or `tool`",
                ));
            }
        };
        let mut message = Map::new();
        message.insert("role".to_owned(), role.into());
        let calls = self.tool_calls.unwrap_or_default();
        let text = match self.content {
            Some(Content::Text(text)) => text,
            Some(Content::Parts(parts)) => {
                let (text, images) = joined(parts, at, role)?;
                if !images.is_empty() {
                    message.insert("images".to_owned(), images.into());
                }
                text
            }
            None if role == "assistant" && !calls.is_empty() => String::new(),
            None => return Err(Refusal::field(format!("{at}.content"), "is missing")),
        };
        message.insert("content".to_owned(), text.into());
        if role == "assistant" {
            if let Some(thinking) = self.reasoning_content.filter(|it| !it.is_empty()) {
                message.insert("thinking".to_owned(), thinking.into());
            }
            let calls = calls.into_iter().enumerate();
            let calls =
                calls.map(|(index, call)| call.into_ollama(&format!("{at}.tool_calls[{index}]")));
            let calls: Vec<_> = calls.collect::<Result<_, _>>()?;
            if !calls.is_empty() {
                message.insert("tool_calls".to_owned(), calls.into());
            }
        }
        if role == "tool" {
            let Some(id) = self.tool_call_id else {
                return Err(Refusal::field(format!("{at}.tool_call_id"), "is missing"));
            };
            let Some(name) = called.get(&id) else {
                return Err(Refusal::field(
                    format!("{at}.tool_call_id"),
                    "must be the `id` of one of the `tool_calls` before it",
                ));
            };
            message.insert("tool_name".to_owned(), name.clone().into());
            message.insert("tool_call_id".to_owned(), id.into());
        }
        Ok(message)
    }
}

/// The text and the images of parts, as Ollama has them.
fn joined(parts: Vec<Part>, at: &str, role: &str) -> Result<(String, Vec<Value>), Refusal> {
    let mut texts = Vec::new();
    let mut images = Vec::new();
    for (index, part) in parts.into_iter().enumerate() {
        let at = format!("{at}.content[{index}]");
        match &*part.kind {
            "text" => {
                let text = part
                    .text
                    .ok_or_else(|| Refusal::field(format!("{at}.text"), "is missing"))?;
                texts.push(text);
            }
            "image_url" if role == "user" => {
                let at = format!("{at}.image_url.url");
                match part.image_url {
                    Some(ImageUrl { url }) => images.push(image(url, at)?.into()),
                    None => return Err(Refusal::field(at, "is missing")),
                }
            }
            "image_url" => {
                return Err(Refusal::field(
                    format!("{at}.type"),
                    "must be `text`: images can be in messages of the `user` alone",
                ));
            }
            _ => {
                return Err(Refusal::field(
                    format!("{at}.type"),
                    "must be `text` or `image_url`: models of Ollama are given text and images",
                ));
            }
        }
    }
    Ok((texts.join("\n"), images))
}

/// The base64 of an image that a URL holds.
fn image(mut url: String, at: String) -> Result<String, Refusal> {
    let head = url.split_once(',').map(|(head, _)| head);
    let is_image = head.is_some_and(|head| {
        let head = head.to_ascii_lowercase();
        head.starts_with("data:image/") && head.ends_with(";base64")
    });
    match head {
        Some(head) if is_image => {
            url.drain(..=head.len());
            Ok(url)
        }
        _ => Err(Refusal::field(
            at,
            "must hold the image itself, as `data:image/png;base64,…`: Brooklet fetches nothing",
        )),
    }
}
