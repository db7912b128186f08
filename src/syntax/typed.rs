//! The typed layer: raw arguments to what an instruction says, or to what is wrong with it.

use super::error::{ErrorKind, SyntaxError};
use super::heredoc;
use super::json::JsonString;
use super::mount;
use super::node::{Arguments, KEYWORDS, Keyword, Node, RawPair};
use super::{ArgDeclaration, Command, Copy, CopySource, Flag, From, Heredoc, Instruction, Kind, LogicalText, Pair};
use crate::snippet::suggestion;
use crate::source::Span;
use std::ops::Range;

/// What an instruction is built from, beside its node.
pub(super) struct Context<'a> {
    pub(super) line: &'a LogicalText,
    /// All bytes of the instruction.
    pub(super) span: Span,
    pub(super) heredocs: Vec<Heredoc>,
}

type Result<T> = std::result::Result<T, SyntaxError>;

/// Builds the instruction that a node stands for.
pub(super) fn instruction(node: Node, context: Context<'_>) -> Result<Instruction> {
    let typed = Typed { line: context.line, node: &node, heredocs: &context.heredocs, span: context.span };
    let kind = typed.kind()?;
    Ok(Instruction {
        span: context.span,
        keyword_span: context.line.span(node.keyword_range),
        args: context.line.slice(node.args),
        flags: node.flags,
        heredocs: context.heredocs,
        kind,
    })
}

struct Typed<'a> {
    line: &'a LogicalText,
    node: &'a Node,
    heredocs: &'a [Heredoc],
    span: Span,
}

impl Typed<'_> {
    fn kind(&self) -> Result<Kind> {
        let Some(keyword) = self.node.keyword else {
            return Err(self.unknown_instruction());
        };
        let name = keyword.name();
        // STOPSIGNAL and ARG drop flags silently, and so does HEALTHCHECK NONE.
        if !matches!(keyword, Keyword::Stopsignal | Keyword::Arg | Keyword::Healthcheck) {
            check_flags(keyword, &self.node.flags)?;
        }
        Ok(match keyword {
            Keyword::From => Kind::From(self.from()?),
            Keyword::Run => Kind::Run(self.command()),
            Keyword::Cmd => Kind::Cmd(self.command()),
            Keyword::Entrypoint => Kind::Entrypoint(self.command()),
            Keyword::Shell => Kind::Shell(self.shell()?),
            Keyword::Copy => Kind::Copy(self.copy(name)?),
            Keyword::Add => Kind::Add(self.copy(name)?),
            Keyword::Env => Kind::Env(self.pairs(name)?),
            Keyword::Label => Kind::Label(self.pairs(name)?),
            Keyword::Arg => Kind::Arg(self.declarations(name)?),
            Keyword::Workdir => Kind::Workdir(self.one(name)?),
            Keyword::User => Kind::User(self.one(name)?),
            Keyword::Stopsignal => Kind::Stopsignal(self.one(name)?),
            Keyword::Maintainer => Kind::Maintainer(self.one(name)?),
            Keyword::Expose => Kind::Expose(self.words(name)?),
            Keyword::Volume => Kind::Volume(self.volumes(name)?),
            Keyword::Healthcheck => Kind::Healthcheck(self.healthcheck(name)?),
            Keyword::Onbuild => Kind::Onbuild(Box::new(self.trigger(name)?)),
        })
    }

    fn text(&self, range: &Range<usize>) -> String {
        self.line.as_str()[range.clone()].to_owned()
    }

    fn error(&self, kind: ErrorKind, range: &Range<usize>, message: impl Into<String>) -> SyntaxError {
        SyntaxError::new(kind, self.line.span(range.clone()), message)
    }

    fn unknown_instruction(&self) -> SyntaxError {
        let word = self.text(&self.node.keyword_range);
        let shown: String = word.chars().take(40).collect();
        let error = self.error(
            ErrorKind::UnknownInstruction,
            &self.node.keyword_range,
            if shown.is_empty() {
                "an instruction without a name".to_owned()
            } else {
                format!("unknown instruction `{shown}`")
            },
        );
        match suggestion(&word, KEYWORDS.iter().map(|(name, _)| *name)) {
            Some(name) => error.help(format!("did you mean `{name}`?")),
            None => error.help("if this line belongs to the instruction above it, end the line above with a `\\`"),
        }
    }

    /// At least one argument, or an error.
    fn required(&self, name: &str) -> Result<()> {
        if self.node.arguments.is_empty() {
            return Err(self.argument_count(format!("{name} needs at least one argument")));
        }
        Ok(())
    }

    fn argument_count(&self, message: String) -> SyntaxError {
        let range = if self.node.args.is_empty() { &self.node.keyword_range } else { &self.node.args };
        self.error(ErrorKind::ArgumentCount, range, message)
    }

    fn from(&self) -> Result<From> {
        let Arguments::Words(words) = &self.node.arguments else {
            return Err(self.argument_count("FROM needs an image".into()));
        };
        let (image, name) = match &words[..] {
            [image] => (image, None),
            [image, keyword, name] if self.line.as_str()[keyword.clone()].eq_ignore_ascii_case("as") => {
                (image, Some(self.stage_name(name)?))
            }
            _ => {
                return Err(self
                    .argument_count("FROM takes an image, or an image, AS and a name".into())
                    .help("write FROM image or FROM image AS name"));
            }
        };
        Ok(From {
            image: self.text(image),
            image_span: self.line.span(image.clone()),
            name,
            platform: flag_value(&self.node.flags, "platform"),
        })
    }

    fn stage_name(&self, range: &Range<usize>) -> Result<String> {
        let name = self.text(range).to_lowercase();
        let valid = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'));
        if valid {
            return Ok(name);
        }
        let message = format!("`{}` is not a valid stage name", self.text(range));
        Err(self
            .error(ErrorKind::InvalidStageName, range, message)
            .help("a stage name starts with a letter; letters, digits, `-`, `_` and `.` may follow"))
    }

    fn command(&self) -> Command {
        self.as_command(&self.node.arguments)
    }

    fn as_command(&self, arguments: &Arguments) -> Command {
        match arguments {
            Arguments::Exec(strings) => Command::Exec(values(strings)),
            Arguments::Text(range) => Command::Shell(self.text(range)),
            _ => Command::Shell(String::new()),
        }
    }

    fn shell(&self) -> Result<Vec<String>> {
        self.required("SHELL")?;
        match &self.node.arguments {
            Arguments::Exec(strings) => Ok(values(strings)),
            _ => {
                let text = self.text(&self.node.args);
                let words: Vec<String> = text.split_whitespace().map(|word| format!("{word:?}")).collect();
                Err(self
                    .error(ErrorKind::NotExecForm, &self.node.args, "SHELL needs a JSON array of strings")
                    .help(format!("write SHELL [{}]", words.join(", "))))
            }
        }
    }

    fn copy(&self, name: &str) -> Result<Copy> {
        let arguments: Vec<(String, Range<usize>)> = match &self.node.arguments {
            Arguments::Exec(strings) => strings.iter().map(|s| (s.value.clone(), s.range.clone())).collect(),
            Arguments::Words(words) => words.iter().map(|word| (self.text(word), word.clone())).collect(),
            _ => Vec::new(),
        };
        let Some(((destination, range), sources)) = arguments.split_last().filter(|(_, sources)| !sources.is_empty())
        else {
            return Err(self
                .argument_count(format!("{name} needs a source and a destination"))
                .help(format!("write {name} source destination")));
        };
        if matches!(heredoc::opener(destination), Ok(Some(_))) {
            let message = format!("the destination of {name} cannot be a here-document");
            return Err(self.error(ErrorKind::HeredocAsDestination, range, message));
        }
        let flags = &self.node.flags;
        Ok(Copy {
            sources: sources.iter().map(|(word, range)| self.copy_source(word, range)).collect::<Result<_>>()?,
            destination: destination.clone(),
            from: flag_value(flags, "from").filter(|from| !from.is_empty()),
            chown: flag_value(flags, "chown").filter(|chown| !chown.is_empty()),
            chmod: flag_value(flags, "chmod").filter(|chmod| !chmod.is_empty()),
            link: flags.iter().any(|f| f.name == "link" && !is_false(f)),
        })
    }

    fn copy_source(&self, word: &str, range: &Range<usize>) -> Result<CopySource> {
        let Ok(Some(opener)) = heredoc::opener(word) else {
            return Ok(CopySource::Path(word.to_owned()));
        };
        // BuildKit makes an empty file of a here-document that it does not find; surely a mistake.
        let index = self.heredocs.iter().rposition(|h| h.delimiter == opener.delimiter).ok_or_else(|| {
            self.error(
                ErrorKind::HeredocWithoutBody,
                range,
                format!("`{word}` looks like a here-document but opens none"),
            )
            .help("here-documents work only outside the JSON form and on lines whose quotes are closed")
        })?;
        Ok(CopySource::Heredoc(index))
    }

    fn pairs(&self, name: &str) -> Result<Vec<Pair>> {
        self.required(name)?;
        let Arguments::Pairs(pairs) = &self.node.arguments else {
            return Ok(Vec::new());
        };
        pairs.iter().map(|pair| self.pair(pair, name)).collect()
    }

    fn pair(&self, pair: &RawPair, keyword: &str) -> Result<Pair> {
        let range = pair.name.start..pair.value.end;
        if pair.name.is_empty() {
            return Err(self.blank_name(&range, keyword));
        }
        Ok(Pair { name: self.text(&pair.name), value: self.text(&pair.value), span: self.line.span(range) })
    }

    fn blank_name(&self, range: &Range<usize>, keyword: &str) -> SyntaxError {
        self.error(ErrorKind::BlankName, range, format!("a name of {keyword} is empty"))
            .help("write name=value without blanks around `=`")
    }

    fn declarations(&self, name: &str) -> Result<Vec<ArgDeclaration>> {
        self.required(name)?;
        let Arguments::Words(words) = &self.node.arguments else {
            return Ok(Vec::new());
        };
        let declaration = |word: &Range<usize>| {
            let text = &self.line.as_str()[word.clone()];
            let (key, default) = match text.split_once('=') {
                Some(("", _)) => return Err(self.blank_name(word, name)),
                Some((key, default)) => (key, Some(default.to_owned())),
                None => (text, None),
            };
            Ok(ArgDeclaration { name: key.to_owned(), default, span: self.line.span(word.clone()) })
        };
        words.iter().map(declaration).collect()
    }

    fn one(&self, name: &str) -> Result<String> {
        match &self.node.arguments {
            Arguments::Text(range) if !range.is_empty() => Ok(self.text(range)),
            _ => Err(self.argument_count(format!("{name} needs exactly one argument"))),
        }
    }

    fn words(&self, name: &str) -> Result<Vec<String>> {
        self.required(name)?;
        Ok(match &self.node.arguments {
            Arguments::Exec(strings) => values(strings),
            Arguments::Words(words) => words.iter().map(|word| self.text(word)).collect(),
            _ => Vec::new(),
        })
    }

    fn volumes(&self, name: &str) -> Result<Vec<String>> {
        let volumes: Vec<String> = self.words(name)?.iter().map(|volume| volume.trim().to_owned()).collect();
        if volumes.iter().any(String::is_empty) {
            return Err(self.error(ErrorKind::EmptyVolume, &self.node.args, "a path of VOLUME is empty"));
        }
        Ok(volumes)
    }

    fn healthcheck(&self, name: &str) -> Result<Option<Command>> {
        self.required(name)?;
        let Arguments::Health(word, command) = &self.node.arguments else {
            return Err(self.argument_count(format!("{name} needs at least one argument")));
        };
        let kind = self.text(word);
        if kind.eq_ignore_ascii_case("NONE") {
            return match command.is_empty() {
                true => Ok(None),
                false => {
                    let rest = word.end..self.node.args.end;
                    Err(self.error(ErrorKind::InvalidHealthcheck, &rest, "HEALTHCHECK NONE takes no arguments"))
                }
            };
        }
        check_flags(Keyword::Healthcheck, &self.node.flags)?;
        if !kind.eq_ignore_ascii_case("CMD") {
            let message = format!("HEALTHCHECK knows CMD and NONE, not `{kind}`");
            let help = format!("write HEALTHCHECK CMD {}", self.text(&self.node.args));
            return Err(self.error(ErrorKind::InvalidHealthcheck, word, message).help(help));
        }
        if command.is_empty() {
            return Err(self.error(ErrorKind::InvalidHealthcheck, word, "HEALTHCHECK CMD has no command"));
        }
        Ok(Some(self.as_command(command)))
    }

    fn trigger(&self, name: &str) -> Result<Instruction> {
        self.required(name)?;
        let refused = |what: &str| {
            let range = self.node.args.start..self.node.args.start + what.len();
            self.error(ErrorKind::InvalidTrigger, &range, format!("{what} cannot be a trigger of ONBUILD"))
        };
        let Arguments::Trigger(node) = &self.node.arguments else {
            return Err(refused(""));
        };
        match node.keyword {
            Some(Keyword::Onbuild) => return Err(refused("ONBUILD")),
            Some(Keyword::From) => return Err(refused("FROM")),
            Some(Keyword::Maintainer) => return Err(refused("MAINTAINER")),
            _ => {}
        }
        let start = self.line.span(node.keyword_range.clone()).start;
        let span = Span { start, end: self.span.end };
        let typed = Typed { line: self.line, node, heredocs: self.heredocs, span };
        Ok(Instruction {
            span,
            keyword_span: self.line.span(node.keyword_range.clone()),
            flags: node.flags.clone(),
            args: self.line.slice(node.args.clone()),
            heredocs: self.heredocs.to_vec(),
            kind: typed.kind()?,
        })
    }
}

fn values(strings: &[JsonString]) -> Vec<String> {
    strings.iter().map(|s| s.value.clone()).collect()
}

fn flag_value(flags: &[Flag], name: &str) -> Option<String> {
    flags.iter().find(|f| f.name == name).and_then(|f| f.value.clone())
}

fn is_false(flag: &Flag) -> bool {
    flag.value.as_ref().is_some_and(|value| value.eq_ignore_ascii_case("false"))
}

/// What a flag takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FlagType {
    /// Nothing, or `=true` or `=false`.
    Bool,
    /// A value, once.
    String,
    /// A value, any number of times.
    Strings,
    /// A duration such as `30s`, once.
    Duration,
    /// A number of at least zero, once.
    Count,
}

fn known_flags(keyword: Keyword) -> &'static [(&'static str, FlagType)] {
    use FlagType::{Bool, Count, Duration, String, Strings};
    match keyword {
        Keyword::From => &[("platform", String)],
        Keyword::Add => &[
            ("chown", String),
            ("chmod", String),
            ("link", Bool),
            ("checksum", String),
            ("keep-git-dir", Bool),
            ("unpack", Bool),
            ("exclude", Strings),
        ],
        Keyword::Copy => &[
            ("from", String),
            ("chown", String),
            ("chmod", String),
            ("link", Bool),
            ("parents", Bool),
            ("exclude", Strings),
        ],
        Keyword::Run => &[("mount", Strings), ("network", String), ("security", String), ("device", Strings)],
        Keyword::Healthcheck => &[
            ("interval", Duration),
            ("timeout", Duration),
            ("start-period", Duration),
            ("start-interval", Duration),
            ("retries", Count),
        ],
        _ => &[],
    }
}

fn check_flags(keyword: Keyword, flags: &[Flag]) -> Result<()> {
    let known = known_flags(keyword);
    for (index, flag) in flags.iter().enumerate() {
        let name = &flag.name;
        let error = |kind, message: String| SyntaxError::new(kind, flag.span, message);
        let Some(&(_, flag_type)) = known.iter().find(|(known, _)| name == known) else {
            let error = error(ErrorKind::UnknownFlag, format!("unknown flag `--{name}`"));
            return Err(match suggestion(name, known.iter().map(|(known, _)| *known)) {
                Some(known) => error.help(format!("did you mean `--{known}`?")),
                None if known.is_empty() => {
                    error.help("this instruction has no flags; text that starts with `--` goes after a lone `--`")
                }
                None => error.help(format!(
                    "flags here: {}",
                    known.iter().map(|(known, _)| format!("--{known}")).collect::<Vec<_>>().join(", ")
                )),
            });
        };
        if flag_type != FlagType::Strings && flags[..index].iter().any(|earlier| earlier.name == *name) {
            return Err(error(ErrorKind::DuplicateFlag, format!("`--{name}` is given twice")));
        }
        let wrong_run = flag.value.as_deref().filter(|_| keyword == Keyword::Run);
        let wrong_run = wrong_run.and_then(|value| mount::wrong_run_flag(name, value));
        if let Some(wanted) = wrong_value(flag_type, flag.value.as_deref()).or(wrong_run) {
            return Err(error(ErrorKind::InvalidFlagValue, format!("`--{name}` needs {wanted}")));
        }
    }
    Ok(())
}

/// What the flag should have had, when its value is wrong.
fn wrong_value(flag_type: FlagType, value: Option<&str>) -> Option<&'static str> {
    match (flag_type, value) {
        (FlagType::Bool, None) => None,
        (FlagType::Bool, Some(value)) => {
            let boolean = value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false");
            (!boolean).then_some("`=true`, `=false` or nothing")
        }
        (_, None) => Some("a value after `=`"),
        (FlagType::Duration, Some(value)) => {
            let valid = value.is_empty() || duration(value).is_some_and(|d| d == 0.0 || d >= MILLISECOND);
            (!valid).then_some("a duration of at least a millisecond, such as `30s`")
        }
        (FlagType::Count, Some(value)) => {
            let valid = value.is_empty() || value.parse::<i32>().is_ok_and(|n| n >= 0);
            (!valid).then_some("a number that is not negative")
        }
        (FlagType::String | FlagType::Strings, Some(_)) => None,
    }
}

/// Nanoseconds.
const MILLISECOND: f64 = 1e6;

/// A duration in Go's notation (`1h30m`, `1.5s`, `-2ms`, `0`), in nanoseconds.
fn duration(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned == "0" {
        return Some(0.0);
    }
    let mut rest = unsigned;
    let mut total = 0.0;
    loop {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(number_end);
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, next) = tail.split_at(unit_end);
        let scale = match unit {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => MILLISECOND,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * scale;
        rest = next;
        if rest.is_empty() {
            break;
        }
    }
    let total = if text.starts_with('-') { -total } else { total };
    (total.abs() < i64::MAX as f64).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let valid =
            [("0", 0.0), ("30s", 30e9), ("1h30m", 5400e9), ("1.5ms", 1.5e6), ("-2s", -2e9), (".5s", 5e8), ("1µs", 1e3)];
        for (text, nanoseconds) in valid {
            assert_eq!(duration(text), Some(nanoseconds), "{text}");
        }
        for text in ["", "5", "s", "1d", "1 s", ".s", "1..2s", "9999999999h", "--1s"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
