//! What a heuristics file may say. Everything unknown is an error, so that a typing mistake cannot pass as a fact.

use super::error::HeuristicsError;
use super::template::Template;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One file: what is known about a language or a group of tools.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ecosystem {
    /// Stable name, the first half of every rule id (`go`).
    pub id: String,
    /// Name for people (`Go`).
    pub name: String,
    /// What is evidence that a file belongs here.
    #[serde(default)]
    pub detect: Detect,
    /// How the command lines of tools are read.
    #[serde(default, rename = "tool")]
    pub tools: Vec<Tool>,
    /// Names that path templates may use, with values that follow from the base image.
    #[serde(default, rename = "variable")]
    pub variables: Vec<Variable>,
    /// Scripts that people download and run, known by their address.
    #[serde(default, rename = "installer")]
    pub installers: Vec<Installer>,
    /// Commands as they stand in `RUN`.
    #[serde(default, rename = "command")]
    pub commands: Vec<Command>,
    /// Commands as they stand in `CMD` and `ENTRYPOINT`.
    #[serde(default, rename = "runtime")]
    pub runtimes: Vec<Runtime>,
    /// Examples; the compact form of the built-in files has none, [`Ecosystem::examples`] reads them from the text.
    #[serde(default, rename = "example")]
    examples: Vec<Example>,
    /// The file it was read from.
    #[serde(skip)]
    pub file: String,
    /// The file's text.
    #[serde(skip)]
    pub text: Cow<'static, str>,
}

impl Ecosystem {
    /// The examples of the file, which are its tests.
    pub fn examples(&self) -> Vec<Example> {
        parse(&self.file, self.text.clone()).map(|e| e.examples).unwrap_or_default()
    }
}

/// Evidence that a Dockerfile or a build context belongs to an ecosystem; hits are weighed, never ordered.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detect {
    /// Globs on the repository of a base image, without registry and `library/`.
    #[serde(default)]
    pub images: Vec<String>,
    /// Globs on file names in the build context.
    #[serde(default)]
    pub files: Vec<String>,
    /// Globs on names of commands that make up the toolchain.
    #[serde(default)]
    pub commands: Vec<String>,
    /// Globs on names of files that only compilers and their package managers read (`go.mod`, `*.go`).
    #[serde(default)]
    pub build_inputs: Vec<String>,
    /// Directories of a project that a build packs as a whole into one file, where it packs at all.
    #[serde(default)]
    pub packed_directories: Vec<String>,
    /// Variables of base images that describe the toolchain (`GOLANG_VERSION`).
    #[serde(default)]
    pub toolchain_variables: Vec<String>,
    /// True while conversions of this ecosystem have not been built and compared on real projects: a plan that rests on
    /// its rules is never called safe.
    #[serde(default)]
    pub unproven: bool,
    /// True when packages of the language may be compiled while they are installed, against libraries that the image has:
    /// one that no table knows may load any of them.
    #[serde(default)]
    pub native_packages: bool,
    /// Globs on names of the files that programs of the language are made of, where no reader knows the language.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Regular expressions: a line of such a file that one of them fits may start another program.
    #[serde(default)]
    pub starts: Vec<String>,
    /// Names (globs) of sources that the language's reader does not read, and the patterns by which a line of them starts
    /// another program.
    #[serde(default)]
    pub other_sources: Vec<String>,
    /// See `other_sources`.
    #[serde(default)]
    pub other_starts: Vec<String>,
    /// What a line begins with that is a comment.
    #[serde(default)]
    pub comments: Vec<String>,
    /// Files of a project that list every package with its version.
    #[serde(default)]
    pub lock_files: Vec<String>,
    /// Packages of the language that are build tools (`poetry`), by normal name.
    #[serde(default)]
    pub build_packages: Vec<String>,
    /// Where its package managers look for an interpreter before they fetch one.
    pub interpreter: Option<Interpreter>,
    /// Commands that run programs of the language, and that what is installed for it cannot do without.
    #[serde(default)]
    pub interpreters: Vec<String>,
    /// Globs on packages, of systems and of the language, with which servers run programs of it inside.
    #[serde(default)]
    pub embedded: Vec<String>,
    /// Packages of the language that install others, and which its images have already.
    #[serde(default)]
    pub installer_packages: Vec<String>,
    /// Directories, relative to the project's, that hold a program with everything it needs (`.next/standalone`).
    #[serde(default)]
    pub self_contained: Vec<String>,
    /// Signs that such a program uses more than its directory, where that lies below the project's.
    #[serde(default)]
    pub reaches: ReachSigns,
    /// Names of files and directories about a project itself (`README*`), which no program reads. They count whatever the
    /// ecosystem.
    #[serde(default)]
    pub project_files: Vec<String>,
    /// Signs that its builds make libraries which programs load from the build tree.
    #[serde(default)]
    pub libraries: LibrarySigns,
    /// Where its build files tell installations to put files.
    #[serde(default)]
    pub installs: InstallSigns,
    /// Build files that list what is installed into a directory.
    #[serde(default)]
    pub listed: Vec<Listed>,
    /// Paths of the build that programs have compiled in.
    #[serde(default)]
    pub compiled_paths: Vec<CompiledPath>,
    /// True when programs of the language run on an interpreter or a virtual machine, and load other files beside their own: a
    /// file that the build made is not the whole program.
    #[serde(default)]
    pub hosted: bool,
    /// True when programs of the language bring their own certificate authorities.
    #[serde(default)]
    pub own_certificates: bool,
}

/// An expression of a source that stands for a path of the build.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompiledPath {
    /// The expression, as sources write it.
    pub sign: String,
    /// What it leads to.
    pub to: CompiledPlace,
    /// Expressions around it that read what lies there while the program is compiled.
    #[serde(default)]
    pub read_by: Vec<String>,
    /// What stands before code that only tests run, up to the end of the file.
    #[serde(default)]
    pub tests: Vec<String>,
    /// The file that makes a directory a package.
    pub manifest: String,
}

/// Where a path of the build leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CompiledPlace {
    /// Into the build tree.
    BuildTree,
    /// The directory of the package that is built.
    Package,
}

/// Where package managers of a language look for an interpreter before they fetch one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interpreter {
    /// Globs on the repository of base images that have one; their tags begin with its version.
    pub images: Vec<String>,
    /// Ends of the directories into which managers fetch one.
    pub fetched: Vec<String>,
    /// The manifest.
    pub manifest: String,
    /// Its key for the versions that the project accepts.
    pub key: String,
    /// A file with the version that the project wants.
    pub pin: String,
}

/// A name for path templates whose value follows from the base image.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// The name, used as `${NAME}`.
    pub name: String,
    /// Globs on the repository of the base image; the variable has `value` there.
    #[serde(default)]
    pub images: Vec<String>,
    /// How many leading numbers of the tag make up `${VERSION}` in `value`; a tag with fewer gives `fallback`.
    #[serde(default)]
    pub version_parts: usize,
    /// The value on those images.
    pub value: String,
    /// The value on those images when the tag does not say the version.
    pub fallback: Option<String>,
    /// Values by release of other base images (`"debian:bookworm"`).
    #[serde(default)]
    pub releases: std::collections::BTreeMap<String, String>,
    /// The value on all other images.
    pub otherwise: Option<String>,
    /// True when an environment at the front of PATH (made by a rule with `prefix`) replaces the value.
    #[serde(default)]
    pub inside_prefix: bool,
    /// The value, below `${HOME}`, for steps of users who may not write to the system's directories.
    pub unprivileged: Option<String>,
}

impl Variable {
    /// The value for a base image: its repository without registry, its tag (`""` when it is not fixed) and, when the
    /// image stands for one release only, that release (`debian:bookworm`).
    pub fn value_for(&self, repository: &str, tag: &str, release: Option<&str>) -> Option<String> {
        if self.images.iter().any(|image| super::glob(image, repository)) {
            let numbers: Vec<&str> =
                tag.split(['-', '.']).take_while(|p| p.bytes().all(|b| b.is_ascii_digit())).collect();
            if numbers.len() < self.version_parts || numbers.first().is_some_and(|n| n.is_empty()) {
                return self.fallback.clone();
            }
            return Some(self.value.replace("${VERSION}", &numbers[..self.version_parts].join(".")));
        }
        release.and_then(|r| self.releases.get(r)).or(self.otherwise.as_ref()).cloned()
    }
}

/// A script that is downloaded and run, and what it leaves.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Installer {
    /// Name within the file.
    pub id: String,
    /// Parts of the command's text that identify it, any of them.
    pub contains: Vec<String>,
    /// When its result is needed.
    pub role: CommandRole,
    /// What it writes.
    #[serde(default)]
    pub writes: Vec<Location>,
    /// System changes that it makes.
    #[serde(default)]
    pub system: Vec<SystemChange>,
    /// Commands that it is run for: when none is called at run time, what it did stays with the build.
    #[serde(default)]
    pub brings: Vec<String>,
    /// The sentence that the user reads.
    pub because: String,
}

/// A directory that a command writes and that is assigned in a settings file of the project.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectSetting {
    /// Globs on the names of the files (without directory), looked for below the working directory.
    pub files: Vec<String>,
    /// The name that is assigned.
    pub name: String,
    /// Kind of what is written there.
    pub kind: WriteKind,
}

/// Signs in build files and build commands of a project.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LibrarySigns {
    /// Globs on the names of the files.
    pub files: Vec<String>,
    /// Words of which one must stand in a file or in a command.
    pub words: Vec<String>,
}

/// Signs in sources that a program uses more than what a build gathered for it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReachSigns {
    /// Words of which one stands in sources that open files.
    pub files: Vec<String>,
    /// Globs on names of packages that load others by a name from a setting.
    pub packages: Vec<String>,
    /// Globs on names of files that only the build reads.
    pub not_in: Vec<String>,
}

/// Where build files name directories of the system that an installation writes to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InstallSigns {
    /// Globs on the names of the files.
    pub files: Vec<String>,
    /// Directories of the system; absolute paths below one of them count.
    pub roots: Vec<String>,
}

/// Build files that list what an installation puts into a directory with a variable of its own: `NAMEdir` is a directory,
/// `NAME_KIND` lists what is put there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listed {
    /// The file's name.
    pub file: String,
    /// A list in it of directories that have such a file, too.
    pub below: String,
    /// The setting (`sets` of a command) that holds the directory.
    pub setting: String,
    /// The directory's variable in the file.
    pub variable: String,
    /// Beginnings of lines after which the lists do not say everything.
    pub unless: Vec<String>,
}

/// A program of the project that a command runs while it builds, and signs in its text that it writes below the working
/// directory.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generator {
    /// The program, below the working directory.
    pub file: String,
    /// Words of which one must stand in it.
    pub any: Vec<String>,
    /// Words of which none may stand in it: what it writes goes to the build tree.
    #[serde(default)]
    pub unless: Vec<String>,
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

/// How a tool's command line is read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// The name that rules use.
    pub name: String,
    /// Other leading words that mean the same (`python3 -m pip`, `pip3.*`).
    #[serde(default)]
    pub alias: Vec<String>,
    /// Options whose value is the next word when it is not attached.
    #[serde(default)]
    pub values: Vec<String>,
    /// Options whose value is the working directory for the rest.
    #[serde(default)]
    pub chdir: Vec<String>,
    /// Options whose value is a file, the directory of which is the working directory for the rest (`mvn -f pom.xml`).
    #[serde(default)]
    pub chfile: Vec<String>,
    /// True when `-name` is one option, not four (`go`, `java`, `find`).
    #[serde(default)]
    pub long: bool,
    /// True when options end at the first word that is none (`env`, `node`): the rest belongs to another program.
    #[serde(default)]
    pub leading: bool,
    /// True when it fetches an interpreter where there is none, and links to it (`uv`).
    #[serde(default)]
    pub fetches: bool,
}

impl Tool {
    /// True when the option's value is the next word unless it is attached.
    pub fn takes_value(&self, option: &str) -> bool {
        self.values.iter().chain(&self.chdir).chain(&self.chfile).any(|v| v == option)
    }
}

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

/// What kind of thing is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WriteKind {
    /// Sources, brought from elsewhere.
    Source,
    /// What an interpreter loads: `node_modules`, site-packages.
    Dependency,
    /// Files that packages bring beside themselves; none where no package is known to bring any.
    PackageData,
    /// A self-contained result.
    Artifact,
    /// A build tree that may hold artifacts: `target/`.
    Intermediate,
    /// A cache; it leaves unless run time asks for something in it.
    Cache,
    /// Downloads and generated files; needed.
    Data,
    /// Not known.
    #[default]
    Unknown,
}

/// How far a write reaches from its path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// The path itself, and everything below when it is a directory.
    #[default]
    Path,
    /// Files of unknown names directly in the directory.
    Into,
    /// Unknown writes anywhere below.
    Within,
}

/// One place that a command reads or writes: exactly one of `path`, `into`, `within`, `flag`, `arg`, `args`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "RawLocation")]
pub struct Location {
    /// Where.
    pub place: Place,
    /// How far it reaches.
    pub reach: Reach,
    /// Kind of what is written.
    pub kind: WriteKind,
    /// Only when one of these options or words is present.
    pub if_flag: Vec<String>,
    /// Not when one of these is present.
    pub unless_flag: Vec<String>,
    /// Only when one of these variables has this value: `NAME=glob`.
    pub if_env: Vec<String>,
    /// Not when one of these variables has this value.
    pub unless_env: Vec<String>,
    /// The words are lists of paths with this separator (`java -cp a:b`).
    pub split: Option<char>,
    /// Where when the option or argument is absent.
    pub default: Option<Template>,
    /// Only the last component of the word counts (`git clone URL`, `curl -O URL`).
    pub basename: bool,
    /// An ending that is cut off (`.git`).
    pub strip: Option<String>,
    /// The directory that relative words start from; the working directory when absent.
    pub directory: Option<Template>,
    /// The place may be a directory; the words that name files in it are the other arguments (`cp a b dir`).
    pub names: bool,
    /// The command may write there, and does not always.
    pub may: bool,
    /// Only when one of these stands in a word of the command or in a file that it reads. Then it may write there.
    pub signs: Vec<String>,
    /// Not when one of these stands in a word of the command or in a file that it reads.
    pub unless_signs: Vec<String>,
    /// What lies in the cache is what the command downloads.
    pub downloads: Option<Downloads>,
}

/// A cache of downloads: they weigh what the table of sizes says of the packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Downloads {
    /// The option that does without it, where one is enough.
    pub without: Option<String>,
    /// Texts in the command, or in a file that it reads, with which packages come from elsewhere: then nothing is known of
    /// their size.
    #[serde(default)]
    pub elsewhere: Vec<String>,
}

/// Where a [`Location`] is.
#[derive(Clone, Debug)]
pub enum Place {
    /// A path template.
    Path(Template),
    /// The value of one of these options.
    Flag(Vec<String>),
    /// The positional argument of this index; negative ones count from the end.
    Arg(i32),
    /// All positional arguments.
    Args,
    /// All positional arguments but the first.
    ArgsButFirst,
    /// All positional arguments but the last.
    ArgsButLast,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLocation {
    path: Option<Template>,
    into: Option<Template>,
    within: Option<Template>,
    flag: Option<Vec<String>>,
    arg: Option<i32>,
    args: Option<ArgsForm>,
    reach: Option<Reach>,
    #[serde(default)]
    kind: WriteKind,
    #[serde(default)]
    if_flag: Vec<String>,
    #[serde(default)]
    unless_flag: Vec<String>,
    #[serde(default)]
    if_env: Vec<String>,
    #[serde(default)]
    unless_env: Vec<String>,
    split: Option<char>,
    default: Option<Template>,
    #[serde(default)]
    basename: bool,
    strip: Option<String>,
    directory: Option<Template>,
    #[serde(default)]
    names: bool,
    #[serde(default)]
    may: bool,
    #[serde(default)]
    signs: Vec<String>,
    #[serde(default)]
    unless_signs: Vec<String>,
    downloads: Option<Downloads>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ArgsForm {
    All(bool),
    Some(String),
}

impl TryFrom<RawLocation> for Location {
    type Error = String;

    fn try_from(raw: RawLocation) -> Result<Self, String> {
        let mut places = Vec::new();
        let mut reach = raw.reach.unwrap_or_default();
        if let Some(template) = raw.path {
            places.push(Place::Path(template));
        }
        if let Some(template) = raw.into {
            reach = Reach::Into;
            places.push(Place::Path(template));
        }
        if let Some(template) = raw.within {
            reach = Reach::Within;
            places.push(Place::Path(template));
        }
        if let Some(names) = raw.flag {
            places.push(Place::Flag(names));
        }
        if let Some(index) = raw.arg {
            places.push(Place::Arg(index));
        }
        match raw.args {
            Some(ArgsForm::All(true)) => places.push(Place::Args),
            Some(ArgsForm::Some(which)) if which == "but-last" => places.push(Place::ArgsButLast),
            Some(ArgsForm::Some(which)) if which == "but-first" => places.push(Place::ArgsButFirst),
            Some(_) => return Err("`args` is true, \"but-first\" or \"but-last\"".to_owned()),
            None => {}
        }
        let (Some(place), true) = (places.pop(), places.is_empty()) else {
            return Err("exactly one of `path`, `into`, `within`, `flag`, `arg`, `args` says where".to_owned());
        };
        Ok(Location {
            place,
            reach,
            kind: raw.kind,
            if_flag: raw.if_flag,
            unless_flag: raw.unless_flag,
            if_env: raw.if_env,
            unless_env: raw.unless_env,
            split: raw.split,
            default: raw.default,
            basename: raw.basename,
            strip: raw.strip,
            directory: raw.directory,
            names: raw.names,
            may: raw.may || !raw.signs.is_empty(),
            signs: raw.signs,
            unless_signs: raw.unless_signs,
            downloads: raw.downloads,
        })
    }
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

/// A package manager of a distribution, named for its command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackageManager {
    /// Debian and Ubuntu.
    Apt,
    /// Alpine.
    Apk,
    /// Fedora, Red Hat and its kin (`yum`, `microdnf`, `tdnf` too).
    Dnf,
    /// SUSE.
    Zypper,
    /// Arch.
    Pacman,
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
        matches!(self, PatternWord::Word(word) if super::glob(word, text))
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
    /// Programs of the project that it runs and that may write anywhere below the working directory.
    #[serde(default)]
    pub generators: Vec<Generator>,
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
    pub fn is_there(&self, words: &[super::Arg], lookup: &dyn Fn(&str) -> Option<String>) -> bool {
        let in_words =
            self.word.as_ref().is_some_and(|sign| words.iter().any(|word| word.exact && super::glob(sign, &word.text)));
        let in_environment = self
            .variable
            .as_ref()
            .zip(self.value.as_ref())
            .is_some_and(|(name, value)| lookup(name).is_some_and(|found| super::glob(value, &found)));
        in_words || in_environment
    }
}

/// What kind of thing runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// An interpreter that loads a program.
    #[default]
    Interpreter,
    /// A server of its own (`nginx`, `postgres`).
    Server,
    /// A server that watches and rebuilds sources.
    DevServer,
    /// It compiles when it starts (`go run`, `cargo run`).
    Compiles,
    /// The toolchain is what the image is for (`make test`, `terraform`).
    Toolchain,
    /// A shell, interactive or with a script.
    Shell,
    /// A script of `package.json`.
    PackageScript,
    /// A server of static files.
    Static,
    /// It starts another command (`tini`, `gosu`, `env`).
    Wrapper,
    /// A program of a language's packages (`gunicorn`, `puma`).
    Launcher,
    /// An ordinary command without further needs (`sleep`, `tail`).
    Plain,
    /// The same where a script or a check calls it; as the container's own command the name may be any program's (`host`).
    Tool,
}

/// A command started at run time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runtime {
    /// Name within the file.
    pub id: String,
    /// The leading words.
    #[serde(rename = "match")]
    pub patterns: Vec<Pattern>,
    /// Words or options that cancel the match.
    #[serde(default)]
    pub unless: Vec<String>,
    /// What kind of thing it is.
    #[serde(default)]
    pub class: Class,
    /// The program file that it loads; the first location that holds counts.
    #[serde(default)]
    pub program: Vec<Location>,
    /// The module that it imports, as written.
    #[serde(default)]
    pub module: Vec<Location>,
    /// What else it reads.
    #[serde(default)]
    pub reads: Vec<Location>,
    /// For servers: directories that they serve by default, without being told in a place that is always read.
    #[serde(default)]
    pub serves: Vec<String>,
    /// For `static`: files of the working directory that it reads where they are.
    #[serde(default)]
    pub settings: Vec<String>,
    /// For `static`: options whose value lies in what it shows.
    #[serde(default)]
    pub of_shown: Vec<String>,
    /// For `static`: names of files that are data to it; any other that it is given is a program of the language.
    #[serde(default)]
    pub data: Vec<String>,
    /// Id of the language that the program is written in.
    pub language: Option<String>,
    /// Where to look inside.
    pub inside: Option<InsideKind>,
    /// For `command-argument`: arguments before the command.
    #[serde(default)]
    pub skip: usize,
    /// For `package-script`: the script's name when it is not the first argument.
    pub script: Option<String>,
    /// For `wrapper`: what it prepares is read by these commands only, so an image without them needs no wrapper.
    #[serde(default)]
    pub prepares_for: Vec<String>,
    /// For `wrapper`: names of what it prepares; a program that has one in its text may need it.
    #[serde(default)]
    pub prepares: Vec<String>,
    /// Beginnings of words whose rest is a command that it starts (`-XX:OnOutOfMemoryError=`).
    #[serde(default)]
    pub starts: Vec<String>,
    /// The sentence that the user reads.
    pub because: Option<String>,
    /// Id of the file it stands in.
    #[serde(skip)]
    pub ecosystem: String,
}

impl Runtime {
    /// `node/node-script`: the id that evidence carries.
    pub fn full_id(&self) -> String {
        format!("{}/{}", self.ecosystem, self.id)
    }
}

/// An example of a rule, and a test of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// A simple command as in `RUN`, with assignments before it.
    pub run: Option<String>,
    /// A simple command as in `CMD`.
    pub cmd: Option<String>,
    /// Id of the rule of this file that must win, or `none`.
    pub rule: String,
    /// The rule's role.
    pub role: Option<CommandRole>,
    /// Every path that is written, caches left out. `PWD` is `/src`, `HOME` is `/root`.
    pub writes: Option<Vec<String>>,
    /// The program that is loaded at run time.
    pub program: Option<String>,
}

/// Parses one file and checks what the types cannot say.
pub(super) fn parse(file: &str, text: Cow<'static, str>) -> Result<Ecosystem, HeuristicsError> {
    let ecosystem: Ecosystem = toml::from_str(&text).map_err(|e| {
        let offset = e.span().map_or(0, |s| s.start);
        HeuristicsError::at(file, &text, offset, e.message().to_owned())
    })?;
    complete(ecosystem, file, text)
}

/// Reads the compact form of a built-in file, which `build.rs` made of `text`.
pub(super) fn parse_builtin(
    file: &str,
    text: &'static str,
    compact: &'static str,
) -> Result<Ecosystem, HeuristicsError> {
    let ecosystem: Ecosystem =
        serde_json::from_str(compact).map_err(|e| HeuristicsError::at(file, text, 0, e.to_string()))?;
    complete(ecosystem, file, Cow::Borrowed(text))
}

fn complete(mut ecosystem: Ecosystem, file: &str, text: Cow<'static, str>) -> Result<Ecosystem, HeuristicsError> {
    let wrong = |needle: &str, message: String| {
        let offset = text.find(&format!("{needle:?}")).unwrap_or(0);
        Err(HeuristicsError::at(file, &text, offset, message))
    };
    let ids = ecosystem.commands.iter().map(|c| &c.id).chain(ecosystem.runtimes.iter().map(|r| &r.id));
    let mut seen = std::collections::BTreeSet::new();
    for id in ids.chain(std::iter::once(&ecosystem.id)) {
        let valid = !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !valid || id == "none" {
            return wrong(id, format!("`{id}` is not an id: lower-case letters, digits and `-`, and not `none`"));
        }
    }
    for id in ecosystem.commands.iter().map(|c| &c.id).chain(ecosystem.runtimes.iter().map(|r| &r.id)) {
        if !seen.insert(id) {
            return wrong(id, format!("the id `{id}` is used twice in this file"));
        }
    }
    for command in &ecosystem.commands {
        if command.patterns.is_empty() {
            return wrong(&command.id, format!("`{}` matches nothing: `match` is empty", command.id));
        }
        if command.calls_for.iter().any(|with| with.signs.is_empty() || with.calls.is_empty()) {
            return wrong(&command.id, format!("`calls_for` of `{}` needs `signs` and `calls`", command.id));
        }
        if command.because.trim().is_empty() {
            return wrong(&command.id, format!("`{}` does not say why: `because` is empty", command.id));
        }
    }
    for example in &ecosystem.examples {
        if example.run.is_some() == example.cmd.is_some() {
            return wrong(&example.rule, "an example has either `run` or `cmd`".to_owned());
        }
    }
    for command in &mut ecosystem.commands {
        command.ecosystem.clone_from(&ecosystem.id);
    }
    for runtime in &mut ecosystem.runtimes {
        runtime.ecosystem.clone_from(&ecosystem.id);
    }
    ecosystem.file = file.to_owned();
    ecosystem.text = text;
    Ok(ecosystem)
}
