//! An HTTP/1.1 response taken apart as its bytes come, wherever they are cut: status, then the body without its
//! chunks.
//!
//! Not here: what the body says ([`crate::answer`]), and the connection ([`crate::client`]).

use crate::Told;

/// No server has reason to send a longer head.
const LONGEST_HEAD: usize = 16 << 10;

/// A response under way.
#[derive(Debug)]
pub(crate) struct Response {
    state: State,
    head: Vec<u8>,
    status: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Head,
    /// In the line that tells a chunk's size; `read` while it is in the digits.
    Size {
        size: usize,
        read: bool,
    },
    Chunk(usize),
    /// In the line break after a chunk.
    Break,
    /// In a line after the last chunk.
    Trailer {
        empty: bool,
    },
    Length(usize),
    UntilClose,
    End,
}

impl Response {
    pub(crate) const fn new() -> Self {
        Self {
            state: State::Head,
            head: Vec::new(),
            status: 0,
        }
    }

    /// The status; 0 before it is known.
    pub(crate) const fn status(&self) -> u16 {
        self.status
    }

    /// What stands in the head by this name, once all of the head has come.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = String::from_utf8_lossy(&self.head);
        let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
        let found = lines.find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned())
    }

    /// Whether all of it has come.
    pub(crate) fn is_over(&self) -> bool {
        self.state == State::End
    }

    /// The connection has been closed: whether that was the end of the response.
    pub(crate) fn close(&mut self) -> bool {
        if self.state == State::UntilClose {
            self.state = State::End;
        }
        self.is_over()
    }

    /// Takes bytes and gives what of them is body to `body`. What comes after the end is passed over.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], mut body: impl FnMut(&[u8])) -> Told<()> {
        while !bytes.is_empty() {
            match self.state {
                State::Head => bytes = self.read_head(bytes)?,
                State::Chunk(left) | State::Length(left) => {
                    let (now, rest) = bytes.split_at(left.min(bytes.len()));
                    body(now);
                    bytes = rest;
                    let left = left - now.len();
                    self.state = match (self.state, left) {
                        (State::Chunk(_), 0) => State::Break,
                        (State::Chunk(_), _) => State::Chunk(left),
                        (_, 0) => State::End,
                        _ => State::Length(left),
                    };
                }
                State::UntilClose => {
                    body(bytes);
                    bytes = &[];
                }
                State::End => bytes = &[],
                State::Size { .. } | State::Break | State::Trailer { .. } => {
                    self.state = self.after(bytes[0])?;
                    bytes = &bytes[1..];
                }
            }
        }
        Ok(())
    }

    /// The state after a byte between the chunks.
    fn after(&self, byte: u8) -> Told<State> {
        Ok(match (self.state, byte) {
            (State::Size { size: 0, .. }, b'\n') => State::Trailer { empty: true },
            (State::Size { size, .. }, b'\n') => State::Chunk(size),
            (State::Size { size, read: true }, byte) => match char::from(byte).to_digit(16) {
                Some(digit) => {
                    let size = size.checked_mul(16).ok_or("a chunk is too long")?;
                    State::Size {
                        size: size + digit as usize,
                        read: true,
                    }
                }
                None if matches!(byte, b'\r' | b';' | b' ') => State::Size { size, read: false },
                None => return Err(format!("a chunk's size holds the byte {byte}")),
            },
            (State::Break, b'\n') => State::Size {
                size: 0,
                read: true,
            },
            (State::Break, b'\r') => State::Break,
            (State::Break, byte) => return Err(format!("after a chunk comes the byte {byte}")),
            (State::Trailer { empty: true }, b'\n') => State::End,
            (State::Trailer { empty }, b'\r') => State::Trailer { empty },
            (State::Trailer { .. }, byte) => State::Trailer {
                empty: byte == b'\n',
            },
            (state, _) => state,
        })
    }

    /// Takes as much as belongs to the head.
    fn read_head<'a>(&mut self, bytes: &'a [u8]) -> Told<&'a [u8]> {
        let before = self.head.len();
        self.head.extend_from_slice(bytes);
        let Some(at) = self.head.windows(4).position(|four| four == b"\r\n\r\n") else {
            if self.head.len() > LONGEST_HEAD {
                return Err("the head of the response has no end".to_owned());
            }
            return Ok(&[]);
        };
        let head = String::from_utf8_lossy(&self.head[..at]);
        let (status, state) = understood(&head)?;
        (self.status, self.state) = (status, state);
        self.head.truncate(at);
        Ok(&bytes[at + 4 - before..])
    }
}

/// The status, and how the body comes.
fn understood(head: &str) -> Told<(u16, State)> {
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok())
        .ok_or_else(|| format!("this is no response: {}", head.lines().next().unwrap_or("")))?;
    let mut state = State::UntilClose;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        if name.eq_ignore_ascii_case("transfer-encoding") && value.eq_ignore_ascii_case("chunked") {
            state = State::Size {
                size: 0,
                read: true,
            };
        } else if name.eq_ignore_ascii_case("content-length") {
            state = match value.parse() {
                Ok(0) => State::End,
                Ok(length) => State::Length(length),
                Err(_) => return Err(format!("this is no length: {value}")),
            };
        }
    }
    if status == 204 {
        state = State::End;
    }
    Ok((status, state))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    /// The body and whether it is whole, fed in pieces of `size`.
    fn read(text: &str, size: usize) -> Told<(u16, String, bool)> {
        let mut response = Response::new();
        let mut body = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            response.feed(piece, |bytes| body.extend_from_slice(bytes))?;
        }
        let body = String::from_utf8(body).unwrap();
        Ok((response.status(), body, response.is_over()))
    }

    #[test]
    fn chunks_are_taken_off_wherever_they_are_cut() {
        let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                    3\r\nabc\r\n10;x=1\r\n0123456789abcdef\r\n0\r\nTrailer: 1\r\n\r\n";
        for size in 1..=text.len() {
            let expected = (200, "abc0123456789abcdef".to_owned(), true);
            assert_eq!(read(text, size), Ok(expected), "{size}");
        }
        assert!(!read(&text[..text.len() - 1], 7).unwrap().2);
    }

    #[test]
    fn a_length_is_kept() {
        let text = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone and more";
        for size in 1..=text.len() {
            assert_eq!(read(text, size), Ok((404, "gone".to_owned(), true)));
        }
        let empty = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(read(empty, 5), Ok((200, String::new(), true)));
    }

    #[test]
    fn what_the_head_says_is_kept() {
        let mut response = Response::new();
        let text = b"HTTP/1.1 303 See Other\r\nlocation: /\r\nSet-Cookie: a=b; Path=/\r\ncontent-length: 0\r\n\r\n";
        response.feed(text, |_| {}).unwrap();
        assert_eq!(
            response.header("set-cookie").as_deref(),
            Some("a=b; Path=/")
        );
        assert_eq!(response.header("etag"), None);
    }

    #[test]
    fn without_either_the_close_is_the_end() {
        let mut response = Response::new();
        let mut body: Vec<u8> = Vec::new();
        response
            .feed(b"HTTP/1.1 200 OK\r\n\r\nabc", |bytes| body.extend(bytes))
            .unwrap();
        assert!(!response.is_over());
        assert!(response.close());
        assert_eq!(body, b"abc");
        assert!(!Response::new().close());
    }

    #[test]
    fn what_is_no_http_is_told() {
        assert!(read("SSH-2.0-x\r\n\r\n", 4).is_err());
        let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n";
        assert!(read(chunk, 4).is_err());
    }
}
