//! `pyproject.toml`: PEP 621 projects, dependency groups and the tables of Poetry.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::{BuildContext, Unavailable, join};
use super::fields::{Table, parse_toml, unknown};
use super::{Requirement, normal_name};

const FILE: &str = "pyproject.toml";
/// Groups included in one group, directly or not.
const MAX_INCLUDES: usize = 100;

/// What a `pyproject.toml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pyproject {
    /// `project.name`, as written.
    pub name: Option<String>,
    /// `project.dependencies`.
    pub dependencies: Vec<Requirement>,
    /// `project.optional-dependencies`: extra to requirements.
    pub optional_dependencies: BTreeMap<String, Vec<Requirement>>,
    /// `dependency-groups` with `include-group` resolved: group to requirements.
    pub dependency_groups: BTreeMap<String, Vec<Requirement>>,
    /// `project.scripts` and `project.gui-scripts`: command to `module:function`.
    pub scripts: BTreeMap<String, String>,
    /// `project.dynamic`: the fields that the build computes, and that are unknown here.
    pub dynamic: Vec<String>,
    /// `build-system.build-backend`.
    pub build_backend: Option<String>,
    /// `build-system.requires`.
    pub build_requires: Vec<Requirement>,
    /// `tool.poetry`.
    pub poetry: Option<Poetry>,
    /// The names below `tool`, sorted.
    pub tools: Vec<String>,
}

/// The tables of Poetry. Version ranges are as written, in Poetry's own syntax.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Poetry {
    /// `name`.
    pub name: Option<String>,
    /// The range for `python`.
    pub python: Option<String>,
    /// `dependencies` without `python`, and without those that only an extra installs.
    pub dependencies: Vec<Requirement>,
    /// The dependencies that only an extra installs.
    pub optional_dependencies: Vec<Requirement>,
    /// `group.*`, and `dev-dependencies` as the group `dev`.
    pub groups: Vec<PoetryGroup>,
    /// `scripts` that name a function.
    pub scripts: BTreeMap<String, String>,
    /// `packages`; empty when Poetry finds the package by the project's name.
    pub packages: Vec<PoetryPackage>,
    /// `package-mode = false`: only dependencies are installed.
    pub dependencies_only: bool,
}

/// A group of Poetry dependencies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoetryGroup {
    /// Its name.
    pub name: String,
    /// It is installed only on request.
    pub optional: bool,
    /// Its dependencies.
    pub dependencies: Vec<Requirement>,
}

/// A package of the project itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoetryPackage {
    /// The pattern.
    pub include: String,
    /// The directory it is in.
    pub from: Option<String>,
}

impl Pyproject {
    /// Reads `pyproject.toml` in `directory`.
    pub fn read(context: &dyn BuildContext, directory: &str) -> Result<Pyproject, Unavailable> {
        Pyproject::parse(&context.text(&join(directory, FILE))?)
    }

    /// Reads the text of a `pyproject.toml`.
    pub fn parse(text: &str) -> Result<Pyproject, Unavailable> {
        let map = parse_toml(FILE, text)?;
        let root = Table { file: FILE, map: &map };
        let mut file = Pyproject::default();
        if let Some(project) = root.table("project")? {
            file.name = project.text("name");
            file.dependencies = parse_all(&project.texts("dependencies")?)?;
            if let Some(extras) = project.table("optional-dependencies")? {
                for extra in extras.map.keys() {
                    file.optional_dependencies.insert(normal_name(extra), parse_all(&extras.texts(extra)?)?);
                }
            }
            file.scripts = project.text_map("scripts")?;
            file.scripts.extend(project.text_map("gui-scripts")?);
            file.dynamic = project.texts("dynamic")?;
        }
        if let Some(groups) = root.table("dependency-groups")? {
            for group in groups.map.keys() {
                let mut budget = MAX_INCLUDES;
                file.dependency_groups.insert(normal_name(group), dependency_group(groups, group, &mut budget)?);
            }
        }
        if let Some(build) = root.table("build-system")? {
            file.build_backend = build.text("build-backend");
            file.build_requires = parse_all(&build.texts("requires")?)?;
        }
        if let Some(tool) = root.table("tool")? {
            file.tools = tool.map.keys().cloned().collect();
            file.tools.sort();
            file.poetry = tool.table("poetry")?.map(poetry).transpose()?;
        }
        Ok(file)
    }
}

fn parse_all(texts: &[String]) -> Result<Vec<Requirement>, Unavailable> {
    texts.iter().map(|text| Requirement::parse(text.trim())).collect()
}

/// The requirements of a group (PEP 735); groups that include each other in a circle are an error, as they are for installers.
fn dependency_group(groups: Table, name: &str, budget: &mut usize) -> Result<Vec<Requirement>, Unavailable> {
    let bad = || unknown(FILE, format!("the dependency group `{name}`"));
    let key = groups.map.keys().find(|key| normal_name(key) == normal_name(name)).ok_or_else(bad)?;
    *budget = budget.checked_sub(1).ok_or_else(bad)?;
    let mut found = Vec::new();
    for item in groups.get(key).and_then(Value::as_array).ok_or_else(bad)? {
        match item {
            Value::String(text) => found.push(Requirement::parse(text.trim())?),
            Value::Object(map) => {
                let included = Table { file: FILE, map }.text("include-group").ok_or_else(bad)?;
                found.extend(dependency_group(groups, &included, budget)?);
            }
            _ => return Err(bad()),
        }
    }
    Ok(found)
}

fn poetry(table: Table) -> Result<Poetry, Unavailable> {
    let mut poetry = Poetry { name: table.text("name"), ..Poetry::default() };
    poetry.dependencies_only = table.get("package-mode") == Some(&Value::Bool(false));
    if let Some(dependencies) = table.table("dependencies")? {
        poetry.python = dependencies.text("python");
        for (name, spec) in dependencies.map.iter().filter(|(name, _)| *name != "python") {
            let optional = spec.get("optional") == Some(&Value::Bool(true));
            let list = if optional { &mut poetry.optional_dependencies } else { &mut poetry.dependencies };
            list.push(named_dependency(FILE, name, spec)?);
        }
    }
    if let Some(dev) = table.table("dev-dependencies")? {
        poetry.groups.push(PoetryGroup {
            name: "dev".to_owned(),
            optional: false,
            dependencies: named_dependencies(dev)?,
        });
    }
    if let Some(groups) = table.table("group")? {
        for name in groups.map.keys() {
            let Some(group) = groups.table(name)? else { continue };
            let dependencies = group.table("dependencies")?.map(named_dependencies).transpose()?.unwrap_or_default();
            poetry.groups.push(PoetryGroup { name: name.clone(), optional: group.is_true("optional"), dependencies });
        }
    }
    if let Some(scripts) = table.table("scripts")? {
        let named = scripts.map.iter().filter_map(|(name, target)| Some((name.clone(), target.as_str()?.to_owned())));
        poetry.scripts = named.collect();
    }
    for package in table.tables("packages")? {
        let include = package.text("include").ok_or_else(|| unknown(FILE, "a package without `include`"))?;
        poetry.packages.push(PoetryPackage { include, from: package.text("from") });
    }
    Ok(poetry)
}

/// A table of names and version ranges, as Poetry and Pipfile have it.
pub(super) fn named_dependencies(table: Table) -> Result<Vec<Requirement>, Unavailable> {
    table.map.iter().map(|(name, spec)| named_dependency(table.file, name, spec)).collect()
}

/// A version range, a table, or a list of tables for several environments, of which the version stays empty.
fn named_dependency(file: &str, name: &str, spec: &Value) -> Result<Requirement, Unavailable> {
    let mut requirement = Requirement { name: Some(normal_name(name)), ..Requirement::default() };
    match spec {
        Value::String(version) => requirement.specifier = version.trim().to_owned(),
        Value::Array(_) => {}
        Value::Object(map) => {
            let table = Table { file, map };
            requirement.specifier = table.text("version").unwrap_or_default();
            requirement.extras = table.texts("extras")?.iter().map(|extra| normal_name(extra)).collect();
            requirement.marker = table.text("markers");
            requirement.editable = table.is_true("develop") || table.is_true("editable");
            requirement.url = ["git", "url", "path", "file"].iter().find_map(|key| table.text(key));
        }
        _ => return Err(unknown(file, format!("the dependency `{name}`"))),
    }
    Ok(requirement)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[Requirement]) -> Vec<&str> {
        list.iter().map(|requirement| requirement.name.as_deref().unwrap_or("?")).collect()
    }

    #[test]
    fn standard_tables() {
        let file = Pyproject::parse(
            r#"
            [project]
            name = "Shop_API"
            dependencies = ["fastapi[standard]>=0.115", "psycopg[binary]; platform_machine == 'x86_64'"]
            dynamic = ["version"]
            [project.optional-dependencies]
            Test = ["pytest"]
            [project.scripts]
            shop = "shop.cli:main"
            [dependency-groups]
            lint = ["ruff"]
            dev = ["mypy", {include-group = "Lint"}]
            [build-system]
            requires = ["hatchling>=1.20"]
            build-backend = "hatchling.build"
            [tool.uv]
            package = true
            [tool.ruff]
            line-length = 100
            "#,
        )
        .expect("valid");
        assert_eq!(file.name.as_deref(), Some("Shop_API"));
        assert_eq!(names(&file.dependencies), ["fastapi", "psycopg"]);
        assert_eq!(file.dependencies[0].extras, ["standard"]);
        assert_eq!(names(&file.optional_dependencies["test"]), ["pytest"]);
        assert_eq!(names(&file.dependency_groups["dev"]), ["mypy", "ruff"]);
        assert_eq!(file.scripts["shop"], "shop.cli:main");
        assert_eq!(file.build_backend.as_deref(), Some("hatchling.build"));
        assert_eq!(names(&file.build_requires), ["hatchling"]);
        assert_eq!((file.dynamic, file.tools), (vec!["version".to_owned()], vec!["ruff".to_owned(), "uv".to_owned()]));
        assert_eq!(file.poetry, None);
    }

    #[test]
    fn poetry_tables() {
        let file = Pyproject::parse(
            r#"
            [tool.poetry]
            name = "shop"
            package-mode = false
            packages = [{include = "shop", from = "src"}]
            [tool.poetry.dependencies]
            python = "^3.12"
            django = "^5.0"
            mysqlclient = {version = "^2", optional = true}
            lib = {path = "../lib", develop = true}
            numpy = [{version = "1.26", python = "<3.13"}, {version = "2.1", python = ">=3.13"}]
            [tool.poetry.dev-dependencies]
            black = "*"
            [tool.poetry.group.docs]
            optional = true
            [tool.poetry.group.docs.dependencies]
            mkdocs = "*"
            [tool.poetry.scripts]
            shop = "shop:main"
            "#,
        )
        .expect("valid");
        let poetry = file.poetry.expect("a poetry project");
        assert_eq!(poetry.python.as_deref(), Some("^3.12"));
        assert_eq!(names(&poetry.dependencies), ["django", "lib", "numpy"]);
        assert_eq!(names(&poetry.optional_dependencies), ["mysqlclient"]);
        assert!(poetry.dependencies[1].editable && poetry.dependencies[1].url.as_deref() == Some("../lib"));
        let groups: Vec<_> = poetry.groups.iter().map(|group| (group.name.as_str(), group.optional)).collect();
        assert_eq!(groups, [("dev", false), ("docs", true)]);
        assert_eq!(poetry.packages[0].from.as_deref(), Some("src"));
        assert!(poetry.dependencies_only);
        assert_eq!(poetry.scripts["shop"], "shop:main");
    }

    #[test]
    fn faults_are_unknown() {
        for text in [
            "[project",
            "[project]\ndependencies = 'a'",
            "[project]\ndependencies = ['a b']",
            "[dependency-groups]\na = [{include-group = 'b'}]\nb = [{include-group = 'a'}]",
            "[dependency-groups]\na = [{include-group = 'none'}]",
            "[tool.poetry.dependencies]\na = 1",
        ] {
            assert!(matches!(Pyproject::parse(text), Err(Unavailable::Unknown(_))), "{text}");
        }
        assert_eq!(Pyproject::parse(""), Ok(Pyproject::default()));
    }
}
