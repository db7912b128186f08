//! Lock files of Python's managers, which are TOML.

use super::{Lock, Own, with_extra};
use crate::planner::dependencies::normal;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Markers that say of a dependency that Linux has not got it.
const ELSEWHERE: [&str; 8] = [
    "sys_platform == 'win32'",
    "sys_platform == 'darwin'",
    "sys_platform == 'cygwin'",
    "sys_platform == 'emscripten'",
    "platform_system == 'Windows'",
    "platform_system == 'Darwin'",
    "os_name == 'nt'",
    "platform_python_implementation == 'PyPy'",
];

/// `uv.lock`: a package has its dependencies as a list, and the project itself is one of them.
pub(super) fn uv(text: &str) -> Option<Lock> {
    let value: Value = toml::from_str(text).ok()?;
    let mut lock = Lock::default();
    for package in value.get("package")?.as_array()? {
        let name = normal(package.get("name")?.as_str()?);
        let needs = requirements(package.get("dependencies"));
        let lists = |key: &str| {
            let table = package.get(key).and_then(Value::as_object).into_iter().flatten();
            table.map(|(name, list)| (name.clone(), requirements(Some(list)))).collect::<Vec<_>>()
        };
        let source = |kind: &str| package.get("source").and_then(|source| source.get(kind)).and_then(Value::as_str);
        if source("editable").or(source("virtual")) == Some(".") {
            let extras = lists("optional-dependencies").into_iter().collect();
            let groups = lists("dev-dependencies").into_iter().collect();
            lock.own = Some(Own { lasting: needs, extras, groups, is_virtual: source("virtual").is_some() });
            continue;
        }
        for (extra, more) in lists("optional-dependencies") {
            lock.add(&with_extra(&name, &extra), more);
        }
        lock.add(&name, needs);
    }
    Some(lock)
}

/// The names in a list of `{ name = …, extra = […], marker = … }`, each with its extras beside it.
fn requirements(list: Option<&Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for requirement in list.and_then(Value::as_array).into_iter().flatten() {
        let Some(name) = requirement.get("name").and_then(Value::as_str).map(normal) else { continue };
        if requirement.get("marker").and_then(Value::as_str).is_some_and(is_elsewhere) {
            continue;
        }
        let extras = requirement.get("extra").and_then(Value::as_array).into_iter().flatten();
        found.extend(extras.filter_map(Value::as_str).map(|extra| with_extra(&name, extra)));
        found.insert(name);
    }
    found
}

/// `poetry.lock`: a package has its dependencies as a table, those of its extras among them, and lists of what extras bring.
pub(super) fn poetry(text: &str) -> Option<Lock> {
    let value: Value = toml::from_str(text).ok()?;
    let mut lock = Lock::default();
    for package in value.get("package")?.as_array()? {
        let name = normal(package.get("name")?.as_str()?);
        let dependencies = package.get("dependencies").and_then(Value::as_object);
        lock.add(&name, declared(dependencies));
        for (extra, list) in package.get("extras").and_then(Value::as_object).into_iter().flatten() {
            let here = |requirement: &&str| {
                let marker = requirement.split_once(';').map_or("", |(_, marker)| marker).replace('"', "'");
                !is_elsewhere(&marker)
            };
            let listed = list.as_array().into_iter().flatten().filter_map(Value::as_str).filter(here);
            lock.add(&with_extra(&name, extra), listed.flat_map(wanted).collect::<Vec<_>>());
        }
    }
    Some(lock)
}

/// The names that a table of dependencies asks for without being told more, each with its extras beside it; several forms of
/// one dependency count together.
pub(in super::super) fn declared(table: Option<&Map<String, Value>>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (name, form) in table.into_iter().flatten() {
        let forms = form.as_array().map_or(std::slice::from_ref(form), Vec::as_slice);
        for form in forms {
            let marker = form.get("markers").and_then(Value::as_str).unwrap_or_default().replace('"', "'");
            let optional = form.get("optional").and_then(Value::as_bool) == Some(true);
            if optional || is_elsewhere(&marker) || name == "python" {
                continue;
            }
            let extras = form.get("extras").and_then(Value::as_array).into_iter().flatten();
            found.extend(extras.filter_map(Value::as_str).map(|extra| with_extra(&normal(name), extra)));
            found.insert(normal(name));
        }
    }
    found
}

/// The name of a requirement as it is written (`name[extra] (>=1)`), with its extras beside it.
pub(in super::super) fn wanted(requirement: &str) -> Vec<String> {
    let name = normal(requirement.trim());
    let written = requirement.trim().find(['[', ';']).map(|at| &requirement.trim()[at..]);
    let extras = written.and_then(|rest| rest.strip_prefix('[')?.split_once(']')).map_or("", |(extras, _)| extras);
    let extras = extras.split(',').map(str::trim).filter(|extra| !extra.is_empty());
    extras.map(|extra| with_extra(&name, extra)).chain([name.clone()]).filter(|name| !name.is_empty()).collect()
}

/// True for a marker that Linux with the usual interpreter does not fit, whatever else it says.
fn is_elsewhere(marker: &str) -> bool {
    !marker.contains(" or ") && ELSEWHERE.iter().any(|known| marker.contains(known))
}

#[cfg(test)]
mod tests {
    use super::super::super::lock::Lock;
    use crate::facts::development::LockForm;

    const UV: &str = "version = 1\n[[package]]\nname = \"shop\"\nversion = \"0\"\nsource = { editable = \".\" }\ndependencies = [\n    { name = \"web\", extra = [\"standard\"] },\n]\n\
        [package.optional-dependencies]\npg = [{ name = \"psycopg\" }]\n[package.dev-dependencies]\ndev = [{ name = \"pytest\" }]\n\
        [[package]]\nname = \"web\"\nsource = { registry = \"x\" }\ndependencies = [{ name = \"h11\" }, { name = \"colorama\", marker = \"sys_platform == 'win32'\" }]\n\
        [package.optional-dependencies]\nstandard = [{ name = \"uvloop\", marker = \"sys_platform != 'win32'\" }]\nother = [{ name = \"wsproto\" }]\n\
        [[package]]\nname = \"h11\"\n[[package]]\nname = \"uvloop\"\n[[package]]\nname = \"wsproto\"\n[[package]]\nname = \"colorama\"\n[[package]]\nname = \"psycopg\"\n\
        [[package]]\nname = \"pytest\"\ndependencies = [{ name = \"iniconfig\" }]\n[[package]]\nname = \"iniconfig\"\n";

    const POETRY: &str = "[[package]]\nname = \"Web\"\nversion = \"1\"\n[package.dependencies]\nclick = \">=7\"\ncolorama = {version = \"*\", markers = \"sys_platform == \\\"win32\\\"\"}\nuvloop = {version = \"*\", optional = true, markers = \"extra == \\\"standard\\\"\"}\n\
        [package.extras]\nstandard = [\"uvloop (>=0.1) ; sys_platform != \\\"win32\\\"\", \"colorama ; sys_platform == \\\"win32\\\"\"]\n\
        [[package]]\nname = \"click\"\n[[package]]\nname = \"uvloop\"\n[[package]]\nname = \"colorama\"\n";

    fn closure(lock: &Lock, direct: &[&str]) -> String {
        lock.closure(direct.iter().copied(), false).into_iter().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_lock_file_of_uv() {
        let lock = Lock::parse(LockForm::Uv, UV).unwrap();
        assert_eq!(closure(&lock, &["web"]), "h11 web");
        assert_eq!(closure(&lock, &["web", "web[standard]"]), "h11 uvloop web");
        assert_eq!(closure(&lock, &["pytest"]), "iniconfig pytest");
        let own = lock.own.as_ref().unwrap();
        assert_eq!(own.lasting.iter().map(String::as_str).collect::<Vec<_>>(), ["web", "web[standard]"]);
        assert!(own.extras["pg"].contains("psycopg") && own.groups["dev"].contains("pytest"));
        assert!(!lock.has("shop"));
        assert!(lock.names().all(|name| !name.contains('[')));
    }

    #[test]
    fn the_lock_file_of_poetry() {
        let lock = Lock::parse(LockForm::Poetry, POETRY).unwrap();
        assert_eq!(closure(&lock, &["web"]), "click web");
        assert_eq!(closure(&lock, &["web", "web[standard]"]), "click uvloop web");
        assert_eq!(lock.own, None);
    }

    #[test]
    fn requirements_as_they_are_written() {
        assert_eq!(super::wanted("uvicorn[standard, x]>=0.1"), ["uvicorn[standard]", "uvicorn[x]", "uvicorn"]);
        assert_eq!(super::wanted("Flask_Cors (>=1) ; extra == \"a[b]\""), ["flask-cors"]);
        assert_eq!(super::wanted(""), [""; 0]);
    }

    #[test]
    fn what_is_for_other_systems_alone() {
        for (marker, elsewhere) in [
            ("sys_platform == 'win32'", true),
            ("python_full_version < '3.11' and os_name == 'nt'", true),
            ("sys_platform == 'win32' or extra == 'x'", false),
            ("sys_platform != 'win32'", false),
            ("", false),
        ] {
            assert_eq!(super::is_elsewhere(marker), elsewhere, "{marker}");
        }
    }

    #[test]
    fn what_is_no_lock_file_of_python_says_nothing() {
        for (form, text) in [(LockForm::Uv, "{"), (LockForm::Uv, "version = 1\n"), (LockForm::Poetry, "package = 1\n")]
        {
            assert_eq!(Lock::parse(form, text), None, "{form:?} {text}");
        }
    }
}
