//! Development dependencies: where nothing that runs names one, the build ends with the package manager's own command that
//! takes them away, and everything after is planned for the file with that step.
//!
//! Doubt keeps them: a package that a source, a setting or a script names, that another loads unasked, or that an import
//! needs which no manifest declares.

mod again;
mod command;
mod direct;
mod doubts;
mod idle;
pub(crate) mod lock;
mod project;
pub(crate) mod reading;
mod words;

use super::survey::{Survey, Target};
use super::text;
use crate::analyzer::demands::Demands;
use crate::analyzer::effects::Effects;
use crate::analyzer::{Action, Analysis, Inputs, Unit};
use crate::facts::development::development;
use crate::facts::registry;
use crate::rules::{self, Reason};
use crate::source::Span;
use crate::syntax::{self, Dockerfile, Kind};
use project::Project;
pub(crate) use project::asked_for;
use std::collections::{BTreeMap, BTreeSet};

/// A step of msb's own at the end of the build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pruning {
    /// The instruction that it follows, by index.
    pub(crate) after: usize,
    /// The command.
    pub(crate) command: String,
    /// The packages that the manifest declares for development, by name.
    pub(crate) names: Vec<String>,
    /// The step that installs them.
    pub(crate) place: Span,
}

impl Pruning {
    /// The file with the step in it.
    fn applied(&self, dockerfile: &Dockerfile) -> Option<Dockerfile> {
        let end = text::end_of(dockerfile, self.after)?;
        let (before, after) = dockerfile.source.split_at(end);
        syntax::parse(&[before, text::run_line(dockerfile, &self.command).as_bytes(), after].concat()).ok()
    }

    /// The place in the file with the step that stands for a place in it, in the file without.
    pub(crate) fn place_before(&self, dockerfile: &Dockerfile, span: Span) -> Span {
        let Some(end) = text::end_of(dockerfile, self.after) else { return span };
        let (end, length) = (end as u32, text::run_line(dockerfile, &self.command).len() as u32);
        match span.start {
            start if start < end => span,
            start if start < end + length => self.place,
            start => Span { start: start - length, end: span.end - length },
        }
    }

    /// Why the step is there.
    pub(crate) fn reason(&self) -> Reason {
        let names = self.names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
        let shown = match names.as_slice() {
            [first, second, third, _, ..] => format!("{first}, {second}, {third} and {} more", names.len() - 3),
            few => few.join(", "),
        };
        rules::DEVELOPMENT_PRUNED.because(format!("`{}`: nothing that runs names {shown}", self.command), self.place)
    }

    /// The instruction of the file without the step that stands for one of the file with it; nothing for the step itself.
    pub(crate) fn index_before(&self, index: usize) -> Option<usize> {
        match index {
            i if i <= self.after => Some(i),
            i => (i != self.after + 1).then(|| i - 1),
        }
    }
}

/// The file with a step that takes development dependencies away at the end of its build; nothing where there are none, or
/// they may be needed.
pub(crate) fn pruned(inputs: Inputs<'_>, analysis: &Analysis, demands: &Demands) -> Option<(Pruning, Dockerfile)> {
    let installs = |unit: &Unit| {
        let mut rules = unit.effects.evidence.iter().filter_map(|e| e.heuristic.as_deref());
        rules.any(|rule| development().managers(rule).next().is_some())
    };
    let runs = analysis.steps.iter().filter_map(|step| match &step.action {
        Action::Run(run) => Some(run),
        _ => None,
    });
    if !runs.into_iter().flat_map(|run| &run.units).any(installs) {
        return None;
    }
    let target = Target::default();
    let pruning = pruning(&Survey::new(inputs, analysis, demands, &target))?;
    let file = pruning.applied(inputs.dockerfile)?;
    Some((pruning, file))
}

/// The step that takes away the development dependencies of the file's project; nothing when there are none, or they may be
/// needed.
fn pruning(survey: &Survey<'_>) -> Option<Pruning> {
    let project = Project::find(survey)?;
    let cut = survey.cut?;
    if project.is_pruned_later() || !project.is_alone() || !project.runs_only_this() || !project.stays_as_installed()? {
        return None;
    }
    let kept = project.lasting();
    let mut names = project.development().clone();
    // A lock file tells that something else needs it, too.
    names.retain(|name| project.lock.is_none() || !kept.contains(name));
    if names.is_empty() {
        return None;
    }
    if !project.language.known.is_empty() {
        if !project.finds_the_same()
            || !project.has_all_sources()
            || !project.are_idle(&project.leaving(&kept)?, &kept)?
        {
            return None;
        }
    } else if names.iter().any(|name| project.may_be_loaded(name, &kept))
        || !project.commands_last(&names, &kept)
        || !project.texts_name_none(&names, &kept)?
    {
        return None;
    }
    let workdir = survey.steps().iter().find(|step| step.instruction > cut).map(|step| step.workdir.as_str());
    let workdir = workdir.unwrap_or(&survey.analysis.end.config.workdir);
    let command = project.command()?;
    let command = match workdir == project.directory {
        true => command,
        false => format!("cd {} && {command}", project.directory),
    };
    Some(Pruning { after: cut, command, names: names.into_iter().collect(), place: project.step.span })
}

/// What development dependencies weigh that a step takes away after they were installed, and the manager's downloads that
/// stay in the layer: by layers both are in the original image, in MB. The names are those that the manifest declares.
pub(crate) fn weight(survey: &Survey<'_>) -> Weight {
    let Some(project) = Project::find(survey) else { return Weight::default() };
    let (all, dropped) = project.installed();
    let mb = |names: &BTreeSet<String>| {
        let kb: u64 = names.iter().map(|name| u64::from(registry::size_kb(&project.language.ecosystem, name))).sum();
        let percent = u64::from(project.language.installed_percent);
        (kb * if percent == 0 { 100 } else { percent } / 100_000) as u32
    };
    let caches = project.keeps_downloads();
    let pruned = project.is_pruned_later();
    Weight {
        dropped_mb: if pruned { mb(&dropped) } else { 0 },
        names: if pruned { project.development().iter().cloned().collect() } else { Vec::new() },
        directory: project.installed.clone(),
        downloads_mb: if caches { mb(&all) * project.manager.downloads_percent / 100 } else { 0 },
    }
}

/// Names of packages that a step takes away after they were installed: nothing that they would do at run time counts.
pub(crate) fn dropped(survey: &Survey<'_>) -> BTreeSet<String> {
    let project = Project::find(survey).filter(Project::is_pruned_later);
    project.map(|project| project.installed().1).unwrap_or_default()
}

/// The packages of a manifest that a part of a RUN leaves out because they are for development only: it or its environment
/// says so, and arguments have their defaults.
pub(crate) fn left_out(
    inputs: Inputs<'_>,
    instruction: usize,
    text: &str,
    effects: &Effects,
    read: &dyn Fn(&str) -> Option<String>,
) -> BTreeSet<String> {
    let table = development();
    let rules = || effects.writes.iter().map(|write| write.by.as_str());
    let language = rules().find(|rule| table.managers(rule).next().is_some()).and_then(|rule| rule.split('/').next());
    let Some(language) = language.and_then(|id| table.language(id)) else { return BTreeSet::new() };
    let asks = language.asks.iter().any(|option| text.split_whitespace().any(|word| word == option));
    let told = rules().flat_map(|rule| table.managers(rule)).any(|manager| project::omits(manager, text));
    let set = || language.production.iter().any(|setting| is_given(inputs, setting, instruction, text));
    if asks || !told && !set() {
        return BTreeSet::new();
    }
    let Some(text) = read(&language.manifest) else { return BTreeSet::new() };
    let Ok(manifest) = serde_json::from_str::<serde_json::Value>(text.trim_start_matches('\u{feff}')) else {
        return BTreeSet::new();
    };
    let names = |keys: &[String]| -> BTreeSet<String> {
        let tables = keys.iter().filter_map(|key| manifest.get(key)?.as_object());
        tables.flat_map(|table| table.keys().cloned()).collect()
    };
    let lasting = names(&language.lasting);
    names(&language.development).into_iter().filter(|name| !lasting.contains(name)).collect()
}

/// True when a variable has a value where a part of an instruction runs, with the defaults of arguments.
fn is_given(inputs: Inputs<'_>, setting: &str, instruction: usize, text: &str) -> bool {
    let Some((name, value)) = setting.split_once('=') else { return false };
    if text.contains(&format!("{name}=")) {
        return text.split_whitespace().any(|word| word == setting);
    }
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for instruction in inputs.dockerfile.instructions().take(instruction) {
        match &instruction.kind {
            Kind::Env(pairs) => {
                for pair in pairs {
                    let value = pair.value.trim_matches(['"', '\'']);
                    let other = value.strip_prefix('$').map(|name| name.trim_matches(['{', '}']));
                    let value = other.map_or(value.to_owned(), |other| known.get(other).cloned().unwrap_or_default());
                    known.insert(pair.name.clone(), value);
                }
            }
            Kind::Arg(declared) => {
                for argument in declared {
                    let value = argument.default.as_deref().unwrap_or_default().trim_matches(['"', '\'']).to_owned();
                    // A variable of the environment comes before an argument of its name.
                    known.entry(argument.name.clone()).or_insert(value);
                }
            }
            _ => {}
        }
    }
    known.get(name).is_some_and(|known| known == value)
}

/// What a project's dependencies weigh in layers that the runtime stage has not got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Weight {
    /// Development dependencies that a later step takes away.
    pub(crate) dropped_mb: u32,
    /// Their names, as far as the manifest declares them.
    pub(crate) names: Vec<String>,
    /// Where they lie.
    pub(crate) directory: String,
    /// The manager's downloads.
    pub(crate) downloads_mb: u32,
}

#[cfg(test)]
mod tests;
