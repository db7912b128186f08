//! What is known of distributions, one entry each.

use super::images::{Libc, Release};
use serde::Deserialize;
use std::sync::OnceLock;

/// A family of distributions that share the names of packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Debian and what is made of it.
    Debian,
    /// Alpine.
    Alpine,
    /// Fedora, RHEL and their kin.
    Rpm,
}

/// A distribution.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Distribution {
    /// The name that images, releases and packages are listed under.
    pub id: String,
    /// Whose package names it shares; none for those whose packages are not described.
    pub packages: Option<Family>,
    /// Its C library.
    pub libc: Libc,
    /// Its tags may name a release by a word.
    #[serde(default)]
    pub codenames: bool,
    #[serde(default)]
    archive: Archive,
    #[serde(default)]
    tags: Vec<String>,
    /// Releases below this number name libraries otherwise than the family does today.
    #[serde(default)]
    own_names_below: Option<u32>,
    /// Its package managers, where they tell of the distribution.
    #[serde(default)]
    managers: Vec<String>,
    #[serde(default)]
    accounts: Vec<Account>,
    /// Commands that make an account with `{id}`, `{name}`, `{home}` and `{shell}`.
    #[serde(default)]
    pub account: Vec<String>,
    /// A command that makes a directory which belongs to it.
    pub owned: Option<String>,
    /// A command that takes an account away, where it is there.
    pub no_account: Option<String>,
    /// Variables that its package manager, or what that starts, reads while it installs.
    #[serde(default)]
    pub environment: Vec<String>,
    /// Texts in options of an installation without what packages recommend.
    #[serde(default)]
    lean: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Archive {
    #[default]
    Moves,
    Stays,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    since: String,
    layer: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    distribution: Vec<Distribution>,
}

/// True when the options of an installation leave out what packages recommend.
pub fn is_lean(distribution: &str, options: &[String]) -> bool {
    let lean = find(distribution).map(|distribution| &distribution.lean);
    lean.into_iter().flatten().any(|text| options.iter().any(|option| option.contains(text.as_str())))
}

/// All distributions.
pub fn all() -> &'static [Distribution] {
    static DATA: OnceLock<Data> = OnceLock::new();
    let text = include_str!(concat!(env!("OUT_DIR"), "/data/distributions.json"));
    &DATA.get_or_init(|| serde_json::from_str(text).unwrap_or_default()).distribution
}

/// A distribution by its id.
pub fn find(id: &str) -> Option<&'static Distribution> {
    all().iter().find(|distribution| distribution.id == id)
}

/// The distribution whose package manager a command is; Debian stands for all that share its packages.
pub fn of_manager(command: &str) -> Option<&'static Distribution> {
    all().iter().find(|distribution| distribution.managers.iter().any(|manager| manager == command))
}

/// The family whose package names a distribution shares.
pub fn family(id: &str) -> Option<Family> {
    find(id)?.packages
}

/// The family of all releases, when it is the same.
pub fn family_of_all(releases: &[Release]) -> Option<Family> {
    let first = family(&releases.first()?.distribution)?;
    releases.iter().all(|release| family(&release.distribution) == Some(first)).then_some(first)
}

/// Every word that may stand before a number in a tag (`ubi9`), with the distribution that it means.
pub fn tag_words() -> impl Iterator<Item = (&'static str, &'static str)> {
    all().iter().flat_map(|d| d.tags.iter().map(|tag| (tag.as_str(), d.id.as_str())))
}

impl Distribution {
    /// True when the family's names of libraries hold for a release; one without a number may be any.
    pub fn shares_names(&self, release: &str) -> bool {
        let number = release.split('.').next().and_then(|n| n.parse::<u32>().ok());
        self.own_names_below.is_none_or(|below| number.is_some_and(|number| number >= below))
    }

    /// True when the packages of every release stay where they were.
    pub fn keeps_its_archive(&self) -> bool {
        self.archive == Archive::Stays
    }

    /// Layers with accounts that images of a release bring.
    pub fn account_layers(&'static self, release: &str) -> impl Iterator<Item = &'static str> {
        self.accounts.iter().filter(move |account| release >= account.since.as_str()).map(|a| a.layer.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(id: &str) -> Release {
        Release { distribution: id.to_owned(), release: "1".to_owned() }
    }

    #[test]
    fn the_table_is_read() {
        assert_eq!(all().len(), 12);
        assert_eq!(find("alpine").map(|d| d.libc), Some(Libc::Musl));
        assert!(find("alpine").is_some_and(Distribution::keeps_its_archive));
        assert!(!find("debian").is_some_and(Distribution::keeps_its_archive));
        assert!(find("plan9").is_none());
    }

    #[test]
    fn families() {
        assert_eq!(family("ubuntu"), Some(Family::Debian));
        assert_eq!(family("amazonlinux"), Some(Family::Rpm));
        assert_eq!(family("mariner"), None);
        assert_eq!(family_of_all(&[on("debian"), on("ubuntu")]), Some(Family::Debian));
        assert_eq!(family_of_all(&[on("debian"), on("alpine")]), None);
        assert_eq!(family_of_all(&[]), None);
    }

    #[test]
    fn accounts_come_with_a_release() {
        let layers = |release| find("ubuntu").map(|d| d.account_layers(release).count());
        assert_eq!((layers("22.04"), layers("24.04")), (Some(0), Some(1)));
    }
}
