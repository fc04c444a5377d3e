//! Brooklet: a chat page for Ollama in one binary. The map of the house.
//!
//! # Layout
//!
//! The crate is built twice: with the feature `ssr` it is the server, with `hydrate` the WASM that wakes the page up.
//!
//! | module | what lives there | built for |
//! |---|---|---|
//! | [`app`] | the page's shell and root | both |
//! | [`ui`] | what a person sees: page, transcript, composer, model picker | both |
//! | [`chat`] | the vocabulary: messages, the stream's events, the server functions, the reducer | both |
//! | [`markdown`] | text into blocks of HTML that close | both |
//! | [`sse`] | `text/event-stream`: frames, and the codec for server functions | both |
//! | [`json`] | JSON bodies for server functions, mistakes named by their place | both |
//! | [`error`] | what can go wrong, told to people | both |
//! | [`words`] | every sentence for people, in their language | both |
//! | [`client`] | what only a browser does: the `EventSource`, animation frames, what survives a reload | both, run in one |
//! | `server` | routes, generations, upstreams | `ssr` |
//!
//! # The way of a token
//!
//! ```text
//! Ollama ─ ndjson ─▶ log ─ SSE ─▶ EventSource ─▶ reducer ─▶ signal ─▶ DOM
//! server::upstream   server::generation  client::follow  chat::answer  ui::message
//! ```
//!
//! Data flows that one way. `ui` and `server` both know `chat`; neither knows the other.

pub mod app;
pub mod chat;
pub mod client;
pub mod error;
pub mod json;
pub mod markdown;
#[cfg(feature = "ssr")]
pub mod server;
pub mod sse;
pub mod ui;
pub mod words;

/// Wakes the page up: called once by the script that loads the WASM.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
