//! Bytes to pieces: the loop over lines that both layers and the dump share.

use super::error::{ErrorKind, SyntaxError};
use super::logical::LineBuilder;
use super::node::{self, Keyword, Node};
use super::typed::{self, Context};
use super::{Directive, Dockerfile, Heredoc, Item, LogicalText, MAX_ERRORS, MAX_FILE_SIZE, MAX_LINE_LENGTH};
use super::{directive, heredoc, lines};
use crate::source::{LineIndex, Span};
use std::ops::Range;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Parses a Dockerfile with both layers.
pub(super) fn parse(source: &[u8]) -> Result<Dockerfile, Vec<SyntaxError>> {
    let mut parser = Parser::new(source);
    let mut items = Vec::new();
    let mut errors = Vec::new();
    let mut stage = StageState::BeforeAny;
    let mut instructions = 0;
    while let Some(piece) = parser.next_piece() {
        match piece {
            Ok(Piece::Item(item)) => items.push(item),
            Ok(Piece::Instruction(raw)) => {
                instructions += 1;
                errors.extend(stage.check(&raw));
                let context = Context { line: &raw.line, span: raw.span, heredocs: raw.heredocs };
                match typed::instruction(raw.node, context) {
                    Ok(instruction) => items.push(Item::Instruction(Box::new(instruction))),
                    Err(error) => errors.push(error),
                }
                parser.builder.recycle(raw.line);
            }
            Err(error) => errors.push(error),
        }
        if errors.len() >= MAX_ERRORS {
            break;
        }
    }
    if instructions == 0 && errors.is_empty() {
        errors.push(no_instructions());
    }
    if errors.is_empty() {
        return Ok(Dockerfile { source: source.to_vec(), escape: parser.escape, items });
    }
    Err(finish_errors(source, errors))
}

pub(super) fn no_instructions() -> SyntaxError {
    SyntaxError::new(ErrorKind::NoInstructions, Span::default(), "the file has no instructions")
        .help("a Dockerfile starts with FROM and an image")
}

/// Gives errors their places; says of a file that is no text at all only that.
pub(super) fn finish_errors(source: &[u8], mut errors: Vec<SyntaxError>) -> Vec<SyntaxError> {
    let utf16 = source.starts_with(b"\xFF\xFE") || source.starts_with(b"\xFE\xFF");
    if utf16 || source.contains(&0) {
        let message = if utf16 { "the file is UTF-16" } else { "the file is binary" };
        let error = SyntaxError::new(ErrorKind::NotText, Span::default(), message);
        return vec![error.help("save the Dockerfile as UTF-8 text")];
    }
    let index = LineIndex::new(source);
    errors.iter_mut().for_each(|error| error.locate(&index));
    errors
}

/// Finds instructions before the first FROM; complains once.
#[derive(PartialEq, Eq)]
enum StageState {
    BeforeAny,
    Complained,
    InStage,
}

impl StageState {
    fn check(&mut self, raw: &RawInstruction) -> Option<SyntaxError> {
        let keyword = raw.node.keyword?;
        match keyword {
            Keyword::From => *self = StageState::InStage,
            Keyword::Arg => {}
            _ if *self == StageState::BeforeAny => {
                *self = StageState::Complained;
                let range = raw.node.keyword_range.clone();
                let message = format!("{} comes before the first FROM", keyword.name());
                return Some(
                    SyntaxError::new(ErrorKind::BeforeFrom, raw.line.span(range), message)
                        .help("start with FROM and an image; only ARG may stand before it"),
                );
            }
            _ => {}
        }
        None
    }
}

/// What the syntax layer finds next.
pub(super) enum Piece {
    /// A blank line, a comment or a directive.
    Item(Item),
    /// An instruction, not yet understood.
    Instruction(RawInstruction),
}

/// An instruction after the syntax layer.
pub(super) struct RawInstruction {
    pub(super) node: Node,
    pub(super) line: LogicalText,
    pub(super) heredocs: Vec<Heredoc>,
    pub(super) span: Span,
}

/// Walks over a source.
pub(super) struct Parser<'a> {
    source: &'a [u8],
    at: usize,
    pub(super) escape: u8,
    /// Keys of the directives so far; `None` once they are over.
    directives: Option<Vec<&'static str>>,
    builder: LineBuilder,
}

impl<'a> Parser<'a> {
    pub(super) fn new(source: &'a [u8]) -> Self {
        Parser { source, at: 0, escape: b'\\', directives: Some(Vec::new()), builder: LineBuilder::default() }
    }

    /// The next piece, or what is wrong with it. Pieces tile the source as long as nothing is wrong.
    pub(super) fn next_piece(&mut self) -> Option<Result<Piece, SyntaxError>> {
        if self.at == 0 {
            if self.source.len() > MAX_FILE_SIZE {
                self.at = self.source.len();
                return Some(Err(too_large()));
            }
            if self.source.starts_with(BYTE_ORDER_MARK) {
                self.at = BYTE_ORDER_MARK.len();
                return Some(Ok(Piece::Item(Item::Blank(Span::new(0, self.at)))));
            }
        }
        if self.at >= self.source.len() {
            return None;
        }
        Some(self.piece())
    }

    fn piece(&mut self) -> Result<Piece, SyntaxError> {
        let line = self.line()?;
        let content = lines::trim_start(self.source, lines::without_newline(self.source, line.clone()));
        let span = Span::new(line.start, line.end);
        if self.source.get(content.start) == Some(&b'#') && !content.is_empty() {
            return match self.directive(content)? {
                Some((key, value)) => Ok(Piece::Item(Item::Directive(Directive { span, key: key.into(), value }))),
                None => Ok(Piece::Item(Item::Comment(span))),
            };
        }
        self.directives = None;
        if content.is_empty() {
            return Ok(Piece::Item(Item::Blank(span)));
        }
        self.instruction(line.start, content).map(Piece::Instruction)
    }

    /// Takes the next physical line.
    fn line(&mut self) -> Result<Range<usize>, SyntaxError> {
        let line = lines::line_at(self.source, self.at);
        let content = line.len() - usize::from(self.source[line.clone()].ends_with(b"\n"));
        if content > MAX_LINE_LENGTH {
            self.at = self.source.len();
            let message = format!("a line has more than {MAX_LINE_LENGTH} bytes");
            return Err(SyntaxError::new(ErrorKind::LineTooLong, Span::new(line.start, line.start), message)
                .help("break the line with a `\\` at its end"));
        }
        self.at = line.end;
        Ok(line)
    }

    fn directive(&mut self, content: Range<usize>) -> Result<Option<(&'static str, String)>, SyntaxError> {
        let Some(seen) = &mut self.directives else {
            return Ok(None);
        };
        let Some((key, value)) = directive::parse(&self.source[content.clone()]) else {
            self.directives = None;
            return Ok(None);
        };
        let span = Span::new(content.start, content.end);
        if seen.contains(&key) {
            let message = format!("the directive `{key}` is given twice");
            return Err(SyntaxError::new(ErrorKind::DuplicateDirective, span, message).help("keep one of them"));
        }
        seen.push(key);
        if key == "escape" {
            match value.as_bytes() {
                [escape @ (b'\\' | b'`')] => self.escape = *escape,
                _ => {
                    let message = format!("`{}` cannot be the escape character", value.escape_debug());
                    return Err(SyntaxError::new(ErrorKind::InvalidEscape, span, message)
                        .help("write `# escape=\\` or `# escape=` followed by a backtick"));
                }
            }
        }
        Ok(Some((key, value)))
    }

    /// Reads an instruction whose first line has been taken.
    fn instruction(&mut self, start: usize, content: Range<usize>) -> Result<RawInstruction, SyntaxError> {
        self.builder.restart(content.start);
        let (content, mut continues) = lines::continuation(self.source, content, self.escape);
        self.builder.push(self.source, content);
        while continues && self.at < self.source.len() {
            let line = self.line()?;
            let content = lines::without_newline(self.source, line);
            let text = lines::trim_start(self.source, content.clone());
            // Comments and blank lines are left out and do not end the instruction.
            if text.is_empty() || self.source[text.start] == b'#' {
                continue;
            }
            let (content, more) = lines::continuation(self.source, content, self.escape);
            self.builder.push(self.source, content);
            continues = more;
        }
        let line = self.builder.finish();
        let node = node::parse(&line, 0..line.as_str().len(), self.escape)?;
        let heredocs = if node.takes_heredocs() { self.heredocs(&line)? } else { Vec::new() };
        Ok(RawInstruction { node, line, heredocs, span: Span::new(start, self.at) })
    }

    fn heredocs(&mut self, line: &LogicalText) -> Result<Vec<Heredoc>, SyntaxError> {
        if !line.as_str().contains("<<") {
            return Ok(Vec::new());
        }
        let span = line.span(0..line.as_str().len());
        let openers = heredoc::openers(line.as_str()).map_err(|error| {
            SyntaxError::new(
                ErrorKind::InvalidHeredoc,
                span,
                format!("a here-document's delimiter cannot be read: {error}"),
            )
        })?;
        let mut heredocs = Vec::with_capacity(openers.len());
        for opener in &openers {
            let Some((heredoc, after)) = heredoc::body(self.source, self.at, opener) else {
                self.at = self.source.len();
                let start = line.as_str().find("<<").unwrap_or(0);
                let message = format!("the here-document `{}` never ends", opener.delimiter);
                return Err(SyntaxError::new(ErrorKind::UnterminatedHeredoc, line.span(start..start + 2), message)
                    .help(format!("end it with a line that is exactly `{}`", opener.delimiter)));
            };
            self.at = after;
            heredocs.push(heredoc);
        }
        Ok(heredocs)
    }
}

fn too_large() -> SyntaxError {
    let message = format!("the file is larger than {} MiB", MAX_FILE_SIZE >> 20);
    SyntaxError::new(ErrorKind::FileTooLarge, Span::default(), message).help("is this a Dockerfile?")
}
