//! A subscriber: reads a generation's log from its cursor on and frames what it reads.
//!
//! Nothing is queued for a subscriber: it is asked for bytes when its connection can take some, and then reads what
//! has come meanwhile, coalesced. Silence is broken by a comment, so that nothing on the way takes the connection for
//! dead. Where the bytes go is not known here.

use std::{
    any::Any,
    task::{Context, Poll, ready},
};

use super::{super::upstream::Kind, Piece, Reader, keep_alive::KeepAlive, snapshot::SnapshotFrame};
use crate::words::Words;
use crate::{chat::GenerationEvent, sse};

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
pub struct Frames {
    reader: Reader,
    style: Style,
    /// A snapshot that has not been written to its end.
    snapshot: Option<SnapshotFrame>,
    keep_alive: KeepAlive,
    /// Up to which entry phases are past: the one that it waits in has been told.
    told: u64,
    /// Whether anything was written at all.
    begun: bool,
    /// Whether the end has been written.
    ended: bool,
    /// What lives as long as the reader does.
    kept: Option<Box<dyn Any + Send>>,
    /// In which language it is told what went wrong.
    words: Words,
}

impl std::fmt::Debug for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frames").finish_non_exhaustive()
    }
}

impl Frames {
    pub(super) fn new(reader: Reader, style: Style) -> Self {
        Self {
            reader,
            style,
            snapshot: None,
            told: 0,
            keep_alive: KeepAlive::default(),
            begun: false,
            ended: false,
            kept: None,
            words: Words::default(),
        }
    }

    /// Tells what went wrong in these words.
    #[must_use]
    pub fn speaking(mut self, words: Words) -> Self {
        self.words = words;
        self
    }

    /// Keeps `guard` for as long as there is a reader.
    #[must_use]
    pub fn keeping(mut self, guard: impl Send + 'static) -> Self {
        self.kept = Some(Box::new(guard));
        self
    }

    /// What stands before the first frame.
    fn begin(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.begun, true) {
            return;
        }
        match self.style {
            Style::Resumable => out.extend_from_slice(sse::RETRY),
            Style::PlainWithPhases => {
                let log = self.reader.log();
                self.told = log.head();
                let phase = Piece::Phase(log.current_phase());
                sse::write_frame(out, None, |json| write_json(json, phase, self.words));
            }
            Style::Plain => {}
        }
    }

    fn poll_read(&mut self, context: &Context<'_>, out: &mut Vec<u8>) -> Poll<()> {
        if let Some(snapshot) = &mut self.snapshot {
            if snapshot.write(self.reader.log(), out) {
                self.snapshot = None;
            }
            return Poll::Ready(());
        }
        let (style, told, words) = (self.style, self.told, self.words);
        let snapshot = &mut self.snapshot;
        let each = |seq, piece: Piece<'_>| match piece {
            Piece::Snapshot(outline) => *snapshot = Some(SnapshotFrame::new(seq, outline)),
            Piece::Phase(_) if style == Style::Plain || seq <= told => {}
            piece => {
                let id = (style == Style::Resumable).then_some(seq);
                sse::write_frame(out, id, |json| write_json(json, piece, words));
            }
        };
        self.ended = ready!(self.reader.poll_read(context, each));
        Poll::Ready(())
    }
}

impl sse::Source for Frames {
    /// About 64 kB of text at the most.
    fn poll_fill(&mut self, context: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<bool> {
        let before = out.len();
        loop {
            if self.ended {
                return Poll::Ready(false);
            }
            self.begin(out);
            let read = self.poll_read(context, out);
            if out.len() > before {
                self.keep_alive.written();
                return Poll::Ready(true);
            }
            // What was read was nothing for this reader, or there was nothing.
            if read.is_pending() {
                ready!(self.keep_alive.poll_due(context));
                out.extend_from_slice(sse::COMMENT);
                return Poll::Ready(true);
            }
        }
    }
}

/// Writes a piece as the JSON of its frame. Text, which is nearly all there is, is written without a copy.
fn write_json(json: &mut Vec<u8>, piece: Piece<'_>, words: Words) {
    let (member, text) = match piece {
        Piece::Text(Kind::Content, text) => (&b"{\"delta\":"[..], text),
        Piece::Text(Kind::Thinking, text) => (&b"{\"thinking\":"[..], text),
        Piece::Phase(phase) => return write_event(json, GenerationEvent::Phase(phase)),
        Piece::ToolCall(call) => {
            return write_event(json, GenerationEvent::ToolCall(call.clone().into()));
        }
        Piece::Done(done) => {
            let done = done.clone().in_words(words);
            return write_event(json, GenerationEvent::Done(done));
        }
        // A frame of its own kind: see `snapshot`.
        Piece::Snapshot(_) => return,
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
    use std::{future::poll_fn, sync::Arc};

    use tokio::time::Instant;

    use super::{
        super::{Generation, keep_alive::SILENCE},
        *,
    };
    use crate::{
        chat::{Done, Phase},
        server::upstream::Batch,
        sse::Source,
    };

    /// What the next connection that can take bytes is given; `None` at the end.
    async fn next(frames: &mut Frames) -> Option<String> {
        let mut out = Vec::new();
        let more = poll_fn(|context| frames.poll_fill(context, &mut out)).await;
        more.then(|| String::from_utf8_lossy(&out).into_owned())
    }

    fn say(generation: &Generation, text: &str) {
        let mut batch = Batch::default();
        batch.push(Kind::Content, text);
        generation.log.append(&mut batch);
    }

    /// By a clock that stands still until there is nothing to do.
    #[tokio::test(start_paused = true)]
    async fn silence_is_broken_every_fifteen_seconds_and_only_then() {
        let comment = String::from_utf8_lossy(sse::COMMENT).into_owned();
        let generation = Generation::new(Arc::default(), "m".to_owned());
        let mut frames = generation.follow_from_start(Style::Plain);
        let begun = Instant::now();
        for times in 1..=3 {
            assert_eq!(next(&mut frames).await.as_ref(), Some(&comment));
            assert_eq!(begun.elapsed(), times * SILENCE);
        }
        say(&generation, "a");
        assert_eq!(
            next(&mut frames).await.as_deref(),
            Some("data: {\"delta\":\"a\"}\n\n")
        );
        let wrote = Instant::now();
        assert_eq!(next(&mut frames).await, Some(comment));
        assert!(wrote.elapsed() <= SILENCE);
    }

    #[tokio::test]
    async fn who_was_made_to_wait_is_told_where_it_is_and_not_how_it_came_there() {
        let generation = Generation::new(Arc::default(), "m".to_owned());
        for phase in [Phase::Queued { ahead: 1 }, Phase::Loading, Phase::Reading] {
            generation.log.phase(phase);
        }
        let mut frames = generation.follow_from_start(Style::PlainWithPhases);
        assert_eq!(
            next(&mut frames).await.as_deref(),
            Some("data: {\"phase\":\"reading\"}\n\n")
        );
        generation.log.phase(Phase::Writing);
        assert_eq!(
            next(&mut frames).await.as_deref(),
            Some("data: {\"phase\":\"writing\"}\n\n")
        );
    }

    #[tokio::test]
    async fn what_came_meanwhile_is_one_frame_and_the_end_is_the_last() {
        let generation = Generation::new(Arc::default(), "m".to_owned());
        let mut frames = generation.follow_from_start(Style::Plain);
        say(&generation, "a");
        say(&generation, "b\n");
        generation.log.finish(Done::default());
        assert_eq!(
            next(&mut frames).await.as_deref(),
            Some("data: {\"delta\":\"ab\\n\"}\n\ndata: {\"done\":true,\"status\":\"failed\"}\n\n")
        );
        assert_eq!(next(&mut frames).await, None);
    }
}
