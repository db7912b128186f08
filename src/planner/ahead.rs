//! Commands that compile when the container starts (`cargo run`): the file whose build makes the program, and whose command
//! starts the result.
//!
//! That is another command than the author's, so the plan needs a look. Anything about the command that the build would not
//! take over leaves it as it is.

use super::survey::{Survey, Target};
use super::text;
use crate::analyzer::demands::Demands;
use crate::analyzer::{Action, Analysis, Inputs};
use crate::context::{Entry, clean, join};
use crate::facts::heuristics::{Ahead, Arg, Runtime, Sign, glob};
use crate::programs;
use crate::rules::{self, Reason};
use crate::source::Span;
use crate::syntax::{self, Command, Dockerfile, Instruction, Kind};

/// A build of what the container would compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BuiltAhead {
    /// The step that builds and the place in the file where it is put; nothing where the file builds the same already.
    step: Option<Insertion>,
    /// The index of the instruction that starts the container.
    command: usize,
    /// Its place.
    place: Span,
    /// What it says now.
    text: String,
    /// The command as it was and as it is.
    was: String,
    starts: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Insertion {
    /// The instruction that it follows, by index.
    after: usize,
    at: usize,
    line: String,
}

impl BuiltAhead {
    /// The file with the step and the other command.
    fn applied(&self, dockerfile: &Dockerfile) -> Option<Dockerfile> {
        let source = &dockerfile.source;
        let mut text = Vec::with_capacity(source.len() + self.text.len());
        let mut from = 0;
        if let Some(step) = &self.step {
            text.extend_from_slice(&source[..step.at]);
            text.extend_from_slice(step.line.as_bytes());
            from = step.at;
        }
        text.extend_from_slice(&source[from..self.place.start as usize]);
        text.extend_from_slice(self.text.as_bytes());
        text.extend_from_slice(&source[self.place.end as usize..]);
        syntax::parse(&text).ok()
    }

    /// The place in the file with the changes that stands for a place in it, in the file without.
    pub(crate) fn place_before(&self, span: Span) -> Span {
        let mut start = span.start as usize;
        if let Some(step) = &self.step
            && start >= step.at
        {
            match start.checked_sub(step.line.len()) {
                Some(earlier) if earlier >= step.at => start = earlier,
                _ => return self.place,
            }
        }
        let length = span.end - span.start;
        if start < self.place.start as usize {
            return Span { start: start as u32, end: start as u32 + length };
        }
        let behind = self.place.start as usize + self.text.len();
        if start < behind {
            return self.place;
        }
        let start = (start - behind) as u32 + self.place.end;
        Span { start, end: start + length }
    }

    /// The instruction of the file without the changes that stands for one of the file with them; nothing for the step itself.
    pub(crate) fn index_before(&self, index: usize) -> Option<usize> {
        match &self.step {
            Some(step) if index == step.after + 1 => None,
            Some(step) if index > step.after => Some(index - 1),
            _ => Some(index),
        }
    }

    /// What has to be looked at.
    pub(crate) fn reason(&self) -> Reason {
        let words = format!(
            "`{}` compiles when the container starts; the build does that, and the container starts `{}`",
            self.was, self.starts
        );
        rules::ASSUMED_START.because(words, self.place)
    }
}

/// The file whose build makes the program that its container compiles at every start; nothing where the container starts
/// something else, or the result might not be the same.
pub(crate) fn built_ahead(
    inputs: Inputs<'_>,
    analysis: &Analysis,
    demands: &Demands,
) -> Option<(BuiltAhead, Dockerfile)> {
    let compiles = |reason: &Reason| reason.rule == rules::TOOLCHAIN_AT_RUN_TIME;
    if demands.refusals.is_empty() || !demands.refusals.iter().all(compiles) {
        return None;
    }
    let instructions: Vec<&Instruction> = inputs.dockerfile.instructions().collect();
    let (command, argv, exec) = started(&instructions)?;
    let rule = inputs.heuristics.match_runtime(&argv.iter().map(Arg::known).collect::<Vec<_>>())?;
    let change = plan(inputs, analysis, demands, &instructions, Found { command, argv: &argv, exec, rule })?;
    let file = change.applied(inputs.dockerfile)?;
    Some((change, file))
}

/// The command that starts the container, where it is plain words.
struct Found<'a> {
    command: usize,
    argv: &'a [String],
    /// Whether it is a JSON array.
    exec: bool,
    rule: &'a Runtime,
}

/// The one instruction of the file that starts the container: its index, its words, and whether they are a JSON array.
fn started(instructions: &[&Instruction]) -> Option<(usize, Vec<String>, bool)> {
    let mut starting = instructions.iter().enumerate().filter_map(|(index, instruction)| match &instruction.kind {
        Kind::Cmd(command) | Kind::Entrypoint(command) => Some((index, command)),
        _ => None,
    });
    let (index, command) = starting.next()?;
    if starting.next().is_some() {
        return None;
    }
    let (words, exec) = match command {
        Command::Exec(words) => (words.clone(), true),
        Command::Shell(text) => (text.split_whitespace().map(str::to_owned).collect(), false),
    };
    let plain = |word: &String| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:=,@+".contains(&b))
    };
    words.iter().all(plain).then_some((index, words, exec))
}

fn plan(
    inputs: Inputs<'_>,
    analysis: &Analysis,
    demands: &Demands,
    instructions: &[&Instruction],
    found: Found<'_>,
) -> Option<BuiltAhead> {
    let ahead = found.rule.ahead.as_ref()?;
    let workdir = analysis.end.config.workdir.as_str();
    let target = Target::default();
    let root = Survey::new(inputs, analysis, demands, &target).context_of(workdir)?;
    let within = |path: &str| clean(&join(&root, path));
    let says = |sign: &Sign| inputs.context.text(&within(&sign.file)).is_ok_and(|text| sign.holds(&text));
    let absent = |path: &String| matches!(inputs.context.entry(&within(path)), Entry::Absent);
    if !ahead.needs.iter().all(says) || !ahead.unless_file.iter().all(absent) {
        return None;
    }
    let call = Words::read(found.rule, ahead, found.argv)?;
    let language = found.rule.language.as_deref()?;
    let name = name_of(inputs, language, &root, &call)?;
    let profile = call.options.iter().find_map(|option| ahead.profiles.get(option)).unwrap_or(&ahead.profile);
    let fill = |template: &str, program: &str| {
        let words = [
            ("${tool}", found.argv[0].as_str()),
            ("${options}", &call.options.join(" ")),
            ("${packages}", &call.packages.join(" ")),
            ("${name}", &name),
            ("${profile}", profile),
            ("${program}", program),
        ];
        let text = words.iter().fold(template.to_owned(), |text, (word, value)| text.replace(word, value));
        text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let program = fill(&ahead.program, "").concat();
    let build = fill(&ahead.build, &program).join(" ");
    let mut starts = fill(&ahead.start, &program);
    starts.extend(call.arguments.iter().cloned());
    let instruction = instructions[found.command];
    let keyword = String::from_utf8_lossy(&inputs.dockerfile.source[instruction.keyword_span.range()]).into_owned();
    let shown = match found.exec {
        true => serde_json::to_string(&starts).ok()?.replace("\",\"", "\", \""),
        false => starts.join(" "),
    };
    let source = &inputs.dockerfile.source[instruction.span.range()];
    let length = source.trim_ascii_end().len() as u32;
    let place = Span { start: instruction.span.start, end: instruction.span.start + length };
    let step = match builds_already(analysis, workdir, &build) {
        true => None,
        false => Some(insertion(inputs.dockerfile, instructions, found.command, &build)?),
    };
    Some(BuiltAhead {
        step,
        command: found.command,
        place,
        text: format!("{keyword} {shown}"),
        was: found.argv.join(" "),
        starts: starts.join(" "),
    })
}

/// The words of a command that compiles and starts, by what they are.
struct Words {
    options: Vec<String>,
    packages: Vec<String>,
    arguments: Vec<String>,
}

impl Words {
    /// Nothing where a word is none that the build would take over.
    fn read(rule: &Runtime, ahead: &Ahead, argv: &[String]) -> Option<Words> {
        let mut words = Words { options: Vec::new(), packages: Vec::new(), arguments: Vec::new() };
        let mut rest = argv.get(1..)?.iter();
        // The word that says what the tool does.
        let is_verb = |word: &str| rule.patterns.iter().flat_map(|p| &p.words).any(|asked| asked.is_word(word));
        let mut verb_follows = true;
        let kind = |word: &str| ahead.packages.iter().position(|pattern| glob(pattern, word));
        // One directory, or files of a kind.
        let mut packages = None;
        let mut is_package = |word: &str| match (packages, kind(word)) {
            (None, found @ Some(_)) => {
                packages = found;
                true
            }
            (Some(first), Some(kind)) => first == kind && ahead.packages[first].starts_with('*'),
            _ => false,
        };
        while let Some(word) = rest.next() {
            if verb_follows && is_verb(word) {
                verb_follows = false;
                continue;
            }
            let option = word.split('=').next().unwrap_or_default();
            if word == "--" {
                words.arguments.extend(rest.cloned());
                break;
            } else if is_package(word) {
                words.packages.push(word.clone());
            } else if !words.packages.is_empty() {
                words.arguments.push(word.clone());
                words.arguments.extend(rest.cloned());
                break;
            } else if ahead.options.contains(word) || word.contains('=') && ahead.valued.iter().any(|o| o == option) {
                words.options.push(word.clone());
            } else if ahead.valued.contains(word) {
                words.options.extend([word.clone(), rest.next()?.clone()]);
            } else {
                return None;
            }
        }
        (ahead.packages.is_empty() || !words.packages.is_empty()).then_some(words)
    }
}

/// The one name that the build tool gives the program.
fn name_of(inputs: Inputs<'_>, language: &str, root: &str, call: &Words) -> Option<String> {
    // A file stands for the package in its directory.
    let directory = |word: &String| {
        let ending = word.rsplit_once('.').map(|(_, ending)| ending);
        if !ending.is_some_and(|ending| !ending.is_empty() && ending.bytes().all(|b| b.is_ascii_alphanumeric())) {
            return word.clone();
        }
        match word.rsplit_once('/') {
            Some((directory, _)) if directory.starts_with('.') => directory.to_owned(),
            Some((directory, _)) => format!("./{directory}"),
            None => ".".to_owned(),
        }
    };
    let packages: Vec<String> = call.packages.iter().map(directory).collect();
    let words: Vec<&str> = call.options.iter().chain(&packages).map(String::as_str).collect();
    match programs::products(language, inputs.context, root, &words) {
        Some(names) if names.len() == 1 => names.into_iter().next(),
        Some(_) => None,
        None => programs::archive(inputs.context, root),
    }
}

/// True when the last RUN that does anything in the working directory is the same build.
fn builds_already(analysis: &Analysis, workdir: &str, build: &str) -> bool {
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let last = analysis.steps.iter().rev().find_map(|step| match &step.action {
        Action::Run(run) if step.workdir == workdir => {
            run.units.last().map(|unit| squeezed(&run.text[unit.range.clone()]))
        }
        Action::Copy(_) => Some(String::new()),
        _ => None,
    });
    last.is_some_and(|text| text == build)
}

/// The step and its place: behind the last instruction before the command that changes files or what the build sees.
fn insertion(dockerfile: &Dockerfile, instructions: &[&Instruction], command: usize, build: &str) -> Option<Insertion> {
    let matters = |instruction: &&&Instruction| {
        matches!(
            instruction.kind,
            Kind::From(_)
                | Kind::Run(_)
                | Kind::Copy(_)
                | Kind::Add(_)
                | Kind::Workdir(_)
                | Kind::User(_)
                | Kind::Env(_)
                | Kind::Arg(_)
                | Kind::Shell(_)
        )
    };
    let after = instructions[..command].iter().rposition(|instruction| matters(&instruction))?;
    Some(Insertion { after, at: text::end_of(dockerfile, after)?, line: text::run_line(dockerfile, build) })
}
