//! The proof: what must hold of a rendered file before anybody sees it.
//!
//! The text is parsed and analysed again from nothing, and compared with the original. Nothing is taken from the plan
//! but what it says the runtime stage must provide.

use crate::analyzer::config::global_arguments;
use crate::analyzer::demands::Demands;
use crate::analyzer::pragmas::Place;
use crate::analyzer::{Action, Analysis, Inputs, analyse};
use crate::facts::images::{self, ImageConfig, ImageRef};
use crate::paths;
use crate::planner::Plan;
use crate::syntax::{self, Dockerfile, Instruction, Kind};
use serde::Serialize;
use std::collections::BTreeSet;

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "finding")]
pub enum Finding {
    /// The text does not parse.
    Syntax {
        /// The parser's words.
        message: String,
    },
    /// A stage or a `--from` does not resolve, or there are not two stages.
    Stages {
        /// What is wrong.
        message: String,
    },
    /// The configuration of the image differs.
    Config {
        /// The field: `Cmd`, `Env PATH`, ….
        field: String,
        /// The original's value.
        original: String,
        /// The conversion's value.
        converted: String,
    },
    /// A file that run time needs is not there.
    MissingPath {
        /// Its absolute path.
        path: String,
    },
    /// A package that run time needs is not installed.
    MissingPackage {
        /// Its name.
        package: String,
    },
    /// A command, shell or interpreter is not there.
    MissingCommand {
        /// Its name.
        command: String,
        /// Who asks.
        because: String,
    },
    /// A user is not made.
    MissingUser {
        /// Its name.
        user: String,
    },
    /// A build step is gone from the builder or was changed.
    LostStep {
        /// The step's first line.
        step: String,
    },
    /// The runtime image has another C library or release.
    Libc {
        /// What differs.
        message: String,
    },
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Finding::Syntax { message } => write!(f, "the result does not parse: {message}"),
            Finding::Stages { message } | Finding::Libc { message } => f.write_str(message),
            Finding::Config { field, original, converted } => {
                write!(f, "{field} would change from `{original}` to `{converted}`")
            }
            Finding::MissingPath { path } => write!(f, "`{path}` would be missing"),
            Finding::MissingPackage { package } => write!(f, "package `{package}` would be missing"),
            Finding::MissingCommand { command, because } => {
                write!(f, "`{command}` would be missing, which {because} needs")
            }
            Finding::MissingUser { user } => write!(f, "user `{user}` would be missing"),
            Finding::LostStep { step } => write!(f, "the build step `{step}` is gone"),
        }
    }
}

/// Checks a rendered file against the original. An empty list is the proof.
pub fn prove(inputs: Inputs<'_>, analysis: &Analysis, demands: &Demands, plan: &Plan, text: &[u8]) -> Vec<Finding> {
    let rendered = match syntax::parse(text) {
        Ok(rendered) => rendered,
        Err(errors) => {
            let message = errors.first().map(|e| e.to_string()).unwrap_or_default();
            return vec![Finding::Syntax { message }];
        }
    };
    let mut findings = Vec::new();
    let instructions: Vec<&Instruction> = rendered.instructions().collect();
    let starts: Vec<usize> =
        instructions.iter().enumerate().filter(|(_, i)| matches!(i.kind, Kind::From(_))).map(|(i, _)| i).collect();
    let [_, runtime_start] = starts.as_slice() else {
        let message = format!("the result has {} stages, not two", starts.len());
        return vec![Finding::Stages { message }];
    };
    stages(analysis, &instructions, *runtime_start, &mut findings);
    targets(analysis, demands, &instructions, *runtime_start, &mut findings);
    builder(inputs, analysis, plan, &rendered, &instructions[..*runtime_start], &mut findings);
    let Some(runtime) = Runtime::read(inputs, &rendered, &instructions, *runtime_start) else {
        findings.push(Finding::Stages { message: "the runtime stage's image is not known".to_owned() });
        return findings;
    };
    configuration(analysis, plan, &runtime, &mut findings);
    closure(analysis, demands, plan, &runtime, &mut findings);
    libc(analysis, &runtime, &mut findings);
    findings
}

/// Every `--from` names the builder, or an image that the original copies from.
fn stages(analysis: &Analysis, instructions: &[&Instruction], runtime_start: usize, findings: &mut Vec<Finding>) {
    let name = instructions[..runtime_start].iter().find_map(|i| match &i.kind {
        Kind::From(from) => from.name.clone(),
        _ => None,
    });
    for (i, instruction) in instructions.iter().enumerate() {
        if let Kind::Copy(copy) | Kind::Add(copy) = &instruction.kind
            && let Some(from) = &copy.from
            && !images_copied(analysis).any(|image| image == from)
            && (i < runtime_start || name.as_deref() != Some(from.to_ascii_lowercase().as_str()))
        {
            findings.push(Finding::Stages { message: format!("`--from={from}` names no earlier stage") });
        }
    }
}

/// The images that the original copies from.
fn images_copied(analysis: &Analysis) -> impl Iterator<Item = &String> {
    analysis.steps.iter().filter_map(|step| match &step.action {
        Action::Copy(copy) => copy.from.as_ref(),
        _ => None,
    })
}

/// A stage that other files ask for by name is still the finished image.
fn targets(
    analysis: &Analysis,
    demands: &Demands,
    instructions: &[&Instruction],
    runtime_start: usize,
    findings: &mut Vec<Finding>,
) {
    let Some(name) = &analysis.base.name else { return };
    let finished = matches!(&instructions[runtime_start].kind, Kind::From(from) if from.name.as_ref() == Some(name));
    if let Some(target) = demands.targets.iter().find(|t| t.name == *name)
        && !finished
    {
        let message = format!("{} builds `{name}`, which would no longer be the finished image", target.by);
        findings.push(Finding::Stages { message });
    }
}

/// Every build step stands in the builder, byte for byte.
fn builder(
    inputs: Inputs<'_>,
    analysis: &Analysis,
    plan: &Plan,
    rendered: &Dockerfile,
    builder: &[&Instruction],
    findings: &mut Vec<Finding>,
) {
    let original: Vec<&Instruction> = inputs.dockerfile.instructions().collect();
    let text_of = |file: &Dockerfile, i: &Instruction| -> Vec<u8> {
        file.source[i.span.range()].iter().copied().filter(|b| *b != b'\r').collect::<Vec<u8>>().trim_ascii().to_vec()
    };
    let mut kept = builder.iter().filter(|i| !matches!(i.kind, Kind::From(_))).map(|i| text_of(rendered, i));
    let last = plan.builder_instructions.iter().max().copied().unwrap_or_default();
    for (i, instruction) in original.iter().enumerate().take(last + 1) {
        let config = crate::planner::is_image_configuration(&instruction.kind);
        let moved = analysis.pragmas.place(i) == Some(Place::Runtime);
        if matches!(instruction.kind, Kind::From(_)) || config || moved {
            continue;
        }
        let text = text_of(inputs.dockerfile, instruction);
        if kept.next().as_ref() != Some(&text) {
            let step = String::from_utf8_lossy(&text).lines().next().unwrap_or_default().to_owned();
            findings.push(Finding::LostStep { step });
            return;
        }
    }
}

/// What the runtime stage of a rendered file has.
struct Runtime {
    config: ImageConfig,
    base: std::sync::Arc<crate::facts::contents::BaseContents>,
    facts: images::ImageFacts,
    same_image: bool,
    copied: Vec<String>,
    made: BTreeSet<String>,
    packages: BTreeSet<String>,
    users: BTreeSet<String>,
}

impl Runtime {
    fn read(inputs: Inputs<'_>, rendered: &Dockerfile, instructions: &[&Instruction], start: usize) -> Option<Runtime> {
        let global = global_arguments(instructions.iter().copied(), rendered.escape, inputs.build_args);
        let official = |image: ImageRef| inputs.policy.official(&image).unwrap_or(image);
        let image = |i: &Instruction| match &i.kind {
            Kind::From(from) => {
                global.expand(&from.image, rendered.escape).and_then(|t| ImageRef::parse(&t)).map(official)
            }
            _ => None,
        };
        let reference = image(instructions[start])?;
        let builder = instructions.iter().find_map(|i| image(i));
        let facts = images::lookup(&reference)?;
        // The stage alone, with the global arguments in front, is a file that the analyzer reads like any other.
        let mut text = Vec::new();
        for directive in rendered.items.iter().filter_map(|i| match i {
            syntax::Item::Directive(d) => Some(d),
            _ => None,
        }) {
            text.extend_from_slice(&rendered.source[directive.span.range()]);
        }
        for instruction in instructions.iter().take_while(|i| !matches!(i.kind, Kind::From(_))) {
            text.extend_from_slice(&rendered.source[instruction.span.range()]);
        }
        text.extend_from_slice(&rendered.source[instructions[start].span.start as usize..]);
        let stage = syntax::parse(&text).ok()?;
        let analysis = analyse(Inputs { dockerfile: &stage, ..inputs });
        let mut runtime = Runtime {
            config: analysis.end.config.clone(),
            base: crate::facts::contents::provides(&reference),
            same_image: builder.as_ref() == Some(&reference),
            facts,
            copied: Vec::new(),
            made: BTreeSet::new(),
            packages: BTreeSet::new(),
            users: BTreeSet::new(),
        };
        let stages: Vec<&String> = instructions[..start]
            .iter()
            .filter_map(|i| match &i.kind {
                Kind::From(from) => from.name.as_ref(),
                _ => None,
            })
            .collect();
        for step in &analysis.steps {
            match &step.action {
                Action::Copy(copy) if copy.from.as_ref().is_some_and(|from| !stages.contains(&from)) => {
                    runtime.copied.extend(copy.arrivals());
                }
                Action::Copy(copy) => {
                    runtime.copied.extend(copy.landings.iter().map(|l| l.destination.clone()));
                    runtime.copied.extend(copy.heredocs.iter().cloned());
                    if copy.unpacks {
                        runtime.copied.push(copy.destination.clone());
                    }
                    // Paths stay the same; anything else would not provide the original's path.
                    let same = copy.from_stage.iter().filter(|source| paths::join("/", source) == copy.destination);
                    runtime.copied.extend(same.cloned());
                }
                Action::Run(run) => {
                    for effects in run.units.iter().map(|u| &u.effects) {
                        for change in &effects.packages {
                            let names = change.names.iter().map(|(n, _)| crate::planner::plain_name(n).to_owned());
                            if change.action == crate::analyzer::effects::PackageAction::Install {
                                runtime.packages.extend(names);
                            }
                        }
                        runtime.users.extend(effects.users.iter().cloned());
                        runtime.made.extend(effects.files.iter().flat_map(|f| f.writes.iter().cloned()));
                    }
                }
                Action::Config => {}
            }
        }
        Some(runtime)
    }

    fn has_path(&self, path: &str) -> bool {
        self.copied.iter().any(|c| paths::is_within(c, path)) || self.made.contains(path)
    }

    fn has_command(&self, command: &str) -> bool {
        let distribution = self.facts.releases.first().map(|r| r.distribution.as_str()).unwrap_or_default();
        self.base.commands.contains(command)
            || self.packages.iter().any(|p| {
                p == command || crate::facts::packages::commands_of_package(distribution, p).contains(&command)
            })
            || self.copied.iter().any(|c| paths::name(c) == command || c.ends_with("/bin"))
    }
}

/// The final configuration is the original's.
fn configuration(analysis: &Analysis, plan: &Plan, runtime: &Runtime, findings: &mut Vec<Finding>) {
    let original = &analysis.end.config;
    let converted = &runtime.config;
    let mut compare = |field: &str, a: String, b: String| {
        if a != b {
            findings.push(Finding::Config { field: field.to_owned(), original: a, converted: b });
        }
    };
    let words = |w: &Option<Vec<String>>| w.as_ref().map(|w| w.join(" ")).unwrap_or_default();
    if plan.replaced_entrypoint().is_none() {
        compare("Entrypoint", words(&original.entrypoint), words(&converted.entrypoint));
    }
    compare("Cmd", words(&original.cmd), words(&converted.cmd));
    compare("User", user(&original.user), user(&converted.user));
    compare("WorkingDir", original.workdir.clone(), converted.workdir.clone());
    compare("ExposedPorts", original.exposed.join(" "), converted.exposed.join(" "));
    compare("Volumes", original.volumes.join(" "), converted.volumes.join(" "));
    compare(
        "StopSignal",
        original.stop_signal.clone().unwrap_or_default(),
        converted.stop_signal.clone().unwrap_or_default(),
    );
    compare("Healthcheck", words(&original.healthcheck), words(&converted.healthcheck));
    compare("Shell", words(&original.shell), words(&converted.shell));
    compare("OnBuild", original.onbuild.join("\n"), converted.onbuild.join("\n"));
    let label = |(k, v): &(String, String)| format!("{k}={v}");
    compare(
        "Labels",
        original.labels.iter().map(label).collect::<Vec<_>>().join(" "),
        converted.labels.iter().map(label).collect::<Vec<_>>().join(" "),
    );
    for (name, value) in &original.env {
        let now = converted.env.iter().find(|(n, _)| n == name).map(|(_, v)| v);
        let from_base = !analysis.sets_variable(name);
        let gone_on_purpose = plan.dropped_variables.contains(name) || from_base && (name == "PATH" || now.is_some());
        if gone_on_purpose || now == Some(value) || value.is_none() && now.is_some() {
            continue;
        }
        compare(
            &format!("Env {name}"),
            value.clone().unwrap_or_default(),
            now.cloned().flatten().unwrap_or_else(|| "(unset)".to_owned()),
        );
    }
}

fn user(user: &str) -> String {
    match user {
        "" | "root" | "0" | "0:0" | "root:root" => String::new(),
        other => other.to_owned(),
    }
}

/// Everything that run time asks for is there.
fn closure(analysis: &Analysis, demands: &Demands, plan: &Plan, runtime: &Runtime, findings: &mut Vec<Finding>) {
    for path in &plan.closure.paths {
        if !runtime.has_path(path) {
            findings.push(Finding::MissingPath { path: path.clone() });
        }
    }
    for demand in &demands.paths {
        let written = plan.closure.paths.iter().any(|p| paths::is_within(p, &demand.path))
            || analysis.files.context_path(&demand.path).is_some();
        if written && !runtime.has_path(&demand.path) {
            findings.push(Finding::MissingPath { path: demand.path.clone() });
        }
    }
    for package in &plan.closure.packages {
        if !runtime.packages.contains(package) && !runtime.base.packages.contains(package) {
            findings.push(Finding::MissingPackage { package: package.clone() });
        }
    }
    for user in &plan.closure.users {
        if !runtime.users.contains(user) {
            findings.push(Finding::MissingUser { user: user.clone() });
        }
    }
    let Some(reference) = &analysis.base.reference else { return };
    let before = crate::facts::contents::provides(reference);
    for demand in demands.commands.iter().chain(&demands.interpreters) {
        let name = paths::name(&demand.name);
        // Only what the original is known to have had can be lost.
        let had = before.commands.contains(name) && !runtime.same_image;
        if had && !runtime.has_command(name) {
            findings.push(Finding::MissingCommand { command: name.to_owned(), because: demand.because.clone() });
        }
    }
}

/// Builder and runtime share the C library, unless everything is linked statically.
fn libc(analysis: &Analysis, runtime: &Runtime, findings: &mut Vec<Finding>) {
    let Some(before) = &analysis.base.facts else { return };
    if before.libc != runtime.facts.libc && !analysis.links_statically() {
        findings.push(Finding::Libc { message: "builder and runtime stage have different C libraries".to_owned() });
    }
}
