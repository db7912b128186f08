//! Dockerfile text to a lossless [`Dockerfile`].
//!
//! Invariant: the items tile the file; concatenating the source of every item gives back the file byte for byte.
//! The rules are those of BuildKit's parser and of its typed instruction layer.

mod directive;
mod dump;
mod edit;
mod error;
mod expand;
mod heredoc;
mod json;
mod lines;
mod logical;
mod mount;
mod node;
mod parser;
mod pattern;
mod stages;
mod typed;
mod words;

pub use dump::dump;
pub use edit::{Edit, EditError, apply_edits};
pub use error::{ErrorKind, SyntaxError};
pub use expand::{ExpandError, MAX_EXPANSION, MAX_NESTING, expand, expand_heredoc, expand_words, variables};
pub use mount::{MountField, mount_fields};
pub use stages::check_stages;

use crate::source::Span;
use std::borrow::Cow;

/// The largest file that is parsed, in bytes. Real Dockerfiles have a few kilobytes.
pub const MAX_FILE_SIZE: usize = 4 << 20;

/// The longest physical line that BuildKit reads, in bytes without the line end.
pub const MAX_LINE_LENGTH: usize = 65_535;

/// How many errors are collected before parsing stops.
pub const MAX_ERRORS: usize = 20;

/// Parses a Dockerfile, or says everything that is wrong with it: at least one error, in the order of the file.
///
/// A file is refused exactly when BuildKit refuses it before the build starts, and besides when it is larger than
/// [`MAX_FILE_SIZE`] or an ONBUILD trigger or here-document is certain to fail later.
pub fn parse(source: &[u8]) -> Result<Dockerfile, Vec<SyntaxError>> {
    parser::parse(source)
}

/// A parsed Dockerfile: its bytes, its parser directives and its items in order.
#[derive(Clone, Debug)]
pub struct Dockerfile {
    /// The file as it was read.
    pub source: Vec<u8>,
    /// The escape character in force, `\` or `` ` ``.
    pub escape: u8,
    /// Everything in the file, in order and without gaps.
    pub items: Vec<Item>,
}

impl Dockerfile {
    /// The instructions in order.
    pub fn instructions(&self) -> impl DoubleEndedIterator<Item = &Instruction> {
        self.items.iter().filter_map(|item| match item {
            Item::Instruction(instruction) => Some(&**instruction),
            _ => None,
        })
    }

    /// The bytes of a span.
    pub fn bytes(&self, span: Span) -> &[u8] {
        self.source.get(span.range()).unwrap_or_default()
    }

    /// The text of a span; bytes that are not UTF-8 appear as U+FFFD.
    pub fn text(&self, span: Span) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes(span))
    }

    /// The line end of most lines: `\r\n` or `\n`.
    pub fn newline(&self) -> &'static str {
        let ends = self.source.iter().filter(|&&b| b == b'\n').count();
        let windows = self.source.windows(2).filter(|pair| pair == b"\r\n").count();
        if windows * 2 > ends { "\r\n" } else { "\n" }
    }
}

/// One piece of a Dockerfile; items tile the file.
#[derive(Clone, Debug)]
pub enum Item {
    /// A byte order mark or a line of white space, line end included.
    Blank(Span),
    /// A comment line outside any instruction, line end included.
    Comment(Span),
    /// A parser directive line such as `# syntax=…`, line end included.
    Directive(Directive),
    /// An instruction with all its lines, inner comments and heredocs, line ends included.
    Instruction(Box<Instruction>),
}

impl Item {
    /// All bytes of the item, line ends included.
    pub fn span(&self) -> Span {
        match self {
            Item::Blank(span) | Item::Comment(span) => *span,
            Item::Directive(directive) => directive.span,
            Item::Instruction(instruction) => instruction.span,
        }
    }
}

/// A parser directive.
#[derive(Clone, Debug)]
pub struct Directive {
    /// The whole line, line end included.
    pub span: Span,
    /// Lower-case key: `syntax`, `escape` or `check`.
    pub key: String,
    /// The trimmed value.
    pub value: String,
}

/// One instruction of any kind.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// All its bytes, including the last line's end and heredoc bodies.
    pub span: Span,
    /// Where the keyword stands.
    pub keyword_span: Span,
    /// Flags such as `--from=x`, in order.
    pub flags: Vec<Flag>,
    /// The text after the flags, continuations joined, trimmed.
    pub args: LogicalText,
    /// Here-documents of RUN, COPY and ADD, in order.
    pub heredocs: Vec<Heredoc>,
    /// What the instruction says.
    pub kind: Kind,
}

impl Instruction {
    /// The keyword in upper case, however it is written.
    pub fn keyword(&self) -> &'static str {
        self.kind.keyword()
    }

    /// The whole instruction as it is written.
    pub fn text<'a>(&self, file: &'a Dockerfile) -> Cow<'a, str> {
        file.text(self.span)
    }

    /// The first flag of this name, written without dashes.
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }

    /// Where each argument stands: the words between blanks, or the strings of an exec form with their quotes.
    ///
    /// For COPY and ADD these are the sources and the destination, for FROM the image, AS and the name.
    pub fn argument_spans(&self) -> Vec<Span> {
        let text = self.args.as_str();
        let ranges = match json::parse(text, 0..text.len()) {
            json::Json::Strings(strings) if self.kind.has_exec_form() => strings.into_iter().map(|s| s.range).collect(),
            _ => lines::blank_separated(text, 0..text.len()),
        };
        ranges.into_iter().map(|range| self.args.span(range)).collect()
    }

    /// The text for the shell of a RUN, CMD, ENTRYPOINT or HEALTHCHECK in shell form, with the way to the source.
    pub fn shell_text(&self) -> Option<LogicalText> {
        let command = match &self.kind {
            Kind::Run(command) | Kind::Cmd(command) | Kind::Entrypoint(command) | Kind::Healthcheck(Some(command)) => {
                command
            }
            _ => return None,
        };
        let Command::Shell(shell) = command else { return None };
        let start = self.args.as_str().len().checked_sub(shell.len())?;
        Some(self.args.slice(start..self.args.as_str().len()))
    }
}

/// A flag of an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Name without the leading dashes.
    pub name: String,
    /// Value after `=`, quotes removed; absent for a bare flag.
    pub value: Option<String>,
    /// Where the flag stands in the source.
    pub span: Span,
}

/// A here-document.
#[derive(Clone, Debug)]
pub struct Heredoc {
    /// The delimiter, unquoted.
    pub delimiter: String,
    /// True when the body is expanded (no quote in the delimiter word).
    pub expand: bool,
    /// True for `<<-`: leading tabs are stripped.
    pub chomp: bool,
    /// The body in the source, without the terminator line.
    pub body: Span,
    /// The body's text as the consumer sees it (tabs stripped for `<<-`).
    pub text: String,
}

/// Text of an instruction with its continuation lines joined, and the way back to the source.
#[derive(Clone, Debug, Default)]
pub struct LogicalText {
    text: String,
    /// Runs of bytes that lie together in the source, sorted.
    pieces: Vec<Piece>,
    /// The source offset after the last byte.
    end: u32,
}

/// A run of logical bytes and where it starts in the source.
#[derive(Clone, Copy, Debug)]
struct Piece {
    logical: u32,
    source: u32,
    /// One source byte that is not UTF-8, shown as U+FFFD.
    lossy: bool,
}

/// What an instruction says, per keyword.
#[derive(Clone, Debug)]
pub enum Kind {
    /// `FROM`.
    From(From),
    /// `RUN`.
    Run(Command),
    /// `CMD`.
    Cmd(Command),
    /// `ENTRYPOINT`.
    Entrypoint(Command),
    /// `SHELL`.
    Shell(Vec<String>),
    /// `COPY`.
    Copy(Copy),
    /// `ADD`.
    Add(Copy),
    /// `ENV`: names and values, unexpanded, quotes kept.
    Env(Vec<Pair>),
    /// `LABEL`, likewise.
    Label(Vec<Pair>),
    /// `ARG`: names and default values, unexpanded, quotes kept.
    Arg(Vec<ArgDeclaration>),
    /// `WORKDIR`, unexpanded.
    Workdir(String),
    /// `USER`, unexpanded.
    User(String),
    /// `EXPOSE`, unexpanded words.
    Expose(Vec<String>),
    /// `VOLUME`, unexpanded paths.
    Volume(Vec<String>),
    /// `STOPSIGNAL`, unexpanded.
    Stopsignal(String),
    /// `HEALTHCHECK`; `None` for `HEALTHCHECK NONE`.
    Healthcheck(Option<Command>),
    /// `ONBUILD` with its trigger.
    Onbuild(Box<Instruction>),
    /// `MAINTAINER`.
    Maintainer(String),
}

impl Kind {
    /// The keyword in upper case.
    pub fn keyword(&self) -> &'static str {
        match self {
            Kind::From(_) => "FROM",
            Kind::Run(_) => "RUN",
            Kind::Cmd(_) => "CMD",
            Kind::Entrypoint(_) => "ENTRYPOINT",
            Kind::Shell(_) => "SHELL",
            Kind::Copy(_) => "COPY",
            Kind::Add(_) => "ADD",
            Kind::Env(_) => "ENV",
            Kind::Label(_) => "LABEL",
            Kind::Arg(_) => "ARG",
            Kind::Workdir(_) => "WORKDIR",
            Kind::User(_) => "USER",
            Kind::Expose(_) => "EXPOSE",
            Kind::Volume(_) => "VOLUME",
            Kind::Stopsignal(_) => "STOPSIGNAL",
            Kind::Healthcheck(_) => "HEALTHCHECK",
            Kind::Onbuild(_) => "ONBUILD",
            Kind::Maintainer(_) => "MAINTAINER",
        }
    }

    /// True for the instructions whose arguments may be a JSON array.
    fn has_exec_form(&self) -> bool {
        let may = ["RUN", "CMD", "ENTRYPOINT", "SHELL", "COPY", "ADD", "VOLUME"];
        may.contains(&self.keyword())
    }
}

/// `FROM image AS name`.
#[derive(Clone, Debug)]
pub struct From {
    /// The image as written.
    pub image: String,
    /// Where the image stands.
    pub image_span: Span,
    /// The stage name in lower case.
    pub name: Option<String>,
    /// The value of `--platform`.
    pub platform: Option<String>,
}

/// A command in exec or shell form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A JSON array of strings.
    Exec(Vec<String>),
    /// Text for the shell, verbatim; the same text as [`Instruction::args`].
    Shell(String),
}

/// The arguments of COPY and ADD.
#[derive(Clone, Debug)]
pub struct Copy {
    /// Sources as written, unexpanded. Heredoc sources appear as [`CopySource::Heredoc`].
    pub sources: Vec<CopySource>,
    /// Destination as written, unexpanded.
    pub destination: String,
    /// `--from`.
    pub from: Option<String>,
    /// `--chown`, unexpanded.
    pub chown: Option<String>,
    /// `--chmod`, unexpanded.
    pub chmod: Option<String>,
    /// `--link` is set.
    pub link: bool,
}

/// One source of COPY or ADD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopySource {
    /// A path or pattern, or for ADD a URL.
    Path(String),
    /// Index into [`Instruction::heredocs`].
    Heredoc(usize),
}

/// A `name=value` pair of ENV or LABEL, quotes and escapes kept.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The name.
    pub name: String,
    /// The value as written, or the rest of the line for the old form.
    pub value: String,
    /// The whole pair in the source.
    pub span: Span,
}

/// A name of `ARG` with its default, quotes and escapes kept.
#[derive(Clone, Debug)]
pub struct ArgDeclaration {
    /// The name.
    pub name: String,
    /// The default as written.
    pub default: Option<String>,
    /// The declaration in the source.
    pub span: Span,
}
