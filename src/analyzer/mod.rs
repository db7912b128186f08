//! A parsed Dockerfile, its build context and the facts to an [`Analysis`]: what each step does, and what run time asks.
//!
//! Invariant: nothing is decided here. A step that is not understood is marked so; the planner draws the consequences.

mod base;
mod bounds;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod config;
pub mod demands;
pub mod effects;
pub mod graph;
mod installs;
mod leaning;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod pragmas;
pub mod readers;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod secrets;
mod settings;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod state;
mod walk;

use crate::context::BuildContext;
use crate::diagnostic::Diagnostic;
use crate::facts::heuristics::Heuristics;
use crate::facts::shells;
use crate::paths;
use crate::policy::Policy;
use crate::source::Span;
use crate::syntax::{Dockerfile, Instruction, Kind};
use base::{base_of, is_foreign, pseudo_variables};
use config::{Scope, StageState};
use effects::Effects;
use pragmas::Pragmas;
use readers::Project;
use state::{Files, Landing};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use walk::Walk;

pub use base::Base;

/// One instruction with what it does.
#[derive(Clone, Debug)]
pub struct Step {
    /// Index among the file's instructions.
    pub instruction: usize,
    /// Its place in the source.
    pub span: Span,
    /// Working directory before it.
    pub workdir: String,
    /// User before it, empty for root.
    pub user: String,
    /// Names of variables that its text mentions.
    pub mentions: Vec<String>,
    /// What it does.
    pub action: Action,
}

/// What an instruction does.
#[derive(Clone, Debug)]
pub enum Action {
    /// Sets image configuration or declares an argument.
    Config,
    /// Brings files from the build context or a URL.
    Copy(CopyAction),
    /// Runs commands.
    Run(RunAction),
}

/// A COPY or ADD.
#[derive(Clone, Debug)]
pub struct CopyAction {
    /// What lands where, as far as the context tells.
    pub landings: Vec<Landing>,
    /// Absolute destination.
    pub destination: String,
    /// True when the destination is a directory that receives the sources.
    pub into_directory: bool,
    /// Files written from here-documents.
    pub heredocs: Vec<String>,
    /// The stage or image that is copied from.
    pub from: Option<String>,
    /// What is copied from it, as written but expanded.
    pub from_stage: Vec<String>,
    /// A source is a URL or an archive that ADD unpacks.
    pub unpacks: bool,
    /// Owner set by `--chown`, expanded.
    pub chown: Option<String>,
}

impl CopyAction {
    /// Where the files of another image arrive; empty when the copy is from the build context. A source that is a
    /// directory is taken for a file: what it holds is not known.
    pub fn arrivals(&self) -> Vec<String> {
        let arrive = |source: &String| match self.into_directory {
            true => paths::join(&self.destination, paths::name(source.trim_end_matches('/'))),
            false => self.destination.clone(),
        };
        self.from_stage.iter().map(arrive).collect()
    }
}

/// A RUN.
#[derive(Clone, Debug)]
pub struct RunAction {
    /// The shell text that was read; ranges of units point into it.
    pub text: String,
    /// True when ranges of `text` map to the source through the instruction's logical text.
    pub maps_to_source: bool,
    /// Its top-level parts.
    pub units: Vec<Unit>,
    /// Absolute paths of its mounts: what lies there is not in the image.
    pub mounts: Vec<String>,
}

/// A top-level part of a RUN that may be separated from the others.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Bytes of the shell text.
    pub range: Range<usize>,
    /// What it does.
    pub effects: Effects,
    /// True when it changes only state of the shell that later parts need (`cd`, `export`, `set`).
    pub state_only: bool,
    /// Working directory when it starts, when known.
    pub cwd: Option<String>,
    /// Variables of the shell that it sets, for itself and for what follows.
    pub sets: Vec<String>,
    /// What it does depends on more than its text: on what earlier parts gave the shell by their work (`V=$(git describe)`), or, where
    /// it writes a text, on files that a pattern or a command finds. Alone, it would do something else.
    pub leans: bool,
}

impl Unit {
    /// A text that is not cut.
    fn whole(text: &str, effects: Effects, cwd: Option<String>) -> Unit {
        Unit { range: 0..text.len(), effects, state_only: false, cwd, sets: Vec::new(), leans: false }
    }
}

/// What is known of a file before anything is decided.
#[derive(Debug)]
pub struct Analysis {
    /// The base image.
    pub base: Base,
    /// Every instruction after FROM.
    pub steps: Vec<Step>,
    /// The state at the end of the stage: configuration and variables.
    pub end: StageState,
    /// Arguments declared before FROM.
    pub global: Scope,
    /// Where files came from.
    pub files: Files,
    /// Users and groups made by steps: name to home directory.
    pub homes: BTreeMap<String, String>,
    /// Problems that make paths or commands uncertain, with their instruction.
    pub uncertain: Vec<(String, Span)>,
    /// A SHELL that is not a POSIX shell is in force for a RUN.
    pub foreign_shell: Option<Span>,
    /// Names that the file sets with ENV.
    pub set_variables: BTreeSet<String>,
    /// The file has a CMD of its own.
    pub sets_cmd: bool,
    /// The file has an ENTRYPOINT of its own.
    pub sets_entrypoint: bool,
    /// What the author says in comments; empty when a pragma is wrong, which [`pragmas::read`] reports.
    pub pragmas: Pragmas,
}

impl Analysis {
    /// True when the file compiles something, and links all of it statically.
    pub fn links_statically(&self) -> bool {
        let runs = self.steps.iter().filter_map(|step| match &step.action {
            Action::Run(run) => Some(&run.units),
            _ => None,
        });
        let compiled: Vec<bool> = runs.flatten().filter_map(|unit| unit.effects.is_static).collect();
        !compiled.is_empty() && !compiled.contains(&false)
    }

    /// True when the file itself sets a variable with ENV.
    pub fn sets_variable(&self, name: &str) -> bool {
        self.set_variables.contains(name)
    }
}

/// Everything that an analysis needs.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The file.
    pub dockerfile: &'a Dockerfile,
    /// The build context.
    pub context: &'a dyn BuildContext,
    /// Knowledge of commands.
    pub heuristics: &'a Heuristics,
    /// Values of `--build-arg`.
    pub build_args: &'a BTreeMap<String, String>,
    /// Folders whose other files may use the Dockerfile; none means the root of the context.
    pub projects: &'a [Project<'a>],
    /// What the project's policy says.
    pub policy: &'a Policy,
}

/// Refuses a file with exactly one FROM whose variables grow beyond all measure, before [`analyse`] computes them.
///
/// # Errors
///
/// The first instruction at which they do.
pub fn check_size(inputs: Inputs<'_>) -> Result<(), Diagnostic> {
    bounds::check(inputs)
}

/// Analyses a file with exactly one FROM.
pub fn analyse(inputs: Inputs<'_>) -> Analysis {
    let instructions: Vec<&Instruction> = inputs.dockerfile.instructions().collect();
    let escape = inputs.dockerfile.escape;
    let global = config::global_arguments(instructions.iter().copied(), escape, inputs.build_args);
    let base = base_of(&instructions, &global, escape, inputs.policy);
    let mut walk = Walk {
        inputs,
        state: StageState::new(base.facts.as_ref().map(|f| &f.config), escape),
        files: Files::new(pseudo_variables(inputs.heuristics, &base), is_foreign(&base)),
        global: &global,
        homes: BTreeMap::new(),
        uncertain: Vec::new(),
        foreign_shell: None,
        settings: BTreeMap::new(),
        pragmas: pragmas::read(inputs.dockerfile).unwrap_or_default(),
    };
    let mut steps = Vec::new();
    for (index, instruction) in instructions.iter().enumerate().skip(base.instruction + 1) {
        steps.push(walk.step(index, instruction));
    }
    let Walk { state, files, homes, uncertain, foreign_shell, pragmas, .. } = walk;
    let set_variables = instructions
        .iter()
        .flat_map(|i| match &i.kind {
            Kind::Env(pairs) => pairs.as_slice(),
            _ => &[],
        })
        .map(|pair| pair.name.clone())
        .collect();
    let sets_cmd = instructions.iter().any(|i| matches!(i.kind, Kind::Cmd(_)));
    let sets_entrypoint = instructions.iter().any(|i| matches!(i.kind, Kind::Entrypoint(_)));
    Analysis {
        base,
        steps,
        end: state,
        files,
        homes,
        uncertain,
        foreign_shell,
        global,
        set_variables,
        sets_cmd,
        sets_entrypoint,
        pragmas,
    }
}

/// Names that follow a `$` in a text, sorted.
pub fn mentioned_variables(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        rest = rest[at + 1..].trim_start_matches('{');
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        if end > 0 {
            names.push(rest[..end].to_owned());
        }
    }
    names.sort();
    names.dedup();
    names
}

/// True when a text is a script for a POSIX shell. `without_shebang` says what to think of a text with no `#!` line.
pub fn is_shell_script(text: &str, without_shebang: bool) -> bool {
    match interpreter_of(text) {
        Some(interpreter) => shells::is_posix(&interpreter),
        None => without_shebang && !text.contains('\0'),
    }
}

/// The interpreter of a `#!` line; for `/usr/bin/env NAME` the name.
pub fn interpreter_of(text: &str) -> Option<String> {
    let line = text.strip_prefix("#!")?.lines().next()?;
    let mut words = line.split_whitespace();
    let first = words.next()?;
    match paths::name(first) {
        "env" => words.find(|w| !w.starts_with('-') && !w.contains('=')).map(str::to_owned),
        _ => Some(first.to_owned()),
    }
}
