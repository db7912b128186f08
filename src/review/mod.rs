//! Finished conversions to documents that people and programs review: patches, comments, annotations, findings.
//!
//! A [`File`] is a Dockerfile with its answer; [`findings`] says what there is to tell of it, and each module writes all of
//! that in one form. What a file may show is decided before it comes here ([`Judged::new`]); nothing is decided again.
//!
//! Names, texts and reasons come from other people's files. [`escape`] makes them plain text in each form, and no module
//! writes one without it.

mod advice;
pub mod baseline;
pub mod csv;
mod entry;
mod escape;
mod findings;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod markdown;
pub mod pages;
pub mod patch;
pub mod rdjson;
pub mod sarif;

use crate::Conversion;
use crate::analyzer::Action;
use crate::diagnostic::Diagnostic;
use crate::facts::heuristics::{Ecosystem, Heuristics};
use crate::planner::{Applicability, Fates, Outcome, Plan};
use crate::rules::{self, Level, Reason, Rule};
use serde::{Deserialize, Serialize};

pub use advice::{Advice, advice};
pub use entry::About;
pub use escape::{printable, uri, visible};
pub use findings::{Finding, Fix, Severity, findings};

/// What a conversion ended as, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It passed the proof and rests on no assumption.
    Safe,
    /// It passed the proof and rests on an assumption.
    Unsafe,
    /// Nothing would be gained.
    Unchanged,
    /// It could not be proven.
    Declined,
    /// The file could not be read, parsed or written.
    Error,
}

impl Verdict {
    /// The verdict on an outcome.
    pub fn of(outcome: &Outcome) -> Verdict {
        match outcome {
            Outcome::Convert(plan) if plan.applicability == Applicability::Safe => Verdict::Safe,
            Outcome::Convert(_) => Verdict::Unsafe,
            Outcome::Unchanged { .. } => Verdict::Unchanged,
            Outcome::Declined { .. } => Verdict::Declined,
        }
    }

    /// What people read.
    pub fn shown(self) -> &'static str {
        match self {
            Verdict::Unsafe => "needs a look",
            other => other.word(),
        }
    }

    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Safe => "safe",
            Verdict::Unsafe => "unsafe",
            Verdict::Unchanged => "unchanged",
            Verdict::Declined => "declined",
            Verdict::Error => "error",
        }
    }
}

/// The language that a file builds for, by the id of its heuristics: that of the base image, else that of the first step which
/// builds something. Nothing where nobody knows.
pub fn ecosystem<'h>(conversion: &Conversion, heuristics: &'h Heuristics) -> Option<&'h str> {
    let analysis = conversion.analysis.as_ref()?;
    let repository = analysis.base.reference.as_ref().map(|image| image.normalised().repository);
    let of_image = repository.map(|name| heuristics.detect_image(&name)).unwrap_or_default();
    // Distributions have images, and tools of the system have files; a language has both.
    let is_language =
        |ecosystem: &&Ecosystem| !ecosystem.detect.images.is_empty() && !ecosystem.detect.files.is_empty();
    let units = analysis.steps.iter().filter_map(|step| match &step.action {
        Action::Run(run) => Some(&run.units),
        _ => None,
    });
    let of_steps = units.flatten().flat_map(|unit| &unit.effects.evidence).filter_map(|e| e.heuristic.as_deref());
    let of_steps = of_steps.filter_map(|id| heuristics.ecosystem(id.split('/').next()?));
    of_image.into_iter().chain(of_steps).find(is_language).map(|ecosystem| ecosystem.id.as_str())
}

/// The reasons that an outcome is given for, the main one first.
pub fn reasons(outcome: &Outcome) -> &[Reason] {
    match outcome {
        Outcome::Convert(plan) => &plan.assumptions,
        Outcome::Unchanged { reason } => std::slice::from_ref(reason),
        Outcome::Declined { reasons } => reasons,
    }
}

/// The rule that a file is listed under: that it can be converted, or else why it stays as it is.
pub fn headline(outcome: &Outcome) -> Rule {
    match outcome {
        Outcome::Convert(_) => rules::SINGLE_STAGE,
        _ => reasons(outcome).first().map_or(rules::PROOF_FAILED, |reason| reason.rule),
    }
}

/// Every rule that has a part in an outcome, the headline first.
pub fn rules_of(outcome: &Outcome) -> Vec<Rule> {
    let changes: &[Reason] = match outcome {
        Outcome::Convert(plan) => &plan.changes,
        _ => &[],
    };
    let mut found = vec![headline(outcome)];
    for reason in reasons(outcome).iter().chain(changes) {
        if !found.contains(&reason.rule) {
            found.push(reason.rule);
        }
    }
    found
}

/// How much leaves the image. It is a sum of estimates, which may be more than all that is known to be there.
pub fn saved_mb(plan: &Plan) -> u32 {
    if plan.original_mb > 0 { plan.saved_mb.min(plan.original_mb) } else { plan.saved_mb }
}

/// How much leaves the image, in words.
pub fn saving(plan: &Plan) -> String {
    if plan.original_mb > plan.saved_mb {
        format!("about {} of {} MB leave the image", plan.saved_mb, plan.original_mb)
    } else {
        format!("about {} MB leave the image", saved_mb(plan))
    }
}

/// Ways to settle what a conversion assumes, each a sentence without its end.
pub fn ways_to_settle(assumptions: &[Reason]) -> Vec<String> {
    let mut ids: Vec<&str> = assumptions.iter().map(|reason| reason.rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut ways: Vec<String> = Vec::new();
    let has = |rule: &Rule| ids.contains(&rule.id);
    if has(&rules::ASSUMED_CONTEXT) {
        ways.push("name the build context with --context DIR".to_owned());
    }
    if has(&rules::ASSUMED_LIBRARIES) {
        ways.push("add a lock file, so that dependencies are known".to_owned());
    }
    if has(&rules::ASSUMED_COMMAND) {
        ways.push("say with `# msb: keep`, `build` or `artifact=/path` above the step what it leaves".to_owned());
    }
    ways.push("build and compare both with `msb verify`".to_owned());
    ways.push(format!("where it holds in this project, add `accept = [\"{}\"]` to .msb.toml", ids.join("\", \"")));
    ways
}

/// A Dockerfile with its answer.
#[derive(Debug)]
pub struct File<'a> {
    /// The file's path from the top of its repository, in bytes, with `/` between its parts.
    pub place: &'a [u8],
    /// The build context's path from the top of the repository, where both are in one.
    pub context: Option<&'a str>,
    /// The build context was named, and has to be named again.
    pub is_context_named: bool,
    /// What else is known of it, for documents that list many files.
    pub about: Option<&'a About>,
    /// The answer.
    pub answer: Answer<'a>,
}

/// What became of a file.
#[derive(Debug)]
pub enum Answer<'a> {
    /// It was read and judged.
    Judged(Box<Judged<'a>>),
    /// It could not be read or parsed.
    Failed {
        /// Why, for people.
        message: String,
        /// The errors in its text; empty when it could not be read at all.
        errors: &'a [Diagnostic],
    },
}

/// A file that was read and judged.
#[derive(Debug)]
pub struct Judged<'a> {
    /// The file's bytes.
    pub source: &'a [u8],
    /// The answer.
    pub conversion: &'a Conversion,
    /// The converted file, when it may be shown: what rests on an assumption stays away from whoever does not ask for it.
    pub new: Option<&'a [u8]>,
    /// What becomes of everything that the image has, for documents that tell it.
    pub fates: Option<Fates>,
    /// The file was replaced by its conversion.
    pub written: bool,
    /// What building and starting both showed, where that was asked for.
    pub verification: Option<&'a crate::verify::Report>,
    /// Why something that was asked for could not be done with it.
    pub failure: Option<String>,
}

impl Judged<'_> {
    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(&self.conversion.outcome)
    }

    /// The plan, when there is one.
    pub fn plan(&self) -> Option<&Plan> {
        match &self.conversion.outcome {
            Outcome::Convert(plan) => Some(plan),
            _ => None,
        }
    }
}

/// What a severity is made of: a level of rules to what reviewers look at first.
fn severity(level: Level) -> Severity {
    match level {
        Level::Finding => Severity::Warning,
        Level::Assumption | Level::Unchanged | Level::Declined | Level::Change => Severity::Note,
    }
}

#[cfg(test)]
mod tests;
