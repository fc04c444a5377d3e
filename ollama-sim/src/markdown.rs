//! Long answers in Markdown: headings, paragraphs, lists, tables, quotes and
//! fenced code in turn, as models write them, endless and the same for a seed.
//!
//! Its lists, tables and code never use what a line of text uses for
//! something else, so that a test can tell what of it a page has to show by
//! simple means. Not here: the words (`words`).

use std::fmt::Write;

use crate::words::Lorem;

/// How much of a word is one token.
const LONGEST: usize = 8;

/// The blocks that follow each other. A model explains more than it lists.
const ORDER: [Block; 14] = [
    Block::Heading,
    Block::Paragraph,
    Block::Paragraph,
    Block::Code,
    Block::Paragraph,
    Block::List,
    Block::Paragraph,
    Block::Subheading,
    Block::Paragraph,
    Block::Table,
    Block::Paragraph,
    Block::Numbers,
    Block::Code,
    Block::Quote,
];

#[derive(Clone, Copy, Debug)]
enum Block {
    Heading,
    Subheading,
    Paragraph,
    List,
    Numbers,
    Table,
    Quote,
    Code,
}

/// A language, the lines around a function, and a line in it; `NAME` and
/// `NUMBER` are another word and another number each time.
#[rustfmt::skip]
const CODE: [(&str, &str, &str, &str); 4] = [
    ("rust", "fn NAME(stream: &mut Vec<u64>) -> Option<u64> {\n    let mut sum = NUMBER;\n",
     "    if sum < NUMBER && !stream.is_empty() { sum += stream.pop()?; } // NAME & \"NAME\"\n", "    Some(sum)\n}\n"),
    ("python", "def NAME(stream: list[int]) -> int:\n    \"\"\"NAME of the NAME.\"\"\"\n    total = NUMBER\n",
     "    total += sum(item for item in stream if item > NUMBER)  # NAME\n", "    return total\n"),
    ("javascript", "export async function NAME(stream) {\n  let total = NUMBER;\n",
     "  for (const item of stream) total += item < NUMBER ? item : `${item} NAME`.length;\n", "  return total;\n}\n"),
    ("sql", "SELECT NAME, count(*) AS total\n  FROM NAME\n WHERE id > NUMBER\n",
     "    OR (NAME <> 'NAME' AND id < NUMBER)\n", " GROUP BY NAME;\n"),
];

/// The text, token by token.
#[derive(Clone, Debug)]
pub(crate) struct Markdown {
    lorem: Lorem,
    /// Blocks written so far.
    blocks: usize,
    /// What is being said, and how much of it has been.
    text: String,
    at: usize,
}

impl Markdown {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            lorem: Lorem::new(seed),
            blocks: 0,
            text: String::new(),
            at: 0,
        }
    }

    /// The next token: a space and a word, a run of white space, or a run of
    /// one sign; long words are several.
    pub(crate) fn token(&mut self) -> String {
        if self.at == self.text.len() {
            self.text.clear();
            self.at = 0;
            let block = ORDER[self.blocks % ORDER.len()];
            self.blocks += 1;
            // Writing to a string cannot fail.
            let _ = self.write(block);
            self.text.push('\n');
        }
        let rest = &self.text[self.at..];
        let token = &rest[..length(rest)];
        self.at += token.len();
        token.to_owned()
    }

    fn write(&mut self, block: Block) -> std::fmt::Result {
        match block {
            Block::Heading | Block::Subheading => {
                let title = self.words(4);
                let level = if matches!(block, Block::Heading) {
                    "##"
                } else {
                    "###"
                };
                writeln!(self.text, "{level} {title}")
            }
            Block::Paragraph => {
                let sentences = 3 + self.lorem.below(4);
                for number in 0..sentences {
                    let sentence = self.sentence();
                    let space = if number == 0 { "" } else { " " };
                    write!(self.text, "{space}{sentence}")?;
                }
                self.text.push('\n');
                Ok(())
            }
            Block::List => {
                for _ in 0..3 + self.lorem.below(4) {
                    let (name, sentence) = (self.words(2), self.sentence());
                    writeln!(self.text, "- **{name}**: {sentence}")?;
                    for _ in 0..self.lorem.below(3) {
                        let sentence = self.sentence();
                        writeln!(self.text, "  - {sentence}")?;
                    }
                }
                Ok(())
            }
            Block::Numbers => {
                for number in 1..5 + self.lorem.below(3) {
                    let sentence = self.sentence();
                    writeln!(self.text, "{number}. {sentence}")?;
                }
                Ok(())
            }
            Block::Table => {
                let titles = [self.words(1), self.words(1), self.words(2)];
                let [a, b, c] = titles;
                writeln!(self.text, "| {a} | {b} | {c} |\n|:---|---:|---|")?;
                for _ in 0..4 + self.lorem.below(8) {
                    let (name, number) = (self.words(1), self.lorem.below(100_000));
                    let (small, much) = (self.words(1), self.words(4));
                    writeln!(self.text, "| {name} | {number} | `{small}` {much} |")?;
                }
                Ok(())
            }
            Block::Quote => {
                for _ in 0..2 {
                    let sentence = self.sentence();
                    writeln!(self.text, "> {sentence}")?;
                }
                Ok(())
            }
            Block::Code => {
                let (language, before, line, after) = CODE[self.lorem.pick(CODE.len())];
                writeln!(self.text, "```{language}")?;
                self.code(before);
                for _ in 0..4 + self.lorem.below(14) {
                    self.code(line);
                }
                self.code(after);
                writeln!(self.text, "```")
            }
        }
    }

    fn code(&mut self, template: &str) {
        let mut rest = template;
        while let Some(at) = rest.find('N') {
            self.text.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix("NAME") {
                let name = self.words(1).to_lowercase();
                self.text.push_str(&name);
                rest = after;
            } else if let Some(after) = rest.strip_prefix("NUMBER") {
                let number = self.lorem.below(1000).to_string();
                self.text.push_str(&number);
                rest = after;
            } else {
                self.text.push('N');
                rest = &rest[1..];
            }
        }
        self.text.push_str(rest);
    }

    /// Some words, the first one great.
    fn words(&mut self, count: usize) -> String {
        let mut text = self.lorem.great().to_owned();
        for _ in 1..count {
            text.push_str(self.lorem.small());
        }
        text
    }

    /// A sentence, with what models like to put into one.
    fn sentence(&mut self) -> String {
        let count = usize::try_from(self.lorem.below(10)).unwrap_or(0);
        let begin = self.words(4 + count);
        let (middle, end) = (self.words(2).to_lowercase(), self.words(3).to_lowercase());
        match self.lorem.below(9) {
            0 | 1 => format!("{begin} **{middle}** {end}."),
            2 => format!("{begin} *{middle}*, {end}."),
            3 | 4 => {
                let name = middle.replace(' ', "_");
                format!("{begin} `{name}()` {end}.")
            }
            5 => {
                let name = middle.replace(' ', "-");
                format!("{begin} [{middle}](https://example.com/{name}), {end}.")
            }
            _ => format!("{begin} {middle} {end}."),
        }
    }
}

/// How long the first token of a text is.
fn length(text: &str) -> usize {
    let word = text.strip_prefix(' ').unwrap_or(text);
    let letters = word
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(word.len())
        .min(LONGEST);
    if letters > 0 {
        return text.len() - word.len() + letters;
    }
    let first = text.chars().next().unwrap_or(' ');
    text.find(|c| c != first).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(seed: u64, count: usize) -> Vec<String> {
        let mut markdown = Markdown::new(seed);
        (0..count).map(|_| markdown.token()).collect()
    }

    #[test]
    fn there_is_everything_in_it() {
        let text = tokens(1, 3000).concat();
        for part in [
            "## ",
            "\n### ",
            "\n```\n\n",
            "\n- **",
            "\n  - ",
            "\n2. ",
            "\n|:---|---:|---|\n",
            "\n> ",
            "](https://",
            " `",
            " **",
            " *",
        ] {
            assert!(text.contains(part), "{part:?} is missing in:\n{text}");
        }
        for gone in ["NAME", "NUMBER", "\n\n\n", "  \n"] {
            assert!(!text.contains(gone), "{gone:?} is in:\n{text}");
        }
    }

    #[test]
    fn tokens_are_like_a_tokenizers() {
        let tokens = tokens(2, 3000);
        let bytes: usize = tokens.iter().map(String::len).sum();
        assert!((3..6).contains(&(bytes / tokens.len())), "{bytes}");
        let has = |token: &str| tokens.iter().any(|it| it == token);
        assert!(
            has("```") && has("\n\n") && has("**") && has(" The"),
            "{tokens:?}"
        );
    }

    #[test]
    fn a_token_is_a_word_or_signs_of_a_kind() {
        let mut rest = " hello **world**\n\n    if unbelievably";
        let mut cut = Vec::new();
        while !rest.is_empty() {
            let (token, after) = rest.split_at(length(rest));
            cut.push(token);
            rest = after;
        }
        assert_eq!(
            cut,
            [
                " hello",
                " ",
                "**",
                "world",
                "**",
                "\n\n",
                "    ",
                "if",
                " unbeliev",
                "ably"
            ]
        );
    }
}
