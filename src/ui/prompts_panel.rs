//! How saved prompts look, where they are kept and where they are offered: made on the server alone.

use leptos::prelude::*;

use crate::chat::Prompt;

/// How much of a prompt's text is shown beside its name, in characters.
const BEGINNING: usize = 120;

/// All of them, and a form that holds one, or nothing yet.
pub fn html(prompts: &[Prompt], open: Option<&Prompt>) -> String {
    let rows = prompts.iter().map(|prompt| {
        let Prompt { id, name, text } = prompt;
        view! {
            <li>
                <button type="button" data-verb="prompts" data-item=id.clone()>
                    <b>{name.clone()}</b>" "<span>{beginning(text)}</span>
                </button>
                <button type="button" data-verb="unprompt" data-item=id.clone() aria-label=format!("Delete the prompt “{name}”")>"×"</button>
            </li>
        }
    });
    let rows = rows.collect_view();
    let none = prompts.is_empty().then(|| {
        view! { <p class="empty">"None yet. What you ask again and again can be saved here."</p> }
    });
    let Prompt { id, name, text } = open.cloned().unwrap_or_default();
    let heading = if open.is_some() {
        "Change this prompt"
    } else {
        "Another prompt"
    };
    view! {
        <form class="settings prompts" method="dialog" data-part="prompts">
            <button type="submit" name="for" value="prompt" hidden></button>
            <h2>"Saved prompts"</h2>
            {none}
            <ul class="saved">{rows}</ul>
            <h3>{heading}</h3>
            <input type="hidden" name="item" value=id/>
            <label>
                <span>"Name"</span>
                <input name="name" maxlength="100" autocomplete="off" autofocus value=name/>
            </label>
            <label>
                <span>"Text"</span>
                <textarea name="text" rows="6" maxlength="100000" data-draft="">{text}</textarea>
                <small>
                    "Double braces are blanks: in “Explain {{topic}} to {{whom}}” Tab goes from one to the next. "
                    "A question that begins with / finds it by its name."
                </small>
            </label>
            <div class="ends">
                <p class="wrong" role="alert"></p>
                <span class="gap"></span>
                <button type="button" data-verb="close">"Close"</button>
                <button class="main" type="submit" name="for" value="prompt">"Save"</button>
            </div>
        </form>
    }
    .to_html()
}

/// Those that go with what is typed after `/`; with a way to all of them, if that is nothing yet.
pub fn offered(prompts: &[&Prompt], all: bool) -> String {
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
        0 => "There are no saved prompts.".to_owned(),
        1 => "One saved prompt. Enter takes it.".to_owned(),
        many => format!("{many} saved prompts. Enter takes the chosen one."),
    };
    let said = view! { <p hidden data-said="">{said}</p> };
    let last = all.then(|| {
        view! {
            <div role="option" id="offered-all" aria-selected=prompts.is_empty().to_string() data-verb="prompts">
                "Saved prompts…"
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
        let html = offered(&[&prompt], false);
        assert_eq!(html.matches("role=\"option\"").count(), 1);
        assert!(html.contains("<b>Explain &lt;b&gt;</b>"), "{html}");
        assert!(
            html.contains("Explain &quot;{{topic}}&quot;\nto me x"),
            "{html}"
        );
        assert!(html.contains("x…</span>"), "{html}");
        assert!(offered(&[], true).contains("data-verb=\"prompts\""));
        assert_eq!(offered(&[], false), "");
    }
}
