//! Libraries of the compiler itself that compiled programs load.

use super::distributions::{self, Family};
use super::images::Release;
use super::packages::{self, RuntimePackages};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

static TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/data/compiled-needs.json"));

/// What is known of compilers' libraries. The fields are described in the data file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compiled {
    /// Ecosystems whose compilers link these libraries.
    pub ecosystems: Vec<String>,
    /// Names of the files that steer them.
    pub build_files: Vec<String>,
    /// Libraries, by what shows that they are loaded.
    pub need: Vec<CompilerLibrary>,
    /// Images with a compiler of their own.
    pub compiler: Vec<OwnCompiler>,
}

/// A library of the compiler.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompilerLibrary {
    /// Names of sources of programs that load it.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Words in build files and commands.
    #[serde(default)]
    pub mentions: Vec<String>,
    /// Needed too when nobody can look at the sources.
    #[serde(default)]
    pub assumed: bool,
    /// Build packages that images for compiling bring unasked; a program then links their libraries. Without one of these
    /// the compiler brings the library.
    #[serde(default)]
    pub build: Vec<String>,
    /// Packages that a file asks for to compile extensions of a language; a program that embeds the language links the
    /// library as well. The names of `build` tell it by release.
    #[serde(default)]
    pub asked: Vec<String>,
    #[serde(default)]
    debian: Vec<String>,
    #[serde(default)]
    alpine: Vec<String>,
    /// A sentence for the user.
    pub because: String,
}

impl CompilerLibrary {
    /// Its packages on all releases, which are of one distribution; none where that is not described. Where the releases
    /// need different names, the build package stands in.
    pub fn packages(&self, releases: &[Release]) -> Vec<String> {
        let named = match releases.first().and_then(|release| distributions::family(&release.distribution)) {
            Some(Family::Debian) => &self.debian,
            Some(Family::Alpine) => &self.alpine,
            _ => return Vec::new(),
        };
        let of_build =
            self.build.iter().filter(|_| named.is_empty()).flat_map(|build| {
                match packages::runtime_packages(releases, build) {
                    RuntimePackages::Names(names) => names,
                    RuntimePackages::Conflict(_) | RuntimePackages::Unknown => vec![build.clone()],
                }
            });
        named.iter().cloned().chain(of_build).collect()
    }
}

/// An image with a compiler newer than that of its distribution release.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnCompiler {
    /// The repository.
    pub image: String,
    own: BTreeMap<String, u32>,
    /// Names of sources of programs that load its libraries.
    pub sources: Vec<String>,
    /// Absolute paths of its libraries.
    pub libraries: Vec<String>,
    /// The directory that the dynamic linker has to be told.
    pub directory: String,
}

impl OwnCompiler {
    /// True when a tag (`13`, `14.2-bookworm`, `latest`) has a compiler newer than that of a release, or may have.
    pub fn is_newer(&self, tag: &str, release: &str) -> bool {
        let digits = tag.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        match (digits.parse::<u32>(), self.own.get(release)) {
            (Ok(major), Some(own)) => major > *own,
            _ => true,
        }
    }
}

/// The table.
pub fn compiled() -> &'static Compiled {
    static TABLE: OnceLock<Compiled> = OnceLock::new();
    TABLE.get_or_init(|| serde_json::from_str(TEXT).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        let on = |distribution: &str, release: &str| {
            vec![Release { distribution: distribution.to_owned(), release: release.to_owned() }]
        };
        for need in &compiled().need {
            assert!(!need.packages(&on("debian", "bookworm")).is_empty(), "{need:?}");
            assert!(!need.build.is_empty() || !need.packages(&on("alpine", "3.19")).is_empty(), "{need:?}");
            assert!(need.packages(&on("solaris", "11")).is_empty());
            for build in &need.build {
                let known = packages::package(&on("debian", "bookworm")[0], build);
                assert!(known.is_some(), "{build} is not in the tables");
            }
        }
    }

    #[test]
    fn newer_compilers_are_told_by_the_tag() {
        let gcc = &compiled().compiler[0];
        for (tag, release, newer) in [
            ("12", "bookworm", false),
            ("12.5.0-bookworm", "bookworm", false),
            ("13", "bookworm", true),
            ("14.2", "bookworm", true),
            ("14", "trixie", false),
            ("latest", "trixie", true),
            ("9", "sid", true),
        ] {
            assert_eq!(gcc.is_newer(tag, release), newer, "{tag} on {release}");
        }
    }
}
