//! An analysis and its demands to an [`Outcome`]: which steps build, what of the image stays, who supplies it, and on which
//! base.
//!
//! Everything that the original image has at its end stays, unless a licence lets it leave: `survey` gathers what is
//! known, `licences` say what leaves, `supply` and `packages` bring the rest.
//!
//! The builder stage is the original file up to the last step that builds, unchanged, so that the build itself cannot
//! change. The runtime stage restates configuration, repeats system changes reduced to what run time needs, and copies
//! results to the same absolute paths. What cannot be supplied with certainty makes the plan unsafe or declines it.

pub(crate) mod accounts;
pub(crate) mod ambient;
mod arguments;
mod base;
mod compiled;
mod dependencies;
pub(crate) mod development;
pub(crate) mod downloads;
mod fates;
pub(crate) mod licences;
mod packages;
pub(crate) mod supply;
pub(crate) mod survey;
mod text;
mod unknown;

use crate::analyzer::demands::Demands;
use crate::analyzer::pragmas::Place;
use crate::analyzer::secrets::looks_like_secret;
use crate::analyzer::{Action, Analysis, Inputs};
use crate::facts::contents::BaseContents;
use crate::facts::heuristics::{SystemChange, WriteKind};
use crate::facts::images::Libc;
use crate::policy::Policy;
use crate::programs::Reading;
use crate::rules::{self, Reason};
use crate::syntax::{ArgDeclaration, Instruction, Kind};
use licences::Ledger;
use licences::packages::PackageLedger;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use survey::{Survey, Target};

pub(crate) use crate::facts::packages::plain_name;
pub use crate::image::{Extent, Origin};
pub use crate::licence::Licence;
pub use base::RuntimeChoice;
pub(crate) use base::{json as exec_form, target_of};
pub use fates::{EntryFate, Fates, Leaving, PackageFateReport, fates};

/// What becomes of a file.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// It can be converted.
    Convert(Box<Plan>),
    /// Nothing would be gained.
    Unchanged {
        /// Why.
        reason: Reason,
    },
    /// A conversion could not be proven.
    Declined {
        /// Why; the first is the main one.
        reasons: Vec<Reason>,
    },
}

/// Whether a plan may be applied without being asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Applicability {
    /// Rests on an assumption; applied only on request.
    Unsafe,
    /// Everything in it is proven from the file, the context and the tables.
    Safe,
}

/// How a file is to be converted.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// May it be applied without being asked for?
    pub applicability: Applicability,
    /// Name of the builder stage.
    pub builder: String,
    /// Name of the runtime stage, when the user's name for the image goes there.
    pub runtime_name: Option<String>,
    /// Instructions (by index) that stay in the builder.
    pub builder_instructions: BTreeSet<usize>,
    /// Image of the runtime stage, as written after FROM.
    pub runtime_image: String,
    /// The runtime stage in order.
    pub elements: Vec<Element>,
    /// What the plan rests on beyond what is proven.
    pub assumptions: Vec<Reason>,
    /// Why each line was added, moved, reduced or dropped.
    pub changes: Vec<Reason>,
    /// Variables of the old base image that are gone on purpose.
    pub dropped_variables: BTreeSet<String>,
    /// The sources of every program prove that none opens a TLS connection, so certificates are not missed.
    pub no_tls: bool,
    /// What leaves the image, by licence.
    pub leaves: Vec<Leaving>,
    /// Estimated size that leaves the image, in MB.
    pub saved_mb: u32,
    /// Estimated size of the original image without the program itself, in MB.
    pub original_mb: u32,
}

impl Plan {
    /// Gives instructions other numbers; what has none is left out.
    pub(crate) fn renumber(&mut self, number: impl Fn(usize) -> Option<usize>) {
        self.builder_instructions = self.builder_instructions.iter().filter_map(|i| number(*i)).collect();
        self.elements.retain_mut(|element| match element {
            Element::Restated { instruction }
            | Element::Moved { instruction }
            | Element::Reduced { instruction, .. } => number(*instruction).map(|to| *instruction = to).is_some(),
            Element::FromBuilder { .. } | Element::Added { .. } => true,
        });
    }

    /// Why the runtime image has another entry point than the original one, when it has.
    pub fn replaced_entrypoint(&self) -> Option<&Reason> {
        let replaced = [rules::ASSUMED_ENTRYPOINT, rules::ENTRYPOINT_NEEDLESS];
        self.assumptions.iter().chain(&self.changes).find(|reason| replaced.contains(&reason.rule))
    }
}

/// One piece of the runtime stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "element")]
pub enum Element {
    /// An instruction of the original that is needed in both stages.
    Restated {
        /// Its index.
        instruction: usize,
    },
    /// An instruction of the original that is needed only at run time: it moves with its comments.
    Moved {
        /// Its index.
        instruction: usize,
    },
    /// A RUN of the original, reduced to what run time needs.
    Reduced {
        /// Its index.
        instruction: usize,
        /// The new instruction text, without the line end.
        text: String,
        /// True when the RUN itself is not in the builder, so that its comments move along.
        moved: bool,
    },
    /// `COPY --from=builder`.
    FromBuilder {
        /// Absolute path in both stages.
        path: String,
        /// `--chown`, when the original changed the owner of everything in it.
        chown: Option<String>,
    },
    /// A line of msb's own.
    Added {
        /// The instruction, without the line end.
        text: String,
    },
}

/// What the user asked for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The runtime image asked for.
    pub runtime: RuntimeChoice,
    /// The project's policy.
    pub policy: Policy,
    /// What a conversion has to save, in MB, where the user says it; else the policy says it, or [`WORTH_MB`] holds.
    pub min_gain: Option<u32>,
}

impl Options {
    /// What a conversion has to save, in MB.
    fn least_gain(&self) -> u32 {
        self.min_gain.or(self.policy.min_gain()).unwrap_or(WORTH_MB)
    }

    /// True when the user or the project says what a conversion has to save.
    fn is_gain_asked_for(&self) -> bool {
        self.min_gain.or(self.policy.min_gain()).is_some()
    }

    /// Why a conversion that saves so many MB is not made; nothing where it saves enough.
    pub(crate) fn too_little(&self, saved_mb: u32) -> Option<Reason> {
        let least = self.least_gain();
        let words =
            format!("about {saved_mb} MB would leave the image, and less than {least} MB is not worth a second stage");
        (saved_mb < least).then(|| rules::NO_GAIN.because(words, None))
    }
}

/// Plans the conversion of an analysed file, for whatever values its build arguments get.
pub fn plan(inputs: Inputs<'_>, analysis: &Analysis, demands: &Demands, options: &Options) -> Outcome {
    let mut outcome = plan_for_values(inputs, analysis, demands, options);
    let instructions: Vec<&Instruction> = inputs.dockerfile.instructions().collect();
    unknown::explain(&instructions, analysis, &mut outcome);
    arguments::follow(inputs, options, &mut outcome);
    outcome
}

/// True when an image with little more than a shell may be enough: every program is linked statically, its sources are read to
/// the end, and they ask for nothing of the larger base.
pub(crate) fn suits_minimal(inputs: Inputs<'_>, analysis: &Analysis, demands: &Demands) -> bool {
    let Some(facts) = &analysis.base.facts else { return false };
    if facts.libc != Some(Libc::Glibc)
        || !analysis.links_statically()
        || base::preference(inputs, analysis, demands).is_some()
    {
        return false;
    }
    let target = Target::default();
    let survey = Survey::new(inputs, analysis, demands, &target);
    let read = |reading: &Reading| reading.complete && !reading.hidden && reading.subprocesses.is_empty();
    let none = ambient::needed(&survey, &BaseContents::default(), &facts.releases) == ambient::Needed::default();
    survey.native
        && !survey.readings.is_empty()
        && survey.readings.iter().all(read)
        && survey.started.as_ref().is_some_and(|started| started.own)
        && none
}

/// Plans the conversion of an analysed file for the values that its build arguments have now.
fn plan_for_values(inputs: Inputs<'_>, analysis: &Analysis, demands: &Demands, options: &Options) -> Outcome {
    match Planner::new(inputs, analysis, demands, options).and_then(Planner::run) {
        Ok(plan) => Outcome::Convert(Box::new(plan)),
        Err(Refusal::Unchanged(reason)) => Outcome::Unchanged { reason },
        Err(Refusal::Declined(reasons)) => Outcome::Declined { reasons },
    }
}

/// Why there is no plan.
pub(crate) enum Refusal {
    Unchanged(Reason),
    Declined(Vec<Reason>),
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        match reason.rule.level {
            rules::Level::Unchanged => Refusal::Unchanged(reason),
            _ => Refusal::Declined(vec![reason]),
        }
    }
}

/// A conversion saves at least this much, in MB, or it is not worth a longer file, where nobody says otherwise.
pub const WORTH_MB: u32 = 25;

pub(crate) struct Planner<'a> {
    inputs: Inputs<'a>,
    analysis: &'a Analysis,
    demands: &'a Demands,
    instructions: Vec<&'a Instruction>,
    /// The runtime base.
    base: base::RuntimeBase,
    options: &'a Options,
    assumptions: Vec<Reason>,
    changes: Vec<Reason>,
}

impl<'a> Planner<'a> {
    fn new(
        inputs: Inputs<'a>,
        analysis: &'a Analysis,
        demands: &'a Demands,
        options: &'a Options,
    ) -> Result<Self, Refusal> {
        let instructions: Vec<&Instruction> = inputs.dockerfile.instructions().collect();
        preconditions(&instructions, analysis)?;
        let assumptions = unknown::assumed(&instructions, analysis)?.into_iter().collect();
        if let Some(first) = demands.refusals.first() {
            return Err(first.clone().into());
        }
        let base = base::choose(inputs, analysis, demands, options)?;
        Ok(Planner { inputs, analysis, demands, instructions, base, options, assumptions, changes: Vec::new() })
    }

    fn run(mut self) -> Result<Plan, Refusal> {
        let target = self.base.target.clone();
        let survey = Survey::new(self.inputs, self.analysis, self.demands, &target);
        let Some(cut) = survey.cut else {
            let words = "no step compiles, bundles or installs anything that could be left behind";
            return Err(rules::NO_BUILD_STEP.because(words, None).into());
        };
        let ledger = Ledger::of(&survey);
        if let Some(refusal) = ledger.refusals.first() {
            return Err(refusal.clone().into());
        }
        let packages = PackageLedger::of(&survey, &ledger);
        if packages.compiles {
            let words = "what runs in the container calls a compiler that the file installs";
            return Err(rules::TOOLCHAIN_AT_RUN_TIME.because(words, None).into());
        }
        let placed = supply::supply(&survey, &ledger, &packages, &self.base)?;
        self.assumptions.extend(placed.assumptions.iter().cloned());
        let install = packages::plan(&survey, &self.base, &packages, &placed)?;
        self.assumptions.extend(install.assumptions.iter().cloned());
        self.changes.extend(install.changes.iter().cloned());
        let leaves_mb = self.base.saved_mb + install.saved_mb + placed.saved_mb;
        let original_mb = match self.base.original_mb {
            0 => 0,
            known => known + install.listed_mb + placed.saved_mb,
        };
        // No more can leave than there is.
        let saved_mb = match (leaves_mb.saturating_sub(placed.again_mb), original_mb) {
            (saved, 0) => saved,
            (saved, original) => saved.min(original),
        };
        let written = &self.analysis.base.written;
        let told = fates::told(&survey, &ledger, &packages, Some(&placed));
        let mut leaves = fates::leaving(&told, &self.base, written, install.saved_mb);
        fates::tell_development(&placed.development, &mut leaves);
        fates::tell_caches(&placed.caches, &mut leaves);
        let too_little = self.options.too_little(saved_mb);
        if let Some(reason) = too_little.or_else(|| self.advice(saved_mb, &placed.caches)) {
            return Err(reason.into());
        }
        if !self.inputs.context.is_known() && self.reads_context() {
            self.assumptions
                .push(rules::ASSUMED_CONTEXT.because("no build context was given or it cannot be read", None));
        }
        let builder_instructions = self.builder_instructions(cut);
        let mut elements = self.elements(&survey, &placed, &install, &builder_instructions)?;
        self.runs_in_minimal(&survey, &elements)?;
        self.make_accounts(&mut elements)?;
        let dropped_variables = self.dropped_variables();
        let (builder, runtime_name) = self.stage_names();
        self.changes.extend(self.demands.warnings.iter().cloned());
        self.tell_dropped_steps(&elements, cut);
        self.warn_of_secrets(&elements);
        self.assumptions.extend(self.demands.assumptions.iter().cloned());
        let accepted = self.assumptions.iter().all(|reason| self.inputs.policy.accepts(&reason.rule));
        let applicability = if accepted { Applicability::Safe } else { Applicability::Unsafe };
        let words = format!(
            "the build keeps its steps and its base; {} steps stay in the builder",
            builder_instructions.iter().filter(|&&i| matches!(self.instructions[i].kind, Kind::Run(_))).count()
        );
        self.changes
            .insert(0, rules::BUILDER_STAGE.because(words, self.instructions[self.analysis.base.instruction].span));
        self.changes.insert(1, rules::RUNTIME_BASE.because(self.base.because.clone(), None));
        Ok(Plan {
            applicability,
            builder,
            runtime_name,
            builder_instructions,
            runtime_image: self.base.written.clone(),
            elements,
            assumptions: self.assumptions,
            changes: self.changes,
            dropped_variables,
            no_tls: survey.tls_excluded,
            leaves,
            saved_mb,
            original_mb,
        })
    }

    /// The advice for a file whose only gain is a cache, which one option or one command saves; whoever asks for a gain by a figure has decided
    /// otherwise.
    fn advice(&self, saved_mb: u32, caches: &[downloads::Kept]) -> Option<Reason> {
        let first = caches.first()?;
        let cache_mb: u32 = caches.iter().map(|cache| cache.mb).sum();
        let rest = saved_mb.saturating_sub(cache_mb);
        if self.options.is_gain_asked_for() || self.options.too_little(rest).is_none() {
            return None;
        }
        let instead = match &first.without {
            Some(option) => format!("`{option}`"),
            None => "removing it in the same step".to_owned(),
        };
        let words = format!(
            "of about {saved_mb} MB that would leave the image, about {cache_mb} MB are downloads in `{}`, which {instead} \
             saves without a second stage; the rest is less than {} MB",
            first.path,
            self.options.least_gain()
        );
        Some(rules::NO_GAIN.because(words, first.span))
    }

    /// Variables that are gone on purpose: those of the old base, and those that the author marks as the build's.
    fn dropped_variables(&self) -> BTreeSet<String> {
        let mut names = self.base.dropped_variables.clone();
        for (i, instruction) in self.instructions.iter().enumerate() {
            if let Kind::Env(pairs) = &instruction.kind
                && self.analysis.pragmas.place(i) == Some(Place::Build)
            {
                names.extend(pairs.iter().map(|pair| pair.name.clone()));
            }
        }
        names
    }

    /// Takes away the working directory of the old base where nothing before the next absolute one depends on it.
    fn drop_needless_workdir(&self, elements: &mut Vec<Element>) {
        let own = |e: &Element| matches!(e, Element::Added { text } if text.starts_with("WORKDIR "));
        let Some(at) = elements.iter().position(own) else { return };
        for element in &elements[at + 1..] {
            let instruction = match element {
                Element::Restated { instruction } | Element::Moved { instruction } => *instruction,
                Element::Reduced { instruction, .. } => *instruction,
                Element::FromBuilder { .. } | Element::Added { .. } => continue,
            };
            match &self.instructions[instruction].kind {
                Kind::Workdir(path) if path.starts_with('/') || self.leaves_workdir(instruction) => {
                    elements.remove(at);
                    return;
                }
                Kind::Workdir(_) => return,
                Kind::Run(_) | Kind::Copy(_) | Kind::Add(_) if self.stands_in_workdir(instruction) => return,
                _ => {}
            }
        }
    }

    /// True when a WORKDIR with a variable leads out of the directory that it was in.
    fn leaves_workdir(&self, instruction: usize) -> bool {
        let steps = &self.analysis.steps;
        let Some(at) = steps.iter().position(|step| step.instruction == instruction) else { return false };
        let after = steps.get(at + 1).map_or(&self.analysis.end.config.workdir, |step| &step.workdir);
        !crate::paths::is_within(&steps[at].workdir, after)
    }

    /// True when a step may read or write anything below its working directory.
    fn stands_in_workdir(&self, instruction: usize) -> bool {
        let Some(step) = self.analysis.steps.iter().find(|step| step.instruction == instruction) else { return true };
        let below = |path: &String| crate::paths::is_within(&step.workdir, path);
        match &step.action {
            Action::Copy(copy) => below(&copy.destination),
            Action::Run(run) => run.units.iter().any(|unit| {
                let effects = &unit.effects;
                let plain = effects.is_portable() || !effects.packages.is_empty() || !effects.system.is_empty();
                let paths = |o: &crate::analyzer::effects::FileOperation| {
                    o.reads.iter().chain(&o.writes).chain(&o.removes).any(below)
                };
                let local = |(name, _): &(String, std::ops::Range<usize>)| name.starts_with(['.', '/']);
                !plain
                    || effects.files.iter().any(paths)
                    || effects.writes.iter().any(|w| below(&w.path))
                    || effects.packages.iter().flat_map(|change| &change.names).any(local)
            }),
            Action::Config => false,
        }
    }

    fn reads_context(&self) -> bool {
        self.analysis.steps.iter().any(|s| matches!(&s.action, Action::Copy(c) if !c.landings.is_empty()))
    }

    /// Names of the builder and the runtime stage. A stage name that others ask for stands for the finished image, so the
    /// runtime stage takes it; so does one that says nothing of a build, since others may ask for it unseen.
    fn stage_names(&mut self) -> (String, Option<String>) {
        let Some(name) = self.analysis.base.name.clone() else { return ("builder".to_owned(), None) };
        let asked = self.demands.targets.iter().find(|t| t.name == name || t.name.contains('$'));
        if asked.is_none() && names_a_build(&name) {
            return (name, None);
        }
        if let Some(target) = asked {
            let words = format!("{} builds `{}`, which stays the finished image", target.by, target.name);
            self.changes.push(rules::STAGE_NAMED.because(words, None));
        }
        let builder = if name == "builder" { "build" } else { "builder" };
        (builder.to_owned(), Some(name))
    }

    /// Everything up to the last step that builds, less what is configuration of the finished image only.
    fn builder_instructions(&self, cut: usize) -> BTreeSet<usize> {
        let from = self.analysis.base.instruction;
        let only_at_run_time = |i: usize| {
            is_image_configuration(&self.instructions[i].kind) || self.analysis.pragmas.place(i) == Some(Place::Runtime)
        };
        (0..=cut).filter(|&i| i <= from || !only_at_run_time(i)).collect()
    }

    /// The runtime stage, in the order of the original.
    fn elements(
        &mut self,
        survey: &Survey<'_>,
        placed: &supply::Supply,
        install: &packages::InstallPlan,
        builder: &BTreeSet<usize>,
    ) -> Result<Vec<Element>, Refusal> {
        let cut = survey.cut.unwrap_or_default();
        let mut elements = Vec::new();
        let mentioned = self.mentioned_variables(placed, install);
        for text in self.base.restored(&mentioned) {
            elements.push(Element::Added { text });
        }
        if let Some(text) = &install.first {
            elements.push(Element::Added { text: text.clone() });
        }
        for path in &install.copies {
            elements.push(Element::FromBuilder { path: path.clone(), chown: None });
        }
        let first_counted = self.analysis.steps.iter().find(|step| self.counts_ids(step, placed));
        for step in &self.analysis.steps {
            let i = step.instruction;
            let in_builder = builder.contains(&i);
            let keep = |elements: &mut Vec<Element>| {
                elements.push(if in_builder {
                    Element::Restated { instruction: i }
                } else {
                    Element::Moved { instruction: i }
                });
            };
            for copy in placed.copies_before.get(&i).into_iter().flatten() {
                elements.push(Element::FromBuilder { path: copy.path.clone(), chown: copy.chown.clone() });
            }
            if first_counted.is_some_and(|first| first.instruction == i) {
                for (text, words) in self.base.lost_groups() {
                    self.changes.push(rules::IDS_KEPT.because(words, step.span));
                    elements.push(Element::Added { text });
                }
            }
            match &self.instructions[i].kind {
                Kind::Arg(_) | Kind::Env(_) if self.analysis.pragmas.place(i) == Some(Place::Build) => {}
                Kind::Arg(_) if self.analysis.pragmas.is_kept_whole(i) => keep(&mut elements),
                Kind::Arg(declarations) => {
                    let used = declarations.iter().any(|d| mentioned.contains(&d.name));
                    let secret = |d: &&ArgDeclaration| looks_like_secret(&d.name) && !mentioned.contains(&d.name);
                    if !declarations.iter().any(|d| secret(&d)) {
                        if used || i > cut {
                            keep(&mut elements);
                        }
                    } else if used || i > cut {
                        let open: Vec<String> = declarations.iter().filter(|d| !secret(d)).map(declared).collect();
                        if !open.is_empty() {
                            let text = format!("ARG {}", open.join(" "));
                            elements.push(Element::Reduced { instruction: i, text, moved: !in_builder });
                        }
                    }
                }
                Kind::Run(_) => match install.runs.get(&i).or_else(|| placed.replays.get(&i)) {
                    Some(text::RunText::Whole) => keep(&mut elements),
                    Some(text::RunText::Reduced(text)) => {
                        elements.push(Element::Reduced { instruction: i, text: text.clone(), moved: !in_builder });
                    }
                    None => {}
                },
                Kind::Copy(_) | Kind::Add(_) => {
                    if placed.restated_copies.contains(&i) {
                        keep(&mut elements);
                    }
                }
                Kind::Workdir(_) if self.enters_vanishing(survey, placed, i) => {}
                _ => keep(&mut elements),
            }
            for copy in placed.copies_after.get(&i).into_iter().flatten() {
                elements.push(Element::FromBuilder { path: copy.path.clone(), chown: copy.chown.clone() });
            }
        }
        let copies_end = |elements: &[Element]| {
            elements.iter().rposition(|e| matches!(e, Element::FromBuilder { .. })).map_or(elements.len(), |i| i + 1)
        };
        for path in &install.settings {
            let copy = Element::FromBuilder { path: path.clone(), chown: None };
            elements.insert(copies_end(&elements), copy);
        }
        if let Some(text) = &placed.after_copies {
            // The linker's cache is made after the last library has arrived.
            elements.insert(copies_end(&elements), Element::Added { text: text.clone() });
        }
        elements.extend(self.base.closing.iter().map(|text| Element::Added { text: text.clone() }));
        self.drop_needless_workdir(&mut elements);
        drop_overridden_workdirs(&mut elements, &self.instructions);
        Ok(elements)
    }

    /// Makes the accounts of the old base that the runtime stage names and the new base has not got.
    fn make_accounts(&mut self, elements: &mut Vec<Element>) -> Result<(), Refusal> {
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
            if let Element::Restated { instruction }
            | Element::Moved { instruction }
            | Element::Reduced { instruction, .. } = element
                && let Some(step) = self.analysis.steps.iter().find(|step| step.instruction == *instruction)
            {
                named.see(&step.action);
            }
        }
        let line = accounts::line(&named, &self.base.before, &self.base.after, &self.base.releases);
        let Some((text, names)) =
            line.map_err(|words| rules::RUNTIME_REFUSED.because(format!("`{}`: {words}", self.base.written), None))?
        else {
            return Ok(());
        };
        if self.base.starts_unprivileged() {
            let words = format!("`{}` runs steps as another user than root", self.base.written);
            return Err(rules::RUNTIME_REFUSED.because(words, None).into());
        }
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let words = format!("accounts of `{}` are the same again: {}", self.analysis.base.written, names.join(", "));
        self.changes.push(rules::IDS_KEPT.because(words, None));
        elements.insert(0, Element::Added { text });
        Ok(())
    }

    /// True for a WORKDIR into a directory that the build removes again and that the runtime stage never gets.
    fn enters_vanishing(&self, survey: &Survey<'_>, placed: &supply::Supply, instruction: usize) -> bool {
        let steps = &self.analysis.steps;
        let Some(at) = steps.iter().position(|step| step.instruction == instruction) else { return false };
        let Some(entered) = steps.get(at + 1).map(|step| step.workdir.as_str()) else { return false };
        let mut copies = survey.copies().filter(|(step, _)| placed.restated_copies.contains(&step.instruction));
        let used = copies.any(|(step, copy)| {
            crate::paths::is_within(entered, &step.workdir) || crate::paths::is_within(entered, &copy.destination)
        });
        !used && survey.vanishes(entered)
    }

    /// True when a repeated step makes a system account with the next free id.
    fn counts_ids(&self, step: &crate::analyzer::Step, placed: &supply::Supply) -> bool {
        let repeated = placed.chosen_units.get(&step.instruction);
        match &step.action {
            Action::Run(run) => run.units.iter().enumerate().any(|(u, unit)| {
                repeated.is_some_and(|units| units.contains(&u)) && unit.effects.system.contains(&SystemChange::NextId)
            }),
            Action::Copy(_) | Action::Config => false,
        }
    }

    /// Refuses what an image without the builder's distribution cannot do: commands, accounts by name, temporary files.
    fn runs_in_minimal(&self, survey: &Survey<'_>, elements: &[Element]) -> Result<(), Refusal> {
        let Some(choice) = &self.base.minimal else { return Ok(()) };
        let refused = |words: String| Err(rules::RUNTIME_REFUSED.because(words, None).into());
        let image = &self.base.written;
        for element in elements {
            let instruction = match element {
                Element::Restated { instruction } | Element::Moved { instruction } => *instruction,
                Element::Reduced { instruction, .. } => *instruction,
                Element::Added { .. } | Element::FromBuilder { .. } => continue,
            };
            if matches!(self.instructions[instruction].kind, Kind::Run(_)) {
                let span = self.instructions[instruction].span;
                let words = format!("the step is needed in the runtime stage, and `{image}` cannot run it");
                return Err(rules::RUNTIME_REFUSED.because(words, span).into());
            }
        }
        let user = self.analysis.end.config.user.split(':').next().unwrap_or_default();
        let known = user.is_empty() || user.bytes().all(|b| b.is_ascii_digit());
        if !known && !self.base.after.users.iter().any(|(name, _)| name == user) {
            return refused(format!("`{image}` has no account `{user}`; USER with a number would do"));
        }
        let proven = !survey.readings.is_empty()
            && survey.readings.iter().all(|r| r.complete && !matches!(r.opens, crate::programs::Opens::NotProven(_)));
        if *choice == RuntimeChoice::Scratch && !proven {
            return refused(
                "scratch has not even a /tmp, and the sources do not prove that the program opens no file there"
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// Says which steps after the build are in no stage any more.
    fn tell_dropped_steps(&mut self, elements: &[Element], cut: usize) {
        for step in self.analysis.steps.iter().filter(|s| s.instruction > cut && matches!(s.action, Action::Run(_))) {
            let there = elements.iter().any(|element| match element {
                Element::Restated { instruction } | Element::Moved { instruction } => *instruction == step.instruction,
                Element::Reduced { instruction, .. } => *instruction == step.instruction,
                Element::Added { .. } | Element::FromBuilder { .. } => false,
            });
            if !there {
                let words = "what it cleans up is not in the runtime stage";
                self.changes.push(rules::STEP_DROPPED.because(words, step.span));
            }
        }
    }

    /// Warns of build arguments that look like secrets.
    fn warn_of_secrets(&mut self, elements: &[Element]) {
        let from = self.analysis.base.instruction;
        for (i, instruction) in self.instructions.iter().enumerate().skip(from) {
            let Kind::Arg(declarations) = &instruction.kind else { continue };
            let restated = elements.iter().any(|e| match e {
                Element::Restated { instruction } | Element::Moved { instruction } => *instruction == i,
                _ => false,
            });
            for declaration in declarations.iter().filter(|d| looks_like_secret(&d.name)) {
                let name = &declaration.name;
                let words = match restated {
                    false => format!("`{name}` looks like a secret; it does not reach the runtime stage"),
                    true => format!(
                        "`{name}` looks like a secret, and the runtime stage uses it: its value can be read from the image"
                    ),
                };
                self.changes.push(rules::SECRET_ARGUMENT.because(words, instruction.span));
            }
        }
    }

    /// Variables that instructions of the runtime stage mention, followed through ENV and ARG defaults.
    fn mentioned_variables(&self, placed: &supply::Supply, install: &packages::InstallPlan) -> BTreeSet<String> {
        let mut mentioned: BTreeSet<String> = BTreeSet::new();
        let distribution = self.base.releases.first().and_then(|r| crate::facts::distributions::find(&r.distribution));
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
                .flat_map(|c| crate::analyzer::mentioned_variables(&c)),
        );
        if !self.analysis.sets_variable("PATH")
            && placed
                .copied
                .iter()
                .any(|path| self.base.leaves_path(crate::paths::parent(path)) || self.base.leaves_path(path))
        {
            mentioned.insert("PATH".to_owned());
        }
        mentioned
    }
}

/// True for stage names that speak of building.
fn names_a_build(name: &str) -> bool {
    ["build", "compil"].iter().any(|word| name.contains(word))
}

/// A declaration of ARG as it was written.
fn declared(declaration: &ArgDeclaration) -> String {
    match &declaration.default {
        Some(default) => format!("{}={default}", declaration.name),
        None => declaration.name.clone(),
    }
}

/// Configuration that acts only on the finished image, never on later build steps.
pub fn is_image_configuration(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Cmd(_)
            | Kind::Entrypoint(_)
            | Kind::Expose(_)
            | Kind::Volume(_)
            | Kind::Label(_)
            | Kind::Stopsignal(_)
            | Kind::Healthcheck(_)
            | Kind::Onbuild(_)
            | Kind::Maintainer(_)
    )
}

/// True when `--from` names the file's only stage, by number or name, or holds a variable.
fn is_stage(from: &str, base: &crate::analyzer::Base) -> bool {
    let named = base.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(from));
    named || from.contains('$') || from.bytes().all(|b| b.is_ascii_digit())
}

/// What must hold before anything is planned.
fn preconditions(instructions: &[&Instruction], analysis: &Analysis) -> Result<(), Refusal> {
    let base = &analysis.base;
    let span = instructions[base.instruction].span;
    let copies_from = instructions.iter().find(|i| match &i.kind {
        Kind::Copy(copy) | Kind::Add(copy) => copy.from.as_ref().is_some_and(|from| is_stage(from, base)),
        Kind::Run(_) => {
            i.flags.iter().any(|f| f.name == "mount" && f.value.as_deref().unwrap_or_default().contains("from="))
        }
        _ => false,
    });
    if let Some(instruction) = copies_from {
        return Err(rules::COPY_FROM_IMAGE
            .because("a step works with files of another image or stage", instruction.span)
            .into());
    }
    let platform = base.platform.as_deref().unwrap_or_default();
    let name = base.written.to_ascii_lowercase();
    if platform.contains("windows") || name.contains("windows") || name.contains("nanoserver") {
        return Err(rules::WINDOWS_BASE.because(format!("`{}` is a Windows image", base.written), span).into());
    }
    if name == "scratch" || name.contains("distroless") {
        return Err(rules::MINIMAL_BASE.because(format!("`{}` has no toolchain", base.written), span).into());
    }
    let Some(reference) = &base.reference else {
        let words = format!("`{}` has no known value", base.written);
        return Err(rules::BASE_FROM_ARGUMENT.because(words, span).into());
    };
    let Some(facts) = &base.facts else {
        return Err(rules::UNKNOWN_BASE.because(unknown::unknown_words(&reference.to_string()), span).into());
    };
    if !facts.config.onbuild.is_empty() || crate::facts::images::has_triggers(reference) {
        let words = format!("`{reference}` adds steps of its own to every build");
        return Err(rules::ONBUILD_BASE.because(words, span).into());
    }
    if let Some(onbuild) = instructions.iter().find(|i| matches!(i.kind, Kind::Onbuild(_))) {
        let words = "the file has ONBUILD triggers, which run in builds based on this image";
        return Err(rules::ONBUILD_PRODUCT.because(words, onbuild.span).into());
    }
    if let Some((words, span)) = analysis.uncertain.first() {
        return Err(rules::UNKNOWN_WORKDIR.because(words.clone(), *span).into());
    }
    if let Some(span) = analysis.foreign_shell {
        return Err(rules::SHELL_UNKNOWN.because("SHELL is set to something else than a POSIX shell", span).into());
    }
    Ok(())
}

/// Of several WORKDIR lines without anything between that depends on them, the last absolute one is enough: a
/// directory that only the build entered is not needed at run time. Directories that were made stay made, because
/// whatever lies in them is copied; an empty one nobody asked for is dropped with the line.
fn drop_overridden_workdirs(elements: &mut Vec<Element>, instructions: &[&Instruction]) {
    let workdir = |element: &Element| match element {
        Element::Restated { instruction } => match &instructions[*instruction].kind {
            Kind::Workdir(path) => Some(path.clone()),
            _ => None,
        },
        Element::Moved { instruction } => match &instructions[*instruction].kind {
            Kind::Workdir(path) => Some(path.clone()),
            _ => None,
        },
        Element::Added { text } => text.strip_prefix("WORKDIR ").map(str::to_owned),
        _ => None,
    };
    let mut i = 0;
    while i + 1 < elements.len() {
        let next = workdir(&elements[i + 1]);
        if workdir(&elements[i]).is_some() && next.is_some_and(|path| path.starts_with('/')) {
            elements.remove(i);
        } else {
            i += 1;
        }
    }
}

/// Kinds of writes that run time may need.
pub(crate) fn matters(kind: WriteKind) -> bool {
    !matches!(kind, WriteKind::Cache)
}

/// Index by instruction.
pub(crate) type ByInstruction<T> = BTreeMap<usize, T>;
