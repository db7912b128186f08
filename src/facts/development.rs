//! Dependencies that only development needs: how manifests tell them, and how package managers take them away again.
//!
//! The facts stand in `heuristics/data/development.toml`; the fields are described in `heuristics/data/README.md`.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

static TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/data/development.json"));

/// The table.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Development {
    language: Vec<Language>,
    manager: Vec<Manager>,
}

/// What a language's projects look like.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    /// Id of the heuristics file.
    pub ecosystem: String,
    /// The manifest, JSON.
    pub manifest: String,
    /// Its keys with dependencies of development only.
    pub development: Vec<String>,
    /// Its keys with all others.
    pub lasting: Vec<String>,
    /// Signs of several packages in one project.
    pub several: Several,
    /// Variables with which development dependencies are not installed in the first place: `NAME=value`.
    pub production: Vec<String>,
    /// Options that ask for them all the same.
    pub asks: Vec<String>,
    /// Files of settings, with words by which a manager leaves out dependencies or puts them elsewhere.
    pub settings: Vec<Sign>,
    /// The directory of installed packages, beside the manifest.
    pub installed: String,
    /// Endings of sources.
    pub sources: Vec<String>,
    /// Endings of files that a program reads as settings.
    pub configuration: Vec<String>,
    /// Endings of shell scripts.
    pub scripts: Vec<String>,
    /// Globs on names of files that only tools of development read.
    pub build_files: Vec<String>,
    /// Settings of a compiler, by a glob on the name of the file, and the keys that say where it writes.
    pub compiler: Sign,
    /// Files that give names to places of the project.
    pub aliases: Vec<String>,
    /// What stands before the colon of an import that no package brings.
    pub schemes: Vec<String>,
    /// Commands that run scripts of the manifest.
    pub runners: Runners,
    /// Globs on names of tests.
    pub test_files: Vec<String>,
    /// Directories of tests and of tools of development.
    pub test_directories: Vec<String>,
    /// Modules of the language itself.
    pub builtins: Vec<String>,
    /// Beginnings of imports that lead into the project.
    pub own_imports: Vec<String>,
    /// Packages that others load unasked when they are there.
    pub loaded_unsaid: Vec<String>,
    /// Packages whose build puts development dependencies into its result.
    pub packing: Vec<String>,
    /// Packages that others load by a convention which spells no name.
    pub companions: Vec<Companions>,
    /// Packages of commands that have another name.
    pub commands: BTreeMap<String, String>,
    /// Packages that a command loads by itself.
    pub needs: Vec<Need>,
    /// Where the facts come from.
    #[allow(dead_code, reason = "for readers of the table")]
    source: String,
}

/// How scripts of a manifest are run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runners {
    /// The commands.
    pub commands: Vec<String>,
    /// Words between a command and the script's name.
    pub between: Vec<String>,
}

/// The form of a lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LockForm {
    /// JSON, `packages` by their place or `dependencies` by their name.
    Npm,
    /// Heads with descriptors, and indented fields.
    Yarn,
    /// YAML, `packages` and `snapshots`.
    Pnpm,
    /// YAML, descriptors with what each package asks for and brings, and a head that is called `__metadata`.
    Berry,
}

/// What a manager that fetches again does not find, or makes undone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FetchesAgain {
    /// Words of the installing instruction that are its alone: mounts, credentials, a cache that is removed.
    pub alone: Vec<String>,
    /// Settings that name a registry of one's own.
    pub registries: Vec<Sign>,
    /// Words of the manifest, and a directory, that show changes of packages.
    pub patches: Sign,
}

/// Packages that others load by a convention.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Companions {
    /// Those that load.
    pub hosts: Vec<String>,
    /// Globs on the names of what they load.
    pub loads: Vec<String>,
    /// Globs on names of files for which they do; empty for any project.
    #[serde(default)]
    pub files: Vec<String>,
}

/// How a manager is told to do without peers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithoutPeers {
    /// An option of the installation.
    pub option: String,
    /// A file of settings.
    pub settings: String,
    /// A word in it.
    pub word: String,
}

/// Signs of several packages in one project.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Several {
    /// Keys of the manifest.
    pub keys: Vec<String>,
    /// Files beside the manifest.
    pub files: Vec<String>,
}

/// Words in a file of the project.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// The file, beside the manifest.
    pub file: String,
    /// Words of which one stands in it.
    pub words: Vec<String>,
}

/// A package that a command loads by itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The command.
    pub command: String,
    /// A file of the project for which it does; empty for any.
    pub file: String,
    /// The package.
    pub package: String,
}

/// How one package manager takes away development dependencies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manager {
    /// The rule of its command that installs.
    pub installs: String,
    /// The command that takes them away.
    pub run: String,
    /// Base images on which an older release needs another command.
    pub images: Option<Older>,
    /// Options of the installation that the command needs as well.
    #[serde(default)]
    pub carries: Vec<String>,
    /// Options with which development dependencies are left out.
    pub omits: Vec<String>,
    /// Words of the installation with which it is not done like this.
    #[serde(default)]
    pub without: Vec<String>,
    /// Signs that this is not how it is done.
    #[serde(default)]
    pub unless: Vec<Sign>,
    /// Signs of its release and settings, all of which have to be there.
    #[serde(default)]
    pub given: Vec<Sign>,
    /// Files that have to lie beside the manifest when it installs.
    #[serde(default)]
    pub needs: Vec<String>,
    /// True when it keeps what others ask for as their peer.
    #[serde(default)]
    pub keeps_peers: bool,
    /// True when its command leaves alone what steps wrote into packages that stay and under names that are no packages'.
    #[serde(default)]
    pub passes_over: bool,
    /// How it is told to do without them all the same.
    pub without_peers: Option<WithoutPeers>,
    /// What stands against a command that may fetch again, and makes packages what they were; none for one that does neither.
    pub fetches: Option<FetchesAgain>,
    /// What it keeps of its downloads in a cache, in percent of what is installed.
    pub downloads_percent: u32,
    /// Its lock files.
    pub locks: Vec<String>,
    /// Their form.
    pub lock_form: LockForm,
    /// Where the facts come from.
    #[allow(dead_code, reason = "for readers of the table")]
    source: String,
}

/// An older release of a package manager, told by the base image.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Older {
    /// Repositories of the images.
    pub names: Vec<String>,
    /// The first number of the tag from which the usual command is right.
    pub from: u32,
    /// The command before.
    pub older: String,
}

impl Manager {
    /// The command for a base image, by its repository and tag; a tag without a number stands for the newest.
    pub fn command(&self, repository: &str, tag: &str) -> &str {
        let digits: String = tag.chars().take_while(char::is_ascii_digit).collect();
        match (&self.images, digits.parse::<u32>()) {
            (Some(older), Ok(major)) if older.names.iter().any(|n| n == repository) && major < older.from => {
                &older.older
            }
            _ => &self.run,
        }
    }
}

impl Development {
    /// The managers, by their releases, whose command a rule describes.
    pub fn managers<'d, 'r>(&'d self, rule: &'r str) -> impl Iterator<Item = &'d Manager> + use<'d, 'r> {
        self.manager.iter().filter(move |manager| manager.installs == rule)
    }

    /// Directories of tests and of tools of development, of all languages.
    pub fn test_directories(&self) -> impl Iterator<Item = &str> {
        self.language.iter().flat_map(|language| &language.test_directories).map(String::as_str)
    }

    /// The language of a heuristics file.
    pub fn language(&self, ecosystem: &str) -> Option<&Language> {
        self.language.iter().find(|language| language.ecosystem == ecosystem)
    }
}

/// The table.
pub fn development() -> &'static Development {
    static TABLE: OnceLock<Development> = OnceLock::new();
    TABLE.get_or_init(|| serde_json::from_str(TEXT).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::heuristics::Heuristics;

    #[test]
    fn the_table_is_read() {
        let table: Development = serde_json::from_str(TEXT).expect("the table has the fields that are documented");
        for manager in &table.manager {
            let rule = Heuristics::builtin().command(&manager.installs);
            assert!(rule.is_some(), "{} is no rule", manager.installs);
            let language = manager.installs.split('/').next().unwrap();
            assert!(table.language(language).is_some(), "{language}");
            assert!(!manager.locks.is_empty() && !manager.source.is_empty());
        }
        for language in &table.language {
            assert!(!language.source.is_empty() && !language.builtins.is_empty());
        }
    }

    #[test]
    fn older_managers_have_other_commands() {
        let npm = development().managers("node/npm-install").next().unwrap();
        for (repository, tag, command) in [
            ("node", "20-alpine", "npm prune --omit=dev"),
            ("node", "lts", "npm prune --omit=dev"),
            ("node", "14", "npm prune --production"),
            ("python", "3.11", "npm prune --omit=dev"),
        ] {
            assert_eq!(npm.command(repository, tag), command, "{repository}:{tag}");
        }
    }
}
