//! An error in a text that a person wrote: where it is, what is wrong and what to type instead.

use crate::snippet::{Fault, suggestion};
use crate::source::{LineIndex, Span};
use crate::syntax::{ErrorKind, SyntaxError};
use std::fmt;

/// One thing wrong with a Dockerfile, its pragmas, a policy or a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable name of the kind, in lower case with dashes: those of [`ErrorKind::code`], [`PRAGMA`],
    /// [`TOO_LARGE`], [`POLICY`] and [`PLAN`].
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
/// The code of a file whose variables grow beyond all measure.
pub const TOO_LARGE: &str = "expansion-too-large";
/// The code of errors in `.msb.toml`.
pub const POLICY: &str = "invalid-policy";
/// The code of errors in the plan of a campaign.
pub const PLAN: &str = "invalid-plan";

impl Diagnostic {
    /// An error at `span` of `source`.
    pub fn new(code: &'static str, source: &[u8], span: Span, message: impl Into<String>) -> Diagnostic {
        let (line, column) = LineIndex::new(source).line_column(span.start);
        Diagnostic { code, message: message.into(), help: None, span, line, column }
    }

    /// An error of the TOML reader, or of the form that `text` should have.
    pub(crate) fn of_toml(code: &'static str, text: &str, error: &toml::de::Error) -> Diagnostic {
        let span = error.span().map_or(Span::new(0, 0), |span| Span::new(span.start, span.end));
        let message = error.message().lines().next().unwrap_or_default().trim_end_matches('.').to_owned();
        // Serde's words for an unknown name: the name, then those that are known, all in backticks.
        let mut quoted = message.split('`').skip(1).step_by(2);
        let help = quoted.next().filter(|_| message.starts_with("unknown")).map(|wrong| {
            let known: Vec<&str> = quoted.collect();
            match suggestion(wrong, known.iter().copied()) {
                Some(known) => format!("did you mean `{known}`?"),
                None => {
                    let known: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
                    format!("known here are {}", known.join(", "))
                }
            }
        });
        let message = message.split(", expected one of").next().unwrap_or_default().to_owned();
        Diagnostic::new(code, text.as_bytes(), span, message).help(help)
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
        let Diagnostic { message, help, span, line, column, .. } = self;
        let fault = Fault { file, message, help: help.as_deref(), span: *span, line: *line, column: *column };
        fault.render((self.code != ErrorKind::NotText.code()).then_some(source))
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
}
