//! The whole of it: from pieces to HTML, by both ways.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

use super::*;
use crate::markdown::{Finish, Finished};

fn piece(kind: PieceKind, language: &str, text: &str) -> Piece {
    Piece {
        kind,
        language: language.to_owned(),
        text: text.to_owned(),
    }
}

#[tokio::test]
async fn pieces_are_finished_in_their_order() {
    let finisher = Finisher::default();
    let pieces = vec![
        piece(PieceKind::Code, "rust", "let a = 1;"),
        piece(PieceKind::Code, "nonsense", "let a = 1;"),
        piece(PieceKind::Code, "", "let a = 1;"),
        piece(PieceKind::Math, "", "x"),
        piece(PieceKind::Display, "", "x"),
        piece(PieceKind::Math, "", r"\foo"),
        piece(PieceKind::Math, "", r"\frac{a}"),
        piece(PieceKind::Math, "", "y"),
    ];
    let expected = [
        Some("<span class=\"k\">let</span> a = <span class=\"n\">1</span>;"),
        None,
        None,
        Some("<math alttext=\"x\"><mi>x</mi></math>"),
        Some("<math alttext=\"x\" display=\"block\"><mi>x</mi></math>"),
        None,
        None,
        Some("<math alttext=\"y\"><mi>y</mi></math>"),
    ];
    for _ in 0..2 {
        let finished = finisher.finish(pieces.clone()).await.unwrap();
        let finished: Vec<Option<&str>> = finished.iter().map(Option::as_deref).collect();
        assert_eq!(finished, expected);
    }
}

#[tokio::test]
async fn too_many_are_refused_and_what_takes_long_is_given_in_parts() {
    let finisher = Finisher::default();
    let many = vec![piece(PieceKind::Math, "", "x"); MOST_PIECES + 1];
    let error = finisher.finish(many).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadRequest);
    // More than a second's work: each answer is a part of it, and all parts are the whole.
    let code = |number: usize| format!("// {number}\n{}", "let a = f(1, \"b\");\n".repeat(2000));
    let mut left: Vec<Piece> = (0..12)
        .map(|number| piece(PieceKind::Code, "rust", &code(number)))
        .collect();
    let mut rounds = 0;
    while !left.is_empty() {
        let finished = finisher.finish(left.clone()).await.unwrap();
        assert!(!finished.is_empty());
        left.drain(..finished.len());
        rounds += 1;
    }
    assert!(rounds > 1);
}

#[test]
fn a_page_takes_what_is_known_and_waits_for_little() {
    let finisher = Finisher::default();
    let code = "let a = f(1, \"b\");\n".repeat(2000);
    // Another page's pieces are in the way for a while: this one does not wait for them.
    let later = finisher.sheet(Words::default()).code("rust", &code);
    assert!(matches!(later, Finished::Later | Finished::Done(_)));
    let mut sheet = finisher.sheet(Words::default());
    assert_eq!(sheet.code("", "a"), Finished::Never);
    assert_eq!(sheet.math(&"x".repeat(10_000), false), Finished::Never);
    // In the end it is known.
    let started = Instant::now();
    while finisher.sheet(Words::default()).code("rust", &code) == Finished::Later {
        assert!(started.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut sheet = finisher.sheet(Words::default());
    for _ in 0..10 {
        assert!(matches!(sheet.code("rust", &code), Finished::Done(_)));
    }
    // Ten of these are more than one page may have finished anew.
    let known = (0..10).filter(|number| {
        let other = format!("{number} {code}");
        sheet.code("rust", &other) != Finished::Later
    });
    assert!(known.count() <= 1);
}
