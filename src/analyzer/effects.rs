//! What a shell text does to the image: the paths it writes, the system changes it makes, and what nobody can tell.
//!
//! The reader walks commands in order with the state that a shell has (working directory, variables) and asks the
//! heuristics about each. It looks inside scripts, Makefiles and package scripts that the build context holds.

use super::state::Files;
use crate::context::BuildContext;
use crate::facts::heuristics::{
    Arg, Command as Rule, CommandRole, Downloads, Heuristics, Hooks, Nested, PackageManager, Reach, SystemChange,
    Write, WriteKind, glob,
};
use crate::paths;
use crate::shell::{self, ListItem, Node, NodeKind, Part, Simple, Word};
use serde::Serialize;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A path that a step writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathWrite {
    /// Absolute path.
    pub path: String,
    /// What is written there.
    pub kind: WriteKind,
    /// How much of it.
    pub form: Reach,
    /// It may be written, and is not always: nothing may be copied from there by this name.
    pub may: bool,
    /// The heuristic that says so; empty when nothing describes the command.
    pub by: String,
}

/// A plain file operation that any stage with a shell can repeat: mkdir, chmod, cp, `echo >`, ….
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FileOperation {
    /// Paths created or changed.
    pub writes: Vec<String>,
    /// Paths removed.
    pub removes: Vec<String>,
    /// Paths read: the sources of cp, mv, ln and install.
    pub reads: Vec<String>,
    /// True when only owner, mode or time change.
    pub metadata_only: bool,
    /// True when only the time changes.
    pub is_touch: bool,
    /// True for links, whose target need not exist.
    pub is_link: bool,
    /// True when a build tool does it (`cargo clean`), which only the builder has.
    pub by_tool: bool,
    /// The owner given by chown.
    pub chown: Option<Chown>,
    /// Arguments that name the written paths, with their ranges in the text.
    pub targets: Vec<(String, std::ops::Range<usize>)>,
}

/// A change of owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chown {
    /// As written: a name or number, with or without a group.
    pub owner: String,
    /// Everything below too.
    pub recursive: bool,
}

impl FileOperation {
    /// A file written by a redirection.
    fn written(path: String) -> Self {
        FileOperation { writes: vec![path], ..FileOperation::default() }
    }
}

/// System packages that a step installs or removes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackageChange {
    /// Which package manager.
    pub manager: PackageManager,
    /// What happens.
    pub action: PackageAction,
    /// Package names as written, each with its range in the text.
    pub names: Vec<(String, std::ops::Range<usize>)>,
    /// Options as written.
    pub options: Vec<String>,
    /// The name of a virtual group of `apk add --virtual`.
    pub group: Option<String>,
    /// True when every word of the command is known.
    pub exact: bool,
}

/// What a package manager is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackageAction {
    /// Fetch the lists of packages.
    Update,
    /// Install packages.
    Install,
    /// Remove packages.
    Remove,
    /// Upgrade what is installed.
    Upgrade,
    /// Remove caches.
    Clean,
}

/// Something seen in a command, for `msb explain`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The heuristic, such as `go/go-build`; absent when nothing matched.
    pub heuristic: Option<String>,
    /// The command as the heuristics saw it.
    pub command: String,
    /// The heuristic's sentence.
    pub because: String,
}

/// Everything that a shell text does.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Effects {
    /// Paths written by build tools, downloads and the like.
    pub writes: Vec<PathWrite>,
    /// Plain file operations.
    pub files: Vec<FileOperation>,
    /// Package manager calls.
    pub packages: Vec<PackageChange>,
    /// Other system changes.
    pub system: Vec<SystemChange>,
    /// Commands that nothing describes.
    pub unknown: Vec<String>,
    /// Commands of which something is guessed, and what.
    pub assumed: Vec<(String, String)>,
    /// Why the text may write anywhere.
    pub opaque: Vec<String>,
    /// Roles of the commands that matched, joined.
    pub builds: bool,
    /// A test or linter: it must keep failing the build.
    pub checks: bool,
    /// What matched.
    pub evidence: Vec<Evidence>,
    /// Command names that ran, by the last path component.
    pub commands: Vec<String>,
    /// Commands that these start by themselves, as far as the heuristics know.
    pub calls: Vec<String>,
    /// Files read by commands that install dependencies, with the heuristics file that says so.
    pub manifests: Vec<(String, String)>,
    /// Dependencies named on the command line, with the heuristics file that says so.
    pub installs: Vec<(String, String)>,
    /// Files and directories that changes of the system read, whether the text names them or not.
    pub reads: Vec<String>,
    /// Files and directories read by commands that compile, with the heuristics file that says so.
    pub compiled: Vec<(String, String)>,
    /// Dependencies are compiled here even when a ready-made package exists.
    pub from_source: bool,
    /// Settings that later commands of the build follow (`./configure --prefix`); no variables of the environment.
    pub sets: Vec<(String, Option<String>)>,
    /// Names of users and groups that are made.
    pub users: Vec<String>,
    /// Home directories of users, as the step says.
    pub homes: Vec<(String, String)>,
    /// Ids of users and groups, as the step says.
    pub ids: Vec<(String, String)>,
    /// An account is made with the next free id of ordinary ones.
    pub counts_ids: bool,
    /// Caches of what is downloaded: their path, the heuristic that says so, and how they are used.
    #[serde(skip)]
    pub downloads: Vec<(String, String, Downloads)>,
    /// Whether everything compiled here is linked statically; `None` when nothing is compiled.
    pub is_static: Option<bool>,
}

impl Effects {
    /// True when nothing but plain file operations (or nothing at all) happens.
    pub fn is_portable(&self) -> bool {
        self.writes.is_empty()
            && self.packages.is_empty()
            && self.system.is_empty()
            && self.unknown.is_empty()
            && self.opaque.is_empty()
            && !self.builds
            && !self.checks
    }

    /// Every path that is written or removed by name, as often as that happens.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        let files = self.files.iter().flat_map(|file| file.writes.iter().chain(&file.removes));
        self.writes.iter().map(|write| &write.path).chain(files).map(String::as_str)
    }

    fn merge(&mut self, other: Effects) {
        self.writes.extend(other.writes);
        self.files.extend(other.files);
        self.packages.extend(other.packages);
        self.system.extend(other.system);
        self.unknown.extend(other.unknown);
        self.assumed.extend(other.assumed);
        self.opaque.extend(other.opaque);
        self.builds |= other.builds;
        self.checks |= other.checks;
        self.evidence.extend(other.evidence);
        self.commands.extend(other.commands);
        self.calls.extend(other.calls);
        self.manifests.extend(other.manifests);
        self.reads.extend(other.reads);
        self.compiled.extend(other.compiled);
        self.users.extend(other.users);
        self.homes.extend(other.homes);
        self.ids.extend(other.ids);
        self.counts_ids |= other.counts_ids;
        self.sets.extend(other.sets);
        self.installs.extend(other.installs);
        self.downloads.extend(other.downloads);
        self.from_source |= other.from_source;
        self.is_static = match (self.is_static, other.is_static) {
            (Some(one), Some(another)) => Some(one && another),
            (one, another) => one.or(another),
        };
    }
}

/// Variables and working directory while a shell text runs.
#[derive(Clone, Debug)]
pub struct ShellState {
    /// Working directory; `None` once it is not known.
    pub cwd: Option<String>,
    /// Variables; `None` marks one whose value is not known.
    pub variables: BTreeMap<String, Option<String>>,
    /// Settings that earlier commands made, for templates of the heuristics only.
    pub settings: BTreeMap<String, Option<String>>,
    /// How many bytes variables gave to words so far, in this shell and in those that it started.
    pub given: Rc<Cell<usize>>,
}

/// The most bytes that variables may give to the words of one text; what comes after is not known.
const MAX_GIVEN: usize = 64 << 20;

impl ShellState {
    /// The value of a variable in a word.
    fn give(&self, name: &str) -> Option<String> {
        let value = self.get(name)?;
        self.given.set(self.given.get().saturating_add(value.len()));
        (self.given.get() <= MAX_GIVEN).then_some(value)
    }

    fn get(&self, name: &str) -> Option<String> {
        match name {
            "PWD" => self.cwd.clone(),
            _ => self.variables.get(name).cloned().flatten(),
        }
    }
}

/// Reads shell text for its effects.
pub struct Reader<'a> {
    /// What is known of commands.
    pub heuristics: &'a Heuristics,
    /// The build context.
    pub context: &'a dyn BuildContext,
    /// Which image paths came from which context paths so far.
    pub files: &'a Files,
}

/// The most files of the context that are looked at for a name.
const MANY_FILES: usize = 2_000;

/// Absolute paths of files that a text has in quotation marks: a name with an ending in a directory that no distribution
/// fills. An address of a server looks like that at most in its first part.
pub(crate) fn quoted_files(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut parts = line.split(['"', '\'']);
        parts.next();
        // Every other part stands between two marks.
        for path in parts.step_by(2) {
            let plain = |c: char| c.is_ascii_alphanumeric() || "/_-.".contains(c);
            let ending = paths::name(path).rsplit_once('.').is_some_and(|(name, e)| !name.is_empty() && !e.is_empty());
            let elsewhere = !paths::is_of_distribution(path)
                && !["/tmp", "/dev", "/proc", "/sys", "/run"].iter().any(|root| paths::is_within(root, path));
            let deep = path.starts_with('/') && path[1..].contains('/') && paths::join("/", path) == path;
            if deep && ending && elsewhere && path.chars().all(plain) && !found.contains(&path.to_owned()) {
                found.push(path.to_owned());
            }
        }
    }
    found
}

/// How deep scripts, Makefiles and package scripts are followed into each other.
const MAX_DEPTH: usize = 6;

/// The most lines of a manifest's scripts that are followed.
const MAX_HOOKS: usize = 200;

/// What a command that nothing describes is taken to mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknown {
    /// It may write anywhere.
    Opaque,
    /// It is a tool of the project (a package script, a recipe), which writes below its working directory.
    Within,
}

impl Reader<'_> {
    /// Effects of one top-level part of a RUN; `state` is carried on to the next part.
    pub fn items(&self, items: &[ListItem], text: &str, state: &mut ShellState) -> Effects {
        self.list(items, text, state, 0, Unknown::Opaque)
    }

    /// Effects of an exec-form command.
    pub fn words(&self, words: &[String], state: &mut ShellState) -> Effects {
        let argv: Vec<Arg> = words.iter().map(|w| Arg { text: w.clone(), exact: true }).collect();
        let ranges = vec![0..0; argv.len()];
        self.command(&argv, &ranges, state, 0, Unknown::Opaque)
    }

    fn list(&self, items: &[ListItem], text: &str, state: &mut ShellState, depth: usize, unknown: Unknown) -> Effects {
        let mut effects = Effects::default();
        for item in items {
            effects.merge(self.node(&item.node, text, state, depth, unknown));
        }
        effects
    }

    fn node(&self, node: &Node, text: &str, state: &mut ShellState, depth: usize, unknown: Unknown) -> Effects {
        match &node.kind {
            NodeKind::Simple(simple) => self.simple(simple, text, state, depth, unknown),
            NodeKind::Pipeline(nodes) => {
                let mut effects = Effects::default();
                let installer = self.piped_installer(nodes, text, state, &mut effects);
                let read = if installer { nodes.len() - 1 } else { nodes.len() };
                for part in &nodes[..read] {
                    effects.merge(self.node(part, text, &mut state.clone(), depth, unknown));
                }
                effects
            }
            NodeKind::Subshell(items) => self.list(items, text, &mut state.clone(), depth, unknown),
            NodeKind::Group(items) => self.list(items, text, state, depth, unknown),
            NodeKind::Compound { keyword, body, .. } => {
                let mut inner = state.clone();
                if matches!(*keyword, "for" | "select" | "while" | "until" | "case" | "function") {
                    self.forget_loop_variables(&text[node.range.clone()], &mut inner);
                }
                if *keyword == "function" {
                    return self.list(body, text, &mut inner, depth, unknown);
                }
                let turns = (*keyword == "for").then(|| loop_words(&text[node.range.clone()])).flatten();
                let effects = match (turns, body.split_first()) {
                    // Every turn happens; the first item sets the variable.
                    (Some((name, words)), Some((_, rest))) => {
                        let mut effects = Effects::default();
                        for word in words {
                            inner.variables.insert(name.to_owned(), Some(word.to_owned()));
                            effects.merge(self.list(rest, text, &mut inner, depth, unknown));
                        }
                        // What is told by the word that names it has one value only.
                        match effects.packages.is_empty() && effects.files.is_empty() && effects.system.is_empty() {
                            true => effects,
                            false => {
                                inner = state.clone();
                                self.forget_loop_variables(&text[node.range.clone()], &mut inner);
                                self.list(body, text, &mut inner, depth, unknown)
                            }
                        }
                    }
                    _ => self.list(body, text, &mut inner, depth, unknown),
                };
                // A branch may or may not have run: what it set is not known afterwards.
                for (name, value) in inner.variables {
                    if state.variables.get(&name) != Some(&value) {
                        state.variables.insert(name, None);
                    }
                }
                if inner.cwd != state.cwd {
                    state.cwd = None;
                }
                effects
            }
            NodeKind::Opaque => Effects {
                opaque: vec![format!("the shell text `{}` is not understood", abridge(&text[node.range.clone()]))],
                ..Effects::default()
            },
        }
    }

    /// `for d in …` sets `d`; its value inside the loop is not one value.
    fn forget_loop_variables(&self, text: &str, state: &mut ShellState) {
        let mut words = text.split_whitespace();
        if matches!(words.next(), Some("for" | "select"))
            && let Some(name) = words.next()
        {
            state.variables.insert(name.to_owned(), None);
        }
    }

    /// `curl … | sh` runs a script that nobody can read; installers that are known say what they write. True when the
    /// last command is such a shell.
    fn piped_installer(&self, nodes: &[Node], text: &str, state: &ShellState, effects: &mut Effects) -> bool {
        let Some(last) = nodes.last() else { return false };
        let NodeKind::Simple(simple) = &last.kind else { return false };
        let (argv, _) = self.resolve_all(&simple.words, state);
        let is_before = |a: &Arg| matches!(a.text.as_str(), "sudo" | "-E" | "env") || a.text.contains('=');
        let Some(first) = argv.iter().find(|a| !is_before(a)) else { return false };
        if !crate::programs::runs_its_input(paths::name(&first.text)) {
            return false;
        }
        let source = &text[nodes[0].range.start..last.range.end];
        // `… | NAME=value sh` and `… | env NAME=value sh` tell the installer where to.
        let mut told = state.clone();
        for assignment in &simple.assignments {
            let value = assignment.value.resolve(&|name| state.give(name));
            told.variables.insert(assignment.name.clone(), value.exact.then_some(value.text));
        }
        for word in argv.iter().take_while(|word| !crate::programs::runs_its_input(paths::name(&word.text))) {
            if let Some((name, value)) = word.text.split_once('=') {
                told.variables.insert(name.to_owned(), word.exact.then(|| value.to_owned()));
            }
        }
        let state = &told;
        match self.heuristics.installer(source) {
            Some((id, installer)) => {
                effects.builds |= installer.role == CommandRole::Build;
                effects.system.extend(installer.system.iter().copied());
                for write in self.heuristics.installer_writes(installer, &|name| self.variable(name, state)) {
                    if let Some(path) = write.path {
                        let (kind, form, may) = (write.kind, write.form, write.may);
                        effects.writes.push(PathWrite { path, kind, form, may, by: id.clone() });
                    }
                }
                effects.evidence.push(Evidence {
                    heuristic: Some(id),
                    command: abridge(source),
                    because: installer.because.clone(),
                });
            }
            None => effects.opaque.push(format!("`{}` runs a script that is downloaded", abridge(source))),
        }
        true
    }

    /// Words after expansion, each with the range of the word that it came from; `$LIST` gives as many as it holds.
    fn resolve_all(&self, words: &[Word], state: &ShellState) -> (Vec<Arg>, Vec<std::ops::Range<usize>>) {
        let mut argv = Vec::new();
        let mut ranges = Vec::new();
        for word in words {
            let resolved = word.resolve(&|name| state.give(name));
            if resolved.split && resolved.exact {
                for part in resolved.text.split_whitespace() {
                    argv.push(Arg { text: part.to_owned(), exact: true });
                    ranges.push(word.range.clone());
                }
            } else {
                argv.push(Arg { text: resolved.text, exact: resolved.exact });
                ranges.push(word.range.clone());
            }
        }
        (argv, ranges)
    }

    fn simple(&self, simple: &Simple, text: &str, state: &mut ShellState, depth: usize, unknown: Unknown) -> Effects {
        let mut effects = Effects::default();
        for word in simple.words.iter().chain(simple.assignments.iter().map(|a| &a.value)) {
            for part in &word.parts {
                if let Part::Substitution(items) = part {
                    let inner = self.list(items, text, &mut state.clone(), depth + 1, Unknown::Within);
                    effects.merge(inner);
                }
            }
        }
        if simple.words.is_empty() {
            for assignment in &simple.assignments {
                let value = assignment.value.resolve(&|name| state.give(name));
                state.variables.insert(assignment.name.clone(), value.exact.then_some(value.text));
            }
            self.redirects(simple, state, &mut effects);
            return effects;
        }
        let mut local = state.clone();
        for assignment in &simple.assignments {
            let value = assignment.value.resolve(&|name| state.give(name));
            local.variables.insert(assignment.name.clone(), value.exact.then_some(value.text));
        }
        let (argv, ranges) = self.resolve_all(&simple.words, &local);
        if argv.is_empty() {
            return effects;
        }
        if matches!(argv[0].text.as_str(), "." | "source") {
            effects.merge(self.sourced(&argv, state, depth, unknown));
            return effects;
        }
        if self.changes_state(&argv, &simple.words, state) {
            self.redirects(simple, state, &mut effects);
            return effects;
        }
        effects.merge(self.command(&argv, &ranges, &mut local, depth, unknown));
        state.settings = local.settings;
        let before = effects.files.len();
        self.redirects(simple, state, &mut effects);
        if !matches!(argv[0].text.as_str(), "echo" | "printf" | "cat" | "true" | ":") {
            // What another tool prints is a result of that tool; it cannot be made again without it.
            for file in effects.files.split_off(before) {
                let kind = WriteKind::Data;
                let write = |path| PathWrite { path, kind, form: Reach::Path, may: false, by: String::new() };
                effects.writes.extend(file.writes.into_iter().map(write));
            }
        }
        effects
    }

    /// `. FILE`: a file of the context is read as part of the text; any other is taken to set variables.
    fn sourced(&self, argv: &[Arg], state: &mut ShellState, depth: usize, unknown: Unknown) -> Effects {
        let file = argv.get(1).filter(|arg| arg.exact).zip(state.cwd.as_deref());
        let text = file.and_then(|(arg, cwd)| self.files.text(&paths::join(cwd, &arg.text), self.context));
        match text.map(|text| (shell::parse(&text), text)) {
            Some((script, text)) if script.clean && depth < MAX_DEPTH => {
                self.list(&script.items, &text, state, depth + 1, unknown)
            }
            Some(_) => {
                Effects { opaque: vec!["a file that is sourced is not understood".to_owned()], ..Effects::default() }
            }
            None => Effects::default(),
        }
    }

    /// Commands that change only the state of the shell. Returns true when the command was one.
    fn changes_state(&self, argv: &[Arg], words: &[Word], state: &mut ShellState) -> bool {
        match argv[0].text.as_str() {
            "cd" | "pushd" => {
                let target = argv.iter().skip(1).find(|a| !a.text.starts_with('-') || a.text == "-");
                state.cwd = match (target, &state.cwd) {
                    (Some(arg), Some(cwd)) if arg.exact && arg.text != "-" => {
                        let path = match arg.text.strip_prefix('~') {
                            Some(rest) => format!("{}{rest}", self.variable("HOME", state).unwrap_or_default()),
                            None => arg.text.clone(),
                        };
                        Some(paths::join(cwd, &path))
                    }
                    (Some(arg), None) if arg.exact && arg.text.starts_with('/') => Some(paths::join("/", &arg.text)),
                    (None, _) => self.variable("HOME", state),
                    _ => None,
                };
                true
            }
            "popd" => {
                state.cwd = None;
                true
            }
            "export" | "readonly" | "declare" | "local" | "typeset" => {
                for (arg, word) in argv.iter().zip(words).skip(1) {
                    if let Some((name, value)) = arg.text.split_once('=') {
                        let dynamic = word.parts.iter().any(|p| matches!(p, Part::Substitution(_) | Part::Dynamic));
                        let value = (arg.exact && !dynamic).then(|| value.to_owned());
                        state.variables.insert(name.to_owned(), value);
                    }
                }
                true
            }
            "unset" => {
                for arg in &argv[1..] {
                    state.variables.remove(&arg.text);
                }
                true
            }
            "set" | "shopt" | "umask" | "trap" | ":" | "true" | "false" | "exit" | "return" | "wait" | "shift"
            | "break" | "continue" | "[" | "test" | "ulimit" | "hash" | "type" => true,
            _ => false,
        }
    }

    fn redirects(&self, simple: &Simple, state: &ShellState, effects: &mut Effects) {
        for redirect in &simple.redirects {
            if !matches!(redirect.operator.as_str(), ">" | ">>" | ">|" | "&>" | "&>>") {
                continue;
            }
            let target = redirect.target.resolve(&|name| state.give(name));
            if target.text.starts_with("/dev/") || target.text.bytes().all(|b| b.is_ascii_digit()) && target.exact {
                continue;
            }
            let home = target.text.strip_prefix("~/").map(|rest| paths::join(&self.files.home, rest));
            if let Some(path) = home.filter(|_| target.exact) {
                effects.files.push(FileOperation::written(path));
                continue;
            }
            match (&state.cwd, target.exact && !target.text.starts_with('~')) {
                (Some(cwd), true) => effects.files.push(FileOperation::written(paths::join(cwd, &target.text))),
                (None, true) if target.text.starts_with('/') => {
                    effects.files.push(FileOperation::written(paths::join("/", &target.text)));
                }
                _ => effects.opaque.push("output is redirected to a path that is not known".to_owned()),
            }
        }
    }

    /// A variable as a template of the heuristics sees it.
    fn variable(&self, name: &str, state: &ShellState) -> Option<String> {
        let setting = || state.settings.get(name).cloned().flatten();
        state.get(name).or_else(setting).or_else(|| self.files.pseudo_variable(name, &|n| state.get(n)))
    }

    fn command(
        &self,
        argv: &[Arg],
        ranges: &[std::ops::Range<usize>],
        state: &mut ShellState,
        depth: usize,
        unknown: Unknown,
    ) -> Effects {
        let mut effects = Effects::default();
        let shown = abridge(&argv.iter().map(|a| a.text.as_str()).collect::<Vec<_>>().join(" "));
        effects.commands.push(paths::name(&argv[0].text).to_owned());
        let Some(rule) = self.heuristics.match_command(argv) else {
            self.undescribed(argv, &shown, state, depth, unknown, &mut effects);
            return effects;
        };
        effects.evidence.push(Evidence {
            heuristic: Some(rule.full_id()),
            command: shown.clone(),
            because: rule.because.clone(),
        });
        match rule.role {
            // Installing packages prepares a build or run time; by itself it builds nothing.
            CommandRole::Build | CommandRole::Both => effects.builds = rule.packages.is_none(),
            CommandRole::Check => effects.checks = true,
            CommandRole::Runtime | CommandRole::Cleanup | CommandRole::Neutral => {}
        }
        effects.system.extend(rule.system.iter().copied().filter(|s| *s != SystemChange::Packages));
        if rule.packages.is_none() && rule.system.contains(&SystemChange::Packages) {
            effects.opaque.push(format!("`{shown}` changes system packages that it does not name"));
        }
        if rule.system.contains(&SystemChange::Users) {
            let last = self.heuristics.positionals(rule, argv).last().map(|&i| argv[i].text.clone());
            let flags: Vec<&str> = rule.home_flags.iter().map(String::as_str).collect();
            let home = self.heuristics.option(argv, &flags).filter(|home| home.exact && home.text.starts_with('/'));
            effects.homes.extend(last.clone().zip(home.map(|home| home.text)));
            let flags: Vec<&str> = rule.id_flags.iter().map(String::as_str).collect();
            let id = self.heuristics.option(argv, &flags);
            let elsewhere = argv.iter().any(|word| rule.own_range.contains(&word.text));
            effects.counts_ids |= !flags.is_empty() && id.is_none() && !elsewhere;
            effects.ids.extend(last.clone().zip(id.filter(|id| id.exact).map(|id| id.text)));
            effects.users.extend(last);
        }
        if let Some(manager) = rule.packages {
            let words = self.heuristics.positionals(rule, argv);
            effects.packages.push(packages(manager, &words, argv, ranges));
            return effects;
        }
        let sets = self.heuristics.sets_of(rule, argv, &|name| self.variable(name, state));
        effects.sets.extend(sets.iter().cloned());
        state.settings.extend(sets);
        if rule.lifecycle {
            match self.lifecycle(state, depth) {
                Some(inner) => effects.merge(inner),
                None => self.fallback(&shown, state, Unknown::Within, &mut effects),
            }
        }
        if rule.inside.is_some() && depth < MAX_DEPTH {
            match self.heuristics.nested(rule, argv) {
                None => return effects,
                Some(nested) => match self.look_inside(rule, &nested, argv, ranges, state, depth, unknown) {
                    // What was read says more than the rule's general description.
                    Some(inner) => {
                        effects.merge(inner);
                        return effects;
                    }
                    None if rule.writes.is_empty() => {
                        self.fallback(&shown, state, unknown, &mut effects);
                        return effects;
                    }
                    None => {}
                },
            }
        }
        self.rule_effects(rule, argv, ranges, &shown, state, unknown, &mut effects);
        effects.assumed.extend(rule.assumes.iter().map(|words| (shown.clone(), words.clone())));
        for hooks in &rule.hooks {
            self.hooks(hooks, argv, &shown, state, depth, &mut effects);
        }
        effects
    }

    /// Adds what scripts of a manifest do that a command runs by itself.
    fn hooks(&self, hooks: &Hooks, argv: &[Arg], shown: &str, state: &ShellState, depth: usize, effects: &mut Effects) {
        let flags: Vec<&str> = hooks.unless_flag.iter().map(String::as_str).collect();
        if self.heuristics.has_option(argv, &flags) {
            return;
        }
        let guess = |what: &str| (shown.to_owned(), format!("{what} is taken to write only below its directory"));
        let Some(cwd) = &state.cwd else { return };
        let path = paths::join(cwd, &hooks.file);
        let Some(text) = self.files.text(&path, self.context) else {
            effects.assumed.push(guess(&format!("what {} makes it run", hooks.file)));
            return;
        };
        let manifest: serde_json::Value = match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
            Ok(manifest) => manifest,
            Err(_) => {
                effects.assumed.push(guess(&format!("what {} makes it run", hooks.file)));
                return;
            }
        };
        let mut pending: Vec<&serde_json::Value> = Vec::new();
        let script = |name: &str| manifest.get(&hooks.key).and_then(|scripts| scripts.get(name));
        pending.extend(hooks.run.iter().rev().filter_map(|name| script(name)));
        let mut steps = 0;
        while let Some(value) = pending.pop() {
            steps += 1;
            if steps > MAX_HOOKS {
                effects.assumed.push(guess("what its scripts run"));
                return;
            }
            match value {
                serde_json::Value::Array(lines) => pending.extend(lines.iter().rev()),
                serde_json::Value::Object(lines) => {
                    let unknown = lines.keys().find(|line| !hooks.known.iter().any(|g| glob(g, line)));
                    effects.assumed.extend(unknown.map(|line| guess(&format!("`{line}`"))));
                }
                serde_json::Value::String(line) => {
                    let named = line.strip_prefix('@').and_then(&script);
                    if let Some(inner) = named {
                        pending.push(inner);
                        continue;
                    }
                    if hooks.known.iter().any(|g| glob(g, line)) {
                        continue;
                    }
                    let told = hooks.words.iter().find_map(|(word, meant)| {
                        let rest = line.strip_prefix(word.as_str())?;
                        rest.starts_with(' ').then(|| format!("{meant}{rest}"))
                    });
                    let text = told.unwrap_or_else(|| line.clone());
                    let parsed = shell::parse(&text);
                    // `Class::method` is a function of the project, and no command.
                    if depth >= MAX_DEPTH || !parsed.clean || text.starts_with('@') || text.contains("::") {
                        effects.assumed.push(guess(&format!("`{}`", abridge(line))));
                        continue;
                    }
                    let mut local = state.clone();
                    effects.merge(self.list(&parsed.items, &text, &mut local, depth + 1, Unknown::Opaque));
                }
                _ => {}
            }
        }
    }

    /// True when a command's results go to a directory that is not known, or lean on one: an interpreter that is fetched where
    /// there is none.
    fn lands_anywhere(&self, rule: &Rule, argv: &[Arg], writes: &[Write]) -> bool {
        let results = |kind: WriteKind| matches!(kind, WriteKind::Dependency | WriteKind::Artifact);
        let fetches = self.heuristics.fetches_interpreter(argv) && rule.writes.iter().any(|w| results(w.kind));
        let usual = |path: &String| !rule.official_layout && paths::is_within("/usr/local", path);
        let anywhere = |w: &&Write| w.kind == WriteKind::Dependency && w.path.as_ref().is_some_and(usual);
        fetches || writes.iter().any(|w| w.path.is_none() && results(w.kind)) || writes.iter().any(|w| anywhere(&w))
    }

    /// Adds the writes, removals and reads that a rule describes.
    #[allow(clippy::too_many_arguments)]
    fn rule_effects(
        &self,
        rule: &Rule,
        argv: &[Arg],
        ranges: &[std::ops::Range<usize>],
        shown: &str,
        state: &ShellState,
        unknown: Unknown,
        effects: &mut Effects,
    ) {
        let lookup = |name: &str| self.variable(name, state);
        let removes = self.heuristics.removes_of(rule, argv, &lookup);
        let reads = self.heuristics.reads_of(rule, argv, &lookup);
        let read: Vec<String> = reads.iter().filter_map(|r| r.path.clone()).collect();
        let mentions = |sign: &str| {
            let in_files = || read.iter().any(|p| self.files.text(p, self.context).is_some_and(|t| t.contains(sign)));
            argv.iter().any(|word| word.text.contains(sign)) || in_files()
        };
        let guesses = rule.assumes_for.iter().filter(|guess| guess.signs.iter().any(|sign| mentions(sign)));
        effects.assumed.extend(guesses.map(|guess| (shown.to_owned(), guess.assumes.clone())));
        effects.calls.extend(rule.calls_with(&mentions).into_iter().map(str::to_owned));
        let writes = self.heuristics.shown_writes_of(rule, argv, &lookup, &mentions);
        if rule.portable {
            if writes.iter().chain(&removes).any(|w| w.path.is_none()) {
                match &state.cwd {
                    // Metadata of files that are copied or repeated whole comes along.
                    Some(cwd) if !paths::is_shared(cwd) => effects.writes.push(PathWrite {
                        path: cwd.clone(),
                        kind: WriteKind::Unknown,
                        form: Reach::Within,
                        may: true,
                        by: rule.full_id(),
                    }),
                    _ if unknown == Unknown::Within || removes.iter().any(|w| w.path.is_none()) => {}
                    _ => effects.opaque.push(format!("`{shown}` works on a path that is not known")),
                }
                return;
            }
            let operation = self.operation(rule, argv, ranges, writes, removes, reads, state);
            if !operation.writes.is_empty() || !operation.removes.is_empty() {
                effects.files.push(operation);
            }
            return;
        }
        if self.files.foreign && self.lands_anywhere(rule, argv, &writes) {
            effects.opaque.push(format!("where `{shown}` puts things on this base image is not known"));
        }
        if !rule.system.is_empty() {
            effects.reads.extend(read);
        }
        if rule.writes.iter().any(|w| w.kind == WriteKind::Dependency) {
            let read = reads.iter().filter_map(|r| Some((r.path.clone()?, rule.ecosystem.clone())));
            effects.manifests.extend(read);
            // What only builds is given other things than names of packages (`node-gyp rebuild`).
            let installs = rule.role == CommandRole::Both || rule.global;
            let named = self.heuristics.positionals(rule, argv).into_iter().filter(|&i| installs && argv[i].exact);
            effects.installs.extend(named.map(|i| (argv[i].text.clone(), rule.ecosystem.clone())));
            let asks = crate::facts::libraries::from_source();
            let options: Vec<&str> = asks.options.iter().map(String::as_str).collect();
            effects.from_source |= self.heuristics.has_option(argv, &options)
                || asks.variables.iter().any(|name| lookup(name).is_some_and(|value| !value.is_empty()));
        }
        if rule.writes.iter().any(|w| matches!(w.kind, WriteKind::Artifact | WriteKind::Intermediate)) {
            let is_static = rule.static_when.iter().any(|sign| sign.is_there(argv, &lookup));
            effects.is_static = Some(is_static);
            if !is_static {
                effects.compiled.extend(reads.into_iter().filter_map(|r| Some((r.path?, rule.ecosystem.clone()))));
            }
        }
        let by = rule.full_id();
        for write in writes {
            match write.path {
                Some(path) => {
                    effects.downloads.extend(write.downloads.map(|how| (path.clone(), by.clone(), how)));
                    let (kind, form, may) = (write.kind, write.form, write.may);
                    effects.writes.push(PathWrite { path, kind, form, may, by: by.clone() })
                }
                None if write.kind == WriteKind::Cache => {}
                None => self.fallback(shown, state, unknown, effects),
            }
        }
        self.setting_writes(rule, shown, state, effects);
        self.listed(rule, state, effects);
        self.installed_places(rule, state, effects);
        self.generated(rule, state, effects);
        let removes: Vec<String> = removes.into_iter().filter_map(|r| r.path).collect();
        if !removes.is_empty() {
            effects.files.push(FileOperation { removes, by_tool: true, ..FileOperation::default() });
        }
    }

    /// Adds the directories that the project's own settings name.
    fn setting_writes(&self, rule: &Rule, shown: &str, state: &ShellState, effects: &mut Effects) {
        let Some(cwd) = &state.cwd else { return };
        for setting in &rule.project_settings {
            let lookup = |name: &str| self.variable(name, state);
            match super::settings::find(setting, cwd, self.files, self.context, &lookup) {
                super::settings::Found::Absent => {}
                super::settings::Found::Paths(paths) => {
                    let writes = paths.into_iter().filter(|path| !paths::is_within(cwd, path) || paths::is_shared(cwd));
                    effects.writes.extend(writes.map(|path| PathWrite {
                        path,
                        kind: setting.kind,
                        form: Reach::Path,
                        may: false,
                        by: rule.full_id(),
                    }));
                }
                super::settings::Found::Unknown => {
                    effects.builds = true;
                    effects
                        .opaque
                        .push(format!("`{shown}` writes where {} says, and its value is computed", setting.name));
                }
            }
        }
    }

    /// Adds the directories of the system that the project's build files name.
    fn installed_places(&self, rule: &Rule, state: &ShellState, effects: &mut Effects) {
        let Some(cwd) = state.cwd.as_deref().filter(|_| rule.install_places) else { return };
        let Some(ecosystem) = self.heuristics.ecosystem(&rule.ecosystem) else { return };
        let places = super::installs::places(&ecosystem.detect.installs, cwd, self.files, self.context);
        effects.writes.extend(places.into_iter().map(|path| PathWrite {
            path,
            kind: WriteKind::Artifact,
            form: Reach::Within,
            may: true,
            by: rule.full_id(),
        }));
    }

    /// Says by their names which files an installation puts into a directory, where the project's build files list them.
    fn listed(&self, rule: &Rule, state: &ShellState, effects: &mut Effects) {
        let Some(cwd) = state.cwd.as_deref() else { return };
        let Some(ecosystem) = self.heuristics.ecosystem(&rule.ecosystem) else { return };
        for listed in &ecosystem.detect.listed {
            let Some(directory) = self.variable(&listed.setting, state) else { continue };
            let unnamed = |w: &PathWrite| w.path == directory && w.form == Reach::Within && w.by == rule.full_id();
            if !effects.writes.iter().any(unnamed) {
                continue;
            }
            let text = |path: &str| self.files.text(path, self.context);
            let Some(names) = super::installs::listed(listed, cwd, &text) else { continue };
            effects.writes.retain(|w| !unnamed(w));
            effects.writes.extend(names.into_iter().map(|name| PathWrite {
                path: paths::join(&directory, &name),
                kind: WriteKind::Data,
                form: Reach::Path,
                may: false,
                by: rule.full_id(),
            }));
        }
    }

    /// Adds what programs of the project write while the command runs them. One that cannot be read may write.
    fn generated(&self, rule: &Rule, state: &ShellState, effects: &mut Effects) {
        let Some(cwd) = state.cwd.as_deref() else { return };
        let has = |text: &str, words: &[String]| words.iter().any(|word| text.contains(word.as_str()));
        let writes = rule.generators.iter().any(|generator| {
            let path = paths::join(cwd, &generator.file);
            match self.files.text(&path, self.context) {
                Some(text) => has(&text, &generator.any) && !has(&text, &generator.unless),
                None => self.files.entry(&path, self.context).is_some(),
            }
        });
        if writes {
            let (kind, form) = (WriteKind::Data, Reach::Within);
            effects.writes.push(PathWrite { path: cwd.to_owned(), kind, form, may: true, by: rule.full_id() });
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn operation(
        &self,
        rule: &Rule,
        argv: &[Arg],
        ranges: &[std::ops::Range<usize>],
        writes: Vec<Write>,
        removes: Vec<Write>,
        reads: Vec<Write>,
        state: &ShellState,
    ) -> FileOperation {
        let cwd = state.cwd.as_deref().unwrap_or("/");
        let positionals = self.heuristics.positionals(rule, argv);
        let paths_of = |list: Vec<Write>| list.into_iter().filter_map(|w| w.path).collect::<Vec<_>>();
        let writes = self.landing_places(writes);
        let targets = positionals
            .iter()
            .filter_map(|&i| {
                let path = paths::join(cwd, &argv[i].text);
                let range = ranges.get(i).filter(|r| !r.is_empty())?;
                (argv[i].exact && writes.contains(&path)).then(|| (path, range.clone()))
            })
            .collect();
        let name = paths::name(&argv[0].text);
        let chown = (name == "chown").then(|| Chown {
            owner: positionals.first().map(|&i| owner_of(&argv[i].text)).unwrap_or_default(),
            recursive: self.heuristics.has_option(argv, &["-R", "--recursive"]),
        });
        FileOperation {
            writes,
            removes: paths_of(removes),
            reads: paths_of(reads),
            metadata_only: rule.metadata,
            is_touch: name == "touch",
            is_link: name == "ln",
            by_tool: false,
            chown,
            targets,
        }
    }

    /// The paths behind targets that may be directories: `cp a /usr/local/bin` writes `/usr/local/bin/a`.
    fn landing_places(&self, writes: Vec<Write>) -> Vec<String> {
        let mut places = Vec::new();
        for write in writes {
            let Some(path) = write.path else { continue };
            let directory = write.form == Reach::Into
                || paths::is_shared(&path)
                || write.names.len() > 1
                || self.files.is_directory(&path, self.context);
            match directory && !write.names.is_empty() && !write.names.iter().any(|n| n == "." || n.contains('*')) {
                true => places.extend(write.names.iter().map(|name| paths::join(&path, name))),
                false => places.push(path),
            }
        }
        places
    }

    /// The command is described by nothing: perhaps it is a script of the context or a tool of the project.
    fn undescribed(
        &self,
        argv: &[Arg],
        shown: &str,
        state: &mut ShellState,
        depth: usize,
        unknown: Unknown,
        effects: &mut Effects,
    ) {
        if argv[0].text.contains('/')
            && depth < MAX_DEPTH
            && let Some(inner) = self.script(&argv[0], &argv[1..], state, depth)
        {
            effects.merge(inner);
            return;
        }
        effects.evidence.push(Evidence {
            heuristic: None,
            command: shown.to_owned(),
            because: "no heuristic describes this command".to_owned(),
        });
        self.fallback(shown, state, unknown, effects);
        if unknown == Unknown::Opaque {
            self.named_places(argv, effects);
            self.shared_files(argv, state, effects);
        }
        if unknown == Unknown::Opaque && self.heuristics.match_runtime(argv).is_some_and(|rule| rule.language.is_some())
        {
            // What a library downloads (models, browsers) lies in the home directory.
            effects.writes.push(PathWrite {
                path: self.files.home.clone(),
                kind: WriteKind::Unknown,
                form: Reach::Within,
                may: true,
                by: String::new(),
            });
        }
    }

    /// Files that a program of the project names by an absolute path, and that another file of the project names as well: what
    /// nothing brings, the program makes for the other. Files of directories that distributions fill may be anybody's.
    fn shared_files(&self, argv: &[Arg], state: &ShellState, effects: &mut Effects) {
        let Some(cwd) = state.cwd.as_deref() else { return };
        for word in argv.iter().skip(1).filter(|word| word.exact) {
            let program = paths::join(cwd, &word.text);
            let Some(text) = self.files.text(&program, self.context) else { continue };
            let own = self.files.context_path(&program);
            let mut named = quoted_files(&text);
            named.retain(|path| self.files.entry(path, self.context).is_none());
            if named.is_empty() {
                continue;
            }
            let Ok(found) = crate::context::walk(self.context, "", MANY_FILES) else { continue };
            let others: Vec<String> = found
                .iter()
                .filter(|(path, _)| Some(path) != own.as_ref())
                .filter_map(|(path, _)| self.context.text(path).ok())
                .collect();
            named.retain(|path| others.iter().any(|text| text.contains(path.as_str())));
            effects.writes.extend(named.into_iter().map(|path| PathWrite {
                path,
                kind: WriteKind::Data,
                form: Reach::Path,
                may: false,
                by: String::new(),
            }));
        }
    }

    /// What an unknown command is told by an absolute path that the context does not bring, it may write there.
    fn named_places(&self, argv: &[Arg], effects: &mut Effects) {
        for word in argv.iter().skip(1).filter(|word| word.exact) {
            let path = word.text.split_once('=').map_or(word.text.as_str(), |(_, value)| value);
            let pseudo = ["/dev", "/proc", "/sys"].iter().any(|root| paths::is_within(root, path));
            let told = path.starts_with('/') && path.len() > 1 && !pseudo && !path.contains(char::is_whitespace);
            if told && !paths::is_shared(path) && self.files.entry(path, self.context).is_none() {
                effects.writes.push(PathWrite {
                    path: paths::join("/", path),
                    kind: WriteKind::Unknown,
                    form: Reach::Within,
                    may: true,
                    by: String::new(),
                });
            }
        }
    }

    /// Writes of a command that is not described: below the working directory, or anywhere.
    fn fallback(&self, shown: &str, state: &ShellState, unknown: Unknown, effects: &mut Effects) {
        effects.builds = true;
        match &state.cwd {
            Some(cwd) if !paths::is_shared(cwd) => {
                effects.writes.push(PathWrite {
                    path: cwd.clone(),
                    kind: WriteKind::Unknown,
                    form: Reach::Within,
                    may: true,
                    by: String::new(),
                });
                if unknown == Unknown::Opaque {
                    effects.unknown.push(shown.to_owned());
                }
            }
            _ => effects.opaque.push(format!("nothing is known about `{shown}`")),
        }
    }

    /// Reads what a command runs: a script, a Makefile, a package script, a text given as an argument.
    #[allow(clippy::too_many_arguments)]
    fn look_inside(
        &self,
        rule: &Rule,
        nested: &Nested,
        argv: &[Arg],
        ranges: &[std::ops::Range<usize>],
        state: &mut ShellState,
        depth: usize,
        unknown: Unknown,
    ) -> Option<Effects> {
        match nested {
            Nested::ShellText(i) => {
                let text = argv.get(*i).filter(|a| a.exact)?;
                let script = shell::parse(&text.text);
                script.clean.then(|| self.list(&script.items, &text.text, &mut state.clone(), depth + 1, unknown))
            }
            Nested::Script(i) => self.script(&argv[*i], &argv[i + 1..], state, depth),
            Nested::Command(i) => {
                let mut local = state.clone();
                let mut start = *i;
                // `env A=b command`
                while let Some((name, value)) = argv.get(start).and_then(|a| a.text.split_once('=')) {
                    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                        break;
                    }
                    local.variables.insert(name.to_owned(), argv[start].exact.then(|| value.to_owned()));
                    start += 1;
                }
                let rest = argv.get(start..).filter(|rest| !rest.is_empty())?;
                let mut effects = self.command(rest, &ranges[start..], &mut local, depth + 1, unknown);
                if rule.more {
                    // Names that nobody knows stay with the command that gets them.
                    for change in effects.packages.iter_mut().filter(|change| change.action == PackageAction::Install) {
                        change.names.push((String::new(), 0..0));
                        change.exact = false;
                    }
                }
                Some(effects)
            }
            Nested::PackageScript { name, directory } => {
                let cwd = self.moved(state, directory.as_ref())?;
                let scripts = self.package_scripts(&cwd)?;
                scripts.contains_key(name).then_some(())?;
                let names = [format!("pre{name}"), name.clone(), format!("post{name}")];
                Some(self.run_scripts(&scripts, &names, &cwd, state, depth))
            }
            Nested::Make { directory, file, targets } => {
                let cwd = self.moved(state, directory.as_ref())?;
                // Words that made the rule match (`make install`) are targets too.
                let named = |word: &str| rule.patterns.iter().flat_map(|p| &p.words).any(|w| w.is_word(word));
                let mut all: Vec<Arg> = argv[1..].iter().filter(|a| a.exact && named(&a.text)).cloned().collect();
                all.extend(targets.iter().cloned());
                self.make(&cwd, file.as_ref(), &all, argv, state, depth)
            }
        }
    }

    /// The working directory after an option such as `-C DIR`.
    fn moved(&self, state: &ShellState, directory: Option<&Arg>) -> Option<String> {
        let cwd = state.cwd.as_deref()?;
        match directory {
            None => Some(cwd.to_owned()),
            Some(arg) => arg.exact.then(|| paths::join(cwd, &arg.text)),
        }
    }

    fn package_scripts(&self, directory: &str) -> Option<BTreeMap<String, String>> {
        let text = self.files.text(&paths::join(directory, "package.json"), self.context)?;
        crate::context::manifests::package_scripts(&text)
    }

    /// The scripts that installing a project's dependencies runs; `None` when they cannot be read.
    fn lifecycle(&self, state: &ShellState, depth: usize) -> Option<Effects> {
        let cwd = state.cwd.as_deref()?;
        let scripts = self.package_scripts(cwd)?;
        let names = ["preinstall", "install", "postinstall", "prepublish", "prepare"].map(str::to_owned);
        Some(self.run_scripts(&scripts, &names, cwd, state, depth))
    }

    fn run_scripts(
        &self,
        scripts: &BTreeMap<String, String>,
        names: &[String],
        cwd: &str,
        state: &ShellState,
        depth: usize,
    ) -> Effects {
        let mut effects = Effects::default();
        for body in names.iter().filter_map(|name| scripts.get(name)) {
            let script = shell::parse(body);
            let mut local = ShellState { cwd: Some(cwd.to_owned()), ..state.clone() };
            if depth >= MAX_DEPTH || !script.clean {
                self.fallback(&abridge(body), &local, Unknown::Within, &mut effects);
                continue;
            }
            effects.merge(self.list(&script.items, body, &mut local, depth + 1, Unknown::Within));
        }
        effects
    }

    /// Effects of a shell script that the build context holds.
    fn script(&self, path: &Arg, arguments: &[Arg], state: &mut ShellState, depth: usize) -> Option<Effects> {
        if !path.exact {
            return None;
        }
        let cwd = state.cwd.as_deref()?;
        let absolute = paths::join(cwd, &path.text);
        let text = self.files.text(&absolute, self.context)?;
        if !super::is_shell_script(&text, true) {
            return None;
        }
        let script = shell::parse(&text);
        if !script.clean {
            return None;
        }
        let mut local = state.clone();
        for (i, argument) in arguments.iter().enumerate() {
            local.variables.insert((i + 1).to_string(), argument.exact.then(|| argument.text.clone()));
        }
        local.variables.insert("0".to_owned(), Some(absolute));
        Some(self.list(&script.items, &text, &mut local, depth + 1, Unknown::Opaque))
    }

    fn make(
        &self,
        cwd: &str,
        file: Option<&Arg>,
        targets: &[Arg],
        argv: &[Arg],
        state: &ShellState,
        depth: usize,
    ) -> Option<Effects> {
        let read = |name: &str| self.files.text(&paths::join(cwd, name), self.context);
        let text = match file {
            Some(name) => name.exact.then(|| read(&name.text)).flatten()?,
            None => ["GNUmakefile", "makefile", "Makefile"].into_iter().find_map(read)?,
        };
        let makefile = shell::makefile::parse_with_includes(&text, &read);
        let mut overrides = shell::makefile::Overrides::default();
        for (name, value) in &state.variables {
            overrides.environment.extend(value.as_ref().map(|value| (name.clone(), value.clone())));
        }
        for arg in &argv[1..] {
            if let Some((name, value)) = arg.text.split_once('=').filter(|(name, _)| !name.starts_with('-')) {
                overrides.command_line.insert(name.to_owned(), arg.exact.then(|| value.to_owned())?);
            }
        }
        let targets: Vec<Option<&str>> = match targets {
            [] => vec![None],
            targets => targets.iter().map(|t| t.exact.then_some(Some(t.text.as_str()))).collect::<Option<_>>()?,
        };
        let mut effects = Effects { builds: true, ..Effects::default() };
        for target in targets {
            for line in makefile.recipe_under(target, &overrides)? {
                // A recipe that is computed by make may do more than its text says.
                if !line.exact {
                    return None;
                }
                let script = shell::parse(&line.text);
                let mut local = ShellState { cwd: Some(cwd.to_owned()), ..state.clone() };
                effects.merge(self.list(&script.items, &line.text, &mut local, depth + 1, Unknown::Within));
            }
        }
        Some(effects)
    }
}

/// An owner as COPY takes it: chown's old form has a dot before the group, and an empty group is the user's own.
fn owner_of(written: &str) -> String {
    let owner = if written.contains(':') { written.to_owned() } else { written.replacen('.', ":", 1) };
    owner.trim_end_matches(':').to_owned()
}

/// Reads a package manager's arguments; `words` are the indices of its verb's arguments.
fn packages(
    manager: PackageManager,
    words: &[usize],
    argv: &[Arg],
    ranges: &[std::ops::Range<usize>],
) -> PackageChange {
    let verb =
        argv.iter().skip(1).map(|a| a.text.as_str()).find(|w| VERBS.iter().any(|(v, _)| v == w)).unwrap_or_default();
    let mut action = VERBS.iter().find(|(v, _)| *v == verb).map_or(PackageAction::Clean, |(_, action)| *action);
    // yum's `update` upgrades, with or without names.
    if manager == PackageManager::Dnf && verb == "update" {
        action = PackageAction::Upgrade;
    }
    let group = argv.iter().enumerate().find_map(|(i, a)| match a.text.as_str() {
        "-t" | "--virtual" if manager == PackageManager::Apk => argv.get(i + 1).map(|g| g.text.clone()),
        text => text.strip_prefix("--virtual=").map(str::to_owned),
    });
    let names = words
        .iter()
        .filter(|&&i| argv[i].text != verb && Some(&argv[i].text) != group.as_ref())
        .map(|&i| (argv[i].text.clone(), ranges.get(i).cloned().unwrap_or_default()))
        .collect();
    let options = argv.iter().filter(|a| a.text.starts_with('-')).map(|a| a.text.clone()).collect();
    PackageChange { manager, action, names, options, group, exact: argv.iter().all(|a| a.exact) }
}

/// The verbs of package managers.
const VERBS: &[(&str, PackageAction)] = &[
    ("update", PackageAction::Update),
    ("makecache", PackageAction::Update),
    ("install", PackageAction::Install),
    ("add", PackageAction::Install),
    ("localinstall", PackageAction::Install),
    ("groupinstall", PackageAction::Install),
    ("reinstall", PackageAction::Install),
    ("build-dep", PackageAction::Install),
    ("remove", PackageAction::Remove),
    ("purge", PackageAction::Remove),
    ("del", PackageAction::Remove),
    ("erase", PackageAction::Remove),
    ("autoremove", PackageAction::Remove),
    ("auto-remove", PackageAction::Remove),
    ("upgrade", PackageAction::Upgrade),
    ("dist-upgrade", PackageAction::Upgrade),
    ("full-upgrade", PackageAction::Upgrade),
];

/// At most 60 characters of a text, on one line.
pub fn abridge(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The variable and the words of a `for` loop over a few plain words; nothing for other loops.
fn loop_words(text: &str) -> Option<(&str, Vec<&str>)> {
    const MOST: usize = 16;
    let rest = text.strip_prefix("for")?.trim_start();
    let (name, rest) = rest.split_once(char::is_whitespace)?;
    let rest = rest.trim_start().strip_prefix("in")?;
    let words: Vec<&str> = rest[..rest.find([';', '\n'])?].split_whitespace().collect();
    let plain = |word: &&str| word.chars().all(|c| c.is_ascii_alphanumeric() || "._/+-:=@,".contains(c));
    (!words.is_empty() && words.len() <= MOST && words.iter().all(plain)).then_some((name, words))
}

#[cfg(test)]
mod tests {
    use super::loop_words;

    #[test]
    fn loops_over_plain_words() {
        for (text, expected) in [
            ("for p in web importer; do go build ./cmd/$p; done", Some(("p", vec!["web", "importer"]))),
            ("for p in a\ndo x $p; done", Some(("p", vec!["a"]))),
            ("for p in $LIST; do x; done", None),
            ("for p in *.c; do x; done", None),
            ("for p; do x; done", None),
            ("while true; do x; done", None),
        ] {
            assert_eq!(loop_words(text), expected, "{text}");
        }
    }
}
