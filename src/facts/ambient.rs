//! What programs use of a large base image without asking a package manager for it.
//!
//! The facts stand in `heuristics/data/ambient.toml`, whose head describes the fields.

use super::distributions::{self, Family};
use super::images::Release;
use serde::Deserialize;
use std::sync::OnceLock;

static TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/data/ambient.json"));

/// The table.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ambient {
    /// Libraries that every image with a C library has, by the names that programs open them with.
    pub libraries: Vec<String>,
    /// Globs on variables that say in which locale every program runs; an empty one counts as not set.
    pub locale: Vec<String>,
    /// Directories of the system that packages and base images fill.
    pub filled: Vec<String>,
    /// Calls that open a library by its name without `lib` and ending.
    pub short_names: Vec<String>,
    /// What only large images have.
    pub have: Vec<Have>,
}

/// One thing that a large base image has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Have {
    /// Beginnings of absolute paths that a source names.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Words of sources by which it is read unasked.
    #[serde(default)]
    pub words: Vec<String>,
    /// Packages of languages that read it, as `ECOSYSTEM/NAME`.
    #[serde(default)]
    pub packages: Vec<String>,
    /// A package of a language and a word must both be there.
    #[serde(default)]
    pub both: bool,
    debian: Vec<String>,
    older: Option<Older>,
    /// The sentence that the user reads.
    pub because: String,
    #[allow(dead_code, reason = "for readers of the table")]
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Older {
    releases: Vec<String>,
    debian: Vec<String>,
}

impl Have {
    /// The packages that bring it on one of these releases; none for a distribution of another family.
    pub fn packages_for(&self, releases: &[Release]) -> &[String] {
        let of_debian = distributions::family_of_all(releases) == Some(Family::Debian);
        match &self.older {
            _ if !of_debian => &[],
            Some(older) if releases.iter().all(|r| older.releases.contains(&r.release)) => &older.debian,
            _ => &self.debian,
        }
    }
}

/// Everything in the table.
pub fn ambient() -> &'static Ambient {
    static TABLE: OnceLock<Ambient> = OnceLock::new();
    TABLE.get_or_init(|| serde_json::from_str(TEXT).unwrap_or_default())
}

/// True for a variable that says in which locale every program runs.
pub fn is_locale(variable: &str) -> bool {
    ambient().locale.iter().any(|pattern| super::heuristics::glob(pattern, variable))
}

/// The runtime package of a shared library on Debian, by the name that programs open it with: `libyaml-0.so.2` is in
/// `libyaml-0-2`. Nothing for a name without a version.
///
/// Source: Debian Policy, 8.1, names of packages with shared libraries.
pub fn package_of_soname(soname: &str) -> Option<String> {
    let (stem, version) = soname.split_once(".so.")?;
    let stem = stem.to_ascii_lowercase().replace('_', "-");
    let between = if stem.ends_with(|c: char| c.is_ascii_digit()) { "-" } else { "" };
    Some(format!("{stem}{between}{version}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::packages;

    fn on(distribution: &str, release: &str) -> Release {
        Release { distribution: distribution.to_owned(), release: release.to_owned() }
    }

    #[test]
    fn the_table_is_read_and_its_packages_are_known() {
        let table: Ambient = serde_json::from_str(TEXT).expect("the table has the fields that its head describes");
        assert!(
            table.libraries.len() > 5 && table.filled.iter().all(|root| root.starts_with('/') && root.ends_with('/'))
        );
        let bookworm = on("debian", "bookworm");
        for have in &table.have {
            assert!(!have.paths.is_empty() || !have.words.is_empty() || !have.packages.is_empty(), "{have:?}");
            assert!(!have.both || !have.words.is_empty() && !have.packages.is_empty(), "{have:?}");
            for name in have.packages_for(std::slice::from_ref(&bookworm)) {
                assert!(packages::package(&bookworm, name).is_some(), "{name} is not in the tables");
            }
        }
    }

    #[test]
    fn names_follow_the_release() {
        let types = ambient().have.iter().find(|h| h.paths.iter().any(|p| p == "/etc/mime.types")).unwrap();
        assert_eq!(types.packages_for(&[on("debian", "bookworm")]), ["media-types"]);
        assert_eq!(types.packages_for(&[on("debian", "buster")]), ["mime-support"]);
        assert_eq!(types.packages_for(&[on("alpine", "3.20")]), [""; 0]);
        assert_eq!(types.packages_for(&[]), [""; 0]);
    }

    #[test]
    fn libraries_are_in_packages_of_their_name() {
        for (soname, package) in [
            ("libyaml-0.so.2", Some("libyaml-0-2")),
            ("libcairo.so.2", Some("libcairo2")),
            ("libgtk-3.so.0", Some("libgtk-3-0")),
            ("libstdc++.so.6", Some("libstdc++6")),
            ("libMagickWand-6.Q16.so.6", Some("libmagickwand-6.q16-6")),
            ("libx.so", None),
        ] {
            assert_eq!(package_of_soname(soname).as_deref(), package, "{soname}");
        }
    }
}
