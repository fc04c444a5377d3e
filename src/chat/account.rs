//! How an answer came about, in full: for whoever wants to know.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Done;

/// How an answer came about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// The model that wrote it.
    pub model: String,
    /// When it was asked for: milliseconds since 1970.
    pub begun_at: u64,
    /// How the model was asked: `think`, `keep_alive` and `options`, as far as they were set.
    pub asked: Map<String, Value>,
    /// How it ended; `None` while it is being written.
    pub done: Option<Done>,
}
