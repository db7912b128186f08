//! What a path of a real image is, whatever made it: the table `heuristics/data/departures.toml`.

use crate::facts::heuristics::glob;
use crate::licence::Licence;
use crate::paths;
use serde::{Deserialize, Deserializer};
use std::sync::OnceLock;

static TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/data/departures.json"));

/// The table. The fields are described in the data file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Departures {
    pub(super) path: Vec<PathRule>,
    pub(super) changed: Vec<ChangedRule>,
    pub(super) made: Vec<MadeRule>,
    pub(super) toolchain: Vec<ToolchainRule>,
    pub(super) dependencies: Vec<DependenciesRule>,
}

/// Paths that may be gone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "a fact without a source does not parse; people read it in the table")]
pub(super) struct PathRule {
    at: Vec<String>,
    #[serde(deserialize_with = "licence")]
    pub(super) licence: Licence,
    because: String,
    source: String,
    /// Only where the file that it was made from is there, or is gone as well.
    #[serde(default)]
    beside_source: bool,
    /// Only what a package or the base image brought.
    #[serde(default)]
    pub(super) packaged: bool,
    /// Only in the folder of a program that was compiled.
    #[serde(default)]
    pub(super) compiled: bool,
}

/// Paths that may have other content.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "a fact without a source does not parse; people read it in the table")]
pub(super) struct ChangedRule {
    at: Vec<String>,
    because: String,
    source: String,
}

/// What scripts of packages write.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "a fact without a source does not parse; people read it in the table")]
pub(super) struct MadeRule {
    at: Vec<String>,
    pub(super) packages: Vec<String>,
    source: String,
}

/// A directory that is a toolchain by what it holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "a fact without a source does not parse; people read it in the table")]
pub(super) struct ToolchainRule {
    name: String,
    pub(super) holds: Vec<String>,
    source: String,
}

/// Where a language keeps its packages, and what runs them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "a fact without a source does not parse; people read it in the table")]
pub(super) struct DependenciesRule {
    pub(super) directory: String,
    pub(super) interpreters: Vec<String>,
    source: String,
}

fn licence<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Licence, D::Error> {
    let id = String::deserialize(deserializer)?;
    let known = Licence::ALL.into_iter().find(|l| l.id() == id);
    known.ok_or_else(|| serde::de::Error::custom(format!("`{id}` is no licence")))
}

/// The table that is compiled in.
pub(super) fn departures() -> &'static Departures {
    static DATA: OnceLock<Departures> = OnceLock::new();
    DATA.get_or_init(|| serde_json::from_str(TEXT).unwrap_or_default())
}

impl Departures {
    /// The rules that may let a path go; `exists` tells whether the original has another path.
    pub(super) fn rules<'t>(
        &'t self,
        path: &'t str,
        exists: &'t dyn Fn(&str) -> bool,
    ) -> impl Iterator<Item = &'t PathRule> {
        self.path.iter().filter(move |rule| is_at(&rule.at, path) && (!rule.beside_source || has_source(path, exists)))
    }

    /// True when the content of a path may differ without a word.
    pub(super) fn may_change(&self, path: &str) -> bool {
        self.changed.iter().any(|rule| is_at(&rule.at, path))
            || self.path.iter().any(|rule| !rule.compiled && is_at(&rule.at, path))
    }

    /// Packages whose scripts write a path.
    pub(super) fn makers(&self, path: &str) -> impl Iterator<Item = &String> {
        self.made.iter().filter(move |rule| is_at(&rule.at, path)).flat_map(|rule| &rule.packages)
    }
}

/// True when a path is at or below one of the patterns.
fn is_at(patterns: &[String], path: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_prefix("**/") {
        Some(names) => {
            let length = names.split('/').count();
            let parts: Vec<&str> = path.split('/').skip(1).collect();
            parts.windows(length).any(|w| w.iter().zip(names.split('/')).all(|(part, name)| glob(name, part)))
        }
        None => {
            let (names, parts): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
            names.len() <= parts.len() && names.iter().zip(&parts).all(|(name, part)| glob(name, part))
        }
    })
}

/// True when bytecode in a folder of bytecode has its source beside the folder. A program that is delivered as bytecode has
/// it in the place of its source.
fn has_source(path: &str, exists: &dyn Fn(&str) -> bool) -> bool {
    let (folder, name) = (paths::parent(path), paths::name(path));
    if name == "__pycache__" {
        return true;
    }
    if !folder.ends_with("/__pycache__") {
        return false;
    }
    let stem = name.split('.').next().unwrap_or_default();
    exists(&format!("{}/{stem}.py", paths::parent(folder)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole_and_every_fact_has_a_source() {
        let table: Departures = serde_json::from_str(TEXT).unwrap();
        let sources = table.path.iter().map(|r| &r.source).chain(table.changed.iter().map(|r| &r.source));
        let sources = sources.chain(table.made.iter().map(|r| &r.source));
        let sources = sources.chain(table.toolchain.iter().map(|r| &r.source));
        let sources = sources.chain(table.dependencies.iter().map(|r| &r.source));
        assert!(sources.into_iter().all(|s| !s.is_empty()));
        assert!(
            table
                .path
                .iter()
                .map(|r| &r.because)
                .chain(table.changed.iter().map(|r| &r.because))
                .all(|b| !b.is_empty())
        );
        assert!(table.toolchain.iter().all(|t| !t.name.is_empty() && t.holds.len() > 1));
        assert!(table.made.iter().all(|m| !m.packages.is_empty()) && table.dependencies.len() > 1);
    }

    #[test]
    fn what_a_path_is() {
        let table = departures();
        let licence = |path: &str| table.rules(path, &|p| p == "/app/a.py").next().map(|r| r.licence.id());
        for (path, expected) in [
            ("/var/lib/apt/lists/x", Some("cache")),
            ("/var/lib/dpkg/status", Some("cache")),
            ("/etc/ld.so.cache", Some("cache")),
            ("/etc/machine-id", Some("scratch")),
            ("/tmp/x/y", Some("scratch")),
            ("/tmpx", None),
            ("/root/.cache/pip/http", Some("cache")),
            ("/home/app/.npm/_cacache/x", Some("cache")),
            ("/root/.cache/ms-playwright/chromium", None),
            ("/app/__pycache__/a.cpython-311.pyc", Some("cache")),
            ("/app/__pycache__/b.cpython-311.pyc", None),
            ("/app/a.pyc", None),
            ("/var/lib/postgresql/data", None),
            ("/usr/share/nginx/html/index.html", None),
        ] {
            assert_eq!(licence(path), expected, "{path}");
        }
        assert!(
            table.may_change("/etc/passwd")
                && table.may_change("/var/log/x")
                && !table.may_change("/etc/nginx/nginx.conf")
        );
        assert_eq!(table.makers("/usr/share/mime/types").collect::<Vec<_>>(), ["shared-mime-info"]);
    }
}
