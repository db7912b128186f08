//! System packages: which are needed to build, which at run time, and what a -dev package leaves behind.

use serde::Serialize;

/// When a package is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PackageRole {
    /// Only while building (compilers, headers).
    Build,
    /// At run time.
    Runtime,
    /// Possibly at run time: leaves only when it is proven that nothing calls it.
    Ambiguous,
    /// In both.
    Both,
}

/// What is known about one package of one release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackageFact {
    /// When it is needed.
    pub role: PackageRole,
    /// What run time needs in its place (for `-dev` packages; may be empty for pure build tools).
    pub runtime: Vec<String>,
    /// True when read from the release's package index.
    pub verified: bool,
}
