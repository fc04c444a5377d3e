//! The parser of Markdown in the browser. It is a third of all that a page may load, and only an answer that comes needs
//! it: so it is loaded with the first question, while the model reads that.

use leptos::{prelude::*, wasm_split::SplitLoaderError};

use crate::markdown::{Block, Document, Growth, escape};

/// A parser for a text that grows; without one it is shown as it is written.
pub async fn parser() -> Box<dyn Growth> {
    load()
        .await
        .unwrap_or_else(|_| Box::new(AsWritten::default()))
}

#[lazy(markdown, fallible)]
fn load() -> Result<Box<dyn Growth>, SplitLoaderError> {
    let parser: Box<dyn Growth> = Box::new(Document::default());
    Ok(parser)
}

/// A text as it is written, in one block.
#[derive(Debug, Default)]
struct AsWritten {
    blocks: Vec<Block>,
    text: String,
}

impl Growth for AsWritten {
    fn push(&mut self, delta: &str) {
        self.text.push_str(delta);
    }

    fn end(&mut self) {}

    fn draw(&mut self) -> &[Block] {
        let mut html = String::from("<p>");
        escape(&self.text, &mut html);
        html.push_str("</p>");
        self.blocks = vec![Block {
            parts: vec![html],
            ..Block::default()
        }];
        &self.blocks
    }

    fn closed(&self) -> (usize, usize) {
        (0, 0)
    }

    fn take_changed(&mut self) -> usize {
        0
    }

    fn renew(&mut self) {
        *self = Self::default();
    }
}
