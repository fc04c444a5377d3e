//! Reads HTML as strictly as nobody else does: nothing but what Brooklet's Markdown may make is let through.
//!
//! This list stands here by itself on purpose; it shares nothing with the code that it judges.

/// Elements that have no end.
const VOID: [&str; 3] = ["br", "hr", "input"];

/// Elements and the attributes that each may have.
const ELEMENTS: [(&str, &[&str]); 30] = [
    (
        "a",
        &["href", "title", "target", "rel", "role", "data-note"],
    ),
    ("blockquote", &[]),
    ("br", &[]),
    (
        "button",
        &["type", "class", "data-code", "data-image", "aria-pressed"],
    ),
    ("code", &["class", "data-finish"]),
    ("del", &[]),
    (
        "div",
        &["class", "tabindex", "role", "aria-label", "data-note"],
    ),
    ("em", &[]),
    ("figcaption", &["lang"]),
    ("figure", &["class", "dir", "data-language"]),
    ("h3", &[]),
    ("h4", &[]),
    ("h5", &[]),
    ("h6", &[]),
    ("hr", &[]),
    ("input", &["type", "aria-label", "disabled", "checked"]),
    ("li", &["class"]),
    ("ol", &["class", "start"]),
    ("p", &["class"]),
    ("pre", &["tabindex"]),
    ("span", &["class", "title"]),
    ("strong", &[]),
    ("sup", &["class"]),
    ("table", &[]),
    ("tbody", &[]),
    ("td", &["class"]),
    ("th", &["class", "scope"]),
    ("thead", &[]),
    ("tr", &[]),
    ("ul", &["class"]),
];

/// Classes, and whatever else is said by a word of a fixed list.
const WORDS: [&str; 46] = [
    "",
    "0",
    "Done",
    "Table",
    "To do",
    "_blank",
    "alert",
    "alert-title",
    "alt",
    "button",
    "caution",
    "center",
    "checkbox",
    "code",
    "col",
    "copy",
    "display",
    "doc-noteref",
    "download",
    "draw",
    "en",
    "false",
    "footnote",
    "group",
    "hidden-char",
    "host",
    "image",
    "important",
    "label",
    "language",
    "left",
    "loose",
    "ltr",
    "math",
    "nofollow",
    "noopener",
    "noreferrer",
    "note",
    "on",
    "right",
    "table",
    "task",
    "tip",
    "true",
    "warning",
    "wrap",
];

/// Attributes whose value is the answer's own text.
const FREE: [&str; 2] = ["data-language", "data-note"];

/// What is wrong with it, if anything is.
pub fn scan(html: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text(&rest[..at])?;
        rest = &rest[at + 1..];
        let end = rest.find('>').ok_or("a tag without an end")?;
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes what is not open"));
            }
            continue;
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let known = ELEMENTS.iter().find(|(known, _)| *known == name);
        let (_, allowed) = known.ok_or_else(|| format!("<{name}>"))?;
        read(name, attributes, allowed)?;
        if !VOID.contains(&name) {
            open.push(name);
        }
    }
    text(rest)?;
    match open.last() {
        Some(name) => Err(format!("<{name}> is never closed")),
        None => Ok(()),
    }
}

fn read(name: &str, mut rest: &str, allowed: &[&str]) -> Result<(), String> {
    let mut seen: Vec<&str> = Vec::new();
    while !rest.is_empty() {
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let attribute = &rest[..end];
        if !allowed.contains(&attribute) || seen.contains(&attribute) {
            return Err(format!("<{name} {attribute}>"));
        }
        seen.push(attribute);
        rest = &rest[end..];
        let mut said = "";
        if let Some(quoted) = rest.strip_prefix('=') {
            let quoted = quoted.strip_prefix('"').ok_or("a value without quotes")?;
            let (inside, after) = quoted.split_once('"').ok_or("a quote without an end")?;
            said = inside;
            rest = after;
        }
        value(name, attribute, said)?;
        if !rest.is_empty() {
            rest = rest
                .strip_prefix(' ')
                .ok_or_else(|| format!("{rest:?} in <{name}>"))?;
        }
    }
    if name == "a"
        && !(seen.contains(&"data-note") || seen.contains(&"rel") && seen.contains(&"target"))
    {
        return Err("a link without rel".to_owned());
    }
    Ok(())
}

fn value(name: &str, attribute: &str, value: &str) -> Result<(), String> {
    text(value)?;
    let begins = |schemes: &[&str]| {
        let lower = value.to_ascii_lowercase();
        schemes.iter().any(|scheme| lower.starts_with(scheme))
    };
    let fits = match attribute {
        "href" => value == "#" || begins(&["https://", "http://", "mailto:"]),
        "data-image" => begins(&["https://", "http://"]),
        "start" => value.bytes().all(|byte| byte.is_ascii_digit()),
        "title" if name == "a" => true,
        "title" => value
            .strip_prefix("U+")
            .is_some_and(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit())),
        free if FREE.contains(&free) => true,
        _ => WORDS.contains(&value) || value.split(' ').all(|word| WORDS.contains(&word)),
    };
    if fits {
        Ok(())
    } else {
        Err(format!("<{name} {attribute}={value:?}>"))
    }
}

/// Text has no sign in it that could be read as the beginning of something.
fn text(text: &str) -> Result<(), String> {
    if text.contains(['<', '>', '"']) || text.contains('\0') {
        return Err(format!("{text:?} is not escaped"));
    }
    for (at, _) in text.match_indices('&') {
        let rest = &text[at..];
        if !["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"]
            .iter()
            .any(|entity| rest.starts_with(entity))
        {
            return Err(format!("{rest:?} begins with a bare &"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_let_through() {
        for html in [
            "",
            "<p>a &amp; b</p><hr>",
            r##"<sup class="footnote"><a href="#" role="doc-noteref" data-note="x&quot;y">1</a></sup>"##,
            r#"<a href="https://a.b/?c&amp;d" target="_blank" rel="noopener noreferrer nofollow">e</a>"#,
            r#"<ol start="7" class="loose"><li class="task"><input type="checkbox" disabled checked> a</li></ol>"#,
        ] {
            assert_eq!(scan(html), Ok(()), "{html}");
        }
    }

    #[test]
    fn nothing_else_is() {
        for html in [
            "<script></script>",
            "<p>",
            "</p>",
            "<p></div>",
            "<p",
            "<p onclick=\"x\"></p>",
            "<P></P>",
            "<p class=x></p>",
            "<p class=\"x\"></p>",
            "<p class=\"note\" class=\"note\"></p>",
            "<p>a > b</p>",
            "<p>a & b</p>",
            "<p>\"</p>",
            r#"<a href="javascript:x" target="_blank" rel="nofollow">a</a>"#,
            r#"<a href="https://a.b">a</a>"#,
            r#"<button data-image="data:x"></button>"#,
            r#"<span title="x"></span>"#,
        ] {
            assert!(scan(html).is_err(), "{html}");
        }
    }
}
