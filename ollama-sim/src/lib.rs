//! Ollama's wire protocol with scripted models: the map of the crate.
//!
//! A model's name says what it answers and how: the catalogue's names
//! (`brooklet-demo`, `llama3.2`, `qwen3`, `slow`) or a script in the name
//! itself, as in `sim:tokens=200,rate=40,delay=500ms,fault=eof@10`.
//! There is no language model in here, and no client: only what Ollama sends,
//! and every way in which it, or a proxy before it, is known to go wrong.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! let ollama = ollama_sim::Running::start().await?;
//! let url = format!("{}/api/chat", ollama.url());
//! // … talk to it as to Ollama …
//! ollama.sim().until(|stats| stats.dropped == 1).await;
//! ollama.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! From the outside to the inside: [`Running`] serves a [`Sim`], whose
//! `router` leads to `chat`, `openai`, `library` and `pull`; `chat` turns a request into a
//! [`Script`]; `steps` lays out what the script sends, `answer` sends it when
//! it is due, and `lines` knows how each line is spelt.

mod answer;
mod catalogue;
mod chat;
mod clock;
mod demo;
mod door;
mod embed;
mod events;
mod fault;
mod json;
mod keys;
mod library;
mod lines;
mod markdown;
mod memory;
mod openai;
mod origin;
mod plan;
mod pull;
mod quirk;
mod refusal;
mod request;
mod router;
mod running;
mod script;
mod sim;
mod stats;
mod steps;
mod stock;
mod token;
mod words;

pub use catalogue::{CATALOGUE, DEMO};
pub use fault::{Break, Fault, Instead};
pub use keys::explain;
pub use quirk::Quirk;
pub use running::Running;
pub use script::{Script, ScriptError};
pub use sim::{Order, Seen, Sim};
pub use stats::Stats;
pub use token::{Kind, Token, Tokens};
pub use words::Style;
