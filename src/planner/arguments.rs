//! Copied paths that a build argument names.
//!
//! A plan is made for the defaults of the file's arguments, or the values that the user gives. Where one is part of a
//! copied path, a build with another value would not find it. So the file is planned a second time with another value:
//! where the copies differ by that value only, they are written with the variable; where more differs, the plan rests on
//! the value.

use super::{Applicability, Element, Options, Outcome, Plan, plan_for_values, stage};
use crate::analyzer::config::{Scope, global_arguments};
use crate::analyzer::demands::demands;
use crate::analyzer::{Inputs, analyse};
use crate::rules;
use crate::syntax::{ArgDeclaration, Kind};

/// Behind a value, one that no file has by chance.
const OTHER: &str = "-set-by-the-build";

/// An argument of the stage whose value is part of a copied path.
struct Argument {
    instruction: usize,
    declaration: ArgDeclaration,
    value: String,
}

/// Writes copied paths with the arguments that name them.
pub(crate) fn follow(inputs: Inputs<'_>, options: &Options, outcome: &mut Outcome) {
    let Outcome::Convert(plan) = outcome else { return };
    let mut arguments = arguments(inputs, plan);
    // A value that is in a path by chance changes nothing.
    arguments.retain(|one| elements_with(inputs, options, &[one]).as_ref() != Some(&plan.elements));
    let all: Vec<&Argument> = arguments.iter().collect();
    if all.is_empty() {
        return;
    }
    let named = elements_with(inputs, options, &all).and_then(|elements| templates(plan, &elements, &all));
    match named {
        Some(copies) => write(plan, inputs, &all, copies),
        None => {
            let names: Vec<String> = all.iter().map(|a| format!("`{}`", a.declaration.name)).collect();
            let words = format!("a build that sets {} may have other results to copy", names.join(" or "));
            let span = inputs.dockerfile.instructions().nth(all[0].instruction).map(|i| i.span);
            let reason = rules::ASSUMED_ARGUMENT.because(words, span);
            if !inputs.policy.accepts(&reason.rule) {
                plan.applicability = Applicability::Unsafe;
            }
            plan.assumptions.push(reason);
        }
    }
}

fn arguments(inputs: Inputs<'_>, plan: &Plan) -> Vec<Argument> {
    let mut arguments = Vec::new();
    let mut in_stage = false;
    for (instruction, written) in inputs.dockerfile.instructions().enumerate() {
        match &written.kind {
            Kind::From(_) => in_stage = true,
            Kind::Arg(declarations) if in_stage => {
                for declaration in declarations {
                    let Some(value) = value_of(inputs, declaration) else { continue };
                    if plan.elements.iter().filter_map(copied).any(|path| path.contains(&value)) {
                        arguments.push(Argument { instruction, declaration: declaration.clone(), value });
                    }
                }
            }
            _ => {}
        }
    }
    arguments
}

/// The value that the plan was made with, when it is known.
fn value_of(inputs: Inputs<'_>, declaration: &ArgDeclaration) -> Option<String> {
    let escape = inputs.dockerfile.escape;
    let instructions = inputs.dockerfile.instructions();
    let value = match (inputs.build_args.get(&declaration.name), &declaration.default) {
        (Some(value), _) => Some(value.clone()),
        (None, Some(default)) => Scope::default().expand(default, escape),
        (None, None) => global_arguments(instructions, escape, inputs.build_args).get(&declaration.name),
    };
    value.filter(|value| !value.is_empty() && value != "/")
}

fn copied(element: &Element) -> Option<&String> {
    match element {
        Element::FromBuilder { path, .. } => Some(path),
        _ => None,
    }
}

/// The runtime stage of a build that gives these arguments other values.
fn elements_with(inputs: Inputs<'_>, options: &Options, arguments: &[&Argument]) -> Option<Vec<Element>> {
    let mut build_args = inputs.build_args.clone();
    build_args.extend(arguments.iter().map(|a| (a.declaration.name.clone(), a.other())));
    let changed = Inputs { build_args: &build_args, ..inputs };
    let analysis = analyse(changed);
    match plan_for_values(changed, &analysis, &demands(changed, &analysis), options) {
        Outcome::Convert(plan) => Some(plan.elements),
        Outcome::Unchanged { .. } | Outcome::Declined { .. } => None,
    }
}

/// Positions of copies that name arguments, written with variables; `None` when more than that differs.
fn templates(plan: &Plan, changed: &[Element], arguments: &[&Argument]) -> Option<Vec<(usize, Element)>> {
    if plan.elements.len() != changed.len() {
        return None;
    }
    let with = |element: &Element, text: fn(&Argument) -> String| {
        let Element::FromBuilder { path, chown } = element else { return None };
        let replaced = |in_text: &String| {
            arguments.iter().fold(in_text.clone(), |done, argument| done.replace(&argument.other(), &text(argument)))
        };
        Some(Element::FromBuilder { path: replaced(path), chown: chown.as_ref().map(replaced) })
    };
    let mut copies = Vec::new();
    for (at, (one, other)) in plan.elements.iter().zip(changed).enumerate().filter(|(_, (one, other))| one != other) {
        if with(other, |a| a.value.clone())? != *one {
            return None;
        }
        copies.push((at, with(other, |a| format!("${{{}}}", a.declaration.name))?));
    }
    Some(copies)
}

/// Puts the copies into the plan, behind the declarations of their arguments.
fn write(plan: &mut Plan, inputs: Inputs<'_>, arguments: &[&Argument], copies: Vec<(usize, Element)>) {
    let Some(first) = copies.first().map(|(at, _)| *at) else { return };
    for (at, copy) in copies {
        plan.elements[at] = copy;
    }
    let declares = |element: &Element, name: &str| {
        let instruction = match element {
            Element::Restated { instruction } | Element::Moved { instruction } => *instruction,
            Element::Reduced { .. } | Element::FromBuilder { .. } | Element::Added { .. } => return false,
        };
        match inputs.dockerfile.instructions().nth(instruction).map(|i| &i.kind) {
            Some(Kind::Arg(declarations)) => declarations.iter().any(|d| d.name == name),
            _ => false,
        }
    };
    for argument in arguments.iter().rev() {
        let name = &argument.declaration.name;
        if !plan.elements[..first].iter().any(|element| declares(element, name)) {
            plan.elements
                .insert(first, Element::Added { text: format!("ARG {}", stage::declared(&argument.declaration)) });
        }
    }
}

impl Argument {
    fn other(&self) -> String {
        format!("{}{OTHER}-{}", self.value, self.declaration.name)
    }
}
