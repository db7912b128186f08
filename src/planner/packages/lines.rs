//! Fates of packages and the packages that are added, to the RUN lines that install.

use super::{Installer, PackageFate, Refusal};
use crate::analyzer::effects::PackageAction;
use crate::analyzer::{RunAction, Step, Unit};
use crate::facts::heuristics::PackageManager;
use crate::facts::packages::plain_name;
use crate::image::At;
use crate::paths;
use crate::planner::matters;
use crate::planner::survey::is_cleared;
use crate::planner::text::{RunText, edit_words, join_source, rewritten, slice};
use crate::rules;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Which parts of a RUN the runtime stage has.
#[derive(Default)]
struct Choice {
    units: BTreeSet<usize>,
    /// The new text of parts, where it differs.
    edited: BTreeMap<usize, String>,
    /// One of them installs.
    installs: bool,
    /// Something of the package commands is left out or new.
    changed: bool,
}

impl Choice {
    fn edit(&mut self, unit: usize, text: String) {
        self.units.insert(unit);
        self.edited.insert(unit, text);
    }
}

impl Installer<'_, '_> {
    /// Writes the RUN lines; `added` are packages that the author does not name.
    pub(super) fn write(&mut self, mut added: Vec<String>) -> Result<(), Refusal> {
        // Steps that only fetch the lists are repeated when an install leans on them.
        let mut updates: Vec<(usize, RunText)> = Vec::new();
        for (step, run) in self.runs().filter(|(_, run)| run.units.iter().any(|u| !u.effects.packages.is_empty())) {
            if self.is_whole(step) || self.installs_own_file(step, run)? {
                self.plan.runs.insert(step.instruction, RunText::Whole);
                continue;
            }
            let mut choice = self.package_units(step, run, &mut added)?;
            let fetches = |u: usize| does(&run.units[u], PackageAction::Update);
            if !choice.installs {
                choice.units.retain(|&u| fetches(u));
                let rest = run.units.iter().enumerate().any(|(u, unit)| !unit.state_only && !fetches(u));
                let text = (!choice.units.is_empty()).then(|| self.text_of(step, run, &choice, rest));
                updates.extend(text.map(|text| (step.instruction, text)));
                continue;
            }
            if !choice.units.iter().any(|&u| fetches(u)) {
                self.plan.runs.extend(updates.drain(..));
            }
            self.beside_packages(step, run, &mut choice);
            let rest = (0..run.units.len()).any(|u| !choice.units.contains(&u) && !run.units[u].state_only);
            let text = self.tidied(step, run, &choice, self.text_of(step, run, &choice, rest));
            if text != RunText::Whole {
                let words = "build packages stay in the builder";
                self.plan.changes.push(rules::PACKAGES_REDUCED.because(words, step.span));
            }
            self.plan.runs.insert(step.instruction, text);
        }
        self.own_line(&added)
    }

    /// The text of a RUN of which something is repeated.
    fn text_of(&self, step: &Step, run: &RunAction, choice: &Choice, rest: bool) -> RunText {
        if !choice.changed && !rest {
            return RunText::Whole;
        }
        let units: Vec<usize> = choice.units.iter().copied().collect();
        RunText::Reduced(join_source(self.survey, step, run, &units, &choice.edited))
    }

    /// A reduced RUN that also takes away what its package manager leaves behind, where the author's parts do not, nobody
    /// installs with these lists later, and nothing that runs calls the package manager.
    fn tidied(&self, step: &Step, run: &RunAction, choice: &Choice, text: RunText) -> RunText {
        let RunText::Reduced(mut line) = text else { return text };
        let chosen = || choice.units.iter().map(|&u| &run.units[u]);
        let install = chosen().flat_map(|unit| &unit.effects.packages).find(|c| c.action == PackageAction::Install);
        let Some((manager, tidy)) = install.and_then(|c| Some((c.manager, c.manager.tidy()?))) else {
            return RunText::Reduced(line);
        };
        let near = |path: &str, dir: &str| paths::is_within(path, dir) || paths::is_within(dir, path);
        let is_left = |path: &String| manager.leaves().iter().any(|dir| near(path, dir));
        let fetches = chosen().any(|unit| does(unit, PackageAction::Update));
        let leaves = fetches == manager.needs_lists() && !run.mounts.iter().any(is_left);
        let cleared = chosen().flat_map(|unit| &unit.effects.files).flat_map(|f| &f.removes).any(is_left)
            || chosen().any(|unit| does(unit, PackageAction::Clean) && !manager.needs_lists());
        let runs = self.called_commands(&[]).iter().any(|(command, _)| manager.called().contains(command));
        // What is appended to a comment, a here-document or an exec form would not be a command.
        let last = line.lines().next_back().unwrap_or_default();
        let takes_more = !last.contains('#') && !line.contains("<<") && !line.trim_end().ends_with(']');
        if leaves && !cleared && !runs && takes_more && !self.leans_on_lists(step, manager) {
            line.push_str(&format!("{}{tidy}", author_gap(&line)));
        }
        RunText::Reduced(line)
    }

    /// True when a later RUN installs without fetching the lists again.
    fn leans_on_lists(&self, step: &Step, manager: PackageManager) -> bool {
        let later = self.runs().filter(|(other, _)| other.instruction > step.instruction);
        let mut changes = later.map(|(_, run)| run.units.iter().flat_map(|unit| &unit.effects.packages));
        changes.any(|mut changes| {
            let first = changes.find(|c| c.manager == manager && c.action != PackageAction::Clean);
            manager.needs_lists() && first.is_some_and(|c| c.action != PackageAction::Update)
        })
    }

    /// The package commands of a RUN that are repeated, with `added` put to the first that takes them.
    fn package_units(&self, step: &Step, run: &RunAction, added: &mut Vec<String>) -> Result<Choice, Refusal> {
        let mut choice = Choice::default();
        for (u, unit) in run.units.iter().enumerate().filter(|(_, unit)| !unit.effects.packages.is_empty()) {
            if does(unit, PackageAction::Install) {
                if unit.effects.builds && unit.effects.writes.iter().any(|w| matters(w.kind)) {
                    let words = "packages are installed together with a build in one command that cannot be split";
                    return Err(rules::SYSTEM_CHANGE.because(words, step.span).into());
                }
                let too_late = self.needed_at.is_some_and(|at| at < At { instruction: step.instruction, unit: u });
                let added = if too_late { &mut Vec::new() } else { &mut *added };
                let Some(text) = self.install_text(step, run, u, unit, added) else {
                    choice.changed = true;
                    continue;
                };
                choice.changed |= text != slice(self.survey, step, run, &unit.range).trim();
                choice.installs = true;
                choice.edit(u, text);
            } else if does(unit, PackageAction::Upgrade) {
                choice.installs = true;
                choice.units.insert(u);
            } else if does(unit, PackageAction::Update) || does(unit, PackageAction::Clean) {
                choice.units.insert(u);
            } else {
                choice.changed = true;
            }
        }
        Ok(choice)
    }

    /// Adds what stands beside the package commands of a RUN and is repeated: parts that the supply wants, and removals of what
    /// package managers leave behind.
    fn beside_packages(&self, step: &Step, run: &RunAction, choice: &mut Choice) {
        // What only the build made is not there to be removed.
        let of_build = |path: &String| {
            let mut made = self.survey.image.all().iter().filter(|e| e.is_built());
            made.any(|e| paths::is_within(path, &e.path))
        };
        for (u, unit) in run.units.iter().enumerate() {
            let files = &unit.effects.files;
            let removes_only =
                unit.effects.is_portable() && !files.is_empty() && files.iter().all(|f| f.writes.is_empty());
            let removed: Vec<&String> = files.iter().flat_map(|f| &f.removes).collect();
            let clears = |path: &&&String| is_cleared(path) && !of_build(path);
            let cleared: Vec<&str> = removed.iter().filter(clears).map(|p| p.as_str()).collect();
            if self.is_chosen_replay(step, run, u) || removes_only && cleared.len() == removed.len() {
                choice.units.insert(u);
            } else if removes_only && !cleared.is_empty() {
                choice.edit(u, format!("rm -rf {}", cleared.join(" ")));
            }
        }
    }

    /// A line of msb's own for packages that no line of the author takes.
    fn own_line(&mut self, names: &[String]) -> Result<(), Refusal> {
        if names.is_empty() {
            return Ok(());
        }
        let list = names.join(", ");
        if !self.is_served() {
            let words = format!("the runtime stage needs {list}, and the release is no longer served");
            return Err(rules::RELEASE_NOT_SERVED.because(words, None).into());
        }
        let distribution = self.base.releases.first().map(|r| r.distribution.as_str()).unwrap_or_default();
        let manager = PackageManager::of_distribution(distribution);
        let Some(text) = manager.and_then(|manager| manager.install_line(names)) else {
            let words = format!("{list} would have to be installed, and the package manager is not known");
            return Err(rules::COMMAND_LOST.because(words, None).into());
        };
        self.plan.first = Some(text);
        Ok(())
    }

    /// True when the supply wants this part repeated.
    fn is_chosen_replay(&self, step: &Step, run: &RunAction, u: usize) -> bool {
        let unit = &run.units[u];
        match self.supply.replays.get(&step.instruction) {
            None => false,
            Some(RunText::Whole) => unit.effects.packages.is_empty(),
            Some(RunText::Reduced(_)) => {
                self.supply.chosen_units.get(&step.instruction).is_some_and(|c| c.contains(&u))
            }
        }
    }

    /// The text of an install command with only what run time needs; `None` when nothing is left of it.
    fn install_text(
        &self,
        step: &Step,
        run: &RunAction,
        u: usize,
        unit: &Unit,
        extra: &mut Vec<String>,
    ) -> Option<String> {
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        let mut named: Vec<(String, Range<usize>, String)> = Vec::new();
        let mut left = 0;
        // What stays under its own name is not named a second time.
        let mut placed: BTreeSet<String> = BTreeSet::new();
        for (c, change) in unit.effects.packages.iter().enumerate() {
            let stays = |w: &usize| {
                let fate = self.fates.get(&(step.instruction, u, c, *w));
                matches!(fate, Some(PackageFate::Kept) | None)
            };
            let names = change.names.iter().enumerate().filter(|(w, _)| stays(w));
            placed.extend(names.map(|(_, (name, _))| plain_name(name).to_owned()));
        }
        for (c, change) in unit.effects.packages.iter().enumerate() {
            for (w, (name, range)) in change.names.iter().enumerate() {
                match self.fates.get(&(step.instruction, u, c, w)) {
                    Some(PackageFate::Kept) | None => left += 1,
                    Some(PackageFate::Dropped | PackageFate::Removed) => {
                        edits.push((range.clone(), String::new()));
                        named.push((name.clone(), range.clone(), String::new()));
                    }
                    Some(PackageFate::Replaced(names)) => {
                        let names: Vec<String> =
                            names.iter().filter(|n| placed.insert((*n).clone())).cloned().collect();
                        left += names.len();
                        edits.push((range.clone(), names.join(" ")));
                        named.push((name.clone(), range.clone(), names.join(" ")));
                    }
                }
            }
        }
        if left == 0 {
            return None;
        }
        let distribution = self.base.releases.first().map(|r| r.distribution.clone()).unwrap_or_default();
        let manager = PackageManager::of_distribution(&distribution);
        let same_manager = unit.effects.packages.iter().any(|c| manager == Some(c.manager));
        let extra = if same_manager { std::mem::take(extra) } else { Vec::new() };
        let mut seen_ranges = BTreeSet::new();
        let shared =
            unit.effects.packages.iter().flat_map(|c| &c.names).any(|(_, r)| !seen_ranges.insert((r.start, r.end)));
        let ranges: BTreeSet<(usize, usize)> =
            unit.effects.packages.iter().flat_map(|c| &c.names).map(|(_, r)| (r.start, r.end)).collect();
        if let ([change], [(start, end)], false) =
            (unit.effects.packages.as_slice(), ranges.iter().copied().collect::<Vec<_>>().as_slice(), edits.is_empty())
            && shared
        {
            // One variable holds them all: the list takes its place.
            let names = change.names.iter().map(|(name, range)| {
                let edit = named.iter().find(|(edited, r, _)| edited == name && r == range);
                edit.map_or(name.clone(), |(_, _, text)| text.clone())
            });
            let list: Vec<String> = names.filter(|name| !name.is_empty()).collect();
            return Some(edit_words(self.survey, step, run, unit, &[(*start..*end, list.join(" "))], &extra));
        }
        if (unit.effects.packages.len() > 1 || shared) && !edits.is_empty() {
            return Some(rewritten(unit, &named, &extra));
        }
        Some(edit_words(self.survey, step, run, unit, &edits, &extra))
    }
}

fn does(unit: &Unit, action: PackageAction) -> bool {
    unit.effects.packages.iter().any(|change| change.action == action)
}

/// What stands between two commands of a RUN, as its author writes it.
fn author_gap(line: &str) -> String {
    let indent = |line: &str| line[..line.len() - line.trim_start().len()].to_owned();
    let continued: Vec<&str> = line.lines().skip(1).collect();
    let ends_with_and = |line: &str| line.trim_end_matches(['\\', ' ', '\t']).ends_with("&&");
    let before = line.lines().zip(&continued).find(|(line, _)| ends_with_and(line));
    if let Some(begins) = continued.iter().find(|line| line.trim_start().starts_with("&&")) {
        format!(" \\\n{}&& ", indent(begins))
    } else if let Some((_, next)) = before {
        format!(" && \\\n{}", indent(next))
    } else if continued.is_empty() {
        " && ".to_owned()
    } else {
        " \\\n && ".to_owned()
    }
}
