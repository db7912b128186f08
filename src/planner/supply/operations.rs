//! Plain operations that no copy carries: users, directories, modes, the linker's cache.

use super::{BuilderCopy, Supplier};
use crate::analyzer::config::is_root;
use crate::analyzer::effects::{Effects, FileOperation};
use crate::analyzer::{CopyAction, RunAction, Step, Unit};
use crate::context::Entry as ContextEntry;
use crate::facts::compiled::{OwnCompiler, compiled};
use crate::facts::heuristics::{SystemChange, glob};
use crate::image::{At, Entry, Operation, is_system_change};
use crate::licence::Licence;
use crate::paths;
use crate::planner::Refusal;
use crate::planner::compiled::Sources;
use crate::planner::survey::is_scratch;
use crate::planner::text::{RunText, join_source};
use crate::rules;
use crate::syntax::Kind;
use std::collections::BTreeMap;

impl Supplier<'_, '_> {
    /// Repeats users, directories, modes and other plain changes that no copy carries.
    pub(super) fn place_operations(&mut self) -> Result<(), Refusal> {
        let cut = self.cut();
        let pragmas = &self.analysis().pragmas;
        for (step, run) in self.survey.runs() {
            if pragmas.is_kept_whole(step.instruction) {
                self.supply.replays.insert(step.instruction, RunText::Whole);
                continue;
            }
            let in_builder = step.instruction <= cut;
            let mut chosen = Vec::new();
            for (i, unit) in run.units.iter().enumerate() {
                if self.is_replayed(step, i, unit, in_builder)? {
                    chosen.push(i);
                }
                if !unit.effects.packages.is_empty() {
                    self.copy_for_reader(step, run, i);
                }
            }
            if chosen.is_empty() {
                continue;
            }
            for &i in &chosen {
                let unit = &run.units[i];
                let given = given_files(run, unit, unit.cwd.as_deref().unwrap_or(&step.workdir));
                self.copy_before(step.instruction, &unit.effects, &given);
                self.copy_for_reader(step, run, i);
            }
            let text = self.replay_text(step, run, &chosen, in_builder);
            self.supply.chosen_units.insert(step.instruction, chosen.iter().copied().collect());
            self.supply.replays.insert(step.instruction, text);
        }
        Ok(())
    }

    /// What a repeated part gives a mode or an owner to, what a change of the system is given, and what makes the directory that a
    /// part writes into, has to be there by then.
    fn copy_before(&mut self, instruction: usize, effects: &Effects, given: &[String]) {
        let changed = |path: &str| {
            let mut metadata = effects.files.iter().filter(|o| o.metadata_only);
            let read = |file: &String| paths::is_within(path, file) && self.survey.is_from_context(file);
            let mut entering = effects.files.iter().filter(|o| o.enters_directory()).flat_map(|o| &o.writes);
            let makes = |w: &String| !paths::is_shared(paths::parent(w)) && paths::is_within(paths::parent(w), path);
            metadata.any(|o| o.writes.iter().any(|w| w == path)) || given.iter().any(read) || entering.any(makes)
        };
        let made_here = |owner: &Option<String>| {
            let name = owner.as_deref().unwrap_or_default().split([':', '.']).next().unwrap_or_default();
            let mut runs = self.survey.runs().filter(|(step, _)| step.instruction == instruction);
            runs.any(|(_, run)| run.units.iter().any(|unit| unit.effects.users.iter().any(|user| user == name)))
        };
        let Some(copies) = self.supply.copies_after.get(&instruction) else { return };
        let (before, after): (Vec<_>, Vec<_>) =
            copies.iter().cloned().partition(|copy| changed(&copy.path) && !made_here(&copy.chown));
        self.supply.copies_after.insert(instruction, after);
        self.supply.copies_before.entry(instruction).or_default().extend(before);
    }

    /// What a repeated change of the system reads has to be there by then, wherever it would be copied otherwise.
    fn copy_for_reader(&mut self, step: &Step, run: &RunAction, index: usize) {
        let unit = &run.units[index];
        let installs = !unit.effects.packages.is_empty();
        if unit.effects.system.is_empty() && !installs || !unit.effects.users.is_empty() {
            return;
        }
        let mut copies = std::mem::take(&mut self.supply.copies_after);
        let cwd = unit.cwd.as_deref().unwrap_or(&step.workdir);
        let words = if installs { Vec::new() } else { crate::shell::literals(&run.text[unit.range.clone()]) };
        let named = words.into_iter().map(|word| paths::join(cwd, &word));
        let reads: Vec<String> = unit.effects.reads.iter().cloned().chain(named).collect();
        let at = At { instruction: step.instruction, unit: index };
        let image = &self.survey.image;
        let read = |e: &Entry| reads.iter().any(|r| paths::is_within(r, &e.path) || e.reaches(r)) && e.path != "/";
        let before: Vec<&Entry> = image.all().iter().filter(|e| e.at < at && read(e)).collect();
        let needs = |copy: &BuilderCopy| before.iter().any(|e| paths::is_within(&copy.path, &e.path));
        let owner_is_there = |copy: &BuilderCopy| {
            copy.chown.as_ref().and_then(|o| self.makes_owner(o)).is_none_or(|made| made < at.instruction)
        };
        let mut moved: Vec<BuilderCopy> = Vec::new();
        for (_, copies) in copies.range_mut(at.instruction..) {
            let (earlier, rest): (Vec<_>, Vec<_>) =
                std::mem::take(copies).into_iter().partition(|copy| needs(copy) && owner_is_there(copy));
            *copies = rest;
            moved.extend(earlier);
        }
        self.supply.copies_after = copies;
        if !moved.is_empty() {
            self.supply.copies_before.entry(at.instruction).or_default().extend(moved);
        }
    }

    fn is_replayed(&self, step: &Step, index: usize, unit: &Unit, in_builder: bool) -> Result<bool, Refusal> {
        if self.supply.repeated.contains(&At { instruction: step.instruction, unit: index }) {
            return Ok(true);
        }
        let effects = &unit.effects;
        let changes = |change: &&SystemChange| !matches!(change, SystemChange::Ldconfig);
        let system: Vec<SystemChange> = effects.system.iter().filter(changes).copied().collect();
        if !effects.packages.is_empty() {
            // Package lists are the business of the package plan.
            return Ok(false);
        }
        if !system.is_empty() {
            if system.contains(&SystemChange::Repositories) {
                return Ok(self.packages.archives.contains(&At { instruction: step.instruction, unit: index }));
            }
            if !is_system_change(effects) {
                let words = "users or other system settings are changed together with a build in one command";
                return Err(rules::SYSTEM_CHANGE.because(words, step.span).into());
            }
            if unit.leans {
                let words =
                    "users or other system settings are changed by what an earlier command of the step finds out";
                return Err(rules::SYSTEM_CHANGE.because(words, step.span).into());
            }
            return Ok(true);
        }
        let at = At { instruction: step.instruction, unit: index };
        if effects.is_portable() && effects.files.iter().any(|operation| self.is_bared(operation, step.instruction)) {
            return Ok(true);
        }
        let of_build = self.survey.image.operations().iter().any(|o| o.at == at && !o.portable);
        if !effects.is_portable() || of_build {
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

    /// `sed -i … /etc/locale.gen` before `locale-gen`: a repeated change of the system wants its settings repeated too.
    fn prepares_system(&self, operation: &FileOperation, instruction: usize) -> bool {
        let in_place = !operation.writes.is_empty() && operation.writes.iter().all(|w| operation.reads.contains(w));
        let of_system = operation.writes.iter().all(|w| paths::is_within("/etc", w) && !self.survey.is_from_context(w));
        in_place
            && of_system
            && self.survey.runs().filter(|(s, _)| s.instruction >= instruction).any(|(_, run)| {
                run.units.iter().any(|u| is_system_change(&u.effects) && u.effects.system.iter().any(reads_settings))
            })
    }

    /// True when the runtime stage lacks what a plain file operation does.
    fn operation_matters(&self, operation: &FileOperation, instruction: usize, in_builder: bool) -> bool {
        if operation.by_tool {
            return false;
        }
        let owns = operation.chown.as_ref().is_some_and(|c| c.recursive)
            && operation.writes.iter().any(|w| self.supply.copied.contains(w) && self.is_made_before_copy(w));
        if owns || self.gives_directory(operation) || self.makes_given(operation, instruction) {
            return true;
        }
        if in_builder && self.is_carried_copy(operation, instruction) {
            // The copy from the builder leaves what a move took away.
            return self.is_bared(operation, instruction);
        }
        let made = operation.writes.iter().any(|path| self.is_made(operation, path, instruction, in_builder));
        let removed = operation.removes.iter().any(|path| self.is_taken(path, instruction, in_builder));
        made || removed || self.is_bared(operation, instruction)
    }

    /// True when an operation gives the directory that the container works in to a user, who may make files there.
    fn gives_directory(&self, operation: &FileOperation) -> bool {
        let config = &self.analysis().end.config;
        let entered = |path: &String| paths::is_within(path, &config.workdir) && !paths::is_shared(path);
        let copied = |path: &String| self.supply.copied.iter().any(|copy| paths::is_within(copy, path));
        // Root writes under any mode, and starts programs as others.
        let counts = operation.chown.is_some() || !is_root(&config.user);
        let changes = operation.metadata_only && !operation.is_touch;
        changes && counts && operation.writes.iter().any(|path| entered(path) && !copied(path))
    }

    /// True when an operation makes the directory that another one of the step gives away.
    fn makes_given(&self, operation: &FileOperation, instruction: usize) -> bool {
        let makes = operation.reads.is_empty() && !operation.metadata_only && !operation.enters_directory();
        let of_step = self.survey.image.operations().iter().filter(|o| o.at.instruction == instruction);
        let mut given = of_step.filter(|o| self.gives_directory(&o.operation)).flat_map(|o| &o.operation.writes);
        makes && given.any(|path| operation.writes.contains(path))
    }

    /// True when the builder gives what an operation copied or moved.
    fn is_carried_copy(&self, operation: &FileOperation, instruction: usize) -> bool {
        if operation.metadata_only || operation.is_link || operation.reads.is_empty() {
            return false;
        }
        let of_operation = |e: &Entry| {
            e.at.instruction == instruction
                && !e.sources.is_empty()
                && operation
                    .reads
                    .iter()
                    .any(|read| e.sources.iter().any(|s| paths::is_within(read.trim_end_matches("/*"), s)))
        };
        let mut carried = self.survey.image.all().iter().filter(|e| of_operation(e)).peekable();
        carried.peek().is_some() && carried.all(|e| self.survey.comes_from_builder(e))
    }

    /// True when a path that an operation writes is not there, or not so, without the operation.
    fn is_made(&self, operation: &FileOperation, path: &str, instruction: usize, in_builder: bool) -> bool {
        if self.is_left_scratch(path) || self.is_removed(path, instruction) {
            return false;
        }
        if operation.metadata_only && !self.is_there(path) {
            return false;
        }
        if operation.is_link && operation.reads.iter().all(|to| self.survey.image.is_built(to) && !self.leads_on(to)) {
            return false;
        }
        let holder = self.supply.copied.iter().find(|c| *c != path && paths::is_within(c, path));
        if let Some(root) = holder.filter(|_| in_builder) {
            return self.prepares_owned(operation, root, instruction);
        }
        // Its owner is set by the copy itself.
        if operation.chown.as_ref().is_some_and(|c| c.recursive) && self.is_owned_by_copy(path) {
            return false;
        }
        let Some(root) = self.survey.root_of(path) else {
            return !in_builder || !self.is_copied(path);
        };
        if self.whole.contains(root) {
            return !in_builder || root == path && !self.is_made_by_copy(operation, path);
        }
        if self.is_licensed(root) {
            return !in_builder || !self.survey.is_from_context(path) && !self.supply.copied.contains(path);
        }
        let touched = operation.is_touch && self.survey.is_from_context(path);
        // What a step after the build sets of a repeated COPY's file is in no copy from the builder.
        let later = operation.metadata_only && !in_builder && self.comes_after_build(path);
        let left = self.is_inside_build_tree(path) || self.is_copied(path) && !later || touched;
        let set = match operation.metadata_only {
            true => self.keeps_metadata(path, instruction),
            false => self.prepares_metadata(operation, instruction),
        };
        set || !left && !self.survey.comes_again(path, instruction)
    }

    /// True when the last COPY that brings a path stands after the build.
    fn comes_after_build(&self, path: &str) -> bool {
        let (cut, copies) = (self.cut(), self.survey.copies());
        let brings = |copy: &CopyAction| copy.landings.iter().any(|l| paths::is_within(&l.destination, path));
        copies.filter(|(_, copy)| brings(copy)).last().is_some_and(|(step, _)| step.instruction > cut)
    }

    /// True for a path for temporary files of which nothing stays.
    fn is_left_scratch(&self, path: &str) -> bool {
        let stays = |(i, e): (usize, &Entry)| e.path == path && self.ledger.left(i).is_none();
        is_scratch(path) && !self.survey.image.entries().any(stays)
    }

    /// True when what a link leads to is in the runtime stage.
    fn leads_on(&self, to: &str) -> bool {
        self.is_copied(to) || self.supply.copied.iter().any(|c| paths::is_within(to, c))
    }

    /// True when an operation takes away what the runtime stage has.
    fn is_taken(&self, path: &str, instruction: usize, in_builder: bool) -> bool {
        let built = || self.survey.image.all().iter().any(|e| e.is_built() && paths::is_within(path, &e.path));
        if is_scratch(path) || built() || self.is_brought_never(path) || self.is_secret(path) {
            return false;
        }
        if self.survey.vanishes(path) && !self.is_restated_within(path) {
            return false;
        }
        match self.survey.root_of(path) {
            Some(root) if self.whole.contains(root) || self.is_licensed(root) => !in_builder,
            Some(_) => self.survey.is_from_context(path) && !self.survey.comes_again(path, instruction),
            None => !is_home_cache(path),
        }
    }

    /// True when a COPY that is repeated brings something into a directory.
    fn is_restated_within(&self, directory: &str) -> bool {
        let restated = self.survey.copies().filter(|(s, _)| self.supply.restated_copies.contains(&s.instruction));
        restated.flat_map(|(_, copy)| &copy.landings).any(|landing| paths::is_within(directory, &landing.destination))
    }

    /// True when an operation takes away what the runtime image or a package of the runtime stage brings again.
    fn is_bared(&self, operation: &FileOperation, instruction: usize) -> bool {
        let bared = self.survey.bared();
        operation
            .removes
            .iter()
            .any(|path| bared.iter().any(|(bare, at)| bare == path && at.instruction == instruction))
    }

    /// True for a file with credentials, which the runtime stage never has.
    fn is_secret(&self, path: &str) -> bool {
        let all = self.survey.image.all();
        self.ledger.all().any(|(i, left)| left.licence == Licence::Secret && all[i].path == path)
    }

    /// True for a path that only a step before made, so that the runtime stage never has it.
    fn is_brought_never(&self, path: &str) -> bool {
        let made = |e: &Entry| e.gone.is_some() && paths::is_within(path, &e.path);
        let plain = self.survey.image.all().iter().any(|e| e.origin == crate::image::Origin::Plain && made(e));
        plain && !self.survey.is_from_context(path)
    }

    /// True when a licence lets what the context brings into a root go.
    fn is_licensed(&self, root: &str) -> bool {
        let all = self.survey.image.all();
        self.ledger.all().any(|(i, _)| {
            let context = matches!(all[i].origin, crate::image::Origin::Context { .. });
            context && (paths::is_within(root, &all[i].path) || paths::is_within(&all[i].path, root))
        })
    }

    /// True when a later step removes the path again.
    fn is_removed(&self, path: &str, instruction: usize) -> bool {
        let mut of_step =
            self.survey.image.all().iter().filter(|e| e.at.instruction == instruction && e.path == path).peekable();
        of_step.peek().is_some() && of_step.all(|e| e.gone.is_some())
    }

    /// True when the runtime stage has a path, or something that a pattern fits, before a repeated operation.
    fn is_there(&self, path: &str) -> bool {
        if let Some(at) = path.find(['*', '?', '[']) {
            let directory = paths::parent(&path[..=at]);
            let context = self.survey.inputs.context;
            let Some((source, ContextEntry::Directory)) = self.analysis().files.entry(directory, context) else {
                return !self.is_carried_pattern(path);
            };
            let pattern = path[directory.len()..].trim_start_matches('/');
            let names = context.list(&source).unwrap_or_default();
            return match pattern.contains(['/', '?', '[']) {
                true => self.is_there(directory),
                false => names.iter().any(|n| glob(pattern, n) && self.is_there(&paths::join(directory, n))),
            };
        }
        let restated = || {
            self.survey.copies().filter(|(s, _)| self.supply.restated_copies.contains(&s.instruction)).any(
                |(_, copy)| {
                    copy.landings.iter().any(|l| {
                        paths::is_within(path, &l.destination) || l.tree && paths::is_within(&l.destination, path)
                    })
                },
            )
        };
        self.supply.copied.iter().any(|c| paths::is_within(c, path) || paths::is_within(path, c))
            || restated()
            || !self.survey.image.is_built(path) && !self.survey.is_from_context(path)
    }

    /// True when what a pattern fits is the build's, whose modes a copy takes along.
    fn is_carried_pattern(&self, path: &str) -> bool {
        let fixed = &path[..path.find(['*', '?', '[']).unwrap_or(path.len())];
        let directory = paths::parent(fixed);
        self.survey.image.entries().any(|(_, e)| {
            e.is_built()
                && (paths::is_within(&e.path, directory) || paths::parent(&e.path) == directory)
                && e.path != "/"
        }) && !self.survey.copies().any(|(_, c)| c.landings.iter().any(|l| paths::parent(&l.destination) == directory))
    }

    /// True when WORKDIR makes a directory as root before its files are copied: a copy leaves the owner of what is there.
    fn is_made_before_copy(&self, path: &str) -> bool {
        let after = self.supply.copies_after.iter().find(|(_, copies)| copies.iter().any(|c| c.path == path));
        after.is_some_and(|(&after, _)| self.workdir_makes(path, after))
    }

    /// True when a WORKDIR up to an instruction makes a directory as root.
    fn workdir_makes(&self, path: &str, last: usize) -> bool {
        let steps = self.steps();
        let instructions = &self.survey.instructions;
        let entered = |i: usize| {
            let next = steps.get(i + 1).map(|s| s.workdir.as_str());
            next.unwrap_or(&self.analysis().end.config.workdir)
        };
        steps.iter().enumerate().any(|(i, step)| {
            let workdir = matches!(instructions[step.instruction].kind, Kind::Workdir(_));
            workdir && step.instruction <= last && is_root(&step.user) && paths::is_within(path, entered(i))
        })
    }

    /// True when an operation makes what a repeated `chown -R` of the whole directory needs to be there.
    fn prepares_owned(&self, operation: &FileOperation, root: &str, instruction: usize) -> bool {
        !operation.metadata_only
            && operation.reads.is_empty()
            && self.survey.image.operations().iter().any(|o| {
                o.at.instruction >= instruction
                    && o.operation.chown.as_ref().is_some_and(|c| c.recursive)
                    && o.operation.writes.iter().any(|w| w == root)
                    && self.is_made_before_copy(root)
                    && !self.workdir_makes(root, o.at.instruction)
            })
    }

    /// True when an operation makes no more of a directory than its copy from the builder does.
    fn is_made_by_copy(&self, operation: &FileOperation, path: &str) -> bool {
        let set = self.survey.image.operations().iter().any(|o| {
            let all = o.operation.chown.as_ref().is_some_and(|c| c.recursive);
            o.operation.metadata_only && !all && o.operation.writes.iter().any(|written| written == path)
        });
        let plain = !operation.metadata_only && !operation.is_link && operation.reads.is_empty();
        plain && !set && self.supply.copied.contains(path) && self.workdir_makes(path, usize::MAX)
    }

    /// True when later copies put files into a directory: they leave the owner and the mode that it was given.
    fn keeps_metadata(&self, path: &str, instruction: usize) -> bool {
        !self.is_copied(path)
            && self
                .survey
                .copies()
                .filter(|(s, _)| s.instruction > instruction)
                .any(|(_, copy)| copy.landings.iter().any(|l| l.tree && l.destination == path))
    }

    /// True when an operation makes a directory whose owner or mode a repeated operation sets.
    fn prepares_metadata(&self, operation: &FileOperation, instruction: usize) -> bool {
        let makes = |path: &str| operation.writes.iter().any(|made| paths::is_within(path, made));
        let later = |o: &&Operation| o.operation.metadata_only && o.at.instruction >= instruction;
        operation.reads.is_empty()
            && self.survey.image.operations().iter().filter(later).any(|o| {
                o.operation.writes.iter().any(|path| {
                    makes(path)
                        && self.keeps_metadata(path, o.at.instruction)
                        && !self.workdir_makes(path, o.at.instruction)
                })
            })
    }

    /// The RUN that repeats the chosen parts. Where packages are installed too, the package plan writes it instead.
    fn replay_text(&self, step: &Step, run: &RunAction, chosen: &[usize], in_builder: bool) -> RunText {
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
        RunText::Reduced(join_source(self.survey, step, run, chosen, &trimmed))
    }

    /// The unit's text without arguments that a copy with `--chown` has dealt with, and without those that are not in the
    /// runtime stage; `None` when nothing is to be left out.
    fn without_copied_targets(&self, run: &RunAction, unit: &Unit, in_builder: bool) -> Option<String> {
        let [operation] = unit.effects.files.as_slice() else { return None };
        if !operation.chown.as_ref().is_some_and(|c| c.recursive) {
            let absent = |path: &String| operation.metadata_only && !self.is_there(path);
            let gone: Vec<_> = operation.targets.iter().filter(|(path, _)| absent(path)).collect();
            return (gone.len() < operation.targets.len()).then(|| without_arguments(run, unit, &gone)).flatten();
        }
        let copied = |path: &String| self.is_owned_by_copy(path) && !self.lands_later(path);
        let done: Vec<_> = operation.targets.iter().filter(|(path, _)| copied(path)).collect();
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
                operation.targets.iter().map(|(path, _)| path).filter(|path| !copied(path)).collect();
            let own = format!("chown {owner} {}", list(there.iter().map(|(path, _)| path).collect()));
            return Some(if rest.is_empty() { own } else { format!("{own} && chown -R {owner} {}", list(rest)) });
        }
        if gone.len() == operation.targets.len() {
            return None;
        }
        without_arguments(run, unit, &gone)
    }

    /// True when a COPY that the runtime stage repeats puts files into a directory, which are root's.
    fn lands_later(&self, path: &str) -> bool {
        let restated = self.survey.copies().filter(|(s, _)| self.supply.restated_copies.contains(&s.instruction));
        restated.flat_map(|(_, copy)| copy.arrivals()).any(|arrival| paths::is_within(path, &arrival))
    }

    /// What an image's own compiler links is not in the distribution: its libraries go along.
    pub(super) fn own_compiler(&mut self) {
        let Some(reference) = &self.analysis().base.reference else { return };
        let repository = reference.normalised().repository;
        let tag = reference.tag.clone().unwrap_or_else(|| "latest".to_owned());
        let release = self.base.releases.first().map(|r| r.release.clone()).unwrap_or_default();
        let newer = |c: &&OwnCompiler| c.image == repository && c.is_newer(&tag, &release);
        let Some(compiler) = compiled().compiler.iter().find(newer) else { return };
        if self.base.same_image || !Sources::look(self.survey).is_some_and(|s| s.load_own(compiler)) {
            return;
        }
        let cut = self.cut();
        for library in &compiler.libraries {
            self.copy(library, cut);
        }
        let name = paths::name(&compiler.directory);
        let text = format!("RUN echo {} > /etc/ld.so.conf.d/local-{name}.conf && ldconfig", compiler.directory);
        self.supply.after_copies = Some(text);
    }

    /// Libraries that arrive by copy are found only after `ldconfig`.
    pub(super) fn linker_cache(&mut self) {
        let libraries = self.supply.copied.iter().any(|path| {
            let whole = path == "/usr/local" || path == "/usr/local/lib";
            whole && self.base.empty_local || paths::is_within("/usr/local/lib", path) && path.contains(".so")
        });
        if (self.runs_ldconfig() || libraries) && self.base.glibc && !self.supply.copied.is_empty() {
            self.supply.after_copies = Some("RUN ldconfig".to_owned());
        }
    }
}

/// True for changes that read settings below `/etc` and are repeated in the runtime stage.
fn reads_settings(change: &SystemChange) -> bool {
    matches!(
        change,
        SystemChange::Locale | SystemChange::Timezone | SystemChange::Certificates | SystemChange::Services
    )
}

/// Parts of a RUN that say something but change nothing (`echo done`, `java -version`).
fn is_silent(effects: &Effects) -> bool {
    effects.is_portable() && effects.files.is_empty()
}

fn is_home_cache(path: &str) -> bool {
    (path.starts_with("/root/") || path.starts_with("/home/")) && path.contains("/.")
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

/// What the words of a change of the system may name as files, by absolute paths. Accounts are no files.
pub(crate) fn given_files(run: &RunAction, unit: &Unit, cwd: &str) -> Vec<String> {
    if !is_system_change(&unit.effects) || unit.effects.system.contains(&SystemChange::Users) {
        return Vec::new();
    }
    let words = run.text[unit.range.clone()].split_whitespace().map(|word| word.trim_matches(['"', '\'', ';']));
    words.filter(|word| !word.is_empty() && !word.starts_with('-')).map(|word| paths::join(cwd, word)).collect()
}
