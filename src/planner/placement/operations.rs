//! Plain operations that no copy carries: users, directories, modes, the linker's cache.

use super::{Mode, Placer, is_home_cache, is_scratch, is_silent, is_system_change};
use crate::analyzer::effects::FileOperation;
use crate::analyzer::{Action, RunAction, Step, Unit};
use crate::context::Entry;
use crate::facts::compiled::{OwnCompiler, compiled};
use crate::facts::heuristics::{SystemChange, glob};
use crate::paths;
use crate::planner::Refusal;
use crate::planner::compiled::Sources;
use crate::planner::packages::{RunText, join_source};
use crate::rules;
use crate::syntax::Kind;
use std::collections::BTreeMap;

impl Placer<'_, '_> {
    /// Repeats users, directories, modes and other plain changes that no copy carries.
    pub(super) fn place_operations(&mut self) -> Result<(), Refusal> {
        let cut = self.placement.cut.unwrap_or_default();
        for step in self.steps() {
            let Action::Run(run) = &step.action else { continue };
            if self.pragmas().is_kept_whole(step.instruction) {
                self.placement.replays.insert(step.instruction, RunText::Whole);
                continue;
            }
            for unit in &run.units {
                if unit.effects.system.contains(&SystemChange::Users) {
                    self.placement.users.extend(unit.effects.users.iter().cloned());
                }
            }
            let in_builder = step.instruction <= cut;
            let mut chosen = Vec::new();
            for (i, unit) in run.units.iter().enumerate() {
                if self.is_replayed(step, i, unit, in_builder)? {
                    chosen.push(i);
                }
            }
            if chosen.is_empty() {
                continue;
            }
            let text = self.replay_text(step, run, &chosen, in_builder);
            self.placement.chosen_units.insert(step.instruction, chosen.iter().copied().collect());
            self.placement.replays.insert(step.instruction, text);
        }
        Ok(())
    }

    pub(super) fn is_replayed(
        &self,
        step: &Step,
        index: usize,
        unit: &Unit,
        in_builder: bool,
    ) -> Result<bool, Refusal> {
        if self.placement.repeated.contains(&(step.instruction, index)) {
            return Ok(true);
        }
        let effects = &unit.effects;
        let system: Vec<SystemChange> =
            effects.system.iter().copied().filter(|s| !matches!(s, SystemChange::Ldconfig)).collect();
        if !effects.packages.is_empty() {
            // Package lists are the business of the package plan.
            return Ok(false);
        }
        if !system.is_empty() {
            if system.contains(&SystemChange::Repositories) {
                return Ok(false);
            }
            if !is_system_change(effects) {
                let words = "users or other system settings are changed together with a build in one command";
                return Err(rules::SYSTEM_CHANGE.because(words, step.span).into());
            }
            return Ok(true);
        }
        if !effects.is_portable() {
            return Ok(false);
        }
        if effects.files.is_empty() {
            return Ok(!in_builder
                && !unit.state_only
                && !effects.commands.is_empty()
                && effects.writes.is_empty()
                && !is_silent(effects));
        }
        Ok(effects.files.iter().any(|operation| {
            self.prepares_system(operation, step.instruction)
                || self.operation_matters(operation, step.instruction, in_builder)
        }))
    }

    /// True when the runtime stage lacks what a plain file operation does.
    pub(super) fn operation_matters(&self, operation: &FileOperation, instruction: usize, in_builder: bool) -> bool {
        if operation.by_tool {
            return false;
        }
        let owns = operation.chown.as_ref().is_some_and(|c| c.recursive)
            && operation.writes.iter().any(|w| self.copied.contains(w) && self.is_made_before_copy(w));
        if owns {
            return true;
        }
        let carries = |p: &String| match operation.is_link {
            true => self.is_built(p) && !self.copied.iter().any(|c| paths::is_within(c, p)),
            false => self.is_built(p) || !self.is_from_context(p),
        };
        if !operation.metadata_only && operation.reads.iter().any(carries) {
            return false;
        }
        if self
            .writes
            .iter()
            .any(|w| w.exact && w.instruction == instruction && operation.writes.contains(&w.write.path))
        {
            return false;
        }
        let made = operation.writes.iter().any(|path| {
            if is_scratch(path) || self.is_removed(path, instruction) {
                return false;
            }
            if operation.metadata_only && !self.is_there(path) {
                return false;
            }
            let copied = self.copied.iter().find(|c| *c != path && paths::is_within(c, path));
            if let Some(root) = copied.filter(|_| in_builder) {
                return self.prepares_owned(operation, root, instruction);
            }
            // Its owner is set by the copy itself.
            if operation.chown.as_ref().is_some_and(|c| c.recursive) && self.copied.iter().any(|c| c == path) {
                return false;
            }
            match self.root_of(path).map(|r| (&r.path, &r.mode)) {
                Some((root, Mode::Tree)) => !in_builder || root == path && !self.is_made_by_copy(operation, path),
                Some((_, Mode::Dropped)) => !in_builder,
                Some((_, Mode::Proven(_))) => !in_builder || !self.is_from_context(path) && !self.copied.contains(path),
                Some((_, Mode::Precise)) => {
                    let touched = operation.is_touch && self.is_from_context(path);
                    let carried = self.copied.iter().any(|c| paths::is_within(c, path));
                    let left = self.inside_intermediate(path) || carried || touched;
                    let set = match operation.metadata_only {
                        true => self.keeps_metadata(path, instruction),
                        false => self.prepares_metadata(operation, instruction),
                    };
                    set || !left && !self.comes_again(path, instruction)
                }
                None => !in_builder || !self.copied.iter().any(|c| paths::is_within(c, path)),
            }
        });
        let removed = operation.removes.iter().any(|path| {
            !is_scratch(path)
                && !self.writes.iter().any(|w| paths::is_within(path, &w.write.path))
                && match self.root_of(path).map(|r| &r.mode) {
                    Some(Mode::Precise) => self.is_from_context(path) && !self.comes_again(path, instruction),
                    Some(_) => !in_builder,
                    None => !is_home_cache(path),
                }
        });
        made || removed
    }

    /// True when the runtime stage has a path, or something that a pattern fits, before a repeated operation.
    pub(super) fn is_there(&self, path: &str) -> bool {
        if let Some(at) = path.find(['*', '?', '[']) {
            let directory = paths::parent(&path[..=at]);
            let context = self.planner.inputs.context;
            let Some((source, Entry::Directory)) = self.planner.analysis.files.entry(directory, context) else {
                return true;
            };
            let pattern = path[directory.len()..].trim_start_matches('/');
            let names = context.list(&source).unwrap_or_default();
            return match pattern.contains(['/', '?', '[']) {
                true => self.is_there(directory),
                false => names.iter().any(|n| glob(pattern, n) && self.is_there(&paths::join(directory, n))),
            };
        }
        let restated = || {
            self.steps().iter().filter(|s| self.placement.restated_copies.contains(&s.instruction)).any(|s| {
                let Action::Copy(copy) = &s.action else { return false };
                copy.landings
                    .iter()
                    .any(|l| paths::is_within(path, &l.destination) || l.tree && paths::is_within(&l.destination, path))
            })
        };
        self.copied.iter().any(|c| paths::is_within(c, path) || paths::is_within(path, c))
            || restated()
            || !self.is_built(path) && !self.is_from_context(path)
    }

    /// True when WORKDIR makes a directory as root before its files are copied: a copy leaves the owner of what is there.
    pub(super) fn is_made_before_copy(&self, path: &str) -> bool {
        let after = self.placement.copies_after.iter().find(|(_, copies)| copies.iter().any(|c| c.path == path));
        after.is_some_and(|(&after, _)| self.workdir_makes(path, after))
    }

    /// True when a WORKDIR up to an instruction makes a directory as root.
    pub(super) fn workdir_makes(&self, path: &str, last: usize) -> bool {
        let steps = self.steps();
        let entered = |i: usize| {
            let next = steps.get(i + 1).map(|s| s.workdir.as_str());
            next.unwrap_or(&self.planner.analysis.end.config.workdir)
        };
        let is_root = |user: &str| matches!(user.split(':').next().unwrap_or_default(), "" | "root" | "0");
        steps.iter().enumerate().any(|(i, step)| {
            let workdir = matches!(self.planner.instructions[step.instruction].kind, Kind::Workdir(_));
            workdir && step.instruction <= last && is_root(&step.user) && paths::is_within(path, entered(i))
        })
    }

    /// True when an operation makes what a repeated `chown -R` of the whole directory needs to be there.
    pub(super) fn prepares_owned(&self, operation: &FileOperation, root: &str, instruction: usize) -> bool {
        !operation.metadata_only
            && operation.reads.is_empty()
            && self.operations.iter().any(|o| {
                o.instruction >= instruction
                    && o.operation.chown.as_ref().is_some_and(|c| c.recursive)
                    && o.operation.writes.iter().any(|w| w == root)
                    && self.is_made_before_copy(root)
                    && !self.workdir_makes(root, o.instruction)
            })
    }

    /// True when an operation makes no more of a directory than its copy from the builder does.
    pub(super) fn is_made_by_copy(&self, operation: &FileOperation, path: &str) -> bool {
        let set = self.operations.iter().any(|o| {
            let all = o.operation.chown.as_ref().is_some_and(|c| c.recursive);
            o.operation.metadata_only && !all && o.operation.writes.iter().any(|written| written == path)
        });
        let plain = !operation.metadata_only && !operation.is_link && operation.reads.is_empty();
        plain && !set && self.copied.contains(path) && self.workdir_makes(path, usize::MAX)
    }

    /// True when later copies put files into a directory: they leave the owner and the mode that it was given.
    pub(super) fn keeps_metadata(&self, path: &str, instruction: usize) -> bool {
        !self.copied.iter().any(|c| paths::is_within(c, path))
            && self.steps().iter().filter(|s| s.instruction > instruction).any(|step| match &step.action {
                Action::Copy(copy) => copy.landings.iter().any(|l| l.tree && l.destination == path),
                _ => false,
            })
    }

    /// True when an operation makes a directory whose owner or mode a repeated operation sets.
    pub(super) fn prepares_metadata(&self, operation: &FileOperation, instruction: usize) -> bool {
        let makes = |path: &str| operation.writes.iter().any(|made| paths::is_within(path, made));
        operation.reads.is_empty()
            && self.operations.iter().filter(|o| o.operation.metadata_only && o.instruction >= instruction).any(|o| {
                o.operation.writes.iter().any(|path| {
                    makes(path) && self.keeps_metadata(path, o.instruction) && !self.workdir_makes(path, o.instruction)
                })
            })
    }

    pub(super) fn is_from_context(&self, path: &str) -> bool {
        let entry = self.planner.analysis.files.entry(path, self.planner.inputs.context);
        entry.is_some_and(|(_, e)| !matches!(e, Entry::Unknown | Entry::Absent))
    }

    /// True when a later COPY brings the path from the context.
    pub(super) fn comes_again(&self, path: &str, instruction: usize) -> bool {
        self.steps().iter().filter(|s| s.instruction > instruction).any(|step| match &step.action {
            Action::Copy(copy) => copy.landings.iter().any(|l| {
                let source = match (l.tree, paths::below(&l.destination, path)) {
                    (true, Some("")) | (false, Some("")) => l.source.clone(),
                    (true, Some(rest)) if l.source.is_empty() => rest.to_owned(),
                    (true, Some(rest)) => format!("{}/{rest}", l.source),
                    _ => return false,
                };
                !matches!(self.planner.inputs.context.entry(&source), Entry::Absent | Entry::Unknown)
            }),
            _ => false,
        })
    }

    /// The RUN that repeats the chosen parts. Where packages are installed too, the package plan writes it instead.
    pub(super) fn replay_text(&self, step: &Step, run: &RunAction, chosen: &[usize], in_builder: bool) -> RunText {
        let has_packages = run.units.iter().any(|u| !u.effects.packages.is_empty());
        let trimmed: BTreeMap<usize, String> = chosen
            .iter()
            .filter_map(|&i| Some((i, self.without_copied_targets(run, &run.units[i], in_builder)?)))
            .collect();
        let all = (0..run.units.len())
            .all(|i| chosen.contains(&i) || run.units[i].state_only || is_silent(&run.units[i].effects) && !in_builder);
        if !has_packages && trimmed.is_empty() && (all || !in_builder) {
            return RunText::Whole;
        }
        RunText::Reduced(join_source(self.planner, step, run, chosen, &trimmed))
    }

    /// The unit's text without arguments that a copy with `--chown` has dealt with, and without those that are not in the
    /// runtime stage; `None` when nothing is to be left out.
    pub(super) fn without_copied_targets(&self, run: &RunAction, unit: &Unit, in_builder: bool) -> Option<String> {
        let [operation] = unit.effects.files.as_slice() else { return None };
        if !operation.chown.as_ref().is_some_and(|c| c.recursive) {
            let absent = |path: &String| operation.metadata_only && !self.is_there(path);
            let gone: Vec<_> = operation.targets.iter().filter(|(path, _)| absent(path)).collect();
            return (gone.len() < operation.targets.len()).then(|| without_arguments(run, unit, &gone)).flatten();
        }
        let done: Vec<_> = operation.targets.iter().filter(|(path, _)| self.copied.contains(path)).collect();
        let (there, gone): (Vec<_>, Vec<_>) = done.into_iter().partition(|(path, _)| self.is_made_before_copy(path));
        if gone.is_empty() && there.is_empty() {
            return None;
        }
        if in_builder && gone.is_empty() {
            // Before the copy the directories are empty.
            return None;
        }
        if !there.is_empty() {
            let owner = &operation.chown.as_ref()?.owner;
            let list = |paths: Vec<&String>| paths.into_iter().map(String::as_str).collect::<Vec<_>>().join(" ");
            let rest: Vec<&String> =
                operation.targets.iter().map(|(path, _)| path).filter(|path| !self.copied.contains(*path)).collect();
            let own = format!("chown {owner} {}", list(there.iter().map(|(path, _)| path).collect()));
            return Some(if rest.is_empty() { own } else { format!("{own} && chown -R {owner} {}", list(rest)) });
        }
        let done = gone;
        if done.len() == operation.targets.len() {
            return None;
        }
        without_arguments(run, unit, &done)
    }

    /// What an image's own compiler links is not in the distribution: its libraries go along.
    pub(super) fn own_compiler(&mut self) {
        let Some(reference) = &self.planner.analysis.base.reference else { return };
        let repository = reference.normalised().repository;
        let tag = reference.tag.clone().unwrap_or_else(|| "latest".to_owned());
        let release = self.planner.base.releases.first().map(|r| r.release.clone()).unwrap_or_default();
        let newer = |c: &&OwnCompiler| c.image == repository && c.is_newer(&tag, &release);
        let Some(compiler) = compiled().compiler.iter().find(newer) else { return };
        if self.planner.base.same_image
            || !Sources::look(self.planner, &self.placement).is_some_and(|s| s.load_own(compiler))
        {
            return;
        }
        let cut = self.placement.cut.unwrap_or_default();
        for library in &compiler.libraries {
            self.copy(library, cut);
        }
        let name = paths::name(&compiler.directory);
        let text = format!("RUN echo {} > /etc/ld.so.conf.d/local-{name}.conf && ldconfig", compiler.directory);
        self.placement.after_copies = Some(text);
    }

    /// Libraries that arrive by copy are found only after `ldconfig`.
    pub(super) fn linker_cache(&mut self) {
        let ran = self.steps().iter().any(|s| match &s.action {
            Action::Run(run) => run.units.iter().any(|u| u.effects.system.contains(&SystemChange::Ldconfig)),
            _ => false,
        });
        let libraries = self.copied.iter().any(|path| {
            let whole = path == "/usr/local" || path == "/usr/local/lib";
            whole && self.planner.base.empty_local || paths::is_within("/usr/local/lib", path) && path.contains(".so")
        });
        if (ran || libraries) && self.planner.base.glibc && !self.copied.is_empty() {
            self.placement.after_copies = Some("RUN ldconfig".to_owned());
        }
    }
}

/// The text of a unit without some of its arguments; `None` when there are none to leave out.
fn without_arguments(run: &RunAction, unit: &Unit, gone: &[&(String, std::ops::Range<usize>)]) -> Option<String> {
    if gone.is_empty() {
        return None;
    }
    let mut text = run.text[unit.range.clone()].to_owned();
    for (_, range) in gone.iter().rev() {
        let (start, end) = (range.start.checked_sub(unit.range.start)?, range.end.checked_sub(unit.range.start)?);
        let before = text.get(..start)?.trim_end().len();
        text.replace_range(before..end, "");
    }
    Some(text)
}
