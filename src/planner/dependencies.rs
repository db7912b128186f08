//! The packages of a language that a file installs, as its manifests and command lines declare them.

use crate::analyzer::{Action, Analysis, Inputs};
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
}

/// Reads the manifests that the file's steps install from.
pub(crate) fn declared(inputs: Inputs<'_>, analysis: &Analysis) -> Declared {
    let mut names: BTreeMap<(String, String), bool> = BTreeMap::new();
    let mut versions: BTreeMap<String, String> = BTreeMap::new();
    let mut unread = Vec::new();
    for step in &analysis.steps {
        let Action::Run(run) = &step.action else { continue };
        for unit in &run.units {
            let effects = &unit.effects;
            for (path, ecosystem) in &effects.manifests {
                versions.extend(analysis.files.text(path, inputs.context).iter().flat_map(|text| pinned(text)));
                match manifest_names(path, inputs, analysis) {
                    Some(found) => {
                        for name in found {
                            *names.entry((ecosystem.clone(), name)).or_default() |= effects.from_source;
                        }
                    }
                    None if path.ends_with(".txt") => unread.push(format!("`{path}` could not be read")),
                    None => {}
                }
            }
            for (word, ecosystem) in &effects.installs {
                if !word.starts_with(['.', '/']) {
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
    Declared { found, unread }
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
            Some("json") => json_names(&text)?,
            Some("toml") => toml_names(&text)?,
            Some("lock") => lock_names(&text)?,
            _ => requirement_names(&text, path, &read, 0),
        });
    }
    let inner = ["package.json", "pyproject.toml", "requirements.txt"];
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
            names.extend(map.keys().cloned());
        }
    }
    Some(names)
}

fn toml_names(text: &str) -> Option<Vec<String>> {
    let value: toml::Value = toml::from_str(text).ok()?;
    let mut names = Vec::new();
    if let Some(list) = value.get("project").and_then(|p| p.get("dependencies")).and_then(|d| d.as_array()) {
        names.extend(list.iter().filter_map(|v| v.as_str()).map(normal));
    }
    let poetry = value.get("tool").and_then(|t| t.get("poetry")).and_then(|p| p.get("dependencies"));
    if let Some(table) = poetry.and_then(|d| d.as_table()) {
        names.extend(table.keys().map(|k| normal(k)));
    }
    Some(names)
}

/// The packages that a lock file lists; one that is neither TOML nor JSON says nothing.
fn lock_names(text: &str) -> Option<Vec<String>> {
    if let Ok(value) = toml::from_str::<toml::Value>(text) {
        let packages = value.get("package")?.as_array()?;
        return Some(packages.iter().filter_map(|p| p.get("name")?.as_str()).map(normal).collect());
    }
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(value.get("default")?.as_object()?.keys().map(|name| normal(name)).collect())
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
        assert_eq!(lock_names("# yarn lockfile v1\na@1:\n  b"), None);
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
