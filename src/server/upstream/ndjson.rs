//! NDJSON: bytes in, lines out, wherever the network cut them.
//!
//! A chunk of HTTP is not a line: it may end inside a UTF-8 sequence, or hold a hundred lines. Bytes are therefore
//! split at line feeds before anything is decoded, and only a line that is cut is copied. What a line means is
//! [`super::line`]'s matter.

use std::ops::ControlFlow;

/// The longest line that is taken: Ollama's own client allows half of it.
pub const MAX_LINE: usize = 16 * 1024 * 1024;

/// A line was longer than [`MAX_LINE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// Finds the lines in a stream of chunks.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The beginning of a line whose end has not come yet; always without a line feed.
    pending: Vec<u8>,
}

impl Decoder {
    /// Takes a chunk and hands out the lines that it completes, without their ends (`\n` or `\r\n`); blank ones are
    /// left out. When `on_line` breaks, the rest of the chunk is dropped.
    ///
    /// # Errors
    /// [`TooLong`] when a line passes [`MAX_LINE`].
    pub fn push(
        &mut self,
        mut chunk: &[u8],
        mut on_line: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, TooLong> {
        while let Some(end) = memchr::memchr(b'\n', chunk) {
            let (line, rest) = (&chunk[..end], &chunk[end + 1..]);
            chunk = rest;
            let flow = if self.pending.is_empty() {
                hand_out(line, &mut on_line)?
            } else {
                self.pending.extend_from_slice(line);
                let flow = hand_out(&self.pending, &mut on_line)?;
                self.pending.clear();
                flow
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        if self.pending.len() + chunk.len() > MAX_LINE {
            return Err(TooLong);
        }
        self.pending.extend_from_slice(chunk);
        Ok(ControlFlow::Continue(()))
    }

    /// Hands out what is left when the stream has ended: a last line without a line feed.
    ///
    /// # Errors
    /// [`TooLong`] as for [`Self::push`].
    pub fn finish(
        &mut self,
        on_line: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, TooLong> {
        hand_out(&std::mem::take(&mut self.pending), on_line)
    }
}

/// Hands out one line, unless it is blank.
fn hand_out(
    line: &[u8],
    mut on_line: impl FnMut(&[u8]) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, TooLong> {
    if line.len() > MAX_LINE {
        return Err(TooLong);
    }
    let line = line.trim_ascii();
    Ok(if line.is_empty() {
        ControlFlow::Continue(())
    } else {
        on_line(line)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use proptest::prelude::*;

    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut decoder = Decoder::default();
        let mut lines = Vec::new();
        let mut keep = |line: &[u8]| {
            lines.push(line.to_vec());
            ControlFlow::Continue(())
        };
        for chunk in chunks {
            let _ = decoder.push(chunk, &mut keep).unwrap();
        }
        let _ = decoder.finish(&mut keep).unwrap();
        lines
    }

    proptest! {
        /// Any cut of any stream gives the same lines.
        #[test]
        fn cuts_do_not_matter(
            bytes in proptest::collection::vec(
                prop_oneof![Just(b'\n'), Just(b'\r'), Just(b' '), Just(b'{'), Just(0xC3), any::<u8>()],
                0..400,
            ),
            cuts in proptest::collection::vec(0_usize..400, 0..40),
        ) {
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let chunks: Vec<_> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            let expected: Vec<_> = bytes
                .split(|byte| *byte == b'\n')
                .map(|line| line.trim_ascii().to_vec())
                .filter(|line| !line.is_empty())
                .collect();
            prop_assert_eq!(lines(&chunks), expected);
        }
    }

    #[test]
    fn a_line_may_be_long_but_not_endless() {
        let mut decoder = Decoder::default();
        let megabyte = vec![b'x'; 1024 * 1024];
        let mut longest = 0;
        for _ in 0..16 {
            let flow = decoder.push(&megabyte, |_| ControlFlow::Continue(()));
            assert_eq!(flow, Ok(ControlFlow::Continue(())));
        }
        let flow = decoder.push(b"\n", |line| {
            longest = line.len();
            ControlFlow::Continue(())
        });
        assert_eq!((flow, longest), (Ok(ControlFlow::Continue(())), MAX_LINE));
        for _ in 0..16 {
            assert!(
                decoder
                    .push(&megabyte, |_| ControlFlow::Continue(()))
                    .is_ok()
            );
        }
        assert_eq!(
            decoder.push(b"x", |_| ControlFlow::Continue(())),
            Err(TooLong)
        );
    }

    #[test]
    fn a_break_drops_the_rest() {
        let mut seen = 0;
        let flow = Decoder::default().push(b"a\nb\n", |_| {
            seen += 1;
            ControlFlow::Break(())
        });
        assert_eq!((flow, seen), (Ok(ControlFlow::Break(())), 1));
    }
}
