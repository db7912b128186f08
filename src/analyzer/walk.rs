//! Instructions one after the other, with the state that a build has, to steps: what each brings, runs and writes.

use super::config::{Scope, StageState};
use super::effects::{Effects, Reader, ShellState};
use super::leaning;
use super::pragmas::Pragmas;
use super::state::{Files, Landing};
use super::{Action, CopyAction, Inputs, RunAction, Step, Unit, mentioned_variables};
use crate::context::{self, Entry};
use crate::facts::heuristics::WriteKind;
use crate::facts::shells;
use crate::paths;
use crate::shell::{self, RunText};
use crate::source::Span;
use crate::syntax::{Command, Copy, CopySource, Instruction, Kind};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The most paths that one RUN may name. People write a few; a text of thousands is generated, and asking each of its paths about
/// each other would take minutes.
const MAX_PATHS: usize = 2000;

/// Where files are written that nobody asks for later.
const TEMPORARY: [&str; 2] = ["/tmp", "/var/tmp"];

pub(super) struct Walk<'a> {
    pub(super) inputs: Inputs<'a>,
    pub(super) state: StageState,
    pub(super) files: Files,
    pub(super) global: &'a Scope,
    pub(super) homes: BTreeMap<String, String>,
    pub(super) uncertain: Vec<(String, Span)>,
    pub(super) foreign_shell: Option<Span>,
    pub(super) settings: BTreeMap<String, Option<String>>,
    pub(super) pragmas: Pragmas,
}

impl Walk<'_> {
    pub(super) fn step(&mut self, index: usize, instruction: &Instruction) -> Step {
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
                let unit = Unit::whole(&text, effects, cwd);
                RunAction { text, maps_to_source: true, units: vec![unit], mounts: Vec::new() }
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
        action.mounts = cached;
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
        let cut = shell::units(&script);
        let units: Vec<Unit> = cut
            .iter()
            .enumerate()
            .map(|(u, unit)| {
                let cwd = shell_state.cwd.clone();
                let effects = self.reader().items(&script.items[unit.items.clone()], &script_text, shell_state);
                let text = &script_text[unit.range.clone()];
                let leans = leaning::on_shell(&cut[..u], text) || leaning::on_files(&effects, text);
                let (range, sets) = (unit.range.clone(), unit.sets.clone());
                Unit { range, effects, state_only: unit.state.is_some(), cwd, sets, leans }
            })
            .collect();
        let kept = |path: &&str| !TEMPORARY.iter().any(|folder| paths::is_within(folder, path));
        if units.iter().flat_map(|unit| unit.effects.paths()).filter(kept).count() > MAX_PATHS {
            let because = format!("it writes to more than {MAX_PATHS} paths by name");
            let effects = Effects { opaque: vec![because], ..Effects::default() };
            return whole(script_text, effects, shell_state.cwd.clone());
        }
        RunAction { text: script_text, maps_to_source: instruction.heredocs.is_empty(), units, mounts: Vec::new() }
    }

    /// Keeps environments and home directories that a step made.
    fn note_effects(&mut self, effects: &Effects) {
        self.homes.extend(effects.homes.iter().cloned());
        for evidence in &effects.evidence {
            let Some(id) = &evidence.heuristic else { continue };
            if self.inputs.heuristics.command(id).is_some_and(|rule| rule.prefix) {
                let made = effects.writes.iter().filter(|w| w.kind == WriteKind::Dependency);
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
            match context::glob(context, &clean) {
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
    let unit = Unit::whole(&text, effects, cwd);
    RunAction { text, maps_to_source: false, units: vec![unit], mounts: Vec::new() }
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
