//! What package managers of a language install again instead of a copy.

use super::Supplier;
use crate::analyzer::Unit;
use crate::facts::heuristics::{Reach, WriteKind};
use crate::facts::packages::PackageRole;
use crate::image::{At, Extent};
use crate::planner::dependencies::normal;
use crate::planner::licences::installs_commands;
use std::collections::BTreeSet;

impl Supplier<'_, '_> {
    /// Finds the parts that are repeated, and the entries that they bring again.
    pub(super) fn install_again(&mut self) {
        self.global_commands();
        self.beside_tools();
    }

    /// `npm install -g`: commands that lie beside the interpreter, so that a copy would take a second interpreter along.
    fn global_commands(&mut self) {
        let compilers = self.has_compilers();
        for (step, run) in self.placed_runs() {
            for (u, unit) in run.units.iter().enumerate() {
                let at = At { instruction: step.instruction, unit: u };
                let Some(command) = installs_commands(self.survey, unit) else { continue };
                let of_unit = |e: &crate::image::Entry| e.at == at && e.purpose == WriteKind::Dependency;
                let entries: Vec<usize> =
                    self.survey.image.entries().filter(|(_, e)| of_unit(e)).map(|(i, _)| i).collect();
                let left = entries.iter().all(|i| self.ledger.left(*i).is_some());
                let brings = unit.effects.writes.iter().any(|w| self.brings_commands(&w.by));
                if left || entries.is_empty() {
                    continue;
                }
                if brings {
                    // What such a tool downloads goes along; its commands are made again.
                    if unit.effects.writes.iter().any(|w| w.form == Reach::Into) {
                        self.supply.repeated.insert(at);
                        let into = |i: &&usize| self.survey.image.all()[**i].extent == Extent::Into;
                        self.again.extend(entries.iter().filter(into).copied().collect::<Vec<_>>());
                    }
                } else if self.base.provides(&command) && !compilers && !names_files(unit) {
                    self.supply.repeated.insert(at);
                    self.again.extend(entries);
                }
            }
        }
    }

    fn brings_commands(&self, rule: &str) -> bool {
        self.survey.inputs.heuristics.command(rule).is_some_and(|rule| !rule.brings.is_empty())
    }

    /// Where build tools were installed beside the program's dependencies (poetry beside what it exports), a copy of the
    /// whole would take them along. When everything else is installed from declared names and files, those installs are
    /// repeated in the runtime stage instead.
    fn beside_tools(&mut self) {
        let mut repeated = BTreeSet::new();
        let mut places: BTreeSet<String> = BTreeSet::new();
        let mut tools: BTreeSet<String> = BTreeSet::new();
        for (step, run) in self.survey.runs() {
            for (u, unit) in run.units.iter().enumerate() {
                match self.install_kind(unit) {
                    Install::None => {}
                    Install::Other => return,
                    Install::Tools => tools.extend(unit.effects.installs.iter().map(|(name, _)| normal(name))),
                    // What calls a tool that stays behind cannot run again.
                    Install::Again if unit.effects.commands.iter().any(|command| tools.contains(&normal(command))) => {
                        return;
                    }
                    Install::Again => {
                        repeated.insert(At { instruction: step.instruction, unit: u });
                    }
                }
                let installs = unit.effects.writes.iter().filter(|w| w.kind == WriteKind::Dependency);
                places.extend(installs.map(|w| w.path.clone()));
            }
        }
        let command_there = self.base.same_family && self.base.after.complete;
        if tools.is_empty() || repeated.is_empty() || !command_there || self.has_compilers() || !self.base.same_image {
            return;
        }
        let entries = self.survey.image.entries();
        let again = entries.filter(|(_, e)| e.purpose == WriteKind::Dependency && places.contains(&e.path));
        self.again.extend(again.map(|(i, _)| i));
        self.supply.repeated.extend(repeated);
    }

    /// True when installs are repeated so that the tools beside them stay behind.
    pub(super) fn leaves_tools(&self) -> bool {
        let tools = |unit: &Unit| matches!(self.install_kind(unit), Install::Tools);
        !self.supply.repeated.is_empty() && self.survey.runs().any(|(_, run)| run.units.iter().any(tools))
    }

    fn install_kind(&self, unit: &Unit) -> Install {
        let effects = &unit.effects;
        let mut installs = effects.writes.iter().filter(|w| w.kind == WriteKind::Dependency).peekable();
        let Some(first) = installs.peek() else { return Install::None };
        let heuristics = self.survey.inputs.heuristics;
        let Some(rule) = heuristics.command(&first.by) else { return Install::Other };
        let outside = installs.all(|w| self.survey.root_of(&w.path).is_none());
        if !rule.repeatable || !outside || effects.from_source || !effects.unknown.is_empty() {
            return Install::Other;
        }
        let detect = heuristics.ecosystem(&rule.ecosystem).map(|e| &e.detect);
        let is_tool = |name: &String| detect.is_some_and(|d| d.build_packages.contains(name));
        let installs_others = |name: &String| detect.is_some_and(|d| d.installer_packages.contains(name));
        let named: Vec<String> = effects.installs.iter().map(|(n, _)| normal(n)).collect();
        if effects.manifests.is_empty() && !named.is_empty() && named.iter().any(is_tool) {
            let only = named.iter().all(|n| is_tool(n) || installs_others(n));
            return if only { Install::Tools } else { Install::Other };
        }
        Install::Again
    }

    /// True when the file installs packages that only build: what it installs with other tools may need them.
    fn has_compilers(&self) -> bool {
        let release = self.base.releases.first();
        self.survey.image.packages().iter().any(|package| {
            let fact = release.and_then(|r| crate::facts::packages::package(r, &package.name));
            fact.is_some_and(|f| f.role == PackageRole::Build)
        })
    }

    /// What repeated installs read of the build's results is copied before they run.
    pub(super) fn copies_for_repeated(&mut self) {
        let repeated: BTreeSet<usize> = self.supply.repeated.iter().map(|at| at.instruction).collect();
        for instruction in repeated {
            let Some(copies) = self.supply.copies_after.remove(&instruction) else { continue };
            self.supply.copies_before.entry(instruction).or_default().extend(copies);
        }
    }
}

/// True when a part of a RUN installs a package from files, which may be others, or gone, where it is repeated.
fn names_files(unit: &Unit) -> bool {
    let is_file = |word: &str| word.starts_with(['.', '/', '~']) || word.contains(['*', '?']) || word.ends_with(".tgz");
    unit.effects.installs.iter().any(|(word, _)| is_file(word))
}

/// What a part of a RUN installs of a language's packages.
enum Install {
    None,
    /// Only tools of the build.
    Tools,
    /// What can be installed again.
    Again,
    Other,
}
