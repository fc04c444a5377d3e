//! A snapshot on its way to a reader: one frame, written a piece at a time.
//!
//! A snapshot may be as long as the longest answer. A reader that takes it slowly, or not at all, must not cost its
//! length: so only what its connection takes is written, and the text is read from the log as it is needed.

use serde::Serialize;
use serde_json::ser::Formatter;

use super::{
    super::upstream::Kind,
    log::{Log, Outline},
};

/// The kinds in the order in which a snapshot has them, and what stands before the text of each.
const MEMBERS: [(Kind, &[u8]); 2] = [
    (Kind::Content, b"data: {\"snapshot\":{\"content\":\""),
    (Kind::Thinking, b"\",\"thinking\":\""),
];

/// A frame that is being written.
#[derive(Debug)]
pub(super) struct SnapshotFrame {
    seq: u64,
    outline: Outline,
    /// The member that is being written, and how much of its text has been.
    member: usize,
    at: usize,
}

impl SnapshotFrame {
    /// The frame of a snapshot up to the entry `seq`.
    pub(super) const fn new(seq: u64, outline: Outline) -> Self {
        Self {
            seq,
            outline,
            member: 0,
            at: 0,
        }
    }

    /// Writes the next piece of it; true when that was the last.
    pub(super) fn write(&mut self, log: &Log, out: &mut Vec<u8>) -> bool {
        let Some((kind, head)) = MEMBERS.get(self.member) else {
            self.write_end(out);
            return true;
        };
        if self.at == 0 {
            if self.member == 0 {
                crate::sse::write_id(out, self.seq);
            }
            out.extend_from_slice(head);
        }
        let end = self.outline.ends[*kind as usize];
        self.at = log.text(*kind, self.at, end, |text| write_escaped(out, text));
        if self.at < end {
            return false;
        }
        (self.member, self.at) = (self.member + 1, 0);
        self.write(log, out)
    }

    /// The members after the text. A snapshot is an object of its own when it is read; the phase's words stand in it.
    fn write_end(&self, out: &mut Vec<u8>) {
        let (word, ahead) = self.outline.phase.words();
        out.extend_from_slice(b"\",\"phase\":\"");
        out.extend_from_slice(word.as_bytes());
        out.push(b'"');
        if let Some(ahead) = ahead {
            out.extend_from_slice(b",\"ahead\":");
            write_json(out, &ahead);
        }
        if !self.outline.tool_calls.is_empty() {
            out.extend_from_slice(b",\"tool_calls\":");
            write_json(out, &self.outline.tool_calls);
        }
        out.extend_from_slice(b"}}\n\n");
    }
}

fn write_json(out: &mut Vec<u8>, value: &impl Serialize) {
    // Numbers and JSON are always JSON, and writing to a Vec cannot fail.
    let _ = serde_json::to_writer(out, value);
}

/// Writes the inside of a JSON string.
fn write_escaped(out: &mut Vec<u8>, text: &str) {
    struct Inside;

    impl Formatter for Inside {
        fn begin_string<W: ?Sized + std::io::Write>(&mut self, _: &mut W) -> std::io::Result<()> {
            Ok(())
        }

        fn end_string<W: ?Sized + std::io::Write>(&mut self, _: &mut W) -> std::io::Result<()> {
            Ok(())
        }
    }

    let mut serializer = serde_json::Serializer::with_formatter(out, Inside);
    let _ = text.serialize(&mut serializer);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;
    use crate::{
        chat::{GenerationEvent, Phase, ToolCall},
        server::{
            generation::log::{FRAME, Piece},
            upstream::Batch,
        },
    };

    #[test]
    fn the_pieces_are_the_frame_of_the_contract() {
        let log = Log::default();
        let content = "\"é\\\n\u{0}\u{7f}</script>".repeat(FRAME / 10);
        for (kind, text) in [(Kind::Content, &*content), (Kind::Thinking, "t\r")] {
            let mut batch = Batch::default();
            batch.push(kind, text);
            batch.push_tool_call(serde_json::json!({"id": "c"}));
            log.append(&mut batch);
        }
        log.phase(Phase::Queued { ahead: 3 });
        let mut frame = None;
        log.read(&mut log.cursor(None).unwrap(), |seq, piece| match piece {
            Piece::Snapshot(outline) => frame = Some(SnapshotFrame::new(seq, outline)),
            other => panic!("{other:?}"),
        });
        let mut frame = frame.unwrap();
        let (mut bytes, mut pieces) = (Vec::new(), 1);
        while !frame.write(&log, &mut bytes) {
            pieces += 1;
        }
        assert!(pieces > 1, "{pieces}");
        let text = String::from_utf8(bytes).unwrap();
        let json = text.strip_prefix("id: 5\ndata: ").unwrap();
        let json = json.strip_suffix("\n\n").unwrap();
        assert!(!json.contains('\n'));
        let event: GenerationEvent = serde_json::from_str(json).unwrap();
        let GenerationEvent::Snapshot(all) = &event else {
            panic!("{event:?}");
        };
        assert_eq!((&all.content, &*all.thinking), (&content, "t\r"));
        assert_eq!(all.phase, Phase::Queued { ahead: 3 });
        let call = ToolCall::from(serde_json::json!({"id": "c"}));
        assert_eq!(all.tool_calls, [call.clone(), call]);
        // The members stand where the other way to write a snapshot has them.
        assert_eq!(json, serde_json::to_string(&event).unwrap());
    }

    #[test]
    fn an_empty_one_is_whole() {
        let log = Log::default();
        let mut bytes = Vec::new();
        assert!(SnapshotFrame::new(0, Outline::default()).write(&log, &mut bytes));
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "id: 0\ndata: {\"snapshot\":{\"content\":\"\",\"thinking\":\"\",\"phase\":\"queued\",\"ahead\":0}}\n\n"
        );
    }
}
