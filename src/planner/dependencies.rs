//! The packages of a language that a file installs, as its manifests and command lines declare them.

use super::development;
use crate::analyzer::{Action, Analysis, Inputs, Unit};
use crate::facts::heuristics::{Heuristics, glob};
use crate::facts::libraries::from_source;
use crate::facts::{callers, registry};
use std::collections::{BTreeMap, BTreeSet};

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
                let beside = listing.iter().map(|lock| crate::paths::join(crate::paths::parent(path), lock));
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
                    let directory = if text.is_empty() { path.as_str() } else { crate::paths::parent(path) };
                    analysis.files.text(&crate::paths::join(directory, name), inputs.context)
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
                if native
                    && found_nothing
                    && unread.is_empty()
                    && !listing.contains(&crate::paths::name(path).to_owned())
                {
                    unread.push(format!("`{path}` has no lock file beside it, and may ask for any package"));
                }
                if let Some(manifest) = computed_manifest(path, inputs, analysis) {
                    unread.push(format!("`{manifest}` computes what it depends on"));
                }
            }
            for (path, ecosystem) in &effects.compiled {
                for name in project_names(path, inputs, analysis) {
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
    declared.commands = locks.iter().flat_map(|text| super::development::lock::commands(text)).collect();
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

/// A package that a compiled program is made with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Compiled {
    /// Id of the heuristics file whose command compiles it.
    pub(crate) ecosystem: String,
    /// Its name.
    pub(crate) name: String,
    /// Features that it is asked for with, or packages that it depends on.
    pub(crate) with: BTreeSet<String>,
}

/// Reads the manifests of the programs that the file's steps compile.
pub(crate) fn compiled(inputs: Inputs<'_>, analysis: &Analysis) -> BTreeSet<Compiled> {
    let mut found = BTreeSet::new();
    let runs = analysis.steps.iter().filter_map(|step| match &step.action {
        Action::Run(run) => Some(run),
        _ => None,
    });
    for (path, ecosystem) in runs.flat_map(|run| &run.units).flat_map(|unit| &unit.effects.compiled) {
        let text = crate::facts::libraries::manifests_of_compiled(ecosystem).iter().find_map(|name| {
            // The manifest of a workspace lies above its members.
            let mut directory = path.as_str();
            loop {
                let text = analysis.files.text(&crate::paths::join(directory, name), inputs.context);
                if text.is_some() || directory == "/" || directory.is_empty() {
                    return text;
                }
                directory = crate::paths::parent(directory);
            }
        });
        for (name, with) in text.iter().flat_map(|text| compiled_with(text)) {
            found.insert(Compiled { ecosystem: ecosystem.clone(), name, with });
        }
    }
    found
}

/// Packages of a lock file with what they depend on, or of a manifest with the features that they are asked for with.
fn compiled_with(text: &str) -> Vec<(String, BTreeSet<String>)> {
    let Ok(manifest) = text.parse::<toml::Table>() else { return Vec::new() };
    let words = |list: Option<&toml::Value>| {
        let list = list.and_then(|list| list.as_array()).into_iter().flatten();
        list.filter_map(|word| word.as_str()?.split(' ').next().map(str::to_owned)).collect()
    };
    if let Some(packages) = manifest.get("package").and_then(|packages| packages.as_array()) {
        let named = |package: &toml::Value| {
            Some((package.get("name")?.as_str()?.to_owned(), words(package.get("dependencies"))))
        };
        return packages.iter().filter_map(named).collect();
    }
    let shared = manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let tables = [manifest.get("dependencies"), shared].into_iter().flatten().filter_map(|table| table.as_table());
    tables
        .flatten()
        .map(|(name, how)| {
            let name = how.get("package").and_then(|name| name.as_str()).unwrap_or(name);
            (name.to_owned(), words(how.get("features")))
        })
        .collect()
}

/// Names and versions of `NAME==VERSION` lines.
fn pinned(text: &str) -> BTreeMap<String, String> {
    let pin = |line: &str| {
        let (name, rest) = line.split_once("==")?;
        let version: String = rest.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '.').collect();
        (!version.is_empty()).then(|| (normal(name.trim()), version))
    };
    text.lines().filter_map(pin).collect()
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
            _ if crate::paths::name(path) == "Pipfile" => toml_names(&text)?,
            Some("txt" | "in") => requirement_names(&text, path, &read, 0),
            _ => return None,
        });
    }
    let inner = ["package.json", "pyproject.toml", "requirements.txt", "setup.py", "setup.cfg"];
    let mut names = Vec::new();
    let mut any = false;
    for name in inner {
        let path = crate::paths::join(path, name);
        if read(&path).is_some() {
            any = true;
            names.extend(manifest_names(&path, inputs, analysis).unwrap_or_default());
        }
    }
    any.then_some(names)
}

/// The most files that are looked at for projects.
const MANY_PROJECTS: usize = 20_000;

/// Packages that project files of MSBuild below a path ask for.
fn project_names(path: &str, inputs: Inputs<'_>, analysis: &Analysis) -> Vec<String> {
    let is_project = |name: &str| {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        ending.ends_with("proj") || ending == "props" || ending == "targets"
    };
    let mut names = Vec::new();
    for landing in analysis.files.landings() {
        let inside = crate::paths::is_within(path, &landing.destination)
            || landing.tree && crate::paths::is_within(&landing.destination, path);
        if !inside {
            continue;
        }
        let found = match landing.tree {
            true => crate::context::walk(inputs.context, &landing.source, MANY_PROJECTS).unwrap_or_default(),
            false => vec![(landing.source.clone(), inputs.context.entry(&landing.source))],
        };
        for (file, _) in found.iter().filter(|(file, _)| is_project(crate::paths::name(file))) {
            let text = inputs.context.text(file).unwrap_or_default();
            names.extend(package_references(&text));
        }
    }
    names
}

/// `<PackageReference Include="NAME"`.
fn package_references(text: &str) -> Vec<String> {
    let of_tag = |rest: &str| {
        let tag = rest.split('>').next()?;
        let value = tag.split("Include=").nth(1)?.trim_start();
        let quote = value.chars().next().filter(|c| "'\"".contains(*c))?;
        value[1..].split(quote).next().map(normal)
    };
    text.split("<PackageReference").skip(1).filter_map(of_tag).collect()
}

/// A directory's manifest that computes its dependencies, or reads them from elsewhere.
fn computed_manifest(directory: &str, inputs: Inputs<'_>, analysis: &Analysis) -> Option<String> {
    let read = |name: &str| {
        let path = crate::paths::join(directory, name);
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

/// Names in the lists of `setup.py`; nothing where one is no list or table of texts.
fn setup_names(text: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for key in ["install_requires", "extras_require"] {
        for (at, _) in text.match_indices(key) {
            let rest = text[at + key.len()..].trim_start_matches(['"', '\'']).trim_start();
            let Some(value) = rest.strip_prefix(['=', ':']) else { continue };
            names.extend(texts_of(value.trim_start())?.iter().map(|requirement| normal(requirement)));
        }
    }
    Some(names)
}

/// The texts of a literal list, or of the lists in a literal table; nothing for what is computed.
fn texts_of(literal: &str) -> Option<Vec<String>> {
    let mut texts: Vec<String> = Vec::new();
    let mut depth = 0;
    let mut rest = literal;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '[' | '{' | '(' => depth += 1,
            ']' | '}' | ')' => depth -= 1,
            '#' => rest = rest.find('\n').map_or("", |end| &rest[end..]),
            '"' | '\'' => {
                let (text, after) = rest.split_once(c)?;
                rest = after;
                // A text before a colon names a list.
                if !after.trim_start().starts_with(':') {
                    texts.push(text.to_owned());
                }
            }
            ',' | ':' | ' ' | '\n' | '\r' | '\t' => {}
            _ => return None,
        }
        if depth == 0 {
            // What is added to it is not told.
            let ends = rest.trim_start_matches([' ', '\t']).chars().next().is_none_or(|c| ",)}#;\r\n".contains(c));
            return (ends && matches!(c, ']' | '}')).then_some(texts);
        }
    }
    None
}

/// Names in the lists of `setup.cfg`.
fn setup_cfg_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut section, mut inside) = (String::new(), false);
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
            inside = false;
        } else if !line.starts_with([' ', '\t']) {
            let key = line.split('=').next().unwrap_or_default().trim();
            inside = section == "options" && key == "install_requires"
                || section == "options.extras_require" && !key.is_empty() && !key.starts_with('#');
            let value = line.split_once('=').map_or("", |(_, value)| value.trim());
            if inside && !value.is_empty() {
                names.push(normal(value));
            }
        } else if inside && !line.trim().is_empty() && !line.trim().starts_with('#') {
            names.push(normal(line.trim()));
        }
    }
    names
}

/// Lines of a requirements file; `-r FILE` is followed.
fn requirement_names(text: &str, path: &str, read: &dyn Fn(&str) -> Option<String>, depth: usize) -> Vec<String> {
    let mut names = Vec::new();
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or(line).trim();
        if let Some(file) = line.strip_prefix("-r ").or_else(|| line.strip_prefix("--requirement ")) {
            let inner = crate::paths::join(crate::paths::parent(path), file.trim());
            if let Some(text) = read(&inner).filter(|_| depth < 4) {
                names.extend(requirement_names(&text, &inner, read, depth + 1));
            }
        } else if let Some(project) = line.strip_prefix("-e ").or_else(|| line.strip_prefix("--editable ")) {
            // A project beside the list brings its own.
            let directory =
                crate::paths::join(crate::paths::parent(path), project.split('[').next().unwrap_or(project).trim());
            let manifest = |name: &str| read(&crate::paths::join(&directory, name));
            names.extend(manifest("pyproject.toml").and_then(|text| toml_names(&text)).unwrap_or_default());
            names.extend(manifest("setup.py").and_then(|text| setup_names(&text)).unwrap_or_default());
            names.extend(manifest("setup.cfg").map(|text| setup_cfg_names(&text)).unwrap_or_default());
        } else if !line.is_empty() && !line.starts_with(['#', '-']) {
            names.push(normal(line));
        }
    }
    names
}

fn json_names(text: &str) -> Option<Vec<String>> {
    let value: serde_json::Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    let mut names = Vec::new();
    for key in ["dependencies", "devDependencies", "optionalDependencies"] {
        if let Some(serde_json::Value::Object(map)) = value.get(key) {
            // What lies in the project is no package of a registry.
            let own = |spec: &serde_json::Value| {
                let local = ["file:", "link:", "workspace:", "portal:", "./", "../"];
                spec.as_str().is_some_and(|spec| local.iter().any(|start| spec.starts_with(start)))
            };
            names.extend(map.iter().filter(|(_, spec)| !own(spec)).map(|(name, _)| name.clone()));
        }
    }
    Some(names)
}

/// Groups and extras that are for development, by custom.
const DEVELOPMENT_GROUPS: [&str; 9] =
    ["dev", "develop", "development", "test", "tests", "testing", "lint", "docs", "typing"];

fn toml_names(text: &str) -> Option<Vec<String>> {
    let value: toml::Value = toml::from_str(text).ok()?;
    let mut names = Vec::new();
    if let Some(list) = value.get("project").and_then(|p| p.get("dependencies")).and_then(|d| d.as_array()) {
        names.extend(list.iter().filter_map(|v| v.as_str()).map(normal));
    }
    // What is asked for by an extra or a group is there where a step asks for it; what only development wants does no harm.
    let lists = |table: Option<&toml::Value>| -> Vec<String> {
        let lists = table.and_then(|t| t.as_table()).into_iter().flatten();
        let lists = lists.filter(|(name, _)| !DEVELOPMENT_GROUPS.contains(&name.as_str()));
        lists.filter_map(|(_, list)| list.as_array()).flatten().filter_map(|v| v.as_str()).map(normal).collect()
    };
    names.extend(lists(value.get("project").and_then(|p| p.get("optional-dependencies"))));
    names.extend(lists(value.get("dependency-groups")));
    let groups =
        value.get("tool").and_then(|t| t.get("poetry")).and_then(|p| p.get("group")).and_then(|g| g.as_table());
    for (_, group) in groups.into_iter().flatten().filter(|(name, _)| !DEVELOPMENT_GROUPS.contains(&name.as_str())) {
        let table = group.get("dependencies").and_then(|d| d.as_table());
        names.extend(table.into_iter().flat_map(|table| table.keys()).map(|name| normal(name)));
    }
    // Pipenv's own file.
    if let Some(table) = value.get("packages").and_then(|packages| packages.as_table()) {
        names.extend(table.keys().map(|name| normal(name)));
    }
    let poetry = value.get("tool").and_then(|t| t.get("poetry")).and_then(|p| p.get("dependencies"));
    if let Some(table) = poetry.and_then(|d| d.as_table()) {
        names.extend(table.keys().map(|k| normal(k)));
    }
    Some(names)
}

/// The packages that a lock file lists, those for development left out where it tells; one in another form says nothing.
fn lock_names(text: &str) -> Option<Vec<String>> {
    if text.contains("\nDEPENDENCIES\n") {
        // Bundler: `    name (version)` below the sources.
        let spec = |line: &str| {
            let name = line.strip_prefix("    ").filter(|rest| !rest.starts_with(' '))?;
            name.split_once(" (").map(|(name, _)| name.to_owned())
        };
        return Some(text.lines().filter_map(spec).collect());
    }
    if text.trim_start().starts_with("%{") {
        // Mix: `  "name": {:hex, :name, "1.0", …},`
        let name = |line: &str| {
            let (name, rest) = line.trim_start().strip_prefix('"')?.split_once('"')?;
            rest.starts_with(": {").then(|| normal(name))
        };
        return Some(text.lines().filter_map(name).collect());
    }
    if let Ok(value) = toml::from_str::<toml::Value>(text) {
        let packages = value.get("package")?.as_array()?;
        return Some(packages.iter().filter_map(|p| p.get("name")?.as_str()).map(normal).collect());
    }
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    if let Some(packages) = value.get("packages").and_then(|packages| packages.as_array()) {
        return Some(packages.iter().filter_map(|p| p.get("name")?.as_str()).map(str::to_owned).collect());
    }
    Some(value.get("default")?.as_object()?.keys().map(|name| normal(name)).collect())
}

/// The packages of npm's lock file that are not for development only.
fn npm_lock_names(text: &str) -> Option<Vec<String>> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let packages = value.get("packages")?.as_object()?;
    let lasting = packages.iter().filter(|(_, package)| package.get("dev") != Some(&serde_json::Value::Bool(true)));
    let name = |path: &String| path.rsplit_once("node_modules/").map(|(_, name)| name.to_owned());
    Some(lasting.filter_map(|(path, _)| name(path)).collect())
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
    fn requirement_lines() {
        let text = "# c\nDjango==4.2 # x\npsycopg2[binary]>=2 ; python_version > '3'\n-r more.txt\n--hash=x\nfoo_bar\n";
        let read = |path: &str| (path == "/app/more.txt").then(|| "lxml\n".to_owned());
        assert_eq!(requirement_names(text, "/app/r.txt", &read, 0), ["django", "psycopg2", "lxml", "foo-bar"]);
    }

    #[test]
    fn what_a_program_is_compiled_with() {
        let lock = "version = 3\n[[package]]\nname = \"a-sys\"\ndependencies = [\"cc\", \"b 1.0.0\"]\n[[package]]\nname = \"b\"\n";
        let manifest =
            "[package]\nname = \"app\"\n[dependencies]\nx = { version = \"1\", features = [\"f\"] }\ny = \"2\"\n";
        let workspace = "[workspace]\nmembers = [\"m\"]\n[workspace.dependencies]\nz = { package = \"w\" }\n";
        let shown = |text: &str| {
            let found = compiled_with(text).into_iter();
            let words = found.map(|(name, with)| format!("{name}[{}]", with.into_iter().collect::<Vec<_>>().join(",")));
            words.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(lock), "a-sys[b,cc] b[]");
        assert_eq!(shown(manifest), "x[f] y[]");
        assert_eq!(shown(workspace), "w[]");
        assert_eq!(shown("<"), "");
    }

    #[test]
    fn lock_files_list_packages_and_what_these_could_have() {
        let poetry =
            "[[package]]\nname = \"SQLAlchemy\"\nversion = \"2.0.1\"\n\n[package.extras]\naioodbc = [\"aioodbc\"]\n";
        assert_eq!(lock_names(poetry).unwrap(), ["sqlalchemy"]);
        assert_eq!(lock_names("{\"default\": {\"Lxml\": {}}, \"develop\": {\"x\": {}}}").unwrap(), ["lxml"]);
        let mix = "%{\n  \"plug_crypto\": {:hex, :plug_crypto, \"1.0\", \"x\", [:mix], [], \"hexpm\", \"y\"},\n}\n";
        assert_eq!(lock_names(mix).unwrap(), ["plug-crypto"]);
        assert_eq!(lock_names("# yarn lockfile v1\na@1:\n  b"), None);
    }

    #[test]
    fn projects_of_setuptools() {
        assert_eq!(
            setup_names("setup(install_requires=['psycopg2>=2', \"Django\"],\n extras_require={'x': ['lxml']})")
                .unwrap()
                .join(" "),
            "psycopg2 django lxml"
        );
        assert_eq!(setup_names("setup(name='x')").unwrap(), [""; 0]);
        assert_eq!(setup_names("setup(install_requires=read('requirements.txt'))"), None);
        // Brackets inside of texts end nothing, and comments are none.
        let extras = "setup(install_requires=[\n 'uvicorn[standard]>=0.20',  # 'x'\n 'psycopg2>=2.9',\n])";
        assert_eq!(setup_names(extras).unwrap(), ["uvicorn", "psycopg2"]);
        for computed in ["['a'] + more", "[a]", "['a' if x else 'b']", "['a'"] {
            let text = format!("setup(install_requires={computed})");
            assert_eq!(setup_names(&text), None, "{computed}");
        }
        let cfg = "[metadata]\nname = x\n[options]\npackages = find:\ninstall_requires =\n    psycopg2>=2\n    # c\n    Django\nzip_safe = no\n[options.extras_require]\nmagic =\n    python-magic\n";
        assert_eq!(setup_cfg_names(cfg), ["psycopg2", "django", "python-magic"]);
        let toml = "[project]\nname = \"x\"\ndependencies = [\"a\"]\n[project.optional-dependencies]\nprod = [\"b\"]\ndev = [\"c\"]\n[tool.poetry.group.web.dependencies]\nd = \"1\"\n";
        assert_eq!(toml_names(toml).unwrap(), ["a", "b", "d"]);
        let read =
            |path: &str| (path == "/app/libs/common/setup.py").then(|| "setup(install_requires=['lxml'])".to_owned());
        assert_eq!(requirement_names("-e libs/common\nflask", "/app/requirements.txt", &read, 0), ["lxml", "flask"]);
    }

    #[test]
    fn projects_of_msbuild() {
        let text = "<ItemGroup>\n<PackageReference Include=\"Npgsql\" Version=\"8.0.1\" />\n<PackageReference Version='1'\n Include='A.B'/>\n<PackageReference Update=\"C\" />";
        assert_eq!(package_references(text), ["npgsql", "a-b"]);
    }

    #[test]
    fn exact_versions() {
        let found = pinned("Django==4.2 # x\nlxml>=4\npsycopg2-binary==2.8.3 \\\n  --hash=sha256:0\n");
        assert_eq!(found["django"], "4.2");
        assert_eq!(found["psycopg2-binary"], "2.8.3");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn names_of_npm_keep_their_scope() {
        assert_eq!(normal("@scope/pkg@1.0"), "@scope/pkg");
        assert_eq!(normal("express@4"), "express");
    }
}
