//! The tools that a model has called, each as a fold with what it was called with.

use crate::{chat::ToolCall, markdown::escape, words::Words};

/// The HTML of calls; of none, nothing.
pub fn html(words: Words, calls: &[ToolCall]) -> String {
    let mut html = String::new();
    for call in calls {
        html.push_str("<details><summary>");
        html.push_str(words.called());
        html.push_str(" <code>");
        escape(&call.name, &mut html);
        html.push_str(r#"</code></summary><pre tabindex="0"><code>"#);
        escape(&call.arguments, &mut html);
        html.push_str("</code></pre></details>");
    }
    html
}
