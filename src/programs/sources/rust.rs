//! Sources of Rust: the crates of a workspace that lie in the context.

use super::go::covers;
use super::{Sources, found, join, parent, tree};
use crate::context::{BuildContext, Unavailable};
use crate::programs::language::Language;
use crate::programs::{Found, value};
use std::collections::BTreeSet;

/// A crate with everything below its directory, and the crates that it names by path.
pub(super) fn add(sources: &mut Sources, language: &Language, context: &dyn BuildContext, root: &str) {
    let mut waiting = vec![root.to_owned()];
    let mut done = BTreeSet::new();
    let mut own = BTreeSet::new();
    let mut required: Vec<Found<String>> = Vec::new();
    while let Some(directory) = waiting.pop() {
        if done.iter().any(|known: &String| known.is_empty() || covers(known, &directory)) {
            continue;
        }
        let before = sources.files.len();
        tree(sources, language, context, &directory);
        let mut manifests = vec![join(&directory, "Cargo.toml")];
        for file in sources.files.get(before..).unwrap_or_default() {
            let mut above = parent(&file.path);
            while let Some(at) = above.filter(|at| at.len() > directory.len()) {
                manifests.push(join(at, "Cargo.toml"));
                above = parent(at);
            }
        }
        manifests.sort();
        manifests.dedup();
        done.insert(directory.clone());
        for manifest in manifests {
            match context.text(&manifest) {
                Ok(text) => {
                    let Some(read) = cargo_manifest(&text) else {
                        sources.miss(&manifest, "is not understood");
                        continue;
                    };
                    own.extend(read.name);
                    let base = parent(&manifest).unwrap_or_default();
                    for path in read.paths {
                        let path = value::normal(&join(base, &path));
                        if path.starts_with("..") {
                            sources.miss(&manifest, format!("{path} is outside of the build context"));
                        } else {
                            waiting.push(if path == "." { String::new() } else { path });
                        }
                    }
                    required.extend(read.crates.into_iter().map(|(line, name)| found(&manifest, line, name)));
                }
                Err(Unavailable::Absent) if manifest != join(&directory, "Cargo.toml") => {}
                Err(why) => sources.miss(&manifest, format!("cannot be read: {why}")),
            }
        }
    }
    sources.files.retain(|file| !file.path.ends_with("build.rs"));
    required.retain(|name| !own.contains(&name.value));
    required.sort_by(|a, b| (&a.value, &a.file, a.line).cmp(&(&b.value, &b.file, b.line)));
    required.dedup_by(|a, b| a.value == b.value);
    sources.required = required;
}

struct CargoManifest {
    name: Option<String>,
    crates: Vec<(usize, String)>,
    paths: Vec<String>,
}

/// What a `Cargo.toml` needs at run time: no build and no development dependencies.
fn cargo_manifest(text: &str) -> Option<CargoManifest> {
    let manifest: toml::Table = toml::from_str(text).ok()?;
    let mut tables: Vec<&toml::Value> = manifest.get("dependencies").into_iter().collect();
    if let Some(toml::Value::Table(targets)) = manifest.get("target") {
        tables.extend(targets.values().filter_map(|target| target.get("dependencies")));
    }
    tables.extend(manifest.get("workspace").and_then(|workspace| workspace.get("dependencies")));
    let mut read = CargoManifest { name: None, crates: Vec::new(), paths: Vec::new() };
    let name = manifest.get("package").and_then(|package| package.get("name"));
    read.name = name.and_then(toml::Value::as_str).map(str::to_owned);
    for table in tables.into_iter().filter_map(toml::Value::as_table) {
        for (key, value) in table {
            let real = value.get("package").and_then(toml::Value::as_str).unwrap_or(key);
            if value.get("workspace").and_then(toml::Value::as_bool) == Some(true) {
                continue;
            }
            if let Some(path) = value.get("path").and_then(toml::Value::as_str) {
                read.paths.push(path.to_owned());
                continue;
            }
            let line = text.lines().position(|line| {
                let line = line.trim();
                let rest = line.strip_prefix(key.as_str()).map(str::trim_start);
                rest.is_some_and(|rest| rest.starts_with(['=', '.'])) || line.contains(&format!(".{key}]"))
            });
            read.crates.push((line.map_or(1, |line| line + 1), real.to_owned()));
        }
    }
    Some(read)
}
