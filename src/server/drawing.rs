//! A path as a page has it: its texts as finished HTML, by the renderer that the browser has as well.

use tokio::task::spawn_blocking;

use super::{AppState, finish::Finisher};
use crate::{
    chat::{Drawn, Kept, Path, Role, Step},
    error::Result,
    markdown::{self, Finish},
    ui::calls,
};

/// Draws the texts of a path: they are HTML then, and text no more.
///
/// # Errors
/// When there is no thread for it.
pub async fn draw(state: &AppState, mut path: Path) -> Result<Path> {
    let finisher = state.finisher.clone();
    let drawn = spawn_blocking(move || {
        draw_steps(&mut path.steps, &finisher);
        path
    });
    drawn.await.map_err(|error| {
        crate::error::Error::new(
            crate::error::ErrorKind::Internal,
            format!("The chat could not be drawn: {error}."),
        )
    })
}

fn draw_steps(steps: &mut [Step], finisher: &Finisher) {
    let mut sheet = finisher.sheet();
    // What is read first is at the end.
    for step in steps.iter_mut().rev() {
        let content = std::mem::take(&mut step.message.content);
        let written = step.message.written.as_mut();
        let (thinking, tool_calls) = written
            .map(|written| {
                (
                    std::mem::take(&mut written.thinking),
                    std::mem::take(&mut written.tool_calls),
                )
            })
            .unwrap_or_default();
        let mut html = |text: &str| match text {
            "" => String::new(),
            text => markdown::html(text, &mut sheet as &mut dyn Finish),
        };
        step.drawn = Drawn {
            kept: Kept {
                content: !content.trim().is_empty(),
                thinking: !thinking.is_empty(),
            },
            thinking: html(&thinking),
            calls: calls::html(&tool_calls),
            content: match step.message.role {
                Role::Assistant => html(&content),
                // What a person wrote stays as it was written.
                Role::User | Role::System => {
                    let mut html = String::with_capacity(content.len());
                    markdown::escape(&content, &mut html);
                    html
                }
            },
        };
    }
}
