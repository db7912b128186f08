//! FROM to the base image: its official name, what is known of it, and where it has its languages.

use super::config::Scope;
use super::state::PseudoVariable;
use crate::facts::distributions;
use crate::facts::heuristics::Heuristics;
use crate::facts::images::{self, ImageFacts, ImageRef};
use crate::policy::{Own, Policy};
use crate::syntax::{Instruction, Kind};
use std::collections::{BTreeMap, BTreeSet};

/// The base image of the only stage.
#[derive(Clone, Debug)]
pub struct Base {
    /// Index of the FROM instruction.
    pub instruction: usize,
    /// The image as written, variables included.
    pub written: String,
    /// The image with variables expanded, by its official name where it is written through a mirror of the policy; `None`
    /// when a variable has no known value.
    pub reference: Option<ImageRef>,
    /// True when the image is written with variables.
    pub has_variables: bool,
    /// True when the image is written through a mirror of the policy.
    pub mirrored: bool,
    /// What the policy says of it, when it is an image of one's own; `reference` is then the image that it is built on.
    pub own: Option<Own>,
    /// What is known of it.
    pub facts: Option<ImageFacts>,
    /// The stage's own name.
    pub name: Option<String>,
    /// `--platform`.
    pub platform: Option<String>,
}

pub(super) fn base_of(instructions: &[&Instruction], global: &Scope, escape: u8, policy: &Policy) -> Base {
    let found = instructions.iter().enumerate().find_map(|(i, instruction)| match &instruction.kind {
        Kind::From(from) => Some((i, from)),
        _ => None,
    });
    let Some((instruction, from)) = found else {
        return Base {
            instruction: 0,
            written: String::new(),
            reference: None,
            has_variables: false,
            mirrored: false,
            own: None,
            facts: None,
            name: None,
            platform: None,
        };
    };
    let named = global.expand(&from.image, escape).and_then(|text| ImageRef::parse(&text));
    let own = named.as_ref().and_then(|image| policy.own(image));
    let official = named.as_ref().filter(|_| own.is_none()).and_then(|image| policy.official(image));
    let mirrored = official.is_some();
    let reference = own.as_ref().map(|own| own.like.clone()).or(official).or(named);
    let own_facts = own.as_ref().and_then(Own::facts);
    Base {
        instruction,
        written: from.image.clone(),
        has_variables: from.image.contains('$'),
        mirrored,
        own,
        facts: own_facts.or_else(|| reference.as_ref().map(|image| facts_of(image, &instructions[instruction + 1..]))),
        reference,
        name: from.name.clone(),
        platform: from.platform.clone(),
    }
}

/// What is known of a base image, or what the file's steps tell of it.
fn facts_of(image: &ImageRef, steps: &[&Instruction]) -> ImageFacts {
    images::lookup(image).unwrap_or_else(|| {
        let word = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        let runs = steps.iter().filter(|step| matches!(step.kind, Kind::Run(_)));
        let words = runs.flat_map(|step| step.args.as_str().split(move |c| !word(c)));
        let managers: BTreeSet<&str> = words.filter(|word| distributions::of_manager(word).is_some()).collect();
        let ids: BTreeSet<&str> =
            managers.iter().filter_map(|m| Some(distributions::of_manager(m)?.id.as_str())).collect();
        images::unknown(managers.first().copied().filter(|_| ids.len() == 1))
    })
}

/// True when nobody has read where the base image has its languages, or they lie elsewhere than in others.
pub(super) fn is_foreign(base: &Base) -> bool {
    base.facts.as_ref().is_some_and(|facts| facts.foreign)
}

/// The values of the heuristics' `[[variable]]`s for a base image.
pub(super) fn pseudo_variables(heuristics: &Heuristics, base: &Base) -> BTreeMap<String, PseudoVariable> {
    let mut variables = BTreeMap::new();
    let Some(reference) = &base.reference else { return variables };
    let repository = reference.normalised().repository;
    let release = base.facts.as_ref().filter(|f| f.releases.len() == 1).and_then(|f| f.release.as_ref());
    let release = release.map(|r| format!("{}:{}", r.distribution, r.release));
    // A version that comes from an argument may be another one tomorrow.
    let tag = if base.has_variables { "" } else { reference.tag.as_deref().unwrap_or_default() };
    for variable in heuristics.variables() {
        let value = variable.value_for(&repository, tag, release.as_deref()).filter(|_| !is_foreign(base));
        if value.is_some() || is_foreign(base) {
            let (inside_prefix, unprivileged) = (variable.inside_prefix, variable.unprivileged.clone());
            variables.insert(variable.name.clone(), PseudoVariable { value, inside_prefix, unprivileged });
        }
    }
    variables
}
