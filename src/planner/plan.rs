//! What planning gives: a plan, or why there is none.

use super::Leaving;
use crate::policy::Policy;
use crate::rules::{self, Reason};
use crate::source::Span;
use serde::Serialize;
use std::collections::BTreeSet;

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
    /// Makes instructions and places those of the file as it is, where the plan was made for a changed one. What `number` has no
    /// number for is left out.
    pub(crate) fn refer_to_original(&mut self, number: impl Fn(usize) -> Option<usize>, place: impl Fn(Span) -> Span) {
        for reason in self.changes.iter_mut().chain(&mut self.assumptions) {
            reason.span = reason.span.map(&place);
        }
        self.builder_instructions = self.builder_instructions.iter().filter_map(|i| number(*i)).collect();
        self.elements.retain_mut(|element| match element {
            Element::Restated { instruction }
            | Element::Moved { instruction }
            | Element::Reduced { instruction, .. } => number(*instruction).map(|to| *instruction = to).is_some(),
            Element::FromBuilder { .. } | Element::Added { .. } => true,
        });
    }

    /// Adds an assumption that the whole plan rests on.
    pub(crate) fn assume(&mut self, reason: Reason, policy: &Policy) {
        if !policy.accepts(&reason.rule) {
            self.applicability = Applicability::Unsafe;
        }
        self.assumptions.insert(0, reason);
    }

    /// Why the container starts with another command than the original, when it does; the place is that of the instruction.
    pub fn changed_start(&self) -> Option<&Reason> {
        self.assumptions.iter().find(|reason| reason.rule == rules::ASSUMED_START)
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

impl Element {
    /// The instruction of the original that it is, whole or in part.
    pub fn instruction(&self) -> Option<usize> {
        match self {
            Element::Restated { instruction }
            | Element::Moved { instruction }
            | Element::Reduced { instruction, .. } => Some(*instruction),
            Element::FromBuilder { .. } | Element::Added { .. } => None,
        }
    }
}
