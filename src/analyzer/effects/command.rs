//! A command and the rule that describes it, to what it does.

use super::shell::ShellState;
use super::{Effects, Evidence, FileOperation, PathWrite, Place, Reader, Unknown, abridge, packages};
use crate::facts::heuristics::{Arg, Command as Rule, CommandRole, Reach, SystemChange, Write, WriteKind};
use crate::facts::libraries;
use crate::paths;
use std::ops::Range;

/// A command that a rule describes.
#[derive(Clone, Copy)]
pub(super) struct Call<'c> {
    pub(super) rule: &'c Rule,
    pub(super) argv: &'c [Arg],
    /// Where each word stands in the text of the RUN.
    pub(super) ranges: &'c [Range<usize>],
    /// The command as people are shown it.
    pub(super) shown: &'c str,
}

/// The paths of a call; one that is not known is a write without a path.
pub(super) struct Paths {
    pub(super) writes: Vec<Write>,
    pub(super) removes: Vec<Write>,
    pub(super) reads: Vec<Write>,
}

impl Reader<'_> {
    pub(super) fn command(&self, argv: &[Arg], ranges: &[Range<usize>], state: &mut ShellState, at: Place) -> Effects {
        let mut effects = Effects::default();
        let shown = abridge(&argv.iter().map(|a| a.text.as_str()).collect::<Vec<_>>().join(" "));
        effects.commands.push(paths::name(&argv[0].text).to_owned());
        let Some(rule) = self.heuristics.match_command(argv) else {
            self.undescribed(argv, &shown, state, at, &mut effects);
            return effects;
        };
        let call = Call { rule, argv, ranges, shown: &shown };
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
        self.system_changes(call, &mut effects);
        if let Some(manager) = rule.packages {
            let words = self.heuristics.positionals(rule, argv);
            effects.packages.push(packages::change(manager, &words, argv, ranges));
            effects.reads.extend(manager.settings().iter().cloned());
            return effects;
        }
        let sets = self.heuristics.sets_of(rule, argv, &|name| self.variable(name, state));
        effects.sets.extend(sets.iter().cloned());
        state.settings.extend(sets);
        if rule.lifecycle {
            match self.lifecycle(state, at) {
                Some(inner) => effects.merge(inner),
                None => self.fallback(&shown, state, Unknown::Within, &mut effects),
            }
        }
        if rule.inside.is_some() && !at.is_deep() {
            let Some(nested) = self.heuristics.nested(rule, argv) else { return effects };
            match self.look_inside(call, &nested, state, at) {
                // What was read says more than the rule's general description.
                Some(inner) => {
                    effects.merge(inner);
                    return effects;
                }
                None if rule.writes.is_empty() => {
                    self.fallback(&shown, state, at.unknown, &mut effects);
                    return effects;
                }
                None => {}
            }
        }
        self.rule_effects(call, state, at.unknown, &mut effects);
        effects.fills |= rule.fills;
        effects.assumed.extend(rule.assumes.iter().map(|words| (shown.clone(), words.clone())));
        for hooks in &rule.hooks {
            self.hooks(hooks, call, state, at, &mut effects);
        }
        effects
    }

    /// Adds the changes of the system that a rule describes, and the accounts that the command makes.
    fn system_changes(&self, call: Call<'_>, effects: &mut Effects) {
        let Call { rule, argv, shown, .. } = call;
        effects.system.extend(rule.system.iter().copied().filter(|s| *s != SystemChange::Packages));
        if rule.packages.is_none() && rule.system.contains(&SystemChange::Packages) {
            effects.opaque.push(format!("`{shown}` changes system packages that it does not name"));
        }
        if !rule.system.contains(&SystemChange::Users) {
            return;
        }
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

    /// Adds the writes, removals and reads that a rule describes.
    fn rule_effects(&self, call: Call<'_>, state: &ShellState, unknown: Unknown, effects: &mut Effects) {
        let Call { rule, argv, shown, .. } = call;
        let to_file = rule.writes.is_empty() && rule.removes.is_empty() && self.heuristics.names_output(argv);
        if rule.writes_untold() || to_file {
            // A command of which nobody said what it writes is no clean-up.
            self.fallback(shown, state, unknown, effects);
        }
        let lookup = |name: &str| self.variable_of(&argv[0], name, state);
        let reads = self.heuristics.reads_of(rule, argv, &lookup);
        let read: Vec<String> = reads.iter().filter_map(|r| r.path.clone()).collect();
        let mentions = |sign: &str| {
            let in_files = || read.iter().any(|p| self.files.text(p, self.context).is_some_and(|t| t.contains(sign)));
            argv.iter().any(|word| word.text.contains(sign)) || in_files()
        };
        let guesses = rule.assumes_for.iter().filter(|guess| guess.signs.iter().any(|sign| mentions(sign)));
        effects.assumed.extend(guesses.map(|guess| (shown.to_owned(), guess.assumes.clone())));
        effects.calls.extend(rule.calls_with(&mentions).into_iter().map(str::to_owned));
        let paths = Paths {
            writes: self.heuristics.shown_writes_of(rule, argv, &lookup, &mentions),
            removes: self.heuristics.removes_of(rule, argv, &lookup),
            reads,
        };
        if rule.portable {
            self.portable(call, paths, state, unknown, effects);
            return;
        }
        if self.files.foreign && self.lands_anywhere(call, &paths.writes) {
            effects.opaque.push(format!("where `{shown}` puts things on this base image is not known"));
        }
        let given = read.clone();
        if !rule.system.is_empty() {
            effects.reads.extend(read);
        }
        self.dependencies(call, &paths.reads, state, effects);
        self.compiled(call, paths.reads, state, effects);
        for write in paths.writes {
            match write.path {
                Some(path) => {
                    effects.downloads.extend(write.downloads.map(|how| (path.clone(), rule.full_id(), how)));
                    let (kind, form, may, if_file) = (write.kind, write.form, write.may, write.if_file);
                    let in_place = form == Reach::Path && given.contains(&path);
                    effects.writes.push(PathWrite { path, kind, form, may, if_file, in_place, by: rule.full_id() })
                }
                None if write.kind == WriteKind::Cache => {}
                None => self.fallback(shown, state, unknown, effects),
            }
        }
        self.setting_writes(call, state, effects);
        self.listed(rule, state, effects);
        self.installed_places(rule, state, effects);
        self.generated(rule, state, effects);
        let removes: Vec<String> = paths.removes.into_iter().filter_map(|r| r.path).collect();
        if !removes.is_empty() {
            effects.files.push(FileOperation { removes, by_tool: true, ..FileOperation::default() });
        }
    }

    /// Adds a plain file operation.
    fn portable(&self, call: Call<'_>, paths: Paths, state: &ShellState, unknown: Unknown, effects: &mut Effects) {
        let nameless = |writes: &[Write]| writes.iter().any(|w| w.path.is_none());
        let unknown_writes = paths.writes.iter().any(|w| w.kind == WriteKind::Unknown);
        if unknown_writes || nameless(&paths.writes) || nameless(&paths.removes) {
            // `/opt/$(basename "$jar")` lies in another directory than the one that the command works in.
            let elsewhere = |word: &Arg| !word.exact && word.text.starts_with('/');
            let elsewhere = !call.rule.metadata && nameless(&paths.writes) && call.argv.iter().any(elsewhere);
            match &state.cwd {
                // Metadata of files that are copied or repeated whole comes along.
                Some(cwd) if !paths::is_shared(cwd) && !elsewhere => {
                    let by = call.rule.full_id();
                    effects.writes.push(PathWrite::perhaps_within(cwd.clone(), WriteKind::Unknown, by));
                }
                _ if unknown == Unknown::Within || nameless(&paths.removes) => {}
                _ => effects.opaque.push(format!("`{}` works on a path that is not known", call.shown)),
            }
            return;
        }
        let operation = self.operation(call, paths, state);
        if !operation.writes.is_empty() || !operation.removes.is_empty() {
            effects.files.push(operation);
        }
    }

    /// True when a command's results go to a directory that is not known, or lean on one: an interpreter that is fetched where
    /// there is none.
    fn lands_anywhere(&self, Call { rule, argv, .. }: Call<'_>, writes: &[Write]) -> bool {
        let results = |kind: WriteKind| matches!(kind, WriteKind::Dependency | WriteKind::Artifact);
        let fetches = self.heuristics.fetches_interpreter(argv) && rule.writes.iter().any(|w| results(w.kind));
        let usual = |path: &String| !rule.official_layout && paths::is_within("/usr/local", path);
        let anywhere = |w: &Write| match &w.path {
            None => results(w.kind),
            Some(path) => w.kind == WriteKind::Dependency && usual(path),
        };
        fetches || writes.iter().any(anywhere)
    }

    /// Adds what a command that installs dependencies reads and names.
    fn dependencies(&self, call: Call<'_>, reads: &[Write], state: &ShellState, effects: &mut Effects) {
        let Call { rule, argv, .. } = call;
        if !rule.writes.iter().any(|w| w.kind == WriteKind::Dependency) {
            return;
        }
        effects.manifests.extend(reads.iter().filter_map(|r| Some((r.path.clone()?, rule.ecosystem.clone()))));
        // What only builds is given other things than names of packages (`node-gyp rebuild`).
        if rule.role == CommandRole::Both || rule.global {
            let named = self.heuristics.positionals(rule, argv).into_iter().filter(|&i| argv[i].exact);
            effects.installs.extend(named.map(|i| (argv[i].text.clone(), rule.ecosystem.clone())));
        }
        let asks = libraries::from_source();
        let options: Vec<&str> = asks.options.iter().map(String::as_str).collect();
        let is_set = |name: &String| self.variable(name, state).is_some_and(|value| !value.is_empty());
        effects.from_source |= self.heuristics.has_option(argv, &options) || asks.variables.iter().any(is_set);
    }

    /// Adds how a command that compiles links, and what it compiles where that is not statically.
    fn compiled(&self, call: Call<'_>, reads: Vec<Write>, state: &ShellState, effects: &mut Effects) {
        let Call { rule, argv, .. } = call;
        if !rule.writes.iter().any(|w| matches!(w.kind, WriteKind::Artifact | WriteKind::Intermediate)) {
            return;
        }
        let lookup = |name: &str| self.variable(name, state);
        let is_static = rule.static_when.iter().any(|sign| sign.is_there(argv, &lookup));
        effects.is_static = Some(is_static);
        if !is_static {
            effects.compiled.extend(reads.into_iter().filter_map(|r| Some((r.path?, rule.ecosystem.clone()))));
        }
    }
}
