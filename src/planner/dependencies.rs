//! The packages of a language that a file installs, as its manifests and command lines declare them.

mod compiled;
mod manifests;

use super::development;
use crate::analyzer::{Action, Analysis, Inputs, Unit};
use crate::facts::heuristics::{Heuristics, glob};
use crate::facts::libraries::from_source;
use crate::facts::{callers, registry};
use crate::paths;
use manifests::{
    json_names, lock_names, npm_lock_names, pinned, requirement_names, setup_cfg_names, setup_names, toml_names,
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) use compiled::{compiled, names_of_tables};

/// One declared dependency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Dependency {
    /// Id of the heuristics file whose command installs it.
    pub(crate) ecosystem: String,
    /// Name in lower case, `_` and `.` written as `-`.
    pub(crate) name: String,
    /// The version, when exactly one is asked for.
    pub(crate) version: Option<String>,
    /// It is compiled even if a ready-made package exists.
    pub(crate) from_source: bool,
}

/// What is known of the dependencies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Declared {
    pub(crate) found: Vec<Dependency>,
    /// Manifests that could not be read, in words.
    pub(crate) unread: Vec<String>,
    /// Packages that neither a table nor a lock file has, as they are named.
    pub(crate) unknown: Vec<String>,
    /// Commands that packages of lock files bring.
    pub(crate) commands: BTreeSet<String>,
    /// Some package is known to bring data files beside itself.
    pub(crate) brings_data: bool,
}

impl Declared {
    /// True for a command that a declared package brings.
    pub(crate) fn brings(&self, command: &str) -> bool {
        self.commands.contains(command) || self.found.iter().any(|d| d.name == command)
    }

    /// Adds what comes with the packages of languages whose registry is known, and notes those that nobody knows.
    fn complete(&mut self, heuristics: &Heuristics, locks: &[String]) {
        let ecosystems: BTreeSet<String> = self.found.iter().map(|d| d.ecosystem.clone()).collect();
        let native = |id: &&String| heuristics.ecosystem(id).is_some_and(|e| e.detect.native_packages);
        for ecosystem in ecosystems.iter().filter(native) {
            let of_it = self.found.iter().filter(|d| d.ecosystem == *ecosystem && !d.name.is_empty());
            let known = |name: &str| matches!(callers::behaviour(ecosystem, name), callers::Knowledge::Known(_));
            let unknown: Vec<String> = of_it.filter(|d| !known(&d.name)).map(|d| d.name.clone()).collect();
            self.unknown.extend(unknown);
        }
        for ecosystem in ecosystems.iter().filter(|ecosystem| registry::facts_of(ecosystem).is_some()) {
            let direct: BTreeSet<String> =
                self.found.iter().filter(|d| d.ecosystem == *ecosystem).map(|d| d.name.clone()).collect();
            let detect = heuristics.ecosystem(ecosystem).map(|e| &e.detect);
            let tools = |name: &String| {
                let lists = detect.into_iter().flat_map(|d| [&d.build_packages, &d.installer_packages]);
                lists.into_iter().flatten().any(|tool| glob(tool, name))
            };
            let unknown = direct.iter().filter(|name| {
                if name.is_empty() || tools(name) || locks.iter().any(|text| text.contains(name.as_str())) {
                    return false;
                }
                let known = matches!(callers::behaviour(ecosystem, name), callers::Knowledge::Known(_));
                !known && registry::published(ecosystem, name).is_none()
            });
            self.unknown.extend(unknown.cloned());
            let closure = registry::closure(ecosystem, direct.iter().map(String::as_str));
            self.brings_data |=
                closure.names.iter().any(|name| registry::published(ecosystem, name).is_some_and(|p| p.data_files));
            let more = closure.names.into_iter().filter(|name| !direct.contains(name));
            let ecosystem = ecosystem.clone();
            self.found.extend(more.map(|name| Dependency {
                ecosystem: ecosystem.clone(),
                name,
                version: None,
                from_source: false,
            }));
        }
    }
}

/// Reads the manifests that the file's steps install from.
pub(crate) fn declared(inputs: Inputs<'_>, analysis: &Analysis) -> Declared {
    let mut locks: BTreeMap<String, String> = BTreeMap::new();
    let mut names: BTreeMap<(String, String), bool> = BTreeMap::new();
    let mut versions: BTreeMap<String, String> = BTreeMap::new();
    let mut unread = Vec::new();
    for step in &analysis.steps {
        let Action::Run(run) = &step.action else { continue };
        for unit in &run.units {
            let effects = &unit.effects;
            for (path, ecosystem) in &effects.manifests {
                let text = analysis.files.text(path, inputs.context).unwrap_or_default();
                versions.extend(pinned(&text));
                let asks = |line: &str| from_source().options.iter().any(|o| line.trim_start().starts_with(o.as_str()));
                let from_source = effects.from_source || text.lines().any(asks);
                // What a tool exports from a lock file names what that does.
                let listing = inputs.heuristics.ecosystem(ecosystem).map_or(&[][..], |e| &e.detect.lock_files);
                let beside = listing.iter().map(|lock| paths::join(paths::parent(path), lock));
                let beside: Vec<String> = beside.collect();
                for lock in &beside {
                    if let Some(text) = analysis.files.text(lock, inputs.context) {
                        locks.insert(lock.clone(), text);
                    }
                }
                let locked = beside.iter().find_map(|lock| manifest_names(lock, inputs, analysis));
                let found = match (manifest_names(path, inputs, analysis), locked) {
                    (Some(named), Some(locked)) => Some([named, locked].concat()),
                    (named, locked) => named.or(locked),
                };
                let found_nothing = found.is_none() && analysis.files.text(path, inputs.context).is_some();
                let part = &run.text[unit.range.clone()];
                let beside = |name: &str| {
                    let directory = if text.is_empty() { path.as_str() } else { paths::parent(path) };
                    analysis.files.text(&paths::join(directory, name), inputs.context)
                };
                let left_out = development::left_out(inputs, step.instruction, part, effects, &beside);
                match found {
                    Some(found) => {
                        for name in found.into_iter().filter(|name| !left_out.contains(name)) {
                            *names.entry((ecosystem.clone(), name)).or_default() |= from_source;
                        }
                    }
                    None if path.ends_with(".txt") => unread.push(format!("`{path}` could not be read")),
                    None => {}
                }
                let native = inputs.heuristics.ecosystem(ecosystem).is_some_and(|e| e.detect.native_packages);
                if native && found_nothing && unread.is_empty() && !listing.contains(&paths::name(path).to_owned()) {
                    unread.push(format!("`{path}` has no lock file beside it, and may ask for any package"));
                }
                if let Some(manifest) = computed_manifest(path, inputs, analysis) {
                    unread.push(format!("`{manifest}` computes what it depends on"));
                }
            }
            for (path, ecosystem) in &effects.compiled {
                for name in compiled::project_names(path, inputs, analysis) {
                    names.entry((ecosystem.clone(), name)).or_default();
                }
            }
            for (word, ecosystem) in &effects.installs {
                // A path or a pattern is a file that the build made.
                let file = word.starts_with(['.', '/']) || word.contains('*') || word.ends_with(".whl");
                if !file {
                    versions.extend(pinned(word));
                    *names.entry((ecosystem.clone(), normal(word))).or_default() |= effects.from_source;
                }
            }
        }
    }
    let found = names
        .into_iter()
        .map(|((ecosystem, name), from_source)| Dependency {
            ecosystem,
            version: versions.get(&name).cloned(),
            name,
            from_source,
        })
        .collect();
    let mut declared = Declared { found, unread, ..Declared::default() };
    let locks: Vec<String> = locks.into_values().collect();
    declared.commands = locks.iter().flat_map(|text| development::lock::commands(text)).collect();
    declared.complete(inputs.heuristics, &locks);
    declared
}

/// Everything that a part of a RUN installs of an ecosystem, with what comes along, as far as the tables or a lock file tell;
/// nothing where one of `elsewhere` stands in what says so.
pub(crate) fn installed_by(
    inputs: Inputs<'_>,
    analysis: &Analysis,
    unit: &Unit,
    ecosystem: &str,
    elsewhere: &[String],
) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (path, _) in unit.effects.manifests.iter().filter(|(_, of)| of == ecosystem) {
        let text = analysis.files.text(path, inputs.context).unwrap_or_default();
        if elsewhere.iter().any(|word| text.contains(word.as_str())) {
            return BTreeSet::new();
        }
        names.extend(manifest_names(path, inputs, analysis).unwrap_or_default());
    }
    let named = unit.effects.installs.iter().filter(|(word, of)| of == ecosystem && !word.starts_with(['.', '/']));
    names.extend(named.map(|(word, _)| normal(word)));
    names.remove("");
    registry::closure(ecosystem, names.iter().map(String::as_str)).names
}

/// Names in one manifest, or in the manifests of a directory.
fn manifest_names(path: &str, inputs: Inputs<'_>, analysis: &Analysis) -> Option<Vec<String>> {
    let read = |path: &str| analysis.files.text(path, inputs.context);
    if let Some(text) = read(path) {
        return Some(match path.rsplit('.').next() {
            Some("json") => npm_lock_names(&text).or_else(|| json_names(&text))?,
            Some("toml") => toml_names(&text)?,
            Some("py") => setup_names(&text)?,
            Some("cfg") => setup_cfg_names(&text),
            Some("lock") => lock_names(&text)?,
            _ if paths::name(path) == "Pipfile" => toml_names(&text)?,
            Some("txt" | "in") => requirement_names(&text, path, &read, 0),
            _ => return None,
        });
    }
    let inner = ["package.json", "pyproject.toml", "requirements.txt", "setup.py", "setup.cfg"];
    let mut names = Vec::new();
    let mut any = false;
    for name in inner {
        let path = paths::join(path, name);
        if read(&path).is_some() {
            any = true;
            names.extend(manifest_names(&path, inputs, analysis).unwrap_or_default());
        }
    }
    any.then_some(names)
}

/// A directory's manifest that computes its dependencies, or reads them from elsewhere.
fn computed_manifest(directory: &str, inputs: Inputs<'_>, analysis: &Analysis) -> Option<String> {
    let read = |name: &str| {
        let path = paths::join(directory, name);
        analysis.files.text(&path, inputs.context).map(|text| (path, text))
    };
    if let Some((path, text)) = read("setup.py")
        && setup_names(&text).is_none()
    {
        return Some(path);
    }
    let (path, text) = read("pyproject.toml")?;
    let value: toml::Value = toml::from_str(&text).ok()?;
    let dynamic = value.get("project")?.get("dynamic")?.as_array()?;
    let asks = dynamic.iter().any(|key| key.as_str().is_some_and(|key| key.ends_with("dependencies")));
    let told = read("requirements.txt").is_some() || read("setup.py").is_some() || read("setup.cfg").is_some();
    (asks && !told).then_some(path)
}

/// The name at the start of a requirement, in normal form.
pub(super) fn normal(requirement: &str) -> String {
    if requirement.starts_with('@') {
        return requirement.rsplit_once('@').filter(|(n, _)| !n.is_empty()).map_or(requirement, |(n, _)| n).to_owned();
    }
    let end = requirement
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .unwrap_or(requirement.len());
    requirement[..end].to_ascii_lowercase().replace(['_', '.'], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_npm_keep_their_scope() {
        assert_eq!(normal("@scope/pkg@1.0"), "@scope/pkg");
        assert_eq!(normal("express@4"), "express");
    }
}
