//! A parsed Dockerfile, its build context and the facts to an [`Analysis`]: what each step does, and what run time asks.
//!
//! Invariant: nothing is decided here. A step that is not understood is marked so; the planner draws the consequences.

mod bounds;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod config;
pub mod demands;
pub mod effects;
pub mod graph;
mod installs;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod pragmas;
pub mod readers;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod secrets;
mod settings;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod state;

use crate::context::{BuildContext, Entry};
use crate::diagnostic::Diagnostic;
use crate::facts::distributions;
use crate::facts::heuristics::Heuristics;
use crate::facts::images::{self, ImageFacts, ImageRef};
use crate::facts::shells;
use crate::paths;
use crate::policy::{Own, Policy};
use crate::shell::{self, RunText};
use crate::source::Span;
use crate::syntax::{Command, Copy, CopySource, Dockerfile, Instruction, Kind};
use config::{Scope, StageState};
use effects::{Effects, Reader, ShellState};
use pragmas::Pragmas;
use readers::Project;
use state::{Files, Landing, PseudoVariable};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

/// The base image of the only stage.
#[derive(Clone, Debug)]
pub struct Base {
    /// Index of the FROM instruction.
    pub instruction: usize,
    /// The image as written, variables included.
    pub written: String,
    /// The image with variables expanded, by its official name where it is written through a mirror of the policy; `None`
    /// when a variable has no known value.
    pub reference: Option<ImageRef>,
    /// True when the image is written with variables.
    pub has_variables: bool,
    /// True when the image is written through a mirror of the policy.
    pub mirrored: bool,
    /// What the policy says of it, when it is an image of one's own; `reference` is then the image that it is built on.
    pub own: Option<Own>,
    /// What is known of it.
    pub facts: Option<ImageFacts>,
    /// The stage's own name.
    pub name: Option<String>,
    /// `--platform`.
    pub platform: Option<String>,
}

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

fn base_of(instructions: &[&Instruction], global: &Scope, escape: u8, policy: &Policy) -> Base {
    let found = instructions.iter().enumerate().find_map(|(i, instruction)| match &instruction.kind {
        Kind::From(from) => Some((i, from)),
        _ => None,
    });
    let Some((instruction, from)) = found else {
        return Base {
            instruction: 0,
            written: String::new(),
            reference: None,
            has_variables: false,
            mirrored: false,
            own: None,
            facts: None,
            name: None,
            platform: None,
        };
    };
    let named = global.expand(&from.image, escape).and_then(|text| ImageRef::parse(&text));
    let own = named.as_ref().and_then(|image| policy.own(image));
    let official = named.as_ref().filter(|_| own.is_none()).and_then(|image| policy.official(image));
    let mirrored = official.is_some();
    let reference = own.as_ref().map(|own| own.like.clone()).or(official).or(named);
    let own_facts = own.as_ref().and_then(Own::facts);
    Base {
        instruction,
        written: from.image.clone(),
        has_variables: from.image.contains('$'),
        mirrored,
        own,
        facts: own_facts.or_else(|| reference.as_ref().map(|image| facts_of(image, &instructions[instruction + 1..]))),
        reference,
        name: from.name.clone(),
        platform: from.platform.clone(),
    }
}

/// What is known of a base image, or what the file's steps tell of it.
fn facts_of(image: &ImageRef, steps: &[&Instruction]) -> ImageFacts {
    images::lookup(image).unwrap_or_else(|| {
        let word = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        let runs = steps.iter().filter(|step| matches!(step.kind, Kind::Run(_)));
        let words = runs.flat_map(|step| step.args.as_str().split(move |c| !word(c)));
        let managers: BTreeSet<&str> = words.filter(|word| distributions::of_manager(word).is_some()).collect();
        let ids: BTreeSet<&str> =
            managers.iter().filter_map(|m| Some(distributions::of_manager(m)?.id.as_str())).collect();
        images::unknown(managers.first().copied().filter(|_| ids.len() == 1))
    })
}

/// True when nobody has read where the base image has its languages, or they lie elsewhere than in others.
fn is_foreign(base: &Base) -> bool {
    base.facts.as_ref().is_some_and(|facts| facts.foreign)
}

/// The values of the heuristics' `[[variable]]`s for a base image.
fn pseudo_variables(heuristics: &Heuristics, base: &Base) -> BTreeMap<String, PseudoVariable> {
    let mut variables = BTreeMap::new();
    let Some(reference) = &base.reference else { return variables };
    let repository = reference.normalised().repository;
    let release = base.facts.as_ref().filter(|f| f.releases.len() == 1).and_then(|f| f.release.as_ref());
    let release = release.map(|r| format!("{}:{}", r.distribution, r.release));
    // A version that comes from an argument may be another one tomorrow.
    let tag = if base.has_variables { "" } else { reference.tag.as_deref().unwrap_or_default() };
    for variable in heuristics.variables() {
        let value = variable.value_for(&repository, tag, release.as_deref()).filter(|_| !is_foreign(base));
        if value.is_some() || is_foreign(base) {
            let (inside_prefix, unprivileged) = (variable.inside_prefix, variable.unprivileged.clone());
            variables.insert(variable.name.clone(), PseudoVariable { value, inside_prefix, unprivileged });
        }
    }
    variables
}

/// The most paths that one RUN may name. People write a few; a text of thousands is generated, and asking each of its paths about
/// each other would take minutes.
const MAX_PATHS: usize = 2000;

/// Where files are written that nobody asks for later.
const TEMPORARY: [&str; 2] = ["/tmp", "/var/tmp"];

struct Walk<'a> {
    inputs: Inputs<'a>,
    state: StageState,
    files: Files,
    global: &'a Scope,
    homes: BTreeMap<String, String>,
    uncertain: Vec<(String, Span)>,
    foreign_shell: Option<Span>,
    settings: BTreeMap<String, Option<String>>,
    pragmas: Pragmas,
}

impl Walk<'_> {
    fn step(&mut self, index: usize, instruction: &Instruction) -> Step {
        let workdir = self.state.config.workdir.clone();
        let user = self.state.config.user.clone();
        self.files.home = self.home(&user);
        self.files.unprivileged = !matches!(user.split(':').next().unwrap_or_default(), "" | "root" | "0");
        let action = match &instruction.kind {
            Kind::Run(command) => Action::Run(self.run(index, instruction, command)),
            Kind::Copy(copy) | Kind::Add(copy) => {
                let add = matches!(instruction.kind, Kind::Add(_));
                Action::Copy(self.copy(instruction, copy, add))
            }
            _ => Action::Config,
        };
        let known = self.state.apply(instruction, self.global, self.inputs.build_args);
        if !known && matches!(instruction.kind, Kind::Workdir(_)) {
            self.uncertain
                .push(("the working directory depends on a value that is not known".into(), instruction.span));
        }
        let mut mentions = mentioned_variables(instruction.args.as_str());
        mentions.extend(instruction.heredocs.iter().flat_map(|heredoc| mentioned_variables(&heredoc.text)));
        Step { instruction: index, span: instruction.span, workdir, user, mentions, action }
    }

    fn home(&self, user: &str) -> String {
        if let Some(home) = self.state.scope.get("HOME") {
            return home;
        }
        let name = user.split(':').next().unwrap_or_default();
        match name {
            "" | "root" | "0" => "/root".to_owned(),
            name => self.homes.get(name).cloned().unwrap_or_else(|| format!("/home/{name}")),
        }
    }

    fn variables(&self) -> BTreeMap<String, Option<String>> {
        let mut variables = self.state.scope.all();
        variables.entry("HOME".to_owned()).or_insert_with(|| Some(self.files.home.clone()));
        variables
    }

    fn run(&mut self, index: usize, instruction: &Instruction, command: &Command) -> RunAction {
        let mut shell_state = ShellState {
            cwd: Some(self.state.config.workdir.clone()),
            variables: self.variables(),
            settings: self.settings.clone(),
            given: Rc::default(),
        };
        let cached = cache_mounts(instruction, &self.state);
        let mut action = match command {
            Command::Exec(words) => {
                let effects = match words.is_empty() {
                    true => Effects::default(),
                    false => self.reader().words(words, &mut shell_state),
                };
                let cwd = Some(self.state.config.workdir.clone());
                let text = instruction.args.as_str().to_owned();
                let unit = Unit { range: 0..text.len(), effects, state_only: false, cwd };
                RunAction { text, maps_to_source: true, units: vec![unit] }
            }
            Command::Shell(text) => self.shell_run(instruction, text, &mut shell_state),
        };
        self.pragmas.settle(index, &mut action.units);
        for unit in &mut action.units {
            // What lies under a cache mount is not in the image.
            unit.effects.writes.retain(|w| !cached.iter().any(|mount| paths::is_within(mount, &w.path)));
            for file in &mut unit.effects.files {
                file.writes.retain(|p| !cached.iter().any(|mount| paths::is_within(mount, p)));
            }
            unit.effects.downloads.retain(|(path, ..)| !cached.iter().any(|mount| paths::is_within(mount, path)));
            self.note_effects(&unit.effects);
            self.settings.extend(unit.effects.sets.iter().cloned());
        }
        action
    }

    fn reader(&self) -> Reader<'_> {
        Reader { heuristics: self.inputs.heuristics, context: self.inputs.context, files: &self.files }
    }

    fn shell_run(&mut self, instruction: &Instruction, text: &str, shell_state: &mut ShellState) -> RunAction {
        let shell_name = self.state.shell().first().map(|s| paths::name(s).to_owned()).unwrap_or_default();
        if !shells::is_posix(&shell_name) {
            self.foreign_shell.get_or_insert(instruction.span);
            let effects =
                Effects { opaque: vec![format!("`{shell_name}` is not a POSIX shell")], ..Effects::default() };
            return whole(text.to_owned(), effects, shell_state.cwd.clone());
        }
        let heredocs: Vec<(&str, &str, bool)> =
            instruction.heredocs.iter().map(|h| (h.text.as_str(), h.delimiter.as_str(), h.expand)).collect();
        let script_text = match shell::script_of_run(text, &heredocs) {
            RunText::Shell(text) => text,
            RunText::Foreign { interpreter, body } => {
                let effects =
                    Effects { opaque: vec![format!("the script is for `{interpreter}`")], ..Effects::default() };
                return whole(body, effects, shell_state.cwd.clone());
            }
        };
        let script = shell::parse(&script_text);
        if !script.clean {
            let effects = Effects { opaque: vec!["the shell text is not understood".to_owned()], ..Effects::default() };
            return whole(script_text, effects, shell_state.cwd.clone());
        }
        let units: Vec<Unit> = shell::units(&script)
            .into_iter()
            .map(|unit| {
                let cwd = shell_state.cwd.clone();
                let effects = self.reader().items(&script.items[unit.items.clone()], &script_text, shell_state);
                Unit { range: unit.range.clone(), effects, state_only: unit.state.is_some(), cwd }
            })
            .collect();
        let kept = |path: &&str| !TEMPORARY.iter().any(|folder| paths::is_within(folder, path));
        if units.iter().flat_map(|unit| unit.effects.paths()).filter(kept).count() > MAX_PATHS {
            let because = format!("it writes to more than {MAX_PATHS} paths by name");
            let effects = Effects { opaque: vec![because], ..Effects::default() };
            return whole(script_text, effects, shell_state.cwd.clone());
        }
        RunAction { text: script_text, maps_to_source: instruction.heredocs.is_empty(), units }
    }

    /// Keeps environments and home directories that a step made.
    fn note_effects(&mut self, effects: &Effects) {
        self.homes.extend(effects.homes.iter().cloned());
        for evidence in &effects.evidence {
            let Some(id) = &evidence.heuristic else { continue };
            if self.inputs.heuristics.command(id).is_some_and(|rule| rule.prefix) {
                let made = effects.writes.iter().filter(|w| w.kind == crate::facts::heuristics::WriteKind::Dependency);
                self.files.prefixes.extend(made.map(|w| w.path.clone()));
            }
        }
    }

    fn copy(&mut self, instruction: &Instruction, copy: &Copy, add: bool) -> CopyAction {
        let escape = self.inputs.dockerfile.escape;
        let mut uncertain = None;
        let mut expand = |scope: &Scope, text: &str| match scope.expand(text, escape) {
            Some(text) => text,
            None => {
                uncertain = Some(format!("`{text}` depends on a value that is not known"));
                text.to_owned()
            }
        };
        let scope = self.state.scope.clone();
        let written = expand(&scope, &copy.destination);
        let sources: Vec<String> = copy
            .sources
            .iter()
            .filter_map(|s| match s {
                CopySource::Path(path) => Some(expand(&scope, path)),
                CopySource::Heredoc(_) => None,
            })
            .collect();
        let chown = copy.chown.as_ref().map(|c| expand(&scope, c));
        if let Some(words) = uncertain {
            self.uncertain.push((words, instruction.span));
        }
        let destination = paths::join(&self.state.config.workdir, &written);
        let many = copy.sources.len() > 1 || sources.iter().any(|s| s.contains(['*', '?', '[']));
        let names_directory =
            written.ends_with('/') || matches!(written.as_str(), "." | "..") || written.ends_with("/.");
        let mut action = CopyAction {
            landings: Vec::new(),
            destination: destination.clone(),
            into_directory: names_directory || many,
            heredocs: Vec::new(),
            from: copy.from.clone(),
            from_stage: Vec::new(),
            unpacks: false,
            chown,
        };
        for source in &copy.sources {
            if let CopySource::Heredoc(i) = source {
                let heredoc = &instruction.heredocs[*i];
                let path = match action.into_directory {
                    true => paths::join(&destination, &heredoc.delimiter),
                    false => destination.clone(),
                };
                self.files.write_text(path.clone(), heredoc.text.clone());
                action.heredocs.push(path);
            }
        }
        if copy.from.is_some() {
            action.from_stage = sources;
            return action;
        }
        for source in &sources {
            let remote = add && (source.contains("://") || source.starts_with("git@"));
            let archive = add && is_archive(source);
            action.unpacks |= remote || archive;
            if !remote && !archive {
                self.land(source, &destination, action.into_directory, &mut action.landings);
            }
        }
        for landing in &action.landings {
            self.files.land(landing.clone());
        }
        action
    }

    /// Finds out what one source of a COPY is and where it lands.
    fn land(&self, source: &str, destination: &str, into_directory: bool, landings: &mut Vec<Landing>) {
        let context = self.inputs.context;
        let clean = paths::join("/", source)[1..].to_owned();
        let file = |source: String| {
            let destination = match into_directory {
                true => paths::join(destination, paths::name(&source)),
                false => destination.to_owned(),
            };
            Landing { source, destination, tree: false }
        };
        let tree = |source: String| Landing { source, destination: destination.to_owned(), tree: true };
        let mut one = |path: String| {
            let landing = match context.entry(&path) {
                Entry::Directory => tree(path),
                Entry::File { .. } => file(path),
                // A link is followed by COPY; what it leads to decides.
                Entry::Symlink(_) => match context.list(&path) {
                    Ok(_) => tree(path),
                    Err(_) => file(path),
                },
                Entry::Absent | Entry::Unknown => match guess_is_directory(source) {
                    true => tree(path),
                    false => file(path),
                },
            };
            landings.push(landing);
        };
        if clean.contains(['*', '?', '[']) {
            match crate::context::glob(context, &clean) {
                Ok(found) => found.into_iter().for_each(&mut one),
                // The pattern stays as a name: it is known only that something of this form may have landed.
                Err(_) => landings.push(file(clean)),
            }
        } else {
            one(clean);
        }
    }
}

/// A RUN of which nothing can be separated.
fn whole(text: String, effects: Effects, cwd: Option<String>) -> RunAction {
    let unit = Unit { range: 0..text.len(), effects, state_only: false, cwd };
    RunAction { text, maps_to_source: false, units: vec![unit] }
}

/// Without a context: `.`, `dir/` and names without an extension are taken for directories.
fn guess_is_directory(source: &str) -> bool {
    let name = paths::name(source.trim_end_matches('/'));
    source.ends_with('/') || matches!(name, "" | "." | "..") || !name.contains('.') && !starts_like_file(name)
}

/// Names without an extension that are files as a rule.
fn starts_like_file(name: &str) -> bool {
    name.ends_with("file") || name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

/// Local archives that ADD unpacks.
fn is_archive(source: &str) -> bool {
    [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst"]
        .iter()
        .any(|extension| source.ends_with(extension))
}

/// Targets of cache, tmpfs, secret and bind mounts: their contents are not in the image.
fn cache_mounts(instruction: &Instruction, state: &StageState) -> Vec<String> {
    let mut targets = Vec::new();
    for flag in instruction.flags.iter().filter(|f| f.name == "mount") {
        let fields: Vec<&str> = flag.value.as_deref().unwrap_or_default().split(',').collect();
        for field in &fields {
            if let Some((key, value)) = field.split_once('=')
                && matches!(key.trim().to_ascii_lowercase().as_str(), "target" | "dst" | "destination")
                && let Some(value) = state.scope.expand(value.trim(), b'\\')
            {
                targets.push(paths::join(&state.config.workdir, &value));
            }
        }
    }
    targets
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
