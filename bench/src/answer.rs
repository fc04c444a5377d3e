//! The tokens of a stream, checked: each comes once, in order, and how late.
//!
//! Knows the two spellings of a stream, Ollama's lines and Brooklet's frames, no better than it takes to find the text
//! in them cheaply: the text is stamps, `12@1795405453147759661 `, and needs no unescaping. Not here: HTTP
//! ([`crate::response`]).

/// What can be wrong with streams: all 0 if all is well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Errors {
    /// Tokens that never came.
    pub(crate) lost: u64,
    /// Tokens that came again.
    pub(crate) doubled: u64,
    /// Bytes of text that no stamp has.
    pub(crate) garbled: u64,
    /// Streams that broke off, failed, or did not end in time.
    pub(crate) failed: u64,
}

impl Errors {
    pub(crate) const fn count(self) -> u64 {
        self.lost + self.doubled + self.garbled + self.failed
    }

    pub(crate) const fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.garbled += other.garbled;
        self.failed += other.failed;
    }
}

/// What has been read of a stream.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// A line that has not yet ended.
    cut: Vec<u8>,
    stamp: Stamp,
    /// The number of the token that comes next; how many there have been.
    next: u64,
    /// Whether the server has said that this was all.
    complete: bool,
    /// How many nanoseconds after its stamp each token arrived, in microseconds.
    pub(crate) late: Vec<u32>,
    /// When the first token arrived, in nanoseconds since 1970.
    pub(crate) first: Option<u64>,
    pub(crate) errors: Errors,
    /// Why it failed, in the words of whoever said so.
    pub(crate) failure: Option<String>,
}

/// A stamp as far as it has been read: a frame may end within it.
#[derive(Clone, Copy, Debug, Default)]
struct Stamp {
    number: u64,
    time: u64,
    in_time: bool,
}

impl Answer {
    pub(crate) fn new(tokens: u32) -> Self {
        Self {
            late: Vec::with_capacity(tokens as usize),
            ..Self::default()
        }
    }

    /// How many tokens have come.
    pub(crate) const fn tokens(&self) -> u64 {
        self.next
    }

    /// Notes that the stream is worth nothing any more.
    pub(crate) fn fail(&mut self, why: String) {
        if self.failure.is_none() {
            self.errors.failed += 1;
            self.failure = Some(why);
        }
    }

    /// Nothing comes any more, and so many tokens should have come.
    pub(crate) fn end(&mut self, tokens: u32) {
        self.errors.lost += u64::from(tokens).saturating_sub(self.next);
        if !self.complete {
            self.fail("the stream ended without its last frame".to_owned());
        }
    }

    /// Takes bytes of the body that arrived at `now`, in nanoseconds since 1970.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], now: u64) {
        while let Some(at) = bytes.iter().position(|&byte| byte == b'\n') {
            let (line, rest) = (&bytes[..at], &bytes[at + 1..]);
            bytes = rest;
            if self.cut.is_empty() {
                self.line(line, now);
            } else {
                let mut whole = std::mem::take(&mut self.cut);
                whole.extend_from_slice(line);
                self.line(&whole, now);
                whole.clear();
                self.cut = whole;
            }
        }
        self.cut.extend_from_slice(bytes);
    }

    fn line(&mut self, line: &[u8], now: u64) {
        let json = line.strip_prefix(b"data: ").unwrap_or(line);
        if let Some(text) = json.strip_prefix(br#"{"delta":""#) {
            self.text(text, now);
        } else if json.starts_with(br#"{"model":"#) {
            let text = after(json, br#""content":""#).unwrap_or(b"\"");
            let rest = self.text(text, now);
            self.complete |= after(rest, br#""done":true"#).is_some();
        } else if json.starts_with(br#"{"snapshot":"#) {
            self.snapshot(after(json, br#""content":""#).unwrap_or(b"\""), now);
        } else if json.starts_with(br#"{"done":true"#) {
            if after(json, br#""status":"complete""#).is_some() {
                self.complete = true;
            } else {
                self.fail(String::from_utf8_lossy(json).into_owned());
            }
        } else if json.starts_with(br#"{"error":"#) {
            self.fail(String::from_utf8_lossy(json).into_owned());
        }
    }

    /// All there is so far, in place of what has come: only what is beyond that is new.
    fn snapshot(&mut self, text: &[u8], now: u64) {
        let known = std::mem::take(&mut self.next);
        let late = std::mem::take(&mut self.late);
        self.stamp = Stamp::default();
        self.text(text, now);
        let mut new = std::mem::replace(&mut self.late, late);
        let seen = usize::try_from(known).unwrap_or(usize::MAX).min(new.len());
        self.late.extend(new.drain(seen..));
        // It has less than what was there before: then that was not to be trusted.
        self.errors.lost += known.saturating_sub(self.next);
    }

    /// Reads stamps up to the quotation mark; what comes after it is left.
    fn text<'a>(&mut self, text: &'a [u8], now: u64) -> &'a [u8] {
        for (at, &byte) in text.iter().enumerate() {
            match byte {
                b'0'..=b'9' => {
                    let part = if self.stamp.in_time {
                        &mut self.stamp.time
                    } else {
                        &mut self.stamp.number
                    };
                    *part = part.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                }
                b'@' if !self.stamp.in_time => self.stamp.in_time = true,
                b' ' if self.stamp.in_time => {
                    let stamp = std::mem::take(&mut self.stamp);
                    self.token(stamp, now);
                }
                b'"' => return &text[at + 1..],
                _ => self.errors.garbled += 1,
            }
        }
        &[]
    }

    fn token(&mut self, stamp: Stamp, now: u64) {
        self.first.get_or_insert(now);
        if stamp.number < self.next {
            self.errors.doubled += 1;
            return;
        }
        self.errors.lost += stamp.number - self.next;
        self.next = stamp.number + 1;
        let late = now.saturating_sub(stamp.time) / 1000;
        self.late.push(u32::try_from(late).unwrap_or(u32::MAX));
    }
}

/// What comes after `sign`.
fn after<'a>(text: &'a [u8], sign: &[u8]) -> Option<&'a [u8]> {
    let at = text.windows(sign.len()).position(|it| it == sign)?;
    Some(&text[at + sign.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000_000_000;

    fn read(text: &str, tokens: u32) -> Answer {
        let mut answer = Answer::new(tokens);
        answer.feed(text.as_bytes(), NOW);
        answer.end(tokens);
        answer
    }

    const NDJSON: &str = "{\"model\":\"sim:text=stamp\",\"message\":{\"role\":\"assistant\",\"content\":\"0@999000000 \"},\"done\":false}\n\
         {\"model\":\"sim:text=stamp\",\"message\":{\"role\":\"assistant\",\"content\":\"1@999998000 \"},\"done\":false}\n\
         {\"model\":\"sim:text=stamp\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n";

    const FRAMES: &str = "retry: 1000\n\nid: 3\n\
         data: {\"snapshot\":{\"content\":\"0@999000000 \",\"thinking\":\"\",\"phase\":\"writing\"}}\n\n\
         : a comment\n\nid: 4\ndata: {\"phase\":\"writing\"}\n\nid: 9\n\
         data: {\"delta\":\"1@999998000 2@1000000000 \"}\n\n\
         id: 10\ndata: {\"done\":true,\"status\":\"complete\",\"reason\":\"stop\"}\n\n";

    #[test]
    fn lines_are_read() {
        let answer = read(NDJSON, 2);
        assert_eq!(answer.errors, Errors::default(), "{:?}", answer.failure);
        assert_eq!((answer.tokens(), answer.late), (2, vec![1000, 2]));
    }

    #[test]
    fn frames_are_read_wherever_they_are_cut() {
        for size in 1..FRAMES.len() {
            let mut answer = Answer::new(3);
            for piece in FRAMES.as_bytes().chunks(size) {
                answer.feed(piece, NOW);
            }
            answer.end(3);
            assert_eq!(answer.errors, Errors::default(), "{size}");
            assert_eq!(answer.first, Some(NOW));
            assert_eq!(answer.late, [1000, 2, 0], "{size}");
        }
    }

    #[test]
    fn loss_doubling_and_order_are_seen() {
        let errors = |numbers: &[u32]| {
            let frame = |number: &u32| format!("data: {{\"delta\":\"{number}@1 \"}}\n\n");
            let mut text: String = numbers.iter().map(frame).collect();
            text.push_str("data: {\"done\":true,\"status\":\"complete\"}\n\n");
            let errors = read(&text, 4).errors;
            (errors.lost, errors.doubled, errors.failed)
        };
        assert_eq!(errors(&[0, 1, 2, 3]), (0, 0, 0));
        assert_eq!(errors(&[0, 1, 3]), (1, 0, 0));
        assert_eq!(errors(&[0, 1]), (2, 0, 0));
        assert_eq!(errors(&[0, 1, 1, 2, 3]), (0, 1, 0));
        assert_eq!(errors(&[0, 2, 1, 3]), (1, 1, 0));
        assert_eq!(errors(&[1, 2, 3]), (1, 0, 0));
    }

    #[test]
    fn a_stamp_may_be_cut_by_frames_but_not_garbled() {
        let cut = "data: {\"delta\":\"0@99\"}\n\ndata: {\"delta\":\"9000000 \"}\n\n\
                   data: {\"done\":true,\"status\":\"complete\"}\n\n";
        let answer = read(cut, 1);
        assert_eq!((answer.errors.count(), answer.late), (0, vec![1000]));
        let garbled = cut.replace("0@99", "0@9x");
        assert_eq!(read(&garbled, 1).errors.garbled, 1);
    }

    #[test]
    fn a_second_snapshot_is_only_new_beyond_what_was_known() {
        let text = "data: {\"delta\":\"0@999000000 1@999000000 \"}\n\n\
                    data: {\"snapshot\":{\"content\":\"0@999000000 1@999000000 2@999999000 \"}}\n\n\
                    data: {\"done\":true,\"status\":\"complete\"}\n\n";
        let answer = read(text, 3);
        assert_eq!(answer.errors.count(), 0);
        assert_eq!(answer.late, [1000, 1000, 1]);
    }

    #[test]
    fn an_end_without_its_frame_and_a_failure_are_errors() {
        assert_eq!(read(&NDJSON[..NDJSON.len() - 60], 2).errors.failed, 1);
        let failed = read("data: {\"done\":true,\"status\":\"failed\"}\n\n", 0);
        assert_eq!(failed.errors.failed, 1);
        assert!(failed.failure.is_some_and(|why| why.contains("failed")));
    }
}
