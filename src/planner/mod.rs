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
pub(crate) mod ahead;
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
mod plan;
mod preconditions;
mod stage;
pub(crate) mod supply;
pub(crate) mod survey;
mod text;
mod unknown;
mod workdirs;

use crate::analyzer::demands::Demands;
use crate::analyzer::pragmas::Place;
use crate::analyzer::secrets::looks_like_secret;
use crate::analyzer::{Action, Analysis, Inputs};
use crate::facts::contents::BaseContents;
use crate::facts::heuristics::WriteKind;
use crate::facts::images::Libc;
use crate::policy::Policy;
use crate::programs::Reading;
use crate::rules::{self, Reason};
use crate::syntax::{Instruction, Kind};
use licences::Ledger;
use licences::packages::PackageLedger;
use std::collections::{BTreeMap, BTreeSet};
use survey::{Survey, Target};

pub(crate) use crate::facts::packages::plain_name;
pub use crate::image::{Extent, Origin};
pub use crate::licence::Licence;
pub use base::RuntimeChoice;
pub(crate) use base::{json as exec_form, target_of};
pub use fates::{EntryFate, Fates, Leaving, PackageFateReport, fates};
pub use plan::{Applicability, Element, Outcome, Plan};

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
        preconditions::check(&instructions, analysis)?;
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
        self.tell_confined(&survey);
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
        let parts =
            stage::Parts { survey: &survey, supply: &placed, install: &install, builder: &builder_instructions };
        let mut elements = self.elements(&parts);
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

    /// Says what is taken for granted of a step that builds in the root directory.
    fn tell_confined(&mut self, survey: &Survey<'_>) {
        if let Some(part) = survey.confined.first() {
            let step = self.instructions[part.instruction];
            let words = "the step builds in `/`, and is taken to write only into directories of the project there, and where it says";
            self.assumptions.push(rules::ASSUMED_COMMAND.because(words, step.span));
        }
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

    /// Says which steps after the build are in no stage any more.
    fn tell_dropped_steps(&mut self, elements: &[Element], cut: usize) {
        for step in self.analysis.steps.iter().filter(|s| s.instruction > cut && matches!(s.action, Action::Run(_))) {
            if elements.iter().all(|element| element.instruction() != Some(step.instruction)) {
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
}

/// True for stage names that speak of building.
fn names_a_build(name: &str) -> bool {
    ["build", "compil"].iter().any(|word| name.contains(word))
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

/// Kinds of writes that run time may need.
pub(crate) fn matters(kind: WriteKind) -> bool {
    !matches!(kind, WriteKind::Cache)
}

/// Index by instruction.
pub(crate) type ByInstruction<T> = BTreeMap<usize, T>;
