//! JSON bodies for server functions, read so that a mistake is named by its place: `messages[1].role: …`.
//!
//! The bytes are ordinary JSON; only the error text is better than that of the codec that comes with Leptos.

use leptos::server_fn::{
    Bytes, ContentType, Decodes, Encodes, Format, FormatType,
    codec::{JsonEncoding, Post},
};
use serde::{Serialize, de::DeserializeOwned};

/// The codec of every server function with a body: `POST`, JSON in, JSON out.
pub type Json = Post<JsonBody>;

/// How [`Json`] turns values into bytes and back.
#[derive(Debug)]
pub struct JsonBody;

impl ContentType for JsonBody {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for JsonBody {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for JsonBody {
    type Error = serde_json::Error;

    fn encode(value: &T) -> Result<Bytes, Self::Error> {
        JsonEncoding::encode(value)
    }
}

impl<T: DeserializeOwned> Decodes<T> for JsonBody {
    type Error = String;

    fn decode(bytes: Bytes) -> Result<T, String> {
        read(&bytes)
    }
}

/// Reads JSON; the error names the field.
#[cfg(feature = "ssr")]
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let why = error.into_inner();
        if path == "." {
            why.to_string()
        } else {
            format!("{path}: {why}")
        }
    })?;
    json.end().map_err(|error| error.to_string())?;
    Ok(value)
}

/// Reads JSON that our own server wrote: a path would only cost bytes.
#[cfg(not(feature = "ssr"))]
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}
