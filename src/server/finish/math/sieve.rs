//! Lets MathML through by a list of elements, attributes and values; what is not on it stops the whole formula.
//!
//! Nothing is copied but text and values of a few letters: every name in the output is one of ours. Inline styles become
//! classes and attributes on the way, so that the page needs no permission for them.

use super::{dialect::BOX, is_control};
use crate::markdown::escape;

/// How deep elements may be nested: browsers take their time over deep ones.
const DEEPEST: usize = 100;

/// The most that a formula may become, in bytes.
const LONGEST: usize = 200_000;

/// The elements that there may be. `menclose` is none of MathML Core's: it becomes a row with a class.
const ELEMENTS: [&str; 32] = [
    "math",
    "mrow",
    "mi",
    "mn",
    "mo",
    "mtext",
    "mspace",
    "msup",
    "msub",
    "msubsup",
    "mfrac",
    "msqrt",
    "mroot",
    "mover",
    "munder",
    "munderover",
    "mtable",
    "mtr",
    "mtd",
    "mpadded",
    "mphantom",
    "mmultiscripts",
    "mprescripts",
    "menclose",
    "merror",
    "b",
    "i",
    "em",
    "code",
    "s",
    "u",
    "span",
];

/// The attributes that there may be, whose values are short words and lengths.
const ATTRIBUTES: [&str; 20] = [
    "display",
    "stretchy",
    "symmetric",
    "form",
    "fence",
    "separator",
    "largeop",
    "movablelimits",
    "lspace",
    "rspace",
    "minsize",
    "maxsize",
    "accent",
    "accentunder",
    "mathvariant",
    "displaystyle",
    "scriptlevel",
    "linethickness",
    "width",
    "height",
];

/// The classes that inline styles become; `style/code.css` says what they look like.
const STYLES: [(&str, &str, &str); 17] = [
    ("text-align", "left", "left"),
    ("text-align", "right", "right"),
    ("padding-left", "0", "pl0"),
    ("padding-right", "0", "pr0"),
    ("padding-top", "0", "pt0"),
    ("padding-bottom", "0", "pb0"),
    ("padding-left", "1em", "pl1"),
    ("padding-top", "0.1667em", "pt"),
    ("border-left", "0.05em solid currentcolor", "bl"),
    ("border-right", "0.05em solid currentcolor", "br"),
    ("border-top", "0.05em solid currentcolor", "bt"),
    ("border-left", "0.05em dashed currentcolor", "bl"),
    ("border-right", "0.05em dashed currentcolor", "br"),
    ("border-top", "0.05em dashed currentcolor", "bt"),
    ("width", "100%", "wide"),
    ("width", "50%", "half"),
    ("width", "7.5%", "edge"),
];

/// How negative spaces are drawn in, by their sizes in em.
const BACK: [(f32, &str); 4] = [
    (0.2, "back1"),
    (0.25, "back2"),
    (0.4, "back3"),
    (f32::MAX, "back4"),
];

/// The same formula with nothing in it that is not on the lists, and its source for who cannot see it.
pub(super) fn sift(mathml: &str, source: &str) -> Option<String> {
    let mut sieve = Sieve {
        rest: mathml,
        out: String::with_capacity(mathml.len() + source.len()),
        open: Vec::new(),
    };
    sieve.out.push_str("<math alttext=\"");
    escape(source, &mut sieve.out);
    sieve.out.push('"');
    sieve.read()?;
    Some(sieve.out)
}

struct Sieve<'a> {
    rest: &'a str,
    out: String,
    open: Vec<&'static str>,
}

impl<'a> Sieve<'a> {
    fn read(&mut self) -> Option<()> {
        // The root, whose beginning is written already.
        self.rest = self.rest.strip_prefix("<math")?;
        self.attributes("math")?;
        while !self.open.is_empty() {
            if self.out.len() > LONGEST || self.open.len() > DEEPEST {
                return None;
            }
            let (text, tag) = self.rest.split_at(self.rest.find('<')?);
            self.text(text)?;
            if let Some(end) = tag.strip_prefix("</") {
                let (name, rest) = end.split_once('>')?;
                self.rest = rest;
                let open = self.open.pop()?;
                if open != name {
                    return None;
                }
                self.write_end(open);
            } else {
                let tag = &tag[1..];
                let name = &tag[..tag.find([' ', '/', '>'])?];
                let name = *ELEMENTS.iter().find(|element| **element == name)?;
                if name == "math" {
                    return None;
                }
                self.rest = &tag[name.len()..];
                self.write_start(name);
                self.attributes(name)?;
            }
        }
        self.rest.is_empty().then_some(())
    }

    fn write_start(&mut self, name: &'static str) {
        match name {
            "span" => {}
            "menclose" => self.out.push_str("<mrow"),
            _ => self.out.extend(["<", name]),
        }
    }

    fn write_end(&mut self, name: &'static str) {
        match name {
            "span" => {}
            "menclose" => self.out.push_str("</mrow>"),
            _ => self.out.extend(["</", name, ">"]),
        }
    }

    /// Text between tags: references to characters are passed on, and nothing is hidden in it.
    fn text(&mut self, mut text: &str) -> Option<()> {
        while let Some(at) = text.find(['&', '>', '"']) {
            self.plain(&text[..at])?;
            let rest = &text[at..];
            let known = [
                ("&amp;", "&"),
                ("&lt;", "<"),
                ("&gt;", ">"),
                ("&quot;", "\""),
                ("&#x27;", "'"),
                ("&#39;", "'"),
                (">", ">"),
                ("\"", "\""),
            ];
            let (written, meant) = known
                .iter()
                .find(|(written, _)| rest.starts_with(written))?;
            escape(meant, &mut self.out);
            text = &rest[written.len()..];
        }
        self.plain(text)
    }

    fn plain(&mut self, text: &str) -> Option<()> {
        // Between tags there may be lines.
        if text.contains(is_control) {
            return None;
        }
        self.out.push_str(text);
        Some(())
    }

    /// The attributes of a start tag, and its end.
    fn attributes(&mut self, name: &'static str) -> Option<()> {
        let mut classes: Vec<&'static str> = Vec::new();
        loop {
            self.rest = self.rest.trim_start_matches(' ');
            if let Some(rest) = self.rest.strip_prefix("/>") {
                self.rest = rest;
                self.write_class(name, &classes);
                // HTML knows an empty element in MathML by this, and nowhere else.
                if !name.starts_with('m') {
                    return None;
                }
                if name == "menclose" {
                    self.out.push_str("></mrow>");
                } else {
                    self.out.push_str("/>");
                }
                return Some(());
            }
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                self.write_class(name, &classes);
                if name != "span" {
                    self.out.push('>');
                }
                self.open.push(name);
                return Some(());
            }
            let (attribute, rest) = self.rest.split_once("=\"")?;
            let (value, rest) = rest.split_once('"')?;
            self.rest = rest;
            match attribute {
                // Of these there is nothing to take over.
                _ if name == "span" => {}
                "class" => {}
                "notation" => classes.extend(strikes(value)),
                "style" => self.styles(value, &mut classes)?,
                _ => self.attribute(attribute, value)?,
            }
        }
    }

    fn attribute(&mut self, name: &str, value: &str) -> Option<()> {
        let name = ATTRIBUTES.iter().find(|attribute| **attribute == name)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'%');
        if value.is_empty() || value.len() > 24 || !value.bytes().all(plain) {
            return None;
        }
        self.out.extend([" ", name, "=\"", value, "\""]);
        Some(())
    }

    fn styles(&mut self, style: &str, classes: &mut Vec<&'static str>) -> Option<()> {
        for declaration in style.split(';') {
            let Some((property, value)) = declaration.split_once(':') else {
                continue;
            };
            let (property, value) = (property.trim(), value.trim());
            let known = STYLES
                .iter()
                .find(|style| (style.0, style.1) == (property, value));
            if let Some((_, _, class)) = known {
                classes.push(class);
            } else if property == "color" {
                let digits = value.strip_prefix('#')?;
                if digits == BOX {
                    classes.push("boxed");
                } else if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    self.out.extend([" mathcolor=\"#", digits, "\""]);
                } else {
                    return None;
                }
            } else if property == "margin-left" {
                let size: f32 = value
                    .trim_start_matches('-')
                    .trim_end_matches("em")
                    .parse()
                    .unwrap_or(0.3);
                classes.extend(
                    BACK.iter()
                        .find(|(up_to, _)| size <= *up_to)
                        .map(|(_, class)| class),
                );
            }
            // What is left is how alignment is said twice, and does no harm when it is missing.
        }
        Some(())
    }

    fn write_class(&mut self, name: &str, classes: &[&str]) {
        if name == "span" || classes.is_empty() {
            return;
        }
        self.out.push_str(" class=\"");
        self.out.push_str(&classes.join(" "));
        self.out.push('"');
    }
}

/// The classes of what is crossed out.
fn strikes(notation: &str) -> impl Iterator<Item = &'static str> + '_ {
    notation.split(' ').filter_map(|strike| match strike {
        "updiagonalstrike" => Some("up"),
        "downdiagonalstrike" => Some("down"),
        "horizontalstrike" => Some("through"),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
