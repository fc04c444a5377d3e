//! How saved prompts look, where they are kept and where they are offered: made on the server alone.

use leptos::prelude::*;

use crate::{chat::Prompt, words::Words};

/// How much of a prompt's text is shown beside its name, in characters.
const BEGINNING: usize = 120;

/// All of them, and a form that holds one, or nothing yet.
pub fn html(words: Words, prompts: &[Prompt], open: Option<&Prompt>) -> String {
    let rows = prompts.iter().map(|prompt| {
        let Prompt { id, name, text } = prompt;
        view! {
            <li>
                <button type="button" data-verb="prompts" data-item=id.clone()>
                    <b>{name.clone()}</b>" "<span>{beginning(text)}</span>
                </button>
                <button type="button" data-verb="unprompt" data-item=id.clone() aria-label=words.delete_prompt(name)>"×"</button>
            </li>
        }
    });
    let rows = rows.collect_view();
    let none = prompts.is_empty().then(|| {
        view! { <p class="empty">{words.no_prompts()}</p> }
    });
    let Prompt { id, name, text } = open.cloned().unwrap_or_default();
    let heading = if open.is_some() {
        words.change_prompt()
    } else {
        words.another_prompt()
    };
    view! {
        <form class="settings prompts" method="dialog" data-part="prompts">
            <button type="submit" name="for" value="prompt" hidden></button>
            <h2>{words.saved_prompts()}</h2>
            {none}
            <ul class="saved">{rows}</ul>
            <h3>{heading}</h3>
            <input type="hidden" name="item" value=id/>
            <label>
                <span>{words.name_label()}</span>
                <input name="name" maxlength="100" autocomplete="off" autofocus value=name/>
            </label>
            <label>
                <span>{words.text_label()}</span>
                <textarea name="text" rows="6" maxlength="100000" data-draft="" aria-describedby="blanks">{text}</textarea>
            </label>
            <small id="blanks">{words.prompts_help()}</small>
            <div class="ends">
                <p class="wrong" role="alert"></p>
                <span class="gap"></span>
                <button type="button" data-verb="close">{words.close()}</button>
                <button class="main" type="submit" name="for" value="prompt">{words.save()}</button>
            </div>
        </form>
    }
    .to_html()
}

/// Those that go with what is typed after `/`; with a way to all of them, if that is nothing yet.
pub fn offered(words: Words, prompts: &[&Prompt], all: bool) -> String {
    if prompts.is_empty() && !all {
        return String::new();
    }
    let options = prompts.iter().enumerate().map(|(number, prompt)| {
        let Prompt { name, text, .. } = (*prompt).clone();
        let shown = beginning(&text);
        view! {
            <div role="option" id=format!("offered-{number}") aria-selected=(number == 0).to_string() data-text=text>
                <b>{name}</b>" "<span>{shown}</span>
            </div>
        }
    });
    let options = options.collect_view();
    let said = match prompts.len() {
        0 => words.offered_none().to_owned(),
        count => words.offered(count as u64),
    };
    let said = view! { <p hidden data-said="">{said}</p> };
    let last = all.then(|| {
        view! {
            <div role="option" id="offered-all" aria-selected=prompts.is_empty().to_string() data-verb="prompts">
                {words.saved_prompts_more()}
            </div>
        }
    });
    (said, options, last).to_html()
}

/// Its first words, in one line.
fn beginning(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= BEGINNING {
        return line;
    }
    let mut cut: String = line.chars().take(BEGINNING).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_carries_its_text() {
        let prompt = Prompt {
            id: "p".to_owned(),
            name: "Explain <b>".to_owned(),
            text: format!("Explain \"{{{{topic}}}}\"\nto me {}", "x".repeat(200)),
        };
        let words = Words::default();
        let html = offered(words, &[&prompt], false);
        assert_eq!(html.matches("role=\"option\"").count(), 1);
        assert!(html.contains("<b>Explain &lt;b&gt;</b>"), "{html}");
        assert!(
            html.contains("Explain &quot;{{topic}}&quot;\nto me x"),
            "{html}"
        );
        assert!(html.contains("x…</span>"), "{html}");
        assert!(offered(words, &[], true).contains("data-verb=\"prompts\""));
        assert_eq!(offered(words, &[], false), "");
    }
}
