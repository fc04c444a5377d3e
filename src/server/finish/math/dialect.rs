//! What models write and math-core does not know, in words that it knows; all else is passed on as it is.

/// How deep what is rewritten may be nested.
const DEEPEST: usize = 12;

/// How many braces, environments and fences may be open at once.
const MOST_OPEN: usize = 60;

/// The colour by which a box goes through math-core, which has colours and no boxes; the sieve makes a box of it.
pub(super) const BOX: &str = "B0CED1";

/// The formula in math-core's words; `None` when something in it has no end.
pub(super) fn translate(source: &str) -> Option<String> {
    let mut reader = Reader::new(source, 0);
    reader.read()?;
    Some(reader.wrapped())
}

struct Reader<'a> {
    rest: &'a str,
    out: String,
    depth: usize,
    /// How many braces and environments are open.
    open: usize,
    /// How many were open at what holds to the end of its cell.
    held: Vec<usize>,
    /// What stands outside of any: line breaks, columns, a number for the formula.
    lines: bool,
    columns: bool,
    tag: bool,
}

impl<'a> Reader<'a> {
    fn new(source: &'a str, depth: usize) -> Self {
        Self {
            rest: source,
            out: String::with_capacity(source.len() + 64),
            depth,
            open: 0,
            held: Vec::new(),
            lines: false,
            columns: false,
            tag: false,
        }
    }

    /// Lines, columns and numbers of a formula that has no environment for them.
    fn wrapped(self) -> String {
        let environment = match (self.tag, self.columns, self.lines) {
            (false, false, false) => return self.out,
            (true, false, false) => "equation*",
            (true, false, true) => "gather*",
            (true, true, _) => "align*",
            (false, true, _) => "aligned",
            (false, false, true) => "gathered",
        };
        format!("\\begin{{{environment}}}{}\\end{{{environment}}}", self.out)
    }

    fn read(&mut self) -> Option<()> {
        if self.depth > DEEPEST {
            return None;
        }
        while let Some(next) = self.rest.chars().next() {
            if self.open > MOST_OPEN {
                return None;
            }
            if next == '\\' {
                self.command()?;
                continue;
            }
            match next {
                '{' => self.open += 1,
                '}' => self.close(),
                '&' => {
                    self.let_go();
                    self.columns |= self.open == 0;
                }
                _ => {}
            }
            self.out.push(next);
            self.rest = &self.rest[next.len_utf8()..];
        }
        self.out.extend(self.held.drain(..).map(|_| '}'));
        Some(())
    }

    /// One that was open is not any more.
    fn close(&mut self) {
        self.let_go();
        self.open = self.open.saturating_sub(1);
    }

    /// What holds to the end of its cell has come there.
    fn let_go(&mut self) {
        while self.held.last() == Some(&self.open) {
            self.held.pop();
            self.out.push('}');
        }
    }

    fn command(&mut self) -> Option<()> {
        let after = &self.rest[1..];
        let letters = after.find(|c: char| !c.is_ascii_alphabetic());
        let name = &after[..letters.unwrap_or(after.len())];
        if name.is_empty() {
            return self.sign(after);
        }
        self.rest = &after[name.len()..];
        match name {
            "begin" => self.environment(true)?,
            "end" => self.environment(false)?,
            "boxed" => {
                let inside = self.argument()?;
                let inside = self.inner(inside)?;
                self.put(&["{\\color[HTML]{", BOX, "}", &inside, "}"]);
            }
            "fbox" | "framebox" => {
                let text = self.argument()?;
                self.put(&["{\\color[HTML]{", BOX, "}"]);
                self.text(text)?;
                self.out.push('}');
            }
            "text" | "textrm" | "textnormal" | "textup" | "mbox" | "hbox" => {
                let text = self.argument()?;
                self.text(text)?;
            }
            "tag" => {
                // With a star it has no parentheses in TeX; here it has.
                self.rest = self.rest.strip_prefix('*').unwrap_or(self.rest);
                self.tag |= self.open == 0;
                self.out.push_str("\\tag");
            }
            // Nothing refers to a formula from elsewhere.
            "label" | "require" => {
                self.argument()?;
            }
            // The text of a link, and no link.
            "href" => {
                self.argument()?;
                let inside = self.argument()?;
                let inside = self.inner(inside)?;
                self.put(&["{", &inside, "}"]);
            }
            // What only moves.
            "smash" | "mathrlap" | "mathllap" | "mathclap" | "mathstrut"
                if self.rest.trim_start().starts_with('{') =>
            {
                let inside = self.argument()?;
                let inside = self.inner(inside)?;
                self.put(&["{", &inside, "}"]);
            }
            "left" => {
                self.open += 1;
                self.out.push_str("\\left");
            }
            // math-core has these hold beyond the end of a cell, and falls over it.
            "displaystyle" | "textstyle" | "scriptstyle" | "scriptscriptstyle" | "color" | "rm"
            | "bf" | "it" | "sf" | "tt" | "cal" => {
                self.held.push(self.open);
                self.put(&["{\\", name]);
            }
            "right" => {
                self.close();
                self.out.push_str("\\right");
            }
            "hfill" | "hfil" => self.out.push_str("\\quad "),
            "displaylines" => {}
            _ => self.put(&["\\", name]),
        }
        Some(())
    }

    /// A command that is a sign: a line break, which may say how far, or an escaped character.
    fn sign(&mut self, after: &'a str) -> Option<()> {
        let sign = after.chars().next()?;
        if sign == '\\' {
            self.let_go();
        }
        self.out.push('\\');
        self.out.push(sign);
        self.rest = &after[sign.len_utf8()..];
        if sign == '\\' {
            self.lines |= self.open == 0;
            self.rest = self.rest.strip_prefix('*').unwrap_or(self.rest);
            if let Some(inside) = self.rest.trim_start().strip_prefix('[')
                && let Some((length, rest)) = inside.split_once(']')
                && is_length(length)
            {
                self.rest = rest;
            }
        }
        Some(())
    }

    fn environment(&mut self, begins: bool) -> Option<()> {
        let name = self.argument()?.trim();
        // Numbers would begin with 1 in each formula: only what has a tag has one.
        let known = match name {
            "align" | "alignat" | "alignat*" | "flalign" | "flalign*" | "eqnarray"
            | "eqnarray*" => "align*",
            "equation" | "displaymath" | "math" => "equation*",
            "gather" | "multline" | "multline*" => "gather*",
            "split" | "alignedat" | "alignedat*" => "aligned",
            "smallmatrix" | "psmallmatrix" | "matrix*" => "matrix",
            "pmatrix*" => "pmatrix",
            "bmatrix*" | "bsmallmatrix" => "bmatrix",
            "cases*" => "cases",
            other => other,
        };
        if begins {
            self.open += 1;
            match name {
                "alignat" | "alignat*" | "alignedat" | "alignedat*" => {
                    self.argument()?;
                }
                "aligned" | "gathered" | "split" | "array" | "matrix*" | "pmatrix*"
                | "bmatrix*" => {
                    if let Some(place) = self.rest.trim_start().strip_prefix('[')
                        && let Some((place, rest)) = place.split_once(']')
                        && matches!(place, "t" | "b" | "c" | "r" | "l")
                    {
                        self.rest = rest;
                    }
                }
                _ => {}
            }
        } else {
            self.close();
        }
        self.put(&[if begins { "\\begin{" } else { "\\end{" }, known, "}"]);
        Some(())
    }

    /// What stands in the braces that follow.
    fn argument(&mut self) -> Option<&'a str> {
        let inside = self.rest.trim_start().strip_prefix('{')?;
        let (mut open, mut escaped) = (1_usize, false);
        for (at, byte) in inside.bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'{' => open += 1,
                b'}' => open -= 1,
                _ => {}
            }
            if open == 0 {
                self.rest = &inside[at + 1..];
                return Some(&inside[..at]);
            }
        }
        None
    }

    fn inner(&self, source: &str) -> Option<String> {
        let mut inner = Reader::new(source, self.depth + 1);
        inner.read()?;
        Some(inner.wrapped())
    }

    /// Text, which may have formulas in it and signs that mean something in formulas.
    fn text(&mut self, text: &str) -> Option<()> {
        let mut formula = false;
        let mut escaped = false;
        let mut part = String::new();
        for character in text.chars() {
            if character == '$' && !escaped {
                self.part(&part, formula)?;
                part.clear();
                formula = !formula;
                continue;
            }
            if !formula && !escaped && matches!(character, '_' | '&' | '#' | '%') {
                part.push('\\');
            }
            escaped = character == '\\' && !escaped;
            part.push(character);
        }
        // A dollar alone is one.
        if formula {
            self.out.push_str("\\$");
            formula = false;
        }
        self.part(&part, formula)
    }

    fn part(&mut self, part: &str, formula: bool) -> Option<()> {
        if part.is_empty() {
            return Some(());
        }
        if formula {
            let inside = self.inner(part)?;
            self.put(&["{", &inside, "}"]);
        } else {
            self.put(&["\\text{", part, "}"]);
        }
        Some(())
    }

    fn put(&mut self, parts: &[&str]) {
        self.out.extend(parts.iter().copied());
    }
}

/// Whether it looks like `2pt` or `-0.5em`.
fn is_length(text: &str) -> bool {
    let number = text
        .trim()
        .trim_end_matches(|c: char| c.is_ascii_alphabetic());
    !number.is_empty() && number.trim().parse::<f32>().is_ok()
}

#[cfg(test)]
mod tests;
