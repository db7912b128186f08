//! Dockerfile text to a lossless [`Dockerfile`].
//!
//! Invariant: the items tile the file; concatenating the source of every item gives back the file byte for byte.
//! The rules are those of BuildKit's parser and of its typed instruction layer.

use crate::source::Span;
use std::ops::Range;

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
    pub(crate) text: String,
    /// For each run of logical bytes: (logical start, source start); sorted. Private to the module.
    pub(crate) pieces: Vec<(u32, u32)>,
    pub(crate) end: u32,
}

impl LogicalText {
    /// The joined text. Bytes that are not UTF-8 appear as U+FFFD.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Maps a range of the joined text to the smallest span of the source that holds it.
    pub fn span(&self, range: Range<usize>) -> Span {
        let _ = range;
        todo!()
    }
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
