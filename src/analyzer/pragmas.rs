//! What the author says in comments that no tool can know: `# msb: keep` and its kind.
//!
//! A pragma is a comment line directly before an instruction. It is the author's word: it takes the place of what msb
//! would work out, so a step that nothing describes is no obstacle once its results are named. Text after ` -- ` is for
//! readers:
//!
//! ```text
//! # msb: build artifact=/app/dist -- the script downloads its own tools
//! RUN ./scripts/release.sh
//! ```

use super::Unit;
use super::effects::{Effects, PathWrite};
use crate::diagnostic::{self, Diagnostic};
use crate::facts::heuristics::{Reach, WriteKind};
use crate::paths;
use crate::snippet::suggestion;
use crate::source::Span;
use crate::syntax::{Dockerfile, Instruction, Item, Kind};
use std::collections::BTreeMap;

/// Where an instruction belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// `keep`: in the runtime stage as it is written, and in the builder as far as the build goes.
    Keep,
    /// `build`: only in the builder; the image receives nothing of it but its `artifact`s.
    Build,
    /// `runtime`: only in the runtime stage, as it is written.
    Runtime,
}

/// The pragmas of one instruction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Where it belongs, when the author says so.
    pub place: Option<Place>,
    /// Absolute paths that are copied from the builder in place of what msb works out for the step.
    pub artifacts: Vec<String>,
}

/// The pragmas of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pragmas {
    /// Where `ignore` stands: the file is to be left alone.
    pub ignore: Option<Span>,
    /// By index of the instruction.
    marks: BTreeMap<usize, Marks>,
}

/// The words that may follow `# msb:`.
pub const WORDS: [&str; 5] = ["keep", "build", "runtime", "artifact", "ignore"];

/// Stands in [`PathWrite::by`] for a write that an `artifact` names.
const ARTIFACT: &str = "# msb: artifact";

/// True for what [`PathWrite::by`] says of a write that an `artifact` names.
pub(crate) fn is_artifact(by: &str) -> bool {
    by == ARTIFACT
}

impl Pragmas {
    /// Where the author says that an instruction belongs.
    pub fn place(&self, instruction: usize) -> Option<Place> {
        self.marks.get(&instruction)?.place
    }

    /// The paths that the author names as the results of an instruction.
    pub fn artifacts(&self, instruction: usize) -> &[String] {
        self.marks.get(&instruction).map_or(&[], |marks| &marks.artifacts)
    }

    /// True when the runtime stage has the instruction as it is written.
    pub fn is_kept_whole(&self, instruction: usize) -> bool {
        matches!(self.place(instruction), Some(Place::Keep | Place::Runtime))
    }

    /// Replaces what the commands of a RUN are known to do by what the author says of them.
    pub(super) fn settle(&self, instruction: usize, units: &mut [Unit]) {
        let artifacts = self.artifacts(instruction);
        let build_only = self.place(instruction) == Some(Place::Build);
        if artifacts.is_empty() && !build_only {
            return;
        }
        for unit in units.iter_mut() {
            let known = std::mem::take(&mut unit.effects);
            if build_only {
                continue;
            }
            // Only files are spoken of: packages, users and dependencies that the step brings are still needed.
            unit.effects = Effects {
                packages: known.packages,
                system: known.system,
                users: known.users,
                commands: known.commands,
                manifests: known.manifests,
                installs: known.installs,
                from_source: known.from_source,
                sets: known.sets,
                ..Effects::default()
            };
        }
        // A command that also changes the system is repeated, not copied from, so another one stands for the build.
        let plain = units.iter().rposition(|u| u.effects.packages.is_empty() && u.effects.system.is_empty());
        let Some(maker) = units.get_mut(plain.unwrap_or_default()) else { return };
        maker.effects.builds = true;
        maker.effects.writes.extend(artifacts.iter().map(|path| PathWrite {
            path: path.clone(),
            kind: WriteKind::Artifact,
            form: Reach::Path,
            may: false,
            if_file: None,
            in_place: false,
            by: ARTIFACT.to_owned(),
        }));
    }
}

/// Reads the pragmas of a file.
///
/// # Errors
///
/// One for each word that is no pragma, value that makes no sense, or pragma in a place where it says nothing.
pub fn read(dockerfile: &Dockerfile) -> Result<Pragmas, Vec<Diagnostic>> {
    let mut reader = Reader { source: &dockerfile.source, pragmas: Pragmas::default(), errors: Vec::new() };
    let mut pending: Vec<Word> = Vec::new();
    let mut index = 0;
    let mut before_from = true;
    for item in &dockerfile.items {
        match item {
            Item::Comment(span) => {
                let words = reader.words(*span);
                pending.extend(reader.without_ignore(words, before_from));
            }
            Item::Blank(_) => reader.misplaced(std::mem::take(&mut pending)),
            Item::Directive(_) => {}
            Item::Instruction(instruction) => {
                let marks = reader.marks(std::mem::take(&mut pending), instruction);
                if marks != Marks::default() {
                    reader.pragmas.marks.insert(index, marks);
                }
                reader.inner_comments(instruction);
                before_from &= !matches!(instruction.kind, Kind::From(_));
                index += 1;
            }
        }
    }
    reader.misplaced(pending);
    if reader.errors.is_empty() { Ok(reader.pragmas) } else { Err(reader.errors) }
}

/// One word of a pragma.
#[derive(Clone, Debug)]
struct Word {
    text: String,
    span: Span,
}

struct Reader<'a> {
    source: &'a [u8],
    pragmas: Pragmas,
    errors: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn error(&mut self, span: Span, message: String, help: impl Into<Option<String>>) {
        self.errors.push(Diagnostic::new(diagnostic::PRAGMA, self.source, span, message).help(help));
    }

    /// The words of a pragma in a comment line; none when the comment is for people.
    fn words(&mut self, comment: Span) -> Vec<Word> {
        let line = String::from_utf8_lossy(&self.source[comment.range()]).into_owned();
        let Some(start) = pragma_start(&line) else { return Vec::new() };
        let mut words = Vec::new();
        let mut at = start;
        for piece in line[start..].split(|c: char| c.is_ascii_whitespace() || c == ',') {
            if piece == "--" {
                break;
            }
            if !piece.is_empty() {
                let from = comment.start as usize + at;
                words.push(Word { text: piece.to_owned(), span: Span::new(from, from + piece.len()) });
            }
            at += piece.len() + 1;
        }
        if words.is_empty() {
            let end = comment.start as usize + line.trim_end().len();
            let message = "`# msb:` says nothing".to_owned();
            self.error(Span::new(end - 1, end), message, format!("one of {} follows it", list()));
        }
        words
    }

    /// Takes `ignore` out of words; it speaks of the file, not of an instruction.
    fn without_ignore(&mut self, words: Vec<Word>, before_from: bool) -> Vec<Word> {
        let (ignore, rest): (Vec<Word>, Vec<Word>) = words.into_iter().partition(|w| w.text == "ignore");
        for word in ignore {
            if before_from {
                self.pragmas.ignore.get_or_insert(word.span);
            } else {
                let help = "it is for the whole file: write it above FROM; for one instruction there is `keep`";
                self.error(word.span, "`ignore` stands behind FROM".to_owned(), help.to_owned());
            }
        }
        rest
    }

    /// Pragmas that no instruction follows.
    fn misplaced(&mut self, words: Vec<Word>) {
        if let Some(word) = words.first() {
            let message = format!("no instruction follows `{}`", word.text);
            self.error(
                word.span,
                message,
                "a pragma stands directly before an instruction, without a blank line".to_owned(),
            );
        }
    }

    /// Pragmas between the lines of an instruction would be overlooked.
    fn inner_comments(&mut self, instruction: &Instruction) {
        let start = instruction.span.start as usize;
        let end = instruction.heredocs.first().map_or(instruction.span.end, |heredoc| heredoc.body.start) as usize;
        let mut at = start;
        for line in self.source[start..end.max(start)].split_inclusive(|&b| b == b'\n') {
            let text = String::from_utf8_lossy(line);
            if at > start && pragma_start(&text).is_some() {
                let span = Span::new(at, at + line.trim_ascii_end().len());
                let message = "a pragma stands inside an instruction".to_owned();
                self.error(span, message, "write it on a line of its own before the instruction".to_owned());
            }
            at += line.len();
        }
    }

    fn marks(&mut self, words: Vec<Word>, instruction: &Instruction) -> Marks {
        let mut marks = Marks::default();
        let mut artifact = None;
        for word in words {
            let (name, value) = match word.text.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word.text.as_str(), None),
            };
            let place = match name {
                "keep" => Place::Keep,
                "build" => Place::Build,
                "runtime" => Place::Runtime,
                "artifact" => {
                    artifact = Some(word.span);
                    if let Some(path) = self.artifact(&word, value, instruction) {
                        marks.artifacts.push(path);
                    }
                    continue;
                }
                _ => {
                    self.unknown(&word, name);
                    continue;
                }
            };
            if value.is_some() {
                self.error(word.span, format!("`{name}` takes no value"), format!("write `# msb: {name}`"));
            } else if !may_be_placed(&instruction.kind) {
                let message = format!("`{name}` says nothing about this instruction");
                self.error(word.span, message, "it may stand before RUN, COPY, ADD, ENV and ARG".to_owned());
            } else if marks.place.is_some_and(|p| p != place) {
                self.error(
                    word.span,
                    format!("`{name}` contradicts the pragma before it"),
                    "keep one of them".to_owned(),
                );
            } else {
                marks.place = Some(place);
            }
        }
        if let Some(span) = artifact.filter(|_| matches!(marks.place, Some(Place::Keep | Place::Runtime))) {
            let message = "`artifact` contradicts `keep` and `runtime`".to_owned();
            self.error(span, message, "a step that runs in the runtime stage makes its files there".to_owned());
        }
        marks
    }

    fn unknown(&mut self, word: &Word, name: &str) {
        let help = match suggestion(name, WORDS) {
            Some("artifact") => "did you mean `artifact=/path`?".to_owned(),
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("one of {} may stand here; an explanation follows ` -- `", list()),
        };
        self.error(word.span, format!("`{name}` is no pragma"), help);
    }

    /// The path of an `artifact`, or nothing after noting what is wrong with it.
    fn artifact(&mut self, word: &Word, value: Option<&str>, instruction: &Instruction) -> Option<String> {
        let Some(value) = value.filter(|v| !v.is_empty()) else {
            self.error(word.span, "`artifact` names no path".to_owned(), "write `# msb: artifact=/path`".to_owned());
            return None;
        };
        let span = Span::new(word.span.end as usize - value.len(), word.span.end as usize);
        if !matches!(instruction.kind, Kind::Run(_)) {
            let help = "only a RUN makes files; what COPY and ADD bring is known".to_owned();
            self.error(word.span, "`artifact` says nothing about this instruction".to_owned(), help);
            return None;
        }
        if !value.starts_with('/') {
            let help = format!("write it from the root, such as `artifact=/app/{}`", value.trim_start_matches("./"));
            self.error(span, format!("`{value}` is not an absolute path"), help);
            return None;
        }
        if value.contains(['$', '*', '?', '[', '"', '\'', '\\']) {
            let help = "variables, wildcards and quotes are not read here; name the file or its directory".to_owned();
            self.error(span, format!("`{value}` is not one path"), help);
            return None;
        }
        let path = paths::join("/", value);
        if path == "/" {
            self.error(
                span,
                "the whole image cannot be copied".to_owned(),
                "name the directory that the step fills".to_owned(),
            );
            return None;
        }
        Some(path)
    }
}

/// Where the words of a pragma begin in a comment line.
fn pragma_start(line: &str) -> Option<usize> {
    let rest = line.trim_start().strip_prefix('#')?.trim_start_matches([' ', '\t']);
    let (prefix, rest) = (rest.get(..3)?, rest.get(3..)?);
    if !prefix.eq_ignore_ascii_case("msb") {
        return None;
    }
    let words = match rest.strip_prefix(':') {
        Some(words) => words,
        // A forgotten colon is still meant for msb when the only other word is one of its own.
        None => {
            let word = rest.strip_prefix([' ', '\t'])?;
            let known = WORDS.contains(&word.trim()) || word.trim_start().starts_with("artifact=");
            known.then_some(word)?
        }
    };
    Some(line.len() - words.len())
}

fn may_be_placed(kind: &Kind) -> bool {
    matches!(kind, Kind::Run(_) | Kind::Copy(_) | Kind::Add(_) | Kind::Env(_) | Kind::Arg(_))
}

fn list() -> String {
    "`keep`, `build`, `runtime`, `artifact=/path`, `ignore`".to_owned()
}

#[cfg(test)]
mod tests;
