//! What is wrong with a Dockerfile, said so that its author knows what to type instead.

use crate::snippet::Fault;
use crate::source::{LineIndex, Span};
use std::fmt;

/// The kinds of errors. [`ErrorKind::code`] gives each a stable name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorKind {
    /// The file is larger than [`super::MAX_FILE_SIZE`].
    FileTooLarge,
    /// The file is binary or UTF-16.
    NotText,
    /// A line has more than [`super::MAX_LINE_LENGTH`] bytes.
    LineTooLong,
    /// A parser directive is given twice.
    DuplicateDirective,
    /// The escape directive names another character than `\` or `` ` ``.
    InvalidEscape,
    /// There is nothing but comments and blank lines.
    NoInstructions,
    /// A here-document has no line with its delimiter.
    UnterminatedHeredoc,
    /// The delimiter of a here-document cannot be read.
    InvalidHeredoc,
    /// COPY or ADD names a here-document that the line does not open.
    HeredocWithoutBody,
    /// COPY or ADD names a here-document as its destination.
    HeredocAsDestination,
    /// An exec form holds something that is no string.
    NotStrings,
    /// SHELL is not in exec form.
    NotExecForm,
    /// ENV or LABEL in the old form has a name but no value.
    MissingValue,
    /// A word of ENV or LABEL has no `=`.
    MissingEquals,
    /// A name before `=` is empty.
    BlankName,
    /// No instruction has this name.
    UnknownInstruction,
    /// An instruction other than ARG comes before the first FROM.
    BeforeFrom,
    /// Too few or too many arguments.
    ArgumentCount,
    /// A stage name has characters that are not allowed.
    InvalidStageName,
    /// The instruction does not have this flag.
    UnknownFlag,
    /// A flag needs a value, or has a wrong one.
    InvalidFlagValue,
    /// A flag is given twice.
    DuplicateFlag,
    /// HEALTHCHECK with something else than NONE or CMD.
    InvalidHealthcheck,
    /// ONBUILD with a trigger that is not allowed.
    InvalidTrigger,
    /// VOLUME with an empty path.
    EmptyVolume,
    /// The image of FROM is empty or cut off, because an argument in it is not declared.
    BlankImage,
    /// `--from` or `from=` names a stage by a number that no stage has.
    NoSuchStage,
    /// Stages need each other, or one needs itself.
    CircularStages,
}

impl ErrorKind {
    /// The stable name of the kind, in lower case with dashes.
    pub fn code(self) -> &'static str {
        match self {
            ErrorKind::FileTooLarge => "file-too-large",
            ErrorKind::NotText => "not-text",
            ErrorKind::LineTooLong => "line-too-long",
            ErrorKind::DuplicateDirective => "duplicate-directive",
            ErrorKind::InvalidEscape => "invalid-escape",
            ErrorKind::NoInstructions => "no-instructions",
            ErrorKind::UnterminatedHeredoc => "unterminated-heredoc",
            ErrorKind::InvalidHeredoc => "invalid-heredoc",
            ErrorKind::HeredocWithoutBody => "heredoc-without-body",
            ErrorKind::HeredocAsDestination => "heredoc-as-destination",
            ErrorKind::NotStrings => "not-strings",
            ErrorKind::NotExecForm => "not-exec-form",
            ErrorKind::MissingValue => "missing-value",
            ErrorKind::MissingEquals => "missing-equals",
            ErrorKind::BlankName => "blank-name",
            ErrorKind::UnknownInstruction => "unknown-instruction",
            ErrorKind::BeforeFrom => "before-from",
            ErrorKind::ArgumentCount => "argument-count",
            ErrorKind::InvalidStageName => "invalid-stage-name",
            ErrorKind::UnknownFlag => "unknown-flag",
            ErrorKind::InvalidFlagValue => "invalid-flag-value",
            ErrorKind::DuplicateFlag => "duplicate-flag",
            ErrorKind::InvalidHealthcheck => "invalid-healthcheck",
            ErrorKind::InvalidTrigger => "invalid-trigger",
            ErrorKind::EmptyVolume => "empty-volume",
            ErrorKind::BlankImage => "blank-image",
            ErrorKind::NoSuchStage => "no-such-stage",
            ErrorKind::CircularStages => "circular-stages",
        }
    }
}

/// One thing wrong with a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What kind of thing.
    pub kind: ErrorKind,
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

impl SyntaxError {
    /// An error at a span; [`SyntaxError::locate`] fills in line and column.
    pub(super) fn new(kind: ErrorKind, span: Span, message: impl Into<String>) -> Self {
        SyntaxError { kind, message: message.into(), help: None, span, line: 1, column: 1 }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        SyntaxError { help: Some(help.into()), ..self }
    }

    pub(super) fn locate(&mut self, index: &LineIndex) {
        (self.line, self.column) = index.line_column(self.span.start);
    }

    /// The error for people: message, place, the line with carets below the fault, help. Ends with a line end.
    ///
    /// `file` is the name to show; `source` is what was parsed.
    pub fn render(&self, file: &str, source: &[u8]) -> String {
        let SyntaxError { message, help, span, line, column, .. } = self;
        let fault = Fault { file, message, help: help.as_deref(), span: *span, line: *line, column: *column };
        fault.render((self.kind != ErrorKind::NotText).then_some(source))
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for SyntaxError {}

#[cfg(test)]
mod tests {
    use crate::syntax::parse;

    /// The rendered errors of a source.
    fn rendered(source: &str) -> String {
        let errors = parse(source.as_bytes()).unwrap_err();
        errors.iter().map(|error| error.render("Dockerfile", source.as_bytes())).collect()
    }

    #[test]
    fn errors_show_the_place_and_what_to_type() {
        let cases = [
            (
                "FROM a\nFORM b\n",
                "error: unknown instruction `FORM`\n --> Dockerfile:2:1\n  |\n2 | FORM b\n  | ^^^^\n  = help: did you mean `FROM`?\n",
            ),
            (
                "FROM a\nCOPY\t--form=x a b\r\n",
                "error: unknown flag `--form`\n --> Dockerfile:2:6\n  |\n2 | COPY\t--form=x a b\n  |     \t^^^^^^^^\n  = help: did you mean `--from`?\n",
            ),
            (
                "FROM a\nRUN <<EOF\nx\n",
                "error: the here-document `EOF` never ends\n --> Dockerfile:2:5\n  |\n2 | RUN <<EOF\n  |     ^^\n  = help: end it with a line that is exactly `EOF`\n",
            ),
            (
                "FROM a\nSHELL /bin/sh \\\n  -c\n",
                "error: SHELL needs a JSON array of strings\n --> Dockerfile:2:7\n  |\n2 | SHELL /bin/sh \\\n  |       ^^^^^^^^^\n  = help: write SHELL [\"/bin/sh\", \"-c\"]\n",
            ),
            (
                "",
                "error: the file has no instructions\n --> Dockerfile:1:1\n  = help: a Dockerfile starts with FROM and an image\n",
            ),
            (
                "\u{0}ELF",
                "error: the file is binary\n --> Dockerfile:1:1\n  = help: save the Dockerfile as UTF-8 text\n",
            ),
        ];
        for (source, expected) in cases {
            assert_eq!(rendered(source), expected, "{source:?}");
        }
    }

    #[test]
    fn all_errors_are_found_at_once() {
        let source = "RUN early\nFROM a AS 1\nENV A\nCMD [1]\nAPT x\nEXPOSE\n";
        let errors = parse(source.as_bytes()).unwrap_err();
        let found: Vec<_> = errors.iter().map(|error| (error.kind.code(), error.line)).collect();
        let expected = [
            ("before-from", 1),
            ("invalid-stage-name", 2),
            ("missing-value", 3),
            ("not-strings", 4),
            ("unknown-instruction", 5),
            ("argument-count", 6),
        ];
        assert_eq!(found, expected);
        assert_eq!(parse("x y\n".repeat(1000).as_bytes()).unwrap_err().len(), crate::syntax::MAX_ERRORS);
    }

    #[test]
    fn files_that_are_no_dockerfiles() {
        let cases: [(&[u8], &str); 4] = [
            (&[b'#'; 5 << 20], "file-too-large"),
            (b"\xFF\xFEF\0R\0O\0M\0", "not-text"),
            (b"\x7FELF\x02\x01\0\0", "not-text"),
            (b"\x1f\x8b\x08\x00garbage\n", "not-text"),
        ];
        for (source, code) in cases {
            let errors = parse(source).unwrap_err();
            assert_eq!((errors[0].kind.code(), errors.len()), (code, 1));
        }
    }

    #[test]
    fn long_lines_are_cut_around_the_fault() {
        let source = format!("FROM a\nENV {} b=1 c\n", "a=1 ".repeat(200));
        let text = rendered(&source);
        assert!(text.lines().all(|line| line.len() < 140), "{text}");
        assert!(text.contains("b=1 c\n"), "{text}");
    }
}
