//! The form in which one sets how models are asked in a chat: made on the server alone.

use leptos::prelude::*;
use serde_json::Value;

use super::answer_panel::text;
use crate::{
    chat::{
        Models, Preset, Settings,
        settings::{Kind, SETTINGS, Setting, THINKING},
    },
    words::Words,
};

/// The form as HTML, filled in with settings; with the presets that can be taken over, and the models there are.
pub fn html(words: Words, settings: &Settings, presets: &[Preset], models: &Models) -> String {
    let options = SETTINGS.iter().map(|setting| {
        let value = settings.options.get(setting.name);
        field(words, setting, value)
    });
    let options = options.collect_view();
    let levels = THINKING.iter().map(|(value, label)| {
        let set = settings.think.as_ref().map(text).unwrap_or_default();
        view! { <option value=*value selected=set == *value>{label(words)}</option> }
    });
    let levels = levels.collect_view();
    let known = models
        .models
        .iter()
        .map(|model| view! { <option value=model.name.clone()></option> });
    let known = known.collect_view();
    view! {
        <form class="settings" method="dialog" data-verb="fill">
            // What Enter presses.
            <button type="submit" name="for" value="chat" hidden></button>
            <h2>{words.settings_of_chat()}</h2>
            {list(words, presets)}
            <label>
                <span>{words.model()}</span>
                <input name="model" list="models" maxlength="300" autocomplete="off" placeholder=words.model_last() value=settings.model.clone()/>
            </label>
            <datalist id="models">{known}</datalist>
            <label>
                <span>{words.system_prompt()}</span>
                <textarea name="system" rows="4" maxlength="100000" placeholder=words.system_prompt_hint()>{settings.system.clone()}</textarea>
            </label>
            <div>
                <label>
                    <span>{words.think_label()}</span>
                    <select name="think" aria-describedby="about-think">{levels}</select>
                </label>
                <small id="about-think">{words.thinking_help()}</small>
            </div>
            <fieldset>
                <legend>{words.options()}</legend>
                {options}
                <div>
                    <label>
                        <span>{words.keep_alive()}</span>
                        <input
                            name="keep_alive"
                            maxlength="40"
                            autocomplete="off"
                            placeholder="5m"
                            value=settings.keep_alive.as_ref().map(text)
                            aria-describedby="about-keep_alive"
                        />
                    </label>
                    <small id="about-keep_alive">{words.keep_alive_help()}</small>
                </div>
            </fieldset>
            <div class="ends">
                <p class="wrong" role="alert"></p>
                <label class="naming">
                    <span class="sr">{words.name_of_preset()}</span>
                    <input name="name" maxlength="100" autocomplete="off" placeholder=words.name_of_preset_hint()/>
                </label>
                <button type="submit" name="for" value="preset" formnovalidate>{words.save_as_preset()}</button>
                <span class="gap"></span>
                <button type="button" data-verb="close">{words.cancel()}</button>
                <button class="main" type="submit" name="for" value="chat">{words.save()}</button>
            </div>
        </form>
    }
    .to_html()
}

/// The presets in the form, as HTML.
pub fn presets(words: Words, presets: &[Preset]) -> String {
    list(words, presets).to_html()
}

fn list(words: Words, presets: &[Preset]) -> impl IntoView + use<> {
    let presets = presets.iter().map(|preset| {
        let Preset { id, name, .. } = preset.clone();
        view! {
            <span class="preset">
                <button type="button" data-verb="use" data-item=id.clone() title=words.take_over()>{name.clone()}</button>
                <button type="button" data-verb="forget" data-item=id aria-label=words.delete_preset(&name)>"×"</button>
            </span>
        }
    });
    view! {
        <div class="presets" role="group" aria-label=words.presets() data-part="presets">{presets.collect_view()}</div>
    }
}

fn field(words: Words, setting: &Setting, value: Option<&Value>) -> impl IntoView + use<> {
    let Setting { name, .. } = *setting;
    let usual = (setting.usual)(words);
    let text = value.map(text);
    let about = format!("about-{name}");
    let input = match setting.kind {
        Kind::Number(least, most) => {
            let (least, most) = (least.to_string(), most.to_string());
            view! { <input type="number" name=name min=least max=most step="any" placeholder=usual value=text aria-describedby=about.clone()/> }
                .into_any()
        }
        Kind::Whole(least, most) => {
            let (least, most) = (least.to_string(), most.to_string());
            view! { <input type="number" name=name min=least max=most step="1" placeholder=usual value=text aria-describedby=about.clone()/> }
                .into_any()
        }
        Kind::Texts => {
            let texts = value.and_then(Value::as_array).into_iter().flatten();
            let texts: Vec<_> = texts.filter_map(Value::as_str).collect();
            view! { <textarea name=name rows="2" placeholder=usual aria-describedby=about.clone()>{texts.join("\n")}</textarea> }
                .into_any()
        }
    };
    view! {
        <div>
            <label>
                <span>{(setting.label)(words)}" "<i>{range(words, setting.kind)}</i></span>
                {input}
            </label>
            <small id=about>{(setting.help)(words)}</small>
        </div>
    }
}

/// Within which bounds a value is, for people.
fn range(words: Words, kind: Kind) -> Option<String> {
    match kind {
        Kind::Number(least, most) => Some(words.within(&least.to_string(), &most.to_string())),
        Kind::Whole(least, most) => Some(words.within(&least.to_string(), &most.to_string())),
        Kind::Texts => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_form_holds_what_is_set_and_says_what_is_usual() {
        let options = json!({"temperature": 0.5, "stop": ["</s>", "END"]});
        let settings = Settings {
            system: "</textarea><b>".to_owned(),
            think: Some(json!("low")),
            options: options.as_object().cloned().unwrap_or_default(),
            ..Settings::default()
        };
        let preset = Preset {
            id: "p".to_owned(),
            name: "Brief".to_owned(),
            ..Preset::default()
        };
        let html = html(Words::default(), &settings, &[preset], &Models::default());
        for wanted in [
            "&lt;/textarea&gt;&lt;b&gt;",
            "value=\"low\" selected",
            "placeholder=\"0.8\" value=\"0.5\"",
            "<i>0 to 2</i>",
            "&lt;/s&gt;\nEND",
            "data-verb=\"use\" data-item=\"p\"",
        ] {
            assert!(html.contains(wanted), "{wanted}: {html}");
        }
        for setting in SETTINGS {
            assert!(
                html.contains(&format!("name=\"{}\"", setting.name)),
                "{setting:?}"
            );
        }
    }
}
