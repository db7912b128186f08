//! System libraries and commands that packages of a language need at run time.

use super::distributions::{self, Family};
use super::images::Release;
use super::packages::{self, RuntimePackages};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

static TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/data/library-needs.json"));

/// When a package needs its system libraries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// However it was installed.
    Always,
    /// It is published as source only, so it is always compiled.
    Source,
    /// Only when it is compiled; ready-made packages bring their libraries.
    Built,
    /// When the image that compiles it has the build package, which it then links.
    Linked,
}

/// What some packages of a language need at run time. The fields are described at the head of the data file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LibraryNeed {
    /// Id of the ecosystem that the package belongs to.
    pub ecosystem: String,
    /// Names of the packages, in lower case.
    pub packages: Vec<String>,
    /// When the need holds.
    pub when: When,
    /// Debian's packages for compiling it. Their presence in a file shows that it is compiled.
    #[serde(default)]
    pub build: Vec<String>,
    /// Runtime packages of Debian and Ubuntu that no build package stands for.
    #[serde(default)]
    pub debian: Vec<String>,
    /// Alpine's packages for compiling it.
    #[serde(default)]
    pub alpine_build: Vec<String>,
    /// Runtime packages of Alpine that no build package stands for.
    #[serde(default)]
    pub alpine: Vec<String>,
    /// Commands that it calls.
    #[serde(default)]
    pub commands: Vec<String>,
    /// From which version on there are ready-made packages.
    pub ready_made: Option<ReadyMade>,
    /// Features, or packages that it depends on, one of which it must have been asked for with.
    #[serde(default)]
    pub only_with: Vec<String>,
    /// Features, or packages that it depends on, which bring the library's own sources.
    #[serde(default)]
    pub unless_with: Vec<String>,
    /// Packages for compiling whose libraries are needed where the language itself comes from the distribution.
    #[serde(default)]
    pub own_language: Vec<String>,
}

/// The first versions of a package that are published ready-made for versions of its language.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadyMade {
    /// The variable of base images that holds the language's version.
    pub variable: String,
    /// Version of the package by the language's version (`3.10`).
    pub since: BTreeMap<String, String>,
}

impl ReadyMade {
    /// True when a package of this version is older than the ready-made ones for a version of the language.
    pub fn is_before(&self, version: &str, language: &str) -> bool {
        let series: Vec<&str> = language.split('.').take(2).collect();
        let first = self.since.get(&series.join("."));
        first.is_some_and(|first| numbers(version) < numbers(first))
    }
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|part| part.parse().ok()).collect()
}

impl LibraryNeed {
    /// True when the libraries are needed however the package was installed.
    pub fn always(&self) -> bool {
        self.when == When::Always
    }

    /// True when the package is compiled on every installation.
    pub fn usually_from_source(&self) -> bool {
        self.when == When::Source
    }

    /// True when a package that was asked for with these features, or that depends on these packages, has the need.
    pub fn holds_with(&self, with: &BTreeSet<String>) -> bool {
        let any = |names: &[String]| names.iter().any(|name| with.contains(name));
        (self.only_with.is_empty() || any(&self.only_with)) && !any(&self.unless_with)
    }

    /// True when the need is to link what the image that compiles has.
    pub fn is_linked(&self) -> bool {
        self.when == When::Linked
    }

    /// The packages that provide the libraries on all `releases`, sorted. Where the releases need different names, the
    /// build package stands in: it is larger, and brings the right library on each. Empty for distributions that are not
    /// described.
    pub fn packages_for(&self, releases: &[Release]) -> Vec<String> {
        let (build, plain) = match distributions::family_of_all(releases) {
            Some(Family::Debian) => (&self.build, &self.debian),
            Some(Family::Alpine) => (&self.alpine_build, &self.alpine),
            _ => return Vec::new(),
        };
        let mut names = plain.clone();
        for package in build {
            match packages::runtime_packages(releases, package) {
                RuntimePackages::Names(found) => names.extend(found),
                RuntimePackages::Conflict(_) | RuntimePackages::Unknown => names.push(package.clone()),
            }
        }
        names.sort();
        names.dedup();
        names
    }

    /// The libraries of the language itself that the package links, where the distribution brings the language.
    pub fn language_packages(&self, releases: &[Release]) -> Vec<String> {
        let debian = distributions::family_of_all(releases) == Some(Family::Debian);
        let own = self.own_language.iter().filter(|_| debian);
        let found = own.map(|package| match packages::runtime_packages(releases, package) {
            RuntimePackages::Names(found) => found,
            RuntimePackages::Conflict(_) | RuntimePackages::Unknown => vec![package.clone()],
        });
        found.flatten().collect()
    }
}

#[derive(Default, Deserialize)]
struct Table {
    need: Vec<LibraryNeed>,
    manifests: BTreeMap<String, Vec<String>>,
    from_source: FromSource,
}

/// How an installation is told to compile what there is ready-made.
#[derive(Debug, Default, Deserialize)]
pub struct FromSource {
    /// Options of commands, which also stand in lists of requirements.
    pub options: Vec<String>,
    /// Variables that ask for it, whatever their value but nothing.
    pub variables: Vec<String>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| serde_json::from_str(TEXT).unwrap_or_default())
}

/// How an installation is told to compile what there is ready-made.
pub fn from_source() -> &'static FromSource {
    &table().from_source
}

fn needs() -> &'static [LibraryNeed] {
    &table().need
}

/// Files that tell what programs of an ecosystem are compiled with; the first that is there counts.
pub fn manifests_of_compiled(ecosystem: &str) -> &'static [String] {
    table().manifests.get(ecosystem).map_or(&[], Vec::as_slice)
}

/// What is known of the libraries that a package of a compiled program links: each entry is another choice of features.
pub fn linked_needs(ecosystem: &str, package: &str) -> impl Iterator<Item = &'static LibraryNeed> {
    let package = one_name(package);
    let named = move |need: &&LibraryNeed| need.is_linked() && need.packages.iter().any(|p| one_name(p) == package);
    let ecosystem = ecosystem.to_owned();
    needs().iter().filter(move |need| need.ecosystem == ecosystem).filter(named)
}

/// What a package of an ecosystem (`python`, `node`, `ruby`) needs at run time; `None` when nothing is known, which for
/// most packages means nothing. Upper and lower case, `_`, `.` and `-` in the name are the same; `[extras]` do not count.
pub fn library_needs(ecosystem: &str, package: &str) -> Option<&'static LibraryNeed> {
    static BY_NAME: OnceLock<BTreeMap<(&str, String), &LibraryNeed>> = OnceLock::new();
    let by_name = BY_NAME.get_or_init(|| {
        let named = |need: &'static LibraryNeed| {
            need.packages.iter().map(move |p| ((need.ecosystem.as_str(), one_name(p)), need))
        };
        // The last entry of a name stays, so backwards the first one does.
        needs().iter().rev().flat_map(named).collect()
    });
    let package = package.split('[').next().unwrap_or(package).to_ascii_lowercase();
    by_name.get(&(ecosystem, one_name(&package))).copied()
}

/// The same name for all ways to write it.
fn one_name(package: &str) -> String {
    package.to_ascii_lowercase().replace(['_', '.'], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(texts: &[&str]) -> Vec<Release> {
        let release = |text: &&str| {
            let (distribution, release) = text.split_once(':').unwrap_or((text, ""));
            Release { distribution: distribution.into(), release: release.into() }
        };
        texts.iter().map(release).collect()
    }

    fn need(ecosystem: &str, package: &str) -> &'static LibraryNeed {
        library_needs(ecosystem, package).unwrap_or_else(|| panic!("{package} is known"))
    }

    #[test]
    fn the_data_is_sound() {
        let count = |ecosystem: &str| {
            needs().iter().filter(|n| n.ecosystem == ecosystem).map(|n| n.packages.len()).sum::<usize>()
        };
        assert!(count("python") >= 100 && count("node") >= 30 && count("ruby") >= 15);
        let once = needs().iter().filter(|need| need.only_with.is_empty());
        let mut names: Vec<(&str, &str)> =
            once.flat_map(|n| n.packages.iter().map(|p| (n.ecosystem.as_str(), p.as_str()))).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "no package twice");
        for need in needs() {
            for build in &need.build {
                let release = &on(&["debian:bookworm"])[0];
                assert!(packages::package(release, build).is_some(), "{build} of {:?}", need.packages);
            }
            for build in &need.alpine_build {
                assert!(packages::package(&on(&["alpine:3.19"])[0], build).is_some(), "{build} of {:?}", need.packages);
            }
        }
    }

    #[test]
    fn names_follow_the_release() {
        let cases = [
            ("python", "psycopg2", &["debian:bookworm"][..], "libpq5"),
            ("python", "psycopg2", &["debian:trixie", "debian:bookworm"], "libpq5"),
            ("python", "psycopg2", &["alpine:3.19"], "libpq"),
            ("python", "mysqlclient", &["debian:bookworm"], "libmariadb3"),
            ("python", "python-magic", &["debian:trixie"], "libmagic1t64"),
            ("python", "python-magic", &["debian:trixie", "debian:bookworm"], "libmagic1"),
            ("python", "Shapely", &["debian:trixie", "debian:bookworm"], "libgeos-c1v5"),
            ("python", "gdal", &["debian:trixie", "debian:bookworm"], "libgdal-dev"),
            ("python", "opencv_python", &["debian:bookworm"], "libgl1 libglib2.0-0"),
            ("node", "@prisma/client", &["debian:bookworm"], "ca-certificates openssl"),
            ("node", "pg-native", &["alpine:3.20"], "libpq"),
            ("ruby", "mysql2", &["debian:bookworm"], "libmariadb3"),
            ("python", "libarchive-c", &["debian:trixie"], "libarchive13t64"),
            ("python", "hidapi", &["debian:bookworm"], "libudev1 libusb-1.0-0"),
            ("node", "keytar", &["alpine:3.20"], "libsecret"),
            ("ruby", "idn-ruby", &["debian:bookworm"], "libidn12"),
            ("php", "php-ffmpeg/php-ffmpeg", &["debian:bookworm"], "ffmpeg"),
            ("python", "psycopg2", &["rhel:9"], ""),
            ("python", "psycopg2", &[], ""),
        ];
        for (ecosystem, package, releases, expected) in cases {
            assert_eq!(
                need(ecosystem, package).packages_for(&on(releases)).join(" "),
                expected,
                "{package} on {releases:?}"
            );
        }
    }

    #[test]
    fn when_it_is_needed() {
        assert!(need("python", "psycopg2").usually_from_source());
        assert!(!need("python", "psycopg2-binary").usually_from_source());
        assert!(need("python", "weasyprint").always());
        assert!(need("python", "psycopg[pool]").always());
    }

    #[test]
    fn most_packages_need_nothing() {
        for (ecosystem, package) in [("python", "flask"), ("python", "requests"), ("node", "express"), ("cobol", "pg")]
        {
            assert!(library_needs(ecosystem, package).is_none(), "{package}");
        }
    }
}
