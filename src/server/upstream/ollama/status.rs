//! The lines by which Ollama tells how far it is with what takes time. What they come to for people is not said here.

use std::{borrow::Cow, future::poll_fn, ops::ControlFlow};

use serde::Deserialize;

use super::super::{Fault, body::Body, line, ndjson::Decoder};

/// What one line says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Status<'a> {
    /// What is going on, in Ollama's words.
    #[serde(borrow)]
    pub status: Cow<'a, str>,
    /// Which blob it is about.
    #[serde(borrow)]
    pub digest: Option<Cow<'a, str>>,
    /// The blob's bytes; a zero is left out.
    pub total: Option<u64>,
    /// How many of them are there. It may go back, where a part has to come again.
    pub completed: Option<u64>,
}

/// Reads a body to its end. It has come to a good one only if the last line says `success`.
///
/// # Errors
/// [`Fault::Model`] is an error in Ollama's own words, [`Fault::Incomplete`] or [`Fault::Nothing`] an end before the end.
pub async fn follow(mut body: Body, mut each: impl FnMut(Status<'_>)) -> Result<(), Fault> {
    let mut decoder = Decoder::default();
    let mut lines = Lines::default();
    loop {
        let mut is_too_long = false;
        let more = poll_fn(|context| {
            body.poll_read(context, |bytes| {
                let read = decoder.push(bytes, |line| lines.take_in(line, &mut each));
                is_too_long |= read.is_err();
            })
        });
        let cause = match more.await {
            _ if is_too_long => "a line of over 16 MB".to_owned(),
            Ok(true) if lines.end.is_none() => continue,
            Ok(true) => String::new(),
            Ok(false) => {
                // A last line may lack its line feed.
                let _ = decoder.finish(|line| lines.take_in(line, &mut each));
                "the stream ended".to_owned()
            }
            Err(cause) => cause,
        };
        return match lines.end {
            Some(end) => end,
            None if lines.any => Err(Fault::Incomplete(cause)),
            None => Err(Fault::Nothing(cause)),
        };
    }
}

/// What has been read.
#[derive(Default)]
struct Lines {
    /// Whether there was a line at all.
    any: bool,
    /// What the line said that is the last one.
    end: Option<Result<(), Fault>>,
}

impl Lines {
    fn take_in(&mut self, line: &[u8], each: &mut impl FnMut(Status<'_>)) -> ControlFlow<()> {
        if let Some(error) = line::error_in_body(line) {
            self.end = Some(Err(Fault::Model(on_one_line(&error))));
            return ControlFlow::Break(());
        }
        // What is no status is passed over: a later version may say more.
        let Ok(status) = serde_json::from_slice::<Status<'_>>(line) else {
            return ControlFlow::Continue(());
        };
        self.any = true;
        let is_done = status.status == "success";
        each(status);
        if is_done {
            self.end = Some(Ok(()));
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

/// As much of what Ollama says as anybody needs: it may hold an address of a thousand characters.
fn on_one_line(error: &str) -> String {
    const LONGEST: usize = 4000;

    let plain = |it: char| if it.is_control() { ' ' } else { it };
    error.chars().take(LONGEST).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<(String, u64)>, Lines) {
        let (mut seen, mut lines) = (Vec::new(), Lines::default());
        let _ = Decoder::default().push(text.as_bytes(), |line| {
            lines.take_in(line, &mut |status: Status<'_>| {
                seen.push((
                    status.status.into_owned(),
                    status.completed.unwrap_or_default(),
                ));
            })
        });
        (seen, lines)
    }

    #[test]
    fn lines_are_read_until_one_is_the_last() {
        let text = "{\"status\":\"pulling \\u0061\",\"total\":9,\"completed\":4}\n{\"odd\":[]}\nx\n[]\n{\"status\":\"success\"}\n{\"status\":\"more\"}\n";
        let (seen, lines) = read(text);
        assert_eq!(seen[0], ("pulling a".to_owned(), 4));
        assert_eq!(seen.last().map(|(status, _)| &**status), Some("success"));
        assert_eq!(lines.end, Some(Ok(())));
        let (_, lines) =
            read("{\"status\":\"a\"}\n{\"error\":\"pull model manifest: file does not exist\"}\n");
        let error = "pull model manifest: file does not exist".to_owned();
        assert_eq!(lines.end, Some(Err(Fault::Model(error))));
        let (_, lines) = read("{\"error\":\"two\\nlines\"}\n");
        assert_eq!(lines.end, Some(Err(Fault::Model("two lines".to_owned()))));
        let (_, lines) = read("{\"status\":\"a\"}\n");
        assert!(lines.any && lines.end.is_none());
    }
}
