//! A subscriber: reads a generation's log from its cursor on and frames what it reads.
//!
//! Nothing is queued for a subscriber: it is asked for bytes when its connection can take some, and then reads what
//! has come meanwhile, coalesced. Silence is broken by a comment, so that nothing on the way takes the connection for
//! dead.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::{
    sync::watch,
    time::{Interval, MissedTickBehavior, interval},
};

use super::{super::upstream::Kind, Cursor, Generation, Piece};
use crate::{chat::GenerationEvent, sse};

/// The longest silence. A comment is due when nothing was written between two ticks, of which there are two in it.
const SILENCE: Duration = Duration::from_secs(15);

/// Who reads the frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// An `EventSource`: every frame has the number of its last entry, so that it can resume.
    Resumable,
    /// A program that reads one answer: no numbers, for there is nothing to resume, and no phases.
    Plain,
    /// The same for one that has been made to wait: with phases, and at once the one that it waits in.
    PlainWithPhases,
}

/// The frames of a generation as bytes; ends after the end of the log.
pub struct Frames(Pin<Box<dyn Stream<Item = Bytes> + Send>>);

impl std::fmt::Debug for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frames").finish_non_exhaustive()
    }
}

impl Frames {
    pub(super) fn new(generation: Arc<Generation>, cursor: Cursor, style: Style) -> Self {
        let mut ticks = interval(SILENCE / 2);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.reset();
        let subscriber = Subscriber {
            head: generation.log.head(),
            generation: Following::new(generation),
            cursor,
            style,
            ticks,
            begun: false,
            written: true,
            ended: false,
            size: 256,
        };
        Self(Box::pin(stream::unfold(subscriber, Subscriber::next)))
    }
}

impl Stream for Frames {
    type Item = Bytes;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        self.0.as_mut().poll_next(context)
    }
}

/// Waits until the log is ahead of the cursor.
async fn news(head: &mut watch::Receiver<u64>, cursor: Cursor) {
    // The sender lives in the generation, which the subscriber holds: there is no error to be had.
    let _ = head.wait_for(|head| cursor.is_behind(*head)).await;
}

/// A generation that is being followed: it knows how many do.
struct Following(Arc<Generation>);

impl Following {
    fn new(generation: Arc<Generation>) -> Self {
        generation
            .followers
            .send_modify(|followers| *followers += 1);
        Self(generation)
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.0.followers.send_modify(|followers| *followers -= 1);
    }
}

struct Subscriber {
    generation: Following,
    head: watch::Receiver<u64>,
    cursor: Cursor,
    style: Style,
    ticks: Interval,
    /// Whether anything was written at all.
    begun: bool,
    /// Whether anything was written since the last tick.
    written: bool,
    /// Whether the end has been written.
    ended: bool,
    /// How large the last bytes were: the next are likely to be.
    size: usize,
}

impl Subscriber {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        if self.style == Style::PlainWithPhases && !std::mem::replace(&mut self.begun, true) {
            let mut bytes = Vec::new();
            let phase = Piece::Phase(self.generation.0.log.current_phase());
            sse::write_frame(&mut bytes, None, |json| write_json(json, phase));
            return Some((bytes.into(), self));
        }
        while !self.ended {
            let cursor = self.cursor;
            tokio::select! {
                biased;
                () = news(&mut self.head, cursor) => {
                    let bytes = self.read();
                    if !bytes.is_empty() {
                        self.written = true;
                        return Some((bytes, self));
                    }
                }
                _ = self.ticks.tick() => {
                    if !std::mem::take(&mut self.written) {
                        self.written = true;
                        return Some((Bytes::from_static(sse::COMMENT), self));
                    }
                }
            }
        }
        None
    }

    /// The frames of what has come since the last time; none when there was nothing for this reader.
    fn read(&mut self) -> Bytes {
        let mut bytes = Vec::with_capacity(self.size);
        let style = self.style;
        if style == Style::Resumable && !std::mem::replace(&mut self.begun, true) {
            bytes.extend_from_slice(sse::RETRY);
        }
        self.ended = self.generation.0.log.read(&mut self.cursor, |seq, piece| {
            if style == Style::Plain && matches!(piece, Piece::Phase(_)) {
                return;
            }
            let id = (style == Style::Resumable).then_some(seq);
            sse::write_frame(&mut bytes, id, |json| write_json(json, piece));
        });
        self.size = bytes.len().clamp(128, 4096);
        bytes.into()
    }
}

/// Writes a piece as the JSON of its frame. Text, which is nearly all there is, is written without a copy.
fn write_json(json: &mut Vec<u8>, piece: Piece<'_>) {
    let (member, text) = match piece {
        Piece::Text(Kind::Content, text) => (&b"{\"delta\":"[..], text),
        Piece::Text(Kind::Thinking, text) => (&b"{\"thinking\":"[..], text),
        Piece::Phase(phase) => return write_event(json, GenerationEvent::Phase(phase)),
        Piece::ToolCall(call) => return write_event(json, GenerationEvent::ToolCall(call.clone())),
        Piece::Snapshot(all) => return write_event(json, GenerationEvent::Snapshot(all)),
        Piece::Done(done) => return write_event(json, GenerationEvent::Done(done.clone())),
    };
    json.extend_from_slice(member);
    // A str is always JSON, and writing to a Vec cannot fail.
    let _ = serde_json::to_writer(&mut *json, text);
    json.push(b'}');
}

fn write_event(json: &mut Vec<u8>, event: GenerationEvent) {
    let _ = serde_json::to_writer(json, &event);
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;
    use tokio::time::Instant;

    use super::*;
    use crate::{chat::Done, server::upstream::Batch};

    fn say(generation: &Generation, text: &str) {
        let mut batch = Batch::default();
        batch.push(Kind::Content, text);
        generation.log.append(&mut batch);
    }

    /// By a clock that stands still until there is nothing to do.
    #[tokio::test(start_paused = true)]
    async fn silence_is_broken_every_fifteen_seconds_and_only_then() {
        let generation = Generation::new("m".to_owned());
        let mut frames = generation.follow_from_start(Style::Plain);
        let begun = Instant::now();
        for comment in 1..=3 {
            assert_eq!(frames.next().await.as_deref(), Some(sse::COMMENT));
            assert_eq!(begun.elapsed(), comment * SILENCE);
        }
        say(&generation, "a");
        assert_eq!(
            frames.next().await.as_deref(),
            Some(&b"data: {\"delta\":\"a\"}\n\n"[..])
        );
        let wrote = Instant::now();
        assert_eq!(frames.next().await.as_deref(), Some(sse::COMMENT));
        assert!(wrote.elapsed() <= SILENCE);
    }

    #[tokio::test]
    async fn what_came_meanwhile_is_one_frame_and_the_end_is_the_last() {
        let generation = Generation::new("m".to_owned());
        let mut frames = generation.follow_from_start(Style::Plain);
        say(&generation, "a");
        say(&generation, "b\n");
        generation.log.finish(Done::default());
        let bytes = frames.next().await.unwrap_or_default();
        assert_eq!(
            String::from_utf8_lossy(&bytes),
            "data: {\"delta\":\"ab\\n\"}\n\ndata: {\"done\":true,\"status\":\"failed\"}\n\n"
        );
        assert_eq!(frames.next().await, None);
    }
}
