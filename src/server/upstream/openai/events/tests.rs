#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

use proptest::prelude::*;

use super::{super::super::ndjson::Decoder, *};

type Runs = Vec<(Kind, String)>;

/// All that a server's bytes come to.
fn events<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> (Runs, Vec<Value>, Option<Line>, usize) {
    let (mut decoder, mut events, mut batch) =
        (Decoder::default(), Events::default(), Batch::default());
    let mut broken = false;
    for chunk in chunks {
        let flow = decoder.push(chunk, |line| events.take_in(line, &mut batch));
        broken = flow.unwrap().is_break();
        if broken {
            break;
        }
    }
    if !broken {
        let _ = decoder.finish(|line| events.take_in(line, &mut batch));
    }
    let end = events.end(true, &mut batch).map(|end| match end {
        // How long it took is another time each time.
        Line::Done(finish) => Line::Done(Finish {
            nanoseconds: None,
            ..finish
        }),
        end => end,
    });
    let runs = batch.runs().map(|(kind, text)| (kind, text.to_owned()));
    let runs = runs.collect();
    (runs, batch.take_tool_calls().collect(), end, events.junk)
}

fn of(text: &str) -> (Runs, Vec<Value>, Option<Line>, usize) {
    events([text.as_bytes()].into_iter())
}

fn done(reason: Option<&str>, tokens: Option<u64>) -> Option<Line> {
    Some(Line::Done(Finish {
        reason: reason.map(str::to_owned),
        tokens,
        ..Finish::default()
    }))
}

#[test]
fn an_answer_is_its_deltas_and_what_they_cost() {
    let (runs, _, end, junk) = of(concat!(
        ": a comment\n\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null},\"finish_reason\":null}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"Hm\"}}]}\n\n",
        "data:{\"choices\":[{\"delta\":{\"reasoning\":\".\",\"content\":\"\"}}]}\r\n\r\n",
        "event: message\ndata: {\"choices\":[{\"delta\":{\"content\":\"H\\u00e9\"}}],\"usage\":null}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"llo\"}},{\"delta\":{\"content\":\"another\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}\n\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\n",
        "data: [DONE]\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"after the end\"}}]}\n\n",
    ));
    let expected = [(Kind::Thinking, "Hm."), (Kind::Content, "Héllo")];
    assert_eq!(runs, expected.map(|(kind, text)| (kind, text.to_owned())));
    let Some(Line::Done(finish)) = end else {
        panic!("{end:?}");
    };
    assert_eq!(finish.reason.as_deref(), Some("length"));
    assert_eq!(
        (finish.prompt_tokens, finish.tokens, junk),
        (Some(3), Some(2), 0)
    );
}

#[test]
fn who_says_the_same_thought_twice_has_thought_it_once() {
    let (runs, ..) = of(
        "data: {\"choices\":[{\"delta\":{\"reasoning\":\"a\",\"reasoning_content\":\"a\"}}]}\n\n",
    );
    assert_eq!(runs, [(Kind::Thinking, "a".to_owned())]);
}

#[test]
fn fragments_of_calls_are_put_together() {
    let piece = |calls: &str| {
        format!("data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{calls}]}}}}]}}\n\n")
    };
    let text = [
        piece(
            r#"{"index":0,"id":"a","type":"function","function":{"name":"look","arguments":""}}"#,
        ),
        piece(r#"{"index":0,"function":{"arguments":"{\"at\":"}}"#),
        piece(
            r#"{"index":1,"id":"b","function":{"name":"go","arguments":"{}"}},{"index":0,"function":{"arguments":"1}"}}"#,
        ),
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n"
            .to_owned(),
    ];
    let (_, calls, end, _) = of(&text.concat());
    let look = json!({"id": "a", "function": {"index": 0, "name": "look", "arguments": {"at": 1}}});
    let go = json!({"id": "b", "function": {"index": 1, "name": "go", "arguments": {}}});
    assert_eq!((calls, end), (vec![look, go], done(Some("stop"), None)));
    // Without numbers a name begins another one; what is no JSON is told as it is.
    let text = [
        piece(r#"{"function":{"name":"a","arguments":"{\"x"}}"#),
        piece(r#"{"function":{"arguments":"\":"}}"#),
        piece(r#"{"function":{"name":"b","arguments":{"y":2}}}"#),
        "data: [DONE]\n".to_owned(),
    ];
    let (_, calls, ..) = of(&text.concat());
    let a = json!({"function": {"index": 0, "name": "a", "arguments": "{\"x\":"}});
    let b = json!({"function": {"index": 1, "name": "b", "arguments": {"y": 2}}});
    assert_eq!(calls, [a, b]);
}

#[test]
fn an_end_is_an_end_however_it_is_told() {
    let said =
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n";
    let begun = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
    let error = |text: &str| Some(Line::Error(text.to_owned()));
    for (text, expected) in [
        (format!("{said}data: [DONE]"), done(Some("stop"), None)),
        // No last word.
        (said.to_owned(), done(Some("stop"), None)),
        (format!("{begun}data: [DONE]\n\n"), done(None, None)),
        // Broken off.
        (begun.to_owned(), None),
        (String::new(), None),
        (format!("{begun}data: {{\"error\":{{\"message\":\"no memory\",\"code\":500}}}}\n\n"), error("no memory")),
        (format!("{begun}error: {{\"message\":\"no memory\"}}\n\n"), error("no memory")),
        // A server that does not stream.
        ("{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}],\"usage\":{\"completion_tokens\":1}}".to_owned(),
            done(Some("stop"), Some(1))),
        ("<html>\n".to_owned(), None),
    ] {
        assert_eq!(of(&text).2, expected, "{text}");
    }
    assert_eq!(of("<html>\nno\n").3, 2);
}

#[test]
fn odd_fields_are_passed_over() {
    for odd in [
        r#"{"choices":[{"delta":{"content":"a","role":7,"tool_calls":null},"finish_reason":7}],"usage":"no","new":[1]}"#,
        r#"{"choices":[{"delta":{"content":"a"},"logprobs":{}}],"timings":{"predicted_ms":"x"}}"#,
        r#"{"choices":[{"delta":{"content":"a","reasoning_content":[]}}]}"#,
    ] {
        let (runs, _, _, junk) = of(&format!("data: {odd}\n\n"));
        assert_eq!(
            (runs, junk),
            (vec![(Kind::Content, "a".to_owned())], 0),
            "{odd}"
        );
    }
    for empty in [
        r#"{"choices":null}"#,
        r#"{"choices":{}}"#,
        r#"{"choices":[{"delta":null}]}"#,
        "{}",
    ] {
        assert_eq!(
            of(&format!("data: {empty}\n\n")),
            (vec![], vec![], None, 0),
            "{empty}"
        );
    }
}

/// Events as a server may send them.
fn any_event() -> impl Strategy<Value = String> {
    let text = "[a-zé🎉\\n\"<\u{0}\u{7f}]{0,12}";
    let delta = |name: &'static str| {
        move |text: String| format!("data: {}", json!({"choices": [{"delta": {name: text}}]}))
    };
    prop_oneof![
        8 => text.prop_map(delta("content")),
        4 => text.prop_map(delta("reasoning_content")),
        1 => Just(": waiting".to_owned()),
        1 => Just(String::new()),
        1 => Just(r#"data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"a"}}]}}]}"#.to_owned()),
        1 => Just(r#"data: {"choices":[{"delta":{"content":7},"finish_reason":"stop"}]}"#.to_owned()),
        1 => "[a-z<>{}\":]{1,9}",
        1 => Just("data: [DONE]".to_owned()),
        1 => Just(r#"data: {"error":{"message":"it broke"}}"#.to_owned()),
    ]
}

proptest! {
    /// Any cut of any stream gives the same answer.
    #[test]
    fn cuts_do_not_matter(
        lines in proptest::collection::vec((any_event(), prop_oneof![Just("\n"), Just("\r\n"), Just("\n\n")]), 0..30),
        cuts in proptest::collection::vec(1_usize..40, 0..200),
    ) {
        let text: String = lines.iter().flat_map(|(line, end)| [&**line, *end]).collect();
        let mut rest = text.as_bytes();
        let mut chunks = Vec::new();
        for cut in cuts {
            let (chunk, after) = rest.split_at(cut.min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        chunks.push(rest);
        prop_assert_eq!(events(chunks.into_iter()), of(&text));
    }
}

#[test]
fn calls_without_an_end_are_ended() {
    let piece = format!(
        "data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{{\"index\":0,\"function\":{{\"arguments\":\"{}\"}}}}]}}}}]}}\n\n",
        "x".repeat(10_000)
    );
    let many = (0..200).map(|index| {
        format!(
            "data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{{\"index\":{index}}}]}}}}]}}\n\n"
        )
    });
    for text in [piece.repeat(200), many.collect()] {
        let (_, calls, end, _) = of(&text);
        assert!(calls.is_empty());
        assert!(matches!(end, Some(Line::Error(why)) if why.contains("without an end")));
    }
    // Nor does a number without a next one do harm.
    let last = format!(
        "data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{{\"index\":{}}},{{\"function\":{{\"name\":\"a\"}}}}]}}}}]}}\n\n",
        u64::MAX
    );
    of(&last);
}
