//! Dependencies that only development needs: how manifests tell them, and how package managers take them away again.
//!
//! The facts stand in `heuristics/data/development.toml`; the fields are described in `heuristics/data/README.md`.

use super::heuristics::glob;
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
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Language {
    /// Id of the heuristics file.
    pub ecosystem: String,
    /// The manifest, JSON or TOML as its ending says.
    pub manifest: String,
    /// Its keys with dependencies of development only, where it has no groups.
    pub development: Vec<String>,
    /// Its keys with all others.
    pub lasting: Vec<String>,
    /// Names of groups that are for development, by custom.
    pub groups: Vec<String>,
    /// How sources name what they load.
    pub naming: Naming,
    /// Packages of development, with what stands for them in texts; where there are any, no other may leave.
    pub known: Vec<Known>,
    /// Globs on names of files that neither load nor start anything.
    pub unread: Vec<String>,
    /// Calls that load a module whose name is computed.
    pub loaders: Vec<String>,
    /// Globs on names of files that give containers commands and variables.
    pub container_files: Vec<String>,
    /// Words of commands that run a container, for files that say what is done with the finished image.
    pub container_words: Vec<String>,
    /// The directory of commands in that of installed packages.
    pub bin: String,
    /// What a package takes when it is installed, in percent of what the table of sizes says.
    pub installed_percent: u32,
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

/// How sources of a language name what they load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Naming {
    /// In quotes, by the name of the package.
    #[default]
    Quoted,
    /// In statements that begin with `import` or `from`, and in quotes; `#` begins a comment.
    Statements,
}

/// Packages of development of which it is known what stands for them in texts: their own names, also with `_` for `-`, and these.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Known {
    /// Globs on their names.
    pub packages: Vec<String>,
    /// Modules, commands and other words.
    pub names: Vec<String>,
    /// Globs on names of packages that load them unasked when they are there.
    pub hosts: Vec<String>,
}

/// How scripts of a manifest are run.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
    /// TOML, `package` with `dependencies` as a list, and the project itself among them.
    Uv,
    /// TOML, `package` with `dependencies` as a table.
    Poetry,
}

/// How a manager's manifest declares what only development needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Declares {
    /// By keys, as the language has them.
    #[default]
    Keys,
    /// `[dependency-groups]`, of which `[tool.uv] default-groups` are installed, and `[tool.uv] dev-dependencies`.
    DefaultGroups,
    /// `[tool.poetry.group.NAME]`, all that are not optional, and `[tool.poetry.dev-dependencies]`.
    PoetryGroups,
}

/// How a manager is told which groups to leave out.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LeaveOut {
    /// The option.
    pub option: String,
    /// True when it takes several groups at once, with commas between them.
    pub list: bool,
    /// Groups with an option of their own.
    pub own: BTreeMap<String, String>,
}

/// The release of a manager, by the steps that install it, and its command.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Releases {
    /// The package of the manager.
    pub package: String,
    /// The rule of its own installer.
    pub installer: String,
    /// The variable that tells the installer a version.
    pub variable: String,
    /// Commands, each from a release on; the last is also that of a release that nobody names.
    pub commands: Vec<ReleaseCommand>,
}

/// The command of a manager from a release on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseCommand {
    /// The first two numbers of the release.
    pub from: (u32, u32),
    /// The command.
    pub run: String,
}

/// A command that installs again at run time what was taken away.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undoes {
    /// Its words.
    pub command: String,
    /// Options with which it does not.
    pub unless: Vec<String>,
    /// A variable with which it does not, `NAME=value`.
    pub unless_set: Vec<String>,
}

/// What a manager that fetches again does not find, or makes undone.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Several {
    /// Keys of the manifest.
    pub keys: Vec<String>,
    /// Files beside the manifest.
    pub files: Vec<String>,
}

/// Words in a file of the project.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
    /// Of these, those that a value follows.
    #[serde(default)]
    pub valued: Vec<String>,
    /// Options that the command does without. Where there are any, another that is not carried either stands against it.
    #[serde(default)]
    pub passes: Vec<String>,
    /// Options with which development dependencies are left out.
    pub omits: Vec<String>,
    /// Names of variables that are not there when the usual is done.
    #[serde(default)]
    pub unless_set: Vec<String>,
    /// How its manifest declares what only development needs.
    #[serde(default)]
    pub declares: Declares,
    /// Options that ask for an extra of the project, and the one for all of them.
    #[serde(default)]
    pub extras: Vec<String>,
    /// How it leaves groups out.
    #[serde(default)]
    pub leave_out: LeaveOut,
    /// Its releases, where the command depends on them.
    pub releases: Option<Releases>,
    /// True when its last call says what is installed, and those before it do not.
    #[serde(default)]
    pub last_counts: bool,
    /// Files beside the manifest that it reads besides.
    #[serde(default)]
    pub reads: Vec<String>,
    /// Beginnings of variables that it follows.
    #[serde(default)]
    pub variables: Vec<String>,
    /// Options with which the lock file is followed as it is; empty when it always is.
    #[serde(default)]
    pub follows: Vec<String>,
    /// Variables with which it is, `NAME=value`.
    #[serde(default)]
    pub follows_set: Vec<String>,
    /// The key of the manifest that says whether the project itself is installed.
    #[serde(default)]
    pub packaged: String,
    /// Options with which the project itself is not installed.
    #[serde(default)]
    pub without_project: Vec<String>,
    /// Globs on directories that are not the project's alone, where it has no command.
    #[serde(default)]
    pub shared: Vec<String>,
    /// Commands that install again at run time what was taken away.
    #[serde(default)]
    pub undone_by: Vec<Undoes>,
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

impl Language {
    /// What is known of a package of development.
    pub fn known<'l, 'n>(&'l self, package: &'n str) -> impl Iterator<Item = &'l Known> + use<'l, 'n> {
        self.known.iter().filter(move |known| known.packages.iter().any(|g| glob(g, package)))
    }
}

impl Development {
    /// The managers, by their releases, whose command a rule describes.
    pub fn managers<'d, 'r>(&'d self, rule: &'r str) -> impl Iterator<Item = &'d Manager> + use<'d, 'r> {
        self.manager.iter().filter(move |manager| manager.installs == rule)
    }

    /// What is known of a package of development, of any language.
    pub fn known<'d, 'n>(&'d self, package: &'n str) -> impl Iterator<Item = &'d Known> + use<'d, 'n> {
        self.language.iter().flat_map(move |language| language.known(package))
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
            assert!(!language.source.is_empty());
            assert!(!language.builtins.is_empty() || !language.known.is_empty());
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
