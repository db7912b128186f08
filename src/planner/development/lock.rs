//! Lock files of package managers as graphs: which packages remain when only some of the direct ones are asked for.

pub(super) mod python;

use crate::facts::development::LockForm;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The packages of a lock file by name, all versions of one name together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lock {
    needs: BTreeMap<String, BTreeSet<String>>,
    /// Packages that have to be beside one, whoever brings them.
    peers: BTreeMap<String, BTreeSet<String>>,
    /// Packages that may be there beside one, and that it loads then.
    optional_peers: BTreeMap<String, BTreeSet<String>>,
    /// The packages that bring a command.
    commands: BTreeMap<String, BTreeSet<String>>,
    /// Packages for other systems than Linux on x86-64, which are listed and not installed.
    foreign: BTreeSet<String>,
    /// What the project itself asks for, where the file says so.
    pub(super) own: Option<Own>,
}

/// What a project asks for itself, as a lock file has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Own {
    /// Always.
    pub(super) lasting: BTreeSet<String>,
    /// By the names of its extras.
    pub(super) extras: BTreeMap<String, BTreeSet<String>>,
    /// By the names of its groups.
    pub(super) groups: BTreeMap<String, BTreeSet<String>>,
    /// The project is not installed itself.
    pub(super) is_virtual: bool,
}

/// What stands for a package with one of its extras, beside the package.
pub(super) fn with_extra(name: &str, extra: &str) -> String {
    format!("{name}[{extra}]")
}

impl Lock {
    /// Reads a lock file; nothing for what has another form.
    pub(crate) fn parse(form: LockForm, text: &str) -> Option<Lock> {
        let lock = match form {
            LockForm::Yarn => yarn(text),
            LockForm::Pnpm => pnpm(text)?,
            LockForm::Npm => npm(text)?,
            LockForm::Berry => berry(text)?,
            LockForm::Uv => python::uv(text)?,
            LockForm::Poetry => python::poetry(text)?,
        };
        (!lock.needs.is_empty()).then_some(lock)
    }

    /// All packages that come with `direct`, these among them as far as the file lists them; `peers` says whether what they ask
    /// for as their peer counts.
    pub(crate) fn closure<'a>(&self, direct: impl Iterator<Item = &'a str>, peers: bool) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut todo: Vec<String> = direct.map(str::to_owned).collect();
        while let Some(name) = todo.pop() {
            let more = self.peers.get(&name).into_iter().flatten().filter(|_| peers).cloned().collect::<Vec<_>>();
            if let Some(needs) = self.needs.get(&name)
                && found.insert(name)
            {
                todo.extend(needs.iter().cloned().chain(more));
            }
        }
        found.retain(|name| !name.contains('['));
        found
    }

    /// Every package.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.needs.keys().filter(|name| !name.contains('['))
    }

    /// True when the file lists a package.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.needs.contains_key(name)
    }

    /// True for a package that is made for another system.
    pub(crate) fn is_foreign(&self, name: &str) -> bool {
        self.foreign.contains(name)
    }

    /// Packages that a package loads when they are there.
    pub(crate) fn optional_peers(&self, name: &str) -> impl Iterator<Item = &String> {
        self.optional_peers.get(name).into_iter().flatten()
    }

    /// Packages that have to be beside a package.
    pub(crate) fn peers(&self, name: &str) -> impl Iterator<Item = &String> {
        self.peers.get(name).into_iter().flatten()
    }

    /// The packages that bring a command.
    pub(crate) fn packages_of(&self, command: &str) -> impl Iterator<Item = &String> {
        self.commands.get(command).into_iter().flatten()
    }

    fn add(&mut self, name: &str, needs: impl IntoIterator<Item = String>) {
        self.needs.entry(name.to_owned()).or_default().extend(needs);
    }
}

fn keys(value: Option<&Value>) -> impl Iterator<Item = String> {
    value.and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.clone())
}

/// `package-lock.json` of every version.
fn npm(text: &str) -> Option<Lock> {
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    let mut lock = Lock::default();
    if let Some(packages) = value.get("packages").and_then(Value::as_object) {
        for (path, package) in packages {
            let Some((_, name)) = path.rsplit_once("node_modules/") else { continue };
            let optional = |peer: &String| {
                let meta = package.get("peerDependenciesMeta").and_then(|meta| meta.get(peer));
                meta.and_then(|meta| meta.get("optional")) == Some(&Value::Bool(true))
            };
            let (may, must): (Vec<String>, Vec<String>) = keys(package.get("peerDependencies")).partition(optional);
            let needs = ["dependencies", "optionalDependencies"].iter().flat_map(|key| keys(package.get(key)));
            lock.add(name, needs);
            if is_foreign(package) {
                lock.foreign.insert(name.to_owned());
            }
            lock.peers.entry(name.to_owned()).or_default().extend(must);
            lock.optional_peers.entry(name.to_owned()).or_default().extend(may);
            for command in keys(package.get("bin")) {
                lock.commands.entry(command).or_default().insert(name.to_owned());
            }
        }
        return Some(lock);
    }
    let mut pending = vec![value.get("dependencies")?];
    while let Some(level) = pending.pop() {
        for (name, package) in level.as_object()? {
            lock.add(name, keys(package.get("requires")));
            pending.extend(package.get("dependencies").filter(|inner| inner.is_object()));
        }
    }
    Some(lock)
}

/// Commands that the packages of a lock file put beside a project's dependencies, where the file says so.
pub(crate) fn commands(text: &str) -> BTreeSet<String> {
    let value: Option<Value> = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok();
    let packages = value.as_ref().and_then(|value| value.get("packages")).and_then(Value::as_object);
    // Those of a package that lies in another are found by that one only.
    let direct = |path: &str| path.strip_prefix("node_modules/").is_some_and(|name| !name.contains("node_modules/"));
    let packages = packages.into_iter().flatten().filter(|(path, _)| direct(path));
    packages.flat_map(|(_, package)| keys(package.get("bin"))).collect()
}

/// True for a package whose `os` or `cpu` leave out Linux on x86-64.
fn is_foreign(package: &Value) -> bool {
    let leaves_out = |key: &str, wanted: &str| {
        let listed: Vec<&str> =
            package.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        !listed.is_empty()
            && !listed.iter().any(|word| *word == wanted || word.starts_with('!') && word[1..] != *wanted)
    };
    leaves_out("os", "linux") || leaves_out("cpu", "x64")
}

/// `yarn.lock` from release 2 on, which says more than that of release 1.
fn berry(text: &str) -> Option<Lock> {
    let value: Value = serde_saphyr::from_str(text).ok()?;
    let mut lock = Lock::default();
    value.get("__metadata")?;
    for (key, package) in value.as_object()?.iter().filter(|(key, _)| *key != "__metadata") {
        // The project itself is no package.
        if package.get("linkType").and_then(Value::as_str) == Some("soft") {
            continue;
        }
        let descriptor = key.split(", ").next().unwrap_or_default();
        let name = name_of(descriptor)?;
        let optional = |peer: &String| {
            let meta = package.get("peerDependenciesMeta").and_then(|meta| meta.get(peer));
            meta.and_then(|meta| meta.get("optional")) == Some(&Value::Bool(true))
        };
        let (may, must): (Vec<String>, Vec<String>) = keys(package.get("peerDependencies")).partition(optional);
        lock.add(&name, keys(package.get("dependencies")));
        lock.peers.entry(name.clone()).or_default().extend(must);
        lock.optional_peers.entry(name.clone()).or_default().extend(may);
        for command in keys(package.get("bin")) {
            lock.commands.entry(command).or_default().insert(name.clone());
        }
        let conditions = package.get("conditions").and_then(Value::as_str).unwrap_or_default();
        let other = |key: &str, wanted: &str| {
            conditions.split([' ', '&', '(', ')', '|']).any(|word| word.strip_prefix(key).is_some_and(|v| v != wanted))
        };
        if other("os=", "linux") || other("cpu=", "x64") {
            lock.foreign.insert(name);
        }
    }
    Some(lock)
}

/// `yarn.lock` of every version: a head with one or more descriptors, then indented fields.
fn yarn(text: &str) -> Lock {
    let mut lock = Lock::default();
    let mut current: Option<String> = None;
    let mut inside = false;
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let trimmed = line.trim_start();
        match line.len() - trimmed.len() {
            0 => {
                let first = trimmed.trim_end_matches(':').split(", ").next().unwrap_or_default().trim_matches('"');
                current = name_of(first);
                if let Some(name) = &current {
                    lock.add(name, []);
                }
                inside = false;
            }
            2 => inside = ["dependencies:", "optionalDependencies:"].contains(&trimmed),
            _ if inside => {
                let name = trimmed.split([' ', ':']).next().unwrap_or_default().trim_matches('"');
                if let Some(current) = &current {
                    lock.add(current, [name.to_owned()]);
                }
            }
            _ => {}
        }
    }
    lock
}

/// The name in `name@range`, `@scope/name@range` or `/name@version(peer@version)`.
fn name_of(descriptor: &str) -> Option<String> {
    let descriptor = descriptor.trim_start_matches('/');
    let at = descriptor.get(1..)?.find('@')? + 1;
    Some(descriptor[..at].to_owned())
}

/// `pnpm-lock.yaml`, from version 6 on; older ones write `/name/version`.
fn pnpm(text: &str) -> Option<Lock> {
    let value: Value = serde_saphyr::from_str(text).ok()?;
    let mut lock = Lock::default();
    for section in ["packages", "snapshots"] {
        for (key, package) in value.get(section).and_then(Value::as_object).into_iter().flatten() {
            let old = || {
                let rest = key.strip_prefix('/')?;
                rest.rsplit_once('/').map(|(name, _)| name.to_owned())
            };
            let name = name_of(key).or_else(old)?;
            let needs = ["dependencies", "optionalDependencies"].iter().flat_map(|key| keys(package.get(key)));
            lock.add(&name, needs);
            if is_foreign(package) {
                lock.foreign.insert(name.clone());
            }
            lock.optional_peers.entry(name).or_default().extend(keys(package.get("peerDependenciesMeta")));
        }
    }
    Some(lock)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lock: &Lock, direct: &[&str]) -> String {
        lock.closure(direct.iter().copied(), true).into_iter().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_form_tells_what_remains() {
        let npm = r#"{"lockfileVersion": 3, "packages": {"": {"dependencies": {"a": "1"}},
            "node_modules/a": {"dependencies": {"b": "1"}, "peerDependencies": {"p": "1", "o": "1"}, "peerDependenciesMeta": {"o": {"optional": true}}},
            "node_modules/a/node_modules/b": {"bin": {"run-b": "x"}}, "node_modules/b": {"dependencies": {"@s/c": "1"}},
            "node_modules/@s/c": {}, "node_modules/p": {}, "node_modules/dev": {"dev": true, "dependencies": {"b": "1", "e": "1"}}, "node_modules/e": {}}}"#;
        let lock = Lock::parse(LockForm::Npm, npm).unwrap();
        assert_eq!(shown(&lock, &["a"]), "@s/c a b p");
        assert_eq!(lock.optional_peers("a").collect::<Vec<_>>(), ["o"]);
        assert_eq!(lock.packages_of("run-b").collect::<Vec<_>>(), ["b"]);
        assert_eq!(lock.peers("a").collect::<Vec<_>>(), ["p"]);
        assert!(!lock.closure(["a"].into_iter(), false).contains("p"));
        let old = r#"{"lockfileVersion": 1, "dependencies": {"a": {"requires": {"b": "1"}, "dependencies": {"b": {"requires": {"c": "1"}}}}, "c": {}, "dev": {"dev": true}}}"#;
        assert_eq!(shown(&Lock::parse(LockForm::Npm, old).unwrap(), &["a"]), "a b c");
        let yarn = "# yarn lockfile v1\n\n\n\"@s/a@^1.0\", \"@s/a@^1.1\":\n  version \"1.1\"\n  dependencies:\n    b \"^1\"\n    \"@s/c\" \"^2\"\n\nb@^1:\n  version \"1.0\"\n\n\"@s/c@^2\":\n  version \"2\"\n\ndev@1:\n  version \"1\"\n  dependencies:\n    b \"^1\"\n";
        assert_eq!(shown(&Lock::parse(LockForm::Yarn, yarn).unwrap(), &["@s/a"]), "@s/a @s/c b");
        let berry = "__metadata:\n  version: 8\n\n\"a@npm:^1\":\n  version: 1.0\n  dependencies:\n    b: \"npm:^1\"\n\n\"b@npm:^1\":\n  version: 1.0\n";
        assert_eq!(shown(&Lock::parse(LockForm::Yarn, berry).unwrap(), &["a"]), "a b");
        let more = "__metadata:\n  version: 8\n\n\"a@npm:^1, a@npm:^1.2\":\n  version: 1.0\n  dependencies:\n    \"@s/b\": \"npm:^1\"\n  peerDependencies:\n    p: ^3\n    o: \"*\"\n  peerDependenciesMeta:\n    o:\n      optional: true\n  bin:\n    run-a: x\n  linkType: hard\n\n\"@s/b@patch:@s/b@npm%3A1#x\":\n  version: 1.0\n  conditions: os=darwin & cpu=x64\n\n\"c@npm:1\":\n  conditions: (os=linux | os=linux) & cpu=x64 & libc=glibc\n\n\"p@npm:3\":\n  version: 3\n\n\"shop@workspace:.\":\n  dependencies:\n    a: 1\n  linkType: soft\n";
        let lock = Lock::parse(LockForm::Berry, more).unwrap();
        assert_eq!(shown(&lock, &["a"]), "@s/b a p");
        assert_eq!(lock.names().map(String::as_str).collect::<Vec<_>>(), ["@s/b", "a", "c", "p"]);
        assert_eq!(lock.peers("a").chain(lock.optional_peers("a")).collect::<Vec<_>>(), ["p", "o"]);
        assert_eq!(lock.packages_of("run-a").collect::<Vec<_>>(), ["a"]);
        assert!(lock.is_foreign("@s/b") && !lock.is_foreign("c") && !lock.is_foreign("a"));
        let systems = r#"{"packages": {"node_modules/mac": {"os": ["darwin"], "cpu": ["x64"]}, "node_modules/arm": {"os": ["linux"], "cpu": ["arm64"]},
            "node_modules/here": {"os": ["linux", "darwin"], "cpu": ["x64"]}, "node_modules/not": {"os": ["!win32"]}}}"#;
        let lock = Lock::parse(LockForm::Npm, systems).unwrap();
        let foreign: Vec<&String> = lock.names().filter(|name| lock.is_foreign(name)).collect();
        assert_eq!(foreign, ["arm", "mac"]);
        let pnpm = "lockfileVersion: '9.0'\npackages:\n  a@1.0.0:\n    resolution: {integrity: x}\n    peerDependencies:\n      o: '*'\n    peerDependenciesMeta:\n      o:\n        optional: true\n  '@s/b@1.0.0':\n    resolution: {integrity: x}\nsnapshots:\n  a@1.0.0:\n    dependencies:\n      '@s/b': 1.0.0\n  '@s/b@1.0.0(a@1.0.0)': {}\n";
        let lock = Lock::parse(LockForm::Pnpm, pnpm).unwrap();
        assert_eq!(shown(&lock, &["a"]), "@s/b a");
        assert_eq!(lock.optional_peers("a").collect::<Vec<_>>(), ["o"]);
        let older = "lockfileVersion: 5.4\npackages:\n  /a/1.0.0:\n    dependencies:\n      b: 1.0.0\n  /b/1.0.0:\n    dev: true\n";
        assert_eq!(shown(&Lock::parse(LockForm::Pnpm, older).unwrap(), &["a"]), "a b");
    }

    #[test]
    fn what_is_no_lock_file_says_nothing() {
        for (form, text) in [
            (LockForm::Npm, "{"),
            (LockForm::Npm, "{}"),
            (LockForm::Yarn, "# yarn lockfile v1\n"),
            (LockForm::Pnpm, "lockfileVersion: 9\n"),
            (LockForm::Berry, "# yarn lockfile v1\n\na@1:\n  version \"1\"\n"),
            (LockForm::Berry, "__metadata:\n  version: 8\n"),
            (LockForm::Pnpm, ": :\n -"),
        ] {
            assert_eq!(Lock::parse(form, text), None, "{form:?} {text}");
        }
    }

    #[test]
    fn circles_end() {
        let lock =
            Lock::parse(LockForm::Yarn, "a@1:\n  dependencies:\n    b \"1\"\n\nb@1:\n  dependencies:\n    a \"1\"\n");
        assert_eq!(shown(&lock.unwrap(), &["a", "unlisted"]), "a b");
    }
}
