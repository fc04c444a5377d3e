//! Colours and formulas: what the page asks for when a block of an answer is closed.

use serde_json::{Value, json};

use crate::support::House;

#[tokio::test]
async fn pieces_are_finished_in_their_order() {
    let house = House::open().await;
    let pieces = json!({"pieces": [
        {"kind": "code", "language": "rust", "text": "let a = \"<b>\u{202e}\";\n"},
        {"kind": "code", "language": "nonsense", "text": "a"},
        {"kind": "code", "text": "a"},
        {"kind": "math", "text": "x^2"},
        {"kind": "display", "text": "\\frac{1}{2}"},
        {"kind": "math", "text": "\\nonsense"},
        {"kind": "math", "text": "\\text{<script>}"},
        {"kind": "code", "language": "rust", "text": "x".repeat(60_000)},
        {"kind": "language", "text": "Der Fluss läuft zum Meer, und niemand hat ihn gefragt, warum er das tut."},
        {"kind": "language", "text": "OK"},
        {"kind": "language", "text": "Der Fluss läuft zum Meer. ".repeat(60)},
    ]});
    for _ in 0..2 {
        let finished = house.call("/api/finish", &pieces).await;
        assert_eq!(
            finished,
            json!([
                "<span class=\"k\">let</span> a = <span class=\"s\">&quot;&lt;b&gt;</span>\
                 <span class=\"hidden-char\" title=\"U+202E\">U+202E</span>\
                 <span class=\"s\">&quot;</span>;\n",
                null,
                null,
                "<math alttext=\"x^2\"><msup><mi>x</mi><mn>2</mn></msup></math>",
                "<math alttext=\"\\frac{1}{2}\" display=\"block\"><mfrac><mn>1</mn><mn>2</mn></mfrac></math>",
                null,
                "<math alttext=\"\\text{&lt;script&gt;}\"><mtext>&lt;script&gt;</mtext></math>",
                null,
                "de",
                null,
                null,
            ])
        );
    }
    assert_eq!(
        house.call("/api/finish", &json!({"pieces": []})).await,
        json!([])
    );
}

#[tokio::test]
async fn mistakes_are_told() {
    let house = House::open().await;
    let many = json!({"pieces": vec![json!({"kind": "math", "text": "x"}); 201]}).to_string();
    for (body, names) in [
        ("{}", "pieces"),
        (r#"{"pieces":7}"#, "pieces: "),
        (r#"{"pieces":[7]}"#, "pieces[0]"),
        (r#"{"pieces":[{"kind":"code"}]}"#, "pieces[0]"),
        (r#"{"pieces":[{"kind":"code","text":7}]}"#, "pieces[0].text"),
        (
            r#"{"pieces":[{"kind":"math","text":"x"},{"kind":"song","text":"x"}]}"#,
            "pieces[1].kind",
        ),
        (&*many, "over 200 pieces"),
    ] {
        let url = format!("{}/api/finish", house.url);
        let response = house
            .client
            .post(url)
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 400, "{body}");
        let error: Value = response.json().await.unwrap();
        assert_eq!(error["error"]["kind"], "bad_request", "{body}");
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains(names), "{body}: {message}");
    }
    let get = house.client.get(format!("{}/api/finish", house.url)).send();
    assert_eq!(get.await.unwrap().status(), 405);
}

/// Many at once, each with more than is done at once: all are served, and a stream is not held up.
#[tokio::test]
async fn a_crowd_is_served() {
    let house = House::open().await;
    let house = &house;
    let crowd = (0..8).map(|number| async move {
        let code = format!(
            "// {number}\n{}",
            "fn f(a: u32) -> u32 { a + 1 }\n".repeat(300)
        );
        let mut left = vec![
            json!({"kind": "code", "language": "rust", "text": code}),
            json!({"kind": "math", "text": format!("x_{number}")}),
        ];
        while !left.is_empty() {
            let finished = house.call("/api/finish", &json!({"pieces": left})).await;
            let finished = finished.as_array().unwrap();
            assert!(!finished.is_empty() && finished.iter().all(Value::is_string));
            left.drain(..finished.len());
        }
    });
    futures_util::future::join_all(crowd).await;
    let generation = house.send("sim:tokens=5").await;
    assert_eq!(house.follow(&generation, None).await.status(), 200);
}
