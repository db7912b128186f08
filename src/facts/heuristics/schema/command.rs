//! What a heuristics file says of a command: the words that it is known by, what it does, and what it runs itself.

use super::location::Location;
use super::runtime::Sign;
use crate::facts::heuristics::template::Template;
use crate::facts::heuristics::{ProjectSetting, glob};
use serde::{Deserialize, Serialize};

pub use crate::facts::package_managers::PackageManager;

/// When a command's step is needed, before dataflow has its say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CommandRole {
    /// Only to build.
    Build,
    /// It sets up what run time needs.
    Runtime,
    /// Its results are needed in both.
    Both,
    /// Tests and linters: stays in the builder, so that a failure still fails the build.
    Check,
    /// Removes caches and leftovers.
    Cleanup,
    /// No lasting effect, or its effect follows its paths.
    Neutral,
}

/// A variable that a command sets for later ones (`./configure --prefix`, `poetry config`).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// The variable.
    pub name: String,
    /// Its value.
    pub value: Template,
}

/// Where to look for the command inside a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InsideKind {
    /// A Makefile's targets.
    Make,
    /// A script of `package.json`.
    PackageScript,
    /// A script file, the first argument.
    Script,
    /// Shell text, the value of `-c`.
    ShellArgument,
    /// The arguments are a command (`env`, `exec`, `nice`).
    CommandArgument,
}

/// A change of the system that copying paths does not carry, or only carries whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SystemChange {
    /// Users and groups.
    Users,
    /// The next free id for a system account, counted from those that are taken.
    NextId,
    /// The cache of the dynamic linker.
    Ldconfig,
    /// Locales.
    Locale,
    /// Certificate authorities.
    Certificates,
    /// `/etc/alternatives`.
    Alternatives,
    /// The time zone.
    Timezone,
    /// Package repositories and their keys.
    Repositories,
    /// Packages, installed or removed.
    Packages,
    /// Configuration of a service below `/etc` made by its own command (`a2enmod`).
    Services,
    /// A service is started while building, to fill it with data.
    Started,
}

/// The leading words that a rule is for.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern {
    /// The command's name.
    pub first: String,
    /// The words after it.
    pub words: Vec<PatternWord>,
}

/// A word of a [`Pattern`].
#[derive(Clone, Debug)]
pub enum PatternWord {
    /// The next word that is no option; `*` stands for any characters.
    Word(String),
    /// The next word that is no option; it stays an argument (`*`, or a word after `@`: `@*.java`).
    Argument(String),
    /// No more words (`.`), assignments such as `PREFIX=/opt` left out.
    End,
    /// Any number of words.
    Any,
    /// An option that must be present, wherever it stands.
    Flag(String),
}

impl PatternWord {
    /// True for a plain word that fits `text`.
    pub fn is_word(&self, text: &str) -> bool {
        matches!(self, PatternWord::Word(word) if glob(word, text))
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let first = words.next().ok_or("`match` needs at least one word")?.to_owned();
        if first.contains(['*', '/']) {
            return Err(format!(
                "`{first}`: the first word is a plain command name; use `alias` of [[tool]] for others"
            ));
        }
        let words = words
            .map(|word| match word {
                "*" => PatternWord::Argument(word.to_owned()),
                "." => PatternWord::End,
                ".." => PatternWord::Any,
                _ if word.starts_with('-') => PatternWord::Flag(word.to_owned()),
                _ => match word.strip_prefix('@') {
                    Some(argument) => PatternWord::Argument(argument.to_owned()),
                    None => PatternWord::Word(word.to_owned()),
                },
            })
            .collect();
        Ok(Pattern { first, words })
    }
}

/// A command in `RUN`: what it is for, and what it reads and writes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Name within the file; the full id is `ecosystem/id`.
    pub id: String,
    /// The leading words, several spellings of one thing.
    #[serde(rename = "match")]
    pub patterns: Vec<Pattern>,
    /// Words or options that cancel the match.
    #[serde(default)]
    pub unless: Vec<String>,
    /// The last option's value is a program text, and the rule is only for texts whose every statement fits one of these
    /// globs (`python -c "import x"`).
    #[serde(default)]
    pub statements: Vec<String>,
    /// The command whose settings it writes: they are needed where that command is.
    pub settings_of: Option<String>,
    /// When its result is needed.
    pub role: CommandRole,
    /// True when it changes no file, whatever it is given. A rule that says neither this nor where it writes is about a command
    /// whose writes nobody described.
    #[serde(default)]
    pub prints: bool,
    /// What it writes.
    #[serde(default)]
    pub writes: Vec<Location>,
    /// What it reads.
    #[serde(default)]
    pub reads: Vec<Location>,
    /// Variables that it sets for later commands; rules read them like variables of the step.
    #[serde(default)]
    pub sets: Vec<Setting>,
    /// Commands that it starts by itself (`git` for modules that are fetched with it): the build wants their packages.
    #[serde(default)]
    pub calls: Vec<String>,
    /// Commands that it starts when a word or a file that it reads shows so.
    #[serde(default)]
    pub calls_for: Vec<CallsFor>,
    /// Where to look inside.
    pub inside: Option<InsideKind>,
    /// For `command-argument`: arguments before the command (`timeout 30 cmd` has one).
    #[serde(default)]
    pub skip: usize,
    /// For `command-argument`: the command gets more words than the text has.
    #[serde(default)]
    pub more: bool,
    /// For `package-script`: the script's name when it is not the first argument (`npm test`).
    pub script: Option<String>,
    /// It installs or removes system packages with this package manager.
    pub packages: Option<PackageManager>,
    /// System changes that it makes.
    #[serde(default)]
    pub system: Vec<SystemChange>,
    /// True for file operations that any stage with a shell can repeat.
    #[serde(default)]
    pub portable: bool,
    /// What it removes.
    #[serde(default)]
    pub removes: Vec<Location>,
    /// True when only owner, mode or time of what it writes change (`chmod`, `chown`, `touch`).
    #[serde(default)]
    pub metadata: bool,
    /// True when what it writes is an environment with a `bin` directory of its own (`python -m venv`).
    #[serde(default)]
    pub prefix: bool,
    /// True when it also runs the project's install scripts (`preinstall`, `postinstall`, `prepare` of package.json).
    #[serde(default)]
    pub lifecycle: bool,
    /// Scripts of a manifest that it also runs.
    #[serde(default)]
    pub hooks: Vec<Hooks>,
    /// True when it may also put files into directories that steps have made: which, the project's own settings say.
    #[serde(default)]
    pub fills: bool,
    /// What is guessed of it, in words: a plan that rests on such a command is never called safe.
    pub assumes: Option<String>,
    /// True when only images of the official layout have the command, so that where it puts things is known there.
    #[serde(default)]
    pub official_layout: bool,
    /// What is guessed of it when a word or a file that it reads shows so.
    #[serde(default)]
    pub assumes_for: Vec<AssumesFor>,
    /// Directories that it writes and that a settings file of the project names.
    #[serde(default)]
    pub project_settings: Vec<ProjectSetting>,
    /// True when it may also write where the project's build files say by an absolute path (`installs` of the language).
    #[serde(default)]
    pub install_places: bool,
    /// Options with which it builds the project; without one, a word after the command names a package from elsewhere.
    #[serde(default)]
    pub project_flags: Vec<String>,
    /// True when nothing but what commands of this kind install lies in the directory that it writes into (`/go/bin`).
    #[serde(default)]
    pub own_directory: bool,
    /// How the programs that it installs are named.
    pub programs: Option<Programs>,
    /// What it writes as an artifact is a directory that holds one program with everything it needs.
    #[serde(default)]
    pub whole_program: bool,
    /// Programs of the project that it runs, with signs in their texts that they write anywhere below the working directory.
    #[serde(default)]
    pub generators: Vec<Sign>,
    /// Options whose value is the home directory of the user that it makes or changes, the last argument.
    #[serde(default)]
    pub home_flags: Vec<String>,
    /// Options whose value is the id of the user or group that it makes, the last argument. Without one it takes the next
    /// free id.
    #[serde(default)]
    pub id_flags: Vec<String>,
    /// Words with which it takes the id from another range than that of ordinary accounts.
    #[serde(default)]
    pub own_range: Vec<String>,
    /// True when the command installs what files and arguments declare, so that running it again in another stage with
    /// the same files gives the same result.
    #[serde(default)]
    pub repeatable: bool,
    /// The command installs commands for the whole system, beside the interpreter that runs them.
    #[serde(default)]
    pub global: bool,
    /// Commands that the command makes callable, beside the interpreter that runs them (with `global`).
    #[serde(default)]
    pub brings: Vec<String>,
    /// Signs that what it compiles is linked statically; one is enough.
    #[serde(default)]
    pub static_when: Vec<StaticSign>,
    /// Signs that a build tree holds self-contained files: a demanded one can be copied alone.
    #[serde(default)]
    pub bundles: Vec<Bundle>,
    /// The sentence that the user reads.
    pub because: String,
    /// Id of the file it stands in.
    #[serde(skip)]
    pub ecosystem: String,
}

impl Command {
    /// `go/go-build`: the id that evidence carries.
    pub fn full_id(&self) -> String {
        format!("{}/{}", self.ecosystem, self.id)
    }

    /// True when nothing says what the command writes, and neither that it writes nothing. Reports of checks are nobody's, and
    /// what only removes leaves nothing.
    pub fn writes_untold(&self) -> bool {
        let told = self.prints || matches!(self.role, CommandRole::Check | CommandRole::Cleanup);
        let described = !self.writes.is_empty() || !self.removes.is_empty() || !self.project_settings.is_empty();
        let other =
            !self.system.is_empty() || !self.sets.is_empty() || self.packages.is_some() || self.inside.is_some();
        !told && !described && !other
    }

    /// Commands that it starts by itself. `mentions` tells whether a text stands in a word of the command or in a file that
    /// it reads.
    pub fn calls_with(&self, mentions: &dyn Fn(&str) -> bool) -> Vec<&str> {
        let shown = self.calls_for.iter().filter(|with| with.signs.iter().any(|sign| mentions(sign)));
        self.calls.iter().chain(shown.flat_map(|with| &with.calls)).map(String::as_str).collect()
    }
}

/// How a command that installs programs into a directory names them. Where it is given the project, the project's build files
/// say so.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Programs {
    /// How an argument names what is installed.
    pub named_by: ProgramName,
    /// Options whose values are the names.
    pub flags: Vec<String>,
    /// Options with which it installs none.
    pub none_with: Vec<String>,
    /// Packages whose programs have other names than they, and these names: all that each brings.
    pub of: std::collections::BTreeMap<String, Vec<String>>,
}

/// How the argument of an installing command names a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProgramName {
    /// The last part of a package's path, without its version (`example.org/tool/cmd/frob/v2@latest`); always.
    Path,
    /// The package's own name, most likely; the package may say otherwise.
    #[default]
    Package,
}

/// What is guessed of a command when something shows so.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssumesFor {
    /// Texts of which one stands in a word of the command or in a file that it reads.
    pub signs: Vec<String>,
    /// The guess, in words.
    pub assumes: String,
}

/// Scripts of a project's manifest that a command runs by itself, where no reader for package scripts knows the manifest.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hooks {
    /// The manifest, JSON, in the working directory.
    pub file: String,
    /// Its key for the scripts: each a line or a list of lines, or a table whose keys are lines for another program.
    pub key: String,
    /// Names of the scripts that run.
    pub run: Vec<String>,
    /// Options with which none runs.
    #[serde(default)]
    pub unless_flag: Vec<String>,
    /// What lines begin with, and the words that this stands for (`@php` for `php`).
    #[serde(default)]
    pub words: std::collections::BTreeMap<String, String>,
    /// Globs on lines that are no commands, and write nothing but what the command's own rule says.
    #[serde(default)]
    pub known: Vec<String>,
}

/// Commands that a command starts when something shows so (`git` for packages at a `git+` address).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallsFor {
    /// Texts of which one stands in a word of the command or in a file that it reads.
    pub signs: Vec<String>,
    /// The commands.
    pub calls: Vec<String>,
}

/// A sign that a compiler links statically. `*` stands for any characters.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StaticSign {
    /// A variable of the environment.
    pub variable: Option<String>,
    /// The variable's value.
    pub value: Option<String>,
    /// A word of the command.
    pub word: Option<String>,
}

impl StaticSign {
    /// True when the sign is there: in the words of a command, or in the environment that `lookup` gives.
    pub fn is_there(&self, words: &[super::super::Arg], lookup: &dyn Fn(&str) -> Option<String>) -> bool {
        let in_words =
            self.word.as_ref().is_some_and(|sign| words.iter().any(|word| word.exact && glob(sign, &word.text)));
        let in_environment = self
            .variable
            .as_ref()
            .zip(self.value.as_ref())
            .is_some_and(|(name, value)| lookup(name).is_some_and(|found| glob(value, &found)));
        in_words || in_environment
    }
}

/// A sign in a manifest that the build packs everything into one file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// The manifest, beside the build tree.
    pub file: String,
    /// Words of which one must stand in it.
    pub any: Vec<String>,
}
