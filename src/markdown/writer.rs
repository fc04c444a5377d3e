//! The events of a piece of Markdown as HTML. Every tag is written here.

mod dangling;
mod inline;
mod tags;

use std::ops::Range;

use pulldown_cmark::{Alignment, CodeBlockKind, Event, Tag, TagEnd};

use self::tags::{alert, heading};
pub(super) use self::{dangling::Dangling, tags::list};
use super::{
    Finish,
    block::Block,
    dollars::Read,
    escape::{escape, escape_code},
    fence, formula, parse,
};

/// What is being written in, as far as it matters for what comes next.
#[derive(Debug)]
enum In {
    /// A list: where its tag ends in the HTML, so that it can be said there that its items are far apart.
    List { at: usize, loose: bool },
    /// An item: where its tag ends, and whether a paragraph is open that Markdown left out.
    Item { at: usize, paragraph: bool },
    /// A table: how its columns are set, which of them is next, and whether this is its head.
    Table {
        set: Vec<Alignment>,
        column: usize,
        head: bool,
    },
    /// Anything else with blocks or text in it.
    Other,
}

/// Makes HTML of events.
pub(super) struct Writer<'a> {
    /// The text that the events' ranges are of.
    read: &'a Read<'a>,
    finish: &'a mut dyn Finish,
    /// What has been written.
    pub(super) html: String,
    inside: Vec<In>,
    /// What code is being read, and its language.
    code: Option<(String, String)>,
    /// The address of the image whose description is being read, the description, and how deep in others it is.
    image: Option<(String, String, usize)>,
    /// Of each link whether it has a tag.
    links: Vec<bool>,
    /// Code that stands in nothing else, once it has ended.
    pub(super) code_block: Option<Block>,
    /// What has been left that opened nothing: what follows might have closed it.
    pub(super) dangling: Dangling,
    /// Where prices begin that were taken for formulas.
    pub(super) prices: Vec<usize>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(read: &'a Read<'a>, finish: &'a mut dyn Finish) -> Self {
        Self {
            read,
            finish,
            html: String::new(),
            inside: Vec::new(),
            code: None,
            image: None,
            links: Vec::new(),
            code_block: None,
            dangling: Dangling::default(),
            prices: Vec::new(),
        }
    }

    /// Ends a list that stands in nothing else: its tags are written by whoever has its parts.
    pub(super) fn end_list(&mut self) {
        self.inside.pop();
    }

    /// Writes what an event of this part of the text says.
    pub(super) fn write(&mut self, event: Event<'_>, range: Range<usize>) {
        if self.image.is_some() {
            self.describe(event, &range);
            return;
        }
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(end) => self.end(end, range),
            Event::Text(text) => self.text(&text, range),
            Event::Code(code) => {
                self.inline();
                self.html.push_str("<code>");
                escape_code(&code, &mut self.html);
                self.html.push_str("</code>");
            }
            Event::InlineMath(source) => self.math(&source, range),
            Event::DisplayMath(source) => {
                self.inline();
                let in_line = self.original(&range).starts_with(r"\(");
                formula::write(source.trim(), !in_line, self.finish, &mut self.html);
            }
            Event::Html(html) => escape(&html, &mut self.html),
            Event::InlineHtml(html) => {
                self.inline();
                match &*html {
                    // The one tag that models need: a line break in a table.
                    "<br>" | "<br/>" | "<br />" => self.html.push_str("<br>"),
                    html => escape(html, &mut self.html),
                }
            }
            Event::FootnoteReference(label) => {
                self.inline();
                self.html.push_str(
                    r##"<sup class="footnote"><a href="#" role="doc-noteref" data-note=""##,
                );
                escape(&parse::label(&label), &mut self.html);
                self.html.push_str(r#"">"#);
                escape(&label, &mut self.html);
                self.html.push_str("</a></sup>");
            }
            Event::SoftBreak => self.tag("\n"),
            Event::HardBreak => self.tag("<br>"),
            Event::Rule => {
                self.block();
                self.html.push_str("<hr>");
            }
            Event::TaskListMarker(done) => {
                if let Some(In::Item { at, .. }) =
                    self.inside.iter().rfind(|it| matches!(it, In::Item { .. }))
                {
                    self.html.insert_str(*at - 1, r#" class="task""#);
                }
                self.inline();
                let words = self.finish.words();
                let (label, checked) = if done {
                    (words.task_done(), " checked")
                } else {
                    (words.task_open(), "")
                };
                for piece in [
                    r#"<input type="checkbox" aria-label=""#,
                    label,
                    r#"" disabled"#,
                    checked,
                    "> ",
                ] {
                    self.html.push_str(piece);
                }
            }
        }
    }

    /// The same part of the text as it was written.
    fn original(&self, range: &Range<usize>) -> &'a str {
        self.read.whole.get(range.clone()).unwrap_or_default()
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        if !matches!(
            tag,
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. }
        ) {
            self.block();
        }
        match tag {
            Tag::Paragraph => {
                if let [.., In::List { loose, .. }, In::Item { .. }] = &mut self.inside[..] {
                    *loose = true;
                }
                self.open("<p>");
            }
            Tag::HtmlBlock => self.open("<p>"),
            Tag::Heading { level, .. } => self.open(heading(level as usize).0),
            Tag::BlockQuote(None) => self.open("<blockquote>"),
            Tag::BlockQuote(Some(kind)) => {
                let (class, title) = alert(self.finish.words(), kind);
                for piece in [
                    r#"<div class="alert "#,
                    class,
                    r#""><p class="alert-title">"#,
                    title,
                    "</p>",
                ] {
                    self.html.push_str(piece);
                }
                self.inside.push(In::Other);
            }
            Tag::CodeBlock(kind) => {
                let language = match &kind {
                    CodeBlockKind::Fenced(info) => fence::language(info).to_owned(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
            }
            Tag::List(number) => {
                self.html.push_str(&list(number, false));
                self.inside.push(In::List {
                    at: self.html.len(),
                    loose: false,
                });
            }
            Tag::Item => {
                self.html.push_str("<li>");
                self.inside.push(In::Item {
                    at: self.html.len(),
                    paragraph: false,
                });
            }
            Tag::FootnoteDefinition(label) => {
                self.html.push_str(r#"<div class="footnote" data-note=""#);
                escape(&parse::label(&label), &mut self.html);
                self.html.push_str(r#""><span class="label">"#);
                escape(&label, &mut self.html);
                self.open("</span>");
            }
            Tag::Table(set) => {
                let label = self.finish.words().table();
                self.html
                    .push_str(r#"<div class="table" tabindex="0" role="group" aria-label=""#);
                self.html.push_str(label);
                self.html.push_str(r#""><table>"#);
                self.inside.push(In::Table {
                    set,
                    column: 0,
                    head: false,
                });
            }
            Tag::TableHead => {
                self.row(true);
                self.html.push_str("<thead><tr>");
            }
            Tag::TableRow => {
                self.row(false);
                self.html.push_str("<tr>");
            }
            Tag::TableCell => self.cell(),
            Tag::Emphasis => self.tag("<em>"),
            Tag::Strong => self.tag("<strong>"),
            Tag::Strikethrough => {
                let mark = if self.is_struck(&range) { "<del>" } else { "~" };
                self.tag(mark);
            }
            Tag::Link {
                dest_url, title, ..
            } => self.link(&dest_url, &title),
            Tag::Image { dest_url, .. } => {
                self.inline();
                self.image = Some((dest_url.into_string(), String::new(), 0));
            }
            // Not asked for.
            Tag::MetadataBlock(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript => {}
        }
    }

    fn end(&mut self, end: TagEnd, range: Range<usize>) {
        match end {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.close("</p>"),
            TagEnd::Heading(level) => self.close(heading(level as usize).1),
            TagEnd::BlockQuote(None) => self.close("</blockquote>"),
            TagEnd::BlockQuote(Some(_)) | TagEnd::FootnoteDefinition => self.close("</div>"),
            TagEnd::CodeBlock => {
                if let Some((language, code)) = self.code.take() {
                    let code = code.strip_suffix('\n').unwrap_or(&code);
                    let block = fence::block(&language, code, true, self.finish);
                    if self.inside.is_empty() {
                        self.code_block = Some(block);
                    } else {
                        block.write(&mut self.html);
                    }
                }
            }
            TagEnd::List(numbered) => {
                if let Some(In::List { at, loose: true }) = self.inside.pop() {
                    self.html.insert_str(at - 1, r#" class="loose""#);
                }
                self.html.push_str(if numbered { "</ol>" } else { "</ul>" });
            }
            TagEnd::Item => {
                self.block();
                self.close("</li>");
            }
            TagEnd::Table => self.close("</tbody></table></div>"),
            TagEnd::TableHead => self.html.push_str("</tr></thead><tbody>"),
            TagEnd::TableRow => self.html.push_str("</tr>"),
            TagEnd::TableCell => {
                let head = matches!(self.inside.last(), Some(In::Table { head: true, .. }));
                self.html.push_str(if head { "</th>" } else { "</td>" });
            }
            TagEnd::Emphasis => self.html.push_str("</em>"),
            TagEnd::Strong => self.html.push_str("</strong>"),
            TagEnd::Strikethrough => {
                let mark = if self.is_struck(&range) {
                    "</del>"
                } else {
                    "~"
                };
                self.html.push_str(mark);
            }
            TagEnd::Link => {
                if self.links.pop() == Some(true) {
                    self.html.push_str("</a>");
                }
            }
            TagEnd::Image
            | TagEnd::MetadataBlock(_)
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Superscript
            | TagEnd::Subscript => {}
        }
    }

    /// Text comes: where Markdown leaves a paragraph out, it is there all the same, so that a list can become loose
    /// without a change of its items.
    fn inline(&mut self) {
        if let Some(In::Item { paragraph, .. }) = self.inside.last_mut()
            && !*paragraph
        {
            *paragraph = true;
            self.html.push_str("<p>");
        }
    }

    /// A block comes, or its end.
    fn block(&mut self) {
        if let Some(In::Item { paragraph, .. }) = self.inside.last_mut()
            && *paragraph
        {
            *paragraph = false;
            self.html.push_str("</p>");
        }
    }

    fn tag(&mut self, tag: &str) {
        self.inline();
        self.html.push_str(tag);
    }

    fn open(&mut self, tag: &str) {
        self.html.push_str(tag);
        self.inside.push(In::Other);
    }

    fn close(&mut self, tag: &str) {
        self.inside.pop();
        self.html.push_str(tag);
    }
}
