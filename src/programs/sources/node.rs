//! Packages of a Node project that lie in the context.

use super::{Sources, found, join, parent};
use crate::context::{BuildContext, Unavailable};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The packages that the manifests of a Node program ask for at run time, imported or not: what loads plug-ins by name
/// may load any of them.
pub(super) fn node_packages(sources: &mut Sources, context: &dyn BuildContext, root: &str) {
    let mut directories: BTreeSet<&str> = BTreeSet::from([root]);
    for file in &sources.files {
        let mut above = parent(&file.path);
        while let Some(at) = above.filter(|at| at.len() >= root.len()) {
            directories.insert(at);
            above = parent(at);
        }
    }
    let manifests: Vec<String> = directories.into_iter().map(|directory| join(directory, "package.json")).collect();
    let mut own = BTreeSet::new();
    let mut required = Vec::new();
    for manifest in manifests {
        let text = match context.text(&manifest) {
            Ok(text) => text,
            Err(Unavailable::Absent) => continue,
            Err(why) => {
                sources.miss(&manifest, format!("cannot be read: {why}"));
                continue;
            }
        };
        let Ok(read) = serde_json::from_str::<NodeManifest>(&text) else {
            sources.miss(&manifest, "is not understood");
            continue;
        };
        own.extend(read.name);
        for name in read.dependencies.into_keys().chain(read.optional_dependencies.into_keys()) {
            let quoted = format!("\"{name}\"");
            let line = text.lines().position(|line| line.contains(&quoted)).map_or(1, |at| at + 1);
            required.push(found(&manifest, line, name));
        }
    }
    required.retain(|package| !own.contains(&package.value));
    sources.required = required;
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NodeManifest {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    dependencies: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, serde_json::Value>,
}
