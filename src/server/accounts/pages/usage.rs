//! How many tokens somebody has had: in a word, in a plot by day and model, and in a table for who cannot see that.

use std::{collections::BTreeMap, fmt::Write};

use jiff::{Timestamp, tz::Offset};
use leptos::prelude::*;

use crate::{markdown::escape, server::store::ledger::Usage, words::Words};

/// How many days are shown.
pub const DAYS: i64 = 30;

/// How many models have a colour of their own; the others share the last.
const COLOURS: usize = 5;

/// How high the plot is, and how wide a day, in its own units.
const HEIGHT: u64 = 120;
const DAY: i64 = 20;

/// The section: what was used today and this month, each with what may be, and what was used on the days up to `today`.
pub fn section(
    words: Words,
    used: [(u64, Option<u64>); 2],
    usage: &[Usage],
    today: i64,
) -> impl IntoView + use<> {
    let [day, month] = used;
    let models = models(usage);
    let rows: Vec<_> = usage
        .iter()
        .rev()
        .map(|usage| {
            view! {
                <tr>
                    <th scope="row">{date(usage.day)}</th>
                    <td>{usage.model.clone()}</td>
                    <td>{words.number(usage.answers)}</td>
                    <td>{words.number(usage.prompt_tokens)}</td>
                    <td>{words.number(usage.tokens)}</td>
                </tr>
            }
        })
        .collect();
    let key: Vec<_> = models
        .iter()
        .enumerate()
        .map(|(at, model)| {
            let class = format!("key model-{}", at.min(COLOURS - 1));
            view! { <li class=class>{model.clone()}</li> }
        })
        .collect();
    let shown = (!rows.is_empty()).then(|| {
        let picture = plot(words, usage, &models, today);
        view! {
            <figure class="plot">
                <div inner_html=picture></div>
                <figcaption><ul>{key}</ul></figcaption>
            </figure>
            <details>
                <summary>{words.by_day()}</summary>
                <div class="wide" tabindex="0" role="region" aria-label=words.by_day()>
                    <table>
                        <thead><tr>
                            <th scope="col">{words.day()}</th>
                            <th scope="col">{words.model()}</th>
                            <th scope="col">{words.answers()}</th>
                            <th scope="col">{words.tokens_read()}</th>
                            <th scope="col">{words.tokens_written()}</th>
                        </tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </details>
        }
    });
    view! {
        <section>
            <h2>{words.usage()}</h2>
            <p>{of(words, words.usage_today(), day)}</p>
            <p>{of(words, words.usage_month(), month)}</p>
            {shown}
        </section>
    }
}

/// So many tokens, of so many that there may be.
fn of(words: Words, period: &str, (used, most): (u64, Option<u64>)) -> String {
    let used = words.number(used);
    match most {
        Some(most) => format!("{period}: {}", words.tokens_of(&used, &words.number(most))),
        None => format!("{period}: {}", words.tokens_used(&used)),
    }
}

/// The models, that of most tokens first.
fn models(usage: &[Usage]) -> Vec<String> {
    let mut tokens = BTreeMap::<&str, u64>::new();
    for usage in usage {
        *tokens.entry(&usage.model).or_default() += usage.prompt_tokens + usage.tokens;
    }
    let mut models: Vec<_> = tokens.into_iter().collect();
    models.sort_by_key(|(_, tokens)| std::cmp::Reverse(*tokens));
    models
        .into_iter()
        .map(|(model, _)| model.to_owned())
        .collect()
}

/// The plot as SVG: a column a day, in it a part for each model.
fn plot(words: Words, usage: &[Usage], models: &[String], today: i64) -> String {
    let first = today - DAYS + 1;
    let mut days = BTreeMap::<i64, u64>::new();
    for usage in usage {
        *days.entry(usage.day).or_default() += usage.prompt_tokens + usage.tokens;
    }
    let most = days.values().copied().max().unwrap_or(1).max(1);
    let width = DAYS * DAY;
    let mut svg = format!(
        "<svg viewBox=\"0 0 {width} {HEIGHT}\" role=\"img\" preserveAspectRatio=\"none\" aria-label=\""
    );
    escape(&words.usage_plot(&words.number(most)), &mut svg);
    svg.push_str("\">");
    let mut tops = BTreeMap::<i64, u64>::new();
    for (at, model) in models.iter().enumerate() {
        let colour = at.min(COLOURS - 1);
        for usage in usage.iter().filter(|usage| usage.model == *model) {
            let tokens = usage.prompt_tokens + usage.tokens;
            // What was used at all is seen.
            let height = (tokens * (HEIGHT - 4) / most).max(1);
            let top = tops.entry(usage.day).or_default();
            *top += height;
            let (x, y) = ((usage.day - first) * DAY + 2, HEIGHT.saturating_sub(*top));
            let _ = write!(
                svg,
                "<rect class=\"model-{colour}\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{height}\"><title>{} ",
                DAY - 4,
                date(usage.day)
            );
            escape(model, &mut svg);
            let _ = write!(svg, ": {}</title></rect>", words.number(tokens));
        }
    }
    svg.push_str("</svg>");
    svg
}

/// A day, as everybody reads it.
fn date(day: i64) -> String {
    let at = Timestamp::from_second(day * 24 * 60 * 60).unwrap_or_default();
    Offset::UTC.to_datetime(at).date().to_string()
}
