//! An error in a text that a person wrote: where it is, what is wrong and what to type instead.

use crate::source::{LineIndex, Span};
use crate::syntax::{ErrorKind, SyntaxError};
use std::fmt;

/// One thing wrong with a Dockerfile, its pragmas or a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable name of the kind, in lower case with dashes: those of [`ErrorKind::code`], [`PRAGMA`] and [`POLICY`].
    pub code: &'static str,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// What to type instead, where that is known.
    pub help: Option<String>,
    /// The bytes at fault.
    pub span: Span,
    /// The line of the first byte at fault, from one.
    pub line: usize,
    /// The column of the first byte at fault, in bytes from one.
    pub column: usize,
}

/// The code of errors in pragmas.
pub const PRAGMA: &str = "invalid-pragma";
/// The code of errors in `.msb.toml`.
pub const POLICY: &str = "invalid-policy";

/// The longest part of a source line that is shown, in characters.
const SNIPPET_WIDTH: usize = 120;

impl Diagnostic {
    /// An error at `span` of `source`.
    pub fn new(code: &'static str, source: &[u8], span: Span, message: impl Into<String>) -> Diagnostic {
        let (line, column) = LineIndex::new(source).line_column(span.start);
        Diagnostic { code, message: message.into(), help: None, span, line, column }
    }

    /// The same with a hint.
    #[must_use]
    pub fn help(self, help: impl Into<Option<String>>) -> Diagnostic {
        Diagnostic { help: help.into(), ..self }
    }

    /// The error for people: message, place, the line with carets below the fault, help. Ends with a line end.
    ///
    /// `file` is the name to show; `source` is what was read.
    pub fn render(&self, file: &str, source: &[u8]) -> String {
        let start = (self.span.start as usize).min(source.len());
        let line_start = source[..start].iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
        let line_end = source[start..].iter().position(|&b| b == b'\n').map_or(source.len(), |i| start + i);
        let marked_end = (self.span.end as usize).clamp(start, line_end);

        let before = shown(&source[line_start..start]);
        let skipped = before.chars().count().saturating_sub(SNIPPET_WIDTH / 2);
        let lead: String = before.chars().skip(skipped).collect();
        let marked = shown(&source[start..marked_end]);
        let rest = shown(&source[marked_end..line_end]);
        let line: String = format!("{lead}{marked}{rest}").trim_end().chars().take(SNIPPET_WIDTH).collect();
        let pad: String = lead.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let carets = "^".repeat(marked.trim_end().chars().count().clamp(1, SNIPPET_WIDTH - lead.chars().count()));

        let gutter = " ".repeat(self.line.to_string().len());
        let mut text = format!("error: {}\n{gutter}--> {file}:{}:{}\n", self.message, self.line, self.column);
        if !source.is_empty() && self.code != ErrorKind::NotText.code() {
            text += &format!("{gutter} |\n{} | {line}\n{gutter} | {pad}{carets}\n", self.line);
        }
        if let Some(help) = &self.help {
            text += &format!("{gutter} = help: {help}\n");
        }
        text
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for Diagnostic {}

impl From<SyntaxError> for Diagnostic {
    fn from(error: SyntaxError) -> Diagnostic {
        let SyntaxError { kind, message, help, span, line, column } = error;
        Diagnostic { code: kind.code(), message, help, span, line, column }
    }
}

/// Text without control characters, which would disturb a terminal.
fn shown(bytes: &[u8]) -> String {
    let visible = |c: char| match c {
        '\t' => c,
        '\r' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    String::from_utf8_lossy(bytes).chars().map(visible).collect()
}

/// The candidate that a mistyped word probably means.
pub(crate) fn suggestion<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer words are no slips of the keyboard, and the distance takes time.
    if word.len() > 40 {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let near = candidates.into_iter().map(|c| (distance(&word, &c.to_ascii_lowercase()), c));
    let (distance, candidate) = near.min_by_key(|&(distance, _)| distance)?;
    (distance <= 2 && distance < word.chars().count()).then_some(candidate)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, &y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_shown_with_carets_and_help() {
        let source = b"FROM a\n\t# msb: kep\nRUN x\n";
        let error = Diagnostic::new(PRAGMA, source, Span::new(15, 18), "`kep` is no pragma")
            .help("did you mean `keep`?".to_owned());
        assert_eq!((error.line, error.column), (2, 9));
        let expected = "error: `kep` is no pragma\n --> Dockerfile:2:9\n  |\n2 | \t# msb: kep\n  | \t       ^^^\n  = help: did you mean `keep`?\n";
        assert_eq!(error.render("Dockerfile", source), expected);
        assert_eq!(error.to_string(), "line 2: `kep` is no pragma");
    }

    #[test]
    fn syntax_errors_look_the_same() {
        for source in
            ["FROM a\nRUM x\n", "FROM a\n\tCOPY --form=b c d\n", "FROM a AS B!\n", "RUN x\n", "FROM a\n\u{0}\n"]
        {
            let errors = crate::syntax::parse(source.as_bytes()).expect_err(source);
            for error in errors {
                let expected = error.render("Dockerfile", source.as_bytes());
                assert_eq!(Diagnostic::from(error).render("Dockerfile", source.as_bytes()), expected);
            }
        }
    }

    #[test]
    fn any_span_renders() {
        let long = "x".repeat(500);
        for source in ["", "a", "é\n", "\u{1b}[31m\r\n", long.as_str()] {
            for start in 0..source.len() + 2 {
                let span = Span::new(start, start + 3);
                let text = Diagnostic { code: PRAGMA, message: "m".into(), help: None, span, line: 1, column: 1 }
                    .render("f", source.as_bytes());
                assert!(text.lines().all(|l| l.chars().count() <= SNIPPET_WIDTH + 10), "{text}");
                assert!(!text.contains('\u{1b}'));
            }
        }
    }

    #[test]
    fn slips_are_recognised() {
        let words = ["keep", "build", "runtime"];
        assert_eq!(suggestion("kep", words), Some("keep"));
        assert_eq!(suggestion("Runtime", words), Some("runtime"));
        assert_eq!(suggestion("remove", words), None);
        assert_eq!(suggestion("", words), None);
    }
}
