//! What stands in lines of text: text, formulas, links, images.

use std::ops::Range;

use pulldown_cmark::{CowStr, Event, Tag, TagEnd};

use super::Writer;
use crate::markdown::{dollars, escape::escape, formula, link};

impl Writer<'_> {
    pub(super) fn text(&mut self, text: &CowStr<'_>, range: Range<usize>) {
        if let Some((_, code)) = &mut self.code {
            code.push_str(text);
            return;
        }
        self.inline();
        escape(text, &mut self.html);
        self.dangling.text(self.read.whole, range);
    }

    /// A formula in a line, unless it is prices.
    pub(super) fn math(&mut self, source: &str, range: Range<usize>) {
        self.inline();
        if dollars::is_price(self.read.whole, &range) {
            self.prices.push(range.start);
            escape(self.original(&range), &mut self.html);
            self.dangling.text(self.read.whole, range);
        } else {
            formula::write(source, false, self.finish, &mut self.html);
        }
    }

    pub(super) fn link(&mut self, address: &str, title: &str) {
        self.inline();
        let is_link = link::is_link(address);
        self.links.push(is_link);
        if !is_link {
            return;
        }
        self.html.push_str(r#"<a href=""#);
        escape(address, &mut self.html);
        if !title.is_empty() {
            self.html.push_str(r#"" title=""#);
            escape(title, &mut self.html);
        }
        self.html
            .push_str(r#"" target="_blank" rel="noopener noreferrer nofollow">"#);
    }

    /// What stands in an image's description.
    pub(super) fn describe(&mut self, event: Event<'_>, range: &Range<usize>) {
        let original = self.original(range);
        let Some((address, alt, depth)) = &mut self.image else {
            return;
        };
        match event {
            Event::Start(Tag::Image { .. }) => *depth += 1,
            Event::End(TagEnd::Image) if *depth == 0 => {
                let host = link::host_of_image(address);
                let html = &mut self.html;
                let Some(host) = host else {
                    escape(alt, html);
                    self.image = None;
                    return;
                };
                html.push_str(r#"<button type="button" class="image" data-image=""#);
                escape(address, html);
                html.push_str(r#""><span class="alt">"#);
                escape(alt, html);
                html.push_str(r#"</span><span class="host">"#);
                escape(&self.finish.words().load_image(host), html);
                html.push_str("</span></button>");
                self.image = None;
            }
            Event::End(TagEnd::Image) => *depth -= 1,
            Event::Text(text) | Event::Code(text) | Event::InlineHtml(text) => alt.push_str(&text),
            Event::InlineMath(_) | Event::DisplayMath(_) => alt.push_str(original),
            Event::SoftBreak | Event::HardBreak => alt.push(' '),
            _ => {}
        }
    }

    /// Whether it is struck through by two tildes; between single ones numbers stand: 20~25.
    pub(super) fn is_struck(&self, range: &Range<usize>) -> bool {
        self.original(range).starts_with("~~")
    }
}
