//! The plain subset, read in one pass: simple commands of plain words joined by `&&`, `||`, `;`, line ends and `|`.
//!
//! Whatever might mean more than it seems (a parenthesis, a backquote, a reserved word, a heredoc, a lone `&`) gives
//! none, and the full reader takes the text. What this reader does take, it must read as the full one does.

use super::words::push_literal;
use super::{Assignment, ListItem, Node, NodeKind, Part, Redirect, Script, Separator, Simple, Word};

/// Words that mean something else than a command's name when they come first.
const RESERVED: &[&str] = &[
    "!",
    "[[",
    "]]",
    "if",
    "then",
    "else",
    "elif",
    "fi",
    "do",
    "done",
    "case",
    "esac",
    "while",
    "until",
    "for",
    "select",
    "function",
    "time",
    "coproc",
    "in",
    "repeat",
    "foreach",
    "end",
    "always",
    "nocorrect",
    "noglob",
];

/// Reads `text`, or gives none when it holds more than the plain subset.
pub(super) fn parse(text: &str) -> Option<Script> {
    let mut reader = Reader { text, at: 0 };
    let mut items: Vec<ListItem> = Vec::new();
    reader.skip_lines();
    while reader.at < text.len() {
        let node = reader.pipeline()?;
        reader.skip_blanks();
        let after = reader.separator()?;
        items.push(ListItem { node, after });
        reader.skip_lines();
    }
    match items.last_mut() {
        Some(last) if last.after == Separator::Semicolon => last.after = Separator::End,
        Some(last) if last.after != Separator::End => return None,
        _ => {}
    }
    Some(Script { items, clean: true })
}

/// Reads the bytes in `range` as one plain word, or gives none.
pub(super) fn word(text: &str, range: std::ops::Range<usize>) -> Option<Word> {
    let mut reader = Reader { text: text.get(..range.end)?, at: range.start };
    let word = reader.word()?;
    (word.range == range).then_some(word)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Skips blanks and joined lines between words.
    fn skip_blanks(&mut self) {
        while self.take(" ") || self.take("\t") || self.take("\\\n") {}
    }

    /// Skips blanks, line ends and comments before a command.
    fn skip_lines(&mut self) {
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b'\n') => self.at += 1,
                Some(b'#') => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                _ => return,
            }
        }
    }

    fn separator(&mut self) -> Option<Separator> {
        match self.peek() {
            None => Some(Separator::End),
            Some(b'&') => self.take("&&").then_some(Separator::And),
            Some(b'|') => self.take("||").then_some(Separator::Or),
            Some(b'\n') | Some(b'#') => Some(Separator::Semicolon),
            Some(b';') => {
                self.at += 1;
                (!matches!(self.peek(), Some(b';' | b'&' | b'|'))).then_some(Separator::Semicolon)
            }
            Some(_) => None,
        }
    }

    fn pipeline(&mut self) -> Option<Node> {
        let first = self.simple()?;
        if !self.at_pipe() {
            return Some(first);
        }
        let mut nodes = vec![first];
        while self.at_pipe() {
            self.at += 1;
            self.skip_lines();
            nodes.push(self.simple()?);
        }
        let range = nodes.first()?.range.start..nodes.last()?.range.end;
        Some(Node { range, kind: NodeKind::Pipeline(nodes) })
    }

    fn at_pipe(&self) -> bool {
        self.peek() == Some(b'|') && !self.rest().starts_with("||")
    }

    fn simple(&mut self) -> Option<Node> {
        let start = self.at;
        let mut end = start;
        let mut simple = Simple::default();
        loop {
            self.skip_blanks();
            match self.peek() {
                None | Some(b'\n' | b';' | b'&' | b'|' | b'#') => break,
                Some(b'<' | b'>') => simple.redirects.push(self.redirect(None)?),
                Some(digit @ b'0'..=b'9') if self.rest()[1..].starts_with(['<', '>']) => {
                    self.at += 1;
                    simple.redirects.push(self.redirect(Some(u32::from(digit - b'0')))?);
                }
                Some(_) if simple.words.is_empty() => match self.assignment()? {
                    Some(assignment) => simple.assignments.push(assignment),
                    None => {
                        let word = self.word()?;
                        if RESERVED.contains(&&self.text[word.range.clone()]) {
                            return None;
                        }
                        simple.words.push(word);
                    }
                },
                Some(_) => simple.words.push(self.word()?),
            }
            end = self.at;
        }
        (end > start).then_some(Node { range: start..end, kind: NodeKind::Simple(simple) })
    }

    /// `NAME=value` when that is what comes; none inside when it is not, none outside when it is more than plain.
    fn assignment(&mut self) -> Option<Option<Assignment>> {
        let length = name_length(self.rest());
        if length == 0 {
            return Some(None);
        }
        let (name, after) = self.rest().split_at(length);
        if after.starts_with('[') || after.starts_with("+=") {
            return None;
        }
        if !after.starts_with('=') {
            return Some(None);
        }
        self.at += length + 1;
        let value = match self.peek() {
            None | Some(b' ' | b'\t' | b'\n' | b';' | b'&' | b'|') => {
                Word { range: self.at..self.at, parts: Vec::new() }
            }
            Some(_) => self.word()?,
        };
        Some(Some(Assignment { name: name.to_owned(), value }))
    }

    fn redirect(&mut self, fd: Option<u32>) -> Option<Redirect> {
        let operators = [">>", ">|", ">&", ">", "<"];
        let operator = operators.into_iter().find(|operator| self.take(operator))?;
        if matches!(self.peek(), Some(b'<' | b'>' | b'&' | b'|')) {
            return None;
        }
        let start = self.at;
        if operator != ">&" {
            self.skip_blanks();
        }
        if self.peek() == Some(b'#') {
            return None;
        }
        let target = self.word()?;
        // `>&file` is another thing than `>&2`.
        let duplicates = self.text[start..self.at].bytes().all(|byte| byte.is_ascii_digit());
        if operator == ">&" && !(duplicates && self.at == start + 1) {
            return None;
        }
        Some(Redirect { operator: operator.to_owned(), fd, target, body: None })
    }

    /// One word with at least one byte.
    fn word(&mut self) -> Option<Word> {
        let start = self.at;
        let mut parts = Vec::new();
        // The full parser reads a word that starts with `]` in its own way.
        if self.peek() == Some(b']') && !matches!(self.rest().as_bytes().get(1), None | Some(b' ' | b';' | b'\n')) {
            return None;
        }
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' => break,
                // A number or a name in braces before a redirection is a file descriptor.
                b'<' | b'>' if self.text[start..self.at].ends_with(|c: char| c == '}' || c.is_ascii_digit()) => {
                    return None;
                }
                b'<' | b'>' => break,
                b'(' | b')' | b'`' | 0..0x20 | 0x7f => return None,
                b'{' if self.rest().starts_with("{}") => {
                    push_literal(&mut parts, "{}", false);
                    self.at += 2;
                }
                b'{' | b'}' => return None,
                b'\\' => {
                    let escaped = self.rest().chars().nth(1).filter(|c| !c.is_control())?;
                    push_literal(&mut parts, escaped.encode_utf8(&mut [0; 4]), true);
                    self.at += 1 + escaped.len_utf8();
                }
                b'\'' => {
                    let inner = &self.rest()[1..];
                    let length = inner.find('\'')?;
                    push_literal(&mut parts, &inner[..length], true);
                    self.at += length + 2;
                }
                b'"' => self.double_quoted(&mut parts)?,
                b'$' => self.variable(&mut parts, false)?,
                _ => self.literal_run(&mut parts)?,
            }
        }
        (self.at > start).then_some(Word { range: start..self.at, parts })
    }

    fn literal_run(&mut self, parts: &mut Vec<Part>) -> Option<()> {
        let special = |byte: u8| byte <= b' ' || byte == 0x7f || b"'\"$\\`();&|<>{}".contains(&byte);
        let rest = self.rest();
        let length = rest.bytes().position(special).unwrap_or(rest.len());
        let run = rest.get(..length)?;
        if !run.is_ascii() && run.contains(|c: char| !c.is_ascii() && (c.is_whitespace() || c.is_control())) {
            return None;
        }
        push_literal(parts, run, false);
        self.at += length;
        Some(())
    }

    fn double_quoted(&mut self, parts: &mut Vec<Part>) -> Option<()> {
        self.at += 1;
        if self.take("\"") {
            push_literal(parts, "", true);
            return Some(());
        }
        loop {
            let rest = self.rest();
            let length = rest.find(['"', '\\', '$', '`'])?;
            if length > 0 {
                push_literal(parts, &rest[..length], true);
                self.at += length;
            }
            match rest.as_bytes()[length] {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'$' => self.variable(parts, true)?,
                b'\\' => {
                    let escaped = rest[length + 1..].chars().next()?;
                    match escaped {
                        '$' | '`' | '"' | '\\' => push_literal(parts, escaped.encode_utf8(&mut [0; 4]), true),
                        '\n' => return None,
                        _ => push_literal(parts, rest.get(length..length + 1 + escaped.len_utf8())?, true),
                    }
                    self.at += 1 + escaped.len_utf8();
                }
                _ => return None,
            }
        }
    }

    /// What a `$` begins.
    fn variable(&mut self, parts: &mut Vec<Part>, quoted: bool) -> Option<()> {
        self.at += 1;
        let rest = self.rest();
        let length = match rest.bytes().next() {
            Some(b'{') => return self.braced_variable(parts, quoted),
            Some(b'(' | b'[' | b'`' | b'$') => return None,
            Some(b'\'' | b'"') if !quoted => return None,
            Some(b'@' | b'*' | b'#' | b'?' | b'!' | b'-' | b'0'..=b'9') => 1,
            _ => name_length(rest),
        };
        if length == 0 {
            push_literal(parts, "$", quoted);
            return Some(());
        }
        self.at += length;
        parts.push(Part::Variable { name: rest[..length].to_owned(), default: None, quoted });
        Some(())
    }

    fn braced_variable(&mut self, parts: &mut Vec<Part>, quoted: bool) -> Option<()> {
        self.at += 1;
        let rest = self.rest();
        let length = match name_length(rest) {
            0 => rest.bytes().take_while(u8::is_ascii_digit).count(),
            length => length,
        };
        if length == 0 {
            return None;
        }
        self.at += length;
        let default = if self.take(":-") || self.take("-") { Some(self.default_parts(quoted)?) } else { None };
        let name = rest[..length].to_owned();
        self.take("}").then(|| parts.push(Part::Variable { name, default, quoted }))
    }

    /// The word after `:-`, of letters, digits and harmless punctuation.
    fn default_parts(&mut self, quoted: bool) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        loop {
            match self.peek()? {
                b'}' => return Some(parts),
                b'$' if matches!(self.rest().as_bytes().get(1), Some(b'_' | b'a'..=b'z' | b'A'..=b'Z')) => {
                    self.variable(&mut parts, quoted)?;
                }
                _ => {
                    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:@%+,=-".contains(c);
                    let length = self.rest().find(|c| !plain(c))?;
                    let run = self.rest().get(..length).filter(|run| !run.is_empty())?;
                    push_literal(&mut parts, run, quoted);
                    self.at += length;
                }
            }
        }
    }
}

/// The length of the variable name that `text` starts with; 0 when there is none.
fn name_length(text: &str) -> usize {
    match text.bytes().next() {
        Some(b'_' | b'a'..=b'z' | b'A'..=b'Z') => {
            text.bytes().take_while(|byte| *byte == b'_' || byte.is_ascii_alphanumeric()).count()
        }
        _ => 0,
    }
}
