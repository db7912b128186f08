//! Supplies and installs to the lines of the runtime stage, in the order of the original.

use super::packages::InstallPlan;
use super::supply::{BuilderCopy, Supply};
use super::survey::Survey;
use super::text::RunText;
use super::{Element, Planner, Refusal, RuntimeChoice, accounts};
use crate::analyzer::pragmas::Place;
use crate::analyzer::secrets::looks_like_secret;
use crate::analyzer::{Action, Step, Unit, mentioned_variables};
use crate::facts::distributions;
use crate::facts::heuristics::SystemChange;
use crate::paths;
use crate::programs::Opens;
use crate::rules;
use crate::syntax::{ArgDeclaration, Kind};
use std::collections::BTreeSet;

/// What the runtime stage is made of.
pub(super) struct Parts<'p, 'a> {
    pub(super) survey: &'p Survey<'a>,
    pub(super) supply: &'p Supply,
    pub(super) install: &'p InstallPlan,
    /// Instructions that stay in the builder.
    pub(super) builder: &'p BTreeSet<usize>,
}

impl Planner<'_> {
    /// The runtime stage, in the order of the original.
    pub(super) fn elements(&mut self, parts: &Parts<'_, '_>) -> Vec<Element> {
        let Parts { supply, install, .. } = *parts;
        let added = |text: String| Element::Added { text };
        let from_builder = |path: &String| Element::FromBuilder { path: path.clone(), chown: None };
        let mentioned = self.mentioned_variables(supply, install);
        let mut elements: Vec<Element> = self.base.restored(&mentioned).into_iter().map(added).collect();
        elements.extend(install.first.clone().map(added));
        elements.extend(install.copies.iter().map(from_builder));
        let first_counted = self.analysis.steps.iter().find(|step| counts_ids(step, supply));
        for step in &self.analysis.steps {
            let i = step.instruction;
            elements.extend(supply.copies_before.get(&i).into_iter().flatten().map(copied));
            if first_counted.is_some_and(|first| first.instruction == i) {
                for (text, words) in self.base.lost_groups() {
                    self.changes.push(rules::IDS_KEPT.because(words, step.span));
                    elements.push(added(text));
                }
            }
            elements.extend(self.again(step, parts, &mentioned));
            elements.extend(supply.copies_after.get(&i).into_iter().flatten().map(copied));
        }
        let copies_end = |elements: &[Element]| {
            elements.iter().rposition(|e| matches!(e, Element::FromBuilder { .. })).map_or(elements.len(), |i| i + 1)
        };
        for setting in &install.settings {
            // Whose home it lies in has to be there already: a copy would make the directory, and nobody's.
            let earlier = |e: &Element| e.instruction().is_some_and(|i| i < setting.instruction);
            let made = elements.iter().rposition(earlier).map_or(0, |i| i + 1);
            let copy = Element::FromBuilder { path: setting.path.clone(), chown: setting.owner.clone() };
            elements.insert(copies_end(&elements).max(made), copy);
        }
        if let Some(text) = &supply.after_copies {
            // The linker's cache is made after the last library has arrived, and where the original made it: the directories
            // that it is told have to be told by then.
            let makes = |unit: &Unit| unit.effects.system.contains(&SystemChange::Ldconfig);
            let last = parts.survey.runs().filter(|(_, run)| run.units.iter().any(makes)).last();
            let until = last.map_or(0, |(step, _)| step.instruction);
            let told = elements.iter().rposition(|e| e.instruction().is_some_and(|i| i <= until)).map_or(0, |i| i + 1);
            elements.insert(copies_end(&elements).max(told), added(text.clone()));
        }
        elements.extend(self.base.closing.iter().cloned().map(added));
        self.drop_needless_workdirs(&mut elements);
        elements
    }

    /// What the runtime stage has again of an instruction.
    fn again(&self, step: &Step, parts: &Parts<'_, '_>, mentioned: &BTreeSet<String>) -> Option<Element> {
        let instruction = step.instruction;
        let moved = !parts.builder.contains(&instruction);
        let whole = if moved { Element::Moved { instruction } } else { Element::Restated { instruction } };
        let reduced = |text: String| Element::Reduced { instruction, text, moved };
        let pragmas = &self.analysis.pragmas;
        match &self.instructions[instruction].kind {
            Kind::Arg(_) | Kind::Env(_) if pragmas.place(instruction) == Some(Place::Build) => None,
            Kind::Arg(declarations) if !pragmas.is_kept_whole(instruction) => {
                let is_used = |d: &ArgDeclaration| mentioned.contains(&d.name);
                let after_build = instruction > parts.survey.cut.unwrap_or_default();
                if !after_build && !declarations.iter().any(is_used) {
                    return None;
                }
                let is_open = |d: &&ArgDeclaration| is_used(d) || !looks_like_secret(&d.name);
                let open: Vec<String> = declarations.iter().filter(is_open).map(declared).collect();
                match open.len() {
                    0 => None,
                    all if all == declarations.len() => Some(whole),
                    _ => Some(reduced(format!("ARG {}", open.join(" ")))),
                }
            }
            Kind::Run(_) => {
                let run = parts.install.runs.get(&instruction).or_else(|| parts.supply.replays.get(&instruction))?;
                Some(match run {
                    RunText::Whole => whole,
                    RunText::Reduced(text) => reduced(text.clone()),
                })
            }
            Kind::Copy(_) | Kind::Add(_) => parts.supply.restated_copies.contains(&instruction).then_some(whole),
            Kind::Workdir(_) if self.enters_vanishing(step, parts) => None,
            _ => Some(whole),
        }
    }

    /// Makes the accounts of the old base that the runtime stage names and the new base has not got.
    pub(super) fn make_accounts(&mut self, elements: &mut Vec<Element>) -> Result<(), Refusal> {
        if self.base.same_image {
            return Ok(());
        }
        let mut named = accounts::Named::new(self.analysis, self.demands);
        for element in elements.iter() {
            match element {
                Element::Restated { instruction } | Element::Moved { instruction } => {
                    named.hear(&accounts::naming(self.instructions[*instruction]));
                }
                Element::Reduced { text, .. } => named.hear(text),
                Element::FromBuilder { chown, .. } => named.hear(chown.as_deref().unwrap_or_default()),
                Element::Added { .. } => {}
            }
            if let Some(instruction) = element.instruction()
                && let Some(step) = self.analysis.steps.iter().find(|step| step.instruction == instruction)
            {
                named.see(&step.action);
            }
        }
        let refused = |words: String| rules::RUNTIME_REFUSED.because(words, None);
        let line = accounts::line(&named, &self.base.before, &self.base.after, &self.base.releases);
        let Some((text, names)) = line.map_err(|words| refused(format!("`{}`: {words}", self.base.written)))? else {
            return Ok(());
        };
        if self.base.starts_unprivileged() {
            return Err(refused(format!("`{}` runs steps as another user than root", self.base.written)).into());
        }
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let words = format!("accounts of `{}` are the same again: {}", self.analysis.base.written, names.join(", "));
        self.changes.push(rules::IDS_KEPT.because(words, None));
        elements.insert(0, Element::Added { text });
        Ok(())
    }

    /// True for a WORKDIR into a directory that the build removes again and that the runtime stage never gets.
    fn enters_vanishing(&self, step: &Step, parts: &Parts<'_, '_>) -> bool {
        let next = self.analysis.steps.iter().find(|other| other.instruction > step.instruction);
        let Some(entered) = next.map(|next| next.workdir.as_str()) else { return false };
        let again = &parts.supply.restated_copies;
        let mut copies = parts.survey.copies().filter(|(step, _)| again.contains(&step.instruction));
        let used = copies.any(|(step, copy)| {
            paths::is_within(entered, &step.workdir) || paths::is_within(entered, &copy.destination)
        });
        !used && parts.survey.vanishes(entered)
    }

    /// Refuses what an image without the builder's distribution cannot do: commands, accounts by name, temporary files.
    pub(super) fn runs_in_minimal(&self, survey: &Survey<'_>, elements: &[Element]) -> Result<(), Refusal> {
        let Some(choice) = &self.base.minimal else { return Ok(()) };
        let refused = |words: String| Err(rules::RUNTIME_REFUSED.because(words, None).into());
        let image = &self.base.written;
        for instruction in elements.iter().filter_map(Element::instruction).map(|i| self.instructions[i]) {
            if matches!(instruction.kind, Kind::Run(_)) {
                let words = format!("the step is needed in the runtime stage, and `{image}` cannot run it");
                return Err(rules::RUNTIME_REFUSED.because(words, instruction.span).into());
            }
        }
        let user = self.analysis.end.config.user.split(':').next().unwrap_or_default();
        let known = user.is_empty() || user.bytes().all(|b| b.is_ascii_digit());
        if !known && !self.base.after.users.iter().any(|(name, _)| name == user) {
            return refused(format!("`{image}` has no account `{user}`; USER with a number would do"));
        }
        let proven = !survey.readings.is_empty()
            && survey.readings.iter().all(|r| r.complete && !matches!(r.opens, Opens::NotProven(_)));
        if *choice == RuntimeChoice::Scratch && !proven {
            return refused(
                "scratch has not even a /tmp, and the sources do not prove that the program opens no file there"
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// Variables that instructions of the runtime stage mention, followed through ENV and ARG defaults.
    fn mentioned_variables(&self, placed: &Supply, install: &InstallPlan) -> BTreeSet<String> {
        let mut mentioned: BTreeSet<String> = BTreeSet::new();
        let distribution = self.base.releases.first().and_then(|r| distributions::find(&r.distribution));
        let read_by_packages = distribution.map(|found| found.environment.as_slice()).unwrap_or_default();
        for step in self.analysis.steps.iter().rev() {
            let i = step.instruction;
            let restated = match &self.instructions[i].kind {
                Kind::Run(_) => install.runs.contains_key(&i) || placed.replays.contains_key(&i),
                Kind::Copy(_) | Kind::Add(_) => placed.restated_copies.contains(&i),
                Kind::Arg(declarations) => declarations.iter().any(|d| mentioned.contains(&d.name)),
                Kind::Env(_) => self.analysis.pragmas.place(i) != Some(Place::Build),
                _ => true,
            };
            if restated {
                mentioned.extend(step.mentions.iter().cloned());
                // A build argument is in the environment of every step that follows.
                if let Action::Run(run) = &step.action
                    && run.units.iter().any(|unit| !unit.effects.packages.is_empty())
                {
                    mentioned.extend(read_by_packages.iter().cloned());
                }
            }
        }
        mentioned.extend(
            placed
                .copies_after
                .values()
                .flatten()
                .filter_map(|c| c.chown.clone())
                .flat_map(|c| mentioned_variables(&c)),
        );
        if !self.analysis.sets_variable("PATH")
            && placed
                .copied
                .iter()
                .any(|path| self.base.leaves_path(paths::parent(path)) || self.base.leaves_path(path))
        {
            mentioned.insert("PATH".to_owned());
        }
        mentioned
    }
}

fn copied(copy: &BuilderCopy) -> Element {
    Element::FromBuilder { path: copy.path.clone(), chown: copy.chown.clone() }
}

/// True when a repeated step makes a system account with the next free id.
fn counts_ids(step: &Step, supply: &Supply) -> bool {
    let Action::Run(run) = &step.action else { return false };
    let repeated = supply.chosen_units.get(&step.instruction).into_iter().flatten();
    repeated.filter_map(|&u| run.units.get(u)).any(|unit| unit.effects.system.contains(&SystemChange::NextId))
}

/// A declaration of ARG as it was written.
pub(super) fn declared(declaration: &ArgDeclaration) -> String {
    match &declaration.default {
        Some(default) => format!("{}={default}", declaration.name),
        None => declaration.name.clone(),
    }
}
