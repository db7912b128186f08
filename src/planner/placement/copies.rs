//! Copies: what the builder's results are, where their copies come in the runtime stage and who owns them; which COPY of the
//! original is repeated.

use super::{BuilderCopy, LEFT_MB, Mode, Operation, Placer, SCRATCH, TOOLS_MB, covers, is_scratch, lands_in};
use crate::analyzer::effects::PathWrite;
use crate::analyzer::pragmas::{self, Place};
use crate::analyzer::state::Landing;
use crate::analyzer::{Action, CopyAction, Step};
use crate::facts::heuristics::{Reach, WriteKind};
use crate::paths;
use crate::planner::Refusal;
use crate::rules::{self, Reason};
use std::collections::BTreeSet;

impl Placer<'_, '_> {
    /// Marks a path to be copied from the builder after an instruction.
    pub(super) fn copy(&mut self, path: &str, after: usize) {
        if self.copied.iter().any(|copied| paths::is_within(copied, path)) {
            // Later writes move the copy behind them.
            let holder = self.copied.iter().find(|copied| paths::is_within(copied, path)).cloned();
            if let Some(holder) = holder {
                let after = self.owner_is_made(&holder, after);
                self.move_copy(&holder, after);
            }
            return;
        }
        let inner: Vec<String> = self.copied.iter().filter(|copied| paths::is_within(path, copied)).cloned().collect();
        let mut after = after;
        for path in inner {
            self.copied.remove(&path);
            for (index, copies) in &mut self.placement.copies_after {
                if copies.iter().any(|c| c.path == path) {
                    after = after.max(*index);
                }
                copies.retain(|c| c.path != path);
            }
        }
        self.copied.insert(path.to_owned());
        let chown = self.owner(path).or_else(|| self.writer(path));
        let after = self.owner_is_made(path, after);
        self.placement.copies_after.entry(after).or_default().push(BuilderCopy { path: path.to_owned(), chown });
        self.placement.needed_paths.insert(path.to_owned());
    }

    /// The instruction after which a path can be copied: its owner is made then. As it was when files come in between that
    /// the copy would cover.
    pub(super) fn owner_is_made(&self, path: &str, after: usize) -> usize {
        let Some(owner) = self.owner(path).or_else(|| self.writer(path)) else { return after };
        let name = owner.split([':', '.']).next().unwrap_or_default();
        let makes = |step: &&Step| match &step.action {
            Action::Run(run) => run.units.iter().any(|unit| unit.effects.users.iter().any(|user| user == name)),
            _ => false,
        };
        let Some(made) = self.steps().iter().find(makes).map(|step| step.instruction) else { return after };
        let covered =
            self.steps().iter().filter(|s| after < s.instruction && s.instruction < made).any(|s| match &s.action {
                Action::Copy(copy) => lands_in(copy, path),
                _ => false,
            });
        if covered { after } else { after.max(made) }
    }

    pub(super) fn move_copy(&mut self, path: &str, after: usize) {
        let mut found = None;
        for (index, copies) in &mut self.placement.copies_after {
            if *index < after
                && let Some(at) = copies.iter().position(|c| c.path == path)
            {
                found = Some(copies.remove(at));
            }
        }
        if let Some(copy) = found {
            self.placement.copies_after.entry(after).or_default().push(copy);
        }
    }

    /// The owner that a later `chown -R` gives to everything in `path`.
    pub(super) fn owner(&self, path: &str) -> Option<String> {
        let last = self.operations.iter().rev().find(|o| {
            o.operation.chown.as_ref().is_some_and(|c| c.recursive)
                && o.operation.writes.iter().any(|w| paths::is_within(w, path))
        })?;
        let owner = &last.operation.chown.as_ref()?.owner;
        let name = |owner: &str| owner.split([':', '.']).next().unwrap_or_default().to_owned();
        let another = |instruction: usize, by: &str| instruction > last.instruction && name(by) != name(owner);
        let written = |instruction| {
            let step = self.steps().iter().find(|s| s.instruction == instruction);
            step.is_some_and(|s| another(instruction, &s.user))
        };
        let written_later = self.writes.iter().any(|w| written(w.instruction) && paths::is_within(path, &w.write.path));
        let copied_later = self.steps().iter().any(|s| match &s.action {
            Action::Copy(c) => {
                another(s.instruction, c.chown.as_deref().unwrap_or("root"))
                    && c.landings.iter().any(|l| paths::is_within(path, &l.destination))
            }
            _ => false,
        });
        (!written_later && !copied_later).then(|| owner.clone())
    }

    /// The user, not root, who wrote a directory and everything in it: a copy keeps the owners of what the directory holds,
    /// not its own.
    pub(super) fn writer(&self, path: &str) -> Option<String> {
        let user = |instruction| self.steps().iter().find(|s| s.instruction == instruction).map(|s| s.user.as_str());
        let mut users =
            self.writes.iter().filter(|w| paths::is_within(path, &w.write.path)).map(|w| user(w.instruction));
        let writer = users.next()??;
        let inside = self.steps().iter().any(|s| match &s.action {
            Action::Copy(copy) => copy.landings.iter().any(|l| paths::is_within(path, &l.destination)),
            _ => false,
        });
        let landed = inside || self.comes_again(path, 0);
        let whole = self.writes.iter().any(|w| w.write.path == path);
        let is_root = matches!(writer.split(':').next().unwrap_or_default(), "" | "root" | "0");
        (whole && !landed && !is_root && users.all(|user| user == Some(writer))).then(|| writer.to_owned())
    }

    /// Copies what build steps wrote and run time needs.
    pub(super) fn place_writes(&mut self) -> Result<(), Refusal> {
        let cut = self.placement.cut.unwrap_or_default();
        for i in 0..self.writes.len() {
            let instruction = self.writes[i].instruction;
            let write = self.writes[i].write.clone();
            let span = self.span(instruction);
            if pragmas::is_artifact(&write) {
                let last = self.last_touch(&write.path, cut).max(instruction);
                self.copy(&write.path, last);
                continue;
            }
            if is_scratch(&write.path) || self.is_removed(&write.path, instruction) {
                continue;
            }
            match self.root_of(&write.path).map(|r| (r.path.clone(), r.mode.clone())) {
                Some((root, Mode::Tree)) => {
                    let last = self.last_touch(&root, cut);
                    self.copy(&root, last);
                }
                Some((_, Mode::Dropped)) => {}
                Some((_, Mode::Proven(paths))) => {
                    for path in paths {
                        let last = self.last_touch(&path, cut).max(instruction);
                        self.copy(&path, last);
                    }
                    if self.placement.native {
                        self.place_artifact(&write, instruction);
                    }
                }
                Some((_, Mode::Precise)) => self.place_artifact(&write, instruction),
                None if write.form == Reach::Within => self.place_shared(&write, instruction, span)?,
                None => self.place_artifact(&write, instruction),
            }
        }
        for root in 0..self.roots.len() {
            let Mode::Proven(paths) = self.roots[root].mode.clone() else { continue };
            for path in paths {
                let last = self.last_touch(&path, cut);
                self.copy(&path, last);
            }
        }
        for path in self.narrowed.values().flatten().cloned().collect::<Vec<_>>() {
            let last = self.last_touch(&path, cut);
            self.copy(&path, last);
        }
        Ok(())
    }

    pub(super) fn span(&self, instruction: usize) -> crate::source::Span {
        self.planner.instructions[instruction].span
    }

    /// Estimates what build output stays behind although the base may be the same: dependencies that the result
    /// contains already.
    pub(super) fn estimate(&mut self) {
        let left: BTreeSet<&str> = self
            .writes
            .iter()
            .filter(|w| matches!(w.write.kind, WriteKind::Dependency | WriteKind::Intermediate))
            .map(|w| w.write.path.as_str())
            .filter(|path| !self.copied.iter().any(|c| paths::is_within(c, path) || paths::is_within(path, c)))
            .collect();
        let tools = if self.placement.repeated.is_empty() { 0 } else { TOOLS_MB };
        let downloads = if self.planner.base.same_image && self.downloads_to_compile() { LEFT_MB } else { 0 };
        self.placement.saved_mb = left.len() as u32 * LEFT_MB + tools + downloads;
    }

    /// True when a command that compiles keeps what it downloaded in a cache outside the program's directories.
    pub(super) fn downloads_to_compile(&self) -> bool {
        let runs = self.steps().iter().filter_map(|step| self.placed_run(step));
        runs.flat_map(|run| &run.units).any(|unit| {
            let writes = &unit.effects.writes;
            let kept = |w: &PathWrite| {
                let scratch = SCRATCH.iter().any(|directory| paths::is_within(directory, &w.path));
                w.kind == WriteKind::Cache && !scratch && self.root_of(&w.path).is_none()
            };
            writes.iter().any(|w| w.kind == WriteKind::Intermediate) && writes.iter().any(kept)
        })
    }

    /// One write whose extent is known.
    pub(super) fn place_artifact(&mut self, write: &PathWrite, instruction: usize) {
        let proven = matches!(self.root_of(&write.path).map(|r| &r.mode), Some(Mode::Proven(_)));
        let demanded = self.demanded_below(&write.path, write.form);
        match (write.kind, write.form) {
            (WriteKind::Artifact, Reach::Path)
                if demanded.is_empty() && self.is_installed_elsewhere(&write.path, 0) => {}
            (WriteKind::Artifact, Reach::Path) => self.copy(&write.path, instruction),
            (WriteKind::Artifact, _) => {
                self.tell_left_behind(write, &demanded, instruction);
                for path in demanded {
                    self.copy(&path, instruction);
                }
            }
            (WriteKind::Intermediate, _) => {
                if demanded.is_empty() && !self.placement.native && !proven {
                    // Something interpreted may read it by a path that is computed.
                    self.copy(&write.path, instruction);
                } else {
                    let whole = !self.placement.native && !self.bundles(write);
                    if whole {
                        self.copy(&write.path, instruction);
                    } else {
                        for path in demanded {
                            self.copy(&path, instruction);
                        }
                    }
                }
            }
            // What the compiler of a program downloaded is in the program.
            (WriteKind::Source, _) if self.placement.native => {}
            (WriteKind::Dependency | WriteKind::Data | WriteKind::Unknown | WriteKind::Source, _) if !proven => {
                self.copy(&write.path, instruction);
            }
            _ => {}
        }
    }

    /// A program whose sources are not here may start any of the programs that were installed beside it.
    pub(super) fn tell_left_behind(&mut self, write: &PathWrite, demanded: &[String], instruction: usize) {
        let beside = self.writes.iter().filter(|w| {
            let w = &w.write;
            w.kind == WriteKind::Artifact && w.form == write.form && w.path == write.path
        });
        let span = self.span(instruction);
        let told = |reason: &Reason| reason.rule == rules::ASSUMED_SUBPROCESS;
        if self.placement.unread && beside.count() > demanded.len() && !self.placement.assumptions.iter().any(told) {
            let asked = demanded.iter().map(|path| format!("`{}`", paths::name(path))).collect::<Vec<_>>().join(", ");
            let words = format!(
                "several commands install programs into `{}`, and run time is only known to start {asked}, whose sources are not here",
                write.path
            );
            self.placement.assumptions.push(rules::ASSUMED_SUBPROCESS.because(words, span));
        }
    }

    /// True when a result of the build was only a step on the way: a later command installs it somewhere else.
    pub(super) fn is_installed_elsewhere(&self, path: &str, depth: usize) -> bool {
        depth < 3
            && self.operations.iter().any(|o| {
                let operation = o.operation;
                let moved = operation.reads.iter().any(|r| r == path)
                    && !operation.is_link
                    && operation.writes.iter().any(|w| paths::parent(w) != paths::parent(path));
                let links = operation.is_link
                    && operation.writes.iter().any(|w| w == path)
                    && operation.reads.iter().all(|r| self.is_installed_elsewhere(r, depth + 1));
                moved || links
            })
    }

    /// True when the build packs everything that a demanded file needs into it.
    pub(super) fn bundles(&self, write: &PathWrite) -> bool {
        let Some(rule) = self.planner.inputs.heuristics.command(&write.by) else { return false };
        let directory = paths::parent(&write.path);
        rule.bundles.iter().any(|condition| {
            let path = paths::join(directory, &condition.file);
            let text = self.planner.analysis.files.text(&path, self.planner.inputs.context);
            text.is_some_and(|text| condition.any.iter().any(|word| text.contains(word.as_str())))
        })
    }

    /// Paths that run time asks for and that a write provides.
    pub(super) fn demanded_below(&self, path: &str, form: Reach) -> Vec<String> {
        let mut wanted: Vec<String> = self.planner.demands.paths.iter().map(|p| p.path.clone()).collect();
        for command in &self.planner.demands.commands {
            wanted.extend(self.built_command(&command.name));
        }
        let behind: Vec<String> = wanted.iter().flat_map(|link| self.leads_to(link).cloned()).collect();
        wanted.extend(behind);
        // A file that is copied on by a plain operation is asked for where it comes from, and lands by that operation.
        wanted.retain(|p| match form {
            Reach::Into => paths::parent(p) == path && self.artifact_at(p, 0),
            Reach::Within => paths::is_within(path, p) && self.artifact_at(p, 0),
            Reach::Path => paths::is_within(path, p),
        });
        wanted.sort();
        wanted.dedup();
        wanted
    }

    /// Unknown files below a directory of the system.
    pub(super) fn place_shared(
        &mut self,
        write: &PathWrite,
        instruction: usize,
        span: crate::source::Span,
    ) -> Result<(), Refusal> {
        let local = matches!(
            write.path.as_str(),
            "/usr/local" | "/usr/local/bin" | "/usr/local/lib" | "/usr/local/share" | "/opt"
        );
        if local && (self.planner.base.empty_local || self.planner.base.same_family) {
            self.copy(&write.path, instruction);
            return Ok(());
        }
        if write.kind == WriteKind::Artifact {
            for path in self.demanded_below(&write.path, Reach::Within) {
                self.copy(&path, instruction);
            }
            let words =
                format!("what is installed below `{}` beside the program is taken to be for builds", write.path);
            self.placement.assumptions.push(rules::ASSUMED_COMMAND.because(words, span));
            return Ok(());
        }
        let words = format!("the step may write anywhere below `{}`", write.path);
        Err(rules::SYSTEM_CHANGE.because(words, span).into())
    }

    /// True when a later step removes the path again.
    pub(super) fn is_removed(&self, path: &str, instruction: usize) -> bool {
        self.operations.iter().enumerate().any(|(at, o)| {
            let put_back = |later: &Operation| later.operation.writes.iter().any(|w| w == path);
            o.instruction >= instruction
                && o.operation.removes.iter().any(|r| paths::is_within(r, path))
                && !self.written_after_removal(path, o.instruction)
                && !self.operations.iter().skip(at + 1).any(put_back)
        })
    }

    pub(super) fn written_after_removal(&self, path: &str, instruction: usize) -> bool {
        self.writes.iter().any(|w| w.instruction > instruction && w.write.path == path)
    }

    /// The last instruction up to the cut that puts anything into a directory.
    pub(super) fn last_touch(&self, root: &str, cut: usize) -> usize {
        let copies = self.steps().iter().filter_map(|s| match &s.action {
            Action::Copy(copy) if lands_in(copy, root) => Some(s.instruction),
            _ => None,
        });
        let writes = self.writes.iter().filter(|w| paths::is_within(root, &w.write.path)).map(|w| w.instruction);
        let operations = self
            .operations
            .iter()
            .filter(|o| o.operation.writes.iter().chain(&o.operation.removes).any(|p| paths::is_within(root, p)))
            .map(|o| o.instruction);
        copies.chain(writes).chain(operations).filter(|&i| i <= cut).max().unwrap_or(cut)
    }

    /// Decides which COPY and ADD instructions the runtime stage repeats.
    pub(super) fn place_copies(&mut self) {
        let cut = self.placement.cut.unwrap_or_default();
        let mut kept: Vec<&Step> = Vec::new();
        for step in self.steps().iter().rev() {
            let Action::Copy(copy) = &step.action else { continue };
            let root = self.root_of(&copy.destination).map(|r| r.mode.clone());
            let carried = step.instruction <= cut
                && match root {
                    _ if self.narrowed.contains_key(&step.instruction) => true,
                    Some(Mode::Tree) => true,
                    Some(Mode::Proven(_)) => !self.plain_copies.contains(&step.instruction),
                    Some(Mode::Dropped) => true,
                    Some(Mode::Precise) | None => false,
                };
            let place = self.pragmas().place(step.instruction);
            if self.pragmas().is_kept_whole(step.instruction) {
                kept.push(step);
                continue;
            }
            if place == Some(Place::Build)
                || carried
                || step.instruction <= cut && self.is_taken_away(copy, step.instruction)
                || self.is_superseded(copy, &kept)
                || (self.is_build_input(copy) || self.is_build_tool(copy)) && step.instruction <= cut
            {
                continue;
            }
            kept.push(step);
        }
        self.placement.restated_copies = kept.iter().map(|s| s.instruction).collect();
    }

    /// True when a later step removes everything that a COPY brings, and no change of the system reads it before.
    pub(super) fn is_taken_away(&self, copy: &CopyAction, instruction: usize) -> bool {
        let read_by_system = |path: &str| {
            self.steps().iter().any(|step| match &step.action {
                Action::Run(run) => run.units.iter().any(|unit| {
                    let changes = !unit.effects.packages.is_empty() || !unit.effects.system.is_empty();
                    let inside = unit.cwd.as_deref().is_some_and(|cwd| paths::is_within(path, cwd));
                    changes && (inside || run.text.get(unit.range.clone()).is_none_or(|text| text.contains(path)))
                }),
                _ => false,
            })
        };
        copy.heredocs.is_empty()
            && !copy.landings.is_empty()
            && copy.landings.iter().all(|landing| {
                self.is_removed(&landing.destination, instruction) && !read_by_system(&landing.destination)
            })
    }

    /// True when a later COPY of the runtime stage brings the same files to the same places.
    pub(super) fn is_superseded(&self, copy: &CopyAction, later: &[&Step]) -> bool {
        !copy.landings.is_empty()
            && copy.heredocs.is_empty()
            && !copy.unpacks
            && self.planner.inputs.context.is_known()
            && copy.landings.iter().all(|landing| {
                later.iter().any(|step| match &step.action {
                    Action::Copy(other) => other.landings.iter().any(|l| covers(l, landing)),
                    _ => false,
                })
            })
    }

    /// True when a native program's sources or manifests are all that a COPY brings.
    pub(super) fn is_build_input(&self, copy: &CopyAction) -> bool {
        let ecosystems = self.compiling_ecosystems();
        let is_input = |landing: &Landing| match landing.tree {
            true => {
                let mut rest = Vec::new();
                self.beside_sources(landing, &ecosystems, &mut rest).is_some() && rest.is_empty()
            }
            false => self.planner.inputs.heuristics.is_build_input(paths::name(&landing.source)),
        };
        self.placement.native && !copy.landings.is_empty() && copy.landings.iter().all(is_input)
    }

    /// True when a copy from another image brings nothing but tools that only build, and run time calls none of them.
    pub(super) fn is_build_tool(&self, copy: &CopyAction) -> bool {
        let demands = self.planner.demands;
        let called = |path: &String| {
            demands.commands.iter().chain(&demands.interpreters).any(|c| paths::name(&c.name) == paths::name(path))
        };
        let arrivals = copy.arrivals();
        let ecosystems = self.planner.inputs.heuristics.ecosystems();
        let is_tool = |path: &String| {
            let name = paths::name(path);
            ecosystems.iter().any(|e| e.detect.build_packages.iter().any(|tool| tool == name))
        };
        !arrivals.is_empty() && arrivals.iter().all(|path| is_tool(path) && !called(path))
    }

    /// True when a copy from another image brings the path.
    pub(super) fn is_from_image(&self, path: &str) -> bool {
        self.steps().iter().any(|step| match &step.action {
            Action::Copy(copy) => copy.arrivals().iter().any(|arrival| arrival == path),
            _ => false,
        })
    }
}
