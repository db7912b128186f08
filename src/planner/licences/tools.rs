//! The licence *toolchain* over what steps install: tools that only build, when nothing that runs calls them.

use super::Ledger;
use super::sources::is_mentioned;
use crate::analyzer::Unit;
use crate::analyzer::effects::PathWrite;
use crate::context;
use crate::facts::heuristics::{Arg, CommandRole, WriteKind};
use crate::image::{Entry, Extent, Origin};
use crate::licence::Licence;
use crate::paths;
use crate::planner::dependencies::normal;
use crate::planner::survey::Survey;
use std::collections::BTreeSet;

pub(super) fn toolchains(survey: &Survey<'_>, ledger: &mut Ledger) {
    // Who mounts a project into the image, or starts what nobody can read, may call any of them.
    if !has_project(survey) || !survey.opaque_programs().is_empty() {
        return;
    }
    let called = called(survey);
    let unprovided = called.iter().any(|name| is_unprovided(survey, name));
    let idle: BTreeSet<&str> = survey
        .image
        .entries()
        .filter_map(|(_, entry)| language_of(entry))
        .collect::<BTreeSet<&str>>()
        .into_iter()
        .filter(|language| survey.is_idle(language))
        .collect();
    let of_idle = |entry: &Entry| language_of(entry).is_some_and(|id| idle.contains(id)) && only_builds(survey, entry);
    let installs_tools = |entry: &Entry| is_tools(survey, entry, &called, unprovided) || of_idle(entry);
    let lasting: BTreeSet<&str> = survey
        .image
        .entries()
        .filter(|(_, e)| e.purpose == WriteKind::Dependency && e.is_built() && !installs_tools(e))
        .map(|(_, e)| e.path.as_str())
        .collect();
    for (i, entry) in survey.image.entries() {
        match entry.purpose {
            WriteKind::PackageData if entry.is_built() && of_idle(entry) && !lasting.contains(entry.path.as_str()) => {
                ledger.let_go(i, Licence::Toolchain, "of a language of which nothing runs", Vec::new());
            }
            // Tools that lie among what runs cannot be told from it.
            WriteKind::Dependency
                if entry.is_built() && installs_tools(entry) && !lasting.contains(entry.path.as_str()) =>
            {
                ledger.let_go(i, Licence::Toolchain, "tools that only build, and nothing calls them", Vec::new());
            }
            WriteKind::Artifact if entry.extent == Extent::Tree && entry.is_built() => {
                let name = paths::name(&entry.path);
                if is_build_command(survey, name) && !called.contains(name) && survey.wanted_of(entry).is_empty() {
                    ledger.let_go(i, Licence::Toolchain, "a tool that only builds, and nothing calls it", Vec::new());
                }
            }
            _ if is_fetched_for_build(survey, entry, unprovided) => {
                ledger.let_go(i, Licence::Toolchain, "a step of the build calls it, and nothing that runs", Vec::new());
            }
            _ if matches!(entry.origin, Origin::Image { .. }) => {
                let name = paths::name(&entry.path);
                let is_tool = survey
                    .inputs
                    .heuristics
                    .ecosystems()
                    .iter()
                    .any(|e| e.detect.build_packages.iter().any(|tool| tool == name));
                let needed = Some(entry.at.instruction) > survey.cut || called.contains(name);
                if is_tool && !needed {
                    ledger.let_go(i, Licence::Toolchain, "a tool that only builds, and nothing calls it", Vec::new());
                }
            }
            _ => {}
        }
    }
}

/// The language that an entry was installed for.
fn language_of(entry: &Entry) -> Option<&str> {
    let installed = matches!(entry.purpose, WriteKind::Dependency | WriteKind::PackageData) && entry.is_built();
    entry.by.split('/').next().filter(|id| installed && !id.is_empty())
}

/// True when nothing that runs asks for packages of a language of which nothing runs, nor shows them as files.
fn only_builds(survey: &Survey<'_>, entry: &Entry) -> bool {
    let near = |path: &String| paths::is_within(path, &entry.path) || paths::is_within(&entry.path, path);
    let asked = survey.demands.paths.iter().map(|demand| &demand.path);
    let mut served = survey.demands.served.iter().chain(&survey.demands.shown).chain(asked);
    // Of what lies in the program's own directories the sources have a say.
    let apart = |root: &String| {
        let named = survey.sources_mention(paths::name(&entry.path)) != Some(false);
        !survey.servers && !named && !is_mentioned(survey, root)
    };
    !served.any(near)
        && survey.wanted_of(entry).is_empty()
        && !survey.is_named_by_variable(&entry.path)
        && survey.root_of(&entry.path).is_none_or(apart)
}

/// True for programs that a step fetched into a directory of PATH and that other steps of the build call, when all that runs is
/// known and calls nothing there.
fn is_fetched_for_build(survey: &Survey<'_>, entry: &Entry, unprovided: bool) -> bool {
    let search = survey.analysis.end.scope.get("PATH").unwrap_or_default();
    let in_path = |directory: &str| search.split(':').any(|on_path| on_path == directory);
    let fetched = matches!(entry.origin, Origin::Step | Origin::Added)
        && matches!(entry.purpose, WriteKind::Data | WriteKind::Unknown)
        && match entry.extent {
            Extent::One => in_path(paths::parent(&entry.path)),
            Extent::Into | Extent::Within => in_path(&entry.path),
            Extent::Tree => false,
        };
    if !fetched || unprovided || !survey.wanted_of(entry).is_empty() || !survey.is_all_known(None) {
        return false;
    }
    let units = survey.runs().filter(|(step, _)| Some(step.instruction) <= survey.cut).flat_map(|(_, run)| &run.units);
    let mut commands = units.flat_map(|unit| &unit.effects.commands);
    let brings = |name: &&String| match entry.extent {
        Extent::One => paths::name(&entry.path) == name.as_str(),
        _ => is_unprovided(survey, name),
    };
    let unheard = |name: &String| survey.sources_mention(name) == Some(false);
    commands.find(brings).is_some_and(|name| unheard(name) || survey.servers)
}

/// True when something of a project lies in the image: a directory of its own, or what a build made.
fn has_project(survey: &Survey<'_>) -> bool {
    survey.image.entries().any(|(_, entry)| match entry.origin {
        Origin::Context { .. } => {
            let directory = survey.image.context_has(&entry.path) == Some(context::Entry::Directory);
            directory || !paths::is_of_distribution(&entry.path)
        }
        Origin::Added | Origin::Image { .. } => !paths::is_of_distribution(&entry.path),
        Origin::Step => {
            use WriteKind::{Artifact, Intermediate, Source, Unknown};
            matches!(entry.purpose, Artifact | Intermediate | Source | Unknown)
        }
        Origin::Text | Origin::Plain => false,
    })
}

/// Names of the commands that run time calls, those included that bring others which it calls.
pub(crate) fn called(survey: &Survey<'_>) -> BTreeSet<String> {
    let demands = survey.demands.commands.iter().chain(&survey.demands.interpreters);
    let mut called: BTreeSet<String> = demands.map(|c| paths::name(&c.name).to_owned()).collect();
    if let Some(started) = &survey.started {
        called.extend(started.commands.iter().cloned());
    }
    let installs = called.iter().flat_map(|name| crate::programs::compilers_of(name)).cloned();
    let others: Vec<String> = called.iter().flat_map(|name| survey.started_with(name)).chain(installs).collect();
    called.extend(others);
    let units = survey.runs().flat_map(|(_, run)| &run.units);
    let brought: Vec<String> = units
        .filter_map(|unit| unit.effects.writes.iter().find_map(|w| survey.inputs.heuristics.command(&w.by)))
        .filter(|rule| rule.brings.iter().any(|name| called.contains(name)))
        .map(|rule| rule.patterns[0].first.clone())
        .collect();
    called.extend(brought);
    called
}

/// True when neither the base image nor the build has a command for certain: some installed package brings it. A directory
/// of dependencies has the commands of the packages that are declared.
pub(crate) fn is_unprovided(survey: &Survey<'_>, name: &str) -> bool {
    let among_dependencies = |path: &str| {
        let exact = |e: &Entry| e.path == path;
        let certain = survey.is_from_context(path) || survey.image.entries().any(|(_, e)| exact(e));
        let holds = |e: &Entry| e.purpose == WriteKind::Dependency && survey.image.holds(e, path);
        !certain && survey.image.entries().any(|(_, e)| holds(e)) && !survey.declared.brings(name)
    };
    !survey.before.commands.contains(name)
        && !survey.is_installed(name)
        && survey.built_command(name).is_none_or(|path| among_dependencies(&path))
}

/// True for a command that the heuristics know as one that builds or checks.
fn is_build_command(survey: &Survey<'_>, name: &str) -> bool {
    let argv = [Arg { text: name.to_owned(), exact: true }];
    let rule = survey.inputs.heuristics.match_command(&argv);
    rule.is_some_and(|rule| matches!(rule.role, CommandRole::Build | CommandRole::Check))
}

/// True when all that the entry's part installs are tools of the build which nothing calls.
fn is_tools(survey: &Survey<'_>, entry: &Entry, called: &BTreeSet<String>, unprovided: bool) -> bool {
    let heuristics = survey.inputs.heuristics;
    if let Some(installer) = heuristics.installer_named(&entry.by) {
        return !installer.brings.is_empty() && !installer.brings.iter().any(|c| called.contains(c.as_str()));
    }
    let Some(unit) = survey.unit(entry.at) else { return false };
    let Some(rule) = heuristics.command(&entry.by) else { return false };
    if !rule.brings.is_empty() {
        return rule.global && !rule.brings.iter().any(|name| called.contains(name.as_str()));
    }
    let names = tool_names(unit);
    let tools = heuristics.ecosystem(&rule.ecosystem).map_or(&[][..], |e| &e.detect.build_packages);
    // A command that was installed for no project is found by its name only, and everything that runs was looked at.
    let heard = survey.started.as_ref().is_some_and(|started| started.own) && survey.demands.unread.is_empty();
    let unheard = |name: &String| rule.global && heard && survey.sources_mention(name) == Some(false);
    let is_tool = |name: &String| (tools.contains(name) || unheard(name)) && !called.contains(paths::name(name));
    // A tool's package may bring a command of another name.
    unit.effects.manifests.is_empty() && !names.is_empty() && names.iter().all(is_tool) && !unprovided
}

/// The packages that a part of a RUN installs by name.
fn tool_names(unit: &Unit) -> Vec<String> {
    unit.effects.installs.iter().map(|(name, _)| normal(name)).collect()
}

/// True when a directory of the system can come from the builder as a whole: the base image has nothing there, or the same as
/// the runtime base.
pub(crate) fn is_carried_whole(survey: &Survey<'_>, path: &str) -> bool {
    let local = paths::is_within("/usr/local", path) || path == "/opt";
    local && survey.target.keeps_local
}

/// Parts of RUN instructions that install commands beside their interpreter, and what of it stays: a copy would take a second
/// interpreter along, so they are installed again.
pub(crate) fn installs_commands(survey: &Survey<'_>, unit: &Unit) -> Option<String> {
    let installs = |w: &&PathWrite| w.kind == WriteKind::Dependency;
    let rule = unit.effects.writes.iter().find(installs).and_then(|w| survey.inputs.heuristics.command(&w.by))?;
    let named = !rule.brings.is_empty() || !tool_names(unit).is_empty();
    (rule.global && named).then(|| rule.patterns[0].first.clone())
}
