//! Copies: what comes from the builder by which path, where in the runtime stage and with which owner; which COPY of the
//! original is repeated.

use super::{BuilderCopy, Supplier};
use crate::analyzer::config::is_root;
use crate::analyzer::effects::PathWrite;
use crate::analyzer::pragmas::{self, Place};
use crate::analyzer::state::Landing;
use crate::analyzer::{CopyAction, Step};
use crate::facts::heuristics::{SystemChange, WriteKind};
use crate::image::{Entry, Extent, Origin};
use crate::paths;
use crate::planner::licences::lands_in;
use crate::planner::survey::{is_scratch, made_by_copies};
use crate::planner::{Refusal, development, downloads};
use crate::rules;
use std::collections::BTreeSet;

/// What a directory of dependencies or a build tree takes, roughly, in MB.
const LEFT_MB: u32 = 100;

/// What a build tool of an interpreted language takes with its dependencies, roughly, in MB.
const TOOLS_MB: u32 = 50;

impl Supplier<'_, '_> {
    /// Finds the copies that bring what stays.
    pub(super) fn place_entries(&mut self) -> Result<(), Refusal> {
        let cut = self.cut();
        let kept: Vec<(usize, Entry)> = self.entries_of_builder().into_iter().map(|(i, e)| (i, e.clone())).collect();
        for (i, entry) in &kept {
            if pragmas::is_artifact(&entry.by) {
                let last = self.last_touch(&entry.path, cut).max(entry.at.instruction);
                self.copy(&entry.path, last);
                continue;
            }
            if self.is_in_whole(&entry.path) && self.ledger.left(*i).is_none() {
                let root = self.survey.root_of(&entry.path).cloned().unwrap_or_default();
                let last = self.last_touch(&root, cut);
                self.copy(&root, last);
                continue;
            }
            match self.ledger.left(*i) {
                Some(left) => {
                    for path in &left.stays {
                        let certain = self.certain_part(path);
                        self.copy(&certain, entry.at.instruction);
                    }
                }
                None => self.place_entry(entry)?,
            }
        }
        self.place_rest_of_licensed(cut);
        self.drop_owners_to_come();
        self.keep_made_by_copies();
        Ok(())
    }

    /// A directory that a COPY made for a user is made by its copy as well, before any WORKDIR makes it as root's.
    fn keep_made_by_copies(&mut self) {
        if is_root(&self.analysis().end.config.user) {
            return;
        }
        for (at, directory, owner) in made_by_copies(self.analysis(), &self.survey.image) {
            let made_later = self.makes_owner(&owner).is_some_and(|made| made > at);
            if is_root(&owner) || made_later || self.survey.cut.is_none() {
                continue;
            }
            let mut moved = None;
            for copies in self.supply.copies_after.values_mut() {
                if let Some(i) = copies.iter().position(|copy| copy.path == directory) {
                    moved = Some(copies.remove(i));
                }
            }
            if let Some(copy) = moved {
                let chown = Some(owner);
                self.supply.copies_after.entry(at).or_default().push(BuilderCopy { chown, ..copy });
            }
        }
    }

    /// A copy cannot name an owner that is made later: the step that gives everything to it does so then.
    fn drop_owners_to_come(&mut self) {
        let mut copies = std::mem::take(&mut self.supply.copies_after);
        for (after, copies) in &mut copies {
            for copy in copies {
                let made = copy.chown.as_ref().and_then(|owner| self.makes_owner(owner));
                copy.chown = copy.chown.take().filter(|_| made.is_none_or(|made| made <= *after));
            }
        }
        self.supply.copies_after = copies;
    }

    /// What a copy can name for a path: itself, where it is certain or run time starts it, or the directory above that is.
    fn certain_part(&self, path: &str) -> String {
        match self.survey.is_program(path) {
            true => path.to_owned(),
            false => self.survey.image.certain_above(path).to_owned(),
        }
    }

    /// What stays of directories from the context that a licence lets go, unless an instruction brings exactly that.
    fn place_rest_of_licensed(&mut self, cut: usize) {
        let mut stays: Vec<String> = Vec::new();
        for (i, left) in self.ledger.all() {
            let entry = &self.survey.image.all()[i];
            if matches!(entry.origin, Origin::Context { .. }) && !self.is_in_whole(&entry.path) {
                stays.extend(left.stays.iter().filter(|path| self.survey.image.holds(entry, path)).cloned());
            }
        }
        // An instruction of which one part leaves is not repeated for the rest.
        for (i, entry) in self.survey.image.entries() {
            let mixed = matches!(entry.origin, Origin::Context { .. })
                && self.ledger.left(i).is_none()
                && Some(entry.at.instruction) <= self.survey.cut
                && self.leaves_in_part(entry.at.instruction)
                && !self.is_in_whole(&entry.path);
            if mixed {
                stays.push(entry.path.clone());
            }
        }
        stays.sort();
        stays.dedup();
        for path in stays {
            match self.own_copy(&path) {
                Some(instruction) => {
                    self.own_copies.insert(instruction);
                }
                None => {
                    let last = self.last_touch(&path, cut);
                    let certain = self.survey.image.certain_above(&path).to_owned();
                    self.copy(&certain, last);
                }
            }
        }
    }

    /// True when a licence lets a part of what an instruction brings go.
    fn leaves_in_part(&self, instruction: usize) -> bool {
        let all = self.survey.image.all();
        self.ledger
            .all()
            .any(|(i, _)| all[i].at.instruction == instruction && matches!(all[i].origin, Origin::Context { .. }))
    }

    /// One kept entry outside of the directories that are copied as a whole.
    fn place_entry(&mut self, entry: &Entry) -> Result<(), Refusal> {
        let image = &self.survey.image;
        let exact = entry.certain && matches!(entry.extent, Extent::One | Extent::Tree) && !entry.path.contains('*');
        if exact {
            // A copy of a link is a second file.
            if !entry.link || !self.is_repeatable_link(entry) {
                self.copy(&entry.path, entry.at.instruction);
            }
            return Ok(());
        }
        let wanted = self.survey.wanted_of(entry);
        let path = entry.path.split("/*").next().unwrap_or(&entry.path);
        let certain = image.certain_above(if path.is_empty() { "/" } else { path }).to_owned();
        let into = entry.extent == Extent::Into && certain == entry.path;
        if into && (entry.purpose != WriteKind::Artifact || self.is_own_directory(entry)) {
            match wanted.as_slice() {
                [] => self.copy(&certain, entry.at.instruction),
                _ if entry.purpose == WriteKind::Artifact && self.all_wanted(entry, wanted.len()) => {
                    wanted.iter().for_each(|path| self.copy(path, entry.at.instruction));
                }
                _ => self.copy(&certain, entry.at.instruction),
            }
            return Ok(());
        }
        let carried = crate::planner::licences::is_carried_whole(self.survey, &certain);
        let home = certain == "/root" || self.analysis().homes.values().any(|home| *home == certain);
        if let Some(own) = self.base_has_below(&certain) {
            let words = format!(
                "the step may write anywhere below `{}`, where the base image has `{own}`: a copy would lay all of it over the \
                 smaller base",
                entry.path
            );
            return Err(rules::SYSTEM_CHANGE.because(words, self.span(entry.at.instruction)).into());
        }
        if carried || home || !paths::is_shared(&certain) || self.survey.is_entered_and_empty(&certain) {
            self.copy(&certain, entry.at.instruction);
            return Ok(());
        }
        let words = format!("the step may write anywhere below `{}`", entry.path);
        Err(rules::SYSTEM_CHANGE.because(words, self.span(entry.at.instruction)).into())
    }

    /// A directory of the larger base's own below a path, as its variables say (`JAVA_HOME`).
    fn base_has_below(&self, path: &str) -> Option<&str> {
        let facts = self.analysis().base.facts.as_ref().filter(|_| !self.base.same_image)?;
        let values =
            facts.config.env.iter().filter(|(name, _)| name != "PATH").filter_map(|(_, value)| value.as_deref());
        let mut values = values.filter(|value| value.starts_with('/'));
        values.find(|value| paths::below(path, value).is_some_and(|rest| !rest.is_empty()))
    }

    /// True when nothing but programs that steps install lies in a directory.
    fn is_own_directory(&self, entry: &Entry) -> bool {
        self.survey.inputs.heuristics.command(&entry.by).is_some_and(|rule| rule.own_directory)
    }

    /// True when run time asks for as many programs as steps put into the directory.
    fn all_wanted(&self, entry: &Entry, wanted: usize) -> bool {
        let alike = |e: &Entry| e.path == entry.path && e.extent == entry.extent && e.purpose == entry.purpose;
        wanted >= self.survey.image.entries().filter(|(_, e)| alike(e)).count()
    }

    /// True when the part that makes a link does nothing else and is repeated.
    fn is_repeatable_link(&self, entry: &Entry) -> bool {
        entry.origin == Origin::Plain
    }

    /// The instruction that brings exactly one path from the context, which no step touches.
    fn own_copy(&self, path: &str) -> Option<usize> {
        let brings = |copy: &CopyAction| {
            let all = copy.landings.iter().all(|l| self.stays_whole(l));
            all && copy.landings.iter().any(|l| l.destination == path) && copy.heredocs.is_empty() && !copy.unpacks
        };
        let found: Vec<usize> =
            self.survey.copies().filter(|(_, copy)| brings(copy)).map(|(step, _)| step.instruction).collect();
        let touched = |instruction: usize| {
            let landings = self.survey.copies().filter(|(step, _)| step.instruction == instruction);
            landings.flat_map(|(_, c)| &c.landings).any(|l| self.survey.is_touched(&l.destination, instruction))
        };
        found.last().copied().filter(|&instruction| !touched(instruction))
    }

    /// True when everything that a landing brings stays.
    fn stays_whole(&self, landing: &Landing) -> bool {
        let all = self.survey.image.all();
        let left = self.ledger.all().filter(|(i, _)| {
            let entry = &all[*i];
            entry.path == landing.destination && matches!(entry.origin, Origin::Context { .. })
        });
        let mut left = left.peekable();
        left.peek().is_none() || left.all(|(_, left)| left.stays.contains(&landing.destination))
    }

    /// Marks a path to be copied from the builder after an instruction.
    pub(super) fn copy(&mut self, path: &str, after: usize) {
        if self.supply.copied.iter().any(|copied| paths::is_within(copied, path)) {
            // Later writes move the copy behind them.
            let holder = self.supply.copied.iter().find(|copied| paths::is_within(copied, path)).cloned();
            if let Some(holder) = holder {
                let after = self.owner_is_made(&holder, after);
                self.move_copy(&holder, after);
            }
            return;
        }
        let inner: Vec<String> =
            self.supply.copied.iter().filter(|copied| paths::is_within(path, copied)).cloned().collect();
        let mut after = after;
        for path in inner {
            self.supply.copied.remove(&path);
            for (index, copies) in &mut self.supply.copies_after {
                if copies.iter().any(|c| c.path == path) {
                    after = after.max(*index);
                }
                copies.retain(|c| c.path != path);
            }
        }
        self.supply.copied.insert(path.to_owned());
        let chown = self.owner(path).or_else(|| self.writer(path));
        let after = self.owner_is_made(path, after);
        self.supply.copies_after.entry(after).or_default().push(BuilderCopy { path: path.to_owned(), chown });
    }

    /// The instruction after which a path can be copied: its owner is made then. As it was when files come in between that
    /// the copy would cover.
    fn owner_is_made(&self, path: &str, after: usize) -> usize {
        let Some(owner) = self.owner(path).or_else(|| self.writer(path)) else { return after };
        let Some(made) = self.makes_owner(&owner) else { return after };
        let covered = self
            .survey
            .copies()
            .filter(|(s, _)| after < s.instruction && s.instruction < made)
            .any(|(_, copy)| lands_in(copy, path));
        if covered { after } else { after.max(made) }
    }

    /// The instruction that makes a user.
    pub(super) fn makes_owner(&self, owner: &str) -> Option<usize> {
        let name = owner.split([':', '.']).next().unwrap_or_default();
        let mut runs = self.survey.runs();
        let makes = runs.find(|(_, run)| run.units.iter().any(|unit| unit.effects.users.iter().any(|u| u == name)));
        makes.map(|(step, _)| step.instruction)
    }

    /// True when a copy from the builder gives everything in a path to its owner.
    pub(super) fn is_owned_by_copy(&self, path: &str) -> bool {
        let mut copies = self.supply.copies_after.values().chain(self.supply.copies_before.values()).flatten();
        copies.any(|copy| copy.path == path && copy.chown.is_some())
    }

    fn move_copy(&mut self, path: &str, after: usize) {
        let mut found = None;
        for (index, copies) in &mut self.supply.copies_after {
            if *index < after
                && let Some(at) = copies.iter().position(|c| c.path == path)
            {
                found = Some(copies.remove(at));
            }
        }
        if let Some(copy) = found {
            self.supply.copies_after.entry(after).or_default().push(copy);
        }
    }

    /// The owner that a later `chown -R` gives to everything in `path`.
    fn owner(&self, path: &str) -> Option<String> {
        let image = &self.survey.image;
        let last = image.operations().iter().rev().find(|o| {
            o.operation.chown.as_ref().is_some_and(|c| c.recursive)
                && o.operation.writes.iter().any(|w| paths::is_within(w, path))
        })?;
        let owner = &last.operation.chown.as_ref()?.owner;
        let name = |owner: &str| owner.split([':', '.']).next().unwrap_or_default().to_owned();
        let another = |instruction: usize, by: &str| instruction > last.at.instruction && name(by) != name(owner);
        let written_later = image.entries().any(|(_, e)| {
            let counts = e.is_built() && e.purpose != WriteKind::Cache;
            counts && another(e.at.instruction, &e.user) && paths::is_within(path, &e.path)
        });
        let copied_later = self.survey.copies().any(|(step, copy)| {
            another(step.instruction, copy.chown.as_deref().unwrap_or("root"))
                && copy.landings.iter().any(|l| paths::is_within(path, &l.destination))
        });
        (!written_later && !copied_later).then(|| owner.clone())
    }

    /// The user, not root, who wrote a directory and everything in it: a copy keeps the owners of what the directory holds,
    /// not its own.
    fn writer(&self, path: &str) -> Option<String> {
        let image = &self.survey.image;
        let written =
            || image.entries().filter(|(_, e)| self.survey.comes_from_builder(e) && e.purpose != WriteKind::Cache);
        let mut users = written().filter(|(_, e)| paths::is_within(path, &e.path)).map(|(_, e)| e.user.as_str());
        let writer = users.next()?;
        let inside =
            self.survey.copies().any(|(_, copy)| copy.landings.iter().any(|l| paths::is_within(path, &l.destination)));
        let landed = inside || self.survey.comes_again(path, 0);
        let whole = written().any(|(_, e)| e.path == path);
        (whole && !landed && !is_root(writer) && users.all(|user| user == writer)).then(|| writer.to_owned())
    }

    /// The last instruction up to the cut that puts anything into a directory.
    pub(super) fn last_touch(&self, root: &str, cut: usize) -> usize {
        let image = &self.survey.image;
        let copies = self.survey.copies().filter(|(_, copy)| lands_in(copy, root)).map(|(step, _)| step.instruction);
        let counts = |e: &&Entry| self.survey.comes_from_builder(e) && e.purpose != WriteKind::Cache;
        let writes =
            image.all().iter().filter(counts).filter(|e| paths::is_within(root, &e.path)).map(|e| e.at.instruction);
        let operations = image
            .operations()
            .iter()
            .filter(|o| o.operation.writes.iter().chain(&o.operation.removes).any(|p| paths::is_within(root, p)))
            .map(|o| o.at.instruction);
        copies.chain(writes).chain(operations).filter(|&i| i <= cut).max().unwrap_or(cut)
    }

    /// Decides which COPY and ADD instructions the runtime stage repeats.
    pub(super) fn place_copies(&mut self) {
        let cut = self.cut();
        let pragmas = &self.analysis().pragmas;
        let mut kept: Vec<(&Step, &CopyAction)> = Vec::new();
        for (step, copy) in self.survey.copies().collect::<Vec<_>>().into_iter().rev() {
            let at = step.instruction;
            if pragmas.is_kept_whole(at) {
                kept.push((step, copy));
                continue;
            }
            let early = at <= cut;
            let carried = early && (self.is_in_whole(&copy.destination) || self.is_copied(&copy.destination));
            let left = early && !self.own_copies.contains(&at) && self.leaves_in_part(at);
            let tools = early && self.is_left(at);
            if pragmas.place(at) == Some(Place::Build)
                || carried
                || left
                || tools
                || early && self.is_taken_away(copy, at)
                || self.is_superseded(copy, &kept)
            {
                continue;
            }
            kept.push((step, copy));
        }
        self.supply.restated_copies = kept.iter().map(|(step, _)| step.instruction).collect();
    }

    /// True when everything that an instruction brings leaves.
    fn is_left(&self, instruction: usize) -> bool {
        let mut of_step = self
            .survey
            .image
            .entries()
            .filter(|(_, e)| e.at.instruction == instruction && !matches!(e.origin, Origin::Step | Origin::Plain))
            .peekable();
        of_step.peek().is_some() && of_step.all(|(i, _)| self.ledger.left(i).is_some_and(|left| left.stays.is_empty()))
    }

    /// True when a later step removes everything that a COPY brings, and no change of the system reads it before.
    fn is_taken_away(&self, copy: &CopyAction, instruction: usize) -> bool {
        let read_by_system = |path: &str| {
            self.survey.runs().any(|(_, run)| {
                run.units.iter().any(|unit| {
                    let system = unit.effects.system.iter().any(|change| *change != SystemChange::Ldconfig);
                    let changes = !unit.effects.packages.is_empty() || system;
                    let inside = unit.cwd.as_deref().is_some_and(|cwd| paths::is_within(path, cwd));
                    changes && (inside || run.text.get(unit.range.clone()).is_none_or(|text| text.contains(path)))
                })
            })
        };
        let gone = |landing: &Landing| {
            let image = self.survey.image.all();
            let of_landing = |e: &&Entry| e.at.instruction == instruction && e.path == landing.destination;
            image.iter().filter(of_landing).all(|e| e.gone.is_some())
        };
        copy.heredocs.is_empty()
            && !copy.landings.is_empty()
            && copy.landings.iter().all(|landing| gone(landing) && !read_by_system(&landing.destination))
    }

    /// True when a later COPY of the runtime stage brings the same files to the same places.
    fn is_superseded(&self, copy: &CopyAction, later: &[(&Step, &CopyAction)]) -> bool {
        !copy.landings.is_empty()
            && copy.heredocs.is_empty()
            && !copy.unpacks
            && self.survey.inputs.context.is_known()
            && copy
                .landings
                .iter()
                .all(|landing| later.iter().any(|(_, other)| other.landings.iter().any(|l| covers(l, landing))))
    }

    /// Estimates what build output stays behind although the base may be the same: dependencies that the result contains
    /// already.
    pub(super) fn estimate(&mut self) {
        let copied = &self.supply.copied;
        let left: BTreeSet<&str> = self
            .survey
            .image
            .entries()
            .filter(|(_, e)| e.is_built())
            .filter(|(_, e)| matches!(e.purpose, WriteKind::Dependency | WriteKind::Intermediate))
            .filter(|(_, e)| !self.supply.repeated.contains(&e.at))
            .map(|(_, e)| e.path.as_str())
            .filter(|path| !copied.iter().any(|c| paths::is_within(c, path) || paths::is_within(path, c)))
            .collect();
        let tools = if self.leaves_tools() { TOOLS_MB } else { 0 };
        let compiling = if self.base.same_image && self.downloads_to_compile() { LEFT_MB } else { 0 };
        // By layers: what a later step takes away still weighs in the original.
        let weight = development::weight(self.survey);
        let pruned = weight.dropped_mb + weight.downloads_mb;
        let caches = downloads::kept(self.survey);
        let kept: u32 = caches.iter().map(|cache| cache.mb).sum();
        self.supply.saved_mb = left.len() as u32 * LEFT_MB + tools + compiling + pruned + kept;
        self.supply.development = weight;
        self.supply.caches = caches;
        let filled = &self.base.after.filled;
        let repeated = filled.iter().filter(|(path, _)| copied.iter().any(|c| paths::is_within(c, path)));
        self.supply.again_mb = repeated.map(|(_, mb)| mb).sum();
    }

    /// True when a command that compiles keeps what it downloaded in a cache outside the program's directories.
    fn downloads_to_compile(&self) -> bool {
        self.placed_runs().flat_map(|(_, run)| &run.units).any(|unit| {
            let writes = &unit.effects.writes;
            let kept = |w: &PathWrite| {
                let outside = !is_scratch(&w.path) && self.survey.root_of(&w.path).is_none();
                w.kind == WriteKind::Cache && outside
            };
            writes.iter().any(|w| w.kind == WriteKind::Intermediate) && writes.iter().any(kept)
        })
    }

    /// True when the linker's cache is made by a step.
    pub(super) fn runs_ldconfig(&self) -> bool {
        self.survey.runs().any(|(_, run)| run.units.iter().any(|u| u.effects.system.contains(&SystemChange::Ldconfig)))
    }
}

/// True when everything that `one` brings is also brought by `other`.
pub(super) fn covers(other: &Landing, one: &Landing) -> bool {
    if other == one {
        return true;
    }
    if !other.tree {
        return false;
    }
    let Some(rest) = paths::below(&other.destination, &one.destination) else { return false };
    let expected = match rest {
        "" => other.source.clone(),
        rest => crate::context::join(&other.source, rest),
    };
    expected == one.source
}
