//! The proof: what must hold of a rendered file before anybody sees it.
//!
//! The text is parsed and analysed again from nothing, and the two images are held against each other: their
//! configuration, and their trees. Nobody asks the plan. Licences are found again by the planner's functions, so a licence
//! that is wrong is not found here.

mod trees;

use crate::analyzer::demands::{self, Demands};
use crate::analyzer::pragmas::Place;
use crate::analyzer::{Action, Analysis, Inputs, analyse};
use crate::facts::ambient::is_locale;
use crate::facts::images::{self, ImageRef};
use crate::planner::{development, target_of};
use crate::syntax::{self, Dockerfile, Instruction, Kind};
use serde::Serialize;

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
    /// A repeated step reads what comes after it, or never.
    Unprepared {
        /// What it reads.
        path: String,
        /// The step.
        step: String,
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
    /// A COPY names a path of the builder that may not be there.
    UncertainCopy {
        /// The path.
        path: String,
    },
    /// What a step gave to another owner, or another mode, would be as it was before; without an owner the mode differs.
    Owner {
        /// The path.
        path: String,
        /// The owner that it has in the original.
        owner: String,
    },
    /// What the original takes away again would be there.
    Remains {
        /// Its path.
        path: String,
    },
    /// A file with credentials would be in the runtime stage.
    Secret {
        /// Its path.
        path: String,
    },
    /// A build step is gone from the builder or was changed.
    LostStep {
        /// The step's first line.
        step: String,
    },
    /// The runtime image has another C library. Its release is not compared here.
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
            Finding::Unprepared { path, step } => write!(f, "`{path}` would not be there yet when `{step}` reads it"),
            Finding::MissingPackage { package } => write!(f, "package `{package}` would be missing"),
            Finding::MissingCommand { command, because } => {
                write!(f, "`{command}` would be missing, which {because} needs")
            }
            Finding::MissingUser { user } => write!(f, "user `{user}` would be missing"),
            Finding::UncertainCopy { path } => {
                write!(f, "`{path}` may not be in the builder, and the build would fail")
            }
            Finding::Owner { path, owner } if owner.is_empty() => write!(f, "`{path}` would have another mode"),
            Finding::Owner { path, owner } => write!(f, "`{path}` would no longer belong to `{owner}`"),
            Finding::Remains { path } => write!(f, "`{path}` would be there, which a step of the original removes"),
            Finding::Secret { path } => write!(f, "`{path}` holds credentials and would be in the image"),
            Finding::LostStep { step } => write!(f, "the build step `{step}` is gone"),
        }
    }
}

/// Checks a rendered file against the original, without asking what anybody planned. An empty list is the proof.
pub fn prove(inputs: Inputs<'_>, analysis: &Analysis, demands: &Demands, text: &[u8]) -> Vec<Finding> {
    let rendered = match syntax::parse(text) {
        Ok(rendered) => rendered,
        Err(errors) => {
            let message = errors.first().map(|e| e.to_string()).unwrap_or_default();
            return vec![Finding::Syntax { message }];
        }
    };
    // A builder that ends by taking development dependencies away is held against the original with that step.
    match development::pruned(inputs, analysis, demands) {
        Some((pruning, file))
            if has_run(&rendered, &pruning.command) && !has_run(inputs.dockerfile, &pruning.command) =>
        {
            let inputs = Inputs { dockerfile: &file, ..inputs };
            let analysis = analyse(inputs);
            prove_rendered(inputs, &analysis, &demands::demands(inputs, &analysis), &rendered)
        }
        _ => prove_rendered(inputs, analysis, demands, &rendered),
    }
}

/// True when a RUN of a file is this command.
fn has_run(file: &Dockerfile, command: &str) -> bool {
    file.instructions().filter(|i| matches!(i.kind, Kind::Run(_))).any(|i| {
        let text = String::from_utf8_lossy(&file.source[i.span.range()]);
        text.split_once(' ').is_some_and(|(_, words)| words.trim() == command)
    })
}

fn prove_rendered(inputs: Inputs<'_>, analysis: &Analysis, demands: &Demands, rendered: &Dockerfile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let instructions: Vec<&Instruction> = rendered.instructions().collect();
    let starts: Vec<usize> =
        instructions.iter().enumerate().filter(|(_, i)| matches!(i.kind, Kind::From(_))).map(|(i, _)| i).collect();
    let [builder_start, runtime_start] = *starts.as_slice() else {
        let message = format!("the result has {} stages, not two", starts.len());
        return vec![Finding::Stages { message }];
    };
    stages(analysis, &instructions, runtime_start, &mut findings);
    targets(analysis, demands, &instructions, runtime_start, &mut findings);
    builder(inputs, analysis, rendered, &instructions[..runtime_start], &mut findings);
    let made = Stage::read(inputs, rendered, &instructions, builder_start..runtime_start);
    let runtime = Stage::read(inputs, rendered, &instructions, runtime_start..instructions.len());
    let (Some(made), Some(mut runtime), Some(before)) = (made, runtime, &analysis.base.facts) else {
        findings.push(Finding::Stages { message: "a stage's image is not known".to_owned() });
        return findings;
    };
    let one_name = made.analysis.base.own.is_none() || made.analysis.base.written == runtime.analysis.base.written;
    runtime.same_image = made.reference == runtime.reference && one_name;
    if runtime.same_image {
        // What a stage's own steps tell of an unknown image, the other stage's steps may not tell.
        runtime.facts = before.clone();
    }
    configuration(inputs, analysis, demands, &runtime, &mut findings);
    libc(analysis, &runtime, &mut findings);
    let target = target_of(&made.reference, before, &runtime.reference, &runtime.facts);
    trees::compare(inputs, analysis, demands, &made, &runtime, &target, &mut findings);
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

/// What stands in the builder is the original's beginning, byte for byte, less what configures the finished image only.
fn builder(
    inputs: Inputs<'_>,
    analysis: &Analysis,
    rendered: &Dockerfile,
    builder: &[&Instruction],
    findings: &mut Vec<Finding>,
) {
    let original: Vec<&Instruction> = inputs.dockerfile.instructions().collect();
    let text_of = |file: &Dockerfile, i: &Instruction| -> Vec<u8> {
        file.source[i.span.range()].iter().copied().filter(|b| *b != b'\r').collect::<Vec<u8>>().trim_ascii().to_vec()
    };
    let kept: Vec<Vec<u8>> =
        builder.iter().filter(|i| !matches!(i.kind, Kind::From(_))).map(|i| text_of(rendered, i)).collect();
    let mut kept = kept.into_iter().peekable();
    for (i, instruction) in original.iter().enumerate() {
        let config = crate::planner::is_image_configuration(&instruction.kind);
        let moved = analysis.pragmas.place(i) == Some(Place::Runtime);
        if matches!(instruction.kind, Kind::From(_)) || config || moved {
            continue;
        }
        if kept.peek().is_none() {
            return;
        }
        let text = text_of(inputs.dockerfile, instruction);
        if kept.next().as_ref() != Some(&text) {
            let step = String::from_utf8_lossy(&text).lines().next().unwrap_or_default().to_owned();
            findings.push(Finding::LostStep { step });
            return;
        }
    }
    if let Some(more) = kept.next() {
        let step = String::from_utf8_lossy(&more).lines().next().unwrap_or_default().to_owned();
        findings.push(Finding::LostStep { step });
    }
}

/// A stage of a rendered file.
pub(super) struct Stage {
    /// The stage alone, as a file of its own.
    file: Dockerfile,
    analysis: Analysis,
    name: Option<String>,
    reference: ImageRef,
    base: std::sync::Arc<crate::facts::contents::BaseContents>,
    facts: images::ImageFacts,
    same_image: bool,
}

impl Stage {
    /// Reads a stage: with the global arguments in front it is a file that the analyzer reads like any other.
    fn read(
        inputs: Inputs<'_>,
        rendered: &Dockerfile,
        instructions: &[&Instruction],
        range: std::ops::Range<usize>,
    ) -> Option<Stage> {
        let Kind::From(from) = &instructions[range.start].kind else { return None };
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
        let end = instructions.get(range.end).map_or(rendered.source.len(), |next| next.span.start as usize);
        text.extend_from_slice(&rendered.source[instructions[range.start].span.start as usize..end]);
        let file = syntax::parse(&text).ok()?;
        let analysis = analyse(Inputs { dockerfile: &file, ..inputs });
        Some(Stage {
            name: from.name.clone(),
            base: crate::facts::contents::provides(analysis.base.reference.as_ref()?),
            facts: analysis.base.facts.clone()?,
            reference: analysis.base.reference.clone()?,
            same_image: false,
            analysis,
            file,
        })
    }
}

/// The final configuration is the original's.
fn configuration(
    inputs: Inputs<'_>,
    analysis: &Analysis,
    demands: &Demands,
    runtime: &Stage,
    findings: &mut Vec<Finding>,
) {
    let original = &analysis.end.config;
    let converted = &runtime.analysis.end.config;
    let mut compare = |field: &str, a: String, b: String| {
        if a != b {
            findings.push(Finding::Config { field: field.to_owned(), original: a, converted: b });
        }
    };
    let words = |w: &Option<Vec<String>>| w.as_ref().map(|w| w.join(" ")).unwrap_or_default();
    // One that the old base had and the new one has not may only be assumed to be needless; the plan says so.
    let inherited = analysis.base.facts.as_ref().map(|facts| &facts.config.entrypoint) == Some(&original.entrypoint)
        && !analysis.sets_entrypoint
        && original.entrypoint != runtime.facts.config.entrypoint
        && converted.entrypoint == runtime.facts.config.entrypoint;
    if !inherited {
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
        let asked =
            demands.variables.contains(name) || value.is_some() && !inputs.heuristics.is_toolchain_variable(name);
        let of_base = from_base && !is_locale(name) && (name == "PATH" || now.is_some() || !asked);
        let gone_on_purpose = of_base || is_given_to_build(inputs, analysis, name);
        if gone_on_purpose || now == Some(value) || value.is_none() && now.is_some() {
            continue;
        }
        compare(
            &format!("Env {name}"),
            value.clone().unwrap_or_default(),
            now.cloned().flatten().unwrap_or_else(|| "(unset)".to_owned()),
        );
    }
    // A locale that only the new base sets would be another one than programs had.
    for (name, value) in converted.env.iter().filter(|(name, _)| is_locale(name)) {
        if value.as_deref() != Some("") && !original.env.iter().any(|(known, _)| known == name) {
            compare(&format!("Env {name}"), "(unset)".to_owned(), value.clone().unwrap_or_default());
        }
    }
}

/// True for a variable whose every ENV the author gives to the build.
fn is_given_to_build(inputs: Inputs<'_>, analysis: &Analysis, name: &str) -> bool {
    let mut setting = inputs.dockerfile.instructions().enumerate().filter(|(_, instruction)| match &instruction.kind {
        Kind::Env(pairs) => pairs.iter().any(|pair| pair.name == name),
        _ => false,
    });
    setting.any(|(i, _)| analysis.pragmas.place(i) == Some(Place::Build))
}

fn user(user: &str) -> String {
    match user {
        "" | "root" | "0" | "0:0" | "root:root" => String::new(),
        other => other.to_owned(),
    }
}

/// Builder and runtime share the C library, unless everything is linked statically.
fn libc(analysis: &Analysis, runtime: &Stage, findings: &mut Vec<Finding>) {
    let Some(before) = &analysis.base.facts else { return };
    if before.libc != runtime.facts.libc && !analysis.links_statically() {
        findings.push(Finding::Libc { message: "builder and runtime stage have different C libraries".to_owned() });
    }
}
