//! The syntax layer: one logical line to keyword, flags and raw arguments.
//!
//! Like BuildKit's parser it knows how each keyword splits its arguments, and nothing of what they mean.

use super::error::{ErrorKind, SyntaxError};
use super::json::{self, Json, JsonString};
use super::lines::{blank_separated, is_blank, trim};
use super::words::{self, Split};
use super::{Flag, LogicalText};
use std::ops::Range;

/// The instructions that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
}

/// Every keyword with its name.
pub(super) const KEYWORDS: [(&str, Keyword); 18] = [
    ("RUN", Keyword::Run),
    ("COPY", Keyword::Copy),
    ("ENV", Keyword::Env),
    ("FROM", Keyword::From),
    ("ARG", Keyword::Arg),
    ("WORKDIR", Keyword::Workdir),
    ("CMD", Keyword::Cmd),
    ("ENTRYPOINT", Keyword::Entrypoint),
    ("EXPOSE", Keyword::Expose),
    ("LABEL", Keyword::Label),
    ("ADD", Keyword::Add),
    ("USER", Keyword::User),
    ("VOLUME", Keyword::Volume),
    ("HEALTHCHECK", Keyword::Healthcheck),
    ("SHELL", Keyword::Shell),
    ("STOPSIGNAL", Keyword::Stopsignal),
    ("ONBUILD", Keyword::Onbuild),
    ("MAINTAINER", Keyword::Maintainer),
];

impl Keyword {
    /// The keyword of this name, in any case.
    pub(super) fn find(name: &str) -> Option<Keyword> {
        KEYWORDS.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, keyword)| keyword)
    }

    /// The name in upper case.
    pub(super) fn name(self) -> &'static str {
        KEYWORDS.into_iter().find(|&(_, keyword)| keyword == self).map_or("", |(name, _)| name)
    }

    pub(super) fn takes_heredocs(self) -> bool {
        matches!(self, Keyword::Add | Keyword::Copy | Keyword::Run)
    }
}

/// An instruction as the syntax layer sees it; ranges are those of the logical line.
pub(super) struct Node {
    pub(super) keyword: Option<Keyword>,
    pub(super) keyword_range: Range<usize>,
    pub(super) flags: Vec<Flag>,
    pub(super) args: Range<usize>,
    pub(super) arguments: Arguments,
}

/// The arguments of an instruction, split as its keyword asks.
pub(super) enum Arguments {
    /// An exec form.
    Exec(Vec<JsonString>),
    /// The whole text, which may be empty.
    Text(Range<usize>),
    /// Separate words.
    Words(Vec<Range<usize>>),
    /// Names with values.
    Pairs(Vec<RawPair>),
    /// HEALTHCHECK's first word and its command.
    Health(Range<usize>, Box<Arguments>),
    /// ONBUILD's trigger.
    Trigger(Box<Node>),
}

/// A name with its value.
pub(super) struct RawPair {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
    /// False for the old form, `ENV name value`.
    pub(super) equals: bool,
}

impl Arguments {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Arguments::Exec(strings) => strings.is_empty(),
            Arguments::Text(range) => range.is_empty(),
            Arguments::Words(words) => words.is_empty(),
            Arguments::Pairs(pairs) => pairs.is_empty(),
            Arguments::Health(..) | Arguments::Trigger(_) => false,
        }
    }
}

impl Node {
    /// True when the line may open here-documents.
    pub(super) fn takes_heredocs(&self) -> bool {
        let node = match &self.arguments {
            Arguments::Trigger(node) => node,
            _ => self,
        };
        node.keyword.is_some_and(Keyword::takes_heredocs) && !matches!(node.arguments, Arguments::Exec(_))
    }
}

/// Reads the instruction in `range` of a logical line.
pub(super) fn parse(line: &LogicalText, range: Range<usize>, escape: u8) -> Result<Node, SyntaxError> {
    parse_nested(line, range, escape, 0)
}

/// `depth` counts ONBUILD; more than one is an error that the typed layer reports.
fn parse_nested(line: &LogicalText, range: Range<usize>, escape: u8, depth: usize) -> Result<Node, SyntaxError> {
    let Split { keyword: keyword_range, flags, args } = words::split(line, range, escape);
    let text = line.as_str();
    let keyword = Keyword::find(&text[keyword_range.clone()]);
    let arguments = match keyword {
        Some(Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Shell) => command(line, args.clone())?,
        Some(Keyword::Add | Keyword::Copy | Keyword::Volume) => match exec_form(line, args.clone())? {
            Some(exec) => exec,
            None => Arguments::Words(blank_separated(text, args.clone())),
        },
        Some(Keyword::From | Keyword::Expose) => Arguments::Words(blank_separated(text, args.clone())),
        Some(Keyword::Env) => pairs(line, args.clone(), escape, "ENV")?,
        Some(Keyword::Label) => pairs(line, args.clone(), escape, "LABEL")?,
        Some(Keyword::Arg) => Arguments::Words(words::quoted_words(text, args.clone(), escape)),
        Some(Keyword::Healthcheck) => health(line, args.clone())?,
        Some(Keyword::Onbuild) if !args.is_empty() && depth == 0 => {
            Arguments::Trigger(Box::new(parse_nested(line, args.clone(), escape, depth + 1)?))
        }
        Some(_) | None => Arguments::Text(args.clone()),
    };
    Ok(Node { keyword, keyword_range, flags, args, arguments })
}

fn command(line: &LogicalText, range: Range<usize>) -> Result<Arguments, SyntaxError> {
    Ok(exec_form(line, range.clone())?.unwrap_or(Arguments::Text(range)))
}

fn exec_form(line: &LogicalText, range: Range<usize>) -> Result<Option<Arguments>, SyntaxError> {
    match json::parse(line.as_str(), range) {
        Json::No => Ok(None),
        Json::Strings(strings) => Ok(Some(Arguments::Exec(strings))),
        Json::Other(range) => {
            let element = &line.as_str()[range.clone()];
            let help = if element.starts_with(['[', '{']) {
                "an exec form is one flat array of strings".to_owned()
            } else {
                format!("write \"{element}\"")
            };
            Err(SyntaxError::new(ErrorKind::NotStrings, line.span(range), "an exec form may hold only strings")
                .help(help))
        }
    }
}

fn health(line: &LogicalText, range: Range<usize>) -> Result<Arguments, SyntaxError> {
    let text = line.as_str();
    let end = text[range.clone()].find(|c: char| c.is_ascii_whitespace() || c == '\x0B');
    let end = end.map_or(range.end, |i| range.start + i);
    if end == range.start {
        return Ok(Arguments::Text(range));
    }
    let rest = trim(text, end..range.end);
    Ok(Arguments::Health(range.start..end, Box::new(command(line, rest)?)))
}

fn pairs(line: &LogicalText, range: Range<usize>, escape: u8, keyword: &str) -> Result<Arguments, SyntaxError> {
    let text = line.as_str();
    let words = words::quoted_words(text, range.clone(), escape);
    let Some(first) = words.first() else {
        return Ok(Arguments::Pairs(Vec::new()));
    };
    if !text[first.clone()].contains('=') {
        return old_pair(line, range, keyword).map(|pair| Arguments::Pairs(vec![pair]));
    }
    let pairs = words.into_iter().map(|word| match text[word.clone()].find('=') {
        Some(equals) => {
            let equals = word.start + equals;
            Ok(RawPair { name: word.start..equals, value: equals + 1..word.end, equals: true })
        }
        None => {
            let message = format!("`{}` has no `=`", &text[word.clone()]);
            Err(SyntaxError::new(ErrorKind::MissingEquals, line.span(word), message)
                .help("write name=value, and put a value with blanks in double quotes"))
        }
    });
    Ok(Arguments::Pairs(pairs.collect::<Result<_, _>>()?))
}

/// `ENV name the rest is the value`.
fn old_pair(line: &LogicalText, range: Range<usize>, keyword: &str) -> Result<RawPair, SyntaxError> {
    let bytes = line.as_str().as_bytes();
    let Some(blank) = bytes[range.clone()].iter().position(|&b| is_blank(b)) else {
        let name = &line.as_str()[range.clone()];
        let message = format!("{keyword} needs a name and a value");
        return Err(SyntaxError::new(ErrorKind::MissingValue, line.span(range), message)
            .help(format!("write {keyword} {name}=value")));
    };
    let name = range.start..range.start + blank;
    let blanks = bytes[name.end..range.end].iter().take_while(|&&b| is_blank(b)).count();
    Ok(RawPair { value: name.end + blanks..range.end, name, equals: false })
}
