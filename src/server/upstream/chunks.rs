//! The body of an HTTP/1.1 answer, without what frames it, wherever the network cut it.
//!
//! Chunks, a promised length, or whatever comes until the connection ends. Where the bytes come from is
//! [`super::wire`]'s matter.

use reqwest::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};

/// The answer is not HTTP/1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Garbled;

/// What takes the frames off a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Chunks(State);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In the digits of a chunk's size.
    Size { size: u64, digits: u8 },
    /// After them: what an extension says is passed over.
    Extension { size: u64 },
    /// In a chunk of which so much is left.
    Chunk(u64),
    /// In the line break after a chunk.
    Break,
    /// In the lines after the last chunk.
    Trailer { blank: bool },
    /// In a body of which so much is left.
    Length(u64),
    /// In a body that ends with the connection.
    UntilClose,
    /// Behind the end.
    End,
}

impl Chunks {
    /// For the body of an answer with these headers.
    ///
    /// # Errors
    /// [`Garbled`] when they contradict themselves.
    pub fn of(headers: &HeaderMap) -> Result<Self, Garbled> {
        let coding = headers.get_all(TRANSFER_ENCODING).iter().next_back();
        let chunked = coding.is_some_and(|coding| {
            let codings = coding.as_bytes().rsplit(|byte| *byte == b',');
            let last = codings.map(<[u8]>::trim_ascii).next();
            last.is_some_and(|last| last.eq_ignore_ascii_case(b"chunked"))
        });
        // Chunks come before a length, as the standard has it.
        Ok(Self(match headers.get(CONTENT_LENGTH) {
            _ if chunked => State::Size { size: 0, digits: 0 },
            Some(length) => {
                let length = length.to_str().ok().and_then(|it| it.trim().parse().ok());
                Self::length(length.ok_or(Garbled)?)
            }
            None => State::UntilClose,
        }))
    }

    /// Whether all of it has come.
    pub fn is_over(&self) -> bool {
        self.0 == State::End
    }

    /// Whether the connection may end here.
    pub fn may_close(&self) -> bool {
        matches!(self.0, State::End | State::UntilClose)
    }

    /// Takes bytes, and gives what of them is body to `each`.
    ///
    /// # Errors
    /// [`Garbled`] when what stands between the chunks is not what should.
    pub fn feed(&mut self, mut bytes: &[u8], mut each: impl FnMut(&[u8])) -> Result<(), Garbled> {
        while let Some((&byte, rest)) = bytes.split_first() {
            match self.0 {
                State::Chunk(left) | State::Length(left) => {
                    let fits = usize::try_from(left).unwrap_or(usize::MAX);
                    let (body, rest) = bytes.split_at(fits.min(bytes.len()));
                    each(body);
                    bytes = rest;
                    let left = left - body.len() as u64;
                    self.0 = match self.0 {
                        State::Chunk(_) if left == 0 => State::Break,
                        State::Chunk(_) => State::Chunk(left),
                        _ => Self::length(left),
                    };
                }
                State::UntilClose => {
                    each(bytes);
                    return Ok(());
                }
                // What comes after it belongs to nobody.
                State::End => return Ok(()),
                between => {
                    self.0 = after(between, byte)?;
                    bytes = rest;
                }
            }
        }
        Ok(())
    }

    const fn length(left: u64) -> State {
        if left == 0 {
            State::End
        } else {
            State::Length(left)
        }
    }
}

/// The state after a byte that is no body.
fn after(state: State, byte: u8) -> Result<State, Garbled> {
    Ok(match (state, byte) {
        (State::Size { size, digits: 1.. } | State::Extension { size }, b'\n') => match size {
            0 => State::Trailer { blank: true },
            size => State::Chunk(size),
        },
        (State::Size { size, digits }, byte) => match char::from(byte).to_digit(16) {
            // Sixteen digits are more than any chunk has.
            Some(digit) if digits < 16 => State::Size {
                size: size * 16 + u64::from(digit),
                digits: digits + 1,
            },
            None if digits > 0 && matches!(byte, b'\r' | b';' | b' ' | b'\t') => {
                State::Extension { size }
            }
            _ => return Err(Garbled),
        },
        (State::Extension { size }, _) => State::Extension { size },
        (State::Break, b'\r') => State::Break,
        (State::Break, b'\n') => State::Size { size: 0, digits: 0 },
        (State::Trailer { blank: true }, b'\n') => State::End,
        (State::Trailer { blank }, b'\r') => State::Trailer { blank },
        (State::Trailer { .. }, byte) => State::Trailer {
            blank: byte == b'\n',
        },
        _ => return Err(Garbled),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use proptest::prelude::*;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn read(mut chunks: Chunks, pieces: &[&[u8]]) -> Result<(Vec<u8>, bool, bool), Garbled> {
        let mut body = Vec::new();
        for piece in pieces {
            chunks.feed(piece, |bytes| body.extend_from_slice(bytes))?;
        }
        Ok((body, chunks.is_over(), chunks.may_close()))
    }

    fn chunked() -> Chunks {
        Chunks::of(&headers(&[("transfer-encoding", "gzip, Chunked")])).unwrap()
    }

    proptest! {
        /// Any body in any chunks is that body, wherever the network cuts it.
        #[test]
        fn cuts_do_not_matter(
            parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..40), 0..10),
            extension in "(;[a-z=\"]{0,9})?",
            trailer in "([A-Z]{1,3}: [a-z]{0,9}\r\n){0,2}",
            size in 1_usize..50,
        ) {
            let mut wire = Vec::new();
            for part in &parts {
                wire.extend_from_slice(format!("{:X}{extension}\r\n", part.len()).as_bytes());
                wire.extend_from_slice(part);
                wire.extend_from_slice(b"\r\n");
            }
            wire.extend_from_slice(format!("0\r\n{trailer}\r\n").as_bytes());
            let pieces: Vec<_> = wire.chunks(size).collect();
            let whole = (parts.concat(), true, true);
            prop_assert_eq!(read(chunked(), &pieces), Ok(whole));
            let cut = read(chunked(), &[&wire[..wire.len() - 1]]).unwrap();
            prop_assert!(!cut.1 && !cut.2);
        }

        /// Whatever comes, it is taken or refused.
        #[test]
        fn nothing_makes_it_fail_otherwise(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(chunked(), &[&bytes]);
        }
    }

    #[test]
    fn a_length_is_kept_and_without_one_the_end_is_the_end() {
        let length = || Chunks::of(&headers(&[("content-length", "4")])).unwrap();
        assert_eq!(
            read(length(), &[b"go", b"ne and more"]),
            Ok((b"gone".to_vec(), true, true))
        );
        assert_eq!(read(length(), &[b"go"]), Ok((b"go".to_vec(), false, false)));
        let empty = Chunks::of(&headers(&[("content-length", "0")])).unwrap();
        assert!(empty.is_over());
        let until_close = Chunks::of(&HeaderMap::new()).unwrap();
        assert_eq!(
            read(until_close, &[b"a", b"b"]),
            Ok((b"ab".to_vec(), false, true))
        );
        assert!(Chunks::of(&headers(&[("content-length", "many")])).is_err());
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        for wire in [
            "xyz\r\n",
            "\r\n",
            "1\r\nab\r\n",
            "11111111111111111\r\n",
            "-1\r\n",
        ] {
            assert_eq!(
                read(chunked(), &[wire.as_bytes()]),
                Err(Garbled),
                "{wire:?}"
            );
        }
    }
}
