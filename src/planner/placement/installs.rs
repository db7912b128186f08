//! What package managers of a language install: which of it are tools of the build, and what is installed again.

use super::{Placer, Write};
use crate::analyzer::effects::PathWrite;
use crate::analyzer::{Action, Unit};
use crate::facts::heuristics::{Reach, WriteKind};
use crate::paths;
use std::collections::BTreeSet;

impl Placer<'_, '_> {
    /// `npm install -g`: commands that lie beside the interpreter, so that a copy would take a second interpreter along.
    /// Those that only build stay behind; others are installed again.
    pub(super) fn global_tools(&mut self) {
        let planner = self.planner;
        let heuristics = planner.inputs.heuristics;
        let mut demanded: Vec<&str> = planner.demands.commands.iter().map(|c| paths::name(&c.name)).collect();
        let unprovided = |name: &&str| !planner.base.provides(name) && self.built_command(name).is_none();
        let unprovided = demanded.iter().any(unprovided);
        let rules = |unit: &Unit| unit.effects.writes.iter().find_map(|w| heuristics.command(&w.by));
        let bringing = self.steps().iter().filter_map(|step| self.placed_run(step)).flat_map(|run| &run.units);
        let brought: Vec<&'_ crate::facts::heuristics::Command> = bringing
            .filter_map(rules)
            .filter(|rule| rule.brings.iter().any(|name| demanded.contains(&name.as_str())))
            .collect();
        // A tool that brings what is called is called itself.
        demanded.extend(brought.iter().map(|rule| rule.patterns[0].first.as_str()));
        let mut done: Vec<*const Unit> = Vec::new();
        let mut again: Vec<*const Unit> = Vec::new();
        for step in self.steps() {
            let Some(run) = self.placed_run(step) else { continue };
            for (u, unit) in run.units.iter().enumerate() {
                let installs = |w: &&PathWrite| w.kind == WriteKind::Dependency;
                let rule = unit.effects.writes.iter().find(installs).and_then(|w| heuristics.command(&w.by));
                let Some(rule) = rule.filter(|rule| rule.global) else { continue };
                if !rule.brings.is_empty() {
                    if !rule.brings.iter().any(|name| demanded.contains(&name.as_str())) {
                        done.push(unit);
                    } else if unit.effects.writes.iter().any(|w| w.form == Reach::Into) {
                        self.placement.repeated.insert((step.instruction, u));
                        again.push(unit);
                    }
                    continue;
                }
                let tools = heuristics.ecosystem(&rule.ecosystem).map_or(&[][..], |e| &e.detect.build_packages);
                let names: Vec<String> =
                    unit.effects.installs.iter().map(|(n, _)| crate::planner::dependencies::normal(n)).collect();
                let called = |name: &String| demanded.contains(&paths::name(name));
                let builds = !names.is_empty() && names.iter().all(|name| tools.contains(name) && !called(name));
                if builds && !unprovided {
                    done.push(unit);
                } else if !names.is_empty() && planner.base.provides(&rule.patterns[0].first) && !self.has_compilers() {
                    self.placement.repeated.insert((step.instruction, u));
                    done.push(unit);
                }
            }
        }
        self.writes.retain(|w| w.write.kind != WriteKind::Dependency || !done.contains(&std::ptr::from_ref(w.unit)));
        // What such a tool downloads goes along; its commands are made again.
        self.writes.retain(|w| w.write.form != Reach::Into || !again.contains(&std::ptr::from_ref(w.unit)));
    }

    /// Build tools that lie where nothing else is installed stay behind when run time calls none of them: the program's
    /// packages are in an environment of their own.
    pub(super) fn lone_tools(&mut self) {
        let planner = self.planner;
        let heuristics = planner.inputs.heuristics;
        let demands = planner.demands.commands.iter().chain(&planner.demands.interpreters);
        let called: BTreeSet<&str> = demands.map(|c| paths::name(&c.name)).collect();
        let unprovided = |name: &&str| !planner.base.provides(name) && self.built_command(name).is_none();
        let unprovided = called.iter().any(unprovided);
        let installs_tools = |w: &Write<'_>| {
            if let Some(installer) = heuristics.installer_named(&w.write.by) {
                return !installer.brings.is_empty() && !installer.brings.iter().any(|c| called.contains(c.as_str()));
            }
            let effects = &w.unit.effects;
            let rule = heuristics.command(&w.write.by).filter(|rule| !rule.global);
            let ecosystem = rule.and_then(|rule| heuristics.ecosystem(&rule.ecosystem));
            let tools = ecosystem.map_or(&[][..], |e| &e.detect.build_packages);
            let names: Vec<String> =
                effects.installs.iter().map(|(n, _)| crate::planner::dependencies::normal(n)).collect();
            let is_tool = |name: &String| tools.contains(name) && !called.contains(name.as_str());
            effects.manifests.is_empty() && !names.is_empty() && names.iter().all(is_tool)
        };
        let lasting = self.writes.iter().filter(|w| w.write.kind == WriteKind::Dependency && !installs_tools(w));
        let others: BTreeSet<String> = lasting.map(|w| w.write.path.clone()).collect();
        if unprovided && others.is_empty() {
            // A tool's package may bring a command of another name.
            return;
        }
        self.writes
            .retain(|w| w.write.kind != WriteKind::Dependency || others.contains(&w.write.path) || !installs_tools(w));
    }

    /// Where build tools were installed beside the program's dependencies (poetry beside what it exports), a copy of the
    /// whole would take them along. When everything else is installed from declared names and files, those installs are
    /// repeated in the runtime stage instead.
    pub(super) fn repeat_installs(&mut self) {
        let mut repeated = BTreeSet::new();
        let mut places: BTreeSet<String> = BTreeSet::new();
        let mut tools = false;
        for step in self.steps() {
            let Action::Run(run) = &step.action else { continue };
            for (u, unit) in run.units.iter().enumerate() {
                let effects = &unit.effects;
                let installs: Vec<&PathWrite> =
                    effects.writes.iter().filter(|w| w.kind == WriteKind::Dependency).collect();
                let Some(first) = installs.first() else { continue };
                let heuristics = self.planner.inputs.heuristics;
                let Some(rule) = heuristics.command(&first.by) else { return };
                let outside = installs.iter().all(|w| self.root_of(&w.path).is_none());
                if !rule.repeatable || !outside || effects.from_source || !effects.unknown.is_empty() {
                    return;
                }
                places.extend(installs.iter().map(|w| w.path.clone()));
                let detect = heuristics.ecosystem(&rule.ecosystem).map(|e| &e.detect);
                let is_tool = |name: &String| detect.is_some_and(|d| d.build_packages.contains(name));
                let installs_others = |name: &String| detect.is_some_and(|d| d.installer_packages.contains(name));
                let named: Vec<String> =
                    effects.installs.iter().map(|(n, _)| crate::planner::dependencies::normal(n)).collect();
                if effects.manifests.is_empty() && !named.is_empty() && named.iter().any(is_tool) {
                    if !named.iter().all(|n| is_tool(n) || installs_others(n)) {
                        return;
                    }
                    tools = true;
                    continue;
                }
                repeated.insert((step.instruction, u));
            }
        }
        let command_there = self.planner.base.same_family && self.planner.base.after.complete;
        if !tools || repeated.is_empty() || !command_there || self.has_compilers() || !self.planner.base.same_image {
            return;
        }
        self.writes.retain(|w| w.write.kind != WriteKind::Dependency || !places.contains(&w.write.path));
        self.placement.repeated.extend(repeated);
    }

    /// True when the file installs packages that only build: what it installs with other tools may need them.
    pub(super) fn has_compilers(&self) -> bool {
        let release = self.planner.base.releases.first();
        let changes = self.steps().iter().filter_map(|s| match &s.action {
            Action::Run(run) => Some(run.units.iter().flat_map(|u| &u.effects.packages)),
            _ => None,
        });
        changes.flatten().flat_map(|c| &c.names).any(|(name, _)| {
            let fact = release.and_then(|r| crate::facts::packages::package(r, crate::planner::plain_name(name)));
            fact.is_some_and(|f| f.role == crate::facts::packages::PackageRole::Build)
        })
    }

    /// What repeated installs read of the build's results is copied before they run.
    pub(super) fn copies_for_repeated(&mut self) {
        let repeated: BTreeSet<usize> = self.placement.repeated.iter().map(|(i, _)| *i).collect();
        for instruction in repeated {
            let Some(copies) = self.placement.copies_after.remove(&instruction) else { continue };
            self.placement.copies_before.entry(instruction).or_default().extend(copies);
        }
    }
}
