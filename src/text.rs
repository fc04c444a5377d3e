//! Plain text in blocks: what is drawn of an answer until Markdown comes.
//!
//! One ever longer text node is laid out anew at each frame, so text is cut: all blocks but the last are *closed* and
//! never change again. The blocks one after the other are the text, to the byte. They end at line breaks, so that a cut
//! cannot be seen; text without any stays one block. Nothing here touches the DOM.

/// A block is closed at the first line break after this many bytes: about a screen of text.
const BLOCK: usize = 1500;

/// A text that grows at its end, cut into blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocks {
    closed: Vec<String>,
    tail: String,
}

impl Blocks {
    /// Appends `text`; costs what is new, not what is there.
    pub fn push(&mut self, text: &str) {
        let mut from = self.tail.len();
        self.tail.push_str(text);
        loop {
            let search = from.max(BLOCK);
            // A break can stand before `search` only in text that was looked at already.
            let Some(at) = self
                .tail
                .as_bytes()
                .get(search..)
                .and_then(|rest| rest.iter().position(|byte| *byte == b'\n'))
            else {
                return;
            };
            let rest = self.tail.split_off(search + at + 1);
            self.closed.push(std::mem::replace(&mut self.tail, rest));
            from = 0;
        }
    }

    /// The blocks that will not change again.
    pub fn closed(&self) -> &[String] {
        &self.closed
    }

    /// The last block: it grows.
    pub fn tail(&self) -> &str {
        &self.tail
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(text: &str) -> Blocks {
        let mut blocks = Blocks::default();
        blocks.push(text);
        blocks
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_blocks_and_loses_nothing(
            pieces in proptest::collection::vec("[a-zé🎉\n ]{0,600}", 0..40)
        ) {
            let mut blocks = Blocks::default();
            for piece in &pieces {
                let before = blocks.closed().to_vec();
                blocks.push(piece);
                prop_assert_eq!(&before[..], &blocks.closed()[..before.len()]);
            }
            let text = pieces.concat();
            prop_assert_eq!(&(blocks.closed().concat() + blocks.tail()), &text);
            prop_assert_eq!(blocks, whole(&text));
        }
    }
}
