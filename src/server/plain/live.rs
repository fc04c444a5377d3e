//! An answer as HTML while it comes, in a page that stays open until its end.
//!
//! What has been sent cannot be changed, so a block is sent when it is closed, or the parts of it that are. A later line
//! may still change a closed block (by the definition of a link); that is seen when the page is opened again.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use futures_util::{Stream, stream};
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep, timeout_at},
};

use crate::{
    chat::{Done, Phase, ToolCall},
    markdown::{Block, Document, block},
    server::{
        finish::{Finisher, Sheet},
        generation::{Generation, Piece, Reader},
        streams::Seat,
        upstream::Kind,
    },
    ui::plain,
    words::Words,
};

/// How often there is something to see, at the most.
const PACE: Duration = Duration::from_millis(100);

/// The longest silence: who stands between takes the connection for dead after some more.
const SILENCE: Duration = Duration::from_secs(15);

/// An answer that comes.
#[derive(Debug)]
pub struct Live {
    words: Words,
    chat: String,
    generation: Arc<Generation>,
    reader: Reader,
    finisher: Finisher,
    written: Written,
    after: String,
    stage: Stage,
    _seat: Seat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Before,
    Coming,
    Over,
}

/// What of a log has been read and is to be written.
enum News {
    Text(Kind, String),
    Phase(Phase),
    ToolCall(ToolCall),
    Done(Done),
}

/// What has been written.
#[derive(Debug, Default)]
struct Written {
    words: Words,
    content: Text,
    thinking: Text,
    /// Whether what came last is thought.
    thinks: bool,
    /// The text in whose element the next HTML stands; `None`: in none.
    inside: Option<Kind>,
}

/// A text, and how much of it has been written.
#[derive(Debug, Default)]
struct Text {
    document: Document,
    /// How many blocks are whole in the page.
    blocks: usize,
    /// How many parts of the next one are; its beginning is if there are any.
    parts: usize,
    /// Whether that one has been closed since.
    torn: bool,
    ended: bool,
}

impl Live {
    /// The answer that `generation` writes in `chat`.
    pub fn new(
        words: Words,
        chat: &str,
        generation: &Arc<Generation>,
        finisher: Finisher,
        seat: Seat,
    ) -> Self {
        Self {
            words,
            chat: chat.to_owned(),
            generation: Arc::clone(generation),
            reader: generation.read(),
            finisher,
            written: Written {
                words,
                ..Written::default()
            },
            after: String::new(),
            stage: Stage::Before,
            _seat: seat,
        }
    }

    /// It as a part of a page: what stands before it, then itself, then what stands after it.
    pub fn between(
        mut self,
        before: String,
        after: String,
    ) -> impl Stream<Item = Result<String, Infallible>> {
        self.after = after;
        let begin = VecDeque::from([before]);
        stream::unfold((self, begin), |(mut live, mut ready)| async move {
            let html = match ready.pop_front() {
                Some(html) => html,
                None => live.next().await?,
            };
            Some((Ok(html), (live, ready)))
        })
    }

    /// More HTML; `None`: that was all.
    async fn next(&mut self) -> Option<String> {
        match self.stage {
            Stage::Over => return None,
            Stage::Before => {
                self.stage = Stage::Coming;
                let mut html = String::new();
                plain::begin(
                    self.words,
                    &self.chat,
                    &self.generation.id,
                    &self.generation.model,
                    &mut html,
                );
                return Some(html);
            }
            Stage::Coming => {}
        }
        let deadline = Instant::now() + SILENCE;
        loop {
            let mut news = Vec::new();
            let read = self.reader.read(|piece| news.extend(News::of(piece)));
            // What comes may close nothing for long.
            let Ok(over) = timeout_at(deadline, read).await else {
                return Some("<!-- -->\n".to_owned());
            };
            let mut html = self.write(news).await;
            if over {
                self.stage = Stage::Over;
                html.push_str(&self.after);
                return Some(html);
            }
            if !html.is_empty() {
                return Some(html);
            }
            // What comes meanwhile is read at once.
            sleep(PACE).await;
        }
    }

    async fn write(&mut self, news: Vec<News>) -> String {
        let mut written = std::mem::take(&mut self.written);
        let finisher = self.finisher.clone();
        // Colours are waited for, and long texts parsed.
        let done = spawn_blocking(move || {
            let mut html = String::new();
            for it in news {
                written.write(it, &finisher, &mut html);
            }
            (written, html)
        });
        let Ok((written, html)) = done.await else {
            return String::new();
        };
        self.written = written;
        html
    }
}

impl News {
    fn of(piece: Piece<'_>) -> Option<Self> {
        Some(match piece {
            Piece::Text(kind, text) => Self::Text(kind, text.to_owned()),
            Piece::Phase(phase) => Self::Phase(phase),
            Piece::ToolCall(call) => Self::ToolCall(call.clone().into()),
            Piece::Done(done) => Self::Done(done.clone()),
            // For who begins in the midst.
            Piece::Snapshot(_) => return None,
        })
    }
}

impl Written {
    fn write(&mut self, news: News, finisher: &Finisher, html: &mut String) {
        match news {
            News::Text(kind, text) => {
                if kind == Kind::Content {
                    self.end_thoughts(finisher, html);
                }
                self.thinks = kind == Kind::Thinking;
                self.text(kind).document.push(&text);
                self.close(kind, finisher, html);
            }
            // It is for who has nothing to read yet.
            News::Phase(phase) if self.inside.is_none() => plain::phase(self.words, phase, html),
            News::Phase(_) => {}
            News::ToolCall(call) => {
                self.end_thoughts(finisher, html);
                self.leave(html);
                plain::tool_call(self.words, call, html);
            }
            News::Done(done) => {
                self.end_thoughts(finisher, html);
                self.content.end();
                self.close(Kind::Content, finisher, html);
                self.leave(html);
                plain::end(self.words, &done, html);
            }
        }
    }

    /// Writes the rest of what the model thinks, if it does; what it thinks later has a fold of its own.
    fn end_thoughts(&mut self, finisher: &Finisher, html: &mut String) {
        if std::mem::take(&mut self.thinks) {
            self.thinking.end();
            self.close(Kind::Thinking, finisher, html);
            self.leave(html);
            self.thinking = Text::default();
        }
    }

    /// Writes what is closed of a text and has not been written.
    fn close(&mut self, kind: Kind, finisher: &Finisher, html: &mut String) {
        let mut more = String::new();
        let mut sheet = finisher.sheet(self.words);
        self.text(kind).write(&mut sheet, &mut more);
        if more.is_empty() {
            return;
        }
        if self.inside != Some(kind) {
            self.leave(html);
            plain::open(self.words, kind == Kind::Thinking, html);
            self.inside = Some(kind);
        }
        html.push_str(&more);
    }

    /// Ends the element of a text. A block that is open in it is closed, and goes on in the next one.
    fn leave(&mut self, html: &mut String) {
        let Some(kind) = self.inside.take() else {
            return;
        };
        self.text(kind).interrupt(html);
        plain::close(kind == Kind::Thinking, html);
    }

    fn text(&mut self, kind: Kind) -> &mut Text {
        match kind {
            Kind::Content => &mut self.content,
            Kind::Thinking => &mut self.thinking,
        }
    }
}

impl Text {
    /// That was all of it.
    fn end(&mut self) {
        self.document.end();
        self.ended = true;
    }

    /// Writes what is closed and has not been written: blocks, and of the next one its items or rows.
    fn write(&mut self, sheet: &mut Sheet<'_>, html: &mut String) {
        let blocks = self.document.blocks_with(sheet).len();
        let (mut closed, mut parts) = self.document.closed();
        if self.ended {
            (closed, parts) = (blocks, 0);
        }
        let blocks = self.document.blocks();
        while self.blocks < closed {
            let block = &blocks[self.blocks];
            let begins = self.parts == 0 || std::mem::take(&mut self.torn);
            write_parts(block, begins, self.parts, block.parts.len(), html);
            html.push_str(&block.after);
            self.blocks += 1;
            self.parts = 0;
        }
        // Code is coloured as a whole.
        if let Some(block) = blocks.get(self.blocks)
            && matches!(block.kind, block::Kind::List | block::Kind::Table)
            && parts > self.parts
        {
            let begins = self.parts == 0 || std::mem::take(&mut self.torn);
            write_parts(block, begins, self.parts, parts, html);
            self.parts = parts;
        }
    }

    /// Closes the block of which only parts have been written: something else comes between them.
    fn interrupt(&mut self, html: &mut String) {
        if self.parts > 0
            && let Some(block) = self.document.blocks().get(self.blocks)
        {
            html.push_str(&block.after);
            self.torn = true;
        }
    }
}

/// Writes parts of a block; `begins`: and what stands before them.
fn write_parts(block: &Block, begins: bool, from: usize, to: usize, html: &mut String) {
    if begins {
        html.push_str(&block.before);
    }
    for part in block.parts.iter().take(to).skip(from) {
        html.push_str(part);
    }
}
