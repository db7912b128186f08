//! What is known of the package managers of systems: their verbs, and how a stage installs with them.

use super::distributions::{self, Family};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

/// What a package manager is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackageAction {
    /// Fetch the lists of packages.
    Update,
    /// Install packages.
    Install,
    /// Remove packages.
    Remove,
    /// Upgrade what is installed.
    Upgrade,
    /// Remove caches.
    Clean,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    verbs: BTreeMap<PackageAction, Vec<String>>,
    manager: Vec<Manager>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Manager {
    id: String,
    of: Option<Family>,
    #[serde(default)]
    of_others: bool,
    #[serde(default)]
    upgrades: Vec<String>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    lists: bool,
    #[serde(default)]
    settings: Vec<String>,
    #[serde(default)]
    called: Vec<String>,
    #[serde(default)]
    leaves: Vec<String>,
    tidy: Option<String>,
    #[serde(default)]
    add: Vec<String>,
    again: Vec<String>,
    #[serde(default)]
    upgraded: Vec<String>,
}

fn data() -> &'static Data {
    static DATA: OnceLock<Data> = OnceLock::new();
    let text = include_str!(concat!(env!("OUT_DIR"), "/data/package-managers.json"));
    DATA.get_or_init(|| serde_json::from_str(text).unwrap_or_default())
}

/// A package manager, named for its command.
#[derive(Clone, Copy)]
pub struct PackageManager(&'static Manager);

impl PackageManager {
    /// The one of a distribution, by the distribution's id.
    pub fn of_distribution(id: &str) -> Option<Self> {
        let family = distributions::family(id);
        let is_of = |manager: &&Manager| match family {
            Some(_) => manager.of == family,
            None => manager.of_others,
        };
        data().manager.iter().find(is_of).map(Self)
    }

    /// What a word of a command asks for; nothing for words that are no verbs.
    pub fn action(self, word: &str) -> Option<PackageAction> {
        let known = |words: &[String]| words.iter().any(|known| known == word);
        match known(&self.0.upgrades) {
            true => Some(PackageAction::Upgrade),
            false => data().verbs.iter().find(|(_, words)| known(words)).map(|(action, _)| *action),
        }
    }

    /// Options that name a group of packages.
    pub fn groups(self) -> &'static [String] {
        &self.0.groups
    }

    /// True when an install needs lists that an earlier command has fetched.
    pub fn needs_lists(self) -> bool {
        self.0.lists
    }

    /// Absolute paths of files and directories that it reads by itself: which archives there are, and their keys.
    pub fn settings(self) -> &'static [String] {
        &self.0.settings
    }

    /// Names of its commands, where it leaves something behind.
    pub fn called(self) -> &'static [String] {
        &self.0.called
    }

    /// Absolute paths of directories with what an install leaves behind: lists of packages, downloads.
    pub fn leaves(self) -> &'static [String] {
        &self.0.leaves
    }

    /// The command that takes that away; nothing where it is not known.
    pub fn tidy(self) -> Option<&'static str> {
        self.0.tidy.as_deref()
    }

    /// A RUN that adds packages to a stage; nothing where it is not known how.
    pub fn install_line(self, packages: &[String]) -> Option<String> {
        let text = joined(&self.0.add, packages);
        (!text.is_empty()).then(|| format!("RUN {text}"))
    }

    /// The commands that install packages in place of several that cannot be told apart.
    pub fn again(self, packages: &[String], upgrade: bool) -> String {
        let upgraded = Some(&self.0.upgraded).filter(|commands| upgrade && !commands.is_empty());
        joined(upgraded.unwrap_or(&self.0.again), packages)
    }
}

fn joined(commands: &[String], packages: &[String]) -> String {
    commands.join(" \\\n && ").replace("{packages}", &packages.join(" "))
}

impl PartialEq for PackageManager {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for PackageManager {}

impl fmt::Debug for PackageManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.id)
    }
}

impl Serialize for PackageManager {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.id)
    }
}

impl<'de> Deserialize<'de> for PackageManager {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        let known = || data().manager.iter();
        known().find(|manager| manager.id == id).map(Self).ok_or_else(|| {
            let ids: Vec<String> = known().map(|manager| format!("`{}`", manager.id)).collect();
            de::Error::custom(format!("no package manager is called `{id}`; known are {}", ids.join(", ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(distribution: &str) -> PackageManager {
        PackageManager::of_distribution(distribution).expect("a manager")
    }

    #[test]
    fn distributions_have_theirs() {
        let ids = ["debian", "ubuntu", "alpine", "fedora", "mariner"].map(|id| format!("{:?}", of(id)));
        assert_eq!(ids, ["apt", "apt", "apk", "dnf", "dnf"]);
    }

    #[test]
    fn verbs_mean_what_the_manager_says() {
        assert_eq!(of("debian").action("update"), Some(PackageAction::Update));
        assert_eq!(of("fedora").action("update"), Some(PackageAction::Upgrade), "yum's own meaning");
        assert_eq!(of("alpine").action("add"), Some(PackageAction::Install));
        assert_eq!(of("alpine").action("curl"), None);
    }

    #[test]
    fn packages_are_put_into_the_commands() {
        let names = ["curl".to_owned(), "git".to_owned()];
        assert_eq!(of("alpine").install_line(&names).as_deref(), Some("RUN apk add --no-cache curl git"));
        assert_eq!(of("fedora").install_line(&names), None);
        let upgraded = of("debian").again(&names, true);
        assert!(upgraded.contains("&& apt-get upgrade -y \\\n && apt-get install -y curl git"), "{upgraded}");
        assert!(!of("debian").again(&names, false).contains("upgrade"));
        assert_eq!(of("fedora").again(&names, true), "dnf install -y curl git");
    }

    #[test]
    fn an_unknown_one_is_an_error_that_names_the_known() {
        let error = serde_json::from_str::<PackageManager>("\"apt-fast\"").expect_err("unknown");
        assert!(error.to_string().contains("`apt`, `apk`, `dnf`"), "{error}");
    }
}
