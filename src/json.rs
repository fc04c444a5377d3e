//! JSON between the page and the server, in two codecs for server functions.
//!
//! | codec | who reads it |
//! |---|---|
//! | [`Json`] | the server, which names a mistake by its place: `messages[1].role: …`; and programs |
//! | [`PageJson`] | the page, by way of [`told`] |
//!
//! The bytes are the same ordinary JSON.

pub mod told;

use leptos::server_fn::{
    Bytes, ContentType, Decodes, Encodes, Format, FormatType,
    codec::{JsonEncoding, Post},
};
use serde::Serialize;
#[cfg(feature = "ssr")]
use serde::de::DeserializeOwned;

pub use told::{Told, Value, read};

/// The codec of what the server reads, and of answers for programs: JSON in, JSON out.
pub type Json = Post<JsonBody>;

/// The codec of answers that the page reads.
pub type PageJson = Post<PageBody>;

/// How [`Json`] turns values into bytes and back.
#[derive(Debug)]
pub struct JsonBody;

/// How [`PageJson`] does.
#[derive(Debug)]
pub struct PageBody;

macro_rules! bodies {
    ($($body:ty)*) => {$(
        impl ContentType for $body {
            const CONTENT_TYPE: &'static str = "application/json";
        }

        impl FormatType for $body {
            const FORMAT_TYPE: Format = Format::Text;
        }

        impl<T: Serialize> Encodes<T> for $body {
            type Error = serde_json::Error;

            fn encode(value: &T) -> Result<Bytes, Self::Error> {
                JsonEncoding::encode(value)
            }
        }
    )*};
}

bodies! { JsonBody PageBody }

#[cfg(feature = "ssr")]
impl<T: DeserializeOwned> Decodes<T> for JsonBody {
    type Error = String;

    fn decode(bytes: Bytes) -> Result<T, String> {
        read_request(&bytes).map_err(|mistake| mistake.to_string())
    }
}

/// A page reads no requests, and no answers for programs.
#[cfg(not(feature = "ssr"))]
impl<T> Decodes<T> for JsonBody {
    type Error = &'static str;

    fn decode(_: Bytes) -> Result<T, Self::Error> {
        Err("not for the page")
    }
}

impl<T: Told> Decodes<T> for PageBody {
    type Error = &'static str;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        let text = str::from_utf8(&bytes).ok();
        text.and_then(read).ok_or("no JSON")
    }
}

/// Why JSON is not what was wanted.
#[cfg(feature = "ssr")]
#[derive(Debug)]
pub struct Mistake {
    /// Which field: `messages[1].role`; `None`: none of its own.
    pub field: Option<String>,
    /// What is wrong with it.
    why: serde_json::Error,
}

#[cfg(feature = "ssr")]
impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}: {}", self.why),
            None => self.why.fmt(f),
        }
    }
}

/// Reads JSON; the error names the field.
///
/// # Errors
/// What is wrong, and where.
#[cfg(feature = "ssr")]
pub fn read_request<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Mistake> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        Mistake {
            field: (field != ".").then_some(field),
            why: error.into_inner(),
        }
    })?;
    json.end().map_err(|why| Mistake { field: None, why })?;
    Ok(value)
}
