//! `Pipfile`.

use std::collections::BTreeMap;

use super::super::{BuildContext, Unavailable, join};
use super::Requirement;
use super::fields::{Table, parse_toml};
use super::pyproject::named_dependencies;

const FILE: &str = "Pipfile";

/// What a `Pipfile` says. Version ranges are as written; `*` is any version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pipfile {
    /// `packages`.
    pub packages: Vec<Requirement>,
    /// `dev-packages`.
    pub dev_packages: Vec<Requirement>,
    /// `requires.python_version` or `requires.python_full_version`.
    pub python: Option<String>,
    /// `scripts`: name to command; those that call a function are left out.
    pub scripts: BTreeMap<String, String>,
}

impl Pipfile {
    /// Reads `Pipfile` in `directory`.
    pub fn read(context: &dyn BuildContext, directory: &str) -> Result<Pipfile, Unavailable> {
        Pipfile::parse(&context.text(&join(directory, FILE))?)
    }

    /// Reads the text of a `Pipfile`.
    pub fn parse(text: &str) -> Result<Pipfile, Unavailable> {
        let map = parse_toml(FILE, text)?;
        let root = Table { file: FILE, map: &map };
        let requires = root.table("requires")?;
        let packages = |key| Ok(root.table(key)?.map(named_dependencies).transpose()?.unwrap_or_default());
        let scripts = root.table("scripts")?.map(|table| table.map.iter());
        Ok(Pipfile {
            packages: packages("packages")?,
            dev_packages: packages("dev-packages")?,
            python: requires.and_then(|r| r.text("python_version").or_else(|| r.text("python_full_version"))),
            scripts: scripts
                .into_iter()
                .flatten()
                .filter_map(|(name, command)| Some((name.clone(), command.as_str()?.to_owned())))
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables() {
        let file = Pipfile::parse(
            "[packages]\nDjango = \"~=5.0\"\ncelery = {version = \"*\", extras = [\"redis\"]}\n\
             lib = {path = \".\", editable = true}\n[dev-packages]\npytest = \"*\"\n[requires]\npython_version = \"3.12\"\n\
             [scripts]\nserve = \"python manage.py runserver\"\ncalled = {call = \"a:b()\"}\n",
        )
        .expect("valid");
        let names: Vec<_> = file.packages.iter().filter_map(|package| package.name.as_deref()).collect();
        assert_eq!(names, ["django", "celery", "lib"]);
        assert_eq!(file.packages[1].extras, ["redis"]);
        assert!(file.packages[2].editable);
        assert_eq!(file.dev_packages.len(), 1);
        assert_eq!(file.python.as_deref(), Some("3.12"));
        assert_eq!(file.scripts.keys().collect::<Vec<_>>(), ["serve"]);
        assert!(matches!(Pipfile::parse("packages = 1"), Err(Unavailable::Unknown(_))));
    }
}
