//! The manifests of programs that steps compile, to the packages that are compiled into them.

use super::normal;
use crate::analyzer::{Action, Analysis, Inputs};
use crate::context;
use crate::facts::libraries;
use crate::paths;
use std::collections::BTreeSet;

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
        let text = libraries::manifests_of_compiled(ecosystem).iter().find_map(|name| {
            // The manifest of a workspace lies above its members.
            let mut directory = path.as_str();
            loop {
                let text = analysis.files.text(&paths::join(directory, name), inputs.context);
                if text.is_some() || directory == "/" || directory.is_empty() {
                    return text;
                }
                directory = paths::parent(directory);
            }
        });
        for (name, with) in text.iter().flat_map(|text| compiled_with(text)) {
            found.insert(Compiled { ecosystem: ecosystem.clone(), name, with });
        }
    }
    found
}

/// Names of packages in a lock file, or in a manifest's tables of dependencies.
pub(crate) fn names_of_tables(text: &str) -> Vec<String> {
    compiled_with(text).into_iter().map(|(name, _)| name).collect()
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

/// The most files that are looked at for projects.
const MANY_PROJECTS: usize = 20_000;

/// Packages that project files of MSBuild below a path ask for.
pub(super) fn project_names(path: &str, inputs: Inputs<'_>, analysis: &Analysis) -> Vec<String> {
    let is_project = |name: &str| {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        ending.ends_with("proj") || ending == "props" || ending == "targets"
    };
    let mut names = Vec::new();
    for landing in analysis.files.landings() {
        let inside = paths::is_within(path, &landing.destination)
            || landing.tree && paths::is_within(&landing.destination, path);
        if !inside {
            continue;
        }
        let found = match landing.tree {
            true => context::walk(inputs.context, &landing.source, MANY_PROJECTS).unwrap_or_default(),
            false => vec![(landing.source.clone(), inputs.context.entry(&landing.source))],
        };
        for (file, _) in found.iter().filter(|(file, _)| is_project(paths::name(file))) {
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn projects_of_msbuild() {
        let text = "<ItemGroup>\n<PackageReference Include=\"Npgsql\" Version=\"8.0.1\" />\n<PackageReference Version='1'\n Include='A.B'/>\n<PackageReference Update=\"C\" />";
        assert_eq!(package_references(text), ["npgsql", "a-b"]);
    }
}
