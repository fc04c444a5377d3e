//! How an answer came about, as it is shown under it: made on the server alone.

use leptos::prelude::*;
use serde_json::Value;

use crate::{
    chat::{Account, Status},
    words::Words,
};

/// The account of an answer as HTML. Its time is UTC's; who shows it has it be that of the reader's clock and language.
pub fn html(words: Words, account: &Account) -> String {
    let done = account.done.clone().unwrap_or_default();
    let stats = done.stats;
    let number = |number: Option<u64>| number.map(|number| words.number(number));
    let how = match (account.done.is_some(), done.status, done.reason.as_deref()) {
        (false, ..) => words.end_none(),
        (_, Status::Complete, Some("length")) => words.end_length(),
        (_, Status::Complete, _) => words.end_complete(),
        (_, Status::Stopped, _) => words.end_stopped(),
        (_, Status::Interrupted, _) => words.end_interrupted(),
        (_, Status::Failed, _) => words.end_failed(),
    };
    let mut rows = vec![
        (words.model(), Some(account.model.clone())),
        (words.end(), Some(how.to_owned())),
        (words.tokens_read(), number(stats.prompt_tokens)),
        (words.tokens_written(), number(stats.tokens)),
        (
            words.tokens_second(),
            stats.tokens_per_second.map(|rate| words.tenths(rate)),
        ),
        (
            words.first_token(),
            number(stats.first_token_ms).map(|number| words.milliseconds(&number)),
        ),
    ];
    for (name, label) in [
        ("think", words.think_label()),
        ("keep_alive", words.keeps_model()),
    ] {
        rows.push((label, account.asked.get(name).map(text)));
    }
    let options = account.asked.get("options").and_then(Value::as_object);
    let options = options.into_iter().flatten();
    let options = options.map(|(name, value)| format!("{name} = {}", text(value)));
    let options: Vec<_> = options.collect();
    rows.push((
        words.options(),
        (!options.is_empty()).then(|| options.join(", ")),
    ));
    let rows = rows.into_iter().filter_map(|(label, value)| {
        let value = value?;
        Some(view! { <div><dt>{label}</dt><dd>{value}</dd></div> })
    });
    let asked_at = at(account.begun_at).map(|time| {
        let machine = time.to_string();
        let person = words.time(&machine);
        view! { <div><dt>{words.asked_at()}</dt><dd><time datetime=machine>{person}</time></dd></div> }
    });
    view! { <dl class="account">{asked_at}{rows.collect_view()}</dl> }.to_html()
}

/// A value as people write it.
pub(super) fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn at(milliseconds: u64) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_millisecond(i64::try_from(milliseconds).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::chat::{Done, Stats};

    #[test]
    fn an_account_says_what_there_is_to_say() {
        let asked = json!({"think": "low", "options": {"temperature": 0.5, "stop": ["a"]}});
        let account = Account {
            model: "m<1>".to_owned(),
            begun_at: 1_700_000_000_000,
            asked: asked.as_object().cloned().unwrap_or_default(),
            done: Some(Done {
                status: Status::Complete,
                stats: Stats {
                    tokens: Some(7),
                    tokens_per_second: Some(12.34),
                    first_token_ms: Some(99),
                    ..Stats::default()
                },
                ..Done::default()
            }),
        };
        let html = html(Words::default(), &account);
        for wanted in [
            "m&lt;1&gt;",
            "<time datetime=\"2023-11-14T22:13:20Z\">2023-11-14 22:13:20 UTC</time>",
            "The model was done.",
            "<dd>7</dd>",
            "12.3",
            "99 ms",
            "low",
            "stop = [\"a\"], temperature = 0.5",
        ] {
            assert!(html.contains(wanted), "{wanted}: {html}");
        }
        assert!(!html.contains("Tokens read"), "{html}");
    }
}
