//! Text that grows, drawn a block at a time: closed blocks are never touched again, the last one is updated in place.

use leptos::prelude::*;

use crate::{chat::Answer, text::Blocks};

/// Draws the part of an answer that `part` picks.
#[component]
pub fn Growing(
    /// The answer; its readers are told once a frame.
    answer: ArcRwSignal<Answer>,
    /// Its content, or its thinking.
    part: fn(&Answer) -> &str,
) -> impl IntoView {
    // What there is already is there at once, on the server as well.
    let mut begun = Drawn::default();
    answer.with_untracked(|answer| begun.draw(answer.epoch, part(answer)));
    // How many blocks are closed, and which text they are of: a text that was replaced is drawn anew.
    let closed = RwSignal::new(begun.closed());
    let tail = RwSignal::new(begun.blocks.tail().to_owned());
    let drawn = StoredValue::new(begun);
    Effect::new(move || {
        answer.with(|answer| {
            drawn.update_value(|drawn| drawn.draw(answer.epoch, part(answer)));
        });
        drawn.with_value(|drawn| {
            let now = drawn.closed();
            if closed.get_untracked() != now {
                closed.set(now);
            }
            if tail.with_untracked(|tail| tail != drawn.blocks.tail()) {
                tail.set(drawn.blocks.tail().to_owned());
            }
        });
    });
    let keys = move || {
        let (epoch, count) = closed.get();
        (0..count).map(move |index| (epoch, index))
    };
    let block = move |(_, index): (u32, usize)| {
        let text = drawn.with_value(|drawn| drawn.blocks.closed().get(index).cloned());
        view! { <div class="block">{text}</div> }
    };
    view! {
        <For each=keys key=|key| *key children=block/>
        <div class="block">{tail}</div>
    }
}

/// What has been drawn.
#[derive(Default)]
struct Drawn {
    blocks: Blocks,
    /// Bytes of the text that are in `blocks`.
    length: usize,
    epoch: u32,
}

impl Drawn {
    /// Which text it is, and how many of its blocks are closed.
    fn closed(&self) -> (u32, usize) {
        (self.epoch, self.blocks.closed().len())
    }

    fn draw(&mut self, epoch: u32, text: &str) {
        if epoch != self.epoch {
            *self = Self {
                epoch,
                ..Self::default()
            };
        }
        if let Some(new) = text.get(self.length..) {
            self.blocks.push(new);
            self.length = text.len();
        }
    }
}
