//! A yardstick for the benchmark in the browser: all of an answer is parsed
//! again whenever it is drawn, by the parser that Brooklet uses.
//!
//! Not here: the page that draws it (`end2end/bench/pages/reparse.html`).

use pulldown_cmark::{Options, Parser, html};
use wasm_bindgen::prelude::wasm_bindgen;

/// An answer that grows.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Answer {
    text: String,
}

#[wasm_bindgen]
impl Answer {
    /// Nothing yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends text.
    pub fn push(&mut self, delta: &str) {
        self.text.push_str(delta);
    }

    /// All of it as HTML.
    #[must_use]
    pub fn html(&self) -> String {
        let mut out = String::with_capacity(self.text.len() * 2);
        html::push_html(&mut out, Parser::new_ext(&self.text, options()));
        out
    }
}

/// What chat pages usually switch on.
fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM
        | Options::ENABLE_MATH
}
