//! What a log promises, shown.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

use proptest::prelude::*;

use super::*;

fn log(pieces: &[(Kind, &str)]) -> Log {
    let log = Log::default();
    for (kind, text) in pieces {
        let mut batch = Batch::default();
        batch.push(*kind, text);
        log.append(&mut batch);
    }
    log
}

/// What a reader is given, in words: `3 content de`.
fn told(log: &Log, cursor: &mut Cursor) -> Vec<String> {
    let mut told = Vec::new();
    let mut tell = |seq, piece: Piece<'_>| {
        told.push(match piece {
            Piece::Text(Kind::Content, text) => format!("{seq} content {text}"),
            Piece::Text(Kind::Thinking, text) => format!("{seq} thinking {text}"),
            Piece::Snapshot(all) => format!("{seq} all {:?}", all.ends),
            Piece::Phase(phase) => format!("{seq} {}", phase.words().0),
            Piece::ToolCall(call) => format!("{seq} {call}"),
            Piece::Done(done) => format!("{seq} {:?}", done.status),
        });
    };
    if cursor.snapshot {
        log.read(cursor, &mut tell);
    }
    log.read(cursor, &mut tell);
    told
}

#[test]
fn what_has_not_been_seen_is_one_frame_for_each_kind() {
    let log = log(&[
        (Kind::Thinking, "a"),
        (Kind::Thinking, "b"),
        (Kind::Content, "c"),
        (Kind::Content, "d"),
        (Kind::Content, "e"),
    ]);
    let mut cursor = log.cursor(Some(1)).unwrap();
    assert_eq!(told(&log, &mut cursor), ["2 thinking b", "5 content cde"]);
    assert!(told(&log, &mut cursor).is_empty());
    log.finish(Done::default());
    assert_eq!(told(&log, &mut cursor), ["6 Failed"]);
    assert_eq!(log.cursor(Some(6)), None);
}

#[test]
fn a_new_reader_begins_with_all_there_is() {
    let log = log(&[(Kind::Thinking, "t"), (Kind::Content, "c")]);
    let mut cursor = log.cursor(None).unwrap();
    assert!(cursor.is_behind(0));
    assert_eq!(told(&log, &mut cursor), ["2 all [1, 1]"]);
    log.finish(Done::default());
    assert_eq!(told(&log, &mut cursor), ["3 Failed"]);
    let mut late = log.cursor(None).unwrap();
    assert_eq!(told(&log, &mut late), ["2 all [1, 1]", "3 Failed"]);
    let mut foreign = log.cursor(Some(99)).unwrap();
    assert_eq!(told(&log, &mut foreign), ["2 all [1, 1]", "3 Failed"]);
}

proptest! {
    /// A cursor after entry `n` reads exactly the entries after it, in their order, wherever `n` is.
    #[test]
    fn a_resume_at_any_entry_reads_exactly_the_rest(
        entries in proptest::collection::vec((any::<bool>(), "[a-zé🎉]{1,9}"), 1..40)
    ) {
        let log = Log::default();
        for (thinks, text) in &entries {
            let mut batch = Batch::default();
            batch.push(if *thinks { Kind::Thinking } else { Kind::Content }, text);
            log.append(&mut batch);
        }
        for seen in 1..=entries.len() {
            let mut cursor = log.cursor(Some(seen as u64)).unwrap();
            let (mut read, mut last) = (Vec::<(bool, String)>::new(), seen as u64);
            log.read(&mut cursor, |seq, piece| {
                assert!(seq > last);
                last = seq;
                read.push(match piece {
                    Piece::Text(kind, text) => (kind == Kind::Thinking, text.to_owned()),
                    other => panic!("{other:?}"),
                });
            });
            let mut rest = Vec::<(bool, String)>::new();
            for (thinks, text) in &entries[seen..] {
                match rest.last_mut() {
                    Some((kind, run)) if kind == thinks => run.push_str(text),
                    _ => rest.push((*thinks, text.clone())),
                }
            }
            prop_assert_eq!(read, rest);
            prop_assert_eq!(last, entries.len() as u64);
        }
    }
}

#[test]
fn a_reader_that_lags_is_given_a_piece_at_a_time() {
    let log = log(&[]);
    let text = "x".repeat(FRAME / 2);
    for _ in 0..5 {
        let mut batch = Batch::default();
        batch.push(Kind::Content, &text);
        log.append(&mut batch);
    }
    let mut cursor = Cursor::default();
    let mut sizes = Vec::new();
    while cursor.is_behind(5) {
        sizes.push(told(&log, &mut cursor).len());
    }
    assert_eq!(sizes, [1, 1, 1]);
}

#[test]
fn nothing_follows_the_end() {
    let log = log(&[(Kind::Content, "a")]);
    log.finish(Done::default());
    log.finish(Done::default());
    log.phase(Phase::Writing);
    assert_eq!(log.head(), 2);
}

#[test]
fn a_log_that_a_store_has_brought_back_has_its_text_and_its_end() {
    let all = Snapshot {
        content: "abc".to_owned(),
        thinking: "t".to_owned(),
        ..Snapshot::default()
    };
    let log = Log::restored(7, all, Done::default());
    for last in [None, Some(1), Some(5), Some(8)] {
        let mut cursor = log.cursor(last).unwrap();
        assert_eq!(told(&log, &mut cursor), ["6 all [3, 1]", "7 Failed"]);
    }
    // Who had read all the text needs the end alone.
    let mut cursor = log.cursor(Some(6)).unwrap();
    assert_eq!(told(&log, &mut cursor), ["7 Failed"]);
    assert_eq!(log.cursor(Some(7)), None);
}

#[test]
fn a_reader_that_finds_nothing_is_woken_by_the_next_entry() {
    use futures_util::{FutureExt, task::noop_waker};

    let log = log(&[(Kind::Content, "a")]);
    let (mut cursor, mut waiting) = (log.cursor(Some(1)).unwrap(), Waiting::default());
    let waker = noop_waker();
    let context = Context::from_waker(&waker);
    let poll = log.poll_read(&mut cursor, &mut waiting, &context, |_, _| {});
    assert!(poll.is_pending());
    let mut ended = Box::pin(log.ended());
    assert!((&mut ended).now_or_never().is_none());
    log.finish(Done::default());
    assert!((&mut ended).now_or_never().is_some());
    let poll = log.poll_read(&mut cursor, &mut waiting, &context, |_, _| {});
    assert_eq!(poll, Poll::Ready(true));
    log.leave(&mut waiting);
}

#[test]
fn text_is_given_in_pieces_that_end_between_characters() {
    let text = "é".repeat(FRAME);
    let log = log(&[(Kind::Content, &text)]);
    let (mut at, mut read, mut pieces) = (0, String::new(), 0);
    while at < text.len() {
        at = log.text(Kind::Content, at, text.len(), |piece| {
            assert!(piece.len() <= FRAME);
            read.push_str(piece);
        });
        pieces += 1;
    }
    assert!(read == text);
    assert_eq!(pieces, 2);
}
