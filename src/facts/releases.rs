//! Distribution releases: their names, their order in time, and whether their package archive still answers.

use super::distributions::{self, Distribution};
use super::images::Release;
use serde::Deserialize;
use std::sync::OnceLock;

static TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/data/releases.json"));

/// A release that is known by name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownRelease {
    /// `debian`, `ubuntu`, `alpine`, …
    pub distribution: String,
    /// The name that [`Release`] uses: Debian's code name, Ubuntu's and Alpine's number.
    pub release: String,
    /// Other names of the release (Debian's number, Ubuntu's code name).
    pub names: Vec<String>,
    /// First day of the release, `YYYY-MM-DD`; in the far future for releases that are not out.
    pub since: String,
    /// True when the package archive still answers at its usual address.
    pub served: bool,
}

impl KnownRelease {
    /// The release as a value of its own.
    pub fn to_release(&self) -> Release {
        Release { distribution: self.distribution.clone(), release: self.release.clone() }
    }

    /// True when `name` is the release's name or one of its other names.
    pub fn is_called(&self, name: &str) -> bool {
        self.release == name || self.names.iter().any(|n| n == name)
    }
}

/// A package whose files are all of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainPackage {
    package: String,
    /// Absolute paths that hold what it brings.
    paths: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    zone_areas: Vec<String>,
    release: Vec<KnownRelease>,
    files: Vec<PlainPackage>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| serde_json::from_str::<Table>(TEXT).unwrap_or_default())
}

/// All known releases, grouped by distribution, oldest first.
pub fn known_releases() -> &'static [KnownRelease] {
    &table().release
}

/// Absolute paths that hold all that a package brings, where a copy of them stands for its installation.
pub fn files_of(package: &str) -> Option<&'static [String]> {
    table().files.iter().find(|plain| plain.package == package).map(|plain| plain.paths.as_slice())
}

/// True when a text names a time zone: `Europe/Rome`, also as a part of an address (`loc=Europe%2FRome`).
pub fn names_a_zone(text: &str) -> bool {
    let is_zone = |area: &str, at: usize| {
        let begins = !text[..at].ends_with(|c: char| c.is_alphanumeric() || "/_-.".contains(c));
        let rest = &text[at + area.len()..];
        let place = rest.strip_prefix('/').or_else(|| rest.strip_prefix("%2F"));
        begins && place.is_some_and(|place| place.starts_with(|c: char| c.is_ascii_uppercase()))
    };
    table().zone_areas.iter().any(|area| text.match_indices(area.as_str()).any(|(at, _)| is_zone(area, at)))
}

/// The release of `distribution` with this name or number, as far as it is known.
pub fn find(distribution: &str, name: &str) -> Option<&'static KnownRelease> {
    known_releases().iter().find(|r| r.distribution == distribution && r.is_called(name))
}

/// The Debian or Ubuntu release that a code name such as `bookworm` or `noble` means.
pub fn by_codename(name: &str) -> Option<&'static KnownRelease> {
    let is_word = name.bytes().all(|b| b.is_ascii_lowercase()) && !name.is_empty();
    let named = |r: &&KnownRelease| distributions::find(&r.distribution).is_some_and(|d| d.codenames);
    if is_word { known_releases().iter().filter(named).find(|r| r.is_called(name)) } else { None }
}

/// Debian's current stable release.
pub fn debian_stable() -> Option<&'static KnownRelease> {
    known_releases().iter().rfind(|r| r.distribution == "debian" && r.since.as_str() < "2099")
}

/// True when the package archive of `release` still answers at its usual address, so that an install step can be added
/// to a stage that had none. False for releases whose archive moved away and for unknown ones; every Alpine release
/// stays where it was.
pub fn is_served(release: &Release) -> bool {
    distributions::find(&release.distribution).is_some_and(Distribution::keeps_its_archive)
        || find(&release.distribution, &release.release).is_some_and(|r| r.served)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_by_name() {
        for text in ["TZ: Asia/Tokyo", "?loc=Europe%2FRome&x", "\"CRON_TZ=America/New_York 0 4 * * *\""] {
            assert!(names_a_zone(text), "{text}");
        }
        for text in ["src/Asia/map.go", "Europe/", "Asia/tokyo", "AmericaFirst/X", "in Europe"] {
            assert!(!names_a_zone(text), "{text}");
        }
    }

    #[test]
    fn the_table_parses() {
        assert!(known_releases().len() > 50);
        assert_eq!(debian_stable().map(|r| r.release.as_str()), Some("trixie"));
    }

    #[test]
    fn names_and_numbers_mean_the_same() {
        assert_eq!(find("debian", "12").map(|r| r.release.as_str()), Some("bookworm"));
        assert_eq!(by_codename("noble").map(|r| r.release.as_str()), Some("24.04"));
        assert!(by_codename("12").is_none());
        assert!(by_codename("slim").is_none());
    }

    #[test]
    fn archives_that_moved_away_are_not_served() {
        let cases = [
            ("debian", "stretch", false),
            ("debian", "buster", false),
            ("debian", "bookworm", true),
            ("ubuntu", "23.04", false),
            ("ubuntu", "22.04", true),
            ("centos", "7", false),
            ("alpine", "3.9", true),
            ("somewhere", "1", false),
        ];
        for (distribution, release, served) in cases {
            let release = Release { distribution: distribution.into(), release: release.into() };
            assert_eq!(is_served(&release), served, "{release:?}");
        }
    }
}
