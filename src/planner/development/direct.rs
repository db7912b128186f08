//! What a project asks for directly: always, and for its development.

use super::lock::Lock;
use super::lock::python::{declared, wanted};
use crate::facts::development::{Declares, Language, Manager};
use serde_json::Value;
use std::collections::BTreeSet;

/// The direct dependencies of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Direct {
    /// Those that stay, with their extras (`name[extra]`) beside them.
    pub(super) lasting: BTreeSet<String>,
    /// Those that only development asks for.
    pub(super) development: BTreeSet<String>,
    /// The groups of the latter, where the manager has groups.
    pub(super) groups: Vec<String>,
}

/// A manifest, JSON or TOML by its name.
pub(super) fn manifest(name: &str, text: &str) -> Option<Value> {
    let text = text.trim_start_matches('\u{feff}');
    match name.ends_with(".toml") {
        true => toml::from_str(text).ok(),
        false => serde_json::from_str(text).ok(),
    }
}

/// What stands at a key of a manifest, whose parts have dots between them.
pub(super) fn at<'v>(manifest: &'v Value, key: &str) -> Option<&'v Value> {
    key.split('.').try_fold(manifest, |value, part| value.get(part))
}

/// What a project asks for, by its manifest and its lock file, when a manager is called with `words`; nothing where the two do
/// not fit together.
pub(super) fn direct(
    language: &Language,
    manager: &Manager,
    manifest: &Value,
    lock: Option<&Lock>,
    words: &[&str],
) -> Option<Direct> {
    let mut found = match manager.declares {
        Declares::Keys => {
            let names = |keys: &[String]| -> BTreeSet<String> {
                let tables = keys.iter().filter_map(|key| manifest.get(key)?.as_object());
                tables.flat_map(|table| table.keys().cloned()).collect()
            };
            let development = names(&language.development);
            Direct { lasting: names(&language.lasting), development, groups: Vec::new() }
        }
        Declares::DefaultGroups => of_default_groups(language, manager, manifest, lock?, words)?,
        Declares::PoetryGroups => of_poetry(language, manager, manifest, lock?, words)?,
    };
    let lasting = &found.lasting;
    found.development.retain(|name| !lasting.contains(name));
    Some(found)
}

/// The names of a list of requirements that hold on every system, and whether it takes others in.
fn listed(list: Option<&Value>) -> (BTreeSet<String>, bool) {
    let list: Vec<&Value> = list.and_then(Value::as_array).into_iter().flatten().collect();
    let texts = list.iter().filter_map(|entry| entry.as_str()).filter(|text| !text.contains(';'));
    (texts.flat_map(wanted).collect(), list.iter().any(|entry| entry.is_object()))
}

/// uv: the lock file says what each group is; the manifest says which are installed unasked.
fn of_default_groups(
    language: &Language,
    manager: &Manager,
    manifest: &Value,
    lock: &Lock,
    words: &[&str],
) -> Option<Direct> {
    let own = lock.own.as_ref()?;
    let says_no_more =
        |listed: BTreeSet<String>, locked: &BTreeSet<String>| listed.iter().all(|name| locked.contains(name));
    if !says_no_more(listed(at(manifest, "project.dependencies")).0, &own.lasting) {
        return None;
    }
    let defaults: Option<Vec<&str>> = match at(manifest, "tool.uv.default-groups") {
        None => Some(vec!["dev"]),
        Some(Value::Array(names)) => Some(names.iter().filter_map(Value::as_str).collect()),
        Some(_) => None,
    };
    let is_installed = |group: &str| defaults.as_ref().is_none_or(|defaults| defaults.contains(&group));
    let mut found = Direct { lasting: own.lasting.clone(), ..Direct::default() };
    for (group, names) in own.groups.iter().filter(|(group, _)| is_installed(group)) {
        let (in_manifest, _) = listed(at(manifest, "dependency-groups").and_then(|groups| groups.get(group)));
        let (old, _) = listed(at(manifest, "tool.uv.dev-dependencies").filter(|_| group == "dev"));
        if !says_no_more(in_manifest, names) || !says_no_more(old, names) {
            return None;
        }
        if language.groups.contains(group) {
            found.development.extend(names.iter().filter(|name| !name.contains('[')).cloned());
            found.groups.push(group.clone());
        } else {
            found.lasting.extend(names.iter().cloned());
        }
    }
    let [one, all] = manager.extras.as_slice() else { return Some(found) };
    let told = |extra: &str| {
        words.contains(&format!("{one}={extra}").as_str()) || words.windows(2).any(|two| two == [one, extra])
    };
    let asked = own.extras.iter().filter(|(extra, _)| words.contains(&all.as_str()) || told(extra));
    found.lasting.extend(asked.flat_map(|(_, names)| names.iter().cloned()));
    Some(found)
}

/// Poetry: groups that are not optional are installed.
fn of_poetry(language: &Language, manager: &Manager, manifest: &Value, lock: &Lock, words: &[&str]) -> Option<Direct> {
    let own = at(manifest, "tool.poetry.dependencies").and_then(Value::as_object);
    let mut found = Direct { lasting: declared(own), ..Direct::default() };
    found.lasting.extend(listed(at(manifest, "project.dependencies")).0);
    if manager.extras.iter().any(|all| words.contains(&all.as_str())) {
        found.lasting.extend(
            own.into_iter().flat_map(|own| own.keys()).filter(|name| *name != "python").flat_map(|name| wanted(name)),
        );
        let extras = at(manifest, "project.optional-dependencies").and_then(Value::as_object);
        found
            .lasting
            .extend(extras.into_iter().flat_map(|extras| extras.values()).flat_map(|list| listed(Some(list)).0));
    }
    let old = at(manifest, "tool.poetry.dev-dependencies").map(|table| ("dev", table));
    let groups = at(manifest, "tool.poetry.group").and_then(Value::as_object).into_iter().flatten();
    let groups = groups.filter(|(_, group)| group.get("optional").and_then(Value::as_bool) != Some(true));
    let groups = groups.filter_map(|(name, group)| Some((name.as_str(), group.get("dependencies")?)));
    for (group, table) in groups.chain(old) {
        let names = declared(table.as_object());
        if language.groups.iter().any(|known| known == group) {
            found.development.extend(names.into_iter().filter(|name| !name.contains('[')));
            found.groups.push(group.to_owned());
        } else {
            found.lasting.extend(names);
        }
    }
    found.groups.dedup();
    // What the lock file does not list was asked for after it was written.
    let direct = found.lasting.iter().chain(&found.development).filter(|name| !name.contains('['));
    direct.into_iter().all(|name| lock.has(name)).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::development::{LockForm, development};

    const LOCK: &str = "[[package]]\nname = \"shop\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"web\" }]\n[package.optional-dependencies]\npg = [{ name = \"psycopg\" }]\n\
        [package.dev-dependencies]\ndev = [{ name = \"pytest\" }]\nlint = [{ name = \"ruff\" }]\nworker = [{ name = \"celery\" }]\n\
        [[package]]\nname = \"web\"\n[[package]]\nname = \"psycopg\"\n[[package]]\nname = \"pytest\"\n[[package]]\nname = \"ruff\"\n[[package]]\nname = \"celery\"\n";

    fn shown(rule: &str, manifest: &str, words: &[&str]) -> String {
        let language = development().language("python").unwrap();
        let manager = development().managers(rule).next().unwrap();
        let lock = Lock::parse(LockForm::Uv, LOCK).unwrap();
        let manifest = super::manifest("pyproject.toml", manifest).unwrap();
        let Some(found) = direct(language, manager, &manifest, Some(&lock), words) else { return "nothing".to_owned() };
        let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(" ");
        format!("{} | {} | {}", list(&found.lasting), list(&found.development), found.groups.join(" "))
    }

    #[test]
    fn groups_of_uv() {
        const MANIFEST: &str = "[project]\ndependencies = [\"Web>=1\", \"win ; sys_platform == 'win32'\"]\n[dependency-groups]\ndev = [\"pytest\", {include-group = \"lint\"}]\n";
        let of = |more: &str, words: &[&str]| shown("python/uv-sync", &format!("{MANIFEST}{more}"), words);
        assert_eq!(of("", &[]), "web | pytest | dev");
        assert_eq!(of("", &["--extra", "pg"]), "psycopg web | pytest | dev");
        assert_eq!(of("", &["--all-extras"]), "psycopg web | pytest | dev");
        // What is installed unasked and is no group of development stays.
        assert_eq!(of("[tool.uv]\ndefault-groups = [\"lint\", \"worker\"]\n", &[]), "celery web | ruff | lint");
        assert_eq!(of("[tool.uv]\ndefault-groups = \"all\"\n", &[]), "celery web | pytest ruff | dev lint");
        assert_eq!(of("[tool.uv]\ndev-dependencies = [\"black\"]\n", &[]), "nothing");
        assert_eq!(shown("python/uv-sync", "[project]\ndependencies = [\"other\"]\n", &[]), "nothing");
    }

    #[test]
    fn groups_of_poetry() {
        const MANIFEST: &str = "[tool.poetry.dependencies]\npython = \"^3.11\"\nweb = \"1\"\npsycopg = {version = \"3\", optional = true}\n\
            [tool.poetry.group.test.dependencies]\npytest = \"8\"\n[tool.poetry.group.worker.dependencies]\ncelery = \"5\"\n";
        let of = |more: &str, words: &[&str]| shown("python/poetry-install", &format!("{MANIFEST}{more}"), words);
        assert_eq!(of("", &[]), "celery web | pytest | test");
        assert_eq!(of("", &["--all-extras"]), "celery psycopg web | pytest | test");
        assert_eq!(of("[tool.poetry.dev-dependencies]\nruff = \"1\"\n", &[]), "celery web | pytest ruff | test dev");
        assert_eq!(
            of("[tool.poetry.group.lint]\noptional = true\n[tool.poetry.group.lint.dependencies]\nruff = \"1\"\n", &[]),
            "celery web | pytest | test"
        );
        assert_eq!(of("[tool.poetry.dev-dependencies]\nunlisted = \"1\"\n", &[]), "nothing");
        let new = "[project]\ndependencies = [\"web (>=1)\"]\n[tool.poetry.group.dev.dependencies]\nruff = \"1\"\n";
        assert_eq!(shown("python/poetry-install", new, &[]), "web | ruff | dev");
    }

    #[test]
    fn manifests_of_both_forms() {
        assert!(manifest("package.json", "\u{feff}{}").is_some() && manifest("pyproject.toml", "[a]\nb = 1").is_some());
        assert!(manifest("package.json", "[a]").is_none() && manifest("pyproject.toml", "{}").is_none());
        let value = manifest("pyproject.toml", "[tool.uv.workspace]\nmembers = []").unwrap();
        assert!(at(&value, "tool.uv.workspace").is_some() && at(&value, "tool.x.workspace").is_none());
    }
}
